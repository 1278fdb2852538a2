"""Conditions and order keys on the wire, both directions."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from workplaces_core.errors import Problem
from workplaces_core.policy import (
    MAX_NESTING,
    OPERANDS,
    TASK_PATHS,
    All,
    AnyOf,
    Condition,
    ConditionOp,
    Leaf,
    Not,
    Operand,
    OrderKey,
    OrderOp,
)
from workplaces_core.wire import forms
from workplaces_core.wire.json_text import key_problems
from workplaces_core.wire.refusals import Refused, at, gather, reject_unless

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_ENTITIES = ("deal", "contact", "company")
_PATH_RULE = f"must be {', '.join(f'{name}.X' for name in _ENTITIES)} or one of task.{', task.'.join(TASK_PATHS)}"
_LEAF_KEYS = ("field", "op", "value")
_ORDER_KEYS = ("by", "field", "direction")
_NODE_RULE = "must be an object with all, any, not, or with field, op and value"


def read_condition(value: Any, ops: dict[str, ConditionOp], above: int = 0) -> Condition:
    """Read a tree of conditions; `above` counts the all, any and not around it."""
    reject_unless(isinstance(value, dict), value, _NODE_RULE)
    reject_unless(above <= MAX_NESTING, None, f"must not stand under more than {MAX_NESTING} nested all, any, not")
    combinators = [name for name in ("all", "any", "not") if name in value]
    if not combinators:
        return _read_leaf(value, ops)
    name = combinators[0]
    problems = key_problems(value, (name,))
    node = gather(problems, lambda: _read_combinator(name, value[name], ops, above + 1), name)
    if problems:
        raise Refused(problems)
    return node  # type: ignore[no-any-return]


def _read_combinator(name: str, value: Any, ops: dict[str, ConditionOp], above: int) -> Condition:
    if name == "not":
        return Not(read_condition(value, ops, above))
    reject_unless(isinstance(value, list), value, "must be a list of conditions")
    problems: list[Problem] = []
    read = [
        gather(problems, functools.partial(read_condition, part, ops, above), f"[{number}]")
        for number, part in enumerate(value)
    ]
    if problems:
        raise Refused(problems)
    return All(tuple(read)) if name == "all" else AnyOf(tuple(read))


def _read_leaf(value: dict[str, Any], ops: dict[str, ConditionOp]) -> Leaf:
    problems = key_problems(value, _LEAF_KEYS, required=_LEAF_KEYS)
    if "field" in value:
        gather(problems, lambda: at("field", _read_path, value["field"]))
    custom = ops.get(value["op"]) if isinstance(value.get("op"), str) else None
    operand = custom.operand if custom is not None else _operand(value.get("op"))
    if "op" in value and operand is None:
        problems.append(Problem("op", value["op"], f"must be one of {', '.join((*OPERANDS, *ops))}"))
    constant = None
    if operand is not None and "value" in value:
        constant = gather(problems, lambda: _read_constant(operand, value["value"]), "value")
    if problems:
        raise Refused(problems)
    return Leaf(value["field"], value["op"], constant, custom)


def _operand(op: Any) -> Operand | None:
    return OPERANDS.get(op) if isinstance(op, str) else None


def _read_path(value: Any) -> str:
    path = forms.read_text(value)
    entity, _, name = path.partition(".")
    if (entity in _ENTITIES and name) or (entity == "task" and name in TASK_PATHS):
        return path
    raise ValueError(_PATH_RULE)


def _read_constant(operand: Operand, value: Any) -> Any:
    if operand in _LISTS:
        reject_unless(isinstance(value, list), value, "must be a list")
        problems: list[Problem] = []
        read = _LISTS[operand]
        items = [gather(problems, functools.partial(at, "", read, item), f"[{n}]") for n, item in enumerate(value)]
        if problems:
            raise Refused(problems)
        return tuple(items)
    return at("", _SINGLE[operand], value)


def _ordered(value: Any) -> Any:
    read = forms.read_scalar(value)
    if isinstance(read, (str, bool)):
        msg = "must be a number, a date or an instant"
        raise ValueError(msg)  # noqa: TRY004
    return read


def _range(value: Any) -> tuple[Any, Any]:
    low, high = _pair(value, _ordered)
    if low is not None and high is not None and _order_kind(low) is not _order_kind(high):
        msg = "must have bounds of one kind"
        raise ValueError(msg)
    return low, high


def _order_kind(value: float | date) -> type:
    return int if isinstance(value, float) else type(value)


def _day_range(value: Any) -> tuple[Any, Any]:
    return _pair(value, forms.read_integer)


def _pair(value: Any, read: Callable[[Any], Any]) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        msg = "must be a list [from, to], either may be null"
        raise ValueError(msg)
    low, high = (None if bound is None else read(bound) for bound in value)
    return low, high


def _true(value: Any) -> bool:
    if value is True:
        return True
    msg = "must be true"
    raise ValueError(msg)


_SINGLE: dict[Operand, Callable[[Any], Any]] = {
    "scalar": forms.read_scalar,
    "ordered": _ordered,
    "range": _range,
    "text": forms.read_text,
    "day range": _day_range,
    "true": _true,
}
_LISTS: dict[Operand, Callable[[Any], Any]] = {"scalars": forms.read_scalar, "texts": forms.read_text}


def read_order_key(value: Any, custom: dict[str, OrderOp]) -> OrderKey:
    """Read one key of an order."""
    reject_unless(isinstance(value, dict), value, "must be an object with by, field and direction")
    problems = key_problems(value, _ORDER_KEYS, required=("by", "field"))
    by, direction = value.get("by"), value.get("direction", "asc")
    if "by" in value and by != "field" and (not isinstance(by, str) or by not in custom):
        problems.append(Problem("by", by, f"must be one of {', '.join(('field', *custom))}"))
    if "field" in value:
        gather(problems, lambda: at("field", _read_path, value["field"]))
    if direction not in ("asc", "desc"):
        problems.append(Problem("direction", direction, "must be asc or desc"))
    if problems:
        raise Refused(problems)
    return OrderKey(str(by), value["field"], direction, custom.get(str(by)))


def condition_form(condition: Condition) -> dict[str, Any]:
    """Write a tree of conditions."""
    match condition:
        case Leaf():
            return {
                "field": condition.field,
                "op": condition.op,
                "value": forms.field_value_form(condition.value),
            }
        case Not():
            return {"not": condition_form(condition.part)}
        case _:
            name = "all" if isinstance(condition, All) else "any"
            return {name: [condition_form(part) for part in condition.parts]}


def order_key_form(key: OrderKey) -> dict[str, Any]:
    """Write one key of an order."""
    return {"by": key.by, "field": key.field, "direction": key.direction}
