"""What the core needs from outside: four packages, and where it decides no clock, thread or network."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import PACKAGE, ROOT, Module, read
from tests.architecture.test_directions import LEVEL

if TYPE_CHECKING:
    from collections.abc import Iterator

CORE = {"attr", "attrs", "cattrs", "pluggy", "dateutil"}
EXTRA = {"cli": {"click", "rich"}, "history": {"numpy", "pyarrow"}, "testing": {"hypothesis", "pytest"}}
"""What a room of its own may import besides, because an extra of the same name brings it."""

DECIDING = {name for name, level in LEVEL.items() if level <= LEVEL["engine"]}
EFFECTS = {
    "asyncio", "concurrent", "ctypes", "http", "multiprocessing", "random", "secrets", "signal", "socket",
    "sqlite3", "ssl", "subprocess", "threading", "time", "urllib",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow"}
LOCKED = {"engine.engine"}
"""Modules with a lock, and no thread, of their own: many may ask the engine while one changes it."""
ASKING = {"check"}
"""Modules that take the present moment when they are given none: a lint has a coming year."""


def strangers(module: Module) -> set[str]:
    """The packages a module imports and may not."""
    allowed = sys.stdlib_module_names | CORE | {PACKAGE} | EXTRA.get(module.room, set())
    return {found.target.split(".")[0] for found in module.imports()} - allowed


def clocks(module: Module) -> Iterator[int]:
    """The lines that read the clock through datetime or date."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(
                attr=name, value=ast.Name(id="datetime" | "date") | ast.Attribute(attr="datetime" | "date")
            ) if name in CLOCKS:
                yield node.lineno


def module(name: str, text: str) -> Module:
    """A module that exists only here."""
    return Module(f"{PACKAGE}.{name}", ROOT, ast.parse(text), frozenset())


def names(requirements: list[str]) -> set[str]:
    """The distributions that requirements name."""
    return {re.split(r"[^A-Za-z0-9._-]", text)[0] for text in requirements}


def test_the_package_imports_nothing_else() -> None:
    found = {module.name: strange for module in read() if (strange := strangers(module))}

    assert found == {}


def test_the_project_declares_what_the_package_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert names(project["dependencies"]) == {"attrs", "cattrs", "pluggy", "python-dateutil"}
    for extra, packages in EXTRA.items():
        assert packages <= names(project["optional-dependencies"][extra])


def test_the_deciding_rooms_have_no_effects() -> None:
    found = {
        module.name: effects
        for module in read()
        if module.room in DECIDING and (effects := {at.target.split(".")[0] for at in module.imports()} & EFFECTS)
    }

    assert found == {f"{PACKAGE}.{name}": {"threading"} for name in LOCKED}


def test_the_deciding_rooms_never_ask_what_time_it_is() -> None:
    found = {module.name for module in read() if module.room in DECIDING for _ in clocks(module)}

    assert found == {f"{PACKAGE}.{name}" for name in ASKING}


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("model", "import numpy.linalg", {"numpy"}),
        ("model", "def f():\n    from rich import print", {"rich"}),
        ("cli", "import click, rich.table, hypothesis", {"hypothesis"}),
        ("testing.laws", "import hypothesis, pytest, click", {"click"}),
        ("demo.account", "import click", {"click"}),
        ("wire", "import json, attr, attrs, cattrs, pluggy, dateutil.tz, workplaces_core.model", set()),
    ],
)
def test_a_stranger_is_seen(name: str, text: str, found: set[str]) -> None:
    assert strangers(module(name, text)) == found


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("datetime.now(UTC)", [1]),
        ("\ndt.datetime.utcnow()", [2]),
        ("date.today()", [1]),
        ("request.now\ndatetime.max\nnow", []),
    ],
)
def test_a_clock_is_heard(text: str, lines: list[int]) -> None:
    assert list(clocks(module("decision", text))) == lines
