"""A process takes over at once what its own take told of leases, and never what it knows to be over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.adapters.stores import Candidate, FencedLease, Given, Wish
from workplaces_core.changes import Set
from workplaces_core.model import Account, Task
from workplaces_core.work import leases
from workplaces_core.work.handing_out import FEWEST, MOST, Enough, news_of
from workplaces_core.work.live import Live

AT = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
TASKS = [Task(f"t{number}", "1", "Звонок", "u9", AT, date(2026, 11, 24)) for number in range(3)]


def office() -> tuple[MemoryStore, Live]:
    store = MemoryStore()
    store.run(lambda tx: tx.write([Set("account", Account("acme", "UTC")), *(Set("task", task) for task in TASKS)]))
    live = Live(store)
    assert live.follow()
    return store, live


def taken(store: MemoryStore, user: str) -> Given:
    offer = tuple(Candidate(task, "r", None, {}) for task in TASKS)
    return store.take(Wish(user, offer, QUARTER), leases.take, at=AT)


def held(live: Live) -> set[str]:
    return set(live.engine.snapshot().leases)


def test_a_take_tells_of_its_own_lease_and_of_those_it_met() -> None:
    store, live = office()
    taken(store, "u1")
    heard = live.heard

    live.learn(news_of(taken(store, "u2")), heard)

    assert held(live) == {"t0", "t1"}


def test_what_was_met_is_not_taken_over_when_the_feed_told_more_meanwhile() -> None:
    store, live = office()
    first = taken(store, "u1").answer
    heard, met = live.heard, news_of(taken(store, "u2"))
    assert isinstance(first, FencedLease)
    store.run(lambda tx: leases.end(tx, first, "released"), at=AT)
    live.follow()

    live.learn(met, heard)

    assert held(live) == {"t1"}


def test_nothing_is_learned_of_a_lease_that_the_user_had_already() -> None:
    store, _ = office()
    taken(store, "u1")

    assert news_of(taken(store, "u1")) == []


def test_as_many_are_offered_as_were_gone_lately_and_some_more_within_bounds() -> None:
    enough = Enough()
    for _ in range(100):
        enough.learn(None)
    assert enough.count == MOST
    for _ in range(100):
        enough.learn(1)
    assert enough.count == FEWEST
