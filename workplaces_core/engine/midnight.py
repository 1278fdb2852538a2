"""What changes at local midnight: tasks of which a condition counts days, by the dates on which its verdict turns."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from workplaces_core.rules.conditions import read
from workplaces_core.rules.zones import local_date

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from workplaces_core.engine.compiled import Slot
    from workplaces_core.model import Links, Task
    from workplaces_core.policy import Leaf


class Midnights:
    """Per role, the dates on which verdicts of `days` leaves turn, and the rows of the tasks concerned."""

    def __init__(self, found: list[tuple[Slot, Leaf]], zones: list[ZoneInfo]) -> None:
        """Start without tasks; `found` lists the leaves that count days."""
        self._leaves, self._zones = found, zones
        self.roles = frozenset(slot.role_number for slot, _ in found)
        self._rows: dict[int, dict[int, set[int]]] = {number: {} for number in self.roles}
        self._noted: dict[int, list[tuple[int, int]]] = {}

    def counts(self, row: int) -> bool:
        """Tell whether dates of a task are noted."""
        return row in self._noted

    def note(self, row: int, task: Task, links: Links) -> None:
        """Note the dates of a task, instead of those noted before."""
        self.forget(row)
        noted = [
            (slot.role_number, turn)
            for slot, leaf in self._leaves
            for turn in self._turns(leaf, self._zones[slot.role_number], task, links)
        ]
        for number, day in noted:
            self._rows[number].setdefault(day, set()).add(row)
        if noted:
            self._noted[row] = noted

    def forget(self, row: int) -> None:
        """Let go of a task."""
        for number, day in self._noted.pop(row, ()):
            rows = self._rows[number]
            if day in rows:
                rows[day].discard(row)
                if not rows[day]:
                    del rows[day]

    def between(self, number: int, one: date, other: date) -> set[int]:
        """Give the rows of a role for which some verdict turns between two dates."""
        low, high = sorted((one.toordinal(), other.toordinal()))
        rows = self._rows[number]
        days: Iterable[int] = range(low + 1, high + 1)
        if high - low > len(rows):
            days = [day for day in rows if low < day <= high]
        return {row for day in days for row in rows.get(day, ())}

    @staticmethod
    def _turns(leaf: Leaf, zone: ZoneInfo, task: Task, links: Links) -> Iterable[int]:
        """Give the dates from which the verdict is another: it is true from `day - high` to `day - low`."""
        value = read(leaf.field, task, links)
        if not isinstance(value, date):
            return
        day = (local_date(value, zone) if isinstance(value, datetime) else value).toordinal()
        low, high = leaf.value
        if high is not None:
            yield day - high
        if low is not None:
            yield day - low + 1
