"""The life of a lease: taken, renewed, ended, by the rules of section 9; pure over a transaction of the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

import attrs

from workplaces_core.adapters.stores import (
    Candidate,
    Event,
    FencedLease,
    Given,
    Record,
    Saga,
    Step,
    Transaction,
    Wish,
)
from workplaces_core.errors import NotYours, StaleFence
from workplaces_core.model import Lease
from workplaces_core.wire.forms import moment_text
from workplaces_core.work.answers import Taken, recall, remember, taken_form, taken_from
from workplaces_core.work.claims import SUPERSEDED, WISHES, is_underway

TAKE: dict[str, Any] = {"take": {}}
ENDS: tuple[Event, ...] = (
    "finished", "postponed", "released", "skipped", "expired", "completed", "deleted", "reassigned", "lost_race",
)  # fmt: skip
"""The ways in which a lease ends."""

BENEATH: tuple[Event, ...] = ("expired", "completed", "deleted", "reassigned", "lost_race")
"""The ends that the employee did not ask for, and has to be told of."""


def take(tx: Transaction, wish: Wish) -> Given:
    """Give the user's live lease, or lease him the first candidate that is free and as it was when it was chosen.

    No answer when there is none such: others were faster, a fresh decision is due. A repeated key gives the first
    answer.
    """
    told = recall(tx, wish.user, wish.key, TAKE)
    if told is not None:
        return Given(taken_from(told), new=False)
    held = live_lease(tx, wish.user)
    if held is not None:
        return _told(tx, wish, Given(held, new=False))
    passed: list[str] = []
    for candidate in wish.candidates:
        if _is_free(tx, wish, candidate):
            return _told(tx, wish, attrs.evolve(_leased(tx, wish, candidate, passed), others=_others(tx, passed)))
        passed.append(candidate.task.id)
    return Given(None, new=False, others=_others(tx, passed))


def nothing(tx: Transaction, user: str, key: str | None, answer: Taken) -> Given:
    """Give what `take` finds without candidates: the first answer, the live lease, or `answer`, which is kept."""
    given = take(tx, Wish(user, (), timedelta(), key))
    if given.answer is not None:
        return given
    remember(tx, user, key, TAKE, taken_form(answer))
    return Given(answer, new=False)


def _told(tx: Transaction, wish: Wish, given: Given) -> Given:
    assert given.answer is not None
    remember(tx, wish.user, wish.key, TAKE, taken_form(given.answer))
    return given


def live_lease(tx: Transaction, user: str) -> FencedLease | None:
    """Give the user's lease; one that has expired is ended first."""
    lease = tx.lease_of(user)
    if lease is not None and lease.expires <= tx.at:
        return None if expire(tx, lease) else tx.lease_of(user)
    return lease


def _is_free(tx: Transaction, wish: Wish, candidate: Candidate) -> bool:
    """Tell whether a task is as it was when it was chosen, open, not skipped since, and nobody's; ends what expired."""
    task = candidate.task
    if tx.entity("task", task.id) != task or task.completed:
        return False
    skip = tx.entity("skip", f"{task.id}/{wish.user}")
    if skip is not None and skip.until > tx.at:
        return False
    lease = tx.lease_on(task.id)
    return lease is None or (lease.expires <= tx.at and expire(tx, lease))


def _others(tx: Transaction, passed: list[str]) -> tuple[Lease, ...]:
    """List the live leases on tasks that were passed over."""
    found = (tx.lease_on(task) for task in passed)
    return tuple(
        Lease(lease.task, lease.user, lease.since, lease.expires)
        for lease in found
        if lease is not None and lease.expires > tx.at
    )


def _leased(tx: Transaction, wish: Wish, candidate: Candidate, passed: list[str]) -> Given:
    task = candidate.task.id
    lease = FencedLease(
        task, wish.user, tx.next_fence(), tx.at, tx.at + wish.lease_for, candidate.role, candidate.priority
    )
    tx.put_lease(lease)
    details = candidate.decision | {"passed_over": passed, "expires": moment_text(lease.expires)}
    tx.append("taken", user=wish.user, task=task, fence=lease.fence, details=details)
    earlier = _superseded(tx, task, wish.user)
    steps = tuple(attrs.evolve(step, only_if=_also(step, earlier)) for step in candidate.steps)
    if steps := steps + _taken_back(tx, wish.user, steps, earlier):
        tx.put_saga(Saga(0, "transfer", task, wish.user, lease.fence, steps, started=tx.at))
    return Given(lease, new=True)


def _superseded(tx: Transaction, task: str, user: str) -> list[Saga]:
    """End the transfers of a task to others who held it before: whoever works on it now becomes responsible.

    A step that is on its way to the CRM cannot be called back: such a transfer ends when the CRM has answered, and the
    new one goes on from there. A transfer to the user himself goes on, and comes first.
    """
    earlier = [saga for saga in tx.sagas_of(task) if saga.kind == "transfer" and saga.user != user]
    for saga in earlier:
        if is_underway(saga, tx.at):
            tx.put_saga(attrs.evolve(saga, trouble=SUPERSEDED))
            continue
        tx.put_saga(attrs.evolve(saga, state="lost_race", trouble=SUPERSEDED))
        details = {"saga": saga.id, "steps": [step.state for step in saga.steps]}
        tx.append("transfer_lost", user=saga.user, task=task, fence=saga.fence, details=details)
    return earlier


def _taken_back(tx: Transaction, user: str, steps: tuple[Step, ...], earlier: list[Saga]) -> tuple[Step, ...]:
    """List steps for what is the user's by the mirror, but may just have been given to another by a transfer of ours.

    The CRM was asked and has not answered, so its next answer may tell of either.
    """
    covered = {(step.kind, step.id) for step in steps}
    asked = [
        Step("set_responsible", step.kind, step.id, user, (saga.user,))
        for saga in earlier
        for step in saga.steps
        if step.state == "sent" and (step.kind, step.id) not in covered
    ]
    return tuple(step for step in asked if getattr(tx.entity(step.kind, step.id), "responsible", None) == user)


def _also(step: Step, earlier: list[Saga]) -> tuple[str | None, ...]:
    """Whose responsibility a step may replace: also that of those to whom we were just giving it ourselves."""
    return tuple(dict.fromkeys((*step.only_if, *(saga.user for saga in earlier))))


def held(tx: Transaction, user: str, fence: int) -> FencedLease:
    """Give the live lease under which a user acts. Raises StaleFence when it has ended, NotYours when it is not his."""
    lease = tx.lease_of(user)
    if lease is None or lease.fence != fence:
        refuse(tx, user, fence)
    if lease.expires <= tx.at and not _is_busy(tx, lease):
        raise StaleFence(f"lease `{fence}` on task `{lease.task}` has expired, take again", lease_ended="expired")
    return lease


def refuse(tx: Transaction, user: str, fence: int) -> NoReturn:
    """Say why a fence is of no use to a user."""
    records = [record for record in tx.records_of(fence) if record.event == "taken" or record.event in ENDS]
    if not records:
        raise StaleFence(f"`{fence}` is no lease of user `{user}`")
    if records[0].user != user:
        raise NotYours(f"lease `{fence}` is not held by user `{user}`")
    last = records[-1]
    raise StaleFence(f"lease `{fence}` on task `{last.task}` has ended: {last.event}", lease_ended=last.event)


def renew(tx: Transaction, user: str, fence: int, lease_for: timedelta) -> FencedLease:
    """Let a lease last longer from now on; it never gets shorter."""
    lease = held(tx, user, fence)
    renewed = attrs.evolve(lease, expires=max(lease.expires, tx.at + lease_for))
    tx.put_lease(renewed)
    return renewed


def end(
    tx: Transaction, lease: FencedLease, event: Event, details: Mapping[str, Any] | None = None, *, title: str = ""
) -> Record:
    """End a lease and say how; an end beneath the employee leaves him a notice, under the task's text or `title`."""
    said = dict(details or {})
    tx.drop_lease(lease.task)
    if event in BENEATH:
        task = tx.entity("task", lease.task)
        tx.notify(lease.user, event, lease.task, title if task is None else task.text, said)
    return tx.append(event, user=lease.user, task=lease.task, fence=lease.fence, details=said)


def expire(tx: Transaction, lease: FencedLease) -> bool:
    """End a lease that nobody renewed, unless the CRM is still being told what was done under it."""
    if _is_busy(tx, lease):
        return False
    end(tx, lease, "expired", {"expired_at": moment_text(lease.expires)})
    return True


def expire_if_due(tx: Transaction, task: str) -> bool:
    """End the lease on a task if it has expired by now, and tell whether it was ended."""
    lease = tx.lease_on(task)
    return lease is not None and lease.expires <= tx.at and expire(tx, lease)


def _is_busy(tx: Transaction, lease: FencedLease) -> bool:
    return bool(wishes(tx, lease))


def wishes(tx: Transaction, lease: FencedLease) -> list[Saga]:
    """List the wishes under a lease of which the CRM has not been told, or has not answered."""
    return [saga for saga in tx.sagas_of(lease.task) if saga.fence == lease.fence and saga.kind in WISHES]
