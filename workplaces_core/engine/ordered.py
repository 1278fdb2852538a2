"""Rows in order: packed arrays of a 64-bit key and a row number, in chunks, with ties settled by a row's rank.

About 12 bytes an entry and no objects for the garbage collector: see docs/explanation/engine.md for the figures.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHUNK = 1024
LOWEST, HIGHEST = -(2**63), 2**63 - 1

Entry = tuple[int, int]
"""A key and a row."""


class Positions:
    """A set of rows ordered by (key, rank of the row).

    >>> queue = Positions(rank=lambda row: -row)
    >>> for key, row in [(5, 1), (3, 2), (5, 3)]:
    ...     queue.add(key, row)
    >>> [row for _, row in queue.between(LOWEST, HIGHEST)], queue.count_below(5)
    ([2, 3, 1], 1)
    """

    __slots__ = ("_before", "_keys", "_lasts", "_rank", "_rows")

    def __init__(self, rank: Callable[[int], Any]) -> None:
        """Make an empty set; `rank` must not change for a row that is in it."""
        self._rank = rank
        self._keys: list[array[int]] = []
        self._rows: list[array[int]] = []
        self._lasts: list[int] = []
        self._before: list[int] | None = None

    def fill(self, keys: Sequence[int], rows: Sequence[int]) -> None:
        """Fill an empty set with keys and rows that are in order already."""
        starts = range(0, len(keys), CHUNK)
        self._keys = [array("q", keys[start : start + CHUNK]) for start in starts]
        self._rows = [array("I", rows[start : start + CHUNK]) for start in starts]
        self._lasts = [part[-1] for part in self._keys]

    def __len__(self) -> int:
        """Count the rows."""
        return sum(map(len, self._rows))

    def add(self, key: int, row: int) -> None:
        """Put a row in at its place."""
        self._before = None
        if not self._lasts:
            self._keys, self._rows, self._lasts = [array("q", [key])], [array("I", [row])], [key]
            return
        chunk, at = self._find(key, row)
        keys, rows = self._keys[chunk], self._rows[chunk]
        keys.insert(at, key)
        rows.insert(at, row)
        self._lasts[chunk] = keys[-1]
        if len(keys) > 2 * CHUNK:
            self._split(chunk)

    def remove(self, key: int, row: int) -> None:
        """Take a row out; KeyError when it is not where its key says."""
        if not self._lasts:
            raise KeyError((key, row))
        chunk, at = self._find(key, row)
        keys, rows = self._keys[chunk], self._rows[chunk]
        if at >= len(rows) or rows[at] != row or keys[at] != key:
            raise KeyError((key, row))
        self._before = None
        del keys[at], rows[at]
        if keys:
            self._lasts[chunk] = keys[-1]
        else:
            del self._keys[chunk], self._rows[chunk], self._lasts[chunk]

    def _find(self, key: int, row: int) -> tuple[int, int]:
        """Find the chunk and the place in it of an entry, present or not."""
        rank = None
        if len(self._lasts) == 1:
            first = beyond = 0
        else:
            first, beyond = bisect_left(self._lasts, key), bisect_right(self._lasts, key)
        chunk = first
        if first < beyond:  # chunks that end with this very key: their last rows tell in which one to look
            rank = self._rank(row)
            rows = self._rows
            chunk = bisect_left(range(first, beyond), rank, key=lambda number: self._rank(rows[number][-1])) + first
        chunk = min(chunk, len(self._lasts) - 1)
        keys = self._keys[chunk]
        low, high = bisect_left(keys, key), bisect_right(keys, key)
        if low < high:
            rank = self._rank(row) if rank is None else rank
            low = bisect_left(self._rows[chunk], rank, low, high, key=self._rank)
        return chunk, low

    def _split(self, chunk: int) -> None:
        for parts in (self._keys, self._rows):
            whole = parts[chunk]
            parts[chunk : chunk + 1] = [whole[:CHUNK], whole[CHUNK:]]
        self._lasts.insert(chunk, self._keys[chunk][-1])

    def count_below(self, key: int) -> int:
        """Count the rows with a smaller key."""
        if key == LOWEST:
            return 0
        chunk = bisect_left(self._lasts, key)
        if chunk == 0:
            return bisect_left(self._keys[0], key) if self._lasts else 0
        if self._before is None:
            self._before = [0, *accumulate(map(len, self._rows))]
        inside = bisect_left(self._keys[chunk], key) if chunk < len(self._keys) else 0
        return self._before[chunk] + inside

    def first(self, low: int, high: int) -> Entry | None:
        """Give the first entry with low <= key < high."""
        chunk = bisect_left(self._lasts, low)
        if chunk == len(self._lasts):
            return None
        keys = self._keys[chunk]
        at = bisect_left(keys, low)
        return (keys[at], self._rows[chunk][at]) if keys[at] < high else None

    def between(self, low: int, high: int) -> Iterator[Entry]:
        """List the entries with low <= key < high, in order."""
        chunk = bisect_left(self._lasts, low)
        at = bisect_left(self._keys[chunk], low) if chunk < len(self._lasts) else 0
        while chunk < len(self._lasts):
            keys, rows = self._keys[chunk], self._rows[chunk]
            end = bisect_left(keys, high, at)
            yield from zip(keys[at:end], rows[at:end], strict=True)
            if end < len(keys):
                return
            chunk, at = chunk + 1, 0


class Ranked:
    """Rows ordered by tuples that end with something unique; a sorted list in chunks."""

    __slots__ = ("_chunks", "_lasts")

    def __init__(self) -> None:
        """Make an empty list."""
        self._chunks: list[list[tuple[Any, ...]]] = []
        self._lasts: list[tuple[Any, ...]] = []

    def add(self, entry: tuple[Any, ...]) -> None:
        """Put an entry in at its place."""
        if not self._chunks:
            self._chunks, self._lasts = [[entry]], [entry]
            return
        number = min(bisect_left(self._lasts, entry), len(self._lasts) - 1)
        chunk = self._chunks[number]
        insort(chunk, entry)
        self._lasts[number] = chunk[-1]
        if len(chunk) > 2 * CHUNK:
            self._chunks[number : number + 1] = [chunk[:CHUNK], chunk[CHUNK:]]
            self._lasts.insert(number, chunk[CHUNK - 1])

    def remove(self, entry: tuple[Any, ...]) -> None:
        """Take an entry out."""
        number = bisect_left(self._lasts, entry)
        chunk = self._chunks[number]
        del chunk[bisect_left(chunk, entry)]
        if chunk:
            self._lasts[number] = chunk[-1]
        else:
            del self._chunks[number], self._lasts[number]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """List the entries in order."""
        for chunk in self._chunks:
            yield from chunk
