"""The package as these tests see it: rooms, modules, imports, functions; read from source, never imported."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = "workplaces_core"
FACADE = "the facade"
"""The room of `workplaces_core/__init__.py`, which gives the public names."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
Importing = ast.Import | ast.ImportFrom | ast.Call


@frozen
class Import:
    """One import: the dotted name it reaches for, as far as a module is known, and where it stands."""

    target: str
    line: int


@frozen
class Module:
    """A module, its dotted name and its syntax tree. `known` are the dotted names that are modules."""

    name: str
    path: Path
    tree: ast.Module
    known: frozenset[str]

    @property
    def room(self) -> str:
        """The part of the package it belongs to."""
        return room(self.name)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.path.read_text(encoding="utf-8").splitlines())

    def imports(self) -> Iterator[Import]:
        """Every import, also those in functions, under TYPE_CHECKING, and by `import_module("...")`."""
        for node in ast.walk(self.tree):
            if isinstance(node, Importing):
                yield from (Import(target, node.lineno) for target in self._targets(node))

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        yield from (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def _targets(self, node: ast.Import | ast.ImportFrom | ast.Call) -> Iterator[str]:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(names=names):
                base = self._base(node)
                for alias in names:
                    deeper = f"{base}.{alias.name}"
                    yield deeper if deeper in self.known else base
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(target)), *_],
            ):
                yield target

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        if self.path.name == "__init__.py":
            package = [*package, "__init__"]
        return ".".join([*package[: -node.level], *([node.module] if node.module else [])])


def room(name: str) -> str:
    """The part of the package a dotted name belongs to: `rules` for `workplaces_core.rules.zones`."""
    parts = name.split(".")
    if len(parts) == 1:
        return FACADE
    return "cli" if parts[1] == "__main__" else parts[1]


def inside(name: str) -> bool:
    """Whether a dotted name is of the package."""
    return f"{name}.".startswith(f"{PACKAGE}.")


def read(folder: Path = ROOT / PACKAGE, rooms: frozenset[str] = frozenset()) -> tuple[Module, ...]:
    """Read all modules of the package in `folder`. `rooms` count as modules even before they are written.

    An empty package fails here: nothing checked must not look like nothing wrong.
    """
    paths = {_dotted(path, folder): path for path in sorted(folder.rglob("*.py"))}
    assert paths, f"no module in {folder.name}: there is nothing to check"
    known = frozenset(paths) | {f"{PACKAGE}.{name}" for name in rooms}
    return tuple(
        Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)), known)
        for name, path in paths.items()
    )


def _dotted(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join([PACKAGE, *(part for part in parts if part != "__init__")])
