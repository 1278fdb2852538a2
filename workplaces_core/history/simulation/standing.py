"""A role whose tasks always stand in one order: queues that last, instead of being made anew every stretch of time.

That is so where every priority puts overdue tasks first and has no order of its own, because then tasks stand by their
due, whatever the time is. What time moves is known beforehand: a date brings its tasks in, and tasks with an exact time
leave their lane when it ends. Answers are those of `role_queues`, which holds for every role.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.role_queues import MINUTE, reader
from workplaces_core.history.simulation.stretches import NOT_ACTIVE, Stretches, stretches
from workplaces_core.history.tables import depends_on_today, first_of, matches
from workplaces_core.rules.membership import in_pool, is_member
from workplaces_core.rules.zones import local_date, zone

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from workplaces_core.history.facts import Facts
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.policy import Policy, Role
    from workplaces_core.rules.membership import Directory

PLACE_BITS = 32
_PLACES = (1 << PLACE_BITS) - 1
ROW_SHIFT = 16
"""What is handed out is a number: the row, 15 bits of the number of its priority plus one, whether by its time."""
_MOST = 63
NOBODY = -1


@frozen(eq=False)
class Keys:
    """Where every row stands while some priorities are active: priority and place as one number, or NOBODY.

    `own` are the keys for the responsible, where they differ from those for everybody, `shared`.
    """

    own: Array
    shared: Array
    own_priority: Array
    shared_priority: Array
    listed: tuple[list[int], list[int]]
    """`own` and `shared` once more: single numbers are read from lists quickest."""


@frozen(eq=False)
class Zoned:
    """What roles of one zone share: the date on which every row is due, its place, and the row at every place."""

    due_days: Array
    places: Array
    days: list[int]
    rows: list[int]

    @classmethod
    def of(cls, facts: Facts, zone_name: str) -> Zoned:
        """Work it out. Single numbers are read from lists quickest."""
        due_days, by_place = facts.due_days(zone_name), facts.places(zone_name)
        return cls(due_days, by_place.places, due_days.tolist(), by_place.rows.tolist())


class StandingRole:
    """What is known of such a role beforehand, for all runs."""

    def __init__(self, facts: Facts, zoned: Zoned, role: Role, times: Stretches, today: date, where: ZoneInfo) -> None:
        """Judge types and conditions, once."""
        self.facts, self.zoned, self.role, self.times = facts, zoned, role, times
        self.lead = role.exact_time.lead_minutes * MINUTE if role.exact_time is not None else None
        self.bits = matches(role.priorities, facts, today, where).bits
        self._met: tuple[Directory, Met] | None = None

    def met(self, directory: Directory) -> Met:
        """Learn who is who. The last answer is kept: all runs begin with the same people."""
        if self._met is None or self._met[0] is not directory:
            self._met = directory, Met(self, directory)
        return self._met[1]


class Met:
    """A role with the people of a moment: which rows can matter, and where they stand."""

    def __init__(self, role: StandingRole, directory: Directory) -> None:
        """Ask once a person, not once a row."""
        facts, self._role = role.facts, role
        people = [str(person) for person in facts.people.values]
        pools = [_pool(role.role, person, directory) for person in people]
        self._pools = np.array(pools or [0], dtype=role.bits.dtype)[facts.people.codes]
        listed = np.array([is_member(role.role, person, directory) for person in people] or [False])
        self.is_members = listed[facts.people.codes]
        timed = ~facts.all_day if role.lead is not None else np.zeros(len(facts), dtype=bool)
        self.relevant: Array = self.is_members & ((role.bits != 0) | timed) | ((role.bits & self._pools) != 0)
        self._keys: dict[int, Keys] = {}

    def keys(self, active: int) -> Keys:
        """Give the keys while some priorities are active."""
        if active not in self._keys:
            self._keys[active] = self._made(active)
        return self._keys[active]

    def _made(self, active: int) -> Keys:
        role, bits = self._role, self._role.bits & self._role.bits.dtype.type(active)
        own, shared = first_of(bits), first_of(bits & self._pools)
        own[~self.is_members] = NOBODY
        keys = [
            np.where(wanted, priority.astype(np.int64) << PLACE_BITS | role.zoned.places, NOBODY)
            for priority, wanted in ((own, (own >= 0) & (own != shared)), (shared, shared >= 0))
        ]
        return Keys(keys[0], keys[1], own, shared, (keys[0].tolist(), keys[1].tolist()))


def _pool(role: Role, person: str, directory: Directory) -> int:
    return sum(
        1 << number
        for number, priority in enumerate(role.priorities)
        if priority.common_queue is not None and in_pool(priority.common_queue, role, person, directory)
    )


def standing_role(facts: Facts, role: Role, policy: Policy, past: Past, zoned: dict[str, Zoned]) -> StandingRole | None:
    """Prepare a role; None where its tasks do not always stand in one order. What roles share is kept in `zoned`."""
    plain = all(not priority.order and priority.first == "overdue" for priority in role.priorities)
    if not plain or depends_on_today(role.priorities) or len(role.priorities) > _MOST:
        return None
    account = past.before.account
    times = stretches(role, policy, account, past.start, past.end)
    if times is None:
        return None
    name = role.timezone or account.timezone
    if name not in zoned:
        zoned[name] = Zoned.of(facts, name)
    return StandingRole(facts, zoned[name], role, times, local_date(past.start, zone(name)), zone(name))


class StandingQueues:
    """The queues of such a role in one run. Moments only grow."""

    def __init__(self, role: StandingRole, is_open: bytearray) -> None:
        """Start empty; nobody is known until `meet`."""
        self.role, self._is_open = role, is_open
        self._open = np.frombuffer(is_open, dtype=np.uint8)
        self._lead, self._number = role.lead, 0
        self._people, self._due = reader(role.facts.people.codes), reader(role.facts.due)
        self._all_day, self._days = reader(role.facts.all_day), role.zoned.days
        self._rows, self._places = role.zoned.rows, reader(role.zoned.places)
        self._own: dict[int, list[int]] = {}
        self._own_timed: dict[int, list[int]] = {}
        self._shared: list[int] = []
        self._shared_timed: list[int] = []
        self._later: list[int] = []
        self.until = self.today = 0
        self.is_active, self._active = False, NOT_ACTIVE

    def meet(self, directory: Directory, _: int) -> Array:
        """Learn who is who, and tell which rows can matter here."""
        self._met = self.role.met(directory)
        self.until, self._active = 0, NOT_ACTIVE
        return self._met.relevant

    def heaps(self, person: int) -> tuple[Sequence[int], Sequence[int]]:
        """Give two lists, the same all the time: while both are empty, a person (by code) is handed out nothing."""
        return self._shared, self._own.setdefault(person, []) if self._lead is None else ANYTHING

    # -- who is first

    def first(self, person: int, now: int) -> int:
        """Give what a person is handed out in an active role, as a number (see ROW_SHIFT), NOBODY for nothing."""
        if self._lead is not None:
            timed = self._first_timed(person, now)
            if timed >= 0:
                return timed
        rows, is_open, shared, own = self._rows, self._is_open, self._shared, self._own.get(person)
        while shared and not is_open[rows[shared[0] & _PLACES]]:
            heappop(shared)
        if own:
            while own and not is_open[rows[own[0] & _PLACES]]:
                heappop(own)
            if own and not (shared and shared[0] < own[0]):
                shared = own
        if not shared:
            return NOBODY
        key = shared[0]
        return rows[key & _PLACES] << ROW_SHIFT | (key >> PLACE_BITS) + 1 << 1

    def _first_timed(self, person: int, now: int) -> int:
        places = [
            place
            for heap in (self._own_timed.get(person), self._shared_timed)
            if heap
            for place in [self._visible(heap, now)]
            if place >= 0
        ]
        if not places:
            return NOBODY
        row = self._rows[min(places)]
        keys = self._keys.own_priority if self._people[row] == person else self._keys.shared_priority
        return row << ROW_SHIFT | int(keys[row]) + 1 << 1 | 1

    def _visible(self, heap: list[int], now: int) -> int:
        """Find the first that shows already; later ones are due later, so they do not."""
        assert self._lead is not None
        while heap and not self._is_open[self._rows[heap[0]]]:
            heappop(heap)
        return heap[0] if heap and self._due[self._rows[heap[0]]] - self._lead <= now else NOBODY

    # -- what comes

    def add(self, row: int, _: int = 0) -> None:
        """Take in a row that opened, whenever."""
        if self._active == NOT_ACTIVE:
            return  # it is found when the queues are filled
        day = self._days[row]
        if day > self.today:
            heappush(self._later, day << PLACE_BITS | row)
            return
        shared, own = self._shared_keys[row], self._own_keys[row]
        if self._lead is not None and day == self.today and not self._all_day[row]:
            place = self._places[row]
            heappush(self._own_timed.setdefault(self._people[row], []), place)
            if shared >= 0:
                heappush(self._shared_timed, place)
            return
        if shared >= 0:
            heappush(self._shared, shared)
        if own >= 0:
            heappush(self._own.setdefault(self._people[row], []), own)

    def go_to(self, now: int) -> None:
        """Go to the stretch in which a moment lies."""
        times, number = self.role.times, self._number
        while times.untils[number] <= now:
            number += 1
        self._number, self.until, active = number, times.untils[number], times.active[number]
        self.is_active = active != NOT_ACTIVE
        if not self.is_active:
            return
        before, self.today = self.today, times.todays[number]
        if active != self._active:
            self._fill(active)
        elif before != self.today:
            self._advance()

    def _advance(self) -> None:
        """Begin a new date: what was due at a time goes among the others, and what is due today comes in."""
        timed = {place for heap in (*self._own_timed.values(), self._shared_timed) for place in heap}
        self._own_timed, self._shared_timed = {}, []
        rows = [self._rows[place] for place in sorted(timed)]
        while self._later and self._later[0] >> PLACE_BITS <= self.today:
            rows.append(heappop(self._later) & _PLACES)
        for row in rows:
            if self._is_open[row]:
                self.add(row)

    def _fill(self, active: int) -> None:
        """Make the queues of all open rows."""
        self._active, keys = active, self._met.keys(active)
        self._keys, (self._own_keys, self._shared_keys) = keys, keys.listed
        rows = np.flatnonzero((self._open != 0) & self._met.relevant)
        days = self.role.zoned.due_days[rows].astype(np.int64)
        late = days > self.today
        self._later = np.sort(days[late] << PLACE_BITS | rows[late]).tolist()
        timed = np.zeros(len(rows), dtype=bool)
        if self._lead is not None:
            timed = (days == self.today) & ~self.role.facts.all_day[rows]
        self._own_timed, self._shared_timed = {}, []
        for row in rows[timed].tolist():
            self.add(row)
        self._put(rows[~late & ~timed], keys)

    def _put(self, rows: Array, keys: Keys) -> None:
        """Put rows where they stand."""
        shared, own = keys.shared[rows], keys.own[rows]
        self._shared[:] = np.sort(shared[shared >= 0]).tolist()
        for heap in self._own.values():
            heap.clear()
        rows, own = rows[own >= 0], own[own >= 0]
        order = np.argsort(own)
        people = self.role.facts.people.codes[rows[order]]
        for person, key in zip(people.tolist(), own[order].tolist(), strict=True):
            self._own.setdefault(person, []).append(key)


ANYTHING = (1,)
"""A list that is never empty."""
