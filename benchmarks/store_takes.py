"""Durable takes of the SQL store beside job queues: PostgreSQL with competing processes, SQLite with threads.

    python -m benchmarks.store_takes [--rounds 3] [--seconds 3] [--tasks 120000] [--mirror 1000000] [--only pg,sqlite]

All contestants run in turn, round by round, on the same disk, every commit flushed; medians are compared. A peer that
is not installed is left out and named. The candidates come from a list in place of the engine: what is measured is the
store's part of a take.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from workplaces_sql.testing import postgres

from benchmarks.store_contestants import ON_POSTGRESQL, PEERS, READY, Bare, Huey, Ours, fill
from benchmarks.store_races import (
    HEADER,
    Plan,
    Race,
    line,
    median,
    race_of_huey_threads,
    race_of_processes,
    race_of_threads,
    single,
    verdict,
)
from benchmarks.store_start import policies, start


def fdatasyncs(folder: Path) -> float:
    """How often a second this disk flushes a page that was appended."""
    with (folder / "flush").open("wb", buffering=0) as file:
        began, times = time.perf_counter(), 0
        while time.perf_counter() - began < 1:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times += 1
    return times


def settle(url: str) -> None:
    """Let the server know its tables before a race, as it does after a while by itself: without, plans are poor."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def postgresql(plan: Plan) -> list[str]:
    found: dict[str, list[Race]] = {}
    missing: dict[str, str] = {}
    with postgres() as server:
        for _ in range(plan.rounds):
            for contestant in ON_POSTGRESQL:
                if contestant.name in missing:
                    continue
                url = server.fresh()
                try:
                    contestant.prepare(url, plan.tasks)
                    settle(url)
                except ImportError as error:
                    missing[contestant.name] = str(error)
                    continue
                found.setdefault(contestant.name, []).append(race_of_processes(contestant, url, plan, plan.processes))
        against_bare = [_against_bare(server, plan) for _ in range(plan.rounds)]
    print(f"\n### PostgreSQL, {plan.processes} processes, {plan.tasks:,} tasks\n\n{HEADER}")
    for name, races in found.items():
        print(line(name, races))
    for name, why in missing.items():
        print(f"\n{name}: left out, {why}")
    ours = found[Ours.name]
    best = max((median(found[peer.name]) for peer in PEERS if peer.name in found), default=0.0)
    fair = statistics.median(race.fairness for race in ours)
    once = single(ours)
    ratio, times = statistics.median(against_bare), median(ours) / best if best else 0.0
    return [
        verdict(times >= 2.5, f"PostgreSQL: {times:.2f} × the best peer, at least 2.5 were promised"),
        verdict(fair >= 0.7, f"PostgreSQL: slowest process {fair:.2f} of the fastest, at least 0.7 were promised"),
        verdict(once >= 0.95, f"PostgreSQL: one statement in {once:.1%} of the takes, 95 % were promised"),
        verdict(ratio <= 1.5, f"PostgreSQL: a take costs {ratio:.2f} × its bare statement, at most 1.5 were promised"),
    ]


def _against_bare(server: Any, plan: Plan) -> float:
    """The take of one process beside its statement, call by call in turn, so that both meet the same weather."""
    url = server.fresh()
    fill(url, READY)
    ours, bare = Ours(url, 0), Bare(url, 1)
    bare.position = READY // 2
    taken, plain = [], []
    end = time.perf_counter() + plan.seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        ours.claim()
        taken.append(time.perf_counter() - began)
        bare.claim()
        plain.append(bare.took)
    ours.store.close()
    bare.connection.close()
    return statistics.median(taken) / statistics.median(plain)


IN_ONE, IN_MANY = f"{Huey.name}, threads", f"{Huey.name}, processes"


def sqlite(plan: Plan, folder: Path) -> list[str]:
    """Our takes in one process beside huey's, in one process as ours and in as many as there are callers."""
    found: dict[tuple[str, int], list[Race]] = {}
    flushes = []
    for turn in range(plan.rounds):
        flushes.append(fdatasyncs(folder))
        for claimers in (8, 32):
            path = folder / f"ours-{turn}-{claimers}.db"
            fill(f"sqlite:///{path}", plan.tasks)
            found.setdefault((Ours.name, claimers), []).append(race_of_threads(f"sqlite:///{path}", plan, claimers))
            for name in (IN_ONE, IN_MANY):
                with suppress(ImportError):
                    path = folder / f"huey-{turn}-{claimers}-{name == IN_ONE}.db"
                    Huey.prepare(str(path), plan.tasks)
                    race = (
                        race_of_huey_threads(str(path), plan, claimers)
                        if name == IN_ONE
                        else race_of_processes(Huey, str(path), plan, claimers)
                    )
                    found.setdefault((name, claimers), []).append(race)
    flush = statistics.median(flushes)
    print(f"\n### SQLite, {plan.tasks:,} tasks; the disk flushes {flush:,.0f} times a second\n\n{HEADER}")
    for (name, claimers), races in found.items():
        print(line(f"{name}, {claimers}", races))
    return _against_huey(found, flush)


def _against_huey(found: dict[tuple[str, int], list[Race]], flush: float) -> list[str]:
    lines = []
    for claimers in (8, 32):
        ours = found[Ours.name, claimers]
        longest = max(race.waits[-1] for race in ours) * 1e3
        for name in (IN_ONE, IN_MANY):
            if (name, claimers) in found:
                times = median(ours) / median(found[name, claimers])
                lines.append(verdict(times >= 2, f"SQLite, {claimers}: {times:.2f} × {name}, at least 2 were promised"))
        lines.append(verdict(longest <= 50, f"SQLite, {claimers}: longest wait {longest:.0f} ms, 50 were promised"))
    times = median(found[Ours.name, 32]) / flush
    return [*lines, verdict(times >= 2, f"SQLite, 32: {times:.2f} × the disk's flushes, at least 2 were promised")]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--tasks", type=int, default=120_000)
    parser.add_argument("--mirror", type=int, default=1_000_000)
    parser.add_argument("--only", default="pg,sqlite,start,policies")
    given = parser.parse_args()
    plan = Plan(given.rounds, given.seconds, given.tasks, given.mirror)
    verdicts: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, run in (
            ("pg", lambda: postgresql(plan)),
            ("sqlite", lambda: sqlite(plan, folder)),
            ("start", lambda: start(plan, folder)),
            ("policies", lambda: policies(folder)),
        ):
            if part in given.only.split(","):
                verdicts += run()  # type: ignore[no-untyped-call]
    print("\n### Promises\n")
    print("\n".join(verdicts))


if __name__ == "__main__":
    main()
