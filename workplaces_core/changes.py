"""Changes of a snapshot: one entity set or removed at a time, and what they make of it (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import attrs
from attrs import frozen

from workplaces_core.errors import ChangesError, Problem
from workplaces_core.model import (
    Account,
    Company,
    Contact,
    Deal,
    FieldDeclaration,
    Group,
    Lease,
    Skip,
    Snapshot,
    Task,
    TaskType,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["account", "user", "group", "task_type", "field", "deal", "contact", "company", "task", "lease", "skip"]
Entity = Account | User | Group | TaskType | FieldDeclaration | Deal | Contact | Company | Task | Lease | Skip

KINDS: tuple[Kind, ...] = get_args(Kind)
CLASSES: dict[Kind, type[Any]] = dict(zip(KINDS, get_args(Entity), strict=True))
COLLECTIONS: dict[Kind, str] = {
    "user": "users", "group": "groups", "task_type": "task_types", "field": "fields", "deal": "deals",
    "contact": "contacts", "company": "companies", "task": "tasks", "lease": "leases", "skip": "skips",
}  # fmt: skip
"""Where a snapshot keeps each kind; the account stands alone."""


@frozen
class Set:
    """The whole new state of one entity: adds it, or replaces the one with the same id."""

    kind: Kind
    value: Entity


@frozen
class Remove:
    """The end of one entity; removing what is absent changes nothing.

    `id` of a lease is its task's, of a field `entity.id`, of a skip `task/user`.
    """

    kind: Kind
    id: str


Change = Set | Remove


def key_of(entity: Any) -> Any:
    """Give the key under which a snapshot keeps an entity.

    >>> key_of(Account("acme", "UTC"))
    'acme'
    """
    match entity:
        case FieldDeclaration():
            return entity.entity, entity.id
        case Lease():
            return entity.task
        case Skip():
            return entity.task, entity.user
    return entity.id


def joined(kind: Kind, key: Any) -> str:
    """Write a key as `Remove` names it.

    >>> joined("skip", ("t1", "u1")), joined("field", ("deal", "budget"))
    ('t1/u1', 'deal.budget')
    """
    return {"field": ".", "skip": "/"}[kind].join(key) if isinstance(key, tuple) else str(key)


def about(change: Change) -> str:
    """Name what a change is about, as `Remove` does.

    >>> about(Set("user", User("u1", "Anna"))), about(Remove("lease", "t1"))
    ('u1', 't1')
    """
    return change.id if isinstance(change, Remove) else joined(change.kind, key_of(change.value))


def apply(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """Give the snapshot that changes make of another, all of them or, on ChangesError, none.

    >>> before = Snapshot(Account("acme", "UTC"))
    >>> after = apply(before, [Set("user", User("u1", "Anna")), Remove("task", "t9")])
    >>> len(before.users), after.users["u1"].name
    (0, 'Anna')
    """
    changes = list(changes)
    refuse_impossible(changes)
    account = snapshot.account
    kept: dict[str, dict[Any, Any]] = {}
    for change in changes:
        if change.kind == "account":
            assert isinstance(change, Set)
            assert isinstance(change.value, Account)
            account = change.value
            continue
        name = COLLECTIONS[change.kind]
        collection = kept.setdefault(name, dict(getattr(snapshot, name)))
        if isinstance(change, Set):
            collection[key_of(change.value)] = change.value
        else:
            for key in keys_named(change, collection):
                del collection[key]
    return attrs.evolve(snapshot, account=account, **kept)


def keys_named(change: Remove, collection: dict[Any, Any]) -> list[Any]:
    """List the keys of a collection that a removal names; several skips may share one joined text."""
    if change.kind == "skip":
        return [key for key in collection if joined("skip", key) == change.id]
    key = tuple(change.id.split(".", 1)) if change.kind == "field" else change.id
    return [key] if key in collection else []


def refuse_impossible(changes: Iterable[Change]) -> None:
    """Raise ChangesError when a change cannot be meant: it removes the account, or sets a value of another kind."""
    problems = []
    for number, change in enumerate(changes):
        if type(change) is Set and type(change.value) is CLASSES[change.kind]:
            continue
        if isinstance(change, Remove):
            if change.kind == "account":
                problems.append(Problem(f"[{number}].kind", change.kind, "cannot be removed, it can only be set"))
        else:
            problems.append(Problem(f"[{number}].value", type(change.value).__name__, f"must be a {change.kind}"))
    if problems:
        raise ChangesError(problems)
