"""Files of histories: JSON Lines (also gzipped) and Parquet, read and written piece by piece, in bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.arrow_form import BATCH, SCHEMA, conform, table_of
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.validating import BadRow, Cells, read_lines, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable

PARQUET = (".parquet", ".pq")
_FIRST = 100
"""So many bad rows are kept as they are; the others are only counted."""


def is_parquet(path: str | os.PathLike[str]) -> bool:
    """Tell by its name whether a file is Parquet."""
    return Path(path).suffix in PARQUET


def read_file(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    """Read a file row by row, and check every row. Raises InvalidInput when it cannot be read at all."""
    try:
        yield from _parquet(path) if is_parquet(path) else _lines(path)
    except (OSError, EOFError, gzip.BadGzipFile, pa.ArrowInvalid) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n", maxsplit=1)[0]
        raise InvalidInput([Problem(str(path), None, f"cannot be read: {reason}")]) from None


def _lines(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    opening: Any = gzip.open if Path(path).suffix == ".gz" else open
    # Bytes that are no UTF-8 become lone surrogates, so that only their row is refused.
    with opening(path, "rt", encoding="utf-8-sig", errors="surrogateescape") as stream:
        yield from read_lines(stream)


def _parquet(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    with pq.ParquetFile(path) as file:
        _refuse_unless_history(file.schema_arrow, path)
        yield from read_rows(_rows(file))


def _refuse_unless_history(schema: pa.Schema, path: str | os.PathLike[str]) -> None:
    try:
        conform(schema.empty_table())
    except InvalidInput as error:
        raise InvalidInput(
            [Problem(f"{path}: {each.path}", each.value, each.message) for each in error.problems]
        ) from None


def _rows(file: Any) -> Iterator[tuple[int, Cells | BadRow]]:
    number = 0
    for batch in file.iter_batches(batch_size=BATCH // 8, columns=SCHEMA.names):
        table = conform(pa.Table.from_batches([batch]), holes=True)
        for cells in table.to_pylist():
            number += 1
            yield number, cells


@frozen(eq=False)
class HistoryRead:
    """A history in memory, with how many rows were set aside and the first of them."""

    table: pa.Table
    bad: int
    first_bad: tuple[BadRow, ...]


def read_history(
    path: str | os.PathLike[str],
    *,
    set_aside: IO[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> HistoryRead:
    """Read a file as a table of good rows; bad ones go to `set_aside`, a line of JSON each. Raises InvalidInput."""
    sink = BadRows(set_aside)
    tables = []
    for table in in_batches(sink.passed(read_file(path))):
        tables.append(table)
        if progress is not None:
            progress(sum(each.num_rows for each in tables))
    table = pa.concat_tables(tables) if tables else SCHEMA.empty_table()
    return HistoryRead(table, sink.count, tuple(sink.first))


class BadRows:
    """Where bad rows go: counted, the first ones kept, all written to a stream if there is one."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        """Start with none."""
        self._stream, self.count, self.first = stream, 0, list[BadRow]()

    def passed(self, rows: Iterable[Event | BadRow]) -> Iterator[Event]:
        """Let events pass."""
        for row in rows:
            if isinstance(row, Event):
                yield row
            else:
                self.add(row)

    def add(self, row: BadRow) -> None:
        """Set a row aside."""
        self.count += 1
        if len(self.first) < _FIRST:
            self.first.append(row)
        if self._stream is not None:
            self._stream.write(json.dumps(row.form(), ensure_ascii=True) + "\n")


def in_batches(events: Iterable[Event], size: int = BATCH) -> Iterator[pa.Table]:
    """Put events into tables of some size, one at a time."""
    events = iter(events)
    while part := list(islice(events, size)):
        yield table_of(part)


def write_file(path: str | os.PathLike[str], events: Iterable[Event]) -> int:
    """Write events as Parquet or JSON Lines, by the name of the file, and give how many there were."""
    count = 0
    with ExitStack() as stack:
        write = _parquet_writer(path, stack) if is_parquet(path) else _line_writer(path, stack)
        for table in in_batches(events) if is_parquet(path) else _listed(events):
            count += write(table)
    return count


def _listed(events: Iterable[Event]) -> Iterator[list[Event]]:
    events = iter(events)
    while part := list(islice(events, BATCH)):
        yield part


def _parquet_writer(path: str | os.PathLike[str], stack: ExitStack) -> Callable[[Any], int]:
    writer = stack.enter_context(pq.ParquetWriter(path, SCHEMA, compression="zstd"))

    def write(table: pa.Table) -> int:
        writer.write_table(table)
        return int(table.num_rows)

    return write


def _line_writer(path: str | os.PathLike[str], stack: ExitStack) -> Callable[[Any], int]:
    stream: IO[str] = stack.enter_context(_opened_to_write(path))

    def write(events: list[Event]) -> int:
        stream.writelines(f"{event.line()}\n" for event in events)
        return len(events)

    return write


def _opened_to_write(path: str | os.PathLike[str]) -> IO[str]:
    if Path(path).suffix == ".gz":
        # Without a time in its head, so that the same history gives the same bytes.
        packed = gzip.GzipFile(path, "wb", mtime=0)
        return io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
    return Path(path).open("w", encoding="utf-8", newline="\n")
