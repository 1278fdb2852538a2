"""How many tasks are left: sums of positions for one role, and of joint classes where several roles share tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workplaces_core.engine.ordered import LOWEST, Positions
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from datetime import date

    from workplaces_core.engine.hours import RoleDay
    from workplaces_core.engine.role_index import Range, RoleIndex

RoleNow = tuple["RoleIndex", "RoleDay"]


class JointClass:
    """Dues of tasks that several roles match alike: exact times and dates apart, since roles differ in zones."""

    __slots__ = ("_rank", "dates", "instants")

    def __init__(self, rank: Callable[[int], Any]) -> None:
        """Start empty."""
        self._rank = rank
        self.instants: Positions | None = None
        self.dates: Positions | None = None

    def of(self, due: date) -> tuple[Positions, int]:
        """Give where a due is counted, and under which key."""
        if isinstance(due, datetime):
            if self.instants is None:
                self.instants = Positions(self._rank)
            return self.instants, microseconds(due)
        if self.dates is None:
            self.dates = Positions(self._rank)
        return self.dates, due.toordinal()

    def __bool__(self) -> bool:
        """Tell whether any due is counted."""
        return bool(self.instants) or bool(self.dates)


class Joint:
    """Tasks by their match over several roles at once."""

    def __init__(self, rank: Callable[[int], Any]) -> None:
        """Start empty; `rank` orders rows with one due."""
        self.rank = rank
        self.classes: dict[int, JointClass] = {}

    def of(self, match: int) -> JointClass:
        """Give the class of a match."""
        found = self.classes.get(match)
        if found is None:
            found = self.classes[match] = JointClass(self.rank)
        return found

    def add(self, match: int, due: date, row: int) -> None:
        """Take in a task."""
        held, key = self.of(match).of(due)
        held.add(key, row)

    def remove(self, match: int, due: date, row: int) -> None:
        """Let go of a task."""
        found = self.classes[match]
        held, key = found.of(due)
        held.remove(key, row)
        if not found:
            del self.classes[match]


def left_in_role(role: RoleIndex, day: RoleDay, now: int, user: str | None) -> int:
    """Count what one role could still hand out: the user's own tasks, or without a user all of its pool."""
    segments = role.shared if user is None else role.own.get(user, {})
    total = 0
    for mask, segment in segments.items():
        for low, high in role.left_ranges(mask, now, day, own=user is not None):
            total += segment.count_below(high) - segment.count_below(low)
    return total


def left_in_class(held: JointClass, match: int, roles: Sequence[RoleNow], now: int, *, own: bool) -> int:
    """Count the tasks of a joint class that at least one of the roles could still hand out."""
    ranges: list[Range] = []
    last_date = 0
    for role, day in roles:
        mask = match >> role.offset & role.full
        instants, date_allowed = instants_left(role, mask, now, day, own=own)
        ranges += instants
        if date_allowed:
            last_date = max(last_date, day.today.toordinal())
    total = 0
    if held.instants is not None:
        for low, high in _united(ranges):
            total += held.instants.count_below(high) - held.instants.count_below(low)
    return total if held.dates is None else total + held.dates.count_below(last_date + 1)


def instants_left(role: RoleIndex, mask: int, now: int, day: RoleDay, *, own: bool) -> tuple[list[Range], bool]:
    """Give the instants of due that a role could still hand out, and whether its all-day tasks up to today."""
    if not mask and not (own and role.lead is not None):
        return [], False
    keys = role.left_ranges(mask, now, day, own=own)
    # A key is twice the microseconds, and one more for an exact time: see RoleIndex.due_key.
    instants = [(LOWEST if low == LOWEST else low // 2, high // 2) for low, high in keys]
    return instants, any(low == LOWEST for low, _ in keys)


def is_left(due: date, match: int, roles: Sequence[RoleNow], now: int, *, own: bool) -> bool:
    """Tell of one task whether at least one of the roles could still hand it out."""
    single = Joint(int)
    single.add(match, due, 0)
    return left_in_class(single.of(match), match, roles, now, own=own) > 0


def _united(ranges: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for low, high in sorted(each for each in ranges if each[0] < each[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined
