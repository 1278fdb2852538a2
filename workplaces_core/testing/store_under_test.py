"""What a test of a store looks at: its mirror, what it told since a position, and all of its tables at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import attrs

from workplaces_core.adapters.stores import Store, T, Transaction
from workplaces_core.changes import Change, Kind, Set, about, apply
from workplaces_core.model import Account, Snapshot

MakeStore = Callable[[], Store]
"""Makes a new, empty store."""

Opener = Callable[[], Store]
"""Opens a store that is there already, once more; it can be pickled, so that another process may do it."""

Mirror = dict[tuple[Kind, str], Any]
"""Entities by kind and id; the account stands under an empty id."""


def key(change: Change) -> tuple[Kind, str]:
    """Name what a change is about.

    >>> key(Set("account", Account("acme", "UTC")))
    ('account', '')
    """
    return change.kind, "" if change.kind == "account" else about(change)


def mirror(store: Store) -> Mirror:
    """Give all that a store mirrors."""
    return {key(change): change.value for change in store.entities()}


def applied(before: Mirror, changes: Iterable[Change]) -> Mirror:
    """Give the mirror that changes make of another."""
    after = dict(before)
    for change in changes:
        if isinstance(change, Set):
            after[key(change)] = change.value
        else:
            after.pop(key(change), None)
    return after


def follow(store: Store, position: str, *, limit: int = 1000) -> tuple[list[Change], str]:
    """Read the feed to its end, page by page; give all changes and the last position."""
    changes: list[Change] = []
    more = True
    while more:
        page = store.feed(position, limit=limit)
        assert len(page.changes) <= limit, "a page is longer than its limit"
        assert page.position != position or not page.more, "the feed says `more` and does not go on"
        changes += page.changes
        position, more = page.position, page.more
    return changes, position


def write(store: Store, *changes: Change) -> None:
    """Write changes in a transaction of their own."""
    store.run(lambda tx: tx.write(changes))


def entity(store: Store, kind: Kind, entity_id: str) -> Any:
    """Give an entity of the mirror."""
    return store.run(lambda tx: tx.entity(kind, entity_id))


def touched(store: Store, kind: Kind, entity_id: str) -> int:
    """Give the number of the last write of an entity."""
    return store.run(lambda tx: tx.touched(kind, entity_id))


def snapshot(found: Mirror) -> Snapshot:
    """Make a snapshot of a mirror, by `apply`, as every follower does.

    >>> snapshot({("account", ""): Account("acme", "UTC")}).account.id
    'acme'
    """
    account = found.get(("account", ""), Account("none", "UTC"))
    changes = [Set(kind, value) for (kind, _), value in found.items()]
    return apply(Snapshot(account), changes)


def tables(store: Store, *, users: Iterable[str] = ("u1", "u2", "u3"), keys: Iterable[str] = ("k",)) -> dict[str, Any]:
    """Give all that a store keeps, as far as users, keys and the cell `c` go."""
    answers = store.run(lambda tx: [tx.answer(user, each) for user in users for each in keys])
    return {
        "mirror": mirror(store),
        "leases": sorted(store.leases(), key=lambda lease: lease.task),
        "log": list(store.log()),
        "notices": [notice for user in users for notice in store.notices(user)],
        "answers": answers,
        "sagas": list(store.sagas(open_only=False)),
        "policies": list(store.policies()),
        "cell": store.cells.read("c"),
    }


def exactly(value: Any) -> Any:
    """Give a form of a value in which True, 1 and 1.0 are different, and so are a date and its midnight.

    >>> exactly(True) == exactly(1), exactly({"a": 1, "b": 2}) == exactly({"b": 2, "a": 1})
    (False, True)
    """
    if attrs.has(type(value)):
        return type(value).__name__, exactly(attrs.asdict(value, recurse=False))
    if isinstance(value, dict):
        return sorted((name, exactly(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, [exactly(each) for each in value]
    if isinstance(value, datetime):
        return "instant", value.astimezone(UTC).isoformat()
    return type(value).__name__, repr(value)


def each_of(*acts: Callable[[Transaction], Any]) -> Callable[[Transaction], list[Any]]:
    """Make one command of several, which gives what each of them gives."""
    return lambda tx: [act(tx) for act in acts]


class Wanted(Exception):
    """What a test raises inside a command, in order that it be taken back."""


def fail_after(store: Store, act: Callable[[Transaction], T]) -> None:
    """Run a command that does something and raises then; it has to raise the same."""

    def failing(tx: Transaction) -> None:
        act(tx)
        raise Wanted

    try:
        store.run(failing)
    except Wanted:
        return
    raise AssertionError("what the command raised was not raised")


def refused(store: Store, act: Callable[[Transaction], object]) -> bool:
    """Tell whether a store refuses a command that breaks what it has to keep.

    Which error it raises is its own affair: commands look first, so it tells of a mistake in them.
    """
    try:
        store.run(act)
    except Exception:  # noqa: BLE001 - see above
        return True
    return False
