"""How many tasks are left today: which priorities are admitted, and from when."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.examples import (
    ALWAYS,
    DAY,
    EVERYTHING,
    HOUR,
    NOW,
    TODAY,
    TOMORROW,
    YESTERDAY,
    at,
    between,
    moment,
    role,
    snapshot,
    task,
)
from workplaces_core.answers import Remaining
from workplaces_core.policy import CommonQueue, ExactTime, Leaf, Members, Priority
from workplaces_core.rules.matching import available
from workplaces_core.rules.remaining import could_hand_out, remaining

COMMON = Priority("common", "C", common_queue=CommonQueue())
ERROR = Leaf("task.created", "ge", 0)


def could(of, owner, now=NOW, user="u1"):
    held = snapshot(of)
    return could_hand_out(moment(owner, now), held, user, of, held.links(of))


@pytest.mark.parametrize(
    ("due", "counts"),
    [
        (TODAY, True),
        (YESTERDAY, True),
        (TOMORROW, False),
        (at("23:59"), True),
        (NOW - DAY, True),
        (at("2026-11-25T00:00"), False),
    ],
)
def test_what_is_due_today_or_earlier_counts(due, counts):
    assert could(task(due=due), role()) is counts
    assert could(task(due=due), role(exact_time=ExactTime(5))) is counts


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        ("08:00", "09:00", False),
        ("08:00", "09:01", True),
        ("23:59", "24:00", True),
        ("00:00", "01:00", False),
        ("22:00", "06:00", True),
        ("05:00", "04:00", True),
    ],
)
def test_a_priority_is_admitted_while_an_occurrence_meets_the_rest_of_the_day(start, end, counts):
    assert could(task(), role(intervals=(between(start, end),))) is counts


def test_a_priority_that_is_not_active_now_may_be_later_today():
    later = role(
        intervals=(ALWAYS, between("20:00", "21:00", "evening"), between("07:00", "08:00", "morning")),
        priorities=(Priority("p", "P", intervals=("evening",)),),
    )
    over = role(intervals=later.intervals, priorities=(Priority("p", "P", intervals=("morning",)),))
    never = role(intervals=later.intervals, priorities=(Priority("p", "P", intervals=()),))

    assert could(task(), later)
    assert not could(task(), over)
    assert not could(task(), never)
    assert could(task(), over, at("07:59"))


@pytest.mark.parametrize(
    "priority",
    [
        Priority("p", "P", task_types=("2",)),
        Priority("p", "P", where=ERROR),
        Priority("p", "P", where=Leaf("deal.x", "is_set", value=True)),
    ],
    ids=str,
)
def test_type_and_condition_must_match(priority):
    assert not could(task(), role(priorities=(priority,)))
    assert could(task(), role(priorities=(priority, EVERYTHING)))
    assert not could(task(), role(priorities=()))


def test_somebody_elses_task_counts_through_a_common_queue_and_its_pool():
    theirs = task(responsible="u2")

    assert not could(theirs, role())
    assert could(theirs, role(priorities=(COMMON,)))
    assert could(theirs, role(priorities=(Priority("p", "P", common_queue=CommonQueue(Members(["u2"]))),)))
    assert not could(theirs, role(priorities=(Priority("p", "P", common_queue=CommonQueue("members")),)))
    assert could(task(), role(priorities=(Priority("p", "P", common_queue=CommonQueue(Members(["u2"]))),)))


# Exact time -------------------------------------------------------------------------------------------------

TIMED: dict[str, Any] = {"exact_time": ExactTime(60), "priorities": ()}


@pytest.mark.parametrize(
    ("due", "start", "end", "counts"),
    [
        ("12:00", "10:00", "11:00", False),  # over before it opens at 11:00
        ("12:00", "10:00", "11:01", True),
        ("12:00", "11:00", "11:30", True),
        ("12:00", "20:00", "21:00", True),  # late, but still today
        ("08:00", "09:00", "09:30", True),  # already late
        ("08:00", "07:30", "09:00", False),
        ("00:30", "08:00", "09:01", True),
    ],
)
def test_an_own_exact_time_task_needs_working_time_after_it_opens(due, start, end, counts):
    assert could(task(due=at(due)), role(intervals=(between(start, end),), **TIMED)) is counts


def test_without_exact_time_an_own_task_needs_a_priority():
    assert not could(task(due=at("12:00")), role(priorities=()))
    assert could(task(due=at("12:00")), role(intervals=(between("08:00", "09:01"),)))


def test_an_own_exact_time_task_of_another_day_needs_a_priority():
    assert not could(task(due=at("2026-11-23T12:00")), role(**TIMED))
    assert not could(task(due=TODAY), role(**TIMED))


def test_somebody_elses_exact_time_task_needs_an_admitted_common_queue_after_it_opens():
    theirs = task(due=at("12:00"), responsible="u2")
    hours = (ALWAYS, between("10:00", "11:00", "early"), between("11:00", "11:30", "late"))

    def could_through(name):
        common = Priority("c", "C", intervals=(name,), common_queue=CommonQueue())
        return could(theirs, role(intervals=hours, exact_time=ExactTime(60), priorities=(common,)))

    assert [could_through(name) for name in ("always", "early", "late")] == [True, False, True]
    assert not could(theirs, role(intervals=hours, exact_time=ExactTime(60)))


def test_a_task_that_opens_only_tomorrow_is_none_of_todays():
    assert could(task(due=at("23:00")), role(**TIMED), at("23:30"))


# Counting ---------------------------------------------------------------------------------------------------


def counted(tasks, *roles, user="u1"):
    held = snapshot(*tasks)
    return remaining([moment(each) for each in roles], held, user, available(held, user, NOW))


def test_own_and_shared_tasks_are_counted_apart_and_once():
    tasks = [task("a"), task("b"), task("c", responsible="u2"), task("d", due=TOMORROW), task("e", completed=True)]
    common = role("r2", priorities=(COMMON, EVERYTHING))

    assert counted(tasks, role()) == Remaining(2, 0)
    assert counted(tasks, common) == Remaining(2, 1)
    assert counted(tasks, role(), common, common) == Remaining(2, 1)
    assert counted(tasks) == Remaining(0, 0)


def test_a_role_that_is_not_active_now_counts_for_the_rest_of_its_day():
    evening = role(intervals=(between("20:00", "21:00"),))
    morning = role(intervals=(between("07:00", "08:00"),))

    assert counted([task()], evening) == Remaining(1, 0)
    assert counted([task()], morning) == Remaining(0, 0)


def test_each_role_counts_by_its_own_calendar():
    tokyo = role(timezone="Asia/Tokyo", intervals=(between("00:00", "24:00"),))
    held = snapshot(task(due=TOMORROW))
    late = NOW + 7 * HOUR  # past midnight in Tokyo

    def left(*roles):
        return remaining([moment(each, late) for each in roles], held, "u1", available(held, "u1", late))

    assert left(tokyo) == Remaining(1, 0)
    assert left(role()) == Remaining(0, 0)
    assert left(role(), tokyo) == Remaining(1, 0)
