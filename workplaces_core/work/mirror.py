"""What was read in the CRM, written into the mirror: never over our own later writes, and ending leases beneath it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from workplaces_core.adapters.stores import Event, FencedLease, Transaction
from workplaces_core.changes import Change, Remove, Set, about
from workplaces_core.work.leases import end


@frozen
class Mirrored:
    """What came of a batch: how many entities changed, which leases ended, and how many have to be read again."""

    changed: int
    ended: int
    passed_over: int


def mirror(tx: Transaction, changes: Iterable[Change], *, read_from: int) -> Mirrored:
    """Write what was read, but for entities that were written after number `read_from`, when the reading began.

    What a command of ours wrote meanwhile may be newer than what was read: it is passed over, and read again.
    """
    fresh = {(change.kind, about(change)): change for change in changes}
    wanted = [change for change in fresh.values() if tx.touched(change.kind, about(change)) <= read_from]
    before = {about(change): tx.entity("task", about(change)) for change in wanted if change.kind == "task"}
    news = [change for change in wanted if _is_news(tx, change, before)]
    tx.write(news)
    # Only now: a lease taken while we wrote is seen, because taking looks at the task that was just written.
    ended = sum(_ends(tx, change, before[about(change)]) for change in news if change.kind == "task")
    return Mirrored(len(news), ended, len(fresh) - len(wanted))


def _is_news(tx: Transaction, change: Change, before: dict[str, Any]) -> bool:
    held = before[about(change)] if change.kind == "task" else tx.entity(change.kind, about(change))
    return held != change.value if isinstance(change, Set) else held is not None


def _ends(tx: Transaction, change: Change, before: Any) -> bool:
    lease = tx.lease_on(about(change))
    if lease is None:
        return False
    found = _end_by(change, before, lease)
    if found is None or (found[0] in {"completed", "deleted"} and _we_complete(tx, lease)):
        return False
    if found[0] == "reassigned" and found[1]["responsible"] in _replaced_by_us(tx, lease):
        return False
    event, said = found
    end(tx, lease, event, said, title="" if before is None else before.text)
    return True


def _we_complete(tx: Transaction, lease: FencedLease) -> bool:
    """Tell whether it may be our own completion that was read, or why an open task is gone: its sender will know."""
    return any(saga.kind == "finish" and saga.fence == lease.fence for saga in tx.sagas_of(lease.task))


def _replaced_by_us(tx: Transaction, lease: FencedLease) -> set[str | None]:
    """Whose responsibility the transfer under a lease is still to replace: a late write of ours to him ends nothing."""
    moving = (saga for saga in tx.sagas_of(lease.task) if saga.kind == "transfer" and saga.fence == lease.fence)
    ahead = (step for saga in moving for step in saga.steps if step.kind == "task" and step.state != "done")
    return {user for step in ahead for user in step.only_if}


def _end_by(change: Change, before: Any, lease: FencedLease) -> tuple[Event, dict[str, Any]] | None:
    """Tell how a change in the CRM ends a lease: completed, deleted, or given to somebody else than before."""
    if isinstance(change, Remove):
        return "deleted", {}
    task: Any = change.value
    if task.completed:
        return "completed", {}
    if task.responsible != lease.user and (before is None or task.responsible != before.responsible):
        return "reassigned", {"responsible": task.responsible}
    return None
