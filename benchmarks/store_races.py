"""Claimers that compete for tasks, processes or threads, and what came of it."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from typing import Any

from attrs import frozen
from workplaces_sql import SqlStore
from workplaces_sql.postgres_store import PostgresDatabase

from benchmarks.store_contestants import ON_POSTGRESQL, Heads, Huey, Ours


@frozen
class Plan:
    rounds: int
    seconds: float
    tasks: int
    mirror: int
    processes: int = 8


@frozen
class Race:
    """What one contestant did in one round: takes of each claimer, and how long each call waited."""

    counts: tuple[int, ...]
    seconds: float
    waits: tuple[float, ...]
    double: int
    extra: int = 0

    @property
    def rate(self) -> float:
        return sum(self.counts) / self.seconds

    @property
    def fairness(self) -> float:
        return min(self.counts) / max(1, *self.counts)


def _run_claimer(contestant: Any, barrier: Any, seconds: float) -> tuple[list[Any], list[float], int]:
    got, waits, calls = [], [], 0
    barrier.wait(180)
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        found = contestant.claim()
        waits.append(time.perf_counter() - began)
        calls += 1
        if found is not None:
            got.append(found)
    return got, waits, calls


def _process(name: str, url: str, me: int, barrier: Any, seconds: float, out: Any) -> None:
    contestant_class = {each.__name__: each for each in (*ON_POSTGRESQL, Huey)}[name]
    aside = 0
    original = PostgresDatabase.run

    def counted(self: Any, act: Any, at: Any) -> Any:
        nonlocal aside
        aside += 1
        return original(self, act, at)

    PostgresDatabase.run = counted  # type: ignore[method-assign]
    try:
        contestant = contestant_class(url, me)
        got, waits, _ = _run_claimer(contestant, barrier, seconds)
        out.put((got, waits, aside))
    except Exception as error:  # noqa: BLE001
        barrier.abort()
        out.put(f"{type(error).__name__}: {error}")


def race_of_processes(contestant: type[Any], url: str, plan: Plan, claimers: int) -> Race:
    context = multiprocessing.get_context("spawn")
    barrier, out = context.Barrier(claimers), context.Queue()
    workers = [
        context.Process(target=_process, args=(contestant.__name__, url, me, barrier, plan.seconds, out))
        for me in range(claimers)
    ]
    for worker in workers:
        worker.start()
    results = [out.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    wrong = [result for result in results if isinstance(result, str)]
    if wrong:
        raise RuntimeError(wrong[0])
    return _race(results, plan.seconds)


def race_of_threads(url: str, plan: Plan, claimers: int) -> Race:
    """Our store in one process; its threads share the store and what it knows of the queue."""
    store, heads = SqlStore.open(url), Heads()
    race = _threads([Ours(url, me, store, heads) for me in range(claimers)], plan)
    store.close()
    return race


def race_of_huey_threads(path: str, plan: Plan, claimers: int) -> Race:
    """Huey in one process; its storage gives every thread a connection of its own."""
    shared = Huey(path, 0)
    race = _threads([shared] * claimers, plan)
    shared.storage.close()
    return race


def _threads(contestants: list[Any], plan: Plan) -> Race:
    barrier, results = threading.Barrier(len(contestants)), []

    def claim(mine: Any) -> None:
        got, waits, _ = _run_claimer(mine, barrier, plan.seconds)
        results.append((got, waits, 0))

    workers = [threading.Thread(target=claim, args=(each,)) for each in contestants]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return _race(results, plan.seconds)


def _race(results: list[tuple[list[Any], list[float], int]], seconds: float) -> Race:
    got = [found for result in results for found in result[0]]
    waits = tuple(sorted(wait for result in results for wait in result[1]))
    counts = tuple(len(result[0]) for result in results)
    return Race(counts, seconds, waits, len(got) - len(set(got)), sum(result[2] for result in results))


def line(name: str, races: list[Race]) -> str:
    """Give a row of the table."""
    rate = statistics.median(race.rate for race in races)
    waits = [race.waits for race in races]
    p50 = statistics.median(each[len(each) // 2] for each in waits) * 1e3
    p99 = statistics.median(each[int(len(each) * 0.99)] for each in waits) * 1e3
    longest = max(each[-1] for each in waits) * 1e3
    fair = statistics.median(race.fairness for race in races)
    once = single(races)
    rounds = " / ".join(f"{race.rate:,.0f}" for race in races)
    double = sum(race.double for race in races)
    return (
        f"| {name} | {rounds} | {rate:,.0f} | {p50:.2f} | {p99:.1f} | {longest:.0f} | {fair:.2f} "
        f"| {once:.1%} | {double} |"
    )


def single(races: list[Race]) -> float:
    """How many takes needed one call and, with us, one statement: calls that came too late count against it."""
    takes = sum(sum(race.counts) for race in races)
    return 1 - sum(len(race.waits) - sum(race.counts) + race.extra for race in races) / max(1, takes)


HEADER = """| method | takes/s | median | p50 ms | p99 ms | longest ms | slowest/fastest | one statement | double |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""


def median(races: list[Race]) -> float:
    """Give the middle one of the rates."""
    return statistics.median(race.rate for race in races)


def verdict(kept: bool, words: str) -> str:  # noqa: FBT001
    """Say whether a promise was kept."""
    return f"- {'kept' if kept else '**not kept**'}: {words}"
