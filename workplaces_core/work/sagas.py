"""Writes to the CRM that must not be lost: each step recorded before and after, resumed by whoever comes first."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import attrs
from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter, Done, Forbidden, Gone, LostRace, Outcome
from workplaces_core.adapters.stores import Event, Saga, Step, Store, Transaction
from workplaces_core.changes import Change, Remove, Set
from workplaces_core.errors import CrmUnavailable, NotAllowed, WorkError
from workplaces_core.wire.forms import read_due
from workplaces_core.work.claims import CLAIM, OVER, SUPERSEDED, WISHES, is_underway, kept
from workplaces_core.work.leases import end

T = TypeVar("T")
_LOG = logging.getLogger("workplaces.work")

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

    INVARIANT: a step whose confirmation was recorded is never sent again, and of two steps about one entity, of
    whatever sagas, the second is not begun before the CRM has answered the first. A worker that stands still for
    longer than its claim, between its look at the CRM and its write, may break the second: no CRM takes fences.
    """

    def __init__(self, store: Store, adapter: CrmAdapter, name: str, at: Callable[[], datetime | None]) -> None:
        """Work for a store and a CRM; `name` is the store's own, so that no two stores use the same keys.

        `at` gives the moment of a transaction, None for the store's own time.
        """
        self._store, self._adapter, self._name, self._at = store, adapter, name, at

    def advance(self, saga: Saga, *, eager: bool = False) -> Advanced:
        """Go on with a saga as far as it goes now, after those of the same task that were begun before it.

        An eager worker tries at once what failed a moment ago: somebody waits for it.
        """
        worker = secrets.token_hex(8)
        queue = self._run(partial(_up_to, task=saga.task, last=saga.id))
        for earlier in queue:
            advanced = self._advance(earlier, worker, eager=eager)
            if advanced.saga.is_open and earlier.id != saga.id:
                return Advanced(saga, advanced.error)
            if earlier.id == saga.id:
                return advanced
        return self._advance(saga, worker, eager=eager)

    def _advance(self, saga: Saga, worker: str, *, eager: bool) -> Advanced:
        while True:
            work = self._run(partial(claim, saga_id=saga.id, worker=worker, eager=eager))
            if isinstance(work, Saga):
                return Advanced(work, None)
            answer = self._send(work)
            after = self._run(partial(conclude, sent=work.saga, index=work.index, answer=answer))
            if isinstance(answer, WorkError) or not after.is_open:
                return Advanced(after, answer if isinstance(answer, WorkError) else None)

    def _send(self, work: _Work) -> Outcome | WorkError:
        """Ask the CRM, and keep the claim meanwhile; what stops it is an answer too.

        So is an error that no adapter may raise: it must not keep the sagas of others from going on.
        """
        try:
            with kept(work.saga, self._run):
                return _asked(self._adapter, work.step, f"{self._name}:{work.saga.id}:{work.index}")
        except (CrmUnavailable, NotAllowed) as error:
            return error
        except Exception as error:  # noqa: BLE001 - an adapter is anybody's code
            _LOG.exception("the adapter failed unexpectedly at saga %d, it will be tried again", work.saga.id)
            return CrmUnavailable(f"the adapter failed unexpectedly: {type(error).__name__}: {error}")

    def _run(self, act: Callable[[Transaction], T]) -> T:
        return self._store.run(act, at=self._at())


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
    """Take the next step of a saga for a worker and record that it is sent, or give the saga when there is none now.

    A wish whose lease has ended is over: it must not come true under the lease of another.
    """
    saga = tx.saga(saga_id)
    assert saga is not None
    if not saga.is_open or tx.sagas_of(saga.task)[0].id != saga.id:
        return saga
    if saga.worker != worker and is_underway(saga, tx.at):
        return saga
    if saga.trouble == SUPERSEDED:
        return _called_off(tx, saga)
    lease = tx.lease_on(saga.task)
    if saga.kind in WISHES and (lease is None or lease.fence != saga.fence):
        return tx.put_saga(attrs.evolve(saga, state="refused", trouble=OVER, worker=None))
    if not eager and saga.worker != worker and saga.not_before is not None and saga.not_before > tx.at:
        return saga
    index = next(number for number, step in enumerate(saga.steps) if step.state in {"pending", "sent"})
    if _is_being_written(tx, saga, saga.steps[index]):
        return tx.put_saga(attrs.evolve(saga, worker=None, worked_until=None))
    sent = _with_step(saga, index, state="sent")
    return _Work(tx.put_saga(attrs.evolve(sent, worker=worker, worked_until=tx.at + CLAIM)), index)


def _is_being_written(tx: Transaction, saga: Saga, step: Step) -> bool:
    """Tell whether a saga of another task is just writing the same entity; those of one task go in their order."""
    if step.kind == "task":
        return False
    tx.entity(step.kind, step.id)  # from here to the end of the transaction nobody else looks
    return any(
        (other.kind, other.id) == (step.kind, step.id) and other.state == "sent"
        for each in tx.worked_sagas()
        if each.id != saga.id and is_underway(each, tx.at)
        for other in each.steps
    )


def conclude(tx: Transaction, sent: Saga, index: int, answer: Outcome | WorkError) -> Saga:
    """Record what the CRM answered to a step, and all that follows from it."""
    saga = tx.saga(sent.id)
    assert saga is not None
    if not saga.is_open or saga.steps[index].state == "done":
        return saga
    if isinstance(answer, WorkError):
        return saga if saga.worker != sent.worker else _put_off(tx, saga, answer)
    match answer:
        case Done():
            return _done(tx, _with_step(saga, index, state="done", outcome="done"), index)
        case LostRace(responsible):
            said = {"responsible": responsible}
            lost = _with_step(saga, index, state="failed", outcome=f"responsible is {responsible or 'nobody'}")
            _mirror(tx, lost.steps[index], responsible)
            return _ended(tx, attrs.evolve(lost, state="lost_race"), said)
        case Gone(reason) | Forbidden(reason):
            return _failed(tx, _with_step(saga, index, state="failed", outcome=reason), index)


def _called_off(tx: Transaction, saga: Saga) -> Saga:
    """End a transfer whose task was taken by another employee while a step was on its way."""
    return _ended(tx, attrs.evolve(saga, state="lost_race"), {})


def _put_off(tx: Transaction, saga: Saga, error: WorkError) -> Saga:
    if saga.trouble == SUPERSEDED:
        return _called_off(tx, saga)
    return tx.put_saga(_later(tx, saga, error))


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
        if saga.trouble == SUPERSEDED:
            return _called_off(tx, saga)
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
    elif lease is not None and event == "finished":
        end(tx, lease, "completed", details)  # it was on its way when the lease of him who wished it ended
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
