"""How many tasks are left today: what some role of the user could still hand out before its day ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workplaces_core.answers import Remaining
from workplaces_core.rules.matching import admits, condition_verdict, is_exact_today, may_have, opens_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workplaces_core.model import Links, Snapshot, Task
    from workplaces_core.rules.intervals import RoleMoment


def remaining(
    roles: Sequence[RoleMoment], snapshot: Snapshot, user: str, tasks: Sequence[tuple[Task, Links]]
) -> Remaining:
    """Count the user's own and the shared tasks among `tasks`, each once, over his enabled roles, active or not."""
    left = [
        task.responsible == user
        for task, links in tasks
        if any(could_hand_out(moment, snapshot, user, task, links) for moment in roles)
    ]
    return Remaining(own=sum(left), shared=len(left) - sum(left))


def could_hand_out(moment: RoleMoment, snapshot: Snapshot, user: str, task: Task, links: Links) -> bool:
    """Tell whether a role could still hand out a task before its day ends, conditions judged now."""
    if moment.due_date(task) > moment.today:
        return False
    role, since = moment.role, moment.now
    if is_exact_today(moment, task):
        since = max(since, opens_at(role, task))
        if task.responsible == user and moment.opens_within(role.intervals, since):
            return True
    return any(
        admits(priority, task)
        and may_have(priority, role, user, task, snapshot)
        and moment.opens_within(role.intervals_of(priority), since)
        and condition_verdict(priority, task, links, moment) is True
        for priority in role.priorities
    )
