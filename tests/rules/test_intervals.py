"""What intervals make of a moment: edges to the microsecond, and how far one looks ahead."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.rules.examples import ALWAYS, DAY, HOUR, MINUTE, NOW, TICK, TODAY, TOMORROW, at, between, moment, role, task
from workplaces_core.policy import Interval, Priority
from workplaces_core.rules.intervals import HORIZON, NEXT_ROLE_HORIZON, merged, start_dates

SHIFT = between("09:00", "18:00")
MOMENTS = [("08:59", False), ("09:00", True), ("17:59", True), ("18:00", False)]


def dated(name: str, first: date, count: int = 1, start: int = 9 * 60, end: int = 18 * 60) -> Interval:
    return Interval(name, start, end, rrule=f"FREQ=DAILY;COUNT={count}", starts_on=first)


@pytest.mark.parametrize(("clock", "active"), MOMENTS)
def test_an_interval_is_active_from_its_start_to_before_its_end(clock, active):
    assert moment(role(intervals=(SHIFT,)), at(clock)).is_active is active
    assert moment(role(intervals=(SHIFT,)), at(clock)).active_intervals == ({"i1"} if active else set())


def test_edges_are_sharp_to_the_microsecond():
    intervals = (SHIFT,)

    assert not moment(role(intervals=intervals), at("09:00") - TICK).is_active
    assert moment(role(intervals=intervals), at("18:00") - TICK).is_active


def test_a_disabled_role_is_not_active_though_its_intervals_are():
    off = moment(role(enabled=False))

    assert not off.is_active
    assert off.active_intervals == {"always"}


def test_days_of_the_week_count_from_monday():
    weekend = role(intervals=(between("09:00", "18:00", days=(5, 6)),))
    actives = [moment(weekend, NOW + n * DAY).is_active for n in range(7)]  # from a Tuesday on

    assert actives == [False, False, False, False, True, True, False]


def test_an_interval_across_midnight_belongs_to_the_day_it_starts_on():
    night = role(intervals=(between("22:00", "06:00", days=(1,)),))  # Tuesdays

    assert not moment(night, at("05:00")).is_active
    assert moment(night, at("22:00")).is_active
    assert moment(night, at("2026-11-25T05:59")).is_active
    assert not moment(night, at("2026-11-25T06:00")).is_active
    assert not moment(night, at("2026-11-25T22:00")).is_active


@pytest.mark.parametrize("where", ["role", "policy"])
def test_a_day_off_takes_away_what_starts_on_it_and_nothing_else(where):
    night = between("22:00", "06:00")
    own, common = ((TODAY,), ()) if where == "role" else ((), (TODAY,))

    def active(clock):
        return moment(role(intervals=(night,), days_off=own), at(clock), days_off=common).is_active

    assert active("05:00")  # yesterday's night
    assert not active("22:00")
    assert not active("2026-11-25T05:00")
    assert active("2026-11-25T22:00")


def test_an_interval_that_the_calendar_swallows_is_dropped():
    gap = role(intervals=(between("02:00", "03:00"), between("02:10", "02:50", "i2")), timezone="Europe/Berlin")

    assert moment(gap, at("2024-03-31T01:00")).active_intervals == set()
    assert moment(gap, at("2024-03-30T01:00")).active_intervals == {"i1"}
    assert moment(gap, at("2024-03-30T01:10")).active_intervals == {"i1", "i2"}


def test_a_priority_follows_the_role_or_the_intervals_it_names():
    here = moment(role(intervals=(SHIFT, between("12:00", "13:00", "i2"))))

    assert here.is_priority_active(Priority("p", "P"))
    assert here.is_priority_active(Priority("p", "P", intervals=("i1",)))
    assert here.is_priority_active(Priority("p", "P", intervals=("i2", "i1")))
    assert not here.is_priority_active(Priority("p", "P", intervals=("i2",)))
    assert not here.is_priority_active(Priority("p", "P", intervals=()))
    assert not moment(role(intervals=(SHIFT,)), at("08:00")).is_priority_active(Priority("p", "P"))


# Until ------------------------------------------------------------------------------------------------------


def test_until_is_the_end_of_everything_that_overlaps_or_touches():
    split = (between("08:00", "10:00", "a"), between("10:00", "13:00", "b"), between("12:00", "14:00", "c"))

    assert moment(role(intervals=split)).until() == at("14:00")
    assert moment(role(intervals=split)).interval_until() == at("10:00")
    apart = (between("08:00", "10:00", "a"), between("10:01", "13:00", "b"))
    assert moment(role(intervals=apart)).until() == at("10:00")


def test_intervals_of_a_day_touch_those_of_the_next():
    days = (between("00:00", "24:00", days=(1, 2)),)  # Tuesday and Wednesday

    assert moment(role(intervals=days)).until() == at("2026-11-26T00:00")
    assert moment(role(intervals=days)).interval_until() == at("2026-11-26T00:00")


def test_until_is_nothing_when_a_role_never_ends():
    assert moment(role()).until() is None
    assert moment(role()).interval_until() is None


@pytest.mark.parametrize(("late", "shown"), [(-MINUTE, True), (timedelta(0), True), (MINUTE, False)])
def test_until_looks_just_as_far_as_the_horizon(late, shown):
    end = NOW + HORIZON + late
    last = end.date()
    long = (dated("whole", TODAY, 8, 0, 24 * 60), dated("last", last, 1, 0, end.hour * 60 + end.minute))
    here = moment(role(intervals=long))

    assert here.until() == (end if shown else None)
    assert here.interval_until() == at("2026-12-02T00:00")


@pytest.mark.parametrize(("late", "shown"), [(-MINUTE, True), (timedelta(0), True), (MINUTE, False)])
def test_interval_until_looks_just_as_far_as_the_horizon(late, shown):
    start = NOW + HORIZON + late
    soon = dated("soon", start.date(), 1, start.hour * 60 + start.minute, 24 * 60)

    assert moment(role(intervals=(ALWAYS, soon))).interval_until() == (start if shown else None)


def test_interval_until_is_after_now():
    here = role(intervals=(SHIFT, between("09:00", "12:00", "i2")))

    assert moment(here, at("08:00")).interval_until() == at("09:00")
    assert moment(here, at("09:00")).interval_until() == at("12:00")
    assert moment(here, at("12:00")).interval_until() == at("18:00")
    assert moment(here, at("18:00")).interval_until() == at("2026-11-25T09:00")


# The next start ---------------------------------------------------------------------------------------------


def test_the_next_start_is_the_earliest_of_all_intervals_after_now():
    here = role(intervals=(between("15:00", "16:00", "a"), between("11:00", "12:00", "b"), dated("c", TOMORROW)))

    assert moment(here).next_start() == at("11:00")
    assert moment(here, at("11:00")).next_start() == at("15:00")
    assert moment(here, at("11:00") - TICK).next_start() == at("11:00")
    assert moment(here, at("15:00")).next_start() == at("2026-11-25T09:00")


@pytest.mark.parametrize(("late", "shown"), [(-MINUTE, True), (timedelta(0), True), (MINUTE, False)])
def test_the_next_start_looks_just_as_far_as_8784_hours(late, shown):
    start = NOW + NEXT_ROLE_HORIZON + late
    far = dated("far", start.date(), 1, start.hour * 60 + start.minute, 24 * 60)

    assert moment(role(intervals=(far,))).next_start() == (start if shown else None)


def test_there_is_no_next_start_without_occurrences():
    for intervals in ((), (dated("past", date(2026, 11, 1)),), (between("09:00", "10:00", days=()),)):
        assert moment(role(intervals=intervals)).next_start() is None


def test_the_horizons_are_192_and_8784_hours():
    assert HORIZON == 192 * HOUR
    assert NEXT_ROLE_HORIZON == 8784 * HOUR


# Meeting the rest of the day --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [
        ("08:00", "09:00", False),  # over
        ("08:00", "09:01", True),
        ("09:00", "10:00", True),
        ("23:59", "24:00", True),
        ("00:00", "00:01", False),
        ("22:00", "06:00", True),
    ],
)
def test_an_occurrence_meets_the_rest_of_the_day(start, end, meets):
    interval = between(start, end)

    assert moment(role(intervals=(interval,))).opens_within((interval,), NOW) is meets


def test_the_rest_of_the_day_ends_where_the_next_day_begins():
    tomorrow = dated("i1", TOMORROW, 1, 0, 60)
    here = moment(role(intervals=(tomorrow,)))

    assert not here.opens_within((tomorrow,), NOW)
    assert here.day_end == at("2026-11-25T00:00")
    assert not moment(role()).opens_within((ALWAYS,), here.day_end)
    assert moment(role()).opens_within((ALWAYS,), here.day_end - TICK)
    assert not moment(role()).opens_within((), NOW)


# Dates ------------------------------------------------------------------------------------------------------


def test_today_and_due_dates_are_local():
    moscow = moment(role(), at("22:00"), zone="Europe/Moscow")

    assert moscow.today == TOMORROW
    assert moscow.due_date(task(due=at("21:00"))) == TOMORROW
    assert moscow.due_date(task(due=at("20:59"))) == TODAY
    assert moscow.due_date(task(due=TODAY)) == TODAY


def test_the_zone_of_a_role_goes_before_that_of_the_account():
    assert moment(role(timezone="Europe/Moscow"), at("22:00"), zone="America/New_York").today == TOMORROW
    assert moment(role(), at("22:00"), zone="America/New_York").today == TODAY


def test_start_dates_include_both_ends():
    mondays = between("09:00", "10:00", days=(0,))

    assert list(start_dates(mondays, date(2026, 11, 16), date(2026, 11, 30))) == [
        date(2026, 11, 16),
        date(2026, 11, 23),
        date(2026, 11, 30),
    ]
    assert list(start_dates(mondays, date(2026, 11, 17), date(2026, 11, 22))) == []


def test_touching_spans_join_and_a_span_within_another_vanishes():
    spans = [
        (at("10:00"), at("11:00")),
        (at("09:00"), at("10:00")),
        (at("09:10"), at("09:20")),
        (at("12:00"), at("13:00")),
    ]

    assert merged(spans) == [(at("09:00"), at("11:00")), (at("12:00"), at("13:00"))]
    assert merged([]) == []
