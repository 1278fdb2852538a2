"""Conditions: reading a field, comparing it with a constant, and the three truth values.

A verdict is True, False or None; None is the third truth value, an error: the field has a kind that the op cannot
compare. A missing value is not an error, it makes its leaf False.
"""

from __future__ import annotations

import operator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from workplaces_core.model import FieldValue, Links, Task
from workplaces_core.policy import All, AnyOf, Condition, ConditionOp, Constant, Leaf, Not
from workplaces_core.rules.zones import local_date

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Verdict = bool | None
ATTRIBUTES = frozenset({"name", "responsible", "tags", "id"})
"""What a path reads from a deal, contact or company itself, before any field of the same id."""

_KINDS: dict[type, str] = {
    str: "text", bool: "boolean", int: "number", float: "number", date: "date", datetime: "instant", tuple: "texts",
}  # fmt: skip
_COMPARISONS = {"lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge}
_ORDERED = frozenset({"number", "date", "instant"})


def kind(value: object) -> str:
    """Name the kind of a field value or a constant.

    >>> kind(True), kind(1), kind(date(2026, 11, 24)), kind(("vip",))
    ('boolean', 'number', 'date', 'texts')
    """
    return _KINDS[type(value)]


def is_missing(value: object) -> bool:
    """Tell whether a field value counts as missing: none, an empty text, an empty list."""
    return value is None or value in ("", ())


def read(path: str, task: Task, links: Links) -> FieldValue | None:
    """Read a path from a task and what it belongs to; None when it is missing."""
    entity, _, name = path.partition(".")
    if entity == "task":
        value = getattr(task, name)
    else:
        owner = getattr(links, entity)
        if owner is None:
            return None
        value = getattr(owner, name) if name in ATTRIBUTES else owner.fields.get(name)
    return None if is_missing(value) else value


def verdict(condition: Condition | None, task: Task, links: Links, today: date, where: ZoneInfo) -> Verdict:
    """Judge a condition over a task; no condition is true.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> task = Task("t1", "1", "Call back", "u1", datetime.now(UTC), date(2026, 11, 24))
    >>> call, error = Leaf("task.text", "contains", "CALL"), Leaf("task.text", "ge", 5)
    >>> trees = (call, Not(call), error, Not(error), AnyOf((error, call)), All((error, Not(call))))
    >>> [verdict(tree, task, Links(), date(2026, 11, 24), ZoneInfo("UTC")) for tree in trees]
    [True, False, None, None, True, False]
    """
    match condition:
        case None:
            return True
        case Leaf():
            return compare(condition, read(condition.field, task, links), today, where)
        case Not():
            judged = verdict(condition.part, task, links, today, where)
            return None if judged is None else not judged
        case All() | AnyOf():
            deciding = isinstance(condition, AnyOf)
            outcome: Verdict = not deciding
            for part in condition.parts:
                judged = verdict(part, task, links, today, where)
                if judged is deciding:
                    return deciding
                if judged is None:
                    outcome = None
            return outcome


def compare(leaf: Leaf, value: FieldValue | None, today: date, where: ZoneInfo) -> Verdict:
    """Judge one leaf on the value of its field."""
    if value is None:
        return False
    if leaf.custom is not None:
        return _custom(leaf.custom, value, leaf.value)
    match leaf.op:
        case "eq":
            return _equal(value, leaf.value)
        case "in":
            return any(_equal(value, constant) for constant in leaf.value)
        case "lt" | "le" | "gt" | "ge":
            return _ordered(leaf.op, value, leaf.value)
        case "between":
            return _between(value, leaf.value)
        case "contains" | "starts_with":
            return _text(leaf.op, value, leaf.value)
        case "has_any" | "has_all":
            return _texts(leaf.op, value, leaf.value)
        case "days":
            return _days(value, leaf.value, today, where)
    return True  # is_set, and the value is


def _custom(op: ConditionOp, value: FieldValue, constant: Constant) -> Verdict:
    try:
        answer = op.test(value, constant)
        return None if answer is None else bool(answer)
    except Exception:  # noqa: BLE001 - a plugin's fault is an error of the leaf, it never stops a decision
        return None


def _equal(value: Any, constant: Any) -> bool:
    return kind(value) == kind(constant) and bool(value == constant)


def _ordered(op: str, value: Any, constant: Any) -> Verdict:
    if kind(value) != kind(constant):
        return None
    return bool(_COMPARISONS[op](value, constant))


def _between(value: Any, bounds: Any) -> Verdict:
    low, high = bounds
    kinds = {kind(bound) for bound in bounds if bound is not None} or _ORDERED
    if kind(value) not in kinds:
        return None
    return (low is None or low <= value) and (high is None or value <= high)


def _text(op: str, value: Any, constant: str) -> Verdict:
    if not isinstance(value, str):
        return None
    text, sought = value.casefold(), constant.casefold()
    return sought in text if op == "contains" else text.startswith(sought)


def _texts(op: str, value: Any, constants: tuple[str, ...]) -> Verdict:
    if not isinstance(value, tuple):
        return None
    held = set(value)
    return not held.isdisjoint(constants) if op == "has_any" else held.issuperset(constants)


def days_from(value: FieldValue, today: date, where: ZoneInfo) -> int | None:
    """Count the days from today to the local date of a date or an instant; None for every other kind."""
    if isinstance(value, datetime):
        return (local_date(value, where) - today).days
    return (value - today).days if isinstance(value, date) else None


def _days(value: Any, bounds: Any, today: date, where: ZoneInfo) -> Verdict:
    days = days_from(value, today, where)
    if days is None:
        return None
    low, high = bounds
    return (low is None or low <= days) and (high is None or days <= high)
