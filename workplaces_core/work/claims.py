"""Who is at a saga: a claim of a few seconds, kept while the CRM is being asked, and void when its worker has died."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Any

import attrs

from workplaces_core.adapters.stores import Saga, Transaction
from workplaces_core.errors import WorkError

CLAIM = timedelta(seconds=15)
"""How long after its last sign a worker has a saga for itself; then another process believes it dead."""

SUPERSEDED = "taken by another employee"
"""What is the matter with a transfer when its task was handed to another employee."""

OVER = "the lease has ended"
"""What is the matter with a wish to finish or postpone when its lease ended before the CRM had answered."""

REPLACED = "replaced by another wish"
"""What is the matter with a wish when the employee wished for something else before the CRM had answered."""

WISHES = frozenset({"finish", "postpone"})
"""Sagas that tell the CRM what an employee did under his lease."""

_LONGEST_CALL = 300.0
"""For so many seconds a claim is kept at most: an adapter that never returns must not hold a saga for ever."""

_SIGN_SECONDS = CLAIM.total_seconds() / 3
_LOG = logging.getLogger("workplaces.work")


def is_underway(saga: Saga, at: datetime) -> bool:
    """Tell whether a worker is at a saga."""
    return saga.worker is not None and saga.worked_until is not None and saga.worked_until > at


@contextmanager
def kept(saga: Saga, run: Callable[[Callable[[Transaction], Any]], Any]) -> Iterator[None]:
    """Keep a worker's claim for as long as this lasts: a CRM that answers slowly is not asked twice.

    `run` runs a command in a transaction.
    """
    over = Event()

    def keep() -> None:
        began = monotonic()
        while not over.wait(_SIGN_SECONDS) and monotonic() - began < _LONGEST_CALL:
            try:
                run(partial(prolong, saga_id=saga.id, worker=saga.worker))
            except WorkError as error:
                _LOG.warning("the claim on saga %s was not kept, it will be tried again: %s", saga.id, error)

    thread = Thread(target=keep, name="workplaces-claim", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def prolong(tx: Transaction, saga_id: int, worker: str | None) -> None:
    """Let a claim last longer from now on, if it is still the worker's."""
    saga = tx.saga(saga_id)
    if saga is not None and saga.is_open and saga.worker == worker:
        tx.put_saga(attrs.evolve(saga, worked_until=tx.at + CLAIM))
