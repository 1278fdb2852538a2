"""The reference of plugins and the code agree: every hook, registrar method, capability and adapter method is there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from workplaces_core.adapters import hookspecs, protocols, registrars, registry
from workplaces_core.adapters.registry import _REGISTRARS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "plugins.md").read_text(encoding="utf-8").replace(r"\|", "|")
HOOKS = [name for name, spec in vars(hookspecs).items() if hasattr(spec, "workplaces_spec")]
REGISTRARS = [cls for name, cls in vars(registrars).items() if name.endswith("Registrar")]
METHODS = [(cls, name) for cls in REGISTRARS for name in vars(cls) if name.startswith("add")]


def signature(function):
    """The signature as it stands in the source, without `self` and quotes."""
    text = str(inspect.signature(function)).replace("'", "")
    return re.sub(r"^\((self|cls)(, )?", "(", text)


def test_there_are_hooks_to_check():
    assert len(HOOKS) == 4
    assert len(METHODS) == 6


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_signature(hook):
    assert f"### `{hook}{signature(getattr(hookspecs, hook))}`\n" in PAGE


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_has_a_test(hook):
    assert f"\ndef test_{hook}(" in (Path(__file__).parent / "test_hooks.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_gets_its_registrar(hook):
    asked = inspect.signature(getattr(hookspecs, hook)).parameters["registrar"].annotation.strip("'")

    assert _REGISTRARS[hook] is getattr(registrars, asked)


def test_no_other_hook_is_documented():
    assert set(re.findall(r"### `(workplaces_\w+)\(", PAGE)) == set(HOOKS)


@pytest.mark.parametrize(("cls", "name"), METHODS)
def test_every_method_of_a_registrar_is_documented_with_its_signature(cls, name):
    assert f"`registrar.{name}{signature(vars(cls)[name])}`" in PAGE


@pytest.mark.parametrize("name", protocols.CAPABILITIES)
def test_every_capability_is_documented(name):
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("name", protocols.METHODS)
def test_every_method_of_an_adapter_is_documented_with_its_signature(name):
    method = inspect.getattr_static(protocols.CrmAdapter, name)
    function = getattr(method, "__func__", method)

    assert f"`{name}{signature(function)}`" in PAGE


def test_the_names_of_environment_variable_and_group_are_documented():
    assert registry.BLOCK in PAGE
    assert f"[project.entry-points.{hookspecs.PROJECT}]" in PAGE
