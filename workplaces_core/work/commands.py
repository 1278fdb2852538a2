"""What an employee does under a lease: each command in one transaction, with the answer kept under its key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from workplaces_core.adapters.stores import FencedLease, Record, Saga, SagaKind, Step, Transaction
from workplaces_core.changes import Set
from workplaces_core.errors import CrmUnavailable
from workplaces_core.model import Skip
from workplaces_core.wire.forms import moment_text, read_instant
from workplaces_core.work.answers import recall, remember
from workplaces_core.work.claims import REPLACED, is_underway
from workplaces_core.work.leases import ENDS, end, held, renew, wishes


def record_form(record: Record) -> dict[str, Any]:
    """Write an entry of the log as JSON values."""
    return attrs.asdict(record) | {"at": moment_text(record.at)}


def record_from(form: dict[str, Any]) -> Record:
    """Read what `record_form` wrote."""
    return Record(**{**form, "at": read_instant(form["at"])})


def release(tx: Transaction, user: str, fence: int, reason: str, key: str | None) -> Record:
    """Give a task back; it returns to its place."""
    command = {"release": {"fence": fence, "reason": reason}}
    told = recall(tx, user, key, command)
    if told is not None:
        return record_from(told)
    lease, unanswered = _free_to_go(tx, user, fence)
    record = end(tx, lease, "released", {"reason": reason, **unanswered})
    remember(tx, user, key, command, record_form(record))
    return record


def skip(tx: Transaction, user: str, fence: int, reason: str, minutes: int, key: str | None) -> Record:
    """Give a task back, and do not see it for some minutes."""
    command = {"skip": {"fence": fence, "reason": reason, "minutes": minutes}}
    told = recall(tx, user, key, command)
    if told is not None:
        return record_from(told)
    lease, unanswered = _free_to_go(tx, user, fence)
    until = tx.at + timedelta(minutes=minutes)
    tx.write([Set("skip", Skip(lease.task, user, until))])
    said = {"reason": reason, "minutes": minutes, "until": moment_text(until), **unanswered}
    record = end(tx, lease, "skipped", said)
    remember(tx, user, key, command, record_form(record))
    return record


def begin(
    tx: Transaction, user: str, fence: int, kind: SagaKind, value: str, key: str | None, lease_for: timedelta
) -> Saga:
    """Record the wish to finish or postpone before the CRM is told, and keep the lease until it was."""
    command: dict[str, Any] = {kind: {"fence": fence, "value": value}}
    told = recall(tx, user, key, command)
    if told is not None:
        kept = tx.saga(told)
        assert kept is not None
        return kept
    lease = held(tx, user, fence)
    for other in wishes(tx, lease):
        if other.kind == kind and (other.steps[0].value == value or is_underway(other, tx.at)):
            remember(tx, user, key, command, other.id)
            return other
        _replace(tx, other)
    renew(tx, user, fence, lease_for)
    step = Step("complete" if kind == "finish" else "postpone", "task", lease.task, value)
    saga = tx.put_saga(Saga(0, kind, lease.task, user, fence, (step,), started=tx.at))
    remember(tx, user, key, command, saga.id)
    return saga


def ending(tx: Transaction, fence: int) -> Record | None:
    """Give how a lease ended, None while it has not."""
    return next((record for record in reversed(tx.records_of(fence)) if record.event in ENDS), None)


def _free_to_go(tx: Transaction, user: str, fence: int) -> tuple[FencedLease, dict[str, Any]]:
    """Give the lease, and forget a wish of which the CRM could not be told yet: this one comes in its place.

    What the CRM was asked and has not answered it may have done all the same, so that is given to be written down.
    """
    lease = held(tx, user, fence)
    found = wishes(tx, lease)
    for wish in found:
        _replace(tx, wish)
    asked = [wish.kind for wish in found if wish.steps[0].state == "sent"]
    return lease, {"unanswered": asked[-1]} if asked else {}


def _replace(tx: Transaction, wish: Saga) -> None:
    """Forget a wish for another one. One that is on its way to the CRM cannot be called back: its answer is near."""
    if is_underway(wish, tx.at):
        raise CrmUnavailable(f"the CRM is just being told to {wish.kind} task `{wish.task}`, try again")
    tx.put_saga(attrs.evolve(wish, state="refused", trouble=REPLACED, worker=None))
