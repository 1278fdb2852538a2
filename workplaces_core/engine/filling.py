"""Filling many ordered sets at once: cheaper by far than adding one row at a time."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workplaces_core.engine.ordered import Numbers, Positions


class Filling:
    """Sets being filled: entries gathered in packed arrays, in the order of ranks, sorted by key at the end."""

    def __init__(self) -> None:
        """Start with nothing gathered."""
        self._gathered: dict[Positions, tuple[array[int], array[int]]] = {}
        self._counted: dict[Numbers, array[int]] = {}

    def add(self, positions: Positions, key: int, row: int) -> None:
        """Gather a row for a set; of rows with one key, that of the lower rank is to come first."""
        gathered = self._gathered.get(positions)
        if gathered is None:
            gathered = self._gathered[positions] = (array("q"), array("I"))
        gathered[0].append(key)
        gathered[1].append(row)

    def count(self, numbers: Numbers, number: int) -> None:
        """Gather a number that is only counted."""
        gathered = self._counted.get(numbers)
        if gathered is None:
            gathered = self._counted[numbers] = array("q")
        gathered.append(number)

    def finish(self) -> None:
        """Fill the sets."""
        while self._gathered:
            positions, (keys, rows) = self._gathered.popitem()
            order = sorted(range(len(keys)), key=keys.__getitem__)
            positions.fill([keys[at] for at in order], [rows[at] for at in order])
        while self._counted:
            numbers, found = self._counted.popitem()
            numbers.fill(sorted(found))
