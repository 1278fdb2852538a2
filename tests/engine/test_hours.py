"""A role's day against the readable moment: the same answers at every instant of a regular day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.differential import cases
from workplaces_core import wire
from workplaces_core.engine.hours import HORIZON_US, instant_of, is_regular, role_day
from workplaces_core.policy import Interval, Role
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import day_end, local_date

TICK, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


def random_role(rng):
    """Draw a role with its zone, its days off and the moment it is about."""
    anchor, zone = cases.random_anchor(rng)
    policy = wire.load_policy(
        {
            "format": "workplaces/policy/1",
            "version": 1,
            "days_off": [cases.near_date(rng, anchor).isoformat()] if rng.random() < 0.2 else [],
            "roles": [{**cases.random_role(rng, "sales", zone, anchor), "enabled": True}],
        }
    )
    role = policy.roles[0]
    return role, frozenset(role.days_off + policy.days_off), ZoneInfo(role.timezone or zone), anchor


def moments_of(day, rng):
    """Give instants of a day: its ends, the edges in it, next to them, and some others."""
    edges = {day.start, day.end - 1, *day.edges, *(edge - 1 for edge in day.edges)}
    others = {rng.randrange(day.start, day.end) for _ in range(5)}
    return [instant_of(moment) for moment in sorted(edges | others)]


def require_the_same(day, moment):
    role, now = moment.role, microseconds(moment.now)
    stretch = day.at(now)
    active = [stretch.active >> number & 1 for number in range(len(role.priorities))]
    assert stretch.is_open == bool(moment.active_intervals)
    assert active == [moment.is_priority_active(each) for each in role.priorities]
    if stretch.is_open:
        assert (instant_of(stretch.until) if stretch.until <= now + HORIZON_US else None) == moment.until()
    edge = stretch.interval_until
    shown = instant_of(edge) if edge is not None and edge <= now + HORIZON_US else None
    assert shown == moment.interval_until()
    start = day.next_start(now)
    assert (None if start is None else instant_of(start)) == moment.next_start()
    for number, priority in enumerate(role.priorities):
        assert (day.ends[number] > now) == moment.opens_within(role.intervals_of(priority), moment.now)
    assert (day.last_end > now) == moment.opens_within(role.intervals, moment.now)


@given(st.integers(0, 2**40))
def test_a_regular_day_says_what_the_readable_moment_says(seed):
    rng = Random(seed)
    role, days_off, where, anchor = random_role(rng)
    today = local_date(anchor + rng.choice((-DAY, 0 * DAY, DAY)), where)
    day = role_day(role, days_off, where, today)
    if not day.is_regular:
        return

    for now in moments_of(day, rng):
        moment = RoleMoment(role, days_off, where, now)

        assert moment.today == day.today
        require_the_same(day, moment)


@given(st.integers(0, 2**40))
def test_a_day_begins_and_ends_where_the_readable_one_does(seed):
    role, days_off, where, anchor = random_role(Random(seed))
    today = local_date(anchor, where)
    day = role_day(role, days_off, where, today)

    assert instant_of(day.start) == day_end(today - DAY, where)
    assert instant_of(day.end) == day_end(today, where)


def lies_in_order(today, where):
    """Tell, by looking at every minute, whether earlier dates lie before a day and later ones behind it."""
    start, end = day_end(today - DAY, where), day_end(today, where)
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    minutes = [noon + timedelta(minutes=number) for number in range(-52 * 60, 52 * 60)]
    days = [today + timedelta(days=number) for number in range(-4, 5)]
    return all(order(local_date(each, where), today) == order_of(each, start, end) for each in minutes) and all(
        day_end(each, where) <= start if each < today else day_end(each, where) > end for each in days if each != today
    )


def order(one, other):
    return (one > other) - (one < other)


def order_of(moment, start, end):
    return (moment >= end) - (moment < start)


IRREGULAR = [
    ("Pacific/Apia", date(2011, 12, 29)), ("Pacific/Kiritimati", date(1994, 12, 30)),
    ("America/St_Johns", date(2006, 10, 28)), ("America/St_Johns", date(2006, 10, 29)),
    ("America/St_Johns", date(2010, 11, 6)), ("America/St_Johns", date(2010, 11, 7)),
]  # fmt: skip
REGULAR = [
    ("Europe/Berlin", date(2026, 3, 29)), ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)), ("America/Havana", date(2026, 3, 8)),
    ("Asia/Beirut", date(2026, 3, 29)), ("Africa/Cairo", date(2026, 4, 24)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("UTC", date(2028, 2, 29)),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "today"), IRREGULAR)
def test_a_day_next_to_which_a_date_returns_or_is_skipped_is_not_regular(zone, today):
    assert not is_regular(today, ZoneInfo(zone))
    assert not lies_in_order(today, ZoneInfo(zone))


@pytest.mark.parametrize(("zone", "today"), REGULAR)
def test_a_day_on_which_only_hours_are_lost_or_doubled_is_regular(zone, today):
    assert is_regular(today, ZoneInfo(zone))
    assert lies_in_order(today, ZoneInfo(zone))


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/St_Johns", "Pacific/Apia", "America/Havana", "Asia/Beirut", "Africa/Cairo"])
def test_a_day_is_regular_exactly_when_all_dates_lie_in_order_around_it(zone):
    where = ZoneInfo(zone)
    changes = [
        date(2011, 12, 30) + timedelta(days=number)
        for number in range(-2200, 1500)
        if _offset(where, number) != _offset(where, number + 1)
    ]
    for change in changes:
        for today in (change - DAY, change, change + DAY):
            assert is_regular(today, where) == lies_in_order(today, where), today


def _offset(where, number):
    return (datetime(2011, 12, 30, tzinfo=UTC) + timedelta(days=number)).astimezone(where).utcoffset()


def test_a_role_without_intervals_is_never_open():
    day = role_day(Role("r", "R"), frozenset(), ZoneInfo("UTC"), date(2026, 11, 24))

    assert not day.at(day.start).is_open
    assert day.next_start(day.start) is None
    assert day.last_end == 0


def test_until_counts_an_interval_that_goes_on_over_midnight():
    night = Interval("night", 22 * 60, 6 * 60, days=(0, 1, 2, 3, 4, 5, 6))
    day = role_day(Role("r", "R", intervals=(night,)), frozenset(), ZoneInfo("UTC"), date(2026, 11, 24))

    late = datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert instant_of(day.at(microseconds(late)).until) == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert instant_of(day.at(day.start).until) == datetime(2026, 11, 24, 6, tzinfo=UTC)
