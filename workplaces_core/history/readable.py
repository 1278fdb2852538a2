"""The same replay, slow and obvious: a snapshot before every hand-out, and `decide` over it. Tests hold both together.

Use it to explain a decision again: `snapshot_before` gives what the decision of that number read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.changes import KINDS, Change, Remove, Set, apply
from workplaces_core.decision import decide
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.model import Account, Lease, Snapshot
from workplaces_core.wire import load_changes

if TYPE_CHECKING:
    from workplaces_core.answers import Desk
    from workplaces_core.policy import Policy

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@frozen
class HandedOut:
    """A recorded hand-out: its number in the account's history, the event, and all that was known just before it."""

    number: int
    event: Event
    before: Snapshot

    @property
    def user(self) -> str:
        """Who took the task."""
        return str((self.event.value or {})["user"])


def handed_out(events: Iterable[Event]) -> Iterator[HandedOut]:
    """Go through the events of one account, and stop at every `taken`.

    What was taken and is not finished is under a lease without an end.
    """
    snapshot: Snapshot | None = None
    changes: list[Change] = []
    for number, event in enumerate(events):
        if event.kind == TAKEN:
            snapshot, changes = _applied(snapshot, changes), []
            yield HandedOut(number, event, snapshot)
        changes += changes_of(event)


def snapshot_before(events: Iterable[Event], number: int) -> Snapshot:
    """Give what was known just before an event of one account, by its number from 0.

    >>> moment = datetime(2026, 11, 24, tzinfo=UTC)
    >>> account = Event(moment, "acme", "set", "account", "acme", {"id": "acme", "timezone": "UTC"})
    >>> anna = Event(moment, "acme", "set", "user", "u1", {"id": "u1", "name": "Anna"})
    >>> len(snapshot_before([account, anna], 1).users), len(snapshot_before([account, anna], 2).users)
    (0, 1)
    """
    return _applied(
        None, [change for _, event in zip(range(number), events, strict=False) for change in changes_of(event)]
    )


def decided(events: Iterable[Event], policy: Policy) -> Iterator[tuple[HandedOut, Desk]]:
    """Give for every hand-out the desk that a policy would have shown just before it."""
    for found in handed_out(events):
        yield found, decide(found.before, policy, user=found.user, now=found.event.at)


def _applied(snapshot: Snapshot | None, changes: list[Change]) -> Snapshot:
    return apply(Snapshot(Account("", "UTC")) if snapshot is None else snapshot, changes)


def changes_of(event: Event) -> list[Change]:
    """Give what an event changes: a hand-out is a lease without an end, and being done ends it."""
    if event.kind == TAKEN:
        return [Set("lease", Lease(event.id, str((event.value or {})["user"]), event.at, _FOR_EVER))]
    if event.kind == FINISHED:
        return [Remove("lease", event.id)]
    assert event.kind in KINDS
    content = {"id": event.id} if event.op == "remove" else {"value": event.value}
    return load_changes([{"op": event.op, "kind": event.kind, **content}])
