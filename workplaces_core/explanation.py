"""The explanation: the same walk as the decision, keeping every reason why a task is here, or not.

Codes are stable; the sentences people read are made of them in `sentences`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.answers import Code, Explanation, PriorityReasons, RoleReasons
from workplaces_core.decision import choose_role, is_timed, moment_of_decision, role_queue, roles_of
from workplaces_core.errors import UnknownTask
from workplaces_core.policy import leaves
from workplaces_core.rules.conditions import Verdict, compare, read
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import (
    admits,
    available,
    condition_verdict,
    current_lease,
    is_live,
    is_skipped,
    may_have,
    opens_at,
    taking,
)
from workplaces_core.rules.membership import is_member
from workplaces_core.rules.ordering import Placed, parts
from workplaces_core.wire.forms import field_value_form, moment_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workplaces_core.model import Links, Snapshot, Task
    from workplaces_core.policy import Policy, Priority

_WORDS: dict[Verdict, str] = {True: "true", False: "false", None: "error"}


def explain(snapshot: Snapshot, policy: Policy, *, user: str, task: str, now: datetime) -> Explanation:
    """Answer why a task is in a user's queue at a moment, or why not: all reasons of all roles and priorities.

    `now` as in `decide`. Raises UnknownTask when the snapshot has no such task.

    >>> from datetime import UTC, date
    >>> from workplaces_core.model import Account, Snapshot, Task
    >>> from workplaces_core.policy import Policy, Role
    >>> call = Task("t1", "1", "", "u1", datetime(2026, 11, 20, tzinfo=UTC), date(2026, 11, 24))
    >>> snapshot = Snapshot(Account("acme", "UTC"), tasks=[call])
    >>> now = datetime(2026, 11, 24, tzinfo=UTC)
    >>> why = explain(snapshot, Policy(1, (Role("r1", "Sales"),)), user="u1", task="t1", now=now)
    >>> [code.code for code in why.roles[0].codes]
    ['not_a_member', 'role_not_active']
    """
    now = moment_of_decision(now)
    if task not in snapshot.tasks:
        msg = f"task `{task}` is not in the snapshot"
        raise UnknownTask(msg)
    return Question(snapshot, policy, user, snapshot.tasks[task], now, Queues(snapshot, policy, user, now)).answer()


@frozen
class Standing:
    """Where a task stands in a role's queue: position from 1, and the task right before it."""

    position: int
    placed: Placed
    before: Placed | None


class Queues:
    """Where a user's tasks stand, role by role, as the decision sees it."""

    def __init__(self, snapshot: Snapshot, policy: Policy, user: str, now: datetime) -> None:
        """Decide which role's desk is shown."""
        self._snapshot, self._user = snapshot, user
        self._available = available(snapshot, user, now)
        active = [moment for moment in roles_of(snapshot, policy, user, now) if moment.is_active]
        shown, _ = choose_role(active, snapshot, user, self._available)
        self.shown = None if shown is None else shown.role.id

    def standing(self, task: Task, moment: RoleMoment) -> Standing | None:
        """Find a task in the queue of an active role of the user."""
        before = None
        queue = role_queue(moment, self._snapshot, self._user, self._available)
        for position, placed in enumerate(queue, 1):
            if placed.task.id == task.id:
                return Standing(position, placed, before)
            before = placed
        return None


class Question:
    """One task, one user, one moment, asked of every role and priority."""

    def __init__(
        self, snapshot: Snapshot, policy: Policy, user: str, task: Task, now: datetime, queues: Queues
    ) -> None:
        """Ask; `queues` tells where tasks stand."""
        self.snapshot, self.policy, self.user, self.task, self.now = snapshot, policy, user, task, now
        self.links: Links = snapshot.links(task)
        self.queues = queues

    def answer(self) -> Explanation:
        """Collect every reason."""
        roles = []
        for role in self.policy.roles:
            moment = RoleMoment.of(role, self.policy, self.snapshot.account, self.now)
            index = taking(moment, self.snapshot, self.user, self.task, self.links)
            priorities = tuple(
                PriorityReasons(priority.id, tuple(self._priority_codes(moment, number, priority, index)))
                for number, priority in enumerate(role.priorities)
            )
            roles.append(RoleReasons(role.id, tuple(self._role_codes(moment, index)), priorities))
        return Explanation(self.user, self.task.id, self.now, tuple(self._task_codes()), tuple(roles))

    def _task_codes(self) -> Iterator[Code]:
        task, now = self.task, self.now
        if task.completed:
            yield Code("completed")
        lease = self.snapshot.leases.get(task.id)
        if lease is not None and is_live(lease, self.snapshot, now):
            yield Code("leased", {"by": lease.user, "until": moment_text(lease.expires)})
        current = current_lease(self.snapshot, self.user, now)
        if current is not None and current.task == task.id:
            yield Code("current")
        if is_skipped(self.snapshot, task.id, self.user, now):
            yield Code("skipped", {"until": moment_text(self.snapshot.skips[task.id, self.user].until)})

    def _role_codes(self, moment: RoleMoment, index: int | None) -> Iterator[Code]:
        role, due_date = moment.role, moment.due_date(self.task)
        if not role.enabled:
            yield Code("role_disabled")
        if not is_member(role, self.user, self.snapshot):
            yield Code("not_a_member")
        if not moment.is_active:
            opens = moment.next_start() if role.enabled else None
            yield Code("role_not_active", {"from": None if opens is None else moment_text(opens)})
        if due_date > moment.today:
            yield Code("later_day", {"date": moment_text(due_date)})
        if is_timed(moment, self.user, self.task, index) and self.now < opens_at(role, self.task):
            yield Code("not_yet", {"opens_at": moment_text(opens_at(role, self.task))})
        yield from self._queue_codes(moment)

    def _queue_codes(self, moment: RoleMoment) -> Iterator[Code]:
        if not moment.is_active or not is_member(moment.role, self.user, self.snapshot):
            return
        standing = self.queues.standing(self.task, moment)
        if standing is None:
            return
        if self.queues.shown != moment.role.id:
            yield Code("not_chosen")
        yield _queued(moment, standing)

    def _priority_codes(
        self, moment: RoleMoment, number: int, priority: Priority, taken_by: int | None
    ) -> Iterator[Code]:
        if not moment.is_priority_active(priority):
            yield Code("interval_not_active")
        if not admits(priority, self.task):
            yield Code("wrong_type")
        judged = condition_verdict(priority, self.task, self.links, moment)
        if judged is not True:
            code = "condition_error" if judged is None else "condition_false"
            yield Code(code, {"leaves": [*self._leaves(moment, priority)]})
        if not may_have(priority, moment.role, self.user, self.task, self.snapshot):
            yield Code("not_responsible" if priority.common_queue is None else "outside_pool")
        if taken_by is not None and taken_by < number:
            yield Code("matched_earlier", {"by": moment.role.priorities[taken_by].id})
        if taken_by == number:
            yield Code("takes")

    def _leaves(self, moment: RoleMoment, priority: Priority) -> Iterator[dict[str, object]]:
        for path, leaf in leaves(priority.where):
            value = read(leaf.field, self.task, self.links)
            judged = compare(leaf, value, moment.today, moment.where)
            form = field_value_form(value)
            yield {"leaf": path, "field": leaf.field, "op": leaf.op, "value": form, "verdict": _WORDS[judged]}


def _queued(moment: RoleMoment, standing: Standing) -> Code:
    """Say where a task stands, and what put it behind the one before it."""
    placed, before = standing.placed, standing.before
    named = [{"part": part, "value": form} for part, form in parts(placed, moment)]
    details: dict[str, Any] = {"position": standing.position, "lane": placed.lane_name, "key": named}
    if before is not None:
        differs = next(n for n, pair in enumerate(zip(before.key, placed.key, strict=False)) if pair[0] != pair[1])
        details |= {"after": before.task.id, "decided_by": named[differs]["part"]}
    return Code("queued", details)
