"""Wall times and instants: local dates, ends of days, and what a wall time means inside a gap or a fold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from workplaces_core.policy import DAY_MINUTES

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Give the zone of an IANA name."""
    return ZoneInfo(name)


def local_date(moment: datetime, where: ZoneInfo) -> date:
    """Give the date on the wall at an instant.

    >>> local_date(datetime(2026, 11, 24, 22, tzinfo=UTC), zone("Europe/Moscow"))
    datetime.date(2026, 11, 25)
    """
    try:
        return moment.astimezone(where).date()
    except OverflowError:  # the first or the last day of the calendar
        return moment.date()


@lru_cache(maxsize=65536)
def day_end(day: date, where: ZoneInfo) -> datetime:
    """Give the first instant after which no local date up to `day` follows.

    >>> day_end(date(2011, 12, 29), zone("Pacific/Apia")) == day_end(date(2011, 12, 30), zone("Pacific/Apia"))
    True
    """
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time())
    last = _instant(midnight, where, last=True)
    # When the clock goes back *to* midnight, the second midnight follows an hour of the new day, not of this one.
    return last if local_date(last - _TICK, where) <= day else _instant(midnight, where, last=False)


@lru_cache(maxsize=65536)
def at_wall(day: date, minutes: int, where: ZoneInfo, *, last: bool = False) -> datetime:
    """Give the instant of a wall time: after a gap for one inside it; in a fold the first or, on demand, the last.

    >>> at_wall(date(2026, 3, 29), 150, zone("Europe/Berlin")).isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    if minutes == DAY_MINUTES:
        return day_end(day, where)
    return _instant(datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes), where, last=last)


def _instant(wall: datetime, where: ZoneInfo, *, last: bool) -> datetime:
    found = wall.replace(tzinfo=where, fold=int(last)).astimezone(UTC)
    if _wall(found, where) == wall:
        return found
    # Inside a gap the two readings of a wall time lie on both sides of the transition (PEP 495): search between.
    before = wall.replace(tzinfo=where, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=where, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + _SECOND * ((after - before) // _SECOND // 2)
        if _wall(middle, where) > wall:
            after = middle
        else:
            before = middle
    return after


def _wall(moment: datetime, where: ZoneInfo) -> datetime:
    return moment.astimezone(where).replace(tzinfo=None)
