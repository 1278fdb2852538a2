"""Conditions as Python expressions: the text of the functions that the engine compiles.

INVARIANT: everything that comes from a policy enters the text through `literal`, which escapes it; nothing else does.
An expression assumes values of the right kind and raises otherwise; the caller then asks the evaluator.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from attrs import define, field

from workplaces_core.model import FieldValue
from workplaces_core.policy import All, Condition, Leaf, Not, leaves
from workplaces_core.rules.conditions import ATTRIBUTES, compare, days_from, kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

_COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_LIST_OPS = frozenset({"has_any", "has_all"})
_NEEDS_NUMBER = frozenset({"lt", "le", "gt", "ge", "between"})


class WrongKind(TypeError):
    """A field holds a kind that an op cannot compare."""


@define
class Names:
    """Values that a function needs by name, because they have no literal."""

    values: dict[str, Any] = field(factory=dict)

    def name(self, value: Any) -> str:
        """Give the name of a value, a new one for each."""
        name = f"c{len(self.values)}"
        self.values[name] = value
        return name


def literal(value: FieldValue, names: Names) -> str:
    r"""Write a constant: numbers, booleans and texts as escaped literals, all else by name.

    >>> literal("tab\t", Names()), literal(1.5, Names())
    ("'tab\\t'", '1.5')
    """
    if isinstance(value, (bool, int, float, str)):
        return ascii(value)
    return names.name(value)


def condition_text(condition: Condition, read: dict[str, str], names: Names, moment: str) -> str:
    """Write a condition as an expression over the local names of its paths; `moment` names (today, zone)."""
    match condition:
        case Leaf():
            return _leaf_text(condition, read[condition.field], names, moment)
        case Not():
            return f"(not {condition_text(condition.part, read, names, moment)})"
    joined = " and " if isinstance(condition, All) else " or "
    parts = [condition_text(part, read, names, moment) for part in condition.parts]
    return f"({joined.join(parts)})" if parts else str(isinstance(condition, All))


def _leaf_text(leaf: Leaf, value: str, names: Names, moment: str) -> str:
    op, constant = leaf.op, leaf.value
    if leaf.custom is None:
        if op == "eq":
            return _equal_text(value, constant, names)
        if op == "in":
            return _in_text(value, constant, names)
        if op in _COMPARISONS:
            return f"({value} is not None and {value} {_COMPARISONS[op]} {literal(constant, names)})"
        if op == "between" and constant != (None, None):
            return _between_text(value, constant, names)
        if op in _LIST_OPS:
            return _list_text(op, value, constant, names)
        if op in ("contains", "starts_with") and constant:
            test = "{0} in {1}.casefold()" if op == "contains" else "{1}.casefold().startswith({0})"
            return f"({value} is not None and {test.format(literal(constant.casefold(), names), value)})"
        if op == "days" and constant != (None, None):
            return _days_text(value, constant, moment)
        if op == "is_set":
            return f"({value} is not None and {value} != '' and {value} != ())"
    return f"judge({names.name(leaf)}, {value}, {moment})"


def judge(leaf: Leaf, value: FieldValue | None, moment: tuple[date, ZoneInfo]) -> bool:
    """Judge a leaf that has no expression of its own; raises WrongKind where the verdict is an error."""
    judged = compare(leaf, None if value in ("", ()) else value, *moment)
    if judged is None:
        raise WrongKind(leaf.field)
    return judged


def _equal_text(value: str, constant: Any, names: Names) -> str:
    if constant == "" and isinstance(constant, str):
        return "False"
    if isinstance(constant, bool):
        return f"({value} is {constant})"
    equal = f"{value} == {literal(constant, names)}"
    return f"({equal} and {value} is not {bool(constant)})" if constant in (0, 1) else f"({equal})"


def _in_text(value: str, constants: tuple[Any, ...], names: Names) -> str:
    texts = [ascii(text) for text in dict.fromkeys(constants) if isinstance(text, str) and text]
    others = [_equal_text(value, each, names) for each in constants if not isinstance(each, str)]
    tests = [f"{value} in {{{', '.join(texts)}}}"] if texts else []
    return f"({' or '.join(tests + others)})" if tests or others else "False"


def _between_text(value: str, bounds: tuple[Any, Any], names: Names) -> str:
    low, high = bounds
    left = "" if low is None else f"{literal(low, names)} <= "
    right = "" if high is None else f" <= {literal(high, names)}"
    return f"({value} is not None and {left}{value}{right})"


def _list_text(op: str, value: str, constants: tuple[str, ...], names: Names) -> str:
    joined = " or " if op == "has_any" else " and "
    tests = [f"{literal(text, names)} in {value}" for text in dict.fromkeys(constants)]
    if not tests:
        return f"bool({value})" if op == "has_all" else "False"
    inner = joined.join(tests)
    return f"({value} is not None and {inner if len(tests) == 1 else f'({inner})'})"


def _days_text(value: str, bounds: tuple[Any, Any], moment: str) -> str:
    low, high = bounds
    left = "" if low is None else f"{low} <= "
    right = "" if high is None else f" <= {high}"
    return f"({value} is not None and {left}days_from({value}, {moment}){right})"


def days_of(value: Any, moment: tuple[date, ZoneInfo]) -> int:
    """Count the days from today to the local date of a value; raises WrongKind when it has none."""
    days = days_from(value, *moment)
    if days is None:
        raise WrongKind(str(value))
    return days


FUNCTIONS = {"judge": judge, "days_from": days_of}
"""What generated functions may call."""


def guards(conditions: Iterable[Condition], read: dict[str, str]) -> list[str]:
    """Write the tests that find values whose wrong kind no comparison would notice."""
    found: dict[str, None] = {}
    for condition in conditions:
        for _, leaf in leaves(condition):
            value = read[leaf.field]
            if leaf.custom is not None:
                continue
            bounds = leaf.value if leaf.op == "between" else (leaf.value,)
            if leaf.op in _NEEDS_NUMBER and any(kind(bound) == "number" for bound in bounds if bound is not None):
                found[f"{value} is True or {value} is False"] = None
            if leaf.op in _LIST_OPS and leaf.field.partition(".")[2] != "tags":
                found[f"{value} is not None and {value}.__class__ is not tuple"] = None
    return list(found)


def reads(paths: Iterable[str], indent: str = "    ") -> tuple[list[str], dict[str, str]]:
    """Write the lines that read each path once, and name the local that holds it."""
    names = {path: f"v{number}" for number, path in enumerate(dict.fromkeys(paths))}
    lines = [f"{indent}{names[path]} = {path}" for path in names if path.startswith("task.")]
    for entity in ("deal", "contact", "company"):
        wanted = [path for path in names if path.startswith(f"{entity}.")]
        if wanted:
            lines += [
                f"{indent}if {entity} is None:",
                f"{indent}    {' = '.join(names[path] for path in wanted)} = None",
            ]
            lines += [f"{indent}else:", f"{indent}    get = {entity}.fields.get"]
            lines += [f"{indent}    {names[path]} = {_from_object(path)}" for path in wanted]
    return lines, names


def _from_object(path: str) -> str:
    name = path.partition(".")[2]
    return path if name in ATTRIBUTES else f"get({name!a})"


def function_text(name: str, parameters: str, about: str, body: list[str], names: Names) -> str:
    """Write a function; the values it needs by name are local to it."""
    known = "".join(f", {each}={each}" for each in (*names.values, *FUNCTIONS) if any(each in line for line in body))
    return "\n".join([f"def {name}({parameters}{known}):", f"    # {about}", *body, ""])
