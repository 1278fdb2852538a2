"""Filling many ordered sets at once: cheaper by far than adding one row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workplaces_core.engine.ordered import Positions

_PLACE_BITS = 32
_PLACES = (1 << _PLACE_BITS) - 1


class Filling:
    """Sets being filled: entries gathered in any order of keys, sorted and stored at the end."""

    def __init__(self) -> None:
        """Start with nothing gathered."""
        self._gathered: dict[int, tuple[Positions, list[int]]] = {}

    def add(self, positions: Positions, key: int, place: int) -> None:
        """Gather a key for a set; `place` breaks ties."""
        gathered = self._gathered.get(id(positions))
        if gathered is None:
            gathered = self._gathered[id(positions)] = (positions, [])
        gathered[1].append(key << _PLACE_BITS | place)

    def finish(self, rows: Sequence[int]) -> None:
        """Fill the sets; the row of each place is given."""
        for positions, packed in self._gathered.values():
            packed.sort()
            places = [rows[each & _PLACES] for each in packed]
            positions.fill([each >> _PLACE_BITS for each in packed], places)
