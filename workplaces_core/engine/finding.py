"""Rows found by a text that their tasks know: open addressing in packed arrays, with no object an entry.

A dictionary from ids to row numbers takes some 60 bytes an entry and 30 more for the number; this takes five to eight.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_PART_BITS = 10
_PARTS = 1 << _PART_BITS
"""Each part grows alone, so that no single addition has to move everything."""
_LEAST = 4
_FILLED, _FULL = 0.6, 0.75
"""How much of a part is taken when it was just filled, and when it grows; fuller ones would be slow to search."""
_NOTHING = array("I", [0])


class Finder:
    """Texts with one row each. Only rows are kept: `text_of` gives the text of a row that was added.

    >>> names = ["anna", "bob"]
    >>> finder = Finder(names.__getitem__)
    >>> finder.fill(names, [0, 1])
    >>> finder.find("bob"), finder.find("eve")
    (1, None)
    """

    __slots__ = ("_parts", "_text_of", "_used")

    def __init__(self, text_of: Callable[[int], str]) -> None:
        """Start empty."""
        self._text_of = text_of
        self._parts = [_NOTHING] * _PARTS  # each a table of row numbers plus one; zero is a free place
        self._used = array("I", bytes(4 * _PARTS))

    def fill(self, texts: Collection[str], rows: Collection[int]) -> None:
        """Add many different texts to an empty finder."""
        if len(texts) < _PARTS:
            for text, row in zip(texts, rows, strict=True):
                self.add(text, row)
            return
        size = max(_LEAST, int(len(texts) / _PARTS / _FILLED))
        parts = self._parts = [array("I", bytes(4 * size)) for _ in range(_PARTS)]
        used, full = self._used, int(_FULL * size)
        for text, row in zip(texts, rows, strict=True):
            hashed = hash(text)
            number = hashed & _PARTS - 1
            if used[number] >= full:  # a part with far more than its share
                self.add(text, row)
                continue
            used[number] += 1
            _put(parts[number], hashed, row)

    def find(self, text: str) -> int | None:
        """Give the row of a text."""
        hashed = hash(text)
        part, text_of = self._parts[hashed & _PARTS - 1], self._text_of
        size = len(part)
        at = (hashed >> _PART_BITS) % size
        while found := part[at]:
            if text_of(found - 1) == text:
                return found - 1
            at += 1
            if at == size:
                at = 0
        return None

    def add(self, text: str, row: int) -> None:
        """Add a text that is not there yet."""
        hashed = hash(text)
        number = hashed & _PARTS - 1
        self._used[number] += 1
        if self._used[number] > _FULL * len(self._parts[number]):
            self._grow(number)
        _put(self._parts[number], hashed, row)

    def replace(self, text: str, row: int) -> None:
        """Give a text that is there another row."""
        part, at = self._place(text)
        part[at] = row + 1

    def remove(self, text: str) -> None:
        """Take away a text that is there."""
        part, at = self._place(text)
        self._used[hash(text) & _PARTS - 1] -= 1
        part[at] = 0
        # Whatever stands behind without a gap may have been pushed there by what is gone: it is put in anew.
        at = (at + 1) % len(part)
        while found := part[at]:
            part[at] = 0
            _put(part, hash(self._text_of(found - 1)), found - 1)
            at = (at + 1) % len(part)

    def __len__(self) -> int:
        """Count the texts."""
        return sum(self._used)

    def _place(self, text: str) -> tuple[array[int], int]:
        hashed = hash(text)
        part = self._parts[hashed & _PARTS - 1]
        at = (hashed >> _PART_BITS) % len(part)
        while found := part[at]:
            if self._text_of(found - 1) == text:
                return part, at
            at = (at + 1) % len(part)
        raise KeyError(text)

    def _grow(self, number: int) -> None:
        old = self._parts[number]
        new = self._parts[number] = array("I", bytes(4 * (_LEAST + len(old) * 3 // 2)))
        for found in old:
            if found:
                _put(new, hash(self._text_of(found - 1)), found - 1)


def _put(part: array[int], hashed: int, row: int) -> None:
    size = len(part)
    at = (hashed >> _PART_BITS) % size
    while part[at]:
        at += 1
        if at == size:
            at = 0
    part[at] = row + 1
