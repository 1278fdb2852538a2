"""Stores with one fault each in the feed of the mirror, and in waiting for it.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

import threading
import time
from itertools import count, islice
from random import Random
from typing import Any

import attrs

from tests.conformance.store_doubles import Altered, Double
from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.changes import Set
from workplaces_core.errors import CursorLost
from workplaces_core.testing.store_under_test import key

# -- the feed ---------------------------------------------------------------------------------------------------


class Feeding(MemoryStore):
    """A store whose feed is altered by `altered`."""

    altered: Any
    tx: Any

    def feed(self, position, *, limit=1000):
        return self.altered(super().feed(position, limit=limit), position, limit)


class TestFeedsNoRemovals(Double):
    breaks = (
        "test_leases_are_told_of_in_the_feed",
        "test_what_changes_between_pages_is_not_missed",
        "test_what_is_removed_is_told_of",
        "test_what_is_written_while_the_mirror_is_read_is_not_missed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, changes=tuple(c for c in feed.changes if isinstance(c, Set)))


class TestFeedsNoLeases(Double):
    breaks = (
        "test_leases_are_told_of_in_the_feed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, changes=tuple(c for c in feed.changes if c.kind != "lease"))


class TestSkipsOneBetweenPages(Double):
    breaks = (
        "test_pages_leave_nothing_out",
        "test_what_changes_between_pages_is_not_missed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, position=str(int(feed.position) + 1)) if feed.more else feed


class TestNeverSaysMore(Double):
    breaks = (
        "test_pages_leave_nothing_out",
        "test_what_changes_between_pages_is_not_missed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, more=False)


class TestAlwaysSaysMore(Double):
    breaks = (
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_a_position_may_be_used_again",
        "test_leases_are_told_of_in_the_feed",
        "test_of_what_changed_often_the_present_state_is_told",
        "test_only_what_was_written_since_is_told_of",
        "test_pages_leave_nothing_out",
        "test_the_feed_goes_on_from_where_it_ended",
        "test_what_changes_between_pages_is_not_missed",
        "test_what_is_removed_is_told_of",
        "test_what_is_written_is_told_of",
        "test_what_is_written_while_the_mirror_is_read_is_not_missed",
        "test_what_was_taken_back_is_not_told_of",
        "test_when_nothing_was_written_there_is_nothing_new",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
        "test_whoever_follows_while_others_write_misses_nothing",
    )

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, more=True)


class TestTakesNoNoticeOfTheLimit(Double):
    breaks = (
        "test_pages_leave_nothing_out",
        "test_what_changes_between_pages_is_not_missed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def feed(self, position, *, limit=1000):
            return super().feed(position)


class TestFeedsEverythingAgain(Double):
    breaks = (
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_only_what_was_written_since_is_told_of",
        "test_pages_leave_nothing_out",
        "test_the_feed_goes_on_from_where_it_ended",
        "test_what_changes_between_pages_is_not_missed",
        "test_when_nothing_was_written_there_is_nothing_new",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def feed(self, position, *, limit=1000):
            super().feed(position)
            return super().feed("0", limit=10**9)


class TestHandsOutWhatItGaveBefore(Double):
    """A queue for one follower: what was read once is gone."""

    breaks = (
        "test_a_position_may_be_used_again",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        read = 0

        def feed(self, position, *, limit=1000):
            super().feed(position)
            feed = super().feed(str(max(int(position), self.read)), limit=limit)
            self.read = int(feed.position)
            return feed


class TestFeedsTheFirstStateItKnew(Double):
    breaks = (
        "test_of_what_changed_often_the_present_state_is_told",
        "test_only_what_was_written_since_is_told_of",
        "test_pages_leave_nothing_out",
        "test_what_changes_between_pages_is_not_missed",
        "test_what_is_removed_is_told_of",
        "test_what_is_written_while_the_mirror_is_read_is_not_missed",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def write(self, changes):
            changes = list(changes)
            self.inner.write(changes)
            for change in changes:
                self.first.setdefault(key(change), change)

    class Store(Feeding):
        def __init__(self):
            super().__init__()
            self.first = self.tx.first = {}

        def altered(self, feed, position, limit):
            return attrs.evolve(feed, changes=tuple(self.first.get(key(change), change) for change in feed.changes))


class TestFeedsWhatWasTakenBack(Double):
    breaks = (
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_only_what_was_written_since_is_told_of",
        "test_pages_leave_nothing_out",
        "test_the_feed_goes_on_from_where_it_ended",
        "test_what_changes_between_pages_is_not_missed",
        "test_what_was_taken_back_is_not_told_of",
        "test_when_nothing_was_written_there_is_nothing_new",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def write(self, changes):
            changes = list(changes)
            self.inner.write(changes)
            self.told.extend(changes)

    class Store(Feeding):
        def __init__(self):
            super().__init__()
            self.told = self.tx.told = []

        def altered(self, feed, position, limit):
            known = {key(change) for change in feed.changes}
            lost = [change for change in self.told if key(change) not in known]
            return attrs.evolve(feed, changes=(*feed.changes, *lost)) if limit > len(known) else feed


class TestTakesAnyPosition(Double):
    breaks = ("test_a_position_that_nobody_gave_is_refused",)

    class Store(MemoryStore):
        def feed(self, position, *, limit=1000):
            try:
                return super().feed(position, limit=limit)
            except CursorLost:
                return super().feed("0", limit=limit)


class TestFeedsNoVersion(Double):
    breaks = ("test_the_feed_tells_which_policy_is_the_newest",)

    class Store(Feeding):
        def altered(self, feed, position, limit):
            return attrs.evolve(feed, policy_version=min(feed.policy_version, 3))


class TestReadsTheMirrorByOffset(Double):
    """What moves up into a page that was read already is not read."""

    breaks = ("test_what_is_written_while_the_mirror_is_read_is_not_missed",)

    class Store(MemoryStore):
        def entities(self):
            for offset in count():
                row = next(islice(super().entities(), offset, None), None)
                if row is None:
                    break
                yield row


class TestNumbersBecomeVisibleOutOfOrder(Double):
    """As with a sequence of a database: a number is drawn first and committed later, and others overtake it."""

    breaks = ("test_whoever_follows_while_others_write_misses_nothing",)

    class Store(Feeding):
        def __init__(self):
            super().__init__()
            self.hidden, self.random = set(), Random(1)

        def run(self, act, *, at=None):
            mine: set[Any] = set()

            def hiding(tx):
                before = self.number()
                given = act(tx)
                mine.update(touched for number, touched in self._tables.journal if number > before)
                self.hidden |= mine
                return given

            given = super().run(hiding, at=at)
            if mine and threading.active_count() > 1:
                time.sleep(self.random.choice((0, 0.002)))
            with self._lock:
                self.hidden -= mine
            return given

        def altered(self, feed, position, limit):
            with self._lock:
                return attrs.evolve(feed, changes=tuple(c for c in feed.changes if key(c) not in self.hidden))


# -- waiting ----------------------------------------------------------------------------------------------------


class TestNeverWakesAnybody(Double):
    breaks = (
        "test_nobody_waits_for_what_is_there_already",
        "test_waiting_ends_soon_after_a_lease_was_given",
        "test_waiting_ends_soon_after_a_policy_was_published",
        "test_waiting_ends_soon_after_something_was_written",
    )

    class Store(MemoryStore):
        def wait(self, position, *, seconds):
            time.sleep(min(seconds, 2))


class TestWakesNobodyForPolicies(Double):
    breaks = ("test_waiting_ends_soon_after_a_policy_was_published",)

    class Store(MemoryStore):
        def wait(self, position, *, seconds):
            end = time.monotonic() + min(seconds, 2)
            while self.position() == position and time.monotonic() < end:
                time.sleep(0.01)


class TestWaitsForTheNextWrite(Double):
    """Whatever was written between looking and waiting."""

    breaks = ("test_nobody_waits_for_what_is_there_already",)

    class Store(MemoryStore):
        def wait(self, position, *, seconds):
            with self._written:
                self._written.wait(min(seconds, 2))


class TestWaitsLongerThanItWasAsked(Double):
    breaks = ("test_waiting_ends_when_the_time_is_over",)

    class Store(MemoryStore):
        def wait(self, position, *, seconds):
            super().wait(position, seconds=seconds + 1)
