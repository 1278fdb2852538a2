"""The comparison can fail: every fault put into the engine here is found by following a few random walks.

The faults are written against parts of the engine by name; when a part is renamed, its fault moves along. The same
walks find nothing in the engine as it is: `tests/differential/test_engine.py` follows them.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import Any

import pytest

from tests.differential.cases import LAST
from tests.differential.twins import fails
from tests.differential.walks import random_walk
from workplaces_core.engine import compiled, engine, hours, index, source, view
from workplaces_core.engine.account import LiveAccount
from workplaces_core.engine.failing import LeafErrors
from workplaces_core.engine.hours import RoleDay, Stretch
from workplaces_core.engine.index import Index
from workplaces_core.engine.leases import LeaseClock
from workplaces_core.engine.midnight import Midnights
from workplaces_core.engine.ordered import LOWEST
from workplaces_core.engine.people import People
from workplaces_core.engine.role_index import Buckets, RoleIndex
from workplaces_core.engine.view import View
from workplaces_core.rules.ordering import microseconds

WALKS = 150


@cache
def walk(seed):
    return random_walk(seed, elsewhen=seed % 2 == 0)


FAULTS: dict[str, tuple[Any, str, Any]] = {}


def fault(owner, name):
    """Put a function in the place of a part of the engine; it is given what was there as `original`."""

    def keep(make):
        FAULTS[make.__name__.replace("_", " ")] = (owner, name, make)
        return make

    return keep


# Order and time ---------------------------------------------------------------------------------------------


@fault(RoleIndex, "due_key")
def an_exact_time_is_keyed_like_the_end_of_a_day(original):
    return lambda self, due: original(self, due) & ~1


@fault(RoleIndex, "bucket_ranges")
def what_is_due_now_is_overdue(original):
    def broken(self, now, day):
        return original(self, now, day) if self.lead is not None else original(self, now + 1, day)

    return broken


@fault(RoleIndex, "bucket_ranges")
def overdue_exact_times_of_earlier_days_are_dropped(original):
    def broken(self, now, day):
        overdue, today = original(self, now, day)
        return ((LOWEST, overdue[1] - 1) if self.lead is not None else overdue), today

    return broken


@fault(RoleIndex, "exact_range")
def the_exact_lane_opens_a_microsecond_late(original):
    return lambda self, now, day: original(self, now - 1, day)


@fault(Buckets, "cover")
def what_leaves_a_bucket_stays_in_its_order(original):
    def broken(self, segment, bucket, wanted):
        low, high = self._ranges[bucket]
        return original(self, segment, bucket, (min(low, wanted[0]), max(high, wanted[1])))

    return broken


@fault(RoleDay, "at")
def an_interval_holds_at_its_very_end(original):
    return lambda self, now: self.stretches[bisect_left(self.edges, now)]


@fault(hours, "is_regular")
def no_date_ever_returns_or_is_skipped(original):
    return lambda day, where: True


@fault(Midnights, "between")
def nothing_turns_at_midnight(original):
    return lambda self, number, one, other: set()


@fault(Midnights, "between")
def a_clock_that_goes_back_turns_nothing(original):
    return lambda self, number, one, other: set() if other < one else original(self, number, one, other)


@fault(RoleIndex, "next_move")
def nothing_moves_before_the_day_ends(original):
    return lambda self, user, now, day: day.end


# Leases, skips, heads ---------------------------------------------------------------------------------------


@fault(LeaseClock, "go_to")
def the_lease_clock_stands_still(original):
    return lambda self, now: []


@fault(LeaseClock, "go_to")
def the_lease_clock_never_goes_back(original):
    return lambda self, now: original(self, max(self._now, now))


@fault(LeaseClock, "holds")
def a_lease_holds_at_its_very_end(original):
    return lambda self, lease: lease is not None and microseconds(lease.expires) >= self._now


@fault(engine, "unchanged")
def a_head_is_remembered_whatever_changes(original):
    return lambda stamps: True


@fault(engine, "Head")
def a_head_is_remembered_for_ever(original):
    return lambda since, until, task, stamps: original(since, LAST, task, stamps)


@fault(view, "unchanged")
def what_is_left_is_remembered_whatever_changes(original):
    return lambda stamps: True


@fault(Stretch, "__eq__")
def what_is_left_is_remembered_over_the_edges_of_intervals(original):
    return lambda self, other: True


@fault(Index, "_stamp_leased")
def a_head_does_not_know_of_a_lease_that_moves_nothing_now(original):
    return lambda self, task: None


class Unforgetting(dict):
    """What is not cleared."""

    def clear(self):
        pass


@fault(Index, "__init__")
def heads_outlive_skips_and_users(original):
    def broken(self, policy, account):
        original(self, policy, account)
        self.heads = Unforgetting()

    return broken


# Who --------------------------------------------------------------------------------------------------------


@fault(RoleIndex, "_of_others")
def own_tasks_stand_in_the_pool_as_well(original):
    return lambda self, entries, user: entries


@fault(People, "forget")
def a_changed_user_keeps_his_roles_and_pools(original):
    return lambda self, user: None


@fault(RoleIndex, "own_mask")
def an_own_exact_time_needs_a_priority(original):
    return lambda self, match, *, is_exact: match >> self.offset & self.full or None


@fault(RoleIndex, "active_at")
def classifying_forgets_the_intervals(original):
    return lambda self, now, moment: self.full


# What is left -----------------------------------------------------------------------------------------------


@fault(View, "_own_in_pools")
def own_tasks_in_pools_count_twice(original):
    return lambda self: 0


@fault(Index, "joint_shared")
def what_roles_share_counts_twice(original):
    return lambda self, user: None


@fault(view, "is_left")
def skipped_tasks_are_left(original):
    return lambda *_, **__: False


@fault(RoleIndex, "left_ranges")
def an_ended_interval_still_admits(original):
    return lambda self, mask, now, day, *, own: original(self, mask, day.start, day, own=own)


# Links, errors, rows ----------------------------------------------------------------------------------------


@fault(LiveAccount, "_touch_deal")
def a_deal_does_not_touch_the_tasks_of_its_contacts(original):
    return lambda self, deal_id, touched: touched.update(self._hanging.on("deal", deal_id))


@fault(Index, "relink")
def a_deal_is_judged_once_and_for_all(original):
    return lambda self: self._grow()


@fault(LeafErrors, "forget")
def errors_of_completed_tasks_still_count(original):
    return lambda self, row: None


@fault(LiveAccount, "settle")
def rows_are_free_and_kept_at_once(original):
    def broken(self):
        self._free += self._left.values()
        self.before.clear()
        self.relinked.clear()

    return broken


@fault(index, "_same_sets")
def a_task_created_at_another_moment_keeps_its_place_among_ties(original):
    return lambda one, other: one.responsible == other.responsible and type(one.due) is type(other.due)


@fault(compiled, "evaluate")
def a_value_of_a_wrong_kind_matches_nothing(original):
    return lambda slots, task, links, moments: 0


@fault(source, "_equal_text")
def booleans_are_numbers(original):
    return lambda value, constant, names: f"({value} == {source.literal(constant, names)})"


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_the_comparison_finds_a_fault(name, monkeypatch):
    owner, part, make = FAULTS[name]
    monkeypatch.setattr(owner, part, make(getattr(owner, part)))

    assert any(fails(walk(seed)) for seed in range(WALKS)), f"{WALKS} walks do not find that {name}"


def test_there_are_faults_of_many_kinds():
    assert len(FAULTS) >= 25
