"""Settings that name what is not there, and conditions and order keys that do not fit their field."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.changes import COLLECTIONS
from workplaces_core.check.codes import finding, listed
from workplaces_core.check.kinds import certain_kind, declaration, errs_on, promised_kind
from workplaces_core.errors import shown
from workplaces_core.model import Snapshot
from workplaces_core.policy import Members, leaves
from workplaces_core.rules.conditions import is_missing, kind
from workplaces_core.wire.forms import field_value_form

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from workplaces_core.answers import Finding
    from workplaces_core.check.review import Review
    from workplaces_core.policy import Leaf, Priority, Role

_SORTABLE = frozenset({"number", "date", "instant"})
_SHOWN_NAMES = 10


def unknown_or_unfit(review: Review) -> Iterator[Finding]:
    """Report names that mean nothing, and constants and keys of the wrong kind."""
    known = None if review.snapshot is None else _Known(review.snapshot)
    for each in review.roles:
        if known is not None:
            yield from _members(known, f"{each.path}.members", each.role.members)
        for path, priority in each.priorities():
            yield from _intervals(path, priority, each.role)
            if known is not None:
                yield from known.ids("type", f"{path}.task_types", priority.task_types, known.types)
                if priority.common_queue is not None and isinstance(priority.common_queue.pool, Members):
                    yield from _members(known, f"{path}.common_queue.from", priority.common_queue.pool)
            for where, leaf in leaves(priority.where):
                yield from _leaf(known, review.snapshot, f"{path}.{where}", leaf)
            yield from _order(known, review.snapshot, path, priority)


def _members(known: _Known, path: str, members: Members) -> Iterator[Finding]:
    yield from known.ids("user", f"{path}.users", members.users, known.snapshot.users)
    yield from known.ids("group", f"{path}.groups", members.groups, known.groups)


def _intervals(path: str, priority: Priority, role: Role) -> Iterator[Finding]:
    names = [interval.id for interval in role.intervals]
    for number, name in enumerate(priority.intervals or ()):
        if name not in names:
            text = f"`{shown(name)}` is not an interval of role `{shown(role.id)}`, {_choice(names)}"
            yield finding("unknown_interval", f"{path}.intervals[{number}]", text, id=name)


def _choice(names: Sequence[str]) -> str:
    if not names:
        return "it has none"
    more = " and others" if len(names) > _SHOWN_NAMES else ""
    return f"it has {listed([shown(name) for name in names[:_SHOWN_NAMES]])}{more}"


def _order(known: _Known | None, snapshot: Snapshot | None, path: str, priority: Priority) -> Iterator[Finding]:
    for number, key in enumerate(priority.order):
        at = f"{path}.order[{number}].field"
        if known is not None:
            yield from known.field(at, key.field)
        found = promised_kind(key.field, snapshot)
        if key.custom is None and found is not None and found not in _SORTABLE:
            text = f"`{key.field}` holds {_NOUNS[found]}, all of them stand as equals; order by a number or a date"
            yield finding("order_not_sortable", at, text, field=key.field, kind=found)


_NOUNS = {
    "text": "a text", "number": "a number", "boolean": "true or false", "date": "a date", "instant": "an instant",
    "texts": "a list of texts",
}  # fmt: skip


def _leaf(known: _Known | None, snapshot: Snapshot | None, path: str, leaf: Leaf) -> Iterator[Finding]:
    if known is not None:
        yield from known.field(f"{path}.field", leaf.field)
        yield from known.constants(path, leaf)
    expected = promised_kind(leaf.field, snapshot)
    if leaf.custom is not None or expected is None or leaf.op == "is_set":
        return
    if expected == "texts" and leaf.op in {"eq", "in"}:
        text = f"`{leaf.op}` is never true of `{leaf.field}`, which holds a list of texts, use has_any or has_all"
        yield finding("eq_on_list", f"{path}.op", text, field=leaf.field, op=leaf.op)
        return
    for step, constant in _wrong_constants(leaf, expected):
        form = field_value_form(constant)
        text = f"`{shown(form)}` under `{leaf.op}` does not fit `{leaf.field}`, which holds {_NOUNS[expected]}"
        advice = "use an op and a value for that"
        yield finding(
            "wrong_kind", f"{path}.{step}", f"{text}; {advice}", field=leaf.field, op=leaf.op, kind=expected, value=form
        )


def _wrong_constants(leaf: Leaf, expected: str) -> Iterator[tuple[str, Any]]:
    if leaf.op in {"eq", "in"}:
        yield from ((step, constant) for step, constant in _named(leaf) if kind(constant) != expected)
    elif errs_on(leaf, expected):
        yield "value", leaf.value


def _named(leaf: Leaf) -> list[tuple[str, Any]]:
    """List the constants that a leaf compares as wholes, each with its path inside the leaf."""
    if leaf.op == "eq":
        return [("value", leaf.value)]
    if leaf.op in {"in", "has_any", "has_all"}:
        return [(f"value[{number}]", constant) for number, constant in enumerate(leaf.value)]
    return []


@frozen(slots=False)
class _Known:
    """What the directory, the declarations and the data have names for."""

    snapshot: Snapshot

    @cached_property
    def groups(self) -> set[str]:
        """The groups of the directory, and those that only its users name: they have members all the same."""
        return {*self.snapshot.groups, *(group for user in self.snapshot.users.values() for group in user.groups)}

    @cached_property
    def types(self) -> set[str]:
        """The task types of the directory and those of tasks."""
        return {*self.snapshot.task_types, *(task.type for task in self.snapshot.tasks.values())}

    @cached_property
    def responsibles(self) -> set[str | None]:
        """The users of the directory and all whom data name as responsible: conditions may well ask for the absent."""
        snapshot = self.snapshot
        collections: list[dict[str, Any]] = [snapshot.deals, snapshot.contacts, snapshot.companies, snapshot.tasks]
        return {*snapshot.users, *(each.responsible for entities in collections for each in entities.values())}

    @cached_property
    def fields(self) -> set[tuple[str, str]]:
        """The fields that some entity has a value of."""
        return {
            (entity, name)
            for entity in ("deal", "contact", "company")
            for each in getattr(self.snapshot, COLLECTIONS[entity]).values()
            for name, value in each.fields.items()
            if not is_missing(value)
        }

    def ids(self, noun: str, path: str, names: Sequence[str], known: Collection[str | None]) -> Iterator[Finding]:
        """Report the names of a list that are not known."""
        for number, name in enumerate(names):
            if name not in known:
                yield _unknown(noun, f"{path}[{number}]", name)

    def field(self, path: str, field: str) -> Iterator[Finding]:
        """Report a field that nobody declared."""
        entity, _, name = field.partition(".")
        if certain_kind(field) is not None or (entity, name) in self.snapshot.fields:
            return
        if (entity, name) in self.fields:
            text = f"`{field}` is not declared, though the data have it, declare it in the CRM"
            yield finding("undeclared_field", path, text, field=field)
        else:
            text = f"`{field}` is neither declared nor in the data, name a field that the CRM has"
            yield finding("unknown_field", path, text, field=field)

    def constants(self, path: str, leaf: Leaf) -> Iterator[Finding]:
        """Report users, task types and options that a leaf names and nobody knows."""
        if leaf.custom is not None:
            return
        is_user = certain_kind(leaf.field) == "text" and leaf.field.endswith(".responsible")
        for step, constant in _named(leaf):
            if not isinstance(constant, str):
                continue
            if is_user and constant not in self.responsibles:
                yield _unknown("user", f"{path}.{step}", constant)
            elif leaf.field == "task.type" and constant not in self.types:
                yield _unknown("type", f"{path}.{step}", constant)
            elif self.is_no_option(leaf.field, constant):
                yield self.unknown_option(f"{path}.{step}", leaf.field, constant)

    def is_no_option(self, field: str, constant: str) -> bool:
        """Tell whether a field has options, but not this one, and no entity has it all the same."""
        declared = declaration(field, self.snapshot)
        if declared is None or declared.options is None or constant in declared.options:
            return False
        entities = getattr(self.snapshot, COLLECTIONS[declared.entity]).values()
        return not any(_has(each.fields.get(declared.id), constant) for each in entities)

    def unknown_option(self, path: str, field: str, constant: str) -> Finding:
        """Report an option that a field does not have."""
        declared = declaration(field, self.snapshot)
        options = [] if declared is None or declared.options is None else list(declared.options)
        text = f"`{shown(constant)}` is not an option of `{field}`, {_choice(options)}"
        return finding("unknown_option", path, text, field=field, value=constant)


def _has(value: Any, option: str) -> bool:
    return option in value if isinstance(value, tuple) else value == option


_DIRECTORY = {"user": "a user", "group": "a group", "type": "a task type"}


def _unknown(noun: str, path: str, name: str) -> Finding:
    text = f"`{shown(name)}` is not {_DIRECTORY[noun]} of the directory, name one that it has"
    return finding(f"unknown_{noun}", path, text, id=name)
