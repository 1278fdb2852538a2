"""When something may open for a user who has nothing to do: a hidden task, an interval, a role, the end of a skip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.decision import choose_role, is_timed, next_role, roles_of
from workplaces_core.engine.hours import instant_of
from workplaces_core.rules.matching import available, opens_at, taking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from workplaces_core.engine.counting import RoleNow
    from workplaces_core.engine.view import View
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy


def opening(view: View) -> datetime | None:
    """Give the earliest moment, read from the live index."""
    desk = view.desk(1)
    moments = [] if desk.role is None else [desk.role.interval_until]
    moments.append(None if desk.next_role is None else desk.next_role.starts)
    moments += [skip.until for skip in view.account.skips_of.get(view.user, {}).values() if skip.until > view.now]
    for role_now in view.roles:
        if role_now[1].at(view.moment).is_open:
            moments += map(instant_of, _hidden(view, role_now))
    return min((moment for moment in moments if moment is not None), default=None)


def _hidden(view: View, role_now: RoleNow) -> Iterator[int]:
    """Give when the first hidden task of each segment of an active role opens."""
    role, day = role_now
    if role.lead is None:
        return
    active = day.at(view.moment).active
    segments = [*role.own.get(view.user, {}).values()]
    segments += [segment for mask, segment in role.shared.items() if mask & active]
    for segment in segments:
        for key, row in segment.between(2 * (view.moment + role.lead) + 2, 2 * day.end):
            task = view.account.tasks[row]
            if task is not None and task.id not in view.skipped:
                yield key // 2 - role.lead
                break


def opening_decided(snapshot: Snapshot, policy: Policy, user: str, now: datetime) -> datetime | None:
    """Give the same by looking at every task.

    >>> from datetime import UTC, datetime
    >>> from workplaces_core.model import Account, Snapshot
    >>> from workplaces_core.policy import Policy
    >>> opening_decided(Snapshot(Account("a", "UTC")), Policy(1, ()), "u1", datetime(2026, 11, 24, tzinfo=UTC)) is None
    True
    """
    roles = roles_of(snapshot, policy, user, now)
    active = [moment for moment in roles if moment.is_active]
    tasks = available(snapshot, user, now)
    chosen, _ = choose_role(active, snapshot, user, tasks)
    following = next_role(roles) if chosen is None else None
    moments = [
        None if chosen is None else chosen.interval_until(),
        None if following is None else following.starts,
        *(skip.until for skip in snapshot.skips.values() if skip.user == user and skip.until > now),
    ]
    for moment in active:
        for task, links in tasks:
            index = taking(moment, snapshot, user, task, links)
            if is_timed(moment, user, task, index) and now < opens_at(moment.role, task):
                moments.append(opens_at(moment.role, task))
    return min((each for each in moments if each is not None), default=None)
