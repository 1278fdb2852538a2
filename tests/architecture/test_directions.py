"""Who may import whom. The order of the rooms is the order in which to read the package."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.source import FACADE, PACKAGE, ROOT, Module, inside, read, room

LEVELS = (
    {"errors"},
    {"model", "policy", "answers", "recurrence"},
    {"changes", "wire"},
    {"rules"},
    {"decision"},
    {"explanation", "check"},
    {"sentences", "engine"},
    {"work"},
    {"history"},
)
"""From the ground up. A room knows those below it, and its neighbours as long as no cycle comes of it."""

LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
KNOWN_TO_ADAPTERS = {"errors", "model", "policy", "answers", "changes"}
KNOWING_ADAPTERS = {FACADE, "work", "history"}
OUTER = {"cli", "demo", "testing"}
ROOMS = frozenset(LEVEL) | OUTER | {"adapters"}
REGISTRY = f"{PACKAGE}.adapters.registry"


def objection(source: str, target: str) -> str | None:
    """Why the module `source` must not import the module `target`, or None when it may."""
    here, there = room(source), room(target)
    if here != "cli" and f"{target}.".startswith(f"{REGISTRY}."):
        return "only cli, plugins and applications import the registry"
    if here == there:
        return None
    if there in OUTER:
        return None if (here, there) == ("cli", "demo") else f"{there} is not for the package itself"
    if here in OUTER | {FACADE}:
        return None
    if there == FACADE:
        return "inside the package a name is imported from the module that defines it"
    if here == "adapters":
        return None if there in KNOWN_TO_ADAPTERS else f"adapters do not know {there}"
    if there == "adapters":
        return None if here in KNOWING_ADAPTERS else f"{here} does not know adapters"
    if not {here, there} <= LEVEL.keys():
        return "a room without a place in LEVELS"
    return None if LEVEL[there] <= LEVEL[here] else f"{there} is above {here}"


def objections(modules: tuple[Module, ...]) -> list[str]:
    """What is wrong with the imports of these modules, one line each."""
    return [
        f"{module.name}:{found.line} imports {found.target}: {why}"
        for module in modules
        for found in module.imports()
        if inside(found.target) and (why := objection(module.name, found.target))
    ]


def cycle(modules: tuple[Module, ...]) -> list[str]:
    """The modules of one import cycle, or none."""
    names = {module.name for module in modules}
    graph = {module.name: {found.target for found in module.imports()} & names for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_the_package_is_there() -> None:
    assert (ROOT / PACKAGE / "__init__.py").is_file()
    assert read()


def test_every_module_belongs_to_a_room() -> None:
    homeless = [module.name for module in read() if module.room not in ROOMS | {FACADE}]

    assert not homeless, "give it a place in LEVELS, and in the architecture page"


def test_imports_follow_the_directions() -> None:
    assert objections(read(rooms=ROOMS)) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert cycle(read(rooms=ROOMS)) == []


def test_plugins_do_not_know_each_other() -> None:
    folders = sorted(ROOT.glob("plugins/*/src/*/"))
    if not folders:
        pytest.skip("no plugin in plugins/ yet")
    names = {folder.name for folder in folders}
    meetings = [
        f"{path.relative_to(ROOT)} imports {found.target}"
        for folder in folders
        for path in folder.rglob("*.py")
        for found in Module("", path, ast.parse(path.read_text(encoding="utf-8")), frozenset()).imports()
        if found.target.split(".")[0] in names - {folder.name}
    ]

    assert meetings == []


# -- the test of the test --------------------------------------------------------------------------------


def package(folder: Path, **sources: str) -> tuple[Module, ...]:
    """A package of modules named `room` or `room__module`, with these sources."""
    for name, text in {"__init__": "", **sources}.items():
        path = folder.joinpath(*name.split("__")) if not name.startswith("_") else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.py").write_text(text, encoding="utf-8")
    return read(folder, ROOMS)


@pytest.mark.parametrize(
    "text",
    [
        "import workplaces_core.engine",
        "import workplaces_core.engine.queues as q",
        "from workplaces_core.engine import Engine",
        "from workplaces_core import engine",
        "from . import engine",
        "from .engine import Engine",
        "def decide():\n    from workplaces_core.engine import Engine",
        "class Desk:\n    def decide(self):\n        import workplaces_core.engine",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from workplaces_core.engine import Engine",
        "try:\n    import workplaces_core.engine\nexcept ImportError:\n    pass",
        "import importlib\nimportlib.import_module('workplaces_core.engine')",
        "__import__('workplaces_core.engine')",
    ],
)
def test_an_import_is_seen_wherever_it_hides(tmp_path: Path, text: str) -> None:
    (found,) = objections(package(tmp_path, decision=text))

    assert "engine is above decision" in found


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("from . import zones", "workplaces_core.rules.zones"),
        ("from .zones import zone", "workplaces_core.rules.zones"),
        ("from .. import model", "workplaces_core.model"),
        ("from ..model import Task", "workplaces_core.model"),
        ("from .. import Task", "workplaces_core"),
    ],
)
def test_relative_imports_are_understood(tmp_path: Path, text: str, target: str) -> None:
    modules = package(tmp_path, rules__zones="", rules__intervals=text)
    (found,) = next(module for module in modules if module.name.endswith("intervals")).imports()

    assert found.target == target


def test_relative_imports_of_a_package_start_from_itself(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("from . import zones\nfrom ..model import Task")
    modules = package(tmp_path, rules__zones="")
    rules = next(module for module in modules if module.name == "workplaces_core.rules")

    assert [found.target for found in rules.imports()] == [
        "workplaces_core.rules.zones",
        "workplaces_core.model",
    ]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("policy", "model"),
        ("explanation", "decision"),
        ("history", "errors"),
        ("work.desk_service", "adapters.protocols"),
        ("adapters.memory", "changes"),
        ("adapters.registry", "adapters.hookspecs"),
        ("testing.laws", "adapters.memory"),
        ("cli", "adapters.registry"),
        ("__main__", "cli"),
        ("cli", "demo.account"),
    ],
)
def test_directions_that_are_allowed(source: str, target: str) -> None:
    assert objection(f"{PACKAGE}.{source}", f"{PACKAGE}.{target}") is None


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("errors", "model"),
        ("model", "wire"),
        ("rules.zones", "decision"),
        ("engine.queues", "work.leases"),
        ("engine.engine", "adapters.protocols"),
        ("adapters.memory", "wire"),
        ("adapters.memory", "work.leases"),
        ("adapters", "adapters.registry"),
        ("work.desk_service", "adapters.registry"),
        ("testing.adapter_suite", "adapters.registry"),
        ("history.replay", "testing.strategies"),
        ("cli", "testing"),
        ("history.simulate", "demo"),
        ("work.leases", "cli"),
    ],
)
def test_directions_that_are_not(source: str, target: str) -> None:
    assert objection(f"{PACKAGE}.{source}", f"{PACKAGE}.{target}")


def test_the_package_itself_uses_no_public_face() -> None:
    assert objection(f"{PACKAGE}.history.replay", PACKAGE)
    assert objection(PACKAGE, f"{PACKAGE}.history.replay") is None
    assert objection(PACKAGE, REGISTRY)


def test_a_circle_is_found_even_through_a_function(tmp_path: Path) -> None:
    modules = package(tmp_path, model="import workplaces_core.policy", policy="def f():\n    from . import model")

    assert set(cycle(modules)) == {"workplaces_core.model", "workplaces_core.policy"}


def test_a_missing_package_is_not_a_clean_one(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="nothing to check"):
        read(tmp_path / "nowhere")
