"""The wire forms of single values, both directions: dates, instants, wall times, field values.

Readers raise ValueError with what would be right; the caller knows the path and the value.
"""

from __future__ import annotations

import math
import re
import sys
from datetime import UTC, date, datetime
from typing import Any

from workplaces_core.model import FieldValue
from workplaces_core.recurrence import YEARS
from workplaces_core.wire.json_text import RepeatedKeys

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_WALL = re.compile(r"([0-9]{2}):([0-9]{2})")
_INTEGERS = range(-(2**63), 2**63)
_SPAN = f"years {YEARS[0]} to {YEARS[1]}"
_DATE_RULE = "must be a date YYYY-MM-DD"
_INSTANT_RULE = "must be an instant YYYY-MM-DDTHH:MM[:SS[.ffffff]] with Z or ±HH:MM"


def read_text(value: Any) -> str:
    """Read a text that can be written as UTF-8."""
    if not isinstance(value, str):
        msg = "must be a text"
        raise ValueError(msg)  # noqa: TRY004 - all readers raise one kind of error
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            msg = "must be a text without lone surrogates"
            raise ValueError(msg) from None
    return value


def read_id(value: Any) -> str:
    """Read an id: any text that is not empty. Equal ids become one object, most stand in many places."""
    if value == "":
        msg = "must not be empty"
        raise ValueError(msg)
    return sys.intern(read_text(value))


def read_integer(value: Any, low: int = _INTEGERS[0], high: int = _INTEGERS[-1]) -> int:
    """Read a whole number within bounds; a boolean or a number with a point is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        msg = f"must be a whole number from {low} to {high}"
        raise ValueError(msg)
    return value


def read_any_date(value: Any) -> date:
    """Read a date of any year, as field values may hold: people were born before 1970.

    >>> read_any_date("1961-04-12")
    datetime.date(1961, 4, 12)
    """
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise ValueError(_DATE_RULE)


def read_date(value: Any) -> date:
    """Read a date of the years 1970 to 2199."""
    day = read_any_date(value)
    if not YEARS[0] <= day.year <= YEARS[1]:
        msg = f"{_DATE_RULE}, {_SPAN}"
        raise ValueError(msg)
    return day


def read_any_instant(value: Any) -> datetime:
    """Read an instant of any year, as field values may hold."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError(_INSTANT_RULE)


def read_instant(value: Any) -> datetime:
    """Read an instant of the years 1970 to 2199 in UTC.

    >>> read_instant("2026-11-24T10:00+03:00").isoformat()
    '2026-11-24T07:00:00+00:00'
    """
    moment = read_any_instant(value)
    if not YEARS[0] <= moment.year <= YEARS[1]:
        msg = f"{_INSTANT_RULE}, {_SPAN} in UTC"
        raise ValueError(msg)
    return moment


def read_due(value: Any) -> date:
    """Read a due: a date for an all-day task, an instant for an exact-time one."""
    if isinstance(value, str) and "T" in value:
        return read_instant(value)
    try:
        return read_date(value)
    except ValueError as error:
        msg = f"{error}, or an instant with Z or ±HH:MM"
        raise ValueError(msg) from None


def read_wall_time(value: Any, low: int, high: int) -> int:
    """Read a wall time `HH:MM` as minutes, within bounds."""
    match = _WALL.fullmatch(value) if isinstance(value, str) else None
    if match is not None and int(match[2]) < 60 and low <= int(match[1]) * 60 + int(match[2]) <= high:  # noqa: PLR2004
        return int(match[1]) * 60 + int(match[2])
    msg = f"must be a wall time from {wall_time_text(low)} to {wall_time_text(high)}"
    raise ValueError(msg)


def wall_time_text(minutes: int) -> str:
    """Write minutes after midnight as a wall time.

    >>> wall_time_text(24 * 60)
    '24:00'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def moment_text(value: date) -> str:
    """Write a date or an instant; an instant in UTC, with six digits of a second or none.

    >>> moment_text(datetime(2026, 11, 24, 7, 0, 0, 500, tzinfo=UTC)), moment_text(date(2026, 11, 24))
    ('2026-11-24T07:00:00.000500Z', '2026-11-24')
    """
    if not isinstance(value, datetime):
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_scalar(value: Any) -> FieldValue:
    """Read a text, number, boolean, date or instant in field-value form."""
    if isinstance(value, RepeatedKeys):
        msg = "must not have a key twice"
        raise ValueError(msg)  # noqa: TRY004
    match value:
        case bool():
            return value
        case str():
            return read_text(value)
        case int():
            return read_integer(value)
        case float():
            if math.isfinite(value):
                return value
            msg = "must be a finite number"
            raise ValueError(msg)
        case {"date": day, **rest} if not rest:
            return read_any_date(day)
        case {"instant": moment, **rest} if not rest:
            return read_any_instant(moment)
    msg = 'must be a text, a number, a boolean, {"date": ...} or {"instant": ...}'
    raise ValueError(msg)


def read_texts(value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    if not isinstance(value, list):
        msg = "must be a list of texts"
        raise ValueError(msg)  # noqa: TRY004
    return tuple(read_text(text) for text in value)


def read_field_value(value: Any) -> FieldValue | None:
    """Read what a field may hold: nothing, a scalar or a list of texts.

    >>> read_field_value({"date": "2026-11-24"}), read_field_value(["vip"])
    (datetime.date(2026, 11, 24), ('vip',))
    """
    if value is None:
        return None
    return read_texts(value) if isinstance(value, list) else read_scalar(value)


def field_value_form(value: Any) -> Any:
    """Write a field value, or a constant of a condition, in field-value form."""
    if isinstance(value, date):
        return {"instant" if isinstance(value, datetime) else "date": moment_text(value)}
    if isinstance(value, tuple):
        return [field_value_form(part) for part in value]
    return value
