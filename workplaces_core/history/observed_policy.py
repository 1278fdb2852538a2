"""A policy guessed from a log of work items: who does what, and when; openly, so that a person can correct it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.policy import DAY_MINUTES, WEEKDAYS
from workplaces_core.rules.zones import zone
from workplaces_core.wire.forms import wall_time_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from workplaces_core.history.work_items import WorkItem

HALF_HOUR = 30
_RARE_DAY = 0.01
"""A weekday with a smaller share of an activity's starts is an exception, not working time."""

Hours = dict[int, tuple[int, int]]
"""For each weekday (0 is Monday) from when to when, in minutes after midnight."""


@frozen
class ObservedRole:
    """What the log says about one activity: who does it, and at which hours."""

    activity: str
    members: tuple[str, ...]
    hours: Hours

    def admits(self, item: WorkItem, where: ZoneInfo) -> bool:
        """Tell whether the role could have handed out an item to whoever did it, when it was begun."""
        weekday, minute = _wall(item, where)
        start, end = self.hours.get(weekday, (0, 0))
        return item.activity == self.activity and item.resource in self.members and start <= minute < end

    def form(self) -> dict[str, Any]:
        """Write the role in wire form: one priority, a common queue from anyone."""
        return {
            "id": self.activity,
            "name": self.activity,
            "members": {"users": list(self.members)},
            "intervals": list(_intervals(self.hours)),
            "priorities": [
                {
                    "id": "all",
                    "name": self.activity,
                    "task_types": [self.activity],
                    "common_queue": {"from": "anyone"},
                }
            ],
        }


def policy_for(roles: Iterable[ObservedRole]) -> dict[str, Any]:
    """Write roles as a policy in wire form, version 1."""
    return {"format": "workplaces/policy/1", "version": 1, "roles": [role.form() for role in roles]}


def observed_roles(
    items: Iterable[WorkItem], timezone: str, *, cover: float = 0.95, least_share: float = 0.02
) -> list[ObservedRole]:
    """Guess one role an activity from people's items, the rarest activity first.

    The first role with something to do wins, and rare work is done by few: they go to it before the common work.
    Members are those for whom the activity makes at least `least_share` of their own items. Hours: for each weekday
    the middle `cover` of the starts, widened to half hours; weekdays with less than one start in a hundred are left
    out.

    >>> from datetime import UTC, datetime, timedelta
    >>> from workplaces_core.history.work_items import WorkItem
    >>> tuesday = datetime(2026, 11, 24, 9, 10, tzinfo=UTC)
    >>> starts = [tuesday + timedelta(minutes=20 * n) for n in range(20)]
    >>> items = [WorkItem("7", "Call", "ann", start, start + timedelta(minutes=5)) for start in starts]
    >>> policy_for(observed_roles(items, "UTC"))["roles"][0]["intervals"]
    [{'id': 'tue', 'days': ['tue'], 'start': '09:00', 'end': '16:00'}]
    """
    human = [item for item in items if item.is_human]
    amounts = Counter(item.activity for item in human)
    ordered = sorted(amounts, key=lambda activity: (amounts[activity], activity))
    members = _members(human, least_share)
    where = zone(timezone)
    return [
        ObservedRole(
            activity,
            tuple(sorted(members.get(activity, ()))),
            _hours([item for item in human if item.activity == activity], where, cover),
        )
        for activity in ordered
    ]


def _members(items: list[WorkItem], least_share: float) -> dict[str, set[str]]:
    totals = Counter(item.resource for item in items)
    members: dict[str, set[str]] = {}
    for (activity, person), amount in Counter((item.activity, item.resource) for item in items).items():
        if amount >= least_share * totals[person]:
            members.setdefault(activity, set()).add(person)
    return members


def _hours(items: list[WorkItem], where: ZoneInfo, cover: float) -> Hours:
    starts: dict[int, list[int]] = {}
    for item in items:
        weekday, minute = _wall(item, where)
        starts.setdefault(weekday, []).append(minute)
    return {
        weekday: _middle(sorted(minutes), cover)
        for weekday, minutes in sorted(starts.items())
        if len(minutes) >= _RARE_DAY * len(items)
    }


def _middle(minutes: list[int], cover: float) -> tuple[int, int]:
    # The epsilon keeps 0.05 of 40 starts two, not one: floats.
    cut = int(len(minutes) * (1 - cover) / 2 + 1e-9)
    first, last = minutes[cut], minutes[len(minutes) - 1 - cut]
    return first // HALF_HOUR * HALF_HOUR, min((last // HALF_HOUR + 1) * HALF_HOUR, DAY_MINUTES)


def _wall(item: WorkItem, where: ZoneInfo) -> tuple[int, int]:
    local = item.start.astimezone(where)
    return local.weekday(), local.hour * 60 + local.minute


def _intervals(hours: Hours) -> Iterable[dict[str, Any]]:
    """Write weekdays of the same hours as one interval, named after its days."""
    same: dict[tuple[int, int], list[str]] = {}
    for weekday, span in hours.items():
        same.setdefault(span, []).append(WEEKDAYS[weekday])
    for (start, end), days in same.items():
        yield {"id": "-".join(days), "days": days, "start": wall_time_text(start), "end": wall_time_text(end)}
