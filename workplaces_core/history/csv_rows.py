"""Rows of a CSV file, each with the lines it stands in; a quote that is not closed costs its own line, no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

QUOTE = '"'
_LONGEST = 131_072
"""The longest cell that the csv module reads: a longer text could not be read again where it is set aside."""
_BEGINNING = 1_000

IsRow = Callable[[list[str]], bool]
"""Tells of cells whether they are a good row."""


class Row(NamedTuple):
    """Cells, or what is wrong; `first` is the number of its first line, counted from 1, `lines` are as in the file."""

    first: int
    lines: list[str]
    cells: list[str]
    error: str | None = None

    @property
    def last(self) -> int:
        """The number of its last line."""
        return self.first + len(self.lines) - 1

    @property
    def text(self) -> str:
        """The row as it stands in the file; of a very long one the beginning, and how long it is."""
        text = "".join(self.lines).rstrip("\r\n")
        return text if len(text) <= _LONGEST else f"{text[:_BEGINNING]}… ({len(text)} characters)"


class _Lines:
    """Lines, of which some can be put back; `taken` are those that were given since it was emptied."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self._back = iter(lines), deque[str]()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._lines)
        self.taken.append(line)
        return line

    def put_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))


class Rows:
    r"""Reads rows one by one.

    >>> rows = Rows(['case,note\n', '7,"a\n', 'b"\n', '8,"c\n', '9,d\n'])
    >>> [(row.first, row.last, row.cells) for row in rows.following(lambda cells: len(cells) == 2)]
    [(1, 1, ['case', 'note']), (2, 3, ['7', 'a\nb']), (4, 4, []), (5, 5, ['9', 'd'])]
    """

    def __init__(self, lines: Iterable[str]) -> None:
        """Begin at the first line."""
        self._lines, self._next = _Lines(lines), 1
        self._reader = csv.reader(self._lines, strict=True)

    def following(self, is_row: IsRow) -> Iterator[Row]:
        """Give the rows that follow; empty lines are passed over.

        Where a quote is not closed, or closed only after lines that are good rows (`is_row`) by themselves, its line
        is given as an error, and the lines after it are read again.
        """
        while (row := self.one()) is not None:
            if row.error is None and len(row.lines) > 1 and any(_alone(line, is_row) for line in row.lines[1:]):
                row = row._replace(error="is closed only there, after lines that are rows by themselves")
            if row.error is not None:
                row = self._only_first(row)
            if row.cells or row.error is not None:
                yield row

    def one(self) -> Row | None:
        """Give one row, an empty line too; None when there is none any more."""
        try:
            cells, error = next(self._reader), None
        except StopIteration:
            return None
        except csv.Error as reason:
            cells, error = [], str(reason)
            self._reader = csv.reader(self._lines, strict=True)
        row = Row(self._next, self._lines.taken, cells, error)
        self._lines.taken, self._next = [], row.last + 1
        return row

    def _only_first(self, row: Row) -> Row:
        """Give the first line of a broken row, and put the others back."""
        if len(row.lines) == 1:
            return row._replace(error=f"is not CSV: {row.error}", cells=[])
        self._lines.put_back(row.lines[1:])
        self._next = row.first + 1
        told = f"is not CSV: it opens a quote that takes the lines to {row.last} with it ({row.error})"
        return Row(row.first, row.lines[:1], [], f"{told}; these are read by themselves")


def _alone(line: str, is_row: IsRow) -> bool:
    return QUOTE not in line and is_row(next(csv.reader([line]), []))
