"""What PostgreSQL does in one statement is what the core's `take` does, in every situation that chance makes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random

import attrs
import pytest
from workplaces_sql import SqlStore
from workplaces_sql.postgres_store import PostgresDatabase

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.adapters.stores import Candidate, Step, Wish
from workplaces_core.changes import Remove, Set
from workplaces_core.errors import WorkError
from workplaces_core.model import Skip, Task
from workplaces_core.testing.store_under_test import exactly, tables
from workplaces_core.work.leases import end, take

AT = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
USERS = ("Анна", "u\0", "u2")
TASKS = 6


def task(number, text="Звонок", *, completed=False):
    return Task(f"t{number}", "1", text, "u9", AT, date(2026, 11, 24), None, completed)


def wish(random, user, step):
    def candidate(number):
        steps = (Step("set_responsible", "task", f"t{number}", user, ("u9", None)),)
        seen = task(number, completed=True) if random.random() < 0.1 else task(number, random.choice("xxxy"))
        decision = {"policy_version": 3, "key": ['"\\ё\0', 1.5]} if random.random() < 0.7 else {}
        return Candidate(seen, "r", random.choice([None, "p\0"]), decision, steps if random.random() < 0.4 else ())

    numbers = random.sample(range(TASKS + 1), random.randrange(TASKS + 1))
    key = random.choice([None, None, f"k{step}", "k"])
    return Wish(user, tuple(map(candidate, numbers)), timedelta(minutes=random.choice([1, 15])), key)


def act(random, user, now):
    """Something that may stand in the way of a take."""
    number = random.randrange(TASKS)
    kind = random.choice(["end", "write", "write", "skip", "conclude"])
    if kind == "write":
        change = (
            Remove("task", f"t{number}") if random.random() < 0.2 else Set("task", task(number, random.choice("xxy")))
        )
        return lambda tx: tx.write([change])
    if kind == "skip":
        skip = Skip(f"t{number}", user, now + timedelta(minutes=random.choice([0, 3, -3])))
        return lambda tx: tx.write([Set("skip", skip)])
    if kind == "conclude":
        return lambda tx: [tx.put_saga(attrs.evolve(saga, state="done")) for saga in tx.sagas_of(f"t{number}")]
    return lambda tx: (lease := tx.lease_of(user)) and end(tx, lease, "released")


def answer(store, wished, how, now):
    try:
        return exactly(store.take(wished, how, at=now))
    except WorkError as error:
        return repr(error)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_store_takes_alike_in_one_statement_or_not(server, tmp_path, monkeypatch, seed):
    at_once = []
    original = PostgresDatabase._in_one_statement
    monkeypatch.setattr(
        PostgresDatabase,
        "_in_one_statement",
        lambda self, values: (at_once.append(original(self, values)), at_once[-1])[1],
    )
    stores = [
        MemoryStore(),
        SqlStore.open(f"sqlite:///{tmp_path}/desk.db"),
        SqlStore.open(server.fresh(migrated=True)),
        SqlStore.open(server.fresh(migrated=True)),
    ]
    ways = [take, take, take, partial(take)]
    random, now = Random(seed), AT
    for store in stores:
        store.run(lambda tx: tx.write([Set("task", task(number, "x")) for number in range(TASKS)]), at=now)
    for step in range(50):
        now += timedelta(microseconds=random.choice([1, 1_000_000, 60_000_000, 300_000_000]))
        user = random.choice(USERS)
        if random.random() < 0.5:
            wished = wish(random, user, step)
            answers = [answer(store, wished, how, now) for store, how in zip(stores, ways, strict=True)]
            assert answers == answers[:1] * len(stores)
        else:
            done = act(random, user, now)
            for store in stores:
                store.run(done, at=now)
    kept = [exactly(tables(store, users=USERS, keys=["k", *(f"k{step}" for step in range(50))])) for store in stores]
    for store in stores:
        store.close()

    assert kept == kept[:1] * len(stores)
    assert any(said is not None and said[0] not in "-0" for said in at_once)
