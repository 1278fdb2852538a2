"""A role's day: what its intervals do from one local midnight to the next, ready for any moment of the day.

All instants here are whole microseconds since 1970 in UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from attrs import field, frozen

from workplaces_core.rules.intervals import HORIZON, NEXT_ROLE_HORIZON, merged, occurrences
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import at_wall, day_end, local_date

if TYPE_CHECKING:
    from workplaces_core.policy import Interval, Role

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HORIZON_US = HORIZON // timedelta(microseconds=1)
NEXT_ROLE_US = NEXT_ROLE_HORIZON // timedelta(microseconds=1)

Span = tuple[int, int]


def instant_of(moment: int) -> datetime:
    """Give the instant of a whole number of microseconds."""
    return _EPOCH + timedelta(microseconds=moment)


@lru_cache(maxsize=4096)
def is_regular(day: date, where: ZoneInfo) -> bool:
    """Tell whether local dates grow one by one around a day: no clock goes back over a midnight, no date is skipped.

    >>> is_regular(date(2026, 11, 1), ZoneInfo("America/New_York"))
    True
    >>> is_regular(date(2010, 11, 6), ZoneInfo("America/St_Johns"))
    False
    """
    grows = all(at_wall(each + _DAY, 0, where) == day_end(each, where) for each in (day - _DAY, day))
    return grows and day_end(day, where) < day_end(day + _DAY, where)


@frozen(eq=False)
class Stretch:
    """What holds from one edge of an interval to the next: the bits of the active priorities, and until when."""

    active: int
    is_open: bool
    until: int
    interval_until: int | None
    left: dict[tuple[int, bool], Any] = field(factory=dict)
    """What could still be handed out, as far as it was asked: see RoleIndex.left_ranges."""


@frozen
class RoleDay:
    """One role on one local date. `ends` gives per priority the last end of what starts today or before."""

    today: date
    start: int
    end: int
    is_regular: bool
    edges: tuple[int, ...]
    stretches: tuple[Stretch, ...]
    ends: tuple[int, ...]
    last_end: int
    next_starts: tuple[int, ...]

    def at(self, now: int) -> Stretch:
        """Find what holds at a moment of the day."""
        return self.stretches[bisect_right(self.edges, now)]

    def next_start(self, now: int) -> int | None:
        """Give the earliest start of an occurrence after now; None beyond 8784 hours."""
        at = bisect_right(self.next_starts, now)
        found = self.next_starts[at] if at < len(self.next_starts) else None
        return found if found is not None and found <= now + NEXT_ROLE_US else None


def role_day(role: Role, days_off: frozenset[date], where: ZoneInfo, today: date) -> RoleDay:
    """Work out the day of a role."""
    start, end = day_end(today - _DAY, where), day_end(today, where)
    last = local_date(end + HORIZON, where) + _DAY
    spans = {
        interval.id: merged(
            (microseconds(since), microseconds(until))
            for since, until in occurrences(interval, days_off, where, today - 2 * _DAY, last)
        )
        for interval in role.intervals
    }
    begins, ends = microseconds(start), microseconds(end)
    inside = sorted({edge for each in spans.values() for span in each for edge in span if begins < edge < ends})
    last_ends = [max((e for s, e in _of(role.intervals_of(p), spans) if s < ends), default=0) for p in role.priorities]
    return RoleDay(
        today=today,
        start=begins,
        end=ends,
        is_regular=is_regular(today, where),
        edges=tuple(inside),
        stretches=tuple(_stretch(role, spans, moment) for moment in (begins, *inside)),
        ends=tuple(last_ends),
        last_end=max((e for s, e in _of(role.intervals, spans) if s < ends), default=0),
        next_starts=_next_starts(role, days_off, where, today, end),
    )


def _of(intervals: tuple[Interval, ...], spans: dict[str, list[Span]]) -> list[Span]:
    return [span for interval in intervals for span in spans[interval.id]]


def _stretch(role: Role, spans: dict[str, list[Span]], moment: int) -> Stretch:
    active = {name for name, each in spans.items() if any(s <= moment < e for s, e in each)}
    bits = sum(
        1 << number
        for number, priority in enumerate(role.priorities)
        if active and (priority.intervals is None or not active.isdisjoint(priority.intervals))
    )
    together = merged(span for each in spans.values() for span in each)
    until = next((e for s, e in together if s <= moment < e), 0)
    edges = [edge for each in spans.values() for span in each for edge in span if edge > moment]
    return Stretch(bits, bool(active), until, min(edges, default=None))


def _next_starts(role: Role, days_off: frozenset[date], where: ZoneInfo, today: date, end: datetime) -> tuple[int, ...]:
    """List the starts of today, and per interval the first one after today; later ones never come first."""
    last = local_date(end + NEXT_ROLE_HORIZON, where) + _DAY
    found: set[int] = set()
    for interval in role.intervals:
        for since, _ in occurrences(interval, days_off, where, today - 2 * _DAY, last):
            found.add(microseconds(since))
            if since >= end:
                break
    return tuple(sorted(found))
