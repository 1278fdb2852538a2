"""Tasks that are an Arrow table already: one row a task, one column a path; encoded without making an object a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, overload

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.columns import Coded, Column, Numbers, Texts, narrowed, texts_of
from workplaces_core.history.extra import Array, np, pa, pc
from workplaces_core.history.facts import Facts
from workplaces_core.history.gathering import TASK_PATHS

REQUIRED = ("id", "type", "responsible", "created", "due_date", "due_at")
"""`created` and `due_at` are timestamps in UTC, `due_date` dates; of the dues, exactly one is not null in every row."""
_ORDINAL = 719_163
"""The number of 1970-01-01 as a date of Python's."""


class Ids(Sequence[str]):
    """Texts of an Arrow column, read one at a time."""

    def __init__(self, column: pa.Array) -> None:
        """Keep the column."""
        self._column = column

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...
    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        """Give the text of a row."""
        if isinstance(row, slice):
            return [str(each) for each in self._column[row]]
        return str(self._column[row].as_py())

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._column)


def facts_of(table: pa.Table, paths: Iterable[str], kept_whole: Iterable[str] = ()) -> Facts:
    """Encode a table of tasks. `paths` are columns beside REQUIRED; `kept_whole` those that plugins' rules read.

    An absent column means that the path is missing everywhere. Tables of several batches are fine. Raises InvalidInput
    when a required column is missing, an id stands twice, or a row has no due, or two.
    """
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise InvalidInput([Problem(name, None, "is required, it is a column of tasks") for name in missing])
    all_day = ~_flags(pc.is_null(table.column("due_date")))
    _refuse_unusable(table, all_day)
    date = pc.fill_null(table.column("due_date").cast(pa.date32()).cast(pa.int32()), 0)
    due = _microseconds(pc.fill_null(table.column("due_at"), _EPOCH))
    due[all_day] = date.to_numpy().astype(np.int64)[all_day] + _ORDINAL
    whole = frozenset(kept_whole)
    return Facts(
        Ids(_one(table.column("id").cast(pa.string()))),
        _coded(table.column("type")),
        _coded(table.column("responsible")),
        _microseconds(table.column("created")),
        due,
        all_day,
        {path: _column(table, path, is_whole=path in whole) for path in paths if path not in TASK_PATHS},
    )


_EPOCH = pa.scalar(0, pa.timestamp("us", tz="UTC"))


def _refuse_unusable(table: pa.Table, all_day: Array) -> None:
    both = np.flatnonzero(all_day != _flags(pc.is_null(table.column("due_at"))))
    if len(both):
        row = int(both[0])
        raise InvalidInput([Problem(f"row {row}", None, "must have either due_date or due_at")])
    counts = pc.count_distinct(table.column("id").cast(pa.string())).as_py()
    if counts != table.num_rows or table.column("id").null_count:
        raise InvalidInput([Problem("id", None, "must not be null, and no id may stand twice")])


def _flags(column: pa.ChunkedArray) -> Array:
    flags: Array = column.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _microseconds(column: pa.ChunkedArray) -> Array:
    moments: Array = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
    return moments if moments.flags.writeable else moments.copy()


def _column(table: pa.Table, path: str, *, is_whole: bool) -> Column:
    if path not in table.column_names:
        return Coded(np.zeros(table.num_rows, dtype=np.uint8), [None])
    column = table.column(path)
    if pa.types.is_list(column.type) and not is_whole:
        return _texts(_one(column))
    if (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)) and not is_whole:
        return _numbers(column)
    if pa.types.is_list(column.type):
        return Coded.of(None if each is None else tuple(each) for each in column.to_pylist())
    return _coded(column)


def _coded(column: pa.ChunkedArray) -> Coded:
    """Encode by Arrow's own dictionary; a code more stands for what is missing."""
    encoded = _one(column).dictionary_encode()
    values: list[Any] = encoded.dictionary.to_pylist()
    codes = pc.fill_null(encoded.indices, len(values)).to_numpy(zero_copy_only=False)
    return Coded(narrowed(codes, len(values) + 1), [*(None if value == "" else value for value in values), None])


def _numbers(column: pa.ChunkedArray) -> Numbers:
    kind = pa.int64() if pa.types.is_integer(column.type) else pa.float64()
    whole = _one(column).cast(kind)
    missing = _flags(pc.is_null(whole))
    return Numbers(pc.fill_null(whole, 0).to_numpy(zero_copy_only=False), missing)


def _texts(column: pa.ListArray) -> Texts:
    """Give every text a bit, and put the bits of each row together."""
    flat = pc.list_flatten(column).dictionary_encode()
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    return texts_of(flat.indices.to_numpy(zero_copy_only=False), lengths, flat.dictionary.to_pylist())
