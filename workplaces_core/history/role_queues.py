"""One role's queues over encoded tasks, while tasks open and close: who stands first, at any moment of a stretch.

A stretch is a time in which neither the local date nor the set of active intervals changes. At its beginning the
queues are made anew of all open rows, at once; while it lasts, rows that open are added, and rows that closed are
passed over when they come to the front.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.history.facts import Facts, instant
from workplaces_core.history.places import PLACE_BITS, PRIORITY_SHIFT, TURNING, Places, sorted_by_person, taken
from workplaces_core.history.tables import depends_on_today, matches
from workplaces_core.rules.intervals import HORIZON, RoleMoment
from workplaces_core.rules.membership import in_pool, is_member
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import at_wall, day_end

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from workplaces_core.model import Account
    from workplaces_core.policy import Policy, Role
    from workplaces_core.rules.membership import Directory

MINUTE = 60_000_000
_PLACES = (1 << PLACE_BITS) - 1
_NEVER = 0


@frozen
class Place:
    """Where a row stands: in the exact lane or not, and the number of the priority that takes it, -1 for none."""

    row: int
    is_exact: bool
    priority: int


def reader(values: Array) -> Any:
    """Give what reads single numbers quickly."""
    return values if values.dtype == object else np.ascontiguousarray(values).data


class RoleQueues:
    """The queues of one role. `is_open` has a byte a row; whoever opens or closes rows writes there."""

    def __init__(self, facts: Facts, policy: Policy, role: Role, account: Account, is_open: bytearray) -> None:
        """Work out what does not change with time."""
        self.facts, self.policy, self.role, self.account = facts, policy, role, account
        self.places = Places(facts, role, role.timezone or account.timezone)
        self.lead = role.exact_time.lead_minutes * MINUTE if role.exact_time is not None else None
        self._is_open, self._open = is_open, np.frombuffer(is_open, dtype=np.uint8)
        self._changes_daily = depends_on_today(role.priorities)
        self._judged_on: date | None = None
        self._people, self._due = reader(facts.people.codes), reader(facts.due)
        self._all_day, self._days = reader(facts.all_day), reader(self.places.due_days)
        self._rows_of = [reader(each.rows) for each in self.places.of_priority]
        self._places_of = [reader(each.places) for each in self.places.of_priority]
        self._plain_rows, self._plain_places = reader(self.places.plain.rows), reader(self.places.plain.places)
        self.since = self.until = self.active = self.today = _NEVER
        self.is_active = False

    # -- what changes seldom

    def judge(self, today: date, where: ZoneInfo) -> None:
        """Judge types and conditions, once, or once a date where a condition counts days."""
        if self._judged_on == today or (self._judged_on is not None and not self._changes_daily):
            return
        self._judged_on = today
        self.bits = matches(self.role.priorities, self.facts, today, where).bits
        self._bits = reader(self.bits)

    def meet(self, directory: Directory, moment: RoleMoment) -> None:
        """Learn who is who: pools, and with them which rows can ever matter here."""
        self.until = _NEVER
        self.judge(moment.today, moment.where)
        dtype = self.bits.dtype
        pools = [self._pool(str(person), directory) for person in self.facts.people.values]
        self.pools = np.array(pools or [0], dtype=dtype)
        self._pool_bits = reader(self.pools)
        members = [is_member(self.role, str(person), directory) for person in self.facts.people.values]
        own = np.array(members or [False])[self.facts.people.codes]
        if not self._changes_daily:
            timed = ~self.facts.all_day if self.lead is not None else False
            shared = (self.bits & self.pools[self.facts.people.codes]) != 0
            own = own & ((self.bits != 0) | timed) | shared
        else:
            own = own | (self.pools[self.facts.people.codes] != 0)
        self.relevant = own.astype(np.uint8)

    def _pool(self, person: str, directory: Directory) -> int:
        return sum(
            1 << number
            for number, priority in enumerate(self.role.priorities)
            if priority.common_queue is not None and in_pool(priority.common_queue, self.role, person, directory)
        )

    # -- a stretch

    def go_to(self, now: int) -> None:
        """Make the queues ready for a moment."""
        if self.since <= now < self.until:
            self.since = now
            if self._turns:
                self._turn(now)
            return
        moment = RoleMoment.of(self.role, self.policy, self.account, instant(now))
        self.since, self.until, self.is_active = now, now + _lasts(moment), moment.is_active
        self.today = moment.today.toordinal()
        self.active = sum(1 << n for n, each in enumerate(self.role.priorities) if moment.is_priority_active(each))
        self._own: dict[int, list[int]] = {}
        self._own_timed: dict[int, list[int]] = {}
        self._shared: list[int] = []
        self._shared_timed: list[int] = []
        self._turns: list[tuple[int, int]] = []
        if self.is_active:
            self.judge(moment.today, moment.where)
            self._fill(now)

    def _fill(self, now: int) -> None:
        rows = np.flatnonzero(self._open & self.relevant)
        rows = rows[self.places.due_days[rows] <= self.today]
        people = self.facts.people.codes[rows]
        bits = self.bits[rows]
        own, shared = taken(bits, self.active), taken(bits & self.pools[people], self.active)
        timed = np.zeros(len(rows), dtype=bool)
        if self.lead is not None:
            timed = (self.places.due_days[rows] == self.today) & ~self.facts.all_day[rows]
            plain = self.places.plain.places[rows].astype(np.int64) << 1
            self._own_timed = self._by_person(people[timed], plain[timed])
            self._shared_timed = np.sort(plain[timed & (shared >= 0)]).tolist()
        is_own, is_shared = ~timed & (own >= 0), ~timed & (shared >= 0)
        keys = self.places.keys(rows[is_own], own[is_own], now, self.today)
        self._own = self._by_person(people[is_own], keys)
        self._note_turns(rows[is_own][keys & TURNING != 0])
        keys = self.places.keys(rows[is_shared], shared[is_shared], now, self.today)
        self._shared = np.sort(keys).tolist()
        self._note_turns(rows[is_shared][keys & TURNING != 0])

    def _by_person(self, people: Array, keys: Array) -> dict[int, list[int]]:
        people, keys = sorted_by_person(people, keys, len(self.facts.people.values))
        starts = [*np.flatnonzero(np.diff(people, prepend=-1)).tolist(), len(people)]
        return {int(people[first]): keys[first:last].tolist() for first, last in pairwise(starts)}

    def _note_turns(self, rows: Array) -> None:
        self._turns = sorted({*self._turns, *zip(self.facts.due[rows].tolist(), rows.tolist(), strict=True)})

    def _turn(self, now: int) -> None:
        """Put rows that are overdue by now at their new place; the old one is passed over."""
        while self._turns and self._turns[0][0] < now:
            _, row = heappop(self._turns)
            if self._is_open[row]:
                self.add(row, now)

    def add(self, row: int, now: int) -> None:
        """Take in a row that opened while the stretch lasts."""
        if not self.since <= now < self.until or not self.is_active or self._days[row] > self.today:
            return
        person = self._people[row]
        own, shared = self.takers(row)
        if self.lead is not None and self._days[row] == self.today and not self._all_day[row]:
            key = self._plain_places[row] << 1
            heappush(self._own_timed.setdefault(person, []), key)
            if shared >= 0:
                heappush(self._shared_timed, key)
            return
        if own >= 0:
            heappush(self._own.setdefault(person, []), self.key(row, own, now))
        if shared >= 0:
            heappush(self._shared, self.key(row, shared, now))

    def takers(self, row: int) -> tuple[int, int]:
        """Give the priority that takes a row for its responsible, and for everybody else; -1 is none."""
        bits = self._bits[row] & self.active
        return _lowest(bits), _lowest(bits & self._pool_bits[self._people[row]])

    def key(self, row: int, priority: int, now: int) -> int:
        """Give the key of a row under a priority."""
        overdue = self.is_overdue(row, now)
        turning = not (self._all_day[row] or overdue)
        if turning:
            heappush(self._turns, (self._due[row], row))
        second = overdue == (self.role.priorities[priority].first == "today")
        place: int = self._places_of[priority][row]
        return priority << PRIORITY_SHIFT | second << PLACE_BITS + 1 | place << 1 | turning

    def is_overdue(self, row: int, now: int) -> bool:
        """Tell the bucket of a row."""
        return bool(self._days[row] < self.today if self._all_day[row] else self._due[row] < now)

    # -- who is first

    def head(self, person: int, now: int, skipped: Collection[str] = ()) -> Place | None:
        """Find the first task for a person (by code); the queues must be ready for the moment."""
        if self.lead is not None:
            found = self._first_timed(person, now, skipped)
            if found >= 0:
                return self.exact_place(found, person)
        own, shared = self._own.get(person), self._shared
        first = self._first(own, now, skipped) if own else None
        other = self._first(shared, now, skipped) if shared else None
        if first is None or (other is not None and other < first):
            first = other
        if first is None:
            return None
        return Place(self._row(first), is_exact=False, priority=first >> PRIORITY_SHIFT)

    def exact_place(self, row: int, person: int) -> Place:
        """Give the place of a row in the exact lane."""
        own, shared = self.takers(row)
        return Place(row, is_exact=True, priority=own if self._people[row] == person else shared)

    def _row(self, key: int) -> int:
        row: int = self._rows_of[key >> PRIORITY_SHIFT][key >> 1 & _PLACES]
        return row

    def _first(self, heap: list[int], now: int, skipped: Collection[str]) -> int | None:
        aside = []
        while heap:
            row = self._row(heap[0])
            if not self._is_open[row] or (heap[0] & TURNING and self._due[row] < now):
                heappop(heap)
            elif skipped and self.facts.ids[row] in skipped:
                aside.append(heappop(heap))
            else:
                break
        found = heap[0] if heap else None
        for key in aside:
            heappush(heap, key)
        return found

    def _first_timed(self, person: int, now: int, skipped: Collection[str]) -> int:
        found = [
            self._visible(heap, now, skipped) for heap in (self._own_timed.get(person), self._shared_timed) if heap
        ]
        places = [place for place in found if place is not None]
        return self._plain_rows[min(places) >> 1] if places else -1

    def _visible(self, heap: list[int], now: int, skipped: Collection[str]) -> int | None:
        """Find the first that opened already; later ones are due later, so they did not."""
        aside, found = [], None
        while heap:
            row = self._plain_rows[heap[0] >> 1]
            if not self._is_open[row]:
                heappop(heap)
                continue
            if not self.is_visible(row, now):
                break
            if not skipped or self.facts.ids[row] not in skipped:
                found = heap[0]
                break
            aside.append(heappop(heap))
        for key in aside:
            heappush(heap, key)
        return found

    def is_visible(self, row: int, now: int) -> bool:
        """Tell whether an exact-time task of today shows already."""
        assert self.lead is not None
        return bool(self._due[row] - self.lead <= now)


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _is_regular(today: date, where: ZoneInfo) -> bool:
    """Tell whether no clock goes back over the end of this date or of the one before, and no date is skipped."""
    days = [today + timedelta(days=days) for days in (-1, 0, 1)]
    ends = [day_end(day, where) for day in days]
    return ends[1] < ends[2] and all(
        at_wall(day + timedelta(days=1), 0, where) == day_end(day, where) for day in days[:2]
    )


def _lasts(moment: RoleMoment) -> int:
    """Tell for how many microseconds neither the date nor the active intervals change."""
    if not _is_regular(moment.today, moment.where):
        return 1
    until = moment.interval_until() or moment.now + HORIZON
    return microseconds(min(until, moment.day_end)) - microseconds(moment.now)
