"""Rows of a history, read one by one: good ones are events, bad ones are set aside with what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from workplaces_core.changes import KINDS, about
from workplaces_core.errors import ChangesError, Problem
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.wire import forms, load_changes
from workplaces_core.wire.json_text import parse, repeated_keys
from workplaces_core.wire.refusals import Refused, as_path, key_step

if TYPE_CHECKING:
    from workplaces_core.changes import Change

COLUMNS = ("at", "account", "op", "kind", "id", "value")
ALL_KINDS = (*KINDS, TAKEN, FINISHED)
_AT_ONCE = 500
"""Values are read so many at once: one call of the reader costs more than a row."""
_DEEPEST = 64
"""So deep may what people keep with `taken` and `finished` be nested; whoever writes it out again must be able to."""
_LONGEST = 20
_PLACE = re.compile(r"\[(\d+)\]\.?(.*)")

Cells = dict[str, Any]
"""The columns of one row; `at` is a text, or an aware datetime where the file has types."""


@frozen
class BadRow:
    """A row that was set aside: its number from 1, which in JSON Lines is its line, what is wrong, and the row."""

    row: int
    problem: Problem
    content: Any

    def form(self) -> dict[str, Any]:
        """Write it in plain JSON values."""
        problem = self.problem
        content = self.content if isinstance(self.content, str) else {k: _plain(v) for k, v in self.content.items()}
        told = {"path": problem.path, "value": _plain(problem.value), "message": problem.message}
        return {"row": self.row, **told, "content": content}


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such numbers
    return forms.moment_text(value) if isinstance(value, datetime) else value


def read_lines(lines: Iterable[str], *, whole: bool = False) -> Iterator[Event | BadRow]:
    r"""Read JSON Lines. Empty lines are passed over; `whole` is as in `read_rows`.

    >>> row = {"at": "2026-11-24T07:00Z", "account": "acme", "op": "set", "kind": "task", "id": "t1"}
    >>> row["value"] = '{"id": "t1"}'
    >>> import json
    >>> for bad in read_lines([json.dumps(row), "no JSON"]):
    ...     print(bad.row, bad.problem)
    1 value.type: is required
    2 `"no JSON"` is not JSON: Expecting value, line 1 column 1
    """
    return read_rows(_parsed(lines), whole=whole)


def _parsed(lines: Iterable[str]) -> Iterator[tuple[int, Cells | BadRow]]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        try:
            cells = parse(forms.read_text(text))
        except Refused as refused:
            yield number, BadRow(number, refused.problems[0], text)
            continue
        except ValueError as error:
            yield number, BadRow(number, Problem("", None, str(error)), text)
            continue
        problem = _shape(cells)
        yield number, cells if problem is None else BadRow(number, problem, text)


def _shape(cells: Any) -> Problem | None:
    unusual = _unusual(cells, "", 0)
    if unusual is not None:
        return unusual
    if not isinstance(cells, dict):
        return Problem("", cells, f"must be an object with {', '.join(COLUMNS)}")
    unknown = [name for name in cells if name not in COLUMNS]
    if unknown:
        return Problem(unknown[0], cells[unknown[0]], f"is not a column of a history, those are {', '.join(COLUMNS)}")
    return None


def read_rows(rows: Iterable[tuple[int, Cells | BadRow]], *, whole: bool = False) -> Iterator[Event | BadRow]:
    """Read rows by their columns, each with its number. Those of an account must be in time order.

    When they are a `whole` history, the account itself comes first: rows before it are bad.
    """
    latest: dict[str, datetime] = {}
    for found in checked_rows(rows):
        if isinstance(found, Row):
            yield _unknown(found, latest) if whole and found.account not in latest else _in_order(found, latest)
        else:
            yield found


def checked_rows(rows: Iterable[tuple[int, Cells | BadRow]]) -> Iterator[Row | BadRow]:
    """Check rows each by itself, one for one; whether they are in time order is for others to check."""
    rows = iter(rows)
    while part := list(islice(rows, _AT_ONCE)):
        yield from _with_values([_checked(number, each) for number, each in part])


@frozen
class Row:
    """A row that is right by itself; `parsed` is its value."""

    row: int
    at: datetime
    account: str
    op: str
    kind: str
    id: str
    parsed: Any
    content: Cells

    def event(self) -> Event:
        """Give the event it tells of."""
        return Event(self.at, self.account, self.op, self.kind, self.id, self.parsed)  # type: ignore[arg-type]

    def too_early(self, before: datetime) -> BadRow:
        """Set it aside: another row of its account came before it, and happened later."""
        rule = f"must not lie before {forms.moment_text(before)}, the row of this account before it"
        return BadRow(self.row, Problem("at", _plain(self.content["at"]), rule), self.content)


def _checked(number: int, cells: Cells | BadRow) -> Row | BadRow:
    if isinstance(cells, BadRow):
        return cells
    try:
        at = _read("at", _instant, cells)
        account, id_ = (_read(name, forms.read_id, cells) for name in ("account", "id"))
        kind = _read("kind", _one_of(ALL_KINDS), cells)
        op = _read("op", _one_of(("set",) if kind in (TAKEN, FINISHED) else ("set", "remove")), cells)
        return Row(number, at, account, op, kind, id_, _value(op, cells), cells)
    except Refused as refused:
        return BadRow(number, refused.problems[0], cells)


def _read(name: str, read: Any, cells: Cells) -> Any:
    value = cells.get(name)
    if value is None:
        raise Refused([Problem(name, None, "is required")])
    try:
        return read(value)
    except ValueError as error:
        raise Refused([Problem(name, _plain(value), str(error))]) from None


def _instant(value: Any) -> datetime:
    return forms.read_instant(_plain(value))


def _one_of(allowed: Sequence[str]) -> Any:
    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            msg = f"must be one of {', '.join(allowed)}"
            raise ValueError(msg)
        return value

    return read


def _value(op: str, cells: Cells) -> Any:
    text = cells.get("value")
    if op == "remove":
        if text is not None:
            raise Refused([Problem("value", text, "must be null where op is remove")])
        return None
    if not isinstance(text, str):
        raise Refused([Problem("value", text, "must be the JSON text of the entity")])
    try:
        return parse(text)
    except Refused as refused:
        raise Refused([evolve(problem, path=as_path("value", problem.path)) for problem in refused.problems]) from None


def _with_values(rows: Sequence[Row | BadRow]) -> Iterator[Row | BadRow]:
    """Read the values of rows together, and set aside those that cannot be meant."""
    asked = [(place, row) for place, row in enumerate(rows) if isinstance(row, Row) and row.kind in KINDS]
    found: dict[int, Problem] = {}
    changes = _changes([row for _, row in asked], found)
    bad = {asked[number][0]: problem for number, problem in found.items()}
    named = {asked[number][0]: about(change) for number, change in changes.items()}
    for place, row in enumerate(rows):
        if isinstance(row, BadRow):
            yield row
            continue
        problem = bad.get(place) or _mismatch(row, named.get(place))
        yield row if problem is None else BadRow(row.row, problem, row.content)


def _changes(rows: list[Row], bad: dict[int, Problem]) -> dict[int, Change]:
    """Read changes at once; those with problems are noted in `bad`, and the others read again."""
    forms_ = {number: _form(row) for number, row in enumerate(rows)}
    while forms_:
        numbers = list(forms_)
        try:
            return dict(zip(numbers, load_changes(forms_.values()), strict=True))
        except ChangesError as error:
            for problem in error.problems:
                match = _PLACE.fullmatch(problem.path)
                assert match is not None
                number = numbers[int(match[1])]
                unusual = _unusual(rows[number].parsed, "value", 0)
                bad.setdefault(number, unusual or Problem(match[2], problem.value, problem.message))
                forms_.pop(number, None)
    return {}


def _form(row: Row) -> Cells:
    last = {"id": row.id} if row.op == "remove" else {"value": row.parsed}
    return {"op": row.op, "kind": row.kind, **last}


def _mismatch(row: Row, named: str | None) -> Problem | None:
    """Compare what the columns say with what the value says."""
    if row.kind in KINDS:
        same = named is None or named == row.id
        return None if same else Problem("id", row.id, f"must be `{named}`, as the value says")
    value = row.parsed
    if not isinstance(value, dict):
        return Problem("value", value, "must be an object with user and task")
    unusual = _unusual(value, "value", 0)
    if unusual is not None:
        return unusual
    for name in ("user", "task"):
        try:
            forms.read_id(value.get(name, ""))
        except ValueError as error:
            return Problem(f"value.{name}", value.get(name), str(error) if name in value else "is required")
    return None if value["task"] == row.id else Problem("id", row.id, f"must be `{value['task']}`, as the value says")


def _unusual(value: Any, path: str, depth: int) -> Problem | None:
    """Find what a JSON text may say and nobody can keep: keys given twice, lone surrogates, numbers out of range."""
    if isinstance(value, dict | list):
        if depth == _DEEPEST:
            return Problem(f"{path[:_LONGEST]}…", None, f"must not be nested more than {_DEEPEST} deep")
        return _unusual_inside(value, path, depth + 1)
    if isinstance(value, float) and not math.isfinite(value):
        return Problem(path, _plain(value), "must be a finite number")
    try:
        if isinstance(value, str):
            forms.read_text(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            forms.read_integer(value)
    except ValueError as error:
        return Problem(path, value, str(error))
    return None


def _unusual_inside(value: dict[str, Any] | list[Any], path: str, depth: int) -> Problem | None:
    if isinstance(value, list):
        found = (_unusual(each, as_path(path, f"[{number}]"), depth) for number, each in enumerate(value))
        return next((problem for problem in found if problem is not None), None)
    for repeated in repeated_keys(value):
        return evolve(repeated, path=as_path(path, repeated.path), value=_told(repeated.value))
    for name, each in value.items():
        if _is_usual(name) and _is_usual(each):
            continue
        step = as_path(path, key_step(name))
        problem = _unusual(name, step, depth) or _unusual(each, step, depth)
        if problem is not None:
            return problem
    return None


def _is_usual(value: Any) -> bool:
    """Tell at once, of what most values are, that there is nothing unusual about it."""
    return value is None or (isinstance(value, str) and value.isascii())


def _told(value: Any) -> Any:
    """Give a value for a message, without what JSON cannot hold in it."""
    return _plain(value) if not isinstance(value, dict | list) else None


def _unknown(row: Row, latest: dict[str, datetime]) -> Event | BadRow:
    """Read a row of an account of which no row was good yet: it must set the account itself."""
    if row.kind == "account":
        return _in_order(row, latest)
    rule = "must be set by an earlier row, of kind account: a history begins with the account"
    return BadRow(row.row, Problem("account", row.account, rule), row.content)


def _in_order(row: Row, latest: dict[str, datetime]) -> Event | BadRow:
    before = latest.get(row.account)
    if before is not None and row.at < before:
        return row.too_early(before)
    latest[row.account] = row.at
    return row.event()
