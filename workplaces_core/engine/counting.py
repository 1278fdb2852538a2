"""How many tasks are left: sums of positions for one role, and of joint classes where several roles share tasks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from workplaces_core.engine.ordered import LOWEST, Numbers
from workplaces_core.rules.ordering import microseconds

if TYPE_CHECKING:
    from datetime import date

    from workplaces_core.engine.hours import RoleDay
    from workplaces_core.engine.role_index import Range, RoleIndex

RoleNow = tuple["RoleIndex", "RoleDay"]


_DATES = -(2**62)
_FIRST_INSTANT = -(2**61)


def number_of(due: date) -> int:
    """Write a due as a number: an instant in microseconds, and below all of these a date in days.

    Exact times and dates are counted apart, since the roles that share a task may differ in zones.
    """
    return microseconds(due) if isinstance(due, datetime) else _DATES + due.toordinal()


class Joint:
    """Dues of tasks by their match over several roles at once."""

    def __init__(self) -> None:
        """Start empty."""
        self.classes: dict[int, Numbers] = {}

    def of(self, match: int) -> Numbers:
        """Give the dues of a match."""
        found = self.classes.get(match)
        if found is None:
            found = self.classes[match] = Numbers()
        return found

    def add(self, match: int, due: date) -> None:
        """Take in a task."""
        self.of(match).add(number_of(due))

    def remove(self, match: int, due: date) -> None:
        """Let go of a task."""
        found = self.classes[match]
        found.remove(number_of(due))
        if not found:
            del self.classes[match]

    def move(self, match: int, old: date, new: date) -> None:
        """Give a task of a class another due."""
        found = self.classes[match]
        found.remove(number_of(old))
        found.add(number_of(new))


def left_in_role(role: RoleIndex, day: RoleDay, now: int, user: str | None) -> int:
    """Count what one role could still hand out: the user's own tasks, or without a user all of its pool."""
    segments = role.segments(user)
    total = 0
    for mask, segment in segments.items():
        for low, high in role.left_ranges(mask, now, day, own=user is not None):
            total += segment.count_below(high) - segment.count_below(low)
    return total


def left_in_class(held: Numbers, match: int, roles: Sequence[RoleNow], now: int, *, own: bool) -> int:
    """Count the tasks of a joint class that at least one of the roles could still hand out."""
    below, ranges = _left(match, roles, now, own=own)
    count = held.count_below
    total = count(below) if below > _DATES else 0
    for low, high in ranges:
        total += count(high) - count(low)
    return total


def is_left(due: date, match: int, roles: Sequence[RoleNow], now: int, *, own: bool) -> bool:
    """Tell of one task whether at least one of the roles could still hand it out."""
    below, ranges = _left(match, roles, now, own=own)
    number = number_of(due)
    return number < below or any(low <= number < high for low, high in ranges)


def _left(match: int, roles: Sequence[RoleNow], now: int, *, own: bool) -> tuple[int, list[Range]]:
    """Give before which number the dates are left, and the ranges of instants that are."""
    ranges: list[Range] = []
    last_date = 0
    for role, day in roles:
        mask = match >> role.offset & role.full
        instants, date_allowed = instants_left(role, mask, now, day, own=own)
        ranges += instants
        if date_allowed:
            last_date = max(last_date, day.today.toordinal())
    return _DATES + (last_date and last_date + 1), _united(ranges)


def instants_left(role: RoleIndex, mask: int, now: int, day: RoleDay, *, own: bool) -> tuple[list[Range], bool]:
    """Give the instants of due that a role could still hand out, and whether its all-day tasks up to today."""
    if not mask and not (own and role.lead is not None):
        return [], False
    keys = role.left_ranges(mask, now, day, own=own)
    # A key is twice the microseconds, and one more for an exact time: see RoleIndex.due_key.
    instants = [(_FIRST_INSTANT if low == LOWEST else low // 2, high // 2) for low, high in keys]
    return instants, any(low == LOWEST for low, _ in keys)


def _united(ranges: Iterable[Range]) -> list[Range]:
    joined: list[Range] = []
    for low, high in sorted(each for each in ranges if each[0] < each[1]):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined
