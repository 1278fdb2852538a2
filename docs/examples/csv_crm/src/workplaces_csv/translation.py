"""From rows to what Workplaces decides with. Pure: the same rows always give the same entities and problems."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs

import workplaces_core as wp
from workplaces_core.changes import Kind
from workplaces_csv.tables import Row, Table

FIELD = "fields."
"""How the columns of custom fields begin."""

COLUMNS: dict[Kind, tuple[str, ...]] = {
    "account": ("id", "timezone"),
    "user": ("id", "name"),
    "group": ("id", "name"),
    "task_type": ("id", "name"),
    "field": ("entity", "id", "name", "type"),
    "deal": ("id", "name", "responsible"),
    "contact": ("id", "name", "responsible"),
    "company": ("id", "name", "responsible"),
    "task": ("id", "type", "text", "responsible", "created", "due"),
}
"""The columns that a table of a kind must have; others may be there."""

COMPLETION = ("completed", "result")
"""The columns that a table of tasks must have as well: completing a task writes them."""

_KEYS: dict[Kind, tuple[str, ...]] = {"account": (), "field": ("entity", "id")}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")

Types = dict[tuple[str, str], str]
"""The types of fields, by entity and id."""


def changes(kind: Kind, table: Table, types: Types) -> Iterator[wp.Set | wp.Problem]:
    """Translate each row into an entity, or into the problems because of which it is set aside."""
    seen: set[tuple[str, ...]] = set()
    for line, row, beyond in table.named():
        try:
            yield _change(kind, row, beyond, types, seen)
        except wp.ChangesError as error:
            for problem in error.problems:
                column = problem.path.removeprefix("[0].value").lstrip(".")
                yield attrs.evolve(problem, path=f"{table.path.name}:{line} {column}".rstrip())


def _change(kind: Kind, row: Row, beyond: list[str], types: Types, seen: set[tuple[str, ...]]) -> wp.Set:
    if beyond:
        raise _wrong("", beyond[0], "stands beyond the last column")
    key = tuple(row[column] for column in _KEYS.get(kind, ("id",)))
    if key in seen:
        raise _wrong("id", row["id"], "is there already, it must be unique")
    seen.add(key)
    (change,) = wp.wire.load_changes([{"op": "set", "kind": kind, "value": _value(kind, row, types)}])
    assert isinstance(change, wp.Set)
    return change


def _wrong(column: str, cell: str, message: str) -> wp.ChangesError:
    return wp.ChangesError([wp.Problem(column, cell, message)])


def _value(kind: Kind, row: Row, types: Types) -> dict[str, Any]:
    """Give a row in wire form; cells that are wrong stay texts, which the reader of the core refuses by name."""
    known = {column: read(row[column]) for column, read in _READERS[kind].items() if row.get(column, "") != ""}
    value = {column: row[column] for column in COLUMNS[kind]} | known
    if kind in {"deal", "contact", "company"}:
        value["responsible"] = row["responsible"] or None
        value["fields"] = dict(_fields(kind, row, types))
    if kind == "task" and row.get("subject_id"):
        value["subject"] = {"kind": row.get("subject_kind", ""), "id": row["subject_id"]}
    return value


def _fields(kind: Kind, row: Row, types: Types) -> Iterator[tuple[str, Any]]:
    for column, cell in row.items():
        if column.startswith(FIELD) and cell:
            name = column.removeprefix(FIELD)
            type_ = types.get((kind, name), "text")
            if type_ == "number" and not _NUMBER.fullmatch(cell):
                raise _wrong(column, cell, "must be a number such as 1500 or -2.5")
            yield name, _BY_TYPE.get(type_, str)(cell)


def _boolean(cell: str) -> Any:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _list(cell: str) -> list[str]:
    """Split a cell at semicolons; an item with a semicolon stands in quotes, as a cell with a comma does.

    >>> _list('vip;"a;b"')
    ['vip', 'a;b']
    """
    return next(csv.reader([cell], delimiter=";"))


Read = Callable[[str], Any]
_SUBJECT: dict[str, Read] = {"tags": _list}
_READERS: dict[Kind, dict[str, Read]] = {
    "account": {},
    "user": {"active": _boolean, "groups": _list},
    "group": {},
    "task_type": {},
    "field": {"options": _list},
    "deal": {**_SUBJECT, "contacts": _list, "company": str},
    "contact": _SUBJECT,
    "company": _SUBJECT,
    "task": {"completed": _boolean},
}
_BY_TYPE: dict[str, Read] = {
    "number": json.loads,
    "boolean": _boolean,
    "date": lambda cell: {"date": cell},
    "datetime": lambda cell: {"instant": cell},
    "options": _list,
    "texts": _list,
}
