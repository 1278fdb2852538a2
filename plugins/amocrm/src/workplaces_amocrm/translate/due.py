"""When a task is due: amoCRM's one number of seconds, and the two kinds of due that it stands for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from workplaces_core.recurrence import YEARS

AllDay = str
"""The local time `HH:MM` that stands for "all day"."""

ALL_DAY: AllDay = "23:59"
"""What the web interface shows as "all day", whatever the seconds: some integrations write 23:59:59."""

_END = int(datetime(YEARS[1] + 1, 1, 1, tzinfo=UTC).timestamp())
_MINUTE = 60


def due_of(complete_till: Any, zone: tzinfo, all_day: AllDay = ALL_DAY) -> date:
    """Read `complete_till`, unix seconds: a date for an all-day task of the account's zone, else an instant in UTC.

    Raises ValueError for what is no whole number of seconds of the years 1970 to 2199.

    >>> from zoneinfo import ZoneInfo
    >>> due_of(1588885199, ZoneInfo("Europe/Moscow")), due_of(1588885199, ZoneInfo("Asia/Yekaterinburg"))
    (datetime.date(2020, 5, 7), datetime.datetime(2020, 5, 7, 20, 59, 59, tzinfo=datetime.timezone.utc))
    """
    moment = instant_of(complete_till)
    local = moment.astimezone(zone)
    return local.date() if _means_all_day(local, all_day) else moment


def complete_till_of(due: date, zone: tzinfo, all_day: AllDay = ALL_DAY) -> int:
    """Write a due as `complete_till`: a date as 23:59:00 in the account's zone, an instant in whole seconds.

    An instant that falls on what means "all day" is moved one minute back, to 23:58: amoCRM cannot hold an exact time
    there, a minute early is harmless, and the day stays the same. Where 23:59 comes twice, as when clocks go back at
    midnight, the later one is meant. Raises ValueError for what amoCRM cannot hold: a time without a zone, a due
    outside the years 1970 to 2199, and a date whose 23:59 the zone skips, as where clocks go forward at that hour.

    >>> from zoneinfo import ZoneInfo
    >>> complete_till_of(date(2020, 5, 7), ZoneInfo("Europe/Moscow"))
    1588885140
    >>> complete_till_of(datetime(2020, 5, 7, 20, 59, 30, tzinfo=UTC), ZoneInfo("Europe/Moscow"))
    1588885110
    """
    if not isinstance(due, datetime):
        return _end_of(due, zone, all_day)
    if due.utcoffset() is None:
        raise ValueError(f"`{due}` has no time zone, give an aware datetime")
    seconds = int(due.timestamp() // 1)
    return seconds - _MINUTE if _means_all_day(instant_of(seconds).astimezone(zone), all_day) else seconds


def _end_of(day: date, zone: tzinfo, all_day: AllDay) -> int:
    """Give the instant that stands for a whole day. Raises ValueError when there is none."""
    try:
        seconds = int(datetime.combine(day, time.fromisoformat(all_day), zone).replace(fold=1).timestamp())
    except OverflowError:
        raise ValueError(f"`{day}` is no day of the years {YEARS[0]} to {YEARS[1]}") from None
    # Written all the same, a time that the clocks skip would read back as an exact time, or another day.
    if due_of(seconds, zone, all_day) != day:
        raise ValueError(f"`{day}` has no {all_day} in the zone `{zone}`: the clocks skip it; choose an exact time")
    return seconds


def instant_of(seconds: Any) -> datetime:
    """Read unix seconds, a number or its text, as an instant of the years 1970 to 2199 in UTC.

    >>> instant_of(1575364000).isoformat()
    '2019-12-03T09:06:40+00:00'
    >>> instant_of("soon")
    Traceback (most recent call last):
    ValueError: must be whole unix seconds of the years 1970 to 2199
    """
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdecimal():
        seconds = int(seconds)
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 <= seconds < _END:
        return datetime.fromtimestamp(seconds, UTC)
    raise ValueError(f"must be whole unix seconds of the years {YEARS[0]} to {YEARS[1]}")


def _means_all_day(local: datetime, all_day: AllDay) -> bool:
    # The hour and minute as text, without the date in front and the seconds behind: no parsing for every task.
    return local.strftime("%H:%M") == all_day
