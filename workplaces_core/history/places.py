"""Where tasks stand in a role's queues: whole numbers that sort as the readable key does.

A key packs the priority, the bucket (1 when it is not the priority's first), the place by (order keys, due, created,
id) among all rows, and whether the row will turn overdue while its role's day lasts. Smaller is earlier.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import ByPlace, Facts, placed
from workplaces_core.history.tables import first_of
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import day_end, zone

if TYPE_CHECKING:
    from workplaces_core.policy import Priority, Role

PLACE_BITS = 32
TURNING = 1
PRIORITY_SHIFT = PLACE_BITS + 2
_PLACES = (1 << PLACE_BITS) - 1
_LARGEST_BITS = 63


class Places:
    """The places of all rows under the priorities of one role, in its zone."""

    def __init__(self, facts: Facts, role: Role, zone_name: str) -> None:
        """Sort all rows once for the role, and once more for every priority with an order of its own."""
        self.facts = facts
        self._where = zone(zone_name)
        self.plain = facts.places(zone_name)
        self.due_days = facts.due_days(zone_name)
        self.of_priority = [self._of(priority) for priority in role.priorities]
        self._own = {number: places for number, places in enumerate(self.of_priority) if places is not self.plain}
        self.today_first = np.array([priority.first == "today" for priority in role.priorities] or [False])

    def _of(self, priority: Priority) -> ByPlace:
        if not priority.order:
            return self.plain
        ranks = [self.facts.column(key.field).ranks(key) for key in priority.order]
        return placed(np.lexsort((self.plain.places, *reversed(ranks))))

    def due_key(self, row: int) -> tuple[int, int]:
        """Compare dues: an exact time by its instant, an all-day task just before its local day ends."""
        due = int(self.facts.due[row])
        if not self.facts.all_day[row]:
            return due, 1
        return microseconds(day_end(date.fromordinal(due), self._where)), 0

    def keys(self, rows: Array, priorities: Array, now: int, today: int) -> Array:
        """Give the keys of rows that priorities take (by number) at a moment, in microseconds, of a date."""
        all_day = self.facts.all_day[rows]
        overdue = np.where(all_day, self.due_days[rows] < today, self.facts.due[rows] < now)
        places = self.plain.places[rows].astype(np.int64)
        for number, own in self._own.items():
            taken = priorities == number
            places[taken] = own.places[rows[taken]]
        second = overdue == self.today_first[priorities]
        keys = priorities.astype(np.int64) << PRIORITY_SHIFT
        keys |= second.astype(np.int64) << PLACE_BITS + 1
        keys |= places << 1
        keys |= ~(all_day | overdue)
        return keys

    def rows(self, keys: Array) -> Array:
        """Give the rows that keys stand for."""
        places = keys >> 1 & _PLACES
        rows: Array = self.plain.rows[places]
        for number, own in self._own.items():
            taken = keys >> PRIORITY_SHIFT == number
            rows[taken] = own.rows[places[taken]]
        return rows


def sorted_by_person(people: Array, keys: Array, count: int) -> tuple[Array, Array]:
    """Sort keys within each of `count` people; give people and keys in that order."""
    if not len(keys):
        return people, keys
    span = int(keys.max()) + 1
    if count * span < 1 << _LARGEST_BITS:
        together = np.sort(people.astype(np.int64) * span + keys)
        sorted_people = together // span
        return sorted_people, together - sorted_people * span
    order = np.lexsort((keys, people))
    return people[order], keys[order]


def taken(bits: Array, active: int) -> Array:
    """Give for every row the first of the active priorities that takes it, -1 for none."""
    return first_of(bits & _as(bits, active))


def _as(bits: Array, value: int) -> Any:
    return value if bits.dtype == object else bits.dtype.type(value)
