"""Data that do not fit: references to what the snapshot does not have, values of another kind than declared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, get_args

from workplaces_core.changes import COLLECTIONS, joined
from workplaces_core.check.codes import finding, listed
from workplaces_core.check.kinds import DECLARED
from workplaces_core.check.tally import EXAMPLES, Tally
from workplaces_core.errors import shown
from workplaces_core.model import EntityKind
from workplaces_core.rules.conditions import is_missing, kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workplaces_core.answers import Finding
    from workplaces_core.changes import Kind
    from workplaces_core.check.review import Review
    from workplaces_core.model import Snapshot

Reference = tuple["Kind", str]
"""The kind and the id of what is referred to."""


def _responsible(entity: Any) -> list[Reference]:
    return [] if entity.responsible is None else [("user", entity.responsible)]


_REFERENCES: tuple[tuple[Kind, str, Callable[[Any], Iterable[Reference]]], ...] = (
    ("user", "groups", lambda user: [("group", group) for group in user.groups]),
    ("deal", "responsible", _responsible),
    ("deal", "contacts", lambda deal: [("contact", contact) for contact in deal.contacts]),
    ("deal", "company", lambda deal: [] if deal.company is None else [("company", deal.company)]),
    ("contact", "responsible", _responsible),
    ("company", "responsible", _responsible),
    ("task", "type", lambda task: [("task_type", task.type)]),
    ("task", "responsible", _responsible),
    ("task", "subject", lambda task: [] if task.subject is None else [(task.subject.kind, task.subject.id)]),
    ("lease", "task", lambda lease: [("task", lease.task)]),
    ("lease", "user", lambda lease: [("user", lease.user)]),
    ("skip", "task", lambda skip: [("task", skip.task)]),
    ("skip", "user", lambda skip: [("user", skip.user)]),
)
"""Every kind of reference: whose it is, its key, and what it refers to."""


def dangling(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report references to what the snapshot does not have, one finding a kind of reference."""
    del review
    for referring, name, references in _REFERENCES:
        tally, missing = Tally(), set[str]()
        collection = getattr(snapshot, COLLECTIONS[referring])
        for key in sorted(collection):
            absent = [each for kind, each in references(collection[key]) if each not in _of(snapshot, kind)]
            if absent:
                tally.add(joined(referring, key))
                missing.update(absent)
        if tally.count:
            yield _dangling(COLLECTIONS[referring], name, tally, sorted(missing))


def _of(snapshot: Snapshot, kind: Kind) -> dict[Any, Any]:
    found: dict[Any, Any] = getattr(snapshot, COLLECTIONS[kind])
    return found


def _dangling(collection: str, name: str, tally: Tally, missing: list[str]) -> Finding:
    named = listed([shown(each) for each in missing[:EXAMPLES]])
    return finding(
        "dangling_reference",
        collection,
        f"{tally.count} of {collection} name by `{name}` what the snapshot does not have, such as {named}; "
        "it counts as nobody or nothing until the CRM gives it",
        reference=name,
        count=tally.count,
        examples=tally.examples,
        missing=missing[:EXAMPLES],
    )


def other_kinds(review: Review, snapshot: Snapshot) -> Iterator[Finding]:
    """Report fields that hold values of another kind than declared, one finding a field."""
    del review
    for entity in get_args(EntityKind):
        collection = COLLECTIONS[entity]
        kinds = {name: DECLARED[each.type] for (owner, name), each in snapshot.fields.items() if owner == entity}
        found = _other_kinds(getattr(snapshot, collection), kinds)
        for name in sorted(found):
            tally, kinds_found = found[name]
            others = sorted(kinds_found)
            yield finding(
                "value_of_other_kind",
                collection,
                f"`{entity}.{name}` is declared to hold {kinds[name]}, {tally.count} of {collection} hold "
                f"{' or '.join(others)}; correct the values or the declaration",
                field=f"{entity}.{name}",
                kind=kinds[name],
                found=others,
                count=tally.count,
                examples=tally.examples,
            )


def _other_kinds(entities: dict[str, Any], kinds: dict[str, str]) -> dict[str, tuple[Tally, set[str]]]:
    found: dict[str, tuple[Tally, set[str]]] = defaultdict(lambda: (Tally(), set()))
    for key in sorted(entities):
        for name, value in entities[key].fields.items():
            if name in kinds and not is_missing(value) and kind(value) != kinds[name]:
                tally, kinds_found = found[name]
                tally.add(key)
                kinds_found.add(kind(value))
    return found
