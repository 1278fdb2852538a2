"""Stretches of time in which neither a role's date nor its active intervals change, for a whole past at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.history.extra import Array, np
from workplaces_core.rules.intervals import merged, occurrences
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import at_wall, day_end, local_date, zone

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from workplaces_core.model import Account
    from workplaces_core.policy import Policy, Role

_DAY = timedelta(days=1)
_REACH = 2 * _DAY
"""An interval ends on the date after its start at the latest; a skipped calendar day makes that two."""
NOT_ACTIVE = -1


@frozen(eq=False)
class Stretches:
    """The stretches of a role, one after the other.

    Of each the end in microseconds, the bits of the active priorities (NOT_ACTIVE where the role itself is not), and
    the number of the local date.
    """

    untils: list[int]
    active: list[int]
    todays: list[int]


def stretches(role: Role, policy: Policy, account: Account, start: datetime, end: datetime) -> Stretches | None:
    """Work out the stretches from start to end; None where a clock goes back over a midnight, or a date is skipped."""
    where = zone(role.timezone or account.timezone)
    first, last = local_date(start, where), local_date(end, where)
    dates = [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
    if not _are_regular(dates, where):
        return None
    midnights = [microseconds(day_end(day, where)) for day in dates[1:-1]]
    off = frozenset(role.days_off + policy.days_off)
    spans = {
        each.id: merged(
            (microseconds(since), microseconds(until))
            for since, until in occurrences(each, off, where, first - _REACH, last + _REACH)
        )
        for each in role.intervals
    }
    edges = {edge for found in spans.values() for span in found for edge in span}
    inside = {edge for edge in edges if microseconds(start) < edge < midnights[-1]}
    untils = sorted({*inside, *midnights})
    begins = np.array([microseconds(start), *untils[:-1]], dtype=np.int64)
    todays = first.toordinal() + np.searchsorted(np.array(midnights), begins, side="right")
    return Stretches(untils, _active(role, spans, begins), todays.tolist())


def _are_regular(dates: list[date], where: ZoneInfo) -> bool:
    ends = [day_end(day, where) for day in dates]
    return all(one < other for one, other in pairwise(ends)) and all(
        at_wall(day + _DAY, 0, where) == end for day, end in zip(dates, ends, strict=True)
    )


def _active(role: Role, spans: dict[str, list[tuple[int, int]]], moments: Array) -> list[int]:
    """Tell the bits of the priorities that are active at moments, NOT_ACTIVE where no interval is."""
    inside = {name: _inside(found, moments) for name, found in spans.items()}
    nowhere = np.zeros(len(moments), dtype=bool)
    anywhere: Array = np.logical_or.reduce([nowhere, *inside.values()])
    bits = np.zeros(len(moments), dtype=np.int64)
    for number, priority in enumerate(role.priorities):
        named = None if priority.intervals is None else [inside[name] for name in priority.intervals if name in inside]
        active = anywhere if named is None else np.logical_or.reduce([nowhere, *named])
        bits |= active.astype(np.int64) << number
    found: list[int] = np.where(anywhere, bits, NOT_ACTIVE).tolist()
    return found


def _inside(spans: list[tuple[int, int]], moments: Array) -> Array:
    """Tell which moments lie in one of the spans, which come in order and apart."""
    edges = np.array(spans, dtype=np.int64).reshape(-1, 2)
    began, ended = (np.searchsorted(edges[:, side], moments, side="right") for side in (0, 1))
    found: Array = began > ended
    return found
