"""What an employee says, looked at before it is recorded: a wish that no CRM can hold would be tried for ever."""

from __future__ import annotations

from datetime import date, datetime

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.wire.forms import moment_text, read_due, read_text


def plain_text(path: str, text: str) -> str:
    r"""Give back a text. Raises InvalidInput for one that cannot be written as UTF-8.

    >>> plain_text("result", "reached")
    'reached'
    >>> plain_text("result", "\ud800")
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: result: `"\ud800"` must be a text without lone surrogates
    """
    try:
        return read_text(text)
    except ValueError as error:
        raise InvalidInput([Problem(path, text, str(error))]) from None


def plain_key(key: str | None) -> str | None:
    """Give back a key, if there is one. Raises as `plain_text` does."""
    return None if key is None else plain_text("key", key)


def due_text(due: date) -> str:
    """Write a new due. Raises InvalidInput for a naive datetime, and outside the years 1970 to 2199.

    >>> due_text(date(2026, 12, 1))
    '2026-12-01'
    >>> due_text(date(2200, 1, 1))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: due: `"2200-01-01"` must be a date YYYY-MM-DD, years 1970 to 2199...
    """
    if isinstance(due, datetime) and due.utcoffset() is None:
        raise InvalidInput([Problem("due", str(due), "has no time zone, give a date or an aware datetime")])
    text = moment_text(due)
    try:
        read_due(text)
    except ValueError as error:
        raise InvalidInput([Problem("due", text, str(error))]) from None
    return text
