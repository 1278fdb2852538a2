"""One role's tasks in order: a segment for every set of priorities that match alike, per owner and for the pool.

Which priority takes a task depends on the hour; which priorities match it does not. So tasks are kept by what
matches them (a *mask*, one bit a priority), ordered by due, and the hour picks: the lowest active bit of a mask is the
priority that takes all of its segment, and positions in it are the buckets. Nothing moves when time passes.
"""

from __future__ import annotations

from datetime import date, datetime
from heapq import merge
from itertools import chain
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from workplaces_core.engine.hours import HORIZON_US, NEXT_ROLE_US, RoleDay, role_day
from workplaces_core.engine.ordered import LOWEST, Entry, Positions, Rank, Ranked
from workplaces_core.rules.conditions import read
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.ordering import microseconds, order_rank
from workplaces_core.rules.zones import day_end, local_date

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workplaces_core.engine.account import LiveAccount
    from workplaces_core.policy import Policy, Priority, Role

Range = tuple[int, int]
"""Keys from the first, before the second."""

_KEPT_DAYS = 8


def lowest_bit(bits: int) -> int:
    """Give the number of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


class Segment(Positions):
    """The tasks of one owner, or of the pool, that a role's priorities match alike, ordered by (due, created, id).

    `ranked` holds, per priority with an order of its own, the two buckets as they stood at the last reading.
    """

    __slots__ = ("ranked",)

    def __init__(self, rank: Rank) -> None:
        """Start empty."""
        super().__init__(rank)
        self.ranked: dict[int, Buckets] | None = None


class Segments(dict[int, Segment]):
    """The segments of one owner, or of the pool, by mask; `stamp` counts what came, went and moved."""

    __slots__ = ("stamp",)

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.stamp = 0


class Buckets:
    """A segment in the order of one priority: its overdue tasks and today's, each sorted by that order's keys."""

    __slots__ = ("_entries", "_key", "_ranges", "_sorted")

    def __init__(self, key: Callable[[int, int], tuple[Any, ...]]) -> None:
        """Start with no range covered; `key` makes the sort key of a (key, row)."""
        self._key = key
        self._ranges: list[Range] = [(0, 0), (0, 0)]
        self._sorted = [Ranked(), Ranked()]
        self._entries: tuple[dict[int, tuple[Any, ...]], ...] = ({}, {})

    def cover(self, segment: Segment, bucket: int, wanted: Range) -> Iterable[tuple[Any, ...]]:
        """Bring one bucket to a range of dues, moving only what entered or left it, and list it."""
        held = self._ranges[bucket]
        if held != wanted:
            for part in _without(held, wanted):
                for _, row in segment.between(*part):
                    self._drop(bucket, row)
            for part in _without(wanted, held):
                for key, row in segment.between(*part):
                    self._put(bucket, key, row)
            self._ranges[bucket] = wanted
        return self._sorted[bucket]

    def add(self, key: int, row: int) -> None:
        """Take in a row that was added to the segment."""
        for bucket, (low, high) in enumerate(self._ranges):
            if low <= key < high:
                self._put(bucket, key, row)

    def remove(self, row: int) -> None:
        """Let go of a row that was removed from the segment."""
        for bucket in (0, 1):
            self._drop(bucket, row)

    def _put(self, bucket: int, key: int, row: int) -> None:
        entry = self._entries[bucket][row] = self._key(key, row)
        self._sorted[bucket].add(entry)

    def _drop(self, bucket: int, row: int) -> None:
        entry = self._entries[bucket].pop(row, None)
        if entry is not None:
            self._sorted[bucket].remove(entry)


def _without(one: Range, other: Range) -> list[Range]:
    """Give what is in one range and not in the other."""
    low, high = one
    parts = [(low, min(high, other[0])), (max(low, other[1]), high)] if other[0] < other[1] else [one]
    return [(since, until) for since, until in parts if since < until]


class RoleIndex:
    """All tasks that one enabled role may hand out, for its members' own and for its common queues."""

    def __init__(self, role: Role, offset: int, policy: Policy, account: LiveAccount, rank: Rank) -> None:
        """Start empty; `offset` is the number of the role's first priority in a match, `rank` settles ties of a due."""
        self.role, self.offset, self.account, self.rank = role, offset, account, rank
        self.where = ZoneInfo(role.timezone or account.account.timezone)
        self.days_off = frozenset(role.days_off + policy.days_off)
        self.full = (1 << len(role.priorities)) - 1
        self.ordered = [n for n, priority in enumerate(role.priorities) if priority.order]
        self.lead = None if role.exact_time is None else role.exact_time.lead_minutes * 60_000_000
        self.own: dict[str, Segments] = {}
        self.shared = Segments()
        self._days: dict[date, RoleDay] = {}
        self._day: RoleDay | None = None
        self._day_keys: dict[date, int] = {}

    # -- time

    def day(self, now: int, moment: datetime) -> RoleDay:
        """Give the role's day around a moment."""
        day = self._day
        if day is not None and day.is_regular and day.start <= now < day.end:
            return day
        self._day = self.day_of(local_date(moment, self.where))
        return self._day

    def day_of(self, today: date) -> RoleDay:
        """Give the role's day of a local date."""
        found = self._days.get(today)
        if found is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            found = self._days[today] = role_day(self.role, self.days_off, self.where, today)
        return found

    def active_at(self, now: int, moment: datetime) -> int:
        """Give the bits of the priorities whose intervals are active; exact also around a midnight that returns."""
        day = self.day(now, moment)
        if day.is_regular:
            return day.at(now).active
        role_moment = RoleMoment(self.role, self.days_off, self.where, moment)
        return sum(1 << n for n, each in enumerate(self.role.priorities) if role_moment.is_priority_active(each))

    def due_key(self, due: date) -> int:
        """Give the key of a due: twice its microseconds, and one more for an exact time (semantics, section 6)."""
        if isinstance(due, datetime):
            return 2 * microseconds(due) + 1
        key = self._day_keys.get(due)
        if key is None:
            key = self._day_keys[due] = 2 * microseconds(day_end(due, self.where))
        return key

    # -- what is in it

    def own_mask(self, match: int, *, is_exact: bool) -> int | None:
        """Give the mask under which a member's own task is kept; None when the role never hands it out.

        With exact time first, an exact-time task is handed out whether or not any priority matches it.
        """
        mask = match >> self.offset & self.full
        return mask if mask or (is_exact and self.lead is not None) else None

    def segments(self, owner: str | None) -> Segments:
        """Give the segments of an owner, or without one of the pool."""
        if owner is None:
            return self.shared
        found = self.own.get(owner)
        if found is None:
            found = self.own[owner] = Segments()
        return found

    def segment(self, owner: str | None, mask: int) -> Segment:
        """Give one of them; a new one when there is none."""
        segments = self.segments(owner)
        segment = segments.get(mask)
        if segment is None:
            segment = segments[mask] = Segment(self.rank)
        return segment

    def stamp(self, owner: str | None) -> None:
        """Mark that the tasks of an owner, or of the pool, are not what they were."""
        self.segments(owner).stamp += 1

    def add(self, owner: str | None, mask: int, key: int, row: int) -> None:
        """Put a row into a segment."""
        segments = self.shared if owner is None else self.own.get(owner) or self.segments(owner)
        segments.stamp += 1
        segment = segments.get(mask)
        if segment is None:
            segment = segments[mask] = Segment(self.rank)
        segment.add(key, row)
        if segment.ranked is not None:
            for buckets in segment.ranked.values():
                buckets.add(key, row)

    def remove(self, owner: str | None, mask: int, key: int, row: int) -> None:
        """Take a row out of a segment, which goes when it is empty."""
        segments = self.shared if owner is None else self.own[owner]
        segments.stamp += 1
        segment = segments[mask]
        segment.remove(key, row)
        if segment.ranked is not None:
            for buckets in segment.ranked.values():
                buckets.remove(row)
        if not segment:
            del segments[mask]

    def move(self, owner: str | None, mask: int, old: int, new: int, row: int) -> None:
        """Give a row of a segment that no priority with an order of its own takes another key."""
        segments = self.shared if owner is None else self.own[owner]
        segments.stamp += 1
        segment = segments[mask]
        segment.remove(old, row)
        segment.add(new, row)

    # -- reading the queue

    def queue(
        self, user: str, now: int, day: RoleDay, passed: Callable[[int], bool]
    ) -> Iterator[tuple[int, bool, int | None]]:
        """List what the role hands out to a user now, in order: row, whether in the exact lane, index of its priority.

        `passed` tells of a row whether the user does not get it although it is in the pool or his own.
        """
        active = day.at(now).active
        own = self.segments(user)
        if self.lead is not None:
            yield from self._exact_lane(own, active, self.exact_range(now, day), user, passed)
        taken: dict[int, list[tuple[Segment, bool]]] = {}
        for segments, is_shared in ((own, False), (self.shared, True)):
            for mask, segment in segments.items():
                if mask & active:
                    taken.setdefault(lowest_bit(mask & active), []).append((segment, is_shared))
        overdue, today = self.bucket_ranges(now, day)
        for index in sorted(taken):
            priority = self.role.priorities[index]
            for bucket in (0, 1) if priority.first == "overdue" else (1, 0):
                rows = self._bucket(taken[index], index, bucket, (overdue, today)[bucket], user)
                yield from ((row, False, index) for row in rows if not passed(row))

    def exact_range(self, now: int, day: RoleDay) -> Range:
        """Give the keys of today's exact times that show by now."""
        assert self.lead is not None
        return 2 * day.start + 1, min(2 * (now + self.lead) + 2, 2 * day.end)

    def bucket_ranges(self, now: int, day: RoleDay) -> tuple[Range, Range]:
        """Give the keys of the overdue bucket and of today's; with exact time first, today's holds no exact times."""
        if self.lead is not None:
            return (LOWEST, 2 * day.start + 1), (2 * day.end, 2 * day.end + 1)
        return (LOWEST, 2 * now + 1), (2 * now + 1, 2 * day.end + 1)

    def _exact_lane(
        self, own: dict[int, Segment], active: int, wanted: Range, user: str, passed: Callable[[int], bool]
    ) -> Iterator[tuple[int, bool, int | None]]:
        sources = [self._marked(segment.between(*wanted), mask & active) for mask, segment in own.items()]
        for mask, segment in self.shared.items():
            if mask & active:
                sources.append(self._marked(self._of_others(segment.between(*wanted), user), mask & active))
        for _, row, bits in merge(*sources, key=lambda entry: (entry[0], self.rank(entry[1]))):
            if not passed(row):
                yield row, True, lowest_bit(bits) if bits else None

    @staticmethod
    def _marked(entries: Iterable[Entry], bits: int) -> Iterator[tuple[int, int, int]]:
        return ((key, row, bits) for key, row in entries)

    def _of_others(self, entries: Iterable[Entry], user: str) -> Iterator[Entry]:
        tasks: list[Any] = self.account.tasks
        return (entry for entry in entries if tasks[entry[1]].responsible != user)

    def _bucket(
        self, segments: list[tuple[Segment, bool]], index: int, bucket: int, wanted: Range, user: str
    ) -> Iterable[int]:
        if index in self.ordered:
            return self._ranked_bucket(segments, index, bucket, wanted, user)
        sources: list[Iterable[Entry]] = [
            self._of_others(segment.between(*wanted), user) if is_shared else segment.between(*wanted)
            for segment, is_shared in segments
        ]
        if len(sources) == 1:
            return (row for _, row in sources[0])
        return (row for _, row in merge(*sources, key=lambda entry: (entry[0], self.rank(entry[1]))))

    def _ranked_bucket(
        self, segments: list[tuple[Segment, bool]], index: int, bucket: int, wanted: Range, user: str
    ) -> Iterator[int]:
        priority, tasks = self.role.priorities[index], cast("list[Any]", self.account.tasks)
        sources = []
        for segment, is_shared in segments:
            if segment.ranked is None:
                segment.ranked = {}
            buckets = segment.ranked.get(index)
            if buckets is None:
                buckets = segment.ranked[index] = Buckets(_order_key(priority, self.account, self.rank))
            entries = buckets.cover(segment, bucket, wanted)
            if is_shared:
                entries = (entry for entry in entries if tasks[entry[-1]].responsible != user)
            sources.append(entries)
        return (entry[-1] for entry in (merge(*sources) if len(sources) > 1 else chain(*sources)))

    def next_move(self, user: str, now: int, day: RoleDay) -> int:
        """Give the next moment at which time alone may move a task of the queue, or end what holds of the role."""
        stretch = day.at(now)
        times = [day.end, *(edge for edge in day.edges if edge > now)]
        times.append(stretch.until - HORIZON_US)
        times.append((stretch.interval_until or 0) - HORIZON_US)
        times += [start - NEXT_ROLE_US for start in day.next_starts]
        for segments in (self.segments(user), self.shared):
            for segment in segments.values():
                late = segment.first(2 * now + 1, 2 * day.end)
                if late is not None:  # overdue just after its time
                    times.append(late[0] // 2 + 1)
                if self.lead is not None:
                    hidden = segment.first(2 * (now + self.lead) + 2, 2 * day.end)
                    if hidden is not None:
                        times.append(hidden[0] // 2 - self.lead)
        return min(time for time in times if time > now)

    # -- counting what is left

    def left_ranges(self, mask: int, now: int, day: RoleDay, *, own: bool) -> list[Range]:
        """Give the keys of the dues that the role could still hand out today to the owner, or to others.

        They are the same until an interval begins or ends.
        """
        kept = day.at(now).left
        found: list[Range] | None = kept.get((mask, own))
        if found is None:
            found = kept[mask, own] = self._left_ranges(mask, now, day, own=own)
        return found

    def _left_ranges(self, mask: int, now: int, day: RoleDay, *, own: bool) -> list[Range]:
        # Semantics, section 7, `remaining`: a priority is admitted when an occurrence meets the rest of the day.
        ends = [day.ends[n] for n in range(len(day.ends)) if mask >> n & 1]
        last_end = max(ends, default=0)
        admitted = last_end > now
        if self.lead is None:
            return [(LOWEST, 2 * day.end + 1)] if admitted else []
        found = [(LOWEST, 2 * day.start + 1), (2 * day.end, 2 * day.end + 1)] if admitted else []
        closing = day.last_end if own else last_end
        if closing > now:
            found.append((2 * day.start + 1, min(2 * (closing + self.lead) + 1, 2 * day.end)))
        return found


def _order_key(priority: Priority, account: LiveAccount, rank: Rank) -> Callable[[int, int], tuple[Any, ...]]:
    def key(due: int, row: int) -> tuple[Any, ...]:
        task: Any = account.tasks[row]
        linked = account.links(task)
        ranks = [order_rank(each, read(each.field, task, linked)) for each in priority.order]
        return (*ranks, due, *rank(row), row)

    return key
