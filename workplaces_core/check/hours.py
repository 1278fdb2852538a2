"""What calendar and clock do to the intervals of a policy in the coming year."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

from workplaces_core.check.codes import finding, listed
from workplaces_core.check.kinds import ANYWHERE
from workplaces_core.check.tally import EXAMPLES
from workplaces_core.errors import shown
from workplaces_core.policy import DAY_MINUTES
from workplaces_core.rules.intervals import Span, merged, occurrences, start_dates
from workplaces_core.rules.zones import at_wall, local_date
from workplaces_core.wire.forms import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from workplaces_core.answers import Finding
    from workplaces_core.check.review import Review, RoleReview
    from workplaces_core.policy import Interval

_DAY, _MINUTE, _YEAR = timedelta(days=1), timedelta(minutes=1), timedelta(days=366)
_REACH = timedelta(days=2)


def never_occurring(review: Review) -> Iterator[Finding]:
    """Report intervals that do not occur any more."""
    for each in review.roles:
        for path, interval in each.intervals():
            if interval.id not in each.ahead:
                text = f"interval `{shown(interval.id)}` does not occur any more, correct its dates or remove it"
                yield finding("interval_never_occurs", path, text)


def midnight_crossings(review: Review) -> Iterator[Finding]:
    """Report intervals that go on where the lane of exact times ends."""
    for each in review.roles:
        for path, interval in each.intervals():
            if each.role.exact_time is not None and interval.crosses_midnight:
                text = f"interval `{shown(interval.id)}` crosses midnight, where exact times of the day end"
                yield finding("midnight_crossing", path, f"{text}; split it there if its nights have exact times")


# Clock changes ----------------------------------------------------------------------------------------------


def clock_changes(review: Review) -> Iterator[Finding]:
    """Report intervals that a gap or a fold of local time makes shorter or longer in the coming year."""
    for each in review.roles:
        if each.where is not None:
            for path, interval in each.intervals():
                changed = list(_changed(each, interval, each.where))
                if changed:
                    yield _clock_change(path, interval, changed)


def _clock_change(path: str, interval: Interval, changed: Sequence[tuple[date, int]]) -> Finding:
    named = [f"{abs(minutes)} minutes {'longer' if minutes > 0 else 'shorter'} on `{day}`" for day, minutes in changed]
    return finding(
        "clock_change",
        path,
        f"interval `{shown(interval.id)}` is {', '.join(named[:EXAMPLES])}, as the clock changes; mind it in shifts",
        count=len(changed),
        examples=[{"date": moment_text(day), "minutes": minutes} for day, minutes in changed[:EXAMPLES]],
    )


def _changed(each: RoleReview, interval: Interval, where: ZoneInfo) -> Iterator[tuple[date, int]]:
    today = local_date(each.now, where)
    days = {
        day
        for change in _changes(where, today - _DAY, today + _YEAR)
        for day in start_dates(interval, change - _REACH, change + _DAY)
    }
    for day in sorted(days - each.days_off):
        start = at_wall(day, interval.start, where)
        end = at_wall(day + _DAY if interval.crosses_midnight else day, interval.end, where, last=True)
        minutes = (max(end - start, timedelta()) - _on_the_wall(interval)) // _MINUTE
        if minutes and end > each.now and start < each.now + _YEAR:
            yield day, minutes


def _on_the_wall(interval: Interval) -> timedelta:
    return (interval.end - interval.start + DAY_MINUTES * interval.crosses_midnight) * _MINUTE


@lru_cache(maxsize=256)
def _changes(where: ZoneInfo, first: date, last: date) -> tuple[date, ...]:
    """List the dates in UTC on which the offset of a zone changes."""
    found = []
    moment = datetime(first.year, first.month, first.day, tzinfo=UTC)
    while moment.date() <= last:
        if moment.astimezone(where).utcoffset() != (moment + _DAY).astimezone(where).utcoffset():
            found.append(moment.date())
        moment += _DAY
    return tuple(found)


# Overlapping roles ------------------------------------------------------------------------------------------


def overlaps(review: Review) -> Iterator[Finding]:
    """Report pairs of enabled roles that have users in common and are open at the same time."""
    roles = review.enabled
    spans: dict[str, list[Span]] = {}
    for (one, other), users in sorted(_shared(roles).items()):
        first, second = roles[one], roles[other]
        zones = _zones(first, second)
        if zones is not None:
            for each, where in zip((first, second), zones, strict=True):
                spans.setdefault(each.path, _hours(each, where))
            meeting = _first_meeting(spans[first.path], spans[second.path])
            if meeting is not None:
                yield _overlap(first, second, sorted(users), meeting)


def _overlap(first: RoleReview, second: RoleReview, users: Sequence[str], meeting: Span) -> Finding:
    groups = sorted({*first.role.members.groups} & {*second.role.members.groups})
    named = listed([shown(name) for name in (users or groups)[:EXAMPLES]])
    who = f"{len(users)} users such as {named}" if users else f"users of groups such as {named}"
    return finding(
        "roles_overlap",
        second.path,
        f"role `{shown(second.role.id)}` is open at the same time as `{shown(first.role.id)}` before it for {who}; "
        "they get it only when the other has nothing to do",
        role=second.role.id,
        other=first.role.id,
        count=len(users),
        examples=list(users[:EXAMPLES]),
        groups=groups,
        first={"from": moment_text(meeting[0]), "until": moment_text(meeting[1])},
    )


def _shared(roles: Sequence[RoleReview]) -> dict[tuple[int, int], set[str]]:
    """Give the users of every two roles that have some in common; without a snapshot a common group will do."""
    of_user: dict[str, list[int]] = defaultdict(list)
    of_group: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(roles):
        for user in each.users:
            of_user[user].append(number)
        if each.snapshot is None:
            for group in each.role.members.groups:
                of_group[group].append(number)
    shared: dict[tuple[int, int], set[str]] = defaultdict(set)
    for user, numbers in of_user.items():
        for pair in combinations(numbers, 2):
            shared[pair].add(user)
    for numbers in of_group.values():
        for pair in combinations(numbers, 2):
            shared[pair].update()
    return shared


def _zones(first: RoleReview, second: RoleReview) -> tuple[ZoneInfo, ZoneInfo] | None:
    """Give the zones of two roles; any zone will do when both have the account's, and nobody told it."""
    if first.where is None and second.where is None:
        return ANYWHERE, ANYWHERE
    return None if first.where is None or second.where is None else (first.where, second.where)


def _hours(each: RoleReview, where: ZoneInfo) -> list[Span]:
    today = local_date(each.now, where)
    spans = (
        span
        for interval in each.role.intervals
        for span in occurrences(interval, each.days_off, where, today - _REACH, today + _YEAR)
    )
    return [span for span in merged(spans) if span[1] > each.now]


def _first_meeting(one: Sequence[Span], other: Sequence[Span]) -> Span | None:
    """Find the first time that two sorted lists of spans have in common."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        start, end = max(one[left][0], other[right][0]), min(one[left][1], other[right][1])
        if start < end:
            return start, end
        if one[left][1] <= other[right][1]:
            left += 1
        else:
            right += 1
    return None
