"""Conditions: reading a field, comparing it with a constant, and the three truth values.

A verdict is True, False or None; None is the third truth value, an error: the field has a kind that the op cannot
compare. A missing value is not an error, it makes its leaf False.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from workplaces_core.model import FieldValue, Links, Task
from workplaces_core.policy import All, AnyOf, Condition, ConditionOp, Constant, Leaf, Not
from workplaces_core.rules.zones import local_date

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

Verdict = bool | None
ATTRIBUTES = frozenset({"name", "responsible", "tags", "id"})
"""What a path reads from a deal, contact or company itself, before any field of the same id."""

_KINDS: dict[type, str] = {
    str: "text", bool: "boolean", int: "number", float: "number", date: "date", datetime: "instant", tuple: "texts",
}  # fmt: skip
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
    if leaf.op == "days":
        return _days(value, leaf.value, today, where)
    return _TESTS[leaf.op](value, leaf.value)


def _custom(op: ConditionOp, value: FieldValue, constant: Constant) -> Verdict:
    try:
        return op.test(value, constant)
    except Exception:  # noqa: BLE001 - a plugin's fault is an error of the leaf, it never stops a decision
        return None


def _equal(value: Any, constant: Any) -> bool:
    return kind(value) == kind(constant) and bool(value == constant)


def _in(value: Any, constants: Any) -> bool:
    return any(_equal(value, constant) for constant in constants)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Verdict]:
    return lambda value, constant: test(value, constant) if kind(value) == kind(constant) else None


def _between(value: Any, bounds: Any) -> Verdict:
    low, high = bounds
    kinds = {kind(bound) for bound in bounds if bound is not None} or _ORDERED
    if kind(value) not in kinds:
        return None
    return (low is None or low <= value) and (high is None or value <= high)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], Verdict]:
    return lambda value, constant: test(value.casefold(), constant.casefold()) if isinstance(value, str) else None


def _texts(test: Callable[[set[str], set[str]], bool]) -> Callable[[Any, Any], Verdict]:
    return lambda value, constant: test(set(value), set(constant)) if isinstance(value, tuple) else None


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


_TESTS: dict[str, Callable[[Any, Any], Verdict]] = {
    "eq": _equal,
    "in": _in,
    "lt": _ordered(lambda value, constant: value < constant),
    "le": _ordered(lambda value, constant: value <= constant),
    "gt": _ordered(lambda value, constant: value > constant),
    "ge": _ordered(lambda value, constant: value >= constant),
    "between": _between,
    "contains": _text(lambda value, constant: constant in value),
    "starts_with": _text(str.startswith),
    "has_any": _texts(lambda value, constant: not value.isdisjoint(constant)),
    "has_all": _texts(lambda value, constant: value >= constant),
    "is_set": lambda _value, _constant: True,
}
