"""The decision: which role an employee works in now, and which task comes next.

Read this page from top to bottom, it is the product. It is slow and obvious; the live engine gives the same answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from workplaces_core.answers import Current, Desk, DeskRole, Next, NextRole, QueueEntry, TitleFrom
from workplaces_core.model import instant
from workplaces_core.recurrence import YEARS
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import available, current_lease, is_exact_today, opens_at, taking
from workplaces_core.rules.membership import is_member
from workplaces_core.rules.ordering import BY_PRIORITY, EXACT, Placed, bucket, place
from workplaces_core.rules.remaining import remaining

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workplaces_core.model import Links, Snapshot, Task
    from workplaces_core.policy import Policy


def decide(snapshot: Snapshot, policy: Policy, *, user: str, now: datetime) -> Desk:
    """Give one employee's desk at one moment.

    `now` is an aware datetime of the years 1970 to 2199, else ValueError. Nothing else is refused: a user nobody
    knows gets a desk without a role. The same arguments always give the same desk.

    >>> from datetime import UTC, date
    >>> from workplaces_core.model import Account, Snapshot, Task, User
    >>> from workplaces_core.policy import Interval, Members, Policy, Priority, Role
    >>> week = Interval("week", start=9 * 60, end=18 * 60, days=(0, 1, 2, 3, 4))
    >>> everything = Priority("all", "All")
    >>> role = Role("r1", "Sales", members=Members(["u1"]), intervals=(week,), priorities=(everything,))
    >>> created = datetime(2026, 11, 20, 8, tzinfo=UTC)
    >>> call = Task("t1", "1", "Call back", "u1", created, date(2026, 11, 24))
    >>> snapshot = Snapshot(Account("acme", "Europe/Moscow"), users=[User("u1", "Anna")], tasks=[call])
    >>> desk = decide(snapshot, Policy(1, (role,)), user="u1", now=datetime(2026, 11, 24, 7, 40, tzinfo=UTC))
    >>> desk.next, desk.role.until.isoformat()
    (Next(task='t1', title='Call back', title_from='task'), '2026-11-24T15:00:00+00:00')
    """
    now = moment_of_decision(now)
    roles = roles_of(snapshot, policy, user, now)
    tasks = available(snapshot, user, now)
    chosen, queue = choose_role([moment for moment in roles if moment.is_active], snapshot, user, tasks)
    return Desk(
        user=user,
        at=now,
        policy_version=policy.version,
        role=None if chosen is None else desk_role(chosen),
        current=current_task(snapshot, user, now),
        next=next_task(queue),
        remaining=remaining(roles, snapshot, user, tasks),
        next_role=next_role(roles) if chosen is None else None,
        queue=tuple(queue_entry(placed, chosen, user) for placed in queue) if chosen is not None else (),
    )


def moment_of_decision(now: datetime) -> datetime:
    """Give `now` in UTC, or raise ValueError when it is naive or far outside the calendar."""
    now = instant(now)
    if not YEARS[0] <= now.year <= YEARS[1]:
        msg = f"`{now.isoformat()}` must lie in the years {YEARS[0]} to {YEARS[1]}"
        raise ValueError(msg)
    return now


def roles_of(snapshot: Snapshot, policy: Policy, user: str, now: datetime) -> list[RoleMoment]:
    """List the user's enabled roles in policy order, whether active now or not."""
    return [
        RoleMoment.of(role, policy, snapshot.account, now)
        for role in policy.roles
        if role.enabled and is_member(role, user, snapshot)
    ]


def choose_role(
    active: Sequence[RoleMoment], snapshot: Snapshot, user: str, tasks: Sequence[tuple[Task, Links]]
) -> tuple[RoleMoment | None, list[Placed]]:
    """Choose the first active role that has something to do, else the first active one, with its queue."""
    for moment in active:
        queue = role_queue(moment, snapshot, user, tasks)
        if queue:
            return moment, queue
    return (active[0] if active else None), []


def role_queue(moment: RoleMoment, snapshot: Snapshot, user: str, tasks: Sequence[tuple[Task, Links]]) -> list[Placed]:
    """Put the tasks that a role hands out to the user now in their order."""
    queue = []
    for task, links in tasks:
        if moment.due_date(task) <= moment.today:
            placed = placement(moment, snapshot, user, task, links)
            if placed is not None:
                queue.append(placed)
    return sorted(queue, key=lambda placed: placed.key)


def placement(moment: RoleMoment, snapshot: Snapshot, user: str, task: Task, links: Links) -> Placed | None:
    """Find the place of a task due today or earlier: in the exact lane, under a priority, or none."""
    index = taking(moment, snapshot, user, task, links)
    if is_timed(moment, user, task, index):
        hidden = moment.now < opens_at(moment.role, task)
        return None if hidden else place(task, links, moment, EXACT, index)
    return None if index is None else place(task, links, moment, BY_PRIORITY, index)


def is_timed(moment: RoleMoment, user: str, task: Task, index: int | None) -> bool:
    """Tell whether a task goes by its exact time today: the user's own, or one that a priority takes for him.

    Somebody else's task is only ever taken by a common queue.
    """
    return is_exact_today(moment, task) and (task.responsible == user or index is not None)


def desk_role(moment: RoleMoment) -> DeskRole:
    """Show the chosen role, and until when it lasts."""
    return DeskRole(moment.role.id, moment.role.name, moment.until(), moment.interval_until())


def current_task(snapshot: Snapshot, user: str, now: datetime) -> Current | None:
    """Show the task the user holds; it outlives its role, finishing is always allowed."""
    lease = current_lease(snapshot, user, now)
    if lease is None:
        return None
    task = snapshot.tasks[lease.task]
    return Current(task.id, lease.since, *title(task, snapshot.links(task)))


def next_task(queue: Sequence[Placed]) -> Next | None:
    """Show the head of the queue."""
    return Next(queue[0].task.id, *title(queue[0].task, queue[0].links)) if queue else None


def title(task: Task, links: Links) -> tuple[str, TitleFrom]:
    """Name a task by its deal, else its contact, else its company, else its text; empty names are passed over."""
    if links.deal is not None and links.deal.name:
        return links.deal.name, "deal"
    if links.contact is not None and links.contact.name:
        return links.contact.name, "contact"
    if links.company is not None and links.company.name:
        return links.company.name, "company"
    return task.text, "task"


def next_role(roles: Sequence[RoleMoment]) -> NextRole | None:
    """Find the role that opens first after now; of several, the first in policy order."""
    starts = [(start, moment.role.id) for moment in roles if (start := moment.next_start()) is not None]
    if not starts:
        return None
    start, role = min(starts, key=lambda found: found[0])
    return NextRole(role, start)


def queue_entry(placed: Placed, moment: RoleMoment, user: str) -> QueueEntry:
    """Show one task of the queue."""
    return QueueEntry(
        task=placed.task.id,
        lane=placed.lane_name,
        priority=None if placed.index is None else moment.role.priorities[placed.index].id,
        bucket=bucket(placed.task, moment),
        shared=placed.task.responsible != user,
    )
