"""Rows checked where they are read: record batches of a history in, good and bad rows out, in the order of the file.

A Spark task reads runs of rows that follow each other. Whether a row is right by itself is settled at once; whether it
lies before an earlier one of its account depends on the runs before as well, and is settled when all are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workplaces_core.history.arrow_form import SCHEMA, conform, table_of
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa
from workplaces_core.history.facts import instant
from workplaces_core.history.validating import BadRow, Row, checked_rows
from workplaces_core.rules.ordering import microseconds

Batches = Iterator[pa.RecordBatch]

EVENT = "account string, at bigint, op string, kind string, id string, value string"
CHECKED = f"{EVENT}, row bigint, run bigint, earlier bigint, bad string"
"""An event, its moment in microseconds; the place of its row among all, and that of the first row of its run. `bad`
says what is wrong with a row, its event is then null. `earlier` is set where a row lies before one of its account that
came before it in the run: it is the moment of that one."""
SET_ASIDE = "row bigint, bad string"

_NUMBERS = ("at", "row", "run", "earlier")
_CHECKED = pa.schema(
    (name, pa.int64() if name in _NUMBERS else pa.string())
    for name in ("account", "at", "op", "kind", "id", "value", "row", "run", "earlier", "bad")
)
_SET_ASIDE = pa.schema([("row", pa.int64()), ("bad", pa.string())])

FILE_BITS = 40
"""A row's place is the number of its file, and in so many bits its number in the file, both from 0."""


def checked(batches: Batches) -> Batches:
    """Check rows each by itself. In: the columns of a history, and `row`, in the order of the file; out: CHECKED."""
    run = following = -1
    latest: dict[str, datetime] = {}
    for batch in batches:
        good, bad = list[tuple[Event, int, int, int | None]](), list[dict[str, Any]]()
        for place, found in zip(batch.column("row").to_pylist(), _rows(batch), strict=True):
            if place != following:
                run, latest = place, {}
            following = place + 1
            if isinstance(found, Row):
                good.append((found.event(), place, run, _earlier(found, latest)))
            else:
                bad.append({"row": place, "run": run, "bad": _line(found)})
        yield from _good_rows(good).to_batches()
        yield from pa.Table.from_pylist(bad, schema=_CHECKED).to_batches()


def too_early(batches: Batches) -> Batches:
    """Say that rows lie before the moment `before`. In: a history's columns, `row`, `before`; out: SET_ASIDE."""
    for batch in batches:
        before = batch.column("before").to_pylist()
        lines = [
            _line(found.too_early(instant(at)) if isinstance(found, Row) else found)
            for found, at in zip(_rows(batch), before, strict=True)
        ]
        yield pa.RecordBatch.from_arrays([batch.column("row"), pa.array(lines, pa.string())], schema=_SET_ASIDE)


def _rows(batch: pa.RecordBatch) -> Iterator[Row | BadRow]:
    cells = conform(pa.Table.from_batches([batch.select(SCHEMA.names)]), holes=True).to_pylist()
    numbers = [(place & (1 << FILE_BITS) - 1) + 1 for place in batch.column("row").to_pylist()]
    return checked_rows(zip(numbers, cells, strict=True))


def _earlier(row: Row, latest: dict[str, datetime]) -> int | None:
    before = latest.get(row.account)
    if before is not None and row.at < before:
        return microseconds(before)
    latest[row.account] = row.at
    return None


def _line(row: BadRow) -> str:
    return json.dumps(row.form(), ensure_ascii=True)


def _good_rows(rows: list[tuple[Event, int, int, int | None]]) -> pa.Table:
    events, *numbers = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = table_of(events)
    columns = [table.column(name).cast(_CHECKED.field(name).type) for name in _CHECKED.names[:6]]
    columns += [pa.array(each, pa.int64()) for each in numbers]
    return pa.table([*columns, pa.nulls(len(rows), pa.string())], schema=_CHECKED)
