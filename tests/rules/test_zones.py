"""Wall times and instants, at the edges of gaps and folds. Years are long past, so that no zone changes its mind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from workplaces_core.rules.zones import at_wall, day_end, local_date, zone

BERLIN, HAVANA, LORD_HOWE = zone("Europe/Berlin"), zone("America/Havana"), zone("Australia/Lord_Howe")
ST_JOHNS, APIA, BEIRUT, UTC_ZONE = zone("America/St_Johns"), zone("Pacific/Apia"), zone("Asia/Beirut"), zone("UTC")
TICK = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


@pytest.mark.parametrize(
    ("where", "day", "clock", "first", "last"),
    [
        # plain
        (UTC_ZONE, date(2026, 11, 24), "00:00", "2026-11-24T00:00", "2026-11-24T00:00"),
        (BERLIN, date(2026, 11, 24), "09:30", "2026-11-24T08:30", "2026-11-24T08:30"),
        # Berlin, 31 March 2024: 02:00 to 03:00 is missing
        (BERLIN, date(2024, 3, 31), "01:59", "2024-03-31T00:59", "2024-03-31T00:59"),
        (BERLIN, date(2024, 3, 31), "02:00", "2024-03-31T01:00", "2024-03-31T01:00"),
        (BERLIN, date(2024, 3, 31), "02:30", "2024-03-31T01:00", "2024-03-31T01:00"),
        (BERLIN, date(2024, 3, 31), "02:59", "2024-03-31T01:00", "2024-03-31T01:00"),
        (BERLIN, date(2024, 3, 31), "03:00", "2024-03-31T01:00", "2024-03-31T01:00"),
        (BERLIN, date(2024, 3, 31), "03:01", "2024-03-31T01:01", "2024-03-31T01:01"),
        # Berlin, 27 October 2024: 02:00 to 03:00 comes twice
        (BERLIN, date(2024, 10, 27), "01:59", "2024-10-26T23:59", "2024-10-26T23:59"),
        (BERLIN, date(2024, 10, 27), "02:00", "2024-10-27T00:00", "2024-10-27T01:00"),
        (BERLIN, date(2024, 10, 27), "02:59", "2024-10-27T00:59", "2024-10-27T01:59"),
        (BERLIN, date(2024, 10, 27), "03:00", "2024-10-27T02:00", "2024-10-27T02:00"),
        # Lord Howe: half an hour
        (LORD_HOWE, date(2024, 10, 6), "02:00", "2024-10-05T15:30", "2024-10-05T15:30"),
        (LORD_HOWE, date(2024, 10, 6), "02:29", "2024-10-05T15:30", "2024-10-05T15:30"),
        (LORD_HOWE, date(2024, 10, 6), "02:30", "2024-10-05T15:30", "2024-10-05T15:30"),
        (LORD_HOWE, date(2024, 4, 7), "01:30", "2024-04-06T14:30", "2024-04-06T15:00"),
        (LORD_HOWE, date(2024, 4, 7), "01:59", "2024-04-06T14:59", "2024-04-06T15:29"),
        (LORD_HOWE, date(2024, 4, 7), "02:00", "2024-04-06T15:30", "2024-04-06T15:30"),
        # Havana, where midnight is missing in spring and comes twice in autumn
        (HAVANA, date(2024, 3, 10), "00:00", "2024-03-10T05:00", "2024-03-10T05:00"),
        (HAVANA, date(2024, 3, 10), "00:59", "2024-03-10T05:00", "2024-03-10T05:00"),
        (HAVANA, date(2024, 11, 3), "00:00", "2024-11-03T04:00", "2024-11-03T05:00"),
        # Apia: a whole day is missing
        (APIA, date(2011, 12, 30), "00:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        (APIA, date(2011, 12, 30), "12:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        (APIA, date(2011, 12, 30), "23:59", "2011-12-30T10:00", "2011-12-30T10:00"),
        (APIA, date(2011, 12, 31), "00:00", "2011-12-30T10:00", "2011-12-30T10:00"),
        (APIA, date(2011, 12, 29), "23:59", "2011-12-30T09:59", "2011-12-30T09:59"),
    ],
)
def test_a_wall_time_is_its_first_or_its_last_instant_or_the_end_of_the_gap(where, day, clock, first, last):
    assert at_wall(day, wall(clock), where) == utc(first)
    assert at_wall(day, wall(clock), where, last=True) == utc(last)
    assert at_wall(day, wall(clock), where).tzinfo is UTC


@pytest.mark.parametrize(
    ("where", "day", "end"),
    [
        (UTC_ZONE, date(2026, 11, 24), "2026-11-25T00:00"),
        (BERLIN, date(2024, 3, 31), "2024-03-31T22:00"),
        (BERLIN, date(2024, 10, 27), "2024-10-27T23:00"),
        (HAVANA, date(2024, 3, 9), "2024-03-10T05:00"),  # the next midnight is missing
        (HAVANA, date(2024, 11, 2), "2024-11-03T04:00"),  # the next midnight comes twice, the first ends the day
        (HAVANA, date(2024, 11, 3), "2024-11-04T05:00"),
        (BEIRUT, date(2024, 3, 30), "2024-03-30T22:00"),
        (BEIRUT, date(2024, 10, 26), "2024-10-26T22:00"),  # the last hour comes twice
        (ST_JOHNS, date(2006, 10, 28), "2006-10-29T03:30"),  # a minute of the next day comes before the last hour again
        (ST_JOHNS, date(2006, 4, 1), "2006-04-02T03:30"),
        (APIA, date(2011, 12, 29), "2011-12-30T10:00"),
        (APIA, date(2011, 12, 30), "2011-12-30T10:00"),
        (APIA, date(2011, 12, 31), "2011-12-31T10:00"),
    ],
)
def test_a_day_ends_when_no_earlier_or_equal_date_follows(where, day, end):
    assert day_end(day, where) == utc(end)
    assert at_wall(day, 24 * 60, where) == utc(end)
    assert at_wall(day, 24 * 60, where, last=True) == utc(end)
    assert local_date(utc(end), where) > day


def test_the_second_before_a_day_ends_still_belongs_to_it():
    for where, day in ((BERLIN, date(2024, 10, 27)), (BEIRUT, date(2024, 10, 26)), (ST_JOHNS, date(2006, 10, 28))):
        assert local_date(day_end(day, where) - TICK, where) == day


def test_the_local_date_of_an_instant():
    assert local_date(utc("2026-11-24T21:00"), zone("Europe/Moscow")) == date(2026, 11, 25)
    assert local_date(utc("2026-11-24T20:59:59.999999"), zone("Europe/Moscow")) == date(2026, 11, 24)


def test_the_ends_of_the_calendar_have_a_date_in_every_zone():
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        assert local_date(first, zone(name)) == date.min
        assert local_date(last, zone(name)) == date.max


def test_offsets_with_seconds_are_exact():
    monrovia = zone("Africa/Monrovia")  # 44 minutes 30 seconds behind until 1972

    assert at_wall(date(1971, 6, 1), 9 * 60, monrovia) == utc("1971-06-01T09:44:30")
    assert day_end(date(1972, 1, 6), monrovia) == utc("1972-01-07T00:44:30")
    assert at_wall(date(1972, 1, 7), 20, monrovia) == utc("1972-01-07T00:44:30")  # swallowed by the change
    assert at_wall(date(1972, 1, 7), 45, monrovia) == utc("1972-01-07T00:45:00")
