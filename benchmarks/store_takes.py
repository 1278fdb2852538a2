"""Durable takes of the SQL store beside job queues: PostgreSQL with competing processes, SQLite with threads.

    python -m benchmarks.store_takes [--rounds 3] [--seconds 3] [--tasks 120000] [--mirror 1000000] [--only pg,sqlite]

All contestants run in turn, round by round, on the same disk, every commit flushed; medians are compared. A peer that
is not installed is left out and named. The candidates come from a list in place of the engine: what is measured is the
store's part of a take.
"""

# ruff: noqa: PLC0415 - a peer is imported where it runs, and may be missing

from __future__ import annotations

import argparse
import asyncio
import gc
import multiprocessing
import os
import resource
import sqlite3
import statistics
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from attrs import frozen
from workplaces_sql import SqlStore, taking
from workplaces_sql.postgres_store import PostgresDatabase
from workplaces_sql.testing import postgres

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, PolicyVersion, Transaction, Wish
from workplaces_core.changes import Set
from workplaces_core.model import Account, Subject, Task
from workplaces_core.policy import Policy
from workplaces_core.work import leases
from workplaces_core.work.handing_out import Enough

CREATED = datetime(2026, 11, 20, 8, tzinfo=UTC)
LEASE = timedelta(minutes=15)
HUEY_ROWS = 60_000
READY = 60_000


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


def task(number: int) -> Task:
    subject = Subject("deal", f"{5_000_000 + number // 2}")
    due = date(2026, 11, 1) + timedelta(days=number % 40)
    return Task(
        f"{30_000_000 + number}", str(number % 7), "Перезвонить по заявке", f"{number % 300}", CREATED, due, subject
    )


def candidate(number: int) -> Candidate:
    decision = {"policy_version": 3, "role": "sales", "priority": "hot", "lane": "priority", "bucket": "today",
                "shared": False, "responsible": "17", "key": [1, "2026-11-24", number]}  # fmt: skip
    return Candidate(task(number), "sales", "hot", decision)


CANDIDATES: list[Candidate] = []
"""The head of the queue, which stands in for the engine's; made before a race begins."""


def make_candidates() -> None:
    """Make as many as no race comes to the end of."""
    CANDIDATES.extend(candidate(number) for number in range(len(CANDIDATES), READY))
    gc.collect()
    gc.freeze()  # as a program does once its account is loaded


def _write(changes: list[Set], tx: Transaction) -> None:
    tx.write(changes)


def _publish(published: PolicyVersion, tx: Transaction) -> None:
    tx.add_policy(published)


def fill(url: str, tasks: int) -> None:
    store = SqlStore.open(url)
    store.run(lambda tx: tx.write([Set("account", Account("acme", "Europe/Moscow"))]))
    for start in range(0, tasks, 20_000):
        some = [Set("task", task(number)) for number in range(start, min(start + 20_000, tasks))]
        store.run(partial(_write, some))
    store.close()


# -- contestants: `prepare(url)` once a round, then one object a claimer with `claim()` --------------------------------


class Heads:
    """What a process knows of the queue, in place of its engine: one for all its threads, told of every take."""

    def __init__(self) -> None:
        make_candidates()
        self.position, self.leased, self.enough, self.lock = 0, set[int](), Enough(), threading.Lock()

    def first(self) -> tuple[Candidate, ...]:
        """Give the first that are free as far as is known here, as many as the service would offer."""
        with self.lock:
            found: list[Candidate] = []
            number, many = self.position, self.enough.count
            while len(found) < many:
                if number not in self.leased:
                    found.append(CANDIDATES[number])
                number += 1
            return tuple(found)

    def learn(self, offered: tuple[Candidate, ...], given: Given) -> str | None:
        """Hear of a take: the task that was had, and the leases of others on those before."""
        taken: str | None = given.answer.task if isinstance(given.answer, FencedLease) else None
        with self.lock:
            gone = [lease.task for lease in given.others]
            if taken is not None:
                gone.append(taken)
            numbers = [int(task_id) - 30_000_000 for task_id in gone]
            self.enough.learn(None if taken is None else [each.task.id for each in offered].index(taken) + 1)
            self.leased.update([number for number in numbers if number >= self.position])
            while self.position in self.leased:
                self.leased.remove(self.position)
                self.position += 1
        return taken


class Ours:
    """The whole `take` of the store, each time for another employee."""

    name = "workplaces-sql"

    @staticmethod
    def prepare(url: str, tasks: int) -> None:
        fill(url, tasks)
        if url.startswith("postgres"):
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")

    def __init__(self, url: str, me: int, store: SqlStore | None = None, heads: Heads | None = None) -> None:
        self.store = store or SqlStore.open(url, migrate=False)
        self.heads = heads or Heads()
        self.me, self.number = me, 0

    def claim(self) -> Any:
        self.number += 1
        few = self.heads.first()
        given = self.store.take(Wish(f"u{self.me}-{self.number}", few, LEASE), leases.take)
        return self.heads.learn(few, given)


class Bare(Ours):
    """The statement that the take needs, by the driver at its fastest, with arguments that were made before."""

    name = "the bare statement, psycopg"

    def __init__(self, url: str, me: int) -> None:
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        # As the store does.
        self.connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off")
        self.connection.pgconn.prepare(b"take", taking.STATEMENT.encode())
        self.offers = taking.Offers()
        make_candidates()
        self.me, self.number, self.position = me, 0, 0

    def claim(self) -> Any:
        self.number += 1
        few = CANDIDATES[self.position : self.position + 1]
        wish = Wish(f"b{self.me}-{self.number}", tuple(few), LEASE)
        values: Any = self.offers.arguments(wish, few, None, ())
        began = time.perf_counter()
        said = self.connection.pgconn.exec_prepared(b"take", values).get_value(0, 0)
        self.took = time.perf_counter() - began
        given = taking.given_of(wish, few, (said or b"").decode())
        self.position += 1
        return given.answer.task  # type: ignore[union-attr]


class Procrastinate:
    name = "procrastinate, fetch_job"

    @staticmethod
    def _app(url: str) -> Any:
        import procrastinate

        plain = url.replace("+psycopg", "")
        return procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=plain, min_size=1, max_size=1))

    @classmethod
    def prepare(cls, url: str, tasks: int) -> None:
        async def go() -> None:
            app = cls._app(url)

            @app.task(name="t", queue="q")  # type: ignore[untyped-decorator]
            def t(x: int) -> None:
                del x

            async with app.open_async():
                await app.schema_manager.apply_schema_async()
                for start in range(0, min(tasks, 40_000), 5000):
                    await t.batch_defer_async(*({"x": number} for number in range(start, start + 5000)))

        asyncio.run(go())

    def __init__(self, url: str, me: int) -> None:
        del me
        self.loop = asyncio.new_event_loop()
        self.app = self._app(url)
        self.loop.run_until_complete(self.app.open_async())
        self.worker = self.loop.run_until_complete(self.app.job_manager.register_worker())

    def claim(self) -> Any:
        job = self.loop.run_until_complete(self.app.job_manager.fetch_job(["q"], self.worker))
        return job and job.id


class PgQueuer:
    name = "pgqueuer, dequeue of one"

    @staticmethod
    def _place(url: str) -> dict[str, str]:
        info = psycopg.conninfo.conninfo_to_dict(url.replace("+psycopg", ""))
        return {"host": str(info["host"]), "user": str(info["user"]), "database": str(info["dbname"])}

    @classmethod
    def prepare(cls, url: str, tasks: int) -> None:
        import asyncpg
        from pgqueuer.db import AsyncpgDriver
        from pgqueuer.queries import Queries

        async def go() -> None:
            connection = await asyncpg.connect(**cls._place(url))
            queries = Queries(AsyncpgDriver(connection))
            await queries.install()
            for _ in range(0, min(tasks, 80_000), 10_000):
                await queries.enqueue(["e"] * 10_000, [None] * 10_000, [0] * 10_000)
            await connection.close()

        asyncio.run(go())

    def __init__(self, url: str, me: int) -> None:
        import asyncpg
        from pgqueuer.db import AsyncpgDriver
        from pgqueuer.ports.repository import EntrypointExecutionParameter
        from pgqueuer.queries import Queries

        del me
        self.loop = asyncio.new_event_loop()
        connection = self.loop.run_until_complete(asyncpg.connect(**self._place(url)))
        self.queries = Queries(AsyncpgDriver(connection))
        self.wanted = {
            "batch_size": 1,
            "entrypoints": {"e": EntrypointExecutionParameter(concurrency_limit=0)},
            "queue_manager_id": uuid.uuid4(),
            "global_concurrency_limit": None,
            "heartbeat_timeout": timedelta(seconds=30),
        }

    def claim(self) -> Any:
        jobs = self.loop.run_until_complete(self.queries.dequeue(**self.wanted))
        return jobs[0].id if jobs else None


class Pgmq:
    name = "pgmq, read of one"

    @staticmethod
    def prepare(url: str, tasks: int) -> None:
        from pgmq.install import get_embedded_install_sql

        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(get_embedded_install_sql())
            connection.execute("SELECT pgmq.create('q')")
            for _ in range(0, tasks, 10_000):
                connection.execute(
                    "SELECT count(*) FROM pgmq.send_batch('q', (SELECT array_agg(jsonb_build_object('x', g)) "
                    "FROM generate_series(1, 10000) g))"
                )

    def __init__(self, url: str, me: int) -> None:
        from pgmq import PGMQueue

        del me
        place = PgQueuer._place(url)  # noqa: SLF001
        self.queue = PGMQueue(
            host=place["host"], port="5432", database=place["database"], username=place["user"], password="x",  # noqa: S106
            init_extension=False, pool_size=1,
        )  # fmt: skip

    def claim(self) -> Any:
        found = self.queue.read("q", vt=300)
        message: Any = found[0] if isinstance(found, list) and found else found
        return message and message.msg_id


class Huey:
    name = "huey, SqliteStorage.dequeue"

    @staticmethod
    def _storage(path: str) -> Any:
        from huey.storage import SqliteStorage

        return SqliteStorage("q", filename=path, timeout=60, fsync=True)

    @classmethod
    def prepare(cls, path: str, tasks: int) -> None:
        cls._storage(path).close()
        connection = sqlite3.connect(path)
        rows = ((str(number).encode(),) for number in range(min(tasks, HUEY_ROWS)))
        connection.executemany("INSERT INTO task(queue, data, priority) VALUES('q', ?, 0)", rows)
        connection.commit()
        connection.close()

    def __init__(self, path: str, me: int) -> None:
        del me
        self.storage = self._storage(path)

    def claim(self) -> Any:
        found = self.storage.dequeue()
        return found and bytes(found).decode()


PEERS: tuple[type[Any], ...] = (Ours, Procrastinate, PgQueuer, Pgmq)


# -- races -----------------------------------------------------------------------------------------------------------


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
    contestant_class = {each.__name__: each for each in (*PEERS, Huey)}[name]
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
    store, heads = SqlStore.open(url), Heads()
    barrier, results = threading.Barrier(claimers), []

    def claim(me: int) -> None:
        mine = Ours(url, me, store, heads)
        got, waits, _ = _run_claimer(mine, barrier, plan.seconds)
        results.append((got, waits, 0))

    workers = [threading.Thread(target=claim, args=(me,)) for me in range(claimers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.close()
    return _race(results, plan.seconds)


def _race(results: list[tuple[list[Any], list[float], int]], seconds: float) -> Race:
    got = [found for result in results for found in result[0]]
    waits = tuple(sorted(wait for result in results for wait in result[1]))
    counts = tuple(len(result[0]) for result in results)
    return Race(counts, seconds, waits, len(got) - len(set(got)), sum(result[2] for result in results))


# -- the parts -------------------------------------------------------------------------------------------------------


def fdatasyncs(folder: Path) -> float:
    """How often a second this disk flushes a page that was appended."""
    with (folder / "flush").open("wb", buffering=0) as file:
        began, times = time.perf_counter(), 0
        while time.perf_counter() - began < 1:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times += 1
    return times


def _line(name: str, races: list[Race]) -> str:
    rate = statistics.median(race.rate for race in races)
    waits = [race.waits for race in races]
    p50 = statistics.median(each[len(each) // 2] for each in waits) * 1e3
    p99 = statistics.median(each[int(len(each) * 0.99)] for each in waits) * 1e3
    longest = max(each[-1] for each in waits) * 1e3
    fair = statistics.median(race.fairness for race in races)
    single = _single(races)
    rounds = " / ".join(f"{race.rate:,.0f}" for race in races)
    double = sum(race.double for race in races)
    return (
        f"| {name} | {rounds} | {rate:,.0f} | {p50:.2f} | {p99:.1f} | {longest:.0f} | {fair:.2f} "
        f"| {single:.1%} | {double} |"
    )


def _single(races: list[Race]) -> float:
    """How many takes needed one call and, with us, one statement: calls that came too late count against it."""
    takes = sum(sum(race.counts) for race in races)
    return 1 - sum(len(race.waits) - sum(race.counts) + race.extra for race in races) / max(1, takes)


HEADER = """| method | takes/s | median | p50 ms | p99 ms | longest ms | slowest/fastest | one statement | double |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""


def _median(races: list[Race]) -> float:
    return statistics.median(race.rate for race in races)


def _verdict(kept: bool, words: str) -> str:  # noqa: FBT001
    return f"- {'kept' if kept else '**not kept**'}: {words}"


def postgresql(plan: Plan) -> list[str]:
    found: dict[str, list[Race]] = {}
    missing: dict[str, str] = {}
    with postgres() as server:
        for _ in range(plan.rounds):
            for contestant in PEERS:
                if contestant.name in missing:
                    continue
                url = server.fresh()
                try:
                    contestant.prepare(url, plan.tasks)
                except ImportError as error:
                    missing[contestant.name] = str(error)
                    continue
                found.setdefault(contestant.name, []).append(race_of_processes(contestant, url, plan, plan.processes))
        against_bare = [_against_bare(server, plan) for _ in range(plan.rounds)]
    print(f"\n### PostgreSQL, {plan.processes} processes, {plan.tasks:,} tasks\n\n{HEADER}")
    for name, races in found.items():
        print(_line(name, races))
    for name, why in missing.items():
        print(f"\n{name}: left out, {why}")
    ours = found[Ours.name]
    best = max((_median(races) for name, races in found.items() if name != Ours.name), default=0.0)
    fair = statistics.median(race.fairness for race in ours)
    single = _single(ours)
    ratio, times = statistics.median(against_bare), _median(ours) / best if best else 0.0
    return [
        _verdict(times >= 2.5, f"PostgreSQL: {times:.2f} × the best peer, at least 2.5 were promised"),
        _verdict(fair >= 0.7, f"PostgreSQL: slowest process {fair:.2f} of the fastest, at least 0.7 were promised"),
        _verdict(single >= 0.95, f"PostgreSQL: one statement in {single:.1%} of the takes, 95 % were promised"),
        _verdict(ratio <= 1.5, f"PostgreSQL: a take costs {ratio:.2f} × its bare statement, at most 1.5 were promised"),
    ]


def _against_bare(server: Any, plan: Plan) -> float:
    """The take of one process beside its statement, call by call in turn, so that both meet the same weather."""
    url = server.fresh()
    fill(url, min(plan.tasks, 20_000))
    ours, bare = Ours(url, 0), Bare(url, 1)
    bare.position = 10_000
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


def sqlite(plan: Plan, folder: Path) -> list[str]:
    found: dict[tuple[str, int], list[Race]] = {}
    flushes = []
    for turn in range(plan.rounds):
        flushes.append(fdatasyncs(folder))
        for claimers in (8, 32):
            path = folder / f"ours-{turn}-{claimers}.db"
            fill(f"sqlite:///{path}", plan.tasks)
            found.setdefault((Ours.name, claimers), []).append(race_of_threads(f"sqlite:///{path}", plan, claimers))
            with suppress(ImportError):
                path = folder / f"huey-{turn}-{claimers}.db"
                Huey.prepare(str(path), plan.tasks)
                found.setdefault((Huey.name, claimers), []).append(race_of_processes(Huey, str(path), plan, claimers))
    flush = statistics.median(flushes)
    print(f"\n### SQLite, {plan.tasks:,} tasks; the disk flushes {flush:,.0f} times a second\n\n{HEADER}")
    for (name, claimers), races in found.items():
        print(_line(f"{name}, {claimers}", races))
    lines = []
    for claimers in (8, 32):
        ours = found[Ours.name, claimers]
        longest = max(race.waits[-1] for race in ours) * 1e3
        if (Huey.name, claimers) in found:
            times = _median(ours) / _median(found[Huey.name, claimers])
            lines.append(_verdict(times >= 2, f"SQLite, {claimers}: {times:.2f} × huey, at least 2 were promised"))
        lines.append(_verdict(longest <= 50, f"SQLite, {claimers}: longest wait {longest:.0f} ms, 50 were promised"))
    times = _median(found[Ours.name, 32]) / flush
    return [*lines, _verdict(times >= 2, f"SQLite, 32: {times:.2f} × the disk's flushes, at least 2 were promised")]


def _load(url: str, how: str, out: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    if how == "store":
        store = SqlStore.open(url, migrate=False)
        kept: Any = list(store.entities())
    elif url.startswith("sqlite"):
        kept = (
            sqlite3.connect(url.removeprefix("sqlite:///")).execute("SELECT kind, id, value FROM wp_entity").fetchall()
        )
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            kept = connection.execute("SELECT kind, id, value FROM wp_entity").fetchall()
    took = time.perf_counter() - began
    out.put((took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, len(kept)))


def start(plan: Plan, folder: Path) -> list[str]:
    lines = []
    print(f"\n### Start from the mirror, {plan.mirror:,} tasks\n")
    print("| database | how | s | MB | × the driver |\n|---|---|---:|---:|---:|")
    with postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/mirror.db"), ("PostgreSQL", server.fresh())):
            fill(url, plan.mirror)
            runs: dict[str, list[tuple[float, float]]] = {"driver": [], "store": []}
            for _ in range(plan.rounds):
                for how, times in runs.items():
                    context = multiprocessing.get_context("spawn")
                    out = context.Queue()
                    worker = context.Process(target=_load, args=(url, how, out))
                    worker.start()
                    took, memory, _ = out.get(timeout=600)
                    worker.join()
                    times.append((took, memory))
            took = {how: statistics.median(each[0] for each in times) for how, times in runs.items()}
            ratio = took["store"] / took["driver"]
            for how, times in runs.items():
                memory = statistics.median(each[1] for each in times)
                print(f"| {name} | {how} | {took[how]:.2f} | {memory:,.0f} | {took[how] / took['driver']:.2f} |")
            lines.append(
                _verdict(ratio <= 4, f"{name}: start {ratio:.2f} × the driver's loading, at most 4 were promised")
            )
    return lines


def _follow(url: str, out: Any, versions: int) -> None:
    store = SqlStore.open(url, migrate=False)
    position = store.position()
    out.put("ready")
    seen = 0
    while seen < versions:
        store.wait(position, seconds=5)
        feed = store.feed(position)
        position = feed.position
        if feed.policy_version > seen:
            store.policy()
            seen = feed.policy_version
            out.put((seen, time.time()))


def policies(folder: Path) -> list[str]:
    lines, many = [], 100
    with postgres() as server:
        for name, url in (("SQLite", f"sqlite:///{folder}/policies.db"), ("PostgreSQL", server.fresh())):
            store = SqlStore.open(url)
            context = multiprocessing.get_context("spawn")
            out = context.Queue()
            worker = context.Process(target=_follow, args=(url, out, many))
            worker.start()
            assert out.get(timeout=60) == "ready"
            late = []
            for version in range(1, many + 1):
                began = time.time()
                published = PolicyVersion(Policy(version, ()), "u1", store.now())
                store.run(partial(_publish, published))
                while True:
                    seen, at = out.get(timeout=30)
                    if seen == version:
                        break
                late.append(at - began)
            worker.join()
            store.close()
            p99 = sorted(late)[int(many * 0.99)]
            print(
                f"\n{name}: a policy is seen by another process after {statistics.median(late) * 1e3:.0f} ms (median)"
            )
            lines.append(
                _verdict(
                    p99 <= 1, f"{name}: a policy is seen elsewhere within {p99 * 1e3:.0f} ms (p99), 1 s was promised"
                )
            )
    return lines


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
