"""When: the occurrences of a role's intervals, whether it is active, until when, and when next."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from attrs import frozen

from workplaces_core import recurrence
from workplaces_core.model import is_instant
from workplaces_core.policy import Interval, Policy, Priority, Role
from workplaces_core.rules.zones import at_wall, day_end, local_date, zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workplaces_core.model import Account, Task

HORIZON = timedelta(hours=192)
"""How far ahead `until` and `interval_until` look."""
NEXT_ROLE_HORIZON = timedelta(hours=8784)
"""How far ahead the next occurrence of a role is sought."""

# An interval ends on the date after its start at the latest; a skipped calendar day makes that two.
_REACH = timedelta(days=2)
_DAY = timedelta(days=1)

Edge = TypeVar("Edge", int, datetime)
Span = tuple[datetime, datetime]
"""A half-open time [start, end) in UTC."""


def start_dates(interval: Interval, first: date, last: date) -> Iterator[date]:
    """List the dates from first to last on which an interval starts, days off not yet taken out.

    >>> saturday = Interval("sat", 600, 840, rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SA", starts_on=date(2026, 11, 7))
    >>> [day.day for day in start_dates(saturday, date(2026, 11, 1), date(2026, 11, 30))]
    [7, 21]
    """
    if interval.rrule is not None and interval.starts_on is not None:
        for year in range(first.year, last.year + 1):
            found = recurrence.dates_in_year(interval.rrule, interval.starts_on, year)
            yield from (day for day in found if first <= day <= last)
        return
    day = first
    while day <= last:
        if day.weekday() in (interval.days or ()):
            yield day
        day += _DAY


def occurrences(
    interval: Interval, days_off: frozenset[date], where: ZoneInfo, first: date, last: date
) -> Iterator[Span]:
    """List the occurrences of an interval that start on the dates from first to last, empty ones dropped."""
    for day in start_dates(interval, first, last):
        if day not in days_off:
            start = at_wall(day, interval.start, where)
            end = at_wall(day + _DAY if interval.crosses_midnight else day, interval.end, where, last=True)
            if start < end:
                yield start, end


def merged(spans: Iterable[tuple[Edge, Edge]]) -> list[tuple[Edge, Edge]]:
    """Join spans that overlap or touch.

    >>> merged([(3, 4), (1, 2), (2, 3), (6, 7)])
    [(1, 4), (6, 7)]
    """
    joined: list[tuple[Edge, Edge]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


@frozen(slots=False)
class RoleMoment:
    """One role at one moment: its local date, and what its intervals do around now."""

    role: Role
    days_off: frozenset[date]
    where: ZoneInfo
    now: datetime

    @classmethod
    def of(cls, role: Role, policy: Policy, account: Account, now: datetime) -> RoleMoment:
        """Look at a role of a policy at an instant in UTC."""
        return cls(role, frozenset(role.days_off + policy.days_off), zone(role.timezone or account.timezone), now)

    @cached_property
    def today(self) -> date:
        """The local date of now."""
        return local_date(self.now, self.where)

    @cached_property
    def day_end(self) -> datetime:
        """The instant at which today ends."""
        return day_end(self.today, self.where)

    def due_date(self, task: Task) -> date:
        """Give the local date on which a task is due."""
        return local_date(task.due, self.where) if is_instant(task.due) else task.due  # type: ignore[arg-type]

    @cached_property
    def _spans(self) -> dict[str, list[Span]]:
        first, last = self.today - _REACH, local_date(self.now + HORIZON, self.where) + _DAY
        return {
            interval.id: merged(occurrences(interval, self.days_off, self.where, first, last))
            for interval in self.role.intervals
        }

    @cached_property
    def active_intervals(self) -> frozenset[str]:
        """The ids of the intervals active now."""
        return frozenset(
            name for name, spans in self._spans.items() if any(start <= self.now < end for start, end in spans)
        )

    @cached_property
    def is_active(self) -> bool:
        """Whether the role is enabled and one of its intervals is active now."""
        return self.role.enabled and bool(self.active_intervals)

    def is_priority_active(self, priority: Priority) -> bool:
        """Tell whether one of a priority's intervals is active now."""
        if priority.intervals is None:
            return bool(self.active_intervals)
        return not self.active_intervals.isdisjoint(priority.intervals)

    def opens_within(self, intervals: Iterable[Interval], since: datetime) -> bool:
        """Tell whether an occurrence of the intervals meets [since, end of today)."""
        return since < self.day_end and any(
            start < self.day_end and end > since for each in intervals for start, end in self._spans[each.id]
        )

    def until(self) -> datetime | None:
        """Give the end of the role's working time around now; None beyond the horizon."""
        together = merged(span for spans in self._spans.values() for span in spans)
        end = next(end for start, end in together if start <= self.now < end)
        return end if end <= self.now + HORIZON else None

    def interval_until(self) -> datetime | None:
        """Give the first instant after now at which the set of active intervals changes; None beyond the horizon."""
        edges = [edge for spans in self._spans.values() for span in spans for edge in span if edge > self.now]
        return min((edge for edge in edges if edge <= self.now + HORIZON), default=None)

    def next_start(self) -> datetime | None:
        """Give the earliest start of an occurrence after now; None beyond 8784 hours."""
        first, last = self.today - _REACH, local_date(self.now + NEXT_ROLE_HORIZON, self.where) + _DAY
        found = []
        for interval in self.role.intervals:
            spans = occurrences(interval, self.days_off, self.where, first, last)
            found.append(next((start for start, _ in spans if start > self.now), None))
        return min((each for each in found if each and each <= self.now + NEXT_ROLE_HORIZON), default=None)
