"""The desk as the service gives it: with what the user has to be told, and how he holds his current task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
from attrs import frozen

from workplaces_core.adapters.stores import FencedLease, Notice, Saga, Store, Transaction
from workplaces_core.answers import Desk

_DESK = tuple(attribute.name for attribute in attrs.fields(Desk))


@frozen
class WorkDesk(Desk):
    """A desk with its notices (what ended beneath the user, and why), the lease of its current task, and its transfer.

    `transfer` is the change of ownership under this lease while it goes on, or when it went only part of the way.
    """

    notices: tuple[Notice, ...] = ()
    lease: FencedLease | None = None
    transfer: Saga | None = None


def with_work(desk: Desk, store: Store, *, at: datetime | None = None) -> WorkDesk:
    """Add to a desk what the store knows of the user's work."""
    lease, transfer = store.run(lambda tx: _holding(tx, desk.user), at=at) if desk.current else (None, None)
    values = {name: getattr(desk, name) for name in _DESK}
    return WorkDesk(**values, notices=tuple(store.notices(desk.user)), lease=lease, transfer=transfer)


def _holding(tx: Transaction, user: str) -> tuple[FencedLease | None, Saga | None]:
    lease = tx.lease_of(user)
    if lease is None:
        return None, None
    found = [saga for saga in tx.sagas_of(lease.task) if saga.fence == lease.fence and saga.kind == "transfer"]
    return lease, found[-1] if found else _failed(tx, lease)


def _failed(tx: Transaction, lease: FencedLease) -> Saga | None:
    """Give the transfer under a lease that went only part of the way: the log names it."""
    records = [record for record in tx.records_of(lease.fence) if record.event == "partly_transferred"]
    return tx.saga(records[-1].details["saga"]) if records else None


def what_shows(desk: WorkDesk) -> dict[str, Any]:
    """Give what a user sees of a desk: all but the moment at which it was asked for, and the heartbeat."""
    seen = {name: getattr(desk, name) for name in (*_DESK, "notices") if name != "at"}
    holding = None if desk.lease is None else (desk.lease.task, desk.lease.fence)
    moving = None if desk.transfer is None else desk.transfer.state
    return seen | {"holding": holding, "moving": moving}
