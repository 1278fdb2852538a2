"""Stores with one fault each in commands, leases and taking.

Not collected by itself: `test_stores_broken` runs this file and compares.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import timedelta, timezone
from threading import Condition
from typing import Any, cast

import attrs

from tests.conformance.store_doubles import Altered, Double
from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.adapters.memory_store import MemoryStore
from workplaces_core.adapters.stores import FencedLease

# -- commands ---------------------------------------------------------------------------------------------------


class TestForgetsToRollBack(Double):
    breaks = (
        "test_a_cell_whose_write_was_taken_back_still_has_its_version",
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_after_a_command_that_raised_the_next_one_works",
        "test_what_was_taken_back_is_not_told_of",
        "test_what_was_taken_back_leaves_its_number",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            raised = []

            def kept(tx):
                try:
                    return act(tx)
                except Exception as failure:  # noqa: BLE001
                    raised.append(failure)

            given = super().run(kept, at=at)
            if raised:
                raise raised[0]
            return given


class TestRollsNothingBackWhenInterrupted(Double):
    breaks = ("test_a_command_that_is_interrupted_leaves_nothing",)

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            raised = []

            def kept(tx):
                try:
                    return act(tx)
                except KeyboardInterrupt as failure:
                    raised.append(failure)

            given = super().run(kept, at=at)
            if raised:
                raise raised[0]
            return given


class TestWritesCellsAtOnce(Double):
    breaks = (
        "test_a_cell_whose_write_was_taken_back_still_has_its_version",
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_is_interrupted_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_after_a_command_that_raised_the_next_one_works",
    )

    class Tx(Altered):
        def cell(self, name):
            return self._cells.read(name)

        def swap(self, name, value, *, version):
            return self._cells.swap(name, value, version=version)


class TestSwallowsWhatIsRaised(Double):
    breaks = (
        "test_a_cell_whose_write_was_taken_back_still_has_its_version",
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_a_fence_that_was_used_is_never_given_again",
        "test_a_key_is_answered_once",
        "test_a_policy_of_no_greater_version_is_refused",
        "test_a_user_who_holds_a_task_is_never_given_another",
        "test_after_a_command_that_raised_the_next_one_works",
        "test_what_was_taken_back_is_not_told_of",
        "test_what_was_taken_back_leaves_its_number",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            try:
                return super().run(act, at=at)
            except Exception:  # noqa: BLE001
                return None


class TestStaysLockedAfterAFailure(Double):
    breaks = (
        "test_a_command_that_does_much_and_raises_leaves_nothing",
        "test_a_command_that_raises_leaves_nothing",
        "test_a_fence_that_was_used_is_never_given_again",
        "test_a_key_is_answered_once",
        "test_a_policy_of_no_greater_version_is_refused",
        "test_a_user_who_holds_a_task_is_never_given_another",
        "test_after_a_command_that_raised_the_next_one_works",
        "test_what_was_taken_back_is_not_told_of",
        "test_what_was_taken_back_leaves_its_number",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Store(MemoryStore):
        failed = False

        def run(self, act, *, at=None):
            assert not self.failed, "the transaction is aborted"
            try:
                return super().run(act, at=at)
            except Exception:
                self.failed = True
                raise


class TestGivesACopyOfWhatACommandGives(Double):
    breaks = ("test_a_command_gives_what_it_gives",)

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            given = super().run(act, at=at)
            return given if type(given) is not object else None


class TestHasNoClockOfItsOwn(Double):
    breaks = ("test_a_command_runs_at_the_time_of_the_store",)

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            return super().run(act, at=at or self.now() - timedelta(hours=3))


class TestTellsTheTimeOfTheOffice(Double):
    breaks = ("test_the_time_is_told_in_utc",)

    class Store(MemoryStore):
        def now(self):
            return super().now().astimezone(timezone(timedelta(hours=3)))


class TestLetsTimeGoOnWithinACommand(Double):
    breaks = (
        "test_a_task_that_is_free_is_leased",
        "test_each_task_is_given_to_one_and_each_user_is_given_one",
        "test_time_stands_still_while_a_command_runs",
    )

    class Tx(Altered):
        asked = 0

        @property
        def at(self):
            self.asked += 1
            return self.inner.at + timedelta(microseconds=self.asked - 1)


class TestTakesNoOtherMoment(Double):
    breaks = (
        "test_a_command_may_be_given_another_moment",
        "test_a_notice_is_for_its_user_only",
        "test_a_task_that_is_free_is_leased",
        "test_taking_tells_the_same_as_its_command_and_does_the_same",
        "test_the_log_is_filtered_by_moment",
        "test_what_is_appended_is_given_and_read_as_it_was",
    )

    class Store(MemoryStore):
        def run(self, act, *, at=None):
            return super().run(act)


class TestClosesOnce(Double):
    breaks = ("test_a_store_may_be_closed_twice",)

    class Store(MemoryStore):
        closed = False

        def close(self):
            assert not self.closed, "closed already"
            self.closed = True


class TestLetsEverybodyInAtOnce(Double):
    """No lock, or a level of isolation at which two see the same and both write."""

    breaks = (
        "test_a_command_under_a_key_is_done_once_whoever_repeats_it",
        "test_a_user_who_asks_many_times_at_once_gets_one_task",
        "test_each_task_is_given_to_one_and_each_user_is_given_one",
        "test_every_task_is_done_once",
        "test_no_write_of_a_cell_is_lost",
        "test_no_write_of_the_mirror_is_lost",
        "test_nobody_sees_half_of_a_command",
        "test_of_many_who_want_one_task_one_gets_it",
    )

    class Tx(Altered):
        def __getattr__(self, name):
            time.sleep(0.0005)
            return getattr(self.inner, name)

        def entity(self, kind, entity_id):
            found = self.inner.entity(kind, entity_id)
            time.sleep(0.0005)
            return found

    class Store(MemoryStore):
        def __init__(self):
            super().__init__()
            self._lock = cast("Any", nullcontext())
            self.cells = Unlocked()
            self._written = cast("Any", Unheard())


class Unheard(Condition):
    def notify_all(self):
        with self:
            super().notify_all()


class Unlocked(MemoryCells):
    def __init__(self):
        super().__init__()
        self.lock = cast("Any", nullcontext())

    def swap(self, name, value, *, version):
        found = self.read(name)
        time.sleep(0.0005)
        return super().swap(name, value, version=found.version if found else 0) if self._is(found, version) else False

    def _is(self, found, version):
        return (found.version if found else 0) == version


# -- leases -----------------------------------------------------------------------------------------------------


class TestGivesEverybodyALeaseAtFirst(Double):
    breaks = ("test_nobody_holds_anything_at_first",)

    class Tx(Altered):
        def lease_of(self, user):
            return self.inner.lease_of(user) or (None if self._tables.counters else FencedLease)


class TestGivesAUserTwoLeases(Double):
    breaks = ("test_a_user_who_holds_a_task_is_never_given_another",)

    class Tx(Altered):
        def put_lease(self, lease):
            self._set(self._tables.leases, lease.task, lease)
            self._touch(("lease", lease.task))


class TestHidesLeasesThatExpired(Double):
    breaks = (
        "test_a_command_sees_the_leases_it_put_and_dropped",
        "test_a_lease_is_found_by_task_and_by_user",
        "test_a_lease_that_has_expired_is_there_until_it_is_dropped",
        "test_leases_on_awkward_ids_are_kept_apart",
    )

    class Tx(Altered):
        def lease_on(self, task):
            lease = self.inner.lease_on(task)
            return lease if lease is not None and lease.expires > self.at else None


class TestKeepsNoFractionsOfSeconds(Double):
    breaks = (
        "test_a_command_sees_the_leases_it_put_and_dropped",
        "test_a_lease_is_found_by_task_and_by_user",
        "test_a_lease_is_mirrored_as_a_snapshot_has_it",
        "test_a_lease_may_be_renewed",
        "test_a_lease_takes_the_place_of_the_one_on_its_task",
        "test_a_lease_that_has_expired_is_there_until_it_is_dropped",
        "test_a_task_that_is_free_is_leased",
        "test_a_user_may_change_the_task_within_a_command",
        "test_a_user_who_asks_many_times_at_once_gets_one_task",
        "test_each_task_is_given_to_one_and_each_user_is_given_one",
        "test_leases_are_told_of_in_the_feed",
        "test_leases_on_awkward_ids_are_kept_apart",
        "test_of_many_who_want_one_task_one_gets_it",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def put_lease(self, lease):
            self.inner.put_lease(attrs.evolve(lease, expires=lease.expires.replace(microsecond=0)))


class TestNeverReplacesALease(Double):
    breaks = (
        "test_a_lease_may_be_renewed",
        "test_a_lease_takes_the_place_of_the_one_on_its_task",
        "test_leases_touch_what_they_are_on",
        "test_what_a_command_did_stays",
    )

    class Tx(Altered):
        def put_lease(self, lease):
            if self.inner.lease_on(lease.task) is None:
                self.inner.put_lease(lease)


class TestReplacesTheLeaseOfTheUserToo(Double):
    breaks = ("test_a_user_who_holds_a_task_is_never_given_another",)

    class Tx(Altered):
        def put_lease(self, lease):
            other = self.inner.lease_of(lease.user)
            if other is not None and other.task != lease.task:
                self.inner.drop_lease(other.task)
            self.inner.put_lease(lease)


class TestDropsLeasesOnlyLater(Double):
    breaks = (
        "test_a_command_sees_the_leases_it_put_and_dropped",
        "test_a_dropped_lease_frees_task_and_user",
        "test_a_user_may_change_the_task_within_a_command",
        "test_every_task_is_done_once",
        "test_leases_are_told_of_in_the_feed",
        "test_taking_tells_the_same_as_its_command_and_does_the_same",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def drop_lease(self, task):
            lease = self.inner.lease_on(task)
            if lease is not None:
                self.inner.put_lease(attrs.evolve(lease, expires=self.at))


class TestTellsNobodyOfLeases(Double):
    breaks = (
        "test_leases_are_told_of_in_the_feed",
        "test_leases_touch_what_they_are_on",
        "test_waiting_ends_soon_after_a_lease_was_given",
        "test_whoever_follows_from_any_position_knows_what_the_mirror_knows",
    )

    class Tx(Altered):
        def put_lease(self, lease):
            other = self.inner.lease_of(lease.user)
            assert other is None or other.task == lease.task
            self._set(self._tables.leases, lease.task, lease)

        def drop_lease(self, task):
            self._set(self._tables.leases, task, None)


class TestKeepsLeasesByLowerCase(Double):
    breaks = ("test_leases_on_awkward_ids_are_kept_apart",)

    class Tx(Altered):
        def lease_on(self, task):
            return next((each for each in self._tables.leases.values() if each.task.lower() == task.lower()), None)


class TestCountsFencesFromWhatIsHeld(Double):
    breaks = (
        "test_a_fence_that_was_used_is_never_given_again",
        "test_every_task_is_done_once",
        "test_fences_grow_within_a_command_and_from_one_to_the_next",
        "test_no_number_is_given_twice",
    )

    class Tx(Altered):
        given = 0

        def next_fence(self):
            self.given += 1
            return max((lease.fence for lease in self._tables.leases.values()), default=0) + self.given


class TestGivesOneFenceACommand(Double):
    breaks = ("test_fences_grow_within_a_command_and_from_one_to_the_next",)

    class Tx(Altered):
        def next_fence(self):
            self.fence = vars(self).get("fence") or self.inner.next_fence()
            return self.fence


# -- taking -----------------------------------------------------------------------------------------------------


class Taking(MemoryStore):
    """A store with a `take` of its own."""

    def take(self, wish, act, *, at=None):
        return self.run(lambda tx: act(self.altered(tx), self.wished(wish)), at=at)

    def altered(self, tx):
        return tx

    def wished(self, wish):
        return wish


class TestTakesWithoutLookingAtSkips(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(Taking):
        class Blind(Altered):
            def entity(self, kind, entity_id):
                return None if kind == "skip" else self.inner.entity(kind, entity_id)

        altered = Blind


class TestTakesWithoutLookingWhetherTheTaskIsAsItWas(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(MemoryStore):
        def take(self, wish, act, *, at=None):
            def fresh(tx):
                now = [(each, tx.entity("task", each.task.id)) for each in wish.candidates]
                there = tuple(attrs.evolve(each, task=task) for each, task in now if task is not None)
                return act(tx, attrs.evolve(wish, candidates=there))

            return self.run(fresh, at=at)


class TestTakesWithoutTheKey(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(Taking):
        def wished(self, wish):
            return attrs.evolve(wish, key=None)


class TestTakesWithoutSteps(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(Taking):
        def wished(self, wish):
            return attrs.evolve(wish, candidates=tuple(attrs.evolve(each, steps=()) for each in wish.candidates))


class TestTakesTheLast(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(Taking):
        def wished(self, wish):
            return attrs.evolve(wish, candidates=wish.candidates[::-1])


class TestDoesNotTellWhoHasWhatWasPassedOver(Double):
    breaks = (
        "test_what_was_passed_over_is_told_with_who_has_it",
        "test_taking_tells_the_same_as_its_command_and_does_the_same",
    )

    class Store(MemoryStore):
        def take(self, wish, act, *, at=None):
            return attrs.evolve(super().take(wish, act, at=at), others=())


class TestTakesWhatExpiredWithoutSayingSo(Double):
    breaks = ("test_taking_tells_the_same_as_its_command_and_does_the_same",)

    class Store(Taking):
        class Quiet(Altered):
            def append(self, event, **about):
                return self.inner.append(event, **about) if event != "expired" else None

        altered = Quiet


class TestTakesOneAnyway(Double):
    breaks = (
        "test_taking_tells_the_same_as_its_command_and_does_the_same",
        "test_when_nothing_is_free_nothing_is_given",
    )

    class Store(MemoryStore):
        def take(self, wish, act, *, at=None):
            given = super().take(wish, act, at=at)
            if given.answer is None:
                self.run(lambda tx: tx.append("refused", user=wish.user, task=None, fence=None, details={}))
            return given
