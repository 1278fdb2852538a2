"""The time of the made-up account: a working Tuesday, 10:40 in Moscow, and days and hours around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workplaces_core.rules.zones import at_wall, zone
from workplaces_core.wire.forms import moment_text

if TYPE_CHECKING:
    from random import Random

NOW = datetime(2026, 11, 24, 7, 40, tzinfo=UTC)

_MOSCOW = zone("Europe/Moscow")
_TODAY = NOW.date()


def _workdays(first: int, last: int) -> tuple[int, ...]:
    offsets = range(first, last + 1)
    return tuple(offset for offset in offsets if (_TODAY + timedelta(days=offset)).weekday() < _SATURDAY)


_SATURDAY = 5
PAST, AHEAD = _workdays(-20, -1), _workdays(1, 30)
"""The workdays of the last three weeks and of the coming month, as days from today."""


def day(offset: int) -> str:
    """Write the date so many days from today.

    >>> day(0), day(-2)
    ('2026-11-24', '2026-11-22')
    """
    return moment_text(_TODAY + timedelta(days=offset))


def at(offset: int, hour: int, minute: int = 0) -> str:
    """Write a time in Moscow, so many days from today.

    >>> at(0, 10, 40)
    '2026-11-24T07:40:00Z'
    """
    return moment_text(at_wall(_TODAY + timedelta(days=offset), hour * 60 + minute, _MOSCOW))


def working_time(rng: Random, offset: int, first: int = 9, last: int = 17) -> str:
    """Write some time of a day, in steps of five minutes, beginning within these hours."""
    return at(offset, rng.randrange(first, last + 1), 5 * rng.randrange(12))
