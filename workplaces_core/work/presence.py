"""Which processes serve a store, and under which policy each of them decides by now."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from attrs import frozen

from workplaces_core.adapters.cells import Cells
from workplaces_core.wire.forms import moment_text, read_instant

CELL = "processes"
_TRIES = 20


@frozen
class Applied:
    """How many of the living processes decide by a version of the policy, or a newer one."""

    version: int
    processes: int
    applied: int


@frozen
class Presence:
    """One process's entry in the cell that all share; who does not renew it within `term` counts as gone.

    >>> from workplaces_core.adapters.cells import MemoryCells
    >>> cells = MemoryCells()
    >>> Presence(cells, "a").tell(2)
    >>> Presence(cells, "b").tell(1)
    >>> applied(cells, 2)
    Applied(version=2, processes=2, applied=1)
    """

    cells: Cells
    name: str
    term: timedelta = timedelta(seconds=10)

    def tell(self, version: int) -> None:
        """Say that this process is there, and which version it uses."""
        self._write({"version": version, "until": moment_text(self.cells.now() + self.term)})

    def leave(self) -> None:
        """Say that this process ends."""
        self._write(None)

    def _write(self, entry: dict[str, Any] | None) -> None:
        for _ in range(_TRIES):
            cell = self.cells.read(CELL)
            entries = {} if cell is None else _living(self.cells, cell.value)
            entries.pop(self.name, None)
            if entry is not None:
                entries[self.name] = entry
            if self.cells.swap(CELL, json.dumps(entries), version=0 if cell is None else cell.version):
                return


def applied(cells: Cells, version: int) -> Applied:
    """Count the processes that are there, and those that use a version already."""
    cell = cells.read(CELL)
    versions = [] if cell is None else [each["version"] for each in _living(cells, cell.value).values()]
    return Applied(version, len(versions), sum(each >= version for each in versions))


def _living(cells: Cells, text: str) -> dict[str, Any]:
    now = cells.now()
    return {name: entry for name, entry in json.loads(text).items() if read_instant(entry["until"]) > now}
