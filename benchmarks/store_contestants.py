"""Who takes part in `benchmarks.store_takes`: the SQL store, its bare statement, and job queues; and their tasks."""

# ruff: noqa: PLC0415 - a peer is imported where it runs, and may be missing

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from workplaces_sql import SqlStore, taking

from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Transaction, Wish
from workplaces_core.changes import Set
from workplaces_core.model import Account, Subject, Task
from workplaces_core.work import leases
from workplaces_core.work.handing_out import Enough

CREATED = datetime(2026, 11, 20, 8, tzinfo=UTC)
LEASE = timedelta(minutes=15)
HUEY_ROWS = 60_000
READY = 60_000


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


def fill(url: str, tasks: int) -> None:
    store = SqlStore.open(url)
    store.run(lambda tx: tx.write([Set("account", Account("acme", "Europe/Moscow"))]))
    for start in range(0, tasks, 20_000):
        some = [Set("task", task(number)) for number in range(start, min(start + 20_000, tasks))]
        store.run(partial(_write, some))
    store.close()


# -- `prepare(url)` once a round, then one object a claimer with `claim()` --------------------------------


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


class HeadOfQueue:
    """No peer but a ruler: a queue in the order of one column, known to the server, by the driver at its fastest.

    It gives all the same order, and knows no user, no change of a task and no reason: what a queue of jobs may leave
    out and a desk may not.
    """

    name = "head of one order, SKIP LOCKED, and a log row: the statement alone"
    statement = b"""
        WITH head AS (SELECT id FROM queue WHERE NOT taken ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED),
             taken AS (UPDATE queue SET taken = true FROM head WHERE queue.id = head.id RETURNING queue.id)
        INSERT INTO log (task, details) SELECT id, 'taken' FROM taken RETURNING task"""

    @staticmethod
    def prepare(url: str, tasks: int) -> None:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("CREATE TABLE queue (id bigint PRIMARY KEY, taken boolean NOT NULL DEFAULT false)")
            connection.execute("CREATE TABLE log (number bigserial PRIMARY KEY, task bigint, details text)")
            connection.execute("INSERT INTO queue (id) SELECT generate_series(1, %s::int)", (tasks,))
            connection.execute("CREATE INDEX ON queue (id) WHERE NOT taken")

    def __init__(self, url: str, me: int) -> None:
        del me
        self.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self.connection.pgconn.prepare(b"take", self.statement)

    def claim(self) -> Any:
        return self.connection.pgconn.exec_prepared(b"take", []).get_value(0, 0)


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


PEERS: tuple[type[Any], ...] = (Procrastinate, PgQueuer, Pgmq)
ON_POSTGRESQL: tuple[type[Any], ...] = (Ours, *PEERS, HeadOfQueue)
