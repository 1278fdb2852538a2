"""Files of histories: JSON Lines (also gzipped) and Parquet, read and written piece by piece, in bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.arrow_form import BATCH, SCHEMA, cells_of, refuse_unless_history, table_of
from workplaces_core.history.events import Event
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.replacing import replaced
from workplaces_core.history.validating import BadRow, Cells, read_lines, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable

PARQUET = (".parquet", ".pq")
_FIRST = 100
"""So many bad rows are kept as they are; the others are only counted."""


def is_parquet(path: str | os.PathLike[str]) -> bool:
    """Tell by its name whether a file is Parquet."""
    return Path(path).suffix.lower() in PARQUET


def _is_packed(path: str | os.PathLike[str]) -> bool:
    return Path(path).suffix.lower() == ".gz"


def read_file(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    """Read a file row by row, and check every row; it is a whole history, so the account comes first.

    Raises InvalidInput when it cannot be read at all.
    """
    try:
        yield from _parquet(path) if is_parquet(path) else _lines(path)
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n", maxsplit=1)[0]
        raise InvalidInput([Problem(str(path), None, f"cannot be read: {reason}")]) from None


def _lines(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    opening: Any = gzip.open if _is_packed(path) else open
    # Bytes that are no UTF-8 become lone surrogates, so that only their row is refused.
    with opening(path, "rt", encoding="utf-8-sig", errors="surrogateescape") as stream:
        yield from read_lines(stream, whole=True)


def _parquet(path: str | os.PathLike[str]) -> Iterator[Event | BadRow]:
    with pq.ParquetFile(path) as file:
        try:
            refuse_unless_history(file.schema_arrow)
        except InvalidInput as error:
            raise InvalidInput(
                [Problem(f"{path}: {each.path}", each.value, each.message) for each in error.problems]
            ) from None
        yield from read_rows(_rows(file), whole=True)


def _rows(file: Any) -> Iterator[tuple[int, Cells | BadRow]]:
    number = 0
    for batch in file.iter_batches(batch_size=BATCH // 8, columns=SCHEMA.names):
        for cells in cells_of(batch):
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
    """Write events as Parquet or JSON Lines, by the name of the file, and give how many there were.

    The file appears when it is complete: when `events` raises, whatever was there before is still there.
    """
    count = 0
    parts: Iterator[Any]
    with replaced(path) as target, ExitStack() as stack:
        if is_parquet(path):
            write, parts = _parquet_writer(target, stack), in_batches(events)
        else:
            write, parts = _line_writer(target, stack, is_packed=_is_packed(path)), _listed(events)
        for part in parts:
            count += write(part)
    return count


def _listed(events: Iterable[Event]) -> Iterator[list[Event]]:
    events = iter(events)
    while part := list(islice(events, BATCH)):
        yield part


def _parquet_writer(path: Path, stack: ExitStack) -> Callable[[Any], int]:
    writer = stack.enter_context(pq.ParquetWriter(path, SCHEMA, compression="zstd"))

    def write(table: pa.Table) -> int:
        writer.write_table(table)
        return int(table.num_rows)

    return write


def _line_writer(path: Path, stack: ExitStack, *, is_packed: bool) -> Callable[[Any], int]:
    stream: IO[str] = stack.enter_context(_opened_to_write(path, stack, is_packed=is_packed))

    def write(events: list[Event]) -> int:
        stream.writelines(f"{event.line()}\n" for event in events)
        return len(events)

    return write


def _opened_to_write(path: Path, stack: ExitStack, *, is_packed: bool) -> IO[str]:
    if not is_packed:
        return path.open("w", encoding="utf-8", newline="\n")
    # Without a name and a time in its head, so that the same history gives the same bytes.
    packed = gzip.GzipFile("", "wb", fileobj=stack.enter_context(path.open("wb")), mtime=0)
    return io.TextIOWrapper(packed, encoding="utf-8", newline="\n")
