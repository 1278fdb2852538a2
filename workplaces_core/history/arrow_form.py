"""A history as an Arrow table: its columns, and the two directions between rows of it and events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
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

    With `holes`, any cell may be null: whoever checks the rows one by one says which one must not be. Whole numbers in
    `at` are microseconds since 1970, as partitions have them; files must have timestamps, see refuse_unless_history.
    """
    _refuse([*_ill_named(table.schema), *_ill_typed(table.schema, _is_moment_or_number)])
    kept = [*SCHEMA.names, *([NUMBER] if NUMBER in table.column_names else [])]
    fields = [*SCHEMA, *([pa.field(NUMBER, pa.int64())] if NUMBER in kept else [])]
    fields = [each.with_nullable(True) for each in fields] if holes else fields  # noqa: FBT003
    try:
        return table.select(kept).cast(pa.schema(fields))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        at_fault = [each.name for each in fields if not _casts(table.column(each.name), each.type)]
        name = at_fault[0] if at_fault else "columns"
        raise InvalidInput([Problem(name, None, f"must have the types of a history: {error}")]) from None


def refuse_unless_history(schema: pa.Schema) -> None:
    """Raise InvalidInput unless a file with this schema has the columns of a history, in types that can be read."""
    _refuse([*_ill_named(schema), *_ill_typed(schema, _is_moment)])


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)


def _ill_named(schema: pa.Schema) -> Iterator[Problem]:
    for name in SCHEMA.names:
        count = schema.names.count(name)
        if count != 1:
            yield Problem(name, None, "is given twice" if count else "is required, it is a column of a history")


def _ill_typed(schema: pa.Schema, is_moment: Callable[[pa.DataType], bool]) -> Iterator[Problem]:
    for name in SCHEMA.names:
        if schema.names.count(name) == 1:
            type_ = schema.field(name).type
            if name == "at" and not is_moment(type_):
                yield Problem(name, str(type_), "must be a timestamp with a time zone, such as timestamp[us, tz=UTC]")
            elif name != "at" and not _casts(pa.nulls(0, type_), pa.string()):
                yield Problem(name, str(type_), "must be texts")


def _is_moment(type_: pa.DataType) -> bool:
    """Tell whether instants may be of this type: timestamps with a zone, texts, or nothing at all."""
    if pa.types.is_timestamp(type_):
        return type_.tz is not None
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    return any(is_type(plain) for is_type in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))


def _is_moment_or_number(type_: pa.DataType) -> bool:
    return _is_moment(type_) or bool(pa.types.is_int64(type_))


def _casts(column: Any, type_: pa.DataType) -> bool:
    try:
        column.cast(type_)
    except (pa.ArrowException, ValueError):
        return False
    return True


def cells_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """Give the rows of a batch by their columns, to be checked one by one: an aware datetime or a text in `at`.

    An instant that a datetime cannot hold (nanoseconds, years beyond 1 to 9999), and bytes that are no UTF-8, are given
    as texts that no check lets pass.
    """
    columns = [(_moments if name == "at" else _texts)(batch.column(name)) for name in SCHEMA.names]
    for row in zip(*columns, strict=True):
        yield dict(zip(SCHEMA.names, row, strict=True))


def _moments(column: pa.Array) -> list[Any]:
    if not pa.types.is_timestamp(column.type):
        return _texts(column)
    try:
        return list(column.cast(AT).to_pylist())
    except (pa.ArrowException, ValueError, OverflowError):
        return [_moment(cell) for cell in column]


def _moment(cell: pa.Scalar) -> Any:
    try:
        return cell.cast(AT).as_py()
    except (pa.ArrowException, ValueError, OverflowError):
        return str(cell.cast(pa.timestamp(cell.type.unit, "UTC")).cast(pa.string()).as_py()).replace(" ", "T")


def _texts(column: pa.Array) -> list[Any]:
    try:
        return list(column.cast(pa.string()).to_pylist())
    except (pa.ArrowException, ValueError):
        plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        cells = plain.cast(pa.large_binary()).to_pylist()
        return [None if cell is None else cell.decode("utf-8", "surrogateescape") for cell in cells]
