"""The form-encoded body of a webhook: which entities it speaks of; nothing else in it is believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from attrs import frozen

from workplaces_core.adapters.protocols import OwnedKind
from workplaces_core.errors import Problem

Named = tuple[OwnedKind, str]
"""An entity, by its kind and id."""

MAX_FIELDS = 50_000
_MAX_PROBLEMS = 20

# What a key has to look like: `task[update][0][id]`. Indices may stand anywhere (a sample of the vendor has one more
# than the bodies seen), and a deletion may bring the id without a name. Anything deeper is a value of the entity.
_KEY = re.compile(
    r"(?P<entity>(?P<root>tasks?|leads|contacts|companies)(?:\[[0-9]*\])*\[(?P<action>[a-z_]+)\](?:\[[0-9]*\])*)"
    r"(?:\[(?P<leaf>id|type)\])?"
)
_ID = re.compile(r"0*([1-9][0-9]{0,18})", re.ASCII)
_CLIENTS: tuple[OwnedKind, ...] = ("contact", "company")
_KINDS: dict[str, tuple[OwnedKind, ...]] = {
    "task": ("task",),
    "tasks": ("task",),
    "leads": ("deal",),
    "contacts": _CLIENTS,  # companies come under this name too, told apart by their `type`
    "companies": ("company",),
}


class UnreadableBody(ValueError):
    """A body that is no form, or a larger one than any webhook has."""


@frozen
class Field:
    """One entry of the form that names an entity, or says what kind of client it is."""

    key: str
    entity: str
    root: str
    leaf: str
    text: str


def entities_in(body: bytes) -> tuple[frozenset[Named], tuple[Problem, ...]]:
    """Find the entities that a webhook names, and what stands where an id should.

    Contacts and companies share a name in these bodies; without a readable `type` both are meant. Raises
    UnreadableBody when it is no form.

    >>> entities_in(b"task[update][0][id]=7&task[update][0][text]=x&leads[add][0][id]=8")[0] == {
    ...     ("task", "7"), ("deal", "8")}
    True
    >>> sorted(entities_in(b"contacts[update][0][id]=9&contacts[update][0][type]=company")[0])
    [('company', '9')]
    >>> [str(problem) for problem in entities_in(b"leads[add][0][id]=x")[1]]
    ['leads[add][0][id]: `"x"` must be a positive number']
    """
    fields = list(_fields(body))
    types = {field.entity: field.text for field in fields if field.leaf == "type"}
    named: set[Named] = set()
    problems: list[Problem] = []
    for field in fields:
        if field.leaf != "type":
            found = _named(field, types.get(field.entity))
            named.update(found)
            if not found and len(problems) < _MAX_PROBLEMS:
                problems.append(Problem(field.key, field.text, "must be a positive number"))
    return frozenset(named), tuple(problems)


def _named(field: Field, type_: str | None) -> tuple[Named, ...]:
    digits = _ID.fullmatch(field.text)
    if digits is None:
        return ()
    kinds = _KINDS[field.root]
    told = tuple(kind for kind in kinds if kind == type_)
    return tuple((kind, digits[1]) for kind in told or kinds)


def _fields(body: bytes) -> Iterator[Field]:
    for key, text in _pairs(body):
        match = _KEY.fullmatch(key)
        if match is not None and (match["leaf"] or match["action"] == "delete"):
            yield Field(key, match["entity"], match["root"], match["leaf"] or "id", text)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        text = body.decode("utf-8", "replace")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError as reason:
        raise UnreadableBody(f"must be a form of at most {MAX_FIELDS} fields: {reason}") from None
