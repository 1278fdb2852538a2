"""What one check looks at: the roles of a policy with their paths, and what of their hours still lies ahead."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.policy import Interval, Policy, Priority, Role
from workplaces_core.recurrence import YEARS
from workplaces_core.rules.intervals import start_dates
from workplaces_core.rules.membership import is_member
from workplaces_core.rules.zones import zone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from workplaces_core.model import Links, Snapshot, Task

# An occurrence lasts till the date after its start, and its date may be one ahead of or behind the date in UTC.
_STILL_RUNNING = timedelta(days=3)
_COMMON_YEARS = 2


@frozen(slots=False)
class RoleReview:
    """A role with its path in the policy, who belongs to it and what of its hours lies ahead."""

    path: str
    role: Role
    policy: Policy
    snapshot: Snapshot | None
    now: datetime

    @cached_property
    def days_off(self) -> frozenset[date]:
        """The dates on which no interval of the role starts."""
        return frozenset(self.role.days_off + self.policy.days_off)

    @cached_property
    def users(self) -> frozenset[str]:
        """The users who belong to the role; without a snapshot, those whom it lists by id."""
        if self.snapshot is None:
            return frozenset(self.role.members.users)
        return frozenset(user for user in self.snapshot.users if is_member(self.role, user, self.snapshot))

    @cached_property
    def where(self) -> ZoneInfo | None:
        """The zone of the role; None when it is the account's and there is no snapshot to tell it."""
        if self.role.timezone is not None:
            return zone(self.role.timezone)
        return None if self.snapshot is None else zone(self.snapshot.account.timezone)

    def priorities(self) -> Iterator[tuple[str, Priority]]:
        """List the priorities, each with its path."""
        for number, priority in enumerate(self.role.priorities):
            yield f"{self.path}.priorities[{number}]", priority

    def intervals(self) -> Iterator[tuple[str, Interval]]:
        """List the intervals, each with its path."""
        for number, interval in enumerate(self.role.intervals):
            yield f"{self.path}.intervals[{number}]", interval

    @cached_property
    def ahead(self) -> frozenset[str]:
        """The ids of the intervals that occur now or later."""
        return frozenset(each.id for each in self.role.intervals if self._occurs(each))

    def open_in(self, priority: Priority) -> frozenset[str]:
        """Give the ids of the intervals in which a priority is active now or later."""
        return self.ahead if priority.intervals is None else self.ahead.intersection(priority.intervals)

    def _occurs(self, interval: Interval) -> bool:
        # A clock change could swallow what is found here. It counts as occurring: an error must be certain.
        first = self.now.date() - _STILL_RUNNING
        spans = [(first.year, first.year + _COMMON_YEARS), (first.year + _COMMON_YEARS + 1, YEARS[1])]
        return any(
            day not in self.days_off
            for year, last in spans
            for day in start_dates(interval, max(first, date(year, 1, 1)), date(max(year, last), 12, 31))
        )


@frozen(slots=False)
class Review:
    """A policy at the moment of its check."""

    policy: Policy
    snapshot: Snapshot | None
    now: datetime

    @cached_property
    def roles(self) -> tuple[RoleReview, ...]:
        """The roles, in policy order."""
        return tuple(
            RoleReview(f"roles[{number}]", role, self.policy, self.snapshot, self.now)
            for number, role in enumerate(self.policy.roles)
        )

    @cached_property
    def open_tasks(self) -> tuple[tuple[Task, Links], ...]:
        """The open tasks by id, with what they belong to; none without a snapshot."""
        return () if self.snapshot is None else tuple(open_tasks(self.snapshot))

    @property
    def enabled(self) -> list[RoleReview]:
        """The enabled roles, in policy order."""
        return [each for each in self.roles if each.role.enabled]


def open_tasks(snapshot: Snapshot) -> Iterator[tuple[Task, Links]]:
    """List the open tasks by id, each with what it belongs to."""
    for name in sorted(snapshot.tasks):
        task = snapshot.tasks[name]
        if not task.completed:
            yield task, snapshot.links(task)
