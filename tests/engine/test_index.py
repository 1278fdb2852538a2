"""The index between changes: ties while many tasks change at once, an old index let go, few and many kinds of match."""

from __future__ import annotations

import gc
import weakref
from array import array
from datetime import UTC, date, datetime, timedelta
from random import Random

import attrs
import pytest

from workplaces_core import decide
from workplaces_core.changes import Set, apply
from workplaces_core.engine import Engine, index
from workplaces_core.engine.index import wide_enough
from workplaces_core.model import Account, Deal, Snapshot, Subject, Task, User
from workplaces_core.policy import CommonQueue, Interval, Leaf, Members, OrderKey, Policy, Priority, Role

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ALWAYS = Interval("i", 0, 1440, days=(0, 1, 2, 3, 4, 5, 6))


def role(name, *priorities):
    return Role(name, name, members=Members(["u1", "u2"]), intervals=(ALWAYS,), priorities=priorities)


def call(number, created=0, due=date(2026, 11, 24), responsible="u1", deal=0):
    moment = NOW - timedelta(days=1, minutes=created)
    return Task(f"t{number}", str(number % 3), "", responsible, moment, due, Subject("deal", f"d{deal}"))


def account(tasks):
    deals = [Deal(f"d{number}", "", None, fields={"budget": number}) for number in range(40)]
    return Snapshot(Account("a", "UTC"), users=[User("u1", "U"), User("u2", "U")], deals=deals, tasks=tasks)


POLICY = Policy(
    1,
    (
        role("a", Priority("p", "P", task_types=["0"]), Priority("q", "Q", common_queue=CommonQueue("members"))),
        role("b", Priority("r", "R", where=Leaf("deal.budget", "ge", 20), order=(OrderKey("field", "deal.budget"),))),
    ),
)


def asks_as_it_decides(engine, snapshot, policy=POLICY):
    for user in ("u1", "u2"):
        assert engine.desk(user, now=NOW, queue=None) == decide(snapshot, policy, user=user, now=NOW)


@pytest.mark.parametrize("seed", range(8))
def test_tied_tasks_may_all_change_their_ranks_in_one_batch(seed):
    """A task comes and goes among ties that are ordered by what the others were before the batch."""
    rng = Random(seed)
    snapshot = account([call(number, rng.randrange(60)) for number in range(200)])
    engine = Engine(POLICY, snapshot)
    for _ in range(3):
        ids = rng.sample(range(200), 120)
        changes = [Set("task", call(number, rng.randrange(60), responsible=rng.choice(("u1", "u2")))) for number in ids]
        engine.apply(changes)
        snapshot = apply(snapshot, changes)

        asks_as_it_decides(engine, snapshot)


@pytest.mark.parametrize("changed", [{"type": "0"}, {"responsible": "u2"}, {"text": "x"}, {"completed": True},
                                     {"due": date(2026, 11, 20)}, {"due": NOW}, {"subject": Subject("deal", "d30")},
                                     {"subject": None}, {"created": NOW - timedelta(days=9)}])  # fmt: skip
def test_a_change_of_one_task_is_what_the_same_change_among_others_is(changed):
    snapshot = account([call(number, deal=number % 40) for number in range(50)])
    alone, among = Engine(POLICY, snapshot), Engine(POLICY, snapshot)
    for number in range(0, 50, 7):
        change = Set("task", attrs.evolve(snapshot.tasks[f"t{number}"], **changed))
        alone.apply([change])
        among.apply([change, Set("user", User("u3", "Another"))])
        snapshot = apply(snapshot, [change])

    asks_as_it_decides(alone, snapshot)
    asks_as_it_decides(among, attrs.evolve(snapshot, users=[*snapshot.users.values(), User("u3", "Another")]))


def test_an_index_that_is_replaced_is_let_go_without_the_collector():
    engine = Engine(POLICY, account([call(number, deal=number % 40) for number in range(100)]))
    for user in ("u1", "u2"):
        engine.desk(user, now=NOW)
        engine.next_task(user, now=NOW)
    engine.classify([call(1)], role="a", user="u1", now=NOW)
    old = weakref.ref(engine._index)
    gc.collect()
    gc.disable()
    try:
        engine.publish(attrs.evolve(POLICY, version=2))

        assert old() is None
    finally:
        gc.enable()


def test_more_kinds_of_match_than_a_short_number_holds_are_no_matter(monkeypatch):
    monkeypatch.setattr(index, "_SHORT", 3)
    where = [Leaf("deal.budget", "ge", 5 * number) for number in range(8)]
    one = role("a", *(Priority(f"p{number}", "P", where=each) for number, each in enumerate(reversed(where))))
    policy = Policy(1, (one,))
    snapshot = account([call(number, deal=number % 20) for number in range(60)])
    engine = Engine(policy, snapshot)
    asks_as_it_decides(engine, snapshot, policy)
    changes = [Set("task", call(number, deal=39 - number)) for number in range(20)]
    for change in changes:
        engine.apply([change])

    asks_as_it_decides(engine, apply(snapshot, changes), policy)


def test_an_array_is_widened_only_once_and_keeps_what_it_holds():
    wide = array("I", [1, 70_000])

    assert wide_enough(wide, 80_000) is wide
    assert wide_enough(array("H", [65_535]), 65_535).typecode == "H"
