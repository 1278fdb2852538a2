"""Rows of the tables as the values of the store protocol, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from workplaces_core.adapters.stores import FencedLease, Notice, PolicyVersion, Record, Saga, Step
from workplaces_core.model import Lease
from workplaces_core.policy import RuleSet
from workplaces_core.wire import dumps, load_policy
from workplaces_sql.values import details_text, micros, moment, some_micros, some_moment

Row = Sequence[Any]


def lease_of(row: Row) -> FencedLease:
    """Read a lease."""
    task, user, fence, since, expires, role, priority = row
    return FencedLease(task, user, fence, moment(since), moment(expires), role, priority)


def lease_values(lease: FencedLease, number: int) -> dict[str, Any]:
    """Write a lease."""
    return {
        "task_id": lease.task,
        "user_id": lease.user,
        "fence": lease.fence,
        "since": micros(lease.since),
        "expires": micros(lease.expires),
        "role": lease.role,
        "priority": lease.priority,
        "number": number,
    }


def held_of(row: Row) -> Lease:
    """Read a lease as a snapshot has it."""
    task, user, since, expires = row
    return Lease(task, user, moment(since), moment(expires))


def record_of(row: Row) -> Record:
    """Read an entry of the log."""
    number, at, event, user, task, fence, details = row
    return Record(number, moment(at), event, user, task, fence, json.loads(details))


def notice_of(row: Row) -> Notice:
    """Read a notice."""
    number, user, at, event, task, title, details = row
    return Notice(number, user, moment(at), event, task, title, json.loads(details))


def saga_of(row: Row) -> Saga:
    """Read a saga."""
    saga_id, kind, task, user, fence, steps, state, started, attempts, not_before, worker, worked_until, trouble = row
    return Saga(
        saga_id,
        kind,
        task,
        user,
        fence,
        tuple(_step_of(*step) for step in json.loads(steps)),
        state,
        some_moment(started),
        attempts,
        some_moment(not_before),
        worker,
        some_moment(worked_until),
        trouble,
    )


def saga_values(saga: Saga) -> dict[str, Any]:
    """Write a saga."""
    return {
        "id": saga.id,
        "kind": saga.kind,
        "task_id": saga.task,
        "user_id": saga.user,
        "fence": saga.fence,
        "steps": steps_text(saga.steps),
        "state": saga.state,
        "started": some_micros(saga.started),
        "attempts": saga.attempts,
        "not_before": some_micros(saga.not_before),
        "worker": saga.worker,
        "worked_until": some_micros(saga.worked_until),
        "trouble": saga.trouble,
    }


def steps_text(steps: Sequence[Step]) -> str:
    """Write the steps of a saga as one text."""
    return details_text(
        [[step.action, step.kind, step.id, step.value, step.only_if, step.state, step.outcome] for step in steps]
    )


def _step_of(action: Any, kind: Any, entity_id: str, value: str, only_if: list[str | None], *rest: Any) -> Step:
    return Step(action, kind, entity_id, value, tuple(only_if), *rest)


def published_of(row: Row, rules: RuleSet | None) -> PolicyVersion:
    """Read a policy that was published."""
    policy, author, at, comment = row
    return PolicyVersion(load_policy(policy, rules=rules), author, moment(at), comment)


def policy_values(published: PolicyVersion) -> dict[str, Any]:
    """Write a policy that is published."""
    return {
        "version": published.policy.version,
        "policy": dumps(published.policy),
        "author": published.author,
        "at": micros(published.at),
        "comment": published.comment,
    }
