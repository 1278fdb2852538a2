"""Which tasks a user may be given, and which priority of a role takes a task."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workplaces_core.model import is_instant
from workplaces_core.rules.conditions import Verdict, verdict
from workplaces_core.rules.membership import in_pool

if TYPE_CHECKING:
    from workplaces_core.model import Lease, Links, Snapshot, Task
    from workplaces_core.policy import Priority, Role
    from workplaces_core.rules.intervals import RoleMoment


def is_live(lease: Lease, snapshot: Snapshot, now: datetime) -> bool:
    """Tell whether a lease holds its task: not expired, and the task is there and open."""
    task = snapshot.tasks.get(lease.task)
    return lease.expires > now and task is not None and not task.completed


def current_lease(snapshot: Snapshot, user: str, now: datetime) -> Lease | None:
    """Give the user's live lease; of several, the first by (since, task)."""
    own = (lease for lease in snapshot.leases.values() if lease.user == user and is_live(lease, snapshot, now))
    return min(own, key=lambda lease: (lease.since, lease.task), default=None)


def is_skipped(snapshot: Snapshot, task: str, user: str, now: datetime) -> bool:
    """Tell whether the user does not want a task yet."""
    skip = snapshot.skips.get((task, user))
    return skip is not None and skip.until > now


def available(snapshot: Snapshot, user: str, now: datetime) -> list[tuple[Task, Links]]:
    """List the tasks that are open, not leased to anybody and not skipped by the user, with what they belong to."""
    leased = {lease.task for lease in snapshot.leases.values() if is_live(lease, snapshot, now)}
    return [
        (task, snapshot.links(task))
        for task in snapshot.tasks.values()
        if not task.completed and task.id not in leased and not is_skipped(snapshot, task.id, user, now)
    ]


def admits(priority: Priority, task: Task) -> bool:
    """Tell whether a priority admits the type of a task."""
    return not priority.task_types or task.type in priority.task_types


def condition_verdict(priority: Priority, task: Task, links: Links, moment: RoleMoment) -> Verdict:
    """Judge the condition of a priority over a task at a moment."""
    return verdict(priority.where, task, links, moment.today, moment.where)


def may_have(priority: Priority, role: Role, user: str, task: Task, snapshot: Snapshot) -> bool:
    """Tell whether a priority lets the user have a task: his own, or from the pool of its common queue."""
    if task.responsible == user:
        return True
    queue = priority.common_queue
    return queue is not None and in_pool(queue, role, task.responsible, snapshot)


def taking(moment: RoleMoment, snapshot: Snapshot, user: str, task: Task, links: Links) -> int | None:
    """Give the index of the priority that takes a task for the user: the first that is active and matches."""
    for index, priority in enumerate(moment.role.priorities):
        if (
            moment.is_priority_active(priority)
            and admits(priority, task)
            and may_have(priority, moment.role, user, task, snapshot)
            and condition_verdict(priority, task, links, moment) is True
        ):
            return index
    return None


def is_exact_today(moment: RoleMoment, task: Task) -> bool:
    """Tell whether the role puts exact-time tasks first and the task is one of today's."""
    return moment.role.exact_time is not None and is_instant(task.due) and moment.due_date(task) == moment.today


def opens_at(role: Role, task: Task) -> datetime:
    """Give the instant from which an exact-time task of today shows: `lead_minutes` before it is due."""
    assert isinstance(task.due, datetime)
    assert role.exact_time is not None
    return task.due - timedelta(minutes=role.exact_time.lead_minutes)
