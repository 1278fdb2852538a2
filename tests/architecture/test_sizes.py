"""How long functions and modules are: small functions, and one idea a module."""

from __future__ import annotations

import ast
from statistics import median, quantiles

import pytest

from tests.architecture.source import Function, Module, read

LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
TYPICAL_FUNCTION = 8
NEARLY_EVERY_FUNCTION = 30
ENOUGH_TO_JUDGE = 100  # with fewer functions one long one would move the percentile

LONGER: dict[str, str] = {}
"""Modules that are longer, each with the reason why it would be harder to follow when split."""


def length(function: Function) -> int:
    """Lines of a function from `def` to its end, its docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None:
        return lines
    return lines - ((first.end_lineno or first.lineno) - first.lineno + 1)


def lengths() -> dict[str, int]:
    """The length of every function of the package, by place."""
    return {
        f"{module.name}:{function.lineno} {function.name}": length(function)
        for module in read()
        for function in module.functions()
    }


def too_long(modules: tuple[Module, ...]) -> dict[str, int]:
    """The modules that are longer than a module should be."""
    return {module.name: module.lines for module in modules if module.lines > LONGEST_MODULE}


def test_no_function_is_long() -> None:
    assert {place: lines for place, lines in lengths().items() if lines > LONGEST_FUNCTION} == {}


def test_functions_are_short_as_a_rule() -> None:
    found = list(lengths().values())
    if len(found) < ENOUGH_TO_JUDGE:
        pytest.skip(f"only {len(found)} functions yet")

    assert median(found) <= TYPICAL_FUNCTION
    assert quantiles(found, n=20)[-1] <= NEARLY_EVERY_FUNCTION


def test_no_module_is_long_without_a_reason() -> None:
    assert sorted(too_long(read())) == sorted(LONGER)
    assert all(LONGER.values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f(): return 1", 1),
        ("@cached\ndef f():\n    '''Say\n    more.'''\n    return 1\n", 2),
        ("async def f(\n    x,\n):\n    return x", 4),
    ],
)
def test_a_function_is_measured_without_its_docstring(text: str, lines: int) -> None:
    function = ast.parse(text).body[0]
    assert isinstance(function, Function)

    assert length(function) == lines
