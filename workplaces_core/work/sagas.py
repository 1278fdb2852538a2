"""Writes to the CRM that must not be lost: each step recorded before and after, resumed by whoever comes first."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter, Done, Forbidden, Gone, LostRace, Outcome
from workplaces_core.adapters.stores import Event, Saga, Step, Store, Transaction
from workplaces_core.changes import Change, Remove, Set
from workplaces_core.errors import CrmUnavailable, NotAllowed, WorkError
from workplaces_core.wire.forms import read_due
from workplaces_core.work.leases import end

if TYPE_CHECKING:
    from datetime import datetime

CLAIM = timedelta(seconds=15)
"""How long a worker has a saga for itself before another process believes it dead."""

_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(seconds=60)


_CELL = "store"


def name_of(store: Store) -> str:
    """Give the name of a store: random, made by the first who asks, the same for all who ask later."""
    cell = store.cells.read(_CELL)
    if cell is None:
        store.cells.swap(_CELL, secrets.token_hex(8), version=0)
        cell = store.cells.read(_CELL)
    assert cell is not None
    return cell.value


@frozen
class _Work:
    """A step that this worker is to make now."""

    saga: Saga
    index: int

    @property
    def step(self) -> Step:
        return self.saga.steps[self.index]


@frozen
class Advanced:
    """How far a saga has come: still open when somebody else is at it, or when `error` stopped it for now."""

    saga: Saga
    error: WorkError | None


class SagaRunner:
    """Makes the steps of sagas, one transaction before and one after each; safe for many threads and processes.

    INVARIANT: a step whose confirmation was recorded is never sent again. While two workers have a saga, because one
    was slower than its claim, both may send the same step: the same value is written twice.
    """

    def __init__(self, store: Store, adapter: CrmAdapter, name: str) -> None:
        """Work for a store and a CRM; `name` is the store's own, so that no two stores use the same keys."""
        self._store, self._adapter, self._name = store, adapter, name

    def advance(self, saga: Saga, *, eager: bool = False, at: datetime | None = None) -> Advanced:
        """Go on with a saga as far as it goes now, after those of the same task that were begun before it.

        An eager worker tries at once what failed a moment ago: somebody waits for it.
        """
        worker = secrets.token_hex(8)
        queue = self._store.run(partial(_up_to, task=saga.task, last=saga.id), at=at)
        for earlier in queue:
            advanced = self._advance(earlier, worker, at, eager=eager)
            if advanced.saga.is_open and earlier.id != saga.id:
                return Advanced(saga, advanced.error)
            if earlier.id == saga.id:
                return advanced
        return self._advance(saga, worker, at, eager=eager)

    def _advance(self, saga: Saga, worker: str, at: datetime | None, *, eager: bool) -> Advanced:
        while True:
            work = self._store.run(partial(claim, saga_id=saga.id, worker=worker, eager=eager), at=at)
            if isinstance(work, Saga):
                return Advanced(work, None)
            answer = self._send(work)
            after = self._store.run(partial(conclude, sent=work.saga, index=work.index, answer=answer), at=at)
            if isinstance(answer, WorkError) or not after.is_open:
                return Advanced(after, answer if isinstance(answer, WorkError) else None)

    def _send(self, work: _Work) -> Outcome | WorkError:
        """Ask the CRM; what stops it is an answer too."""
        try:
            return _asked(self._adapter, work.step, f"{self._name}:{work.saga.id}:{work.index}")
        except (CrmUnavailable, NotAllowed) as error:
            return error


def _asked(adapter: CrmAdapter, step: Step, key: str) -> Outcome:
    match step.action:
        case "complete":
            return adapter.complete(step.id, result=step.value, key=key)
        case "postpone":
            return adapter.postpone(step.id, due=read_due(step.value), key=key)
    outcome: Outcome = Done()
    for number, responsible in enumerate(step.only_if):
        # One key a call: another `only_if` is another wish.
        asked = key if number == 0 else f"{key}.{number}"
        outcome = adapter.set_responsible(step.kind, step.id, step.value, only_if=responsible, key=asked)
        if not (isinstance(outcome, LostRace) and outcome.responsible in step.only_if[number + 1 :]):
            return outcome
    return outcome


def _up_to(tx: Transaction, task: str, last: int) -> list[Saga]:
    return [each for each in tx.sagas_of(task) if each.id <= last]


def claim(tx: Transaction, saga_id: int, worker: str, *, eager: bool = False) -> Saga | _Work:
    """Take the next step of a saga for a worker and record that it is sent, or give the saga when there is none now."""
    saga = tx.saga(saga_id)
    assert saga is not None
    if not saga.is_open or tx.sagas_of(saga.task)[0].id != saga.id:
        return saga
    if saga.worker not in {None, worker} and saga.worked_until is not None and saga.worked_until > tx.at:
        return saga
    if not eager and saga.worker != worker and saga.not_before is not None and saga.not_before > tx.at:
        return saga
    index = next(number for number, step in enumerate(saga.steps) if step.state in {"pending", "sent"})
    sent = _with_step(saga, index, state="sent")
    return _Work(tx.put_saga(attrs.evolve(sent, worker=worker, worked_until=tx.at + CLAIM)), index)


def conclude(tx: Transaction, sent: Saga, index: int, answer: Outcome | WorkError) -> Saga:
    """Record what the CRM answered to a step, and all that follows from it."""
    saga = tx.saga(sent.id)
    assert saga is not None
    if not saga.is_open or saga.steps[index].state == "done":
        return saga
    match answer:
        case Done():
            return _done(tx, _with_step(saga, index, state="done", outcome="done"), index)
        case LostRace(responsible):
            said = {"responsible": responsible}
            lost = _with_step(saga, index, state="failed", outcome=f"responsible is {responsible or 'nobody'}")
            _mirror(tx, lost.steps[index], responsible)
            return _ended(tx, attrs.evolve(lost, state="lost_race"), said)
        case Gone(reason):
            return _failed(tx, _with_step(saga, index, state="failed", outcome=reason), index)
        case Forbidden(reason):
            return _failed(tx, _with_step(saga, index, state="failed", outcome=reason), index)
    return tx.put_saga(_later(tx, saga, answer))


def _later(tx: Transaction, saga: Saga, error: WorkError) -> Saga:
    wait = min(_FIRST_WAIT * 2 ** min(saga.attempts, 10), _LONGEST_WAIT)
    if isinstance(error, CrmUnavailable) and error.retry_after is not None:
        wait = max(wait, timedelta(seconds=error.retry_after))
    if isinstance(error, NotAllowed):
        wait = _LONGEST_WAIT
    return attrs.evolve(
        saga,
        attempts=saga.attempts + 1,
        not_before=tx.at + wait,
        worker=None,
        worked_until=None,
        trouble=str(error) or type(error).__name__,
    )


def _done(tx: Transaction, saga: Saga, index: int) -> Saga:
    step = saga.steps[index]
    _mirror(tx, step, step.value)
    if index + 1 < len(saga.steps):
        return tx.put_saga(attrs.evolve(saga, attempts=0, not_before=None, trouble=None))
    return _ended(tx, attrs.evolve(saga, state="done", trouble=None), {})


def _failed(tx: Transaction, saga: Saga, index: int) -> Saga:
    step = saga.steps[index]
    if step.outcome == "deleted":
        _write(tx, Remove(step.kind, step.id))
    elif step.outcome == "completed":
        _mirror(tx, Step("complete", "task", saga.task, ""), None)
    if saga.kind in {"finish", "postpone"}:
        return _ended(tx, attrs.evolve(saga, state="refused", trouble=step.outcome), {"reason": step.outcome})
    return _ended(tx, attrs.evolve(saga, state="partly_transferred", trouble=step.outcome), {"reason": step.outcome})


_EVENTS: dict[tuple[str, str], Any] = {
    ("transfer", "done"): "transferred",
    ("transfer", "lost_race"): "transfer_lost",
    ("transfer", "partly_transferred"): "partly_transferred",
    ("compensate", "done"): "compensated",
    ("compensate", "lost_race"): "compensated",
    ("compensate", "partly_transferred"): "partly_transferred",
    ("finish", "done"): "finished",
    ("postpone", "done"): "postponed",
    ("finish", "refused"): "refused",
    ("postpone", "refused"): "refused",
}


def _ended(tx: Transaction, saga: Saga, said: dict[str, Any]) -> Saga:
    """Log how a saga ended, and end the lease where that follows from it."""
    kept = tx.put_saga(attrs.evolve(saga, worker=None, worked_until=None, not_before=None))
    event = _EVENTS[kept.kind, kept.state]
    details = said | {"saga": kept.id, "steps": steps_form(kept.steps)}
    lease = tx.lease_on(kept.task)
    if event not in {"finished", "postponed"}:
        tx.append(event, user=kept.user, task=kept.task, fence=kept.fence, details=details)
        event = "lost_race" if event == "transfer_lost" else _beneath(tx, kept.task)
    if lease is not None and lease.fence == kept.fence and event is not None:
        end(tx, lease, event, details)
    if kept.state == "refused":
        tx.notify(kept.user, "refused", kept.task, _text(tx, kept.task), details)
    return kept


def _beneath(tx: Transaction, task: str) -> Event | None:
    """Tell how the task itself has ended meanwhile."""
    found = tx.entity("task", task)
    if found is None:
        return "deleted"
    return "completed" if found.completed else None


def steps_form(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Write steps as JSON values: what was to be changed, and what came of it."""
    return [
        {name: getattr(step, name) for name in ("action", "kind", "id", "value", "state", "outcome")} for step in steps
    ]


def _text(tx: Transaction, task: str) -> str:
    found = tx.entity("task", task)
    return "" if found is None else found.text


def _with_step(saga: Saga, index: int, **state: Any) -> Saga:
    changed = attrs.evolve(saga.steps[index], **state)
    return attrs.evolve(saga, steps=(*saga.steps[:index], changed, *saga.steps[index + 1 :]))


def _mirror(tx: Transaction, step: Step, value: str | None) -> None:
    """Let the mirror say what the CRM confirmed, before the next reading does."""
    entity = tx.entity(step.kind, step.id)
    if entity is None:
        return
    match step.action:
        case "set_responsible":
            _write(tx, Set(step.kind, attrs.evolve(entity, responsible=value)))
        case "complete":
            _write(tx, Set("task", attrs.evolve(entity, completed=True)))
        case "postpone":
            assert value is not None
            _write(tx, Set("task", attrs.evolve(entity, due=read_due(value))))


def _write(tx: Transaction, change: Change) -> None:
    tx.write([change])
