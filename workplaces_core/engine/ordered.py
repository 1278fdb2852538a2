"""Rows in order: packed arrays of a 64-bit key and a row number, in chunks, with ties settled by a row's rank.

About 12 bytes an entry and no objects for the garbage collector: see docs/explanation/engine.md for the figures.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNK = 1024
_FEW = 64
_LAST = itemgetter(-1)
LOWEST, HIGHEST = -(2**63), 2**63 - 1

Entry = tuple[int, int]
"""A key and a row."""

Rank = Callable[[int], Any]
"""What settles ties of a key, by row: here the moment of creation and the id of a task."""

Chunks = tuple["array[int]", ...]
"""Mostly one: a tuple is nearer to it than a list would be."""


class Positions:
    """A set of rows ordered by (key, rank of the row).

    >>> queue = Positions(rank=lambda row: -row)
    >>> for key, row in [(5, 1), (3, 2), (5, 3)]:
    ...     queue.add(key, row)
    >>> [row for _, row in queue.between(LOWEST, HIGHEST)], queue.count_below(5)
    ([2, 3, 1], 1)
    """

    __slots__ = ("_before", "_keys", "_rank", "_rows")

    def __init__(self, rank: Rank) -> None:
        """Make an empty set; `rank` must not change for a row that is in it."""
        self._rank = rank
        self._keys: Chunks = ()
        self._rows: Chunks = ()
        self._before: list[int] | None = None

    def fill(self, keys: Sequence[int], rows: Sequence[int]) -> None:
        """Fill an empty set with keys and rows that are in order already."""
        starts = range(0, len(keys), CHUNK)
        self._keys = tuple(array("q", keys[start : start + CHUNK]) for start in starts)
        self._rows = tuple(array("I", rows[start : start + CHUNK]) for start in starts)

    def __len__(self) -> int:
        """Count the rows."""
        return sum(map(len, self._rows))

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._rows)

    def add(self, key: int, row: int) -> None:
        """Put a row in at its place."""
        self._before = None
        if not self._keys:
            self._keys, self._rows = (array("q", (key,)),), (array("I", (row,)),)
            return
        chunk = 0 if len(self._keys) == 1 else self._chunk(key, row)
        keys, rows = self._keys[chunk], self._rows[chunk]
        at = bisect_left(keys, key)
        if at < len(keys) and keys[at] == key:
            rank = self._rank
            at = bisect_left(rows, rank(row), at, bisect_right(keys, key, at), key=rank)
        keys.insert(at, key)
        rows.insert(at, row)
        if len(keys) > 2 * CHUNK:
            self._keys, self._rows = _split(self._keys, chunk), _split(self._rows, chunk)

    def remove(self, key: int, row: int) -> None:
        """Take a row out; KeyError when it is not where its key says."""
        chunk = 0 if len(self._keys) == 1 else self._chunk(key, row)
        if chunk == len(self._keys):
            raise KeyError((key, row))
        keys, rows = self._keys[chunk], self._rows[chunk]
        at = bisect_left(keys, key)
        if at == len(keys) or rows[at] != row or keys[at] != key:
            at = self._among_ties(keys, rows, at, key, row)
        self._before = None
        del keys[at], rows[at]
        if not keys:
            self._keys, self._rows = _without(self._keys, chunk), _without(self._rows, chunk)

    def _among_ties(self, keys: array[int], rows: array[int], at: int, key: int, row: int) -> int:
        """Find a row among those of its key, of which the first stands at a place: few are looked through."""
        beyond = bisect_right(keys, key, at)
        if beyond - at > _FEW:
            at = bisect_left(rows, self._rank(row), at, beyond, key=self._rank)
            beyond = min(beyond, at + 1)
        try:
            return rows.index(row, at, beyond)
        except ValueError:
            raise KeyError((key, row)) from None

    def _chunk(self, key: int, row: int) -> int:
        """Find the chunk in which an entry belongs; there is none only when there are no chunks."""
        chunks = self._keys
        first = bisect_left(chunks, key, key=_LAST)
        if first < len(chunks) and chunks[first][-1] == key:
            # Chunks that end with this very key: their last rows tell in which one to look.
            beyond, rows, rank = bisect_right(chunks, key, first, key=_LAST), self._rows, self._rank
            first = bisect_left(rows, rank(row), first, beyond, key=lambda part: rank(part[-1]))
        return min(first, max(len(chunks) - 1, 0))

    def count_below(self, key: int) -> int:
        """Count the rows with a smaller key."""
        if key == LOWEST:
            return 0
        if len(self._keys) == 1:
            return bisect_left(self._keys[0], key)
        if self._before is None:
            self._before = _starts(self._keys)
        return _count_below(self._keys, self._before, key)

    def first(self, low: int, high: int) -> Entry | None:
        """Give the first entry with low <= key < high."""
        chunk = bisect_left(self._keys, low, key=_LAST)
        if chunk == len(self._keys):
            return None
        keys = self._keys[chunk]
        at = bisect_left(keys, low)
        return (keys[at], self._rows[chunk][at]) if keys[at] < high else None

    def between(self, low: int, high: int) -> Iterator[Entry]:
        """List the entries with low <= key < high, in order."""
        chunk = bisect_left(self._keys, low, key=_LAST)
        at = bisect_left(self._keys[chunk], low) if chunk < len(self._keys) else 0
        while chunk < len(self._keys):
            keys, rows = self._keys[chunk], self._rows[chunk]
            end = bisect_left(keys, high, at)
            yield from zip(keys[at:end], rows[at:end], strict=True)
            if end < len(keys):
                return
            chunk, at = chunk + 1, 0


class Numbers:
    """Whole numbers in order, of which equal ones are alike: for counting.

    >>> numbers = Numbers()
    >>> for each in (5, 3, 5):
    ...     numbers.add(each)
    >>> numbers.count_below(5), len(numbers)
    (1, 3)
    """

    __slots__ = ("_before", "_chunks")

    def __init__(self) -> None:
        """Start empty."""
        self._chunks: Chunks = ()
        self._before: list[int] | None = None

    def fill(self, numbers: Sequence[int]) -> None:
        """Fill an empty set with numbers that are in order already."""
        starts = range(0, len(numbers), CHUNK)
        self._chunks = tuple(array("q", numbers[start : start + CHUNK]) for start in starts)

    def __len__(self) -> int:
        """Count them."""
        return sum(map(len, self._chunks))

    def add(self, number: int) -> None:
        """Take in a number."""
        self._before = None
        chunks = self._chunks
        if not chunks:
            self._chunks = (array("q", (number,)),)
            return
        at = 0 if len(chunks) == 1 else min(bisect_left(chunks, number, key=_LAST), len(chunks) - 1)
        chunk = chunks[at]
        insort(chunk, number)
        if len(chunk) > 2 * CHUNK:
            self._chunks = _split(chunks, at)

    def remove(self, number: int) -> None:
        """Let go of a number that is there."""
        self._before = None
        at = bisect_left(self._chunks, number, key=_LAST)
        chunk = self._chunks[at]
        place = bisect_left(chunk, number)
        assert chunk[place] == number
        del chunk[place]
        if not chunk:
            self._chunks = _without(self._chunks, at)

    def count_below(self, number: int) -> int:
        """Count the smaller ones."""
        if len(self._chunks) == 1:
            return bisect_left(self._chunks[0], number)
        if self._before is None:
            self._before = _starts(self._chunks)
        return _count_below(self._chunks, self._before, number)


def _split(chunks: Chunks, at: int) -> Chunks:
    return (*chunks[:at], chunks[at][:CHUNK], chunks[at][CHUNK:], *chunks[at + 1 :])


def _without(chunks: Chunks, at: int) -> Chunks:
    return (*chunks[:at], *chunks[at + 1 :])


def _starts(chunks: Chunks) -> list[int]:
    """Count what stands before each chunk."""
    return [0, *accumulate(map(len, chunks))]


def _count_below(chunks: Chunks, starts: list[int], key: int) -> int:
    chunk = bisect_left(chunks, key, key=_LAST)
    return starts[chunk] + (bisect_left(chunks[chunk], key) if chunk < len(chunks) else 0)


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
