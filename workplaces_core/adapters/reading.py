"""A whole CRM account as one snapshot, and where to read on from."""

from __future__ import annotations

from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.changes import Set, apply
from workplaces_core.errors import CrmUnavailable
from workplaces_core.model import Account, Snapshot


@frozen
class Reading:
    """What a CRM held when it was read; `cursor` is None when the adapter cannot read changes."""

    snapshot: Snapshot
    cursor: str | None


def read_everything(adapter: CrmAdapter) -> Reading:
    """Read the directory and everything open. Raises what the adapter raises; half a reading is never given.

    The cursor is taken first, so that what changes while we read is read again rather than missed.

    >>> from workplaces_core.adapters.memory import MemoryCrm
    >>> crm = MemoryCrm(Snapshot(Account("acme", "Europe/Moscow")))
    >>> read_everything(crm).snapshot.account.id
    'acme'
    """
    cursor = adapter.cursor() if adapter.capabilities.read_changes.is_there else None
    found = [*adapter.directory(), *(change for batch in adapter.read_open() for change in batch)]
    return Reading(apply(Snapshot(_account_of(found)), found), cursor)


def _account_of(found: list[Set]) -> Account:
    for change in found:
        if isinstance(change.value, Account):
            return change.value
    raise CrmUnavailable("the directory came without the account")
