"""Whose next task a draft of a policy would change, and why: what a supervisor sees before publishing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from workplaces_core.answers import Explanation, Finding
from workplaces_core.check import check
from workplaces_core.engine import Engine
from workplaces_core.policy import Policy


@frozen
class NextChange:
    """One employee whose next task would be another; the explanations are of both tasks, under the draft.

    `before_why` is None when there is no task before, `after_why` when there is none after.
    """

    user: str
    before: str | None
    after: str | None
    before_why: Explanation | None
    after_why: Explanation | None


@frozen
class Preview:
    """What publishing a draft would do now: what `check` finds, and whose next task changes."""

    at: datetime
    findings: tuple[Finding, ...]
    changes: tuple[NextChange, ...]
    unchanged: int
    uncovered: int
    uncovered_before: int


def preview(engine: Engine, draft: Policy, now: datetime) -> Preview:
    """Compare the policy in use with a draft, for every active user of the account; nothing is changed by it."""
    snapshot = engine.snapshot()
    drafted = Engine(draft, snapshot)
    users = sorted(user.id for user in snapshot.users.values() if user.active)
    changes = []
    for user in users:
        before, after = engine.next_task(user, now=now), drafted.next_task(user, now=now)
        if before != after:
            why = [_why(drafted, user, each, now) for each in (before, after)]
            changes.append(NextChange(user, before, after, why[0], why[1]))
    findings = check(draft, snapshot, now=now)
    return Preview(
        at=now,
        findings=findings,
        changes=tuple(changes),
        unchanged=len(users) - len(changes),
        uncovered=uncovered(findings),
        uncovered_before=uncovered(check(engine.policy, snapshot, now=now)),
    )


def uncovered(findings: Iterable[Finding]) -> int:
    """Count the open tasks that no rule covers, as `check` found them."""
    return sum(finding.details["count"] for finding in findings if finding.code == "tasks_not_covered")


def _why(engine: Engine, user: str, task: str | None, now: datetime) -> Explanation | None:
    return None if task is None else engine.explain(user, task, now=now)
