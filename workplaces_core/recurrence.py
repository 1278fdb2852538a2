"""Recurrence rules: which texts of RFC 5545 are accepted, and on which dates they fall, by python-dateutil."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal

from attrs import frozen
from dateutil import rrule

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
YEARS = (1970, 2199)
_ONLY_ONCE = 9999  # an interval of so many years ends dateutil's loop after the first period
_MOST_IN_MONTH = 5  # a weekday stands in a month at most so often
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")

Numbers = tuple[int, ...]


@frozen
class Recurrence:
    """A parsed rule. `by_day` holds (number, weekday) pairs; number 0 means every such weekday."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: Numbers = ()
    by_year_day: Numbers = ()
    by_week_no: Numbers = ()
    by_month: Numbers = ()
    by_set_pos: Numbers = ()
    week_start: int = 0


def _number(low: int, high: int | None = None, *, digits: int | None = None) -> Callable[[str], int]:
    """Give a reader of one number within a range; a negative range goes with the positive one where low < 0."""
    sign = "[+-]?" if low < 0 else ""
    pattern = re.compile(f"{sign}[0-9]{{1,{digits or 18}}}")

    def read(text: str) -> int:
        value = int(text) if pattern.fullmatch(text) else None
        if value is None or value < low or (high is not None and value > high) or value == 0:
            allowed = f"at least {low}" if high is None else f"from {low} to {high}, not 0"
            msg = f"`{text}` must be a whole number {allowed}"
            raise ValueError(msg)
        return value

    return read


def _numbers(most: int) -> Callable[[str], Numbers]:
    read = _number(-most, most, digits=len(str(most)))
    return lambda text: tuple(read(part) for part in text.split(","))


def _months(text: str) -> Numbers:
    read = _number(1, 12, digits=2)
    return tuple(read(part) for part in text.split(","))


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    found = []
    for part in text.split(","):
        match = _WEEKDAY.fullmatch(part)
        if match is None:
            msg = f"`{part}` must be one of {' '.join(DAY_CODES)}, with a number before it or none"
            raise ValueError(msg)
        number = 0 if match[1] is None else _number(-53, 53)(match[1])
        found.append((number, DAY_CODES.index(match[2])))
    return tuple(found)


def _choice(names: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            msg = f"`{text}` must be one of {' '.join(names)}"
            raise ValueError(msg)
        return text

    return read


def _until(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{8}", text) and YEARS[0] <= int(text[:4]) <= YEARS[1]:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    msg = f"`{text}` must be a date YYYYMMDD, years {YEARS[0]} to {YEARS[1]}"
    raise ValueError(msg)


_PARTS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "FREQ": ("freq", _choice(FREQUENCIES)),
    "INTERVAL": ("interval", _number(1)),
    "COUNT": ("count", _number(1)),
    "UNTIL": ("until", _until),
    "BYDAY": ("by_day", _weekdays),
    "BYMONTHDAY": ("by_month_day", _numbers(31)),
    "BYYEARDAY": ("by_year_day", _numbers(366)),
    "BYWEEKNO": ("by_week_no", _numbers(53)),
    "BYMONTH": ("by_month", _months),
    "BYSETPOS": ("by_set_pos", _numbers(366)),
    "WKST": ("week_start", lambda text: DAY_CODES.index(_choice(DAY_CODES)(text))),
}


@lru_cache(maxsize=4096)
def parse(text: str) -> Recurrence:
    """Read a rule, or raise ValueError with the first thing wrong with it.

    Source: RFC 5545, section 3.3.10, without times of day and without what dateutil and the RFC read differently.

    >>> parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA").by_day
    ((0, 5),)
    >>> parse("FREQ=WEEKLY;BYMONTHDAY=1")
    Traceback (most recent call last):
    ValueError: BYMONTHDAY does not go with FREQ=WEEKLY
    """
    given: dict[str, Any] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if name not in _PARTS:
            msg = f"`{part}` must be one of {' '.join(_PARTS)} with a value"
            raise ValueError(msg)
        attribute, read = _PARTS[name]
        if attribute in given:
            msg = f"{name} is given twice"
            raise ValueError(msg)
        given[attribute] = read(value)
    if "freq" not in given:
        msg = f"FREQ is required, one of {' '.join(FREQUENCIES)}"
        raise ValueError(msg)
    rule = Recurrence(**given)
    _refuse_combinations(rule)
    return rule


def _refuse_combinations(rule: Recurrence) -> None:
    numbered = any(number for number, _ in rule.by_day)
    other_parts = (rule.by_day, rule.by_month_day, rule.by_year_day, rule.by_week_no, rule.by_month)
    refused = {
        "COUNT does not go with UNTIL": rule.count is not None and rule.until is not None,
        f"BYWEEKNO does not go with FREQ={rule.freq}": rule.by_week_no and rule.freq != "YEARLY",
        "BYWEEKNO needs BYDAY": rule.by_week_no and not rule.by_day,
        f"BYYEARDAY does not go with FREQ={rule.freq}": rule.by_year_day and rule.freq != "YEARLY",
        f"BYMONTHDAY does not go with FREQ={rule.freq}": rule.by_month_day and rule.freq == "WEEKLY",
        "BYSETPOS needs another BY part": rule.by_set_pos and not any(other_parts),
        f"a numbered weekday does not go with FREQ={rule.freq}": (numbered and rule.freq not in {"MONTHLY", "YEARLY"}),
        "a numbered weekday does not go with BYWEEKNO": numbered and rule.by_week_no,
    }
    for message, holds in refused.items():
        if holds:
            raise ValueError(message)


@lru_cache(maxsize=65536)
def dates_in_year(text: str, start: date, year: int) -> tuple[date, ...]:
    """Give the dates of one calendar year on which a rule counted from `start` falls, in order.

    >>> dates_in_year("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", date(2026, 11, 1), 2026)
    (datetime.date(2026, 11, 27), datetime.date(2026, 12, 25))
    """
    rule = parse(text)
    if year < start.year or (rule.until is not None and year > rule.until.year):
        return ()
    dates = _uncounted(text, start, year)
    if rule.count is None:
        return dates
    left = rule.count
    for earlier in range(start.year, year):
        left -= len(_uncounted(text, start, earlier))
        if left <= 0:
            return ()
    return dates[:left]


@lru_cache(maxsize=65536)
def _uncounted(text: str, start: date, year: int) -> tuple[date, ...]:
    # INVARIANT: every dateutil rule built here ends after one year or month. Left alone, a rule that never occurs
    # would be searched day by day to the year 9999.
    rule = parse(text)
    dates = _by_period(rule, start, year) if rule.freq in {"MONTHLY", "YEARLY"} else _by_day(rule, start, year)
    return tuple(day for day in dates if day >= start and (rule.until is None or day <= rule.until))


def _by_period(rule: Recurrence, start: date, year: int) -> list[date]:
    """Expand a yearly or monthly rule, one dateutil rule a period."""
    defaults: dict[str, Any] = {}
    if not (rule.by_day or rule.by_month_day or rule.by_year_day or rule.by_week_no):
        defaults["bymonthday"] = start.day
        if rule.freq == "YEARLY" and not rule.by_month:
            defaults["bymonth"] = start.month
    if rule.freq == "YEARLY":
        if (year - start.year) % rule.interval:
            return []
        return _matching(rule, rrule.YEARLY, date(year, 1, 1), **defaults)
    dates: list[date] = []
    for month in range(1, 13):
        if (year * 12 + month - start.year * 12 - start.month) % rule.interval == 0:
            dates += _matching(rule, rrule.MONTHLY, date(year, month, 1), **defaults)
    return dates


def _matching(rule: Recurrence, freq: Literal[0, 1], first: date, **changed: Any) -> list[date]:
    if not _numbers_can_match(rule):
        return []
    once = _ONLY_ONCE * (12 if freq == rrule.MONTHLY else 1)
    parts: dict[str, Any] = {
        "byweekday": [rrule.weekday(day, number or None) for number, day in _countable(rule)] or None,
        "bymonthday": rule.by_month_day or None,
        "byyearday": rule.by_year_day or None,
        "byweekno": rule.by_week_no or None,
        "bymonth": rule.by_month or None,
        "bysetpos": rule.by_set_pos or None,
        **changed,
    }
    start = datetime.combine(first, datetime.min.time())
    return [found.date() for found in rrule.rrule(freq, start, interval=once, wkst=rule.week_start, **parts)]


def _countable(rule: Recurrence) -> list[tuple[int, int]]:
    """Leave out the numbered weekdays that no month has: dateutil fails on them where it should find nothing."""
    if rule.freq == "YEARLY" and not rule.by_month:
        return list(rule.by_day)
    return [(number, day) for number, day in rule.by_day if abs(number) <= _MOST_IN_MONTH]


def _numbers_can_match(rule: Recurrence) -> bool:
    numbered = [number for number, _ in rule.by_day if number]
    return not numbered or any(number for number, _ in _countable(rule))


def _by_day(rule: Recurrence, start: date, year: int) -> list[date]:
    """Expand a daily or weekly rule: the days its parts admit, every n-th day or week of them, then the positions."""
    week_of = _weeks_since(start, rule.week_start)
    index = week_of if rule.freq == "WEEKLY" else lambda day: (day - start).days
    years = range(year - 1, year + 2) if rule.by_set_pos else (year,)
    days = [
        day for one in years for day in _admitted(rule, start, one) if day >= start and index(day) % rule.interval == 0
    ]
    if rule.by_set_pos:
        days = [day for _, period in groupby(days, index) for day in _positions(list(period), rule.by_set_pos)]
    return [day for day in days if day.year == year]


def _admitted(rule: Recurrence, start: date, year: int) -> list[date]:
    if not 1 <= year < _ONLY_ONCE:
        return []
    default = [start.weekday()] if rule.freq == "WEEKLY" else list(range(7))
    changed = {} if rule.by_day else {"byweekday": default}
    return _matching(rule, rrule.YEARLY, date(year, 1, 1), bysetpos=None, **changed)


def _weeks_since(start: date, week_start: int) -> Callable[[date], int]:
    first = start - timedelta(days=(start.weekday() - week_start) % 7)
    return lambda day: (day - first).days // 7


def _positions(days: list[date], positions: Numbers) -> list[date]:
    picked = {p - 1 if p > 0 else len(days) + p for p in positions}
    return [day for number, day in enumerate(days) if number in picked]
