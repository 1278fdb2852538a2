"""Intervals against a clock on the wall: a year is walked minute by minute, and the wall says what is active.

The scan knows nothing of the rules: it asks the zone for its offset once an hour to find the clock changes, then looks
at the date and the HH:MM of every minute. A start is the first minute that shows its wall time, an end the last one; a
wall time that no minute shows is the first minute after the gap.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen

from workplaces_core.model import Account
from workplaces_core.policy import DAY_MINUTES, Interval, Policy, Role
from workplaces_core.rules.intervals import RoleMoment, merged, occurrences
from workplaces_core.rules.zones import day_end, zone

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON = 192 * 60
WEEK = (0, 1, 2, 3, 4, 5, 6)

PLACES = [
    ("Australia/Lord_Howe", 2024),  # half an hour
    ("Asia/Beirut", 2024),  # at midnight, into the gap and out of the fold
    ("America/Havana", 2024),  # midnight is missing, and an hour after midnight comes twice
    ("Africa/Cairo", 2024),
    ("Asia/Tokyo", 2024),  # never
    ("Europe/Berlin", 2024),
    ("America/St_Johns", 2006),  # at one minute past midnight
    ("Pacific/Apia", 2011),  # 30 December is missing
    ("America/Sao_Paulo", 2018),
    ("Pacific/Chatham", 2024),
]


def wall(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def interval(name: str, span: str, days: tuple[int, ...] = WEEK, rrule: str | None = None) -> Interval:
    start, end = map(wall, span.split("-"))
    if rrule is None:
        return Interval(name, start, end, days=days)
    return Interval(name, start, end, rrule=rrule, starts_on=date(2000, 1, 2))


INTERVALS = [
    interval("working day", "09:00-18:00", (0, 1, 2, 3, 4)),
    interval("morning", "09:00-13:00", (5, 6)),
    interval("afternoon", "13:00-18:00", (6,)),  # touches the morning
    interval("all day", "00:00-24:00", (0, 2, 3, 6)),  # Wednesday and Thursday touch
    interval("night", "22:00-06:00"),
    interval("across midnight by a minute", "23:59-00:01"),
    interval("the minute before midnight", "23:59-24:00"),
    interval("the minute after midnight", "00:00-00:01"),
    interval("the first hour", "00:00-01:00"),
    interval("the last hour", "23:00-24:00"),
    interval("half past to half past", "23:30-00:30"),
    interval("the hour that is missing or comes twice", "02:00-03:00"),
    interval("into it", "01:30-02:30"),
    interval("out of it", "02:30-03:30"),
    interval("inside it", "02:15-02:45"),
    interval("the hour before it", "01:00-02:00"),
    interval("inside the first hour", "00:15-00:45"),
    interval("nearly a whole day", "12:01-12:00"),
    interval("every second Sunday", "00:30-02:30", rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SU"),
    interval("the last Sunday of a month", "01:00-24:00", rrule="FREQ=MONTHLY;BYDAY=-1SU"),
]
DAYS_OFF = frozenset(
    {date(2024, 3, 30), date(2024, 4, 26), date(2024, 11, 3), date(2024, 10, 6), date(2011, 12, 31), date(2006, 4, 2)}
)


@frozen
class Scan:
    """What the wall shows at every minute from `first` on: minutes since 1970 by the wall's own reckoning."""

    where: ZoneInfo
    first: int
    shown: list[int]
    earliest: dict[int, int]
    latest: dict[int, int]
    last_of_day: dict[int, int]
    gaps: list[tuple[int, int, int]]

    def minute_of(self, shown: int, *, last: bool) -> int:
        """Give the minute at which the wall shows a time, or the first one after the gap that swallowed it."""
        found = (self.latest if last else self.earliest).get(shown)
        if found is not None:
            return found
        (after,) = (minute for before, onwards, minute in self.gaps if before < shown < onwards)
        return after

    def end_of_day(self, day: date) -> int:
        """Give the minute after the last one that shows the day or an earlier date."""
        number = day_number(day)
        return max(self.last_of_day[number - back] for back in range(4) if number - back in self.last_of_day) + 1

    def days(self) -> list[date]:
        """List the dates whose intervals the scan sees from start to end, whether the wall shows them or not."""
        first = date(1970, 1, 1) + timedelta(days=self.shown[0] // DAY_MINUTES + 1)
        return [first + n * DAY for n in range(len(self.shown) // DAY_MINUTES - 3)]


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def to_minute(moment: datetime) -> int:
    minutes, rest = divmod(moment - EPOCH, MINUTE)
    assert not rest
    return minutes


def offset(minute: int, where: ZoneInfo) -> int:
    found = (EPOCH + minute * MINUTE).astimezone(where).utcoffset()
    assert found is not None
    return found // MINUTE


def wall_by_minute(first: int, last: int, where: ZoneInfo) -> list[int]:
    """Walk the minutes, asking for the offset once an hour and, when it has changed, minute by minute."""
    shown: list[int] = []
    for hour in range(first, last, 60):
        begins, ends = offset(hour, where), offset(hour + 60, where)
        if begins == ends:
            shown.extend(range(hour + begins, hour + begins + 60))
        else:
            shown.extend(minute + offset(minute, where) for minute in range(hour, hour + 60))
    return shown


@cache
def scan(name: str, year: int) -> Scan:
    where = ZoneInfo(name)
    first, last = to_minute(datetime(year - 1, 12, 20, tzinfo=UTC)), to_minute(datetime(year + 1, 1, 20, tzinfo=UTC))
    shown = wall_by_minute(first, last, where)
    minutes = range(first, first + len(shown))
    jumps = [(before, after, minute) for minute, (before, after) in enumerate(pairwise(shown), first + 1)]
    return Scan(
        where,
        first,
        shown,
        earliest=dict(zip(reversed(shown), reversed(minutes), strict=True)),
        latest=dict(zip(shown, minutes, strict=True)),
        last_of_day=dict(zip((each // DAY_MINUTES for each in shown), minutes, strict=True)),
        gaps=[(before, after, minute) for before, after, minute in jumps if after > before + 1],
    )


def starts(each: Interval, day: date) -> bool:
    """Say whether an interval starts on a date; of rules only the two above are known here."""
    if day in DAYS_OFF:
        return False
    if each.rrule is None:
        return day.weekday() in (each.days or ())
    if "INTERVAL=2" in each.rrule:
        return day.weekday() == 6 and (day - date(2000, 1, 2)).days % 14 == 0
    return day.weekday() == 6 and (day + 7 * DAY).month != day.month


def seen(each: Interval, clock: Scan) -> list[tuple[int, int]]:
    """List the occurrences that the wall shows."""
    found = []
    for day in clock.days():
        if starts(each, day):
            midnight = day_number(day) * DAY_MINUTES
            begins = clock.minute_of(midnight + each.start, last=False)
            if each.end == DAY_MINUTES:
                ends = clock.end_of_day(day)
            else:
                over = DAY_MINUTES if each.end < each.start else 0
                ends = clock.minute_of(midnight + each.end + over, last=True)
            if begins < ends:
                found.append((begins, ends))
    return found


def painted(spans: list[tuple[int, int]], clock: Scan) -> bytearray:
    """Mark every minute of the spans."""
    marks = bytearray(len(clock.shown))
    for begins, ends in spans:
        marks[begins - clock.first : ends - clock.first] = b"\1" * (ends - begins)
    return marks


@pytest.mark.parametrize(("name", "year"), PLACES)
def test_an_interval_is_active_at_exactly_the_minutes_that_the_wall_says(name, year):
    clock = scan(name, year)
    days = clock.days()
    for each in INTERVALS:
        spans = [
            (to_minute(begins), to_minute(ends))
            for begins, ends in occurrences(each, DAYS_OFF, zone(name), days[0], days[-1])
        ]

        assert painted(spans, clock) == painted(seen(each, clock), clock), each.id
        assert spans == seen(each, clock), each.id


@pytest.mark.parametrize(("name", "year"), PLACES)
def test_a_day_ends_when_the_wall_never_shows_it_again(name, year):
    clock = scan(name, year)

    assert [to_minute(day_end(day, zone(name))) for day in clock.days()] == [
        clock.end_of_day(day) for day in clock.days()
    ]


def test_the_places_have_what_they_are_listed_for():
    jumps = {
        name: [after - before - 1 for before, after in pairwise(scan(name, year).shown) if after != before + 1]
        for name, year in PLACES
    }

    assert jumps["Australia/Lord_Howe"] == [-30, 30]
    assert jumps["Asia/Tokyo"] == []
    assert jumps["Pacific/Apia"] == [-60, 60, 1440]
    assert jumps["Europe/Berlin"] == jumps["Asia/Beirut"] == jumps["America/Havana"] == [60, -60]


# -- a role over the scan ------------------------------------------------------------------------------------

ROLES = {
    "a working week": ("working day", "morning", "afternoon"),
    "nights": ("night", "half past to half past"),
    "around the clock change": ("the hour that is missing or comes twice", "into it", "every second Sunday"),
    "around midnight": ("the minute before midnight", "the minute after midnight", "the first hour", "all day"),
    "nearly always": ("nearly a whole day", "inside it"),
    "a Sunday a month": ("the last Sunday of a month",),
    "never": (),
}


def moments(clock: Scan, spans: list[tuple[int, int]], year: int) -> list[int]:
    """Choose minutes at and beside edges, those near clock changes first, and some others."""
    edges = [edge for span in spans for edge in span]
    changes = [
        minute for minute, (before, after) in enumerate(pairwise(clock.shown), clock.first + 1) if after != before + 1
    ]
    near = [edge for edge in edges if any(abs(edge - change) < 2 * DAY_MINUTES for change in changes)]
    rng = Random(year)
    anywhere = range(clock.first, clock.first + len(clock.shown))
    chosen = {*near, *rng.sample(edges, min(len(edges), 25)), *rng.sample(anywhere, 25), *changes}
    low, high = to_minute(datetime(year, 1, 1, tzinfo=UTC)), to_minute(datetime(year, 12, 31, tzinfo=UTC))
    return sorted(minute + step for minute in chosen for step in (-1, 0, 1) if low <= minute + step < high)


def first_change(marks: list[bytearray], at: int) -> int | None:
    """Walk on from a minute until another set of intervals is active; give up at the horizon."""
    now = [mark[at] for mark in marks]
    ends = [edge for edge in (mark.find(1 - mark[at], at, at + HORIZON + 1) for mark in marks) if edge >= 0]
    assert now == [mark[at] for mark in marks]
    return min(ends, default=None)


def instant(minute: int | None) -> datetime | None:
    return None if minute is None else EPOCH + minute * MINUTE


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "year"), PLACES)
def test_a_role_is_active_ends_changes_and_opens_when_the_wall_says(name, year, role):
    clock = scan(name, year)
    intervals = tuple(each for each in INTERVALS if each.id in ROLES[role])
    by_interval = {each.id: seen(each, clock) for each in intervals}
    spans = sorted(span for found in by_interval.values() for span in found)
    marks = [painted(found, clock) for found in by_interval.values()]
    union = painted(spans, clock)
    policy = Policy(1, (), days_off=tuple(DAYS_OFF)[:3])
    asked = Role("r", "R", intervals=intervals, timezone=name, days_off=tuple(DAYS_OFF)[3:])
    for minute in moments(clock, spans, year):
        moment = RoleMoment.of(asked, policy, Account("a", "UTC"), EPOCH + minute * MINUTE)
        at = minute - clock.first
        active = {each for each, mark in zip(by_interval, marks, strict=True) if mark[at]}
        told = (moment.now, active)

        assert moment.active_intervals == active, told
        assert moment.is_active == bool(active), told
        change = first_change(marks, at)
        assert moment.interval_until() == instant(None if change is None else change + clock.first), told
        opens = next((begins for begins, _ in spans if begins > minute), None)
        if opens is not None:
            assert moment.next_start() == instant(opens), told
        if active:
            over = union.find(0, at, at + HORIZON + 1)
            assert moment.until() == instant(None if over < 0 else over + clock.first), told


def test_spans_that_overlap_or_touch_are_one():
    rng = Random(1)
    for _ in range(200):
        spans = [(start, start + rng.randint(1, 5)) for start in rng.sample(range(30), rng.randint(0, 6))]
        marked = {minute for start, end in spans for minute in range(start, end)}
        joined = merged((EPOCH + start * MINUTE, EPOCH + end * MINUTE) for start, end in spans)

        assert {minute for start, end in joined for minute in range(to_minute(start), to_minute(end))} == marked
        assert all(end < start for (_, end), (start, _) in pairwise(joined))
