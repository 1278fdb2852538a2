"""The order of a queue: lists written in the order they must have, and every pair of them compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations
from random import Random
from typing import Any

import pytest

from tests.rules.examples import (
    DAY,
    NOW,
    TICK,
    TODAY,
    TOMORROW,
    YESTERDAY,
    at,
    moment,
    role,
    task,
)
from workplaces_core.model import Deal, Links
from workplaces_core.policy import ExactTime, OrderKey, OrderOp, Priority
from workplaces_core.rules.ordering import (
    BY_PRIORITY,
    EXACT,
    bucket,
    due_key,
    microseconds,
    order_rank,
    parts,
    place,
)

BY_PRICE = OrderKey("field", "deal.price", "desc")
BY_DAY = OrderKey("field", "deal.day")
OWNER = role(
    exact_time=ExactTime(5),
    priorities=(
        Priority("late first", "A"),
        Priority("today first", "B", first="today"),
        Priority("by price and day", "C", order=(BY_PRICE, BY_DAY)),
    ),
)
OLD, NEW = NOW - 2 * DAY, NOW - DAY


def placed(name, lane, index, due=TODAY, created=OLD, price=None, day=None):
    deal = Deal("d1", "Acme", None, fields={"price": price, "day": day})
    return place(task(name, due=due, created=created), Links(deal), moment(OWNER), lane, index)


LADDER = [
    # the exact lane: by due, created, id, whatever the priority
    placed("z", EXACT, 1, at("08:00")),
    placed("y", EXACT, None, at("12:00"), OLD),
    placed("a", EXACT, 0, at("12:00"), NEW),
    placed("b", EXACT, None, at("12:00"), NEW),
    placed("c", EXACT, 2, at("12:00"), NEW),
    # the first priority: what is overdue first, by due, created, id
    placed("z", BY_PRIORITY, 0, date(2026, 11, 1)),
    placed("y", BY_PRIORITY, 0, YESTERDAY),
    placed("x", BY_PRIORITY, 0, at("07:00")),
    placed("w", BY_PRIORITY, 0, NOW - TICK),
    placed("v", BY_PRIORITY, 0, NOW),
    placed("u", BY_PRIORITY, 0, at("23:59")),
    placed("t", BY_PRIORITY, 0, TODAY, OLD),
    placed("B", BY_PRIORITY, 0, TODAY, NEW),
    placed("a", BY_PRIORITY, 0, TODAY, NEW),
    placed("a1", BY_PRIORITY, 0, TODAY, NEW),
    placed("a10", BY_PRIORITY, 0, TODAY, NEW),
    placed("a2", BY_PRIORITY, 0, TODAY, NEW),
    placed("b", BY_PRIORITY, 0, TODAY, NEW),
    placed("é", BY_PRIORITY, 0, TODAY, NEW),
    placed("ж", BY_PRIORITY, 0, TODAY, NEW),
    placed("\uffff", BY_PRIORITY, 0, TODAY, NEW),
    placed("😀", BY_PRIORITY, 0, TODAY, NEW),
    # the second: what is of today first
    placed("z", BY_PRIORITY, 1, at("12:00")),
    placed("y", BY_PRIORITY, 1, TODAY),
    placed("a", BY_PRIORITY, 1, YESTERDAY),
    placed("b", BY_PRIORITY, 1, at("08:00")),
    # the third: buckets before prices, prices before days, days before dues
    placed("z", BY_PRIORITY, 2, YESTERDAY, price=1),
    placed("y", BY_PRIORITY, 2, TODAY, price=900.5),
    placed("x", BY_PRIORITY, 2, TODAY, price=900, day=1),
    placed("w", BY_PRIORITY, 2, TODAY, price=900, day=2.5),
    placed("v", BY_PRIORITY, 2, TODAY, price=900, day=date(2026, 1, 1)),
    placed("u", BY_PRIORITY, 2, TODAY, price=900, day=date(2026, 1, 2)),
    placed("t", BY_PRIORITY, 2, TODAY, price=900, day=datetime(2020, 1, 1, tzinfo=UTC)),
    placed("r", BY_PRIORITY, 2, at("12:00"), price=900, day=None),
    placed("s", BY_PRIORITY, 2, TODAY, OLD, price=900, day="text"),
    placed("a", BY_PRIORITY, 2, TODAY, NEW, price=900, day=True),
    placed("b", BY_PRIORITY, 2, TODAY, NEW, price=900, day=("list",)),
    placed("p", BY_PRIORITY, 2, TODAY, price=-5),
    placed("o", BY_PRIORITY, 2, TODAY, price=date(2026, 1, 2)),
    placed("n", BY_PRIORITY, 2, TODAY, price=date(2026, 1, 1)),
    placed("m", BY_PRIORITY, 2, TODAY, price=datetime(2026, 1, 1, 1, tzinfo=UTC)),
    placed("l", BY_PRIORITY, 2, TODAY, price=datetime(2026, 1, 1, tzinfo=UTC)),
    placed("a", BY_PRIORITY, 2, TODAY, price=None),
]


def test_every_earlier_place_sorts_before_every_later_one():
    for before, after in combinations(LADDER, 2):
        assert before.key < after.key, (before.task, after.task)


def test_the_order_is_total_and_needs_no_order_to_begin_with():
    shuffled = Random(1).sample(LADDER, len(LADDER))

    assert sorted(shuffled, key=lambda each: each.key) == LADDER


NUMBERS = (-1e300, -(2**63), -1.5, 0, 0.5, 2**53, 2**53 + 1, 2**63 - 1, 1e300)
DATES = (date(1, 1, 1), date(1961, 4, 12), TODAY, TOMORROW, date(9999, 12, 31))
INSTANTS = (datetime(1, 1, 1, tzinfo=UTC), NOW, NOW + TICK, datetime(9999, 12, 31, tzinfo=UTC))
LAST = (None, "", "9", True, False, ("vip",))


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_numbers_stand_before_dates_before_instants_and_all_else_last(direction):
    step = 1 if direction == "asc" else -1
    ladder = [*NUMBERS[::step], *DATES[::step], *INSTANTS[::step]]
    key = OrderKey("field", "deal.x", direction)
    ranks = [order_rank(key, value) for value in ladder]

    assert all(before < after for before, after in combinations(ranks, 2))
    assert {order_rank(key, value) for value in LAST} == {order_rank(key, None)}
    assert ranks[-1] < order_rank(key, None)


def test_equal_numbers_rank_alike():
    for direction in ("asc", "desc"):
        key = OrderKey("field", "deal.x", direction)
        assert order_rank(key, 5) == order_rank(key, 5.0)
        assert order_rank(key, 0) == order_rank(key, -0.0)


def test_an_order_key_of_a_plugin_ranks_and_stands_last_when_it_fails():
    def length(value: Any) -> tuple[int, ...]:
        return (len(value),)

    by_length = OrderOp("length", 1, length)
    key = OrderKey("length", "deal.x", custom=by_length)

    assert order_rank(key, "a") < order_rank(key, "abc") < order_rank(key, 5) == order_rank(key, None)


def test_an_order_key_of_a_plugin_may_rank_by_integers_and_texts_and_nothing_else():
    def key(rank):
        return OrderKey("own", "deal.x", custom=OrderOp("own", 1, rank))

    mixed = key(lambda value: (value,))
    assert order_rank(mixed, 5) < order_rank(mixed, 6) < order_rank(mixed, "a") < order_rank(mixed, "b")
    assert order_rank(mixed, "b") < order_rank(mixed, 5.5) == order_rank(mixed, TODAY) == order_rank(mixed, None)


# Dues and buckets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "wanted"),
    [
        (YESTERDAY, "overdue"),
        (TODAY, "today"),
        (NOW - TICK, "overdue"),
        (NOW, "today"),
        (NOW + TICK, "today"),
        (NOW - DAY, "overdue"),
    ],
)
def test_a_bucket_is_overdue_before_today_or_before_now(due, wanted):
    assert bucket(task(due=due), moment(role())) == wanted


def test_a_date_becomes_overdue_by_the_calendar_of_the_role():
    late = at("2026-11-24T21:30")

    assert bucket(task(due=TODAY), moment(role(timezone="Europe/Moscow"), late)) == "overdue"
    assert bucket(task(due=TODAY), moment(role(), late)) == "today"


def test_an_all_day_task_is_due_just_before_the_instant_at_which_its_day_ends():
    here, midnight = moment(role()), at("2026-11-25T00:00")
    ladder = [task(due=due) for due in (midnight - TICK, TODAY, midnight, midnight + TICK, TOMORROW)]

    assert [due_key(each, here) for each in ladder] == sorted(due_key(each, here) for each in ladder)
    assert due_key(ladder[1], here) == (microseconds(midnight), 0)
    assert due_key(ladder[2], here) == (microseconds(midnight), 1)


def test_an_all_day_task_ends_with_the_day_of_the_roles_zone():
    moscow = moment(role(timezone="Europe/Moscow"))

    assert due_key(task(due=TODAY), moscow) == (microseconds(at("21:00")), 0)


def test_microseconds_are_whole():
    assert microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


# Places and their parts -------------------------------------------------------------------------------------


def test_a_place_in_the_exact_lane_says_which_priority_would_take():
    each = placed("t", EXACT, 2, at("12:00"))

    assert (each.lane, each.lane_name, each.index) == (EXACT, "exact", 2)
    assert placed("t", BY_PRIORITY, 2).lane_name == "priority"


def test_the_parts_of_a_place_are_those_of_its_key():
    for each in LADDER:
        named = list(parts(each, moment(OWNER)))
        assert len(named) == len(each.key)
        assert named[0] == ("lane", each.lane_name)
        assert [name for name, _ in named[-3:]] == ["due", "created", "id"]
        assert named[-1] == ("id", each.task.id)


def test_the_parts_of_a_place_name_what_they_were_made_of():
    each = placed("t", BY_PRIORITY, 2, YESTERDAY, price=5, day=date(2026, 1, 1))

    assert list(parts(each, moment(OWNER))) == [
        ("lane", "priority"),
        ("priority", "by price and day"),
        ("bucket", "overdue"),
        ("order[0]", 5),
        ("order[1]", {"date": "2026-01-01"}),
        ("due", "2026-11-23"),
        ("created", "2026-11-22T09:00:00Z"),
        ("id", "t"),
    ]
    by_age = role(priorities=(Priority("p", "P", order=(OrderKey("field", "task.created"),)),))
    aged = place(task(created=OLD), Links(), moment(by_age), BY_PRIORITY, 0)
    assert list(parts(aged, moment(by_age)))[3] == ("order[0]", {"instant": "2026-11-22T09:00:00Z"})
    assert list(parts(placed("t", EXACT, 0, NOW), moment(OWNER))) == [
        ("lane", "exact"),
        ("due", "2026-11-24T09:00:00Z"),
        ("created", "2026-11-22T09:00:00Z"),
        ("id", "t"),
    ]
