"""What an editor of policies offers to choose from: who and what the account has, and which comparisons fit a field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import frozen

from workplaces_core.model import Company, Contact, Deal, FieldDeclaration, Snapshot
from workplaces_core.policy import OPERANDS, TASK_PATHS, RuleSet
from workplaces_web.live.cards import Named

_MOST_TAGS = 500
_ANY = ("eq", "in", "is_set")
_OPS: Mapping[str, tuple[str, ...]] = {
    "text": ("contains", "starts_with"),
    "number": ("lt", "le", "gt", "ge", "between"),
    "boolean": (),
    "date": ("days", "lt", "le", "gt", "ge", "between"),
    "datetime": ("days", "lt", "le", "gt", "ge", "between"),
    "option": (),
    "options": ("has_any", "has_all"),
    "texts": ("has_any", "has_all"),
}


@frozen
class UserChoice:
    """A user; one who is not active was dismissed, his tasks may be what a common queue is for."""

    id: str
    name: str
    active: bool
    groups: tuple[str, ...]


@frozen
class FieldChoice:
    """A field of conditions: its path, what it holds, the comparisons that fit, and the options there are."""

    path: str
    name: str
    type: str
    ops: tuple[str, ...]
    options: tuple[str, ...] | None


@frozen
class PickersView:
    """All that settings can name; tags come with the most frequent first."""

    account: str
    zone: str
    users: tuple[UserChoice, ...]
    groups: tuple[Named, ...]
    task_types: tuple[Named, ...]
    fields: tuple[FieldChoice, ...]
    tags: Mapping[str, tuple[str, ...]]
    ops: Mapping[str, str]
    order_keys: tuple[str, ...]


def pickers(snapshot: Snapshot, rules: RuleSet | None) -> PickersView:
    """List what an account offers."""
    custom = rules or RuleSet()
    return PickersView(
        account=snapshot.account.id,
        zone=snapshot.account.timezone,
        users=tuple(UserChoice(each.id, each.name, each.active, each.groups) for each in snapshot.users.values()),
        groups=tuple(Named(each.id, each.name) for each in snapshot.groups.values()),
        task_types=tuple(Named(each.id, each.name) for each in snapshot.task_types.values()),
        fields=(*_attributes(), *(_field(each) for each in snapshot.fields.values())),
        tags={
            "deal": _tags(snapshot.deals.values()),
            "contact": _tags(snapshot.contacts.values()),
            "company": _tags(snapshot.companies.values()),
        },
        ops={**OPERANDS, **{name: op.operand for name, op in custom.ops.items()}},
        order_keys=("field", *custom.order),
    )


def ops_for(kind: str) -> tuple[str, ...]:
    """Name the comparisons that fit a type of field.

    >>> ops_for("option")
    ('eq', 'in', 'is_set')
    """
    return ("has_any", "has_all", "is_set") if kind in {"options", "texts"} else (*_ANY[:2], *_OPS[kind], "is_set")


def _attributes() -> Iterable[FieldChoice]:
    """List what every entity has without declaring it; names are for the interface to give."""
    for entity in ("deal", "contact", "company"):
        yield FieldChoice(f"{entity}.name", "name", "text", ops_for("text"), None)
        yield FieldChoice(f"{entity}.responsible", "responsible", "user", ("eq", "in", "is_set"), None)
        yield FieldChoice(f"{entity}.tags", "tags", "texts", ops_for("texts"), None)
        yield FieldChoice(f"{entity}.id", "id", "text", ("eq", "in"), None)
    kinds = {"text": "text", "responsible": "user", "created": "datetime", "type": "task_type"}
    for name in TASK_PATHS:
        ops = ops_for(kinds[name]) if kinds[name] in _OPS else ("eq", "in")
        yield FieldChoice(f"task.{name}", name, kinds[name], ops, None)


def _field(declared: FieldDeclaration) -> FieldChoice:
    path = f"{declared.entity}.{declared.id}"
    return FieldChoice(path, declared.name, declared.type, ops_for(declared.type), declared.options)


def _tags(entities: Iterable[Deal | Contact | Company]) -> tuple[str, ...]:
    counted = Counter(tag for entity in entities for tag in entity.tags)
    return tuple(tag for tag, _ in sorted(counted.items(), key=lambda each: (-each[1], each[0]))[:_MOST_TAGS])
