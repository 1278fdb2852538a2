"""Small pools of awkward values: ids that collide, instants near gaps, folds and midnights, rules that never occur.

They are small so that ties are common, and awkward so that the few values there are count.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from workplaces_core.model import FieldValue
from workplaces_core.policy import DAY_MINUTES
from workplaces_core.rules.zones import local_date

IDS: dict[str, tuple[str, ...]] = {
    "user": ("u1", "u2", "u/3", "ю4"),
    "group": ("g1", "g2", "группа"),
    "task_type": ("1", "2", "10"),
    "task": ("t1", "t2", "t10", "T1", "t/1", "t.1", " ", "é", "e\u0301", "😀", "\uffff"),
    "deal": ("d1", "d2", "d.3"),
    "contact": ("c1", "c2", "x"),
    "company": ("o1", "o2", "x"),
    "field": ("price", "when", "labels", "stage", "a.b", "name"),
    "role": ("sales", "r/2", "роль"),
    "interval": ("i1", "i2", "утро"),
    "priority": ("p1", "p2", "p.3", "я"),
}
"""The ids of each kind; some are composed of others, some differ only by case or by Unicode form."""

NOBODY = "nobody"
"""An id that no user, group or entity of the pools has."""

ZONES = (
    "UTC", "Europe/Moscow", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Havana",
    "Africa/Cairo", "Asia/Beirut", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
    "Pacific/Kiritimati",
)  # fmt: skip
"""Zones with clock changes of half an hour, at midnight, over a whole day, and with none."""

FIXED_OFFSETS = ("UTC", "Etc/GMT-3", "Etc/GMT+11", "Etc/GMT-14")
"""Zones whose offset never changes; their names have the sign turned round."""

_AWKWARD = (
    ("2026-11-24T09:00", "Europe/Moscow"),  # a day like any other
    ("2024-03-31T01:00", "Europe/Berlin"), ("2024-10-27T01:00", "Europe/Berlin"),
    ("2024-11-03T06:00", "America/New_York"), ("2024-03-10T05:30", "America/St_Johns"),
    ("2006-10-29T02:31", "America/St_Johns"),  # back across midnight: a date begins, and begins again
    ("2024-03-10T05:00", "America/Havana"), ("2024-11-03T05:00", "America/Havana"),
    ("2024-04-25T22:00", "Africa/Cairo"), ("2024-10-31T21:00", "Africa/Cairo"),
    ("2024-03-30T22:00", "Asia/Beirut"), ("2024-10-26T21:00", "Asia/Beirut"),
    ("2024-04-06T15:00", "Australia/Lord_Howe"), ("2024-10-05T15:30", "Australia/Lord_Howe"),
    ("2024-04-06T14:00", "Pacific/Chatham"), ("2011-12-30T10:00", "Pacific/Apia"),
    ("2026-12-31T10:00", "Pacific/Kiritimati"), ("2028-02-29T12:00", "UTC"), ("2026-12-31T23:59", "UTC"),
    ("2014-10-25T22:00", "Europe/Moscow"), ("2026-11-23T18:30", "Asia/Kolkata"),
)  # fmt: skip

AWKWARD_MOMENTS = tuple((datetime.fromisoformat(text).replace(tzinfo=UTC), zone) for text, zone in _AWKWARD)
"""Instants worth looking at, each with the zone that makes it so."""

AROUND, _ = AWKWARD_MOMENTS[0]
"""The moment that strategies are about when they are not told."""

NEVER = (
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=MO,2TU", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3",
    "FREQ=DAILY;BYDAY=SU;BYSETPOS=2", "FREQ=MONTHLY;BYDAY=53MO",
)  # fmt: skip
"""Rules that are accepted and never occur."""

TIMES = (
    *[(0, DAY_MINUTES)] * 3, *[(0, 23 * 60 + 30)] * 3, *[(1, DAY_MINUTES)] * 2, *[(18 * 60, 17 * 60)] * 2,
    (0, 12 * 60), (12 * 60, DAY_MINUTES), (9 * 60, 13 * 60), (9 * 60, 18 * 60), (13 * 60, 18 * 60),
    (10 * 60, 10 * 60 + 1),
    (150, 180), (135, 165), (60, 120), (0, 60), (0, 1), (DAY_MINUTES - 1, DAY_MINUTES),
    (22 * 60, 6 * 60), (22 * 60, 30), (23 * 60 + 30, 150), (DAY_MINUTES - 1, 1),
)  # fmt: skip
"""Starts and ends of intervals, in minutes after midnight: all day, touching ones, in gaps, across midnight."""

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WEEKDAYS = (
    *[EVERY_DAY] * 6, (0, 1, 2, 3, 4), (5, 6), (0, 2, 4), (1, 6), (3,), (),
)  # fmt: skip
"""Days on which an interval starts."""

TAGS = ("vip", "new", "VIP", "Straße")
NAMES = ("", "Acme", "ACME, 20 pcs", "Боб", " ")
TEXTS = ("", "a", "A", "Acme", "STRASSE", "Straße", "0", "true", "u1", "1", "2026-11-24")
NUMBERS = (0, 1, -1, 0.5, 150000, 150000.0, 2**53, 2**53 + 1, float(2**53), -(2**63), 2**63 - 1, 1e300)


@cache
def instants_near(around: datetime) -> tuple[datetime, ...]:
    """Give instants near another one, mostly within its day, the instant itself first.

    >>> instants_near(AROUND)[0] == AROUND
    True
    """
    minutes = (0, 5, -5, 60, -60, 30, -30, 180, -180, 12 * 60, -12 * 60, DAY_MINUTES, -DAY_MINUTES, 3 * DAY_MINUTES)
    moments = [around + timedelta(minutes=each) for each in minutes]
    return (*moments, around + timedelta(microseconds=1), around - timedelta(microseconds=1))


@cache
def dates_near(around: datetime, zone: str = "UTC") -> tuple[date, ...]:
    """Give the local date of an instant, the next one, and some before and after.

    >>> [day.day for day in dates_near(AROUND)]
    [24, 25, 23, 26, 17]
    """
    today = local_date(around, ZoneInfo(zone))
    return tuple(today + timedelta(days=each) for each in (0, 1, -1, 2, -7))


@cache
def values_near(around: datetime) -> tuple[FieldValue | None, ...]:
    """Give field values of every kind, all forms of a missing one too.

    >>> sorted({type(value).__name__ for value in values_near(AROUND)})
    ['NoneType', 'bool', 'date', 'datetime', 'float', 'int', 'str', 'tuple']
    """
    listed: Any = [("vip",), ("new", "vip"), ("Straße", "VIP", "VIP")]
    moments = [*dates_near(around), *instants_near(around)[:6], date(1961, 4, 12)]
    return (None, (), True, False, *NUMBERS, *TEXTS, *listed, *moments)
