"""Which kinds of values stand at a path, and which of them an op can compare."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from workplaces_core.rules.conditions import ATTRIBUTES, compare

if TYPE_CHECKING:
    from workplaces_core.model import FieldDeclaration, FieldType, FieldValue, Snapshot
    from workplaces_core.policy import Leaf

DECLARED: dict[FieldType, str] = {
    "text": "text", "number": "number", "boolean": "boolean", "date": "date", "datetime": "instant", "option": "text",
    "options": "texts", "texts": "texts",
}  # fmt: skip
"""The kind of value that each declared type of field promises."""

SAMPLES: dict[str, FieldValue] = {
    "text": "x", "number": 0, "boolean": True, "date": date(2000, 1, 1), "instant": datetime(2000, 1, 1, tzinfo=UTC),
    "texts": ("x",),
}  # fmt: skip
"""A value of each kind."""

ANY_DAY = date(2000, 1, 1)
ANYWHERE = ZoneInfo("UTC")
"""Whether a leaf errs depends neither on the day nor on the zone."""

NEVER_MISSING = frozenset({"task.created", "task.responsible", "task.type"})


def certain_kind(path: str) -> str | None:
    """Name the kind of what an entity or a task has by itself; None for a field, which may hold anything.

    >>> certain_kind("deal.tags"), certain_kind("task.created"), certain_kind("deal.price")
    ('texts', 'instant', None)
    """
    entity, _, name = path.partition(".")
    if entity == "task":
        return "instant" if name == "created" else "text"
    if name not in ATTRIBUTES:
        return None
    return "texts" if name == "tags" else "text"


def declaration(path: str, snapshot: Snapshot | None) -> FieldDeclaration | None:
    """Find what the CRM says of the field at a path."""
    entity, _, name = path.partition(".")
    if snapshot is None or certain_kind(path) is not None:
        return None
    return snapshot.fields.get((entity, name))


def promised_kind(path: str, snapshot: Snapshot | None) -> str | None:
    """Name the kind that a path has by itself or by its declaration; None when nobody knows."""
    declared = declaration(path, snapshot)
    return certain_kind(path) if declared is None else DECLARED[declared.type]


def errs_on(leaf: Leaf, kind: str) -> bool:
    """Tell whether a built-in op errs on values of a kind: it errs on all of them or on none."""
    return compare(leaf, SAMPLES[kind], ANY_DAY, ANYWHERE) is None
