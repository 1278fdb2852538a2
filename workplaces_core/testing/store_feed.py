"""The suite for stores: whoever follows the feed from any position knows what the mirror knows."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from workplaces_core.adapters.stores import Store
from workplaces_core.changes import Change, Kind, Remove, Set, about
from workplaces_core.errors import CursorLost
from workplaces_core.testing.store_mirror import each_kind, each_removable
from workplaces_core.testing.store_under_test import Mirror, applied, exactly, fail_after, follow, mirror, write
from workplaces_core.testing.store_world import ONE_OF_EACH, held, published, task

MANY = 25
FOR_EVER = 3600.0


class FeedTests:
    """Nothing that changed is left out, however it is read."""

    watch_seconds: float

    def reopened(self, store: Store) -> Store | None:
        """Give the store as it is after it was closed and opened."""
        raise NotImplementedError

    def test_when_nothing_was_written_there_is_nothing_new(self, store: Store) -> None:
        empty = store.feed(store.position())
        write(store, Set("task", task()))
        full = store.feed(store.position())

        assert (empty.changes, empty.more) == (full.changes, full.more) == ((), False)

    @each_kind
    def test_what_is_written_is_told_of(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        position = store.position()
        write(store, Set(kind, value))
        changes, _ = follow(store, position)

        assert exactly(applied({}, changes)) == exactly({(kind, name): value})

    @each_removable
    def test_what_is_removed_is_told_of(self, store: Store, kind: Kind, name: str, value: Any) -> None:
        write(store, Set(kind, value))
        position = store.position()
        write(store, Remove(kind, name))

        assert follow(store, position)[0] == [Remove(kind, name)]

    def test_only_what_was_written_since_is_told_of(self, store: Store) -> None:
        write(store, Set("task", task("t1")), Set("task", task("t2")))
        position = store.position()
        write(store, Set("task", task("t2", "Новый текст")))

        assert follow(store, position)[0] == [Set("task", task("t2", "Новый текст"))]

    def test_what_was_taken_back_is_not_told_of(self, store: Store) -> None:
        position = store.position()
        fail_after(store, lambda tx: tx.write([Set("task", task())]))
        write(store, Set("task", task("t2")))

        assert follow(store, position)[0] == [Set("task", task("t2"))]

    def test_of_what_changed_often_the_present_state_is_told(self, store: Store) -> None:
        position = store.position()
        for text in ("раз", "два", "три"):
            write(store, Set("task", task(text=text)))

        assert set(follow(store, position)[0]) == {Set("task", task(text="три"))}

    def test_the_feed_goes_on_from_where_it_ended(self, store: Store) -> None:
        position = store.position()
        found: Mirror = {}
        for kind, _, value in ONE_OF_EACH:
            write(store, Set(kind, value))
            changes, position = follow(store, position)
            found = applied(found, changes)

        assert exactly(found) == exactly(mirror(store))
        assert follow(store, position)[0] == []

    def test_a_position_may_be_used_again(self, store: Store) -> None:
        position = store.position()
        write(store, *(Set(kind, value) for kind, _, value in ONE_OF_EACH))
        first, _ = follow(store, position)
        second, _ = follow(store, position)

        assert exactly(applied({}, first)) == exactly(applied({}, second))

    @pytest.mark.parametrize("limit", [1, 2, 7, MANY - 1, MANY, MANY + 1])
    def test_pages_leave_nothing_out(self, store: Store, limit: int) -> None:
        position = store.position()
        write(store, *(Set("task", task(f"t{number}")) for number in range(MANY)))
        store.run(lambda tx: tx.write([Set("task", task("t3", "Новый текст"))]))
        changes, end = follow(store, position, limit=limit)

        assert applied({}, changes) == mirror(store)
        assert store.feed(end).changes == ()

    def test_what_changes_between_pages_is_not_missed(self, store: Store) -> None:
        position = store.position()
        write(store, *(Set("task", task(f"t{number}")) for number in range(MANY)))
        page = store.feed(position, limit=5)
        write(store, Set("task", task("t1", "Новый текст")), Remove("task", "t2"), Set("task", task("t99")))
        rest, _ = follow(store, page.position, limit=5)

        assert page.more
        assert applied({}, [*page.changes, *rest]) == mirror(store)

    def test_what_is_written_while_the_mirror_is_read_is_not_missed(self, store: Store) -> None:
        write(store, *(Set("task", task(f"t{number}")) for number in range(MANY)))
        position = store.position()
        found: list[Change] = []
        for number, change in enumerate(store.entities()):
            found.append(change)
            seen = about(change)
            write(
                store,
                (Remove("task", seen), Set("task", task(seen, "Новый")), Set("task", task(f"{seen}+")))[number % 3],
            )
        changes, _ = follow(store, position)

        assert applied(applied({}, found), changes) == mirror(store)

    @pytest.mark.parametrize("strange", ["", "nobody gave this", "-1", "0x10", " "])
    def test_a_position_that_nobody_gave_is_refused(self, store: Store, strange: str) -> None:
        write(store, Set("task", task()))

        with pytest.raises(CursorLost):
            store.feed(strange)

    def test_the_feed_tells_which_policy_is_the_newest(self, store: Store) -> None:
        versions = [store.feed(store.position()).policy_version]
        for version in (3, 7):
            _publish(store, version)
            versions.append(store.feed(store.position()).policy_version)

        assert versions == [0, 3, 7]

    def test_a_position_outlives_the_process(self, store: Store) -> None:
        write(store, Set("task", task("t1")))
        position, before = store.position(), mirror(store)
        write(store, Set("task", task("t2")), Remove("task", "t1"))
        again = self.reopened(store)
        if again is None:
            pytest.skip("this store cannot be reopened")
        try:
            write(again, Set("task", task("t3")))

            assert applied(before, follow(again, position)[0]) == mirror(again)
        finally:
            again.close()

    # -- waiting ------------------------------------------------------------------------------------------

    def test_waiting_ends_soon_after_something_was_written(self, store: Store) -> None:
        _assert_wakes(store, lambda number: write(store, Set("task", task(f"t{number}"))), self.watch_seconds)

    def test_waiting_ends_soon_after_a_lease_was_given(self, store: Store) -> None:
        def act(number: int) -> None:
            store.run(lambda tx: tx.put_lease(held(fence=number)))

        _assert_wakes(store, act, self.watch_seconds)

    def test_waiting_ends_soon_after_a_policy_was_published(self, store: Store) -> None:
        _assert_wakes(store, lambda number: _publish(store, number), self.watch_seconds)

    def test_nobody_waits_for_what_is_there_already(self, store: Store) -> None:
        position = store.position()
        write(store, Set("task", task()))

        assert _ends(store, position, FOR_EVER, self.watch_seconds)

    def test_waiting_ends_when_the_time_is_over(self, store: Store) -> None:
        assert _ends(store, store.position(), 0.01, self.watch_seconds)


def _waiting(store: Store, position: str, seconds: float) -> threading.Thread:
    thread = threading.Thread(target=store.wait, args=(position,), kwargs={"seconds": seconds}, daemon=True)
    thread.start()
    return thread


def _ends(store: Store, position: str, seconds: float, within: float) -> bool:
    waiting = _waiting(store, position, seconds)
    waiting.join(within)
    return not waiting.is_alive()


def _publish(store: Store, version: int) -> None:
    store.run(lambda tx: tx.add_policy(published(version)))


def _assert_wakes(store: Store, act: Callable[[int], object], seconds: float) -> None:
    """Do something again and again until a thread that waits for it has returned; it may begin to wait late."""
    waiting = _waiting(store, store.position(), FOR_EVER)
    for number in range(1, 11):
        act(number)
        waiting.join(seconds / 10)

    assert not waiting.is_alive()
