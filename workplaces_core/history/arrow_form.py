"""A history as an Arrow table: its columns, and the two directions between rows of it and events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa

if TYPE_CHECKING:
    from workplaces_core.history.versions import Incoming

AT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        pa.field("at", AT, nullable=False),
        pa.field("account", pa.string(), nullable=False),
        pa.field("op", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("value", pa.string()),
    ]
)
"""`workplaces/history/1`; `value` is JSON text. In Parquet it may have more columns, they are passed over."""

NUMBER = "number"
"""The number of an event in its account's history, from 0; a column that partitions have beside those of SCHEMA."""

BATCH = 65_536


def table_of(events: Iterable[Event]) -> pa.Table:
    """Put events into a table.

    >>> from datetime import UTC, datetime
    >>> table_of([Event(datetime(2026, 11, 24, tzinfo=UTC), "acme", "remove", "task", "t1", None)]).num_rows
    1
    """
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for event in events:
        for name, value in zip(SCHEMA.names, _row(event), strict=True):
            columns[name].append(value)
    return pa.table(columns, schema=SCHEMA)


def _row(event: Event) -> tuple[Any, ...]:
    value = None if event.value is None else json.dumps(event.value, ensure_ascii=False, separators=(",", ":"))
    return event.at, event.account, event.op, event.kind, event.id, value


def events_of(table: pa.Table) -> Iterator[Event]:
    """Read the events of a table."""
    for batch in table.select(SCHEMA.names).to_batches(max_chunksize=BATCH):
        for at, account, op, kind, id_, value in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield Event(at, account, op, kind, id_, None if value is None else json.loads(value))


def incoming(table: pa.Table) -> Iterator[Incoming]:
    """Give the events of one account's table as the replay reads them."""
    numbered = table if NUMBER in table.column_names else table.append_column(NUMBER, pa.array(range(len(table))))
    names = (NUMBER, "at", "op", "kind", "id", "value")
    for batch in numbered.select(names).to_batches(max_chunksize=BATCH):
        at = batch.column(1).cast(pa.int64())
        columns = [batch.column(0), at, *batch.columns[2:]]
        yield from zip(*(column.to_pylist() for column in columns), strict=True)


def conform(table: pa.Table, *, holes: bool = False) -> pa.Table:
    """Give a table the types of SCHEMA, keeping its number column. Raises InvalidInput when it has not its columns.

    With `holes`, any cell may be null: whoever checks the rows one by one says which one must not be.
    """
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise InvalidInput([Problem(name, None, "is required, it is a column of a history") for name in missing])
    kept = [*SCHEMA.names, *([NUMBER] if NUMBER in table.column_names else [])]
    fields = [*SCHEMA, *([pa.field(NUMBER, pa.int64())] if NUMBER in kept else [])]
    fields = [each.with_nullable(True) for each in fields] if holes else fields  # noqa: FBT003
    try:
        return table.select(kept).cast(pa.schema(fields))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise InvalidInput([Problem("columns", None, f"must have the types of a history: {error}")]) from None
