"""Who among the processes does what only one should do: a cell with the leader's name and until when it holds."""

from __future__ import annotations

import json
from datetime import timedelta

from attrs import frozen

from workplaces_core.adapters.cells import Cells
from workplaces_core.wire.forms import moment_text, read_instant

CELL = "leader"


@frozen
class Candidacy:
    """A process that would lead. It leads for `term` after each time that `lead` says so, and must ask again before.

    >>> from workplaces_core.adapters.cells import MemoryCells
    >>> cells = MemoryCells()
    >>> first, second = Candidacy(cells, "a"), Candidacy(cells, "b")
    >>> first.lead(), second.lead(), first.lead()
    (True, False, True)
    >>> first.resign()
    >>> second.lead()
    True
    """

    cells: Cells
    name: str
    term: timedelta = timedelta(seconds=10)

    def lead(self) -> bool:
        """Become or remain the leader, if nobody else is."""
        cell = self.cells.read(CELL)
        now = self.cells.now()
        if cell is not None:
            kept = json.loads(cell.value)
            if kept["name"] != self.name and read_instant(kept["until"]) > now:
                return False
        value = json.dumps({"name": self.name, "until": moment_text(now + self.term)})
        return self.cells.swap(CELL, value, version=0 if cell is None else cell.version)

    def resign(self) -> None:
        """Let somebody else lead at once."""
        cell = self.cells.read(CELL)
        if cell is not None and json.loads(cell.value)["name"] == self.name:
            value = json.dumps({"name": "", "until": moment_text(self.cells.now())})
            self.cells.swap(CELL, value, version=cell.version)
