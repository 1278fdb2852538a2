"""The laws themselves: each is broken by a decision made for it, and says so readably."""

from __future__ import annotations

import copy
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any

import attrs
import pytest

from tests.property.sampling import sample
from workplaces_core import decide, explain
from workplaces_core.answers import Remaining
from workplaces_core.policy import All, AnyOf, Leaf, Not
from workplaces_core.testing import laws
from workplaces_core.testing.situations import Situation, rewritten, shifted, shuffled
from workplaces_core.testing.strategies import situations

HOUR = timedelta(hours=1)
SAMPLE = 400


@cache
def drawn(*, weekly: bool = False) -> list[Situation]:
    return sample(situations(weekly=weekly), SAMPLE)


# Decisions that break one law each --------------------------------------------------------------------------


def by_position(snapshot, policy, **asked):
    desk, places = decide(snapshot, policy, **asked), list(snapshot.tasks)
    return attrs.evolve(desk, queue=tuple(sorted(desk.queue, key=lambda entry: places.index(entry.task))))


def forgetful():
    calls = []

    def deciding(snapshot, policy, **asked):
        calls.append(asked)
        return attrs.evolve(decide(snapshot, policy, **asked), policy_version=len(calls))

    return deciding


def meddling(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    if desk.next is not None:
        del snapshot.tasks[desk.next.task]
    return desk


def by_number_of_tasks(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, queue=desk.queue[::-1]) if len(snapshot.tasks) % 2 else desk


def reversing(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, queue=desk.queue[::-1])


def with_wrong_next(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, next=None)


def reading(rewrite):
    """Decide as if every node of a condition for which `rewrite` gives another were that other."""

    def read(condition):
        match rewrite(condition):
            case All(parts):
                return All(tuple(map(read, parts)))
            case AnyOf(parts):
                return AnyOf(tuple(map(read, parts)))
            case Not(part):
                return Not(read(part))
            case other:
                return other

    def deciding(snapshot, policy, *, user, now):
        other = rewritten(Situation(snapshot, policy, user, now), read)
        return decide(snapshot, other.policy, user=user, now=now)

    return deciding


def ignoring_two(condition):
    return laws.TRUE if isinstance(condition, All) and len(condition.parts) == 2 else condition


def failing_is_true(condition):
    return laws.TRUE if isinstance(condition, Leaf) and condition == laws.FAILING else condition


def failing_denied_is_true(condition):
    return laws.TRUE if condition == Not(laws.FAILING) else condition


def not_not_is_false(condition):
    return laws.FALSE if isinstance(condition, Not) and isinstance(condition.part, Not) else condition


def not_any_is_false(condition):
    return laws.FALSE if isinstance(condition, Not) and isinstance(condition.part, AnyOf) else condition


def dropping_the_last(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, queue=desk.queue[:-1])


def enabling_all(snapshot, policy, **asked):
    roles = tuple(attrs.evolve(role, enabled=True) for role in policy.roles)
    return decide(snapshot, attrs.evolve(policy, roles=roles), **asked)


def by_the_calendar(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, queue=()) if asked["now"].isocalendar().week % 2 else desk


def without_leases(snapshot, policy, **asked):
    return decide(attrs.evolve(snapshot, leases=()), policy, **asked)


def holding_the_last(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    return attrs.evolve(desk, current=desk.current and attrs.evolve(desk.current, since=desk.current.since + HOUR))


def ending(change):
    def deciding(snapshot, policy, **asked):
        desk = decide(snapshot, policy, **asked)
        return attrs.evolve(desk, role=desk.role and attrs.evolve(desk.role, until=change(desk.role.until, asked)))

    return deciding


def opening_late(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    coming = desk.next_role and attrs.evolve(desk.next_role, starts=desk.next_role.starts + timedelta(days=40))
    return attrs.evolve(desk, next_role=coming)


def opening_early(snapshot, policy, **asked):
    desk = decide(snapshot, policy, **asked)
    coming = desk.next_role and attrs.evolve(desk.next_role, starts=desk.next_role.starts - laws.TICK)
    return attrs.evolve(desk, next_role=coming)


def leaving(change):
    def deciding(snapshot, policy, **asked):
        desk = decide(snapshot, policy, **asked)
        return attrs.evolve(desk, remaining=change(desk.remaining, snapshot))

    return deciding


# What each is caught by -------------------------------------------------------------------------------------


def unordered(deciding, situation):
    laws.the_order_of_a_snapshots_lists_never_matters(deciding, situation, Random(1))


def narrowing(deciding, situation):
    laws.a_further_condition_never_adds_a_task(deciding, situation, laws.FAILING)


def widening(deciding, situation):
    laws.a_further_condition_never_adds_a_task(deciding, situation, laws.TRUE)


def explaining(deciding, situation):
    laws.every_task_is_queued_or_explained(deciding, explain, situation)


def placing(deciding, situation):
    laws.every_place_is_explained_by_the_first_part_that_differs(deciding, explain, situation)


def weekly(deciding, situation):
    laws.shifting_everything_by_whole_weeks_shifts_the_desk(deciding, situation, 1)


BROKEN: list[tuple[Any, Any]] = [
    (unordered, by_position),
    (laws.deciding_twice_gives_the_same_bytes, forgetful()),
    (laws.deciding_twice_gives_the_same_bytes, meddling),
    (laws.removing_a_task_never_reorders_the_others, by_number_of_tasks),
    (laws.no_task_waits_behind_a_lower_ranked_one, reversing),
    (laws.no_task_waits_behind_a_lower_ranked_one, with_wrong_next),
    (narrowing, reading(ignoring_two)),
    (laws.a_failing_condition_never_admits, reading(failing_is_true)),
    (laws.a_failing_condition_never_admits, reading(failing_denied_is_true)),
    (laws.not_of_not_changes_nothing, reading(not_not_is_false)),
    (laws.de_morgan_holds, reading(not_any_is_false)),
    (explaining, dropping_the_last),
    (explaining, reversing),
    (placing, reversing),
    (laws.a_disabled_role_changes_desks_exactly_as_its_absence_would, enabling_all),
    (laws.what_somebody_holds_is_offered_to_nobody, without_leases),
    (laws.what_somebody_holds_is_offered_to_nobody, holding_the_last),
    (laws.until_is_an_instant_at_which_the_role_really_ends, ending(lambda until, asked: until and until + HOUR)),
    (laws.until_is_an_instant_at_which_the_role_really_ends, ending(lambda until, asked: until and until - laws.TICK)),
    (laws.until_is_an_instant_at_which_the_role_really_ends, ending(lambda until, asked: None)),
    (
        laws.until_is_an_instant_at_which_the_role_really_ends,
        ending(lambda until, asked: until or asked["now"] + laws.HORIZON),
    ),
    (laws.the_next_role_really_opens_then, opening_early),
    (laws.the_next_role_really_opens_then, opening_late),
    (laws.remaining_never_counts_a_task_twice, leaving(lambda left, snapshot: Remaining(left.own * 2, left.shared))),
    (
        laws.remaining_never_counts_a_task_twice,
        leaving(lambda left, snapshot: Remaining(min(left.own, 1), min(left.shared, 1))),
    ),
    (laws.nothing_is_handed_out_today_beyond_what_remains, leaving(lambda left, snapshot: Remaining(0, left.shared))),
    (laws.nothing_is_handed_out_today_beyond_what_remains, leaving(lambda left, snapshot: Remaining(left.own, 0))),
]


LAWS: list[Any] = sorted({law for law, _ in BROKEN}, key=lambda law: law.__name__)
NAMES = [f"{number} {law.__name__}" for number, (law, _) in enumerate(BROKEN)]


def hold(law, deciding, *, calm: bool = False):
    for situation in drawn(weekly=calm):
        law(deciding, copy.deepcopy(situation))


@pytest.mark.parametrize(("law", "deciding"), BROKEN, ids=NAMES)
def test_a_broken_decision_is_caught_and_shown(law, deciding):
    with pytest.raises(AssertionError) as caught:
        hold(law, deciding)

    assert "user `" in str(caught.value)
    assert "policy:\n{" in str(caught.value)
    assert "snapshot:\n{" in str(caught.value)


def test_a_decision_that_reads_the_calendar_is_caught():
    with pytest.raises(AssertionError, match="1 weeks later the desk is another"):
        hold(weekly, by_the_calendar, calm=True)


@pytest.mark.parametrize("law", LAWS)
def test_the_decision_itself_passes_the_same_sample(law):
    for situation in drawn()[:60]:
        law(decide, situation)


def test_shuffling_changes_the_order_of_every_list_and_nothing_else():
    changed = 0
    for situation in drawn()[:60]:
        other = shuffled(situation, Random(7))
        assert other == situation
        changed += list(other.snapshot.tasks) != list(situation.snapshot.tasks)

    assert changed > 20


def test_shifting_there_and_back_changes_nothing():
    for situation in drawn(weekly=True)[:60]:
        later = shifted(situation, timedelta(weeks=3))
        assert later.now - situation.now == timedelta(weeks=3)
        assert shifted(later, timedelta(weeks=-3)) == situation
