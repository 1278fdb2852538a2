"""Small texts that processes share and replace only if unchanged: where an adapter keeps its tokens and its budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import Protocol

from attrs import frozen


@frozen
class Cell:
    """What stands in a cell; `version` counts its writes, from 1."""

    value: str
    version: int


class Cells(Protocol):
    """Named cells that all processes of a service see alike. A store gives them, adapters are handed them.

    Safe for several threads and processes. Every method may raise StoreUnavailable.
    """

    def read(self, name: str) -> Cell | None:
        """Give a cell, or None when nothing was written yet."""
        ...

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version (0: is not there yet); False, and nothing written, when it has not."""
        ...

    def now(self) -> datetime:
        """Give the time by the one clock that all processes share, in UTC."""
        ...


class MemoryCells:
    """Cells of one process.

    >>> cells = MemoryCells()
    >>> cells.swap("token", "a", version=0), cells.swap("token", "b", version=0)
    (True, False)
    >>> cells.read("token")
    Cell(value='a', version=1)
    """

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        """Make no cells; `clock` gives aware datetimes in UTC."""
        self.lock = RLock()
        self._cells: dict[str, Cell] = {}
        self._clock = clock

    def read(self, name: str) -> Cell | None:
        """Give a cell."""
        return self._cells.get(name)

    def swap(self, name: str, value: str, *, version: int) -> bool:
        """Write a cell if it still has a version."""
        with self.lock:
            found = self._cells.get(name)
            if (found.version if found else 0) != version:
                return False
            self._cells[name] = Cell(value, version + 1)
            return True

    def now(self) -> datetime:
        """Give the time by the clock, this machine's when none was given."""
        return self._clock() if self._clock else datetime.now(UTC)
