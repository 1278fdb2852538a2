"""The suite for stores: a command is one transaction, which sees what it wrote, and leaves all of it or nothing."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import attrs
import pytest

from workplaces_core.adapters.stores import Store, Transaction
from workplaces_core.changes import Remove, Set
from workplaces_core.testing.store_under_test import each_of, fail_after, follow, tables
from workplaces_core.testing.store_world import AT, QUARTER, held, published, saga, task

SECONDS = timedelta(seconds=5)
"""More than a store's two ways of telling the time may lie apart."""


def begin(tx: Transaction) -> None:
    """Let there be one of everything a command can change."""
    tx.write([Set("task", task("t1")), Set("task", task("t2"))])
    tx.put_lease(held("t1", "u1", tx.next_fence()))
    tx.append("taken", user="u1", task="t1", fence=1, details={"a": 1})
    tx.notify("u1", "expired", "t1", "Перезвонить", {})
    tx.remember("u1", "k", "answer")
    tx.put_saga(saga())
    tx.add_policy(published(3))
    assert tx.swap("c", "first", version=0)


def _advance(tx: Transaction) -> None:
    kept = tx.sagas_of("t1")[0]
    tx.put_saga(attrs.evolve(kept, state="done", trouble="всё"))


def _dismiss(tx: Transaction) -> None:
    tx.dismiss("u1", 1_000_000)


WRITES: dict[str, Callable[[Transaction], Any]] = {
    "set": lambda tx: tx.write([Set("task", task("t3"))]),
    "replace": lambda tx: tx.write([Set("task", task("t1", "Другой текст"))]),
    "remove": lambda tx: tx.write([Remove("task", "t2")]),
    "lease": lambda tx: tx.put_lease(held("t2", "u2", tx.next_fence())),
    "renew": lambda tx: tx.put_lease(held("t1", "u1", expires=AT + 2 * QUARTER)),
    "drop": lambda tx: tx.drop_lease("t1"),
    "append": lambda tx: tx.append("finished", user="u1", task="t1", fence=1, details={}),
    "notify": lambda tx: tx.notify("u2", "lost_race", "t1", "", {}),
    "dismiss": _dismiss,
    "remember": lambda tx: tx.remember("u2", "k", "other"),
    "begin a saga": lambda tx: tx.put_saga(saga("t2")),
    "advance a saga": _advance,
    "publish": lambda tx: tx.add_policy(published(4)),
    "swap": lambda tx: tx.swap("c", "second", version=1),
}
"""What a command can do, each on top of `begin`."""

each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


class CommandTests:
    """All or nothing, by one clock."""

    def test_a_command_gives_what_it_gives(self, store: Store) -> None:
        given = object()

        assert store.run(lambda _: given) is given

    @each_write
    def test_what_a_command_did_stays(self, store: Store, write: Callable[[Transaction], Any]) -> None:
        store.run(begin)
        before = tables(store)
        store.run(write)

        assert tables(store) != before

    @each_write
    def test_a_command_that_raises_leaves_nothing(self, store: Store, write: Callable[[Transaction], Any]) -> None:
        store.run(begin)
        before, position = tables(store), store.position()
        fail_after(store, write)

        assert tables(store) == before
        assert follow(store, position)[0] == []

    def test_a_command_that_does_much_and_raises_leaves_nothing(self, store: Store) -> None:
        store.run(begin)
        before, position = tables(store), store.position()
        fail_after(store, each_of(*WRITES.values()))

        assert tables(store) == before
        assert follow(store, position)[0] == []

    def test_a_command_that_is_interrupted_leaves_nothing(self, store: Store) -> None:
        def interrupted(tx: Transaction) -> None:
            begin(tx)
            raise KeyboardInterrupt

        before = tables(store)
        with pytest.raises(KeyboardInterrupt):
            store.run(interrupted)

        assert tables(store) == before

    def test_after_a_command_that_raised_the_next_one_works(self, store: Store) -> None:
        fail_after(store, begin)
        store.run(begin)

        assert [lease.task for lease in store.leases()] == ["t1"]

    # -- time ---------------------------------------------------------------------------------------------

    def test_a_command_runs_at_the_time_of_the_store(self, store: Store) -> None:
        before = store.now()
        at = store.run(lambda tx: tx.at)

        assert before - SECONDS <= at <= store.now() + SECONDS
        assert before - SECONDS <= store.cells.now() <= store.now() + SECONDS

    def test_the_time_is_told_in_utc(self, store: Store) -> None:
        moments = (store.now(), store.cells.now(), store.run(lambda tx: tx.at), store.run(lambda tx: tx.at, at=AT))

        assert [moment.tzinfo for moment in moments] == [UTC] * 4

    def test_time_stands_still_while_a_command_runs(self, store: Store) -> None:
        first, _, last = store.run(each_of(lambda tx: tx.at, begin, lambda tx: tx.at))

        assert first == last

    @pytest.mark.parametrize("away", [-timedelta(days=400), timedelta(0), timedelta(days=400)])
    def test_a_command_may_be_given_another_moment(self, store: Store, away: timedelta) -> None:
        at = store.run(each_of(begin, lambda tx: tx.at), at=AT + away)[1]

        assert at == AT + away
        assert [record.at for record in store.log()] == [at]
        assert [notice.at for notice in store.notices("u1")] == [at]

    # -- the end ------------------------------------------------------------------------------------------

    def test_a_store_may_be_closed_twice(self, store: Store) -> None:
        store.run(begin)
        store.close()
        store.close()
