"""Loading plugins: what is found, what is left out, and what is refused, with whose name in the message."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings

import pluggy
import pytest

from workplaces_core.adapters import builtin
from workplaces_core.adapters.hookspecs import hookimpl
from workplaces_core.adapters.memory import MemoryCrm
from workplaces_core.adapters.registrars import Registered
from workplaces_core.adapters.registry import BLOCK, load_plugins
from workplaces_core.errors import PluginError

ADAPTER = """
    from workplaces_core.adapters.memory import MemoryCrm

    @hookimpl
    def workplaces_register_adapters(registrar):
        registrar.add("{name}", MemoryCrm)
"""


class Adapters:
    """A plugin that registers an adapter under each of some names."""

    def __init__(self, *names):
        self.names = names

    @hookimpl
    def workplaces_register_adapters(self, registrar):
        for name in self.names:
            registrar.add(name, MemoryCrm)


def only(**plugins):
    """Load these plugins, and none that happens to be installed."""
    return load_plugins(plugins, discover=False)


def refusal(**plugins):
    """Load these plugins, which is refused, and give the message."""
    with pytest.raises(PluginError) as refused:
        only(**plugins)
    return str(refused.value)


# -- what is found ---------------------------------------------------------------------------------------


def test_an_installed_plugin_is_found_by_its_entry_point(install):
    install("workplaces-acme", "1.2", {"acme": "acme_plugin"}, acme_plugin=ADAPTER.format(name="acme"))
    registry = load_plugins()
    plugin = next(plugin for plugin in registry.plugins if plugin.name == "acme")

    assert registry.adapters["acme"] is MemoryCrm
    assert (plugin.distribution, plugin.version) == ("workplaces-acme", "1.2")
    assert plugin.registered == (Registered("adapter", "acme"),)
    assert not plugin.blocked


def test_an_entry_point_may_name_an_object_inside_a_module(install):
    source = """
        from tests.adapters.test_loading import Adapters

        plugin = Adapters("acme")
    """
    install("workplaces-acme", "1.2", {"acme": "acme_plugin:plugin"}, acme_plugin=source)

    assert "acme" in load_plugins().adapters


def test_several_plugins_may_come_with_one_distribution(install):
    install(
        "workplaces-acme", "1.2", {"one": "acme_one", "two": "acme_two"},
        acme_one=ADAPTER.format(name="one"), acme_two=ADAPTER.format(name="two"),
    )  # fmt: skip

    assert {"one", "two"} <= load_plugins().adapters.keys()


def test_the_built_in_things_come_through_the_hooks_too():
    registry = only()

    assert registry.adapters == {"memory": MemoryCrm}
    assert [plugin.name for plugin in registry.plugins] == ["core"]
    assert registry.plugins[0].registered == (Registered("adapter", "memory"), Registered("store", "memory"))
    assert hasattr(builtin.workplaces_register_adapters, "workplaces_impl")


def test_plugins_keep_their_order_whatever_the_machine_says(install, monkeypatch):
    for name in ("zeta", "alpha", "mid"):
        install(f"workplaces-{name}", "1", {name: f"{name}_plugin"}, **{f"{name}_plugin": ADAPTER.format(name=name)})
    found = [plugin.name for plugin in load_plugins().plugins]

    assert [name for name in found if name in {"zeta", "alpha", "mid"}] == ["alpha", "mid", "zeta"]


def test_every_load_starts_afresh():
    assert "acme" in only(acme=Adapters("acme")).adapters
    assert "acme" not in only().adapters


def printed_by(code):
    """Run code in a fresh process that sees what this one sees, and give what it prints."""
    seen = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run([sys.executable, "-c", code], env=seen, capture_output=True, text=True, check=True).stdout


def test_importing_the_package_loads_no_plugin_and_not_even_pluggy(install):
    install("workplaces-acme", "1", {"acme": "acme_plugin"}, acme_plugin="print('imported')")

    assert printed_by("import workplaces_core, sys; print('pluggy' in sys.modules)") == "False\n"


def test_importing_the_registry_loads_no_plugin_but_asking_it_does(install):
    install(
        "workplaces-acme",
        "1",
        {"acme": "acme_plugin"},
        acme_plugin=ADAPTER.format(name="a") + "    print('imported')\n",
    )
    load = "from workplaces_core.adapters.registry import load_plugins; print('ready'); "

    assert printed_by(load) == "ready\n"
    assert printed_by(load + "load_plugins()") == "ready\nimported\n"


# -- what is left out ------------------------------------------------------------------------------------


def test_a_blocked_plugin_is_not_even_imported(install, monkeypatch):
    install("workplaces-acme", "1.2", {"acme": "acme_plugin"}, acme_plugin="raise RuntimeError('imported')")
    monkeypatch.setenv(BLOCK, " other , acme,")
    registry = load_plugins()
    blocked = {plugin.name: plugin for plugin in registry.plugins if plugin.blocked}

    assert (blocked["acme"].distribution, blocked["acme"].version) == ("workplaces-acme", "1.2")
    assert blocked["other"].distribution is None
    assert not blocked["acme"].registered


def test_a_plugin_may_be_blocked_by_argument():
    registry = load_plugins({"acme": Adapters("acme"), "beta": Adapters("beta")}, block=["acme"], discover=False)

    assert sorted(registry.adapters) == ["beta", "memory"]


def test_the_built_in_plugin_may_be_blocked_like_any_other():
    assert load_plugins(block=["core"], discover=False).adapters == {}


# -- what is refused -------------------------------------------------------------------------------------


def test_an_import_error_is_refused_with_plugin_and_distribution(install):
    install("workplaces-acme", "1.2", {"acme": "acme_plugin"}, acme_plugin="import nowhere_to_be_found")
    with pytest.raises(PluginError) as refused:
        load_plugins()

    assert str(refused.value) == (
        "plugin `acme` (workplaces-acme 1.2): cannot be imported: No module named 'nowhere_to_be_found'; "
        "WORKPLACES_BLOCK_PLUGINS=acme starts without it"
    )
    assert isinstance(refused.value.__cause__, ModuleNotFoundError)


@pytest.mark.parametrize("source", ["def broken(:", "1 / 0", "from workplaces_core import no_such_name"])
def test_whatever_happens_in_an_import_is_a_plugin_error(install, source):
    install("workplaces-acme", "1.2", {"acme": "acme_plugin"}, acme_plugin=source)
    with pytest.raises(PluginError, match=r"plugin `acme`.*cannot be imported"):
        load_plugins()


def test_a_misspelt_hook_is_refused():
    class Misspelt:
        @hookimpl
        def workplaces_register_adaptors(self, registrar):
            pass

    message = refusal(acme=Misspelt())

    assert message.startswith(
        "plugin `acme`: has a hook that there is not, the hooks are workplaces_register_adapters,"
    )
    assert "workplaces_register_adaptors" in message


def test_a_hook_that_asks_for_something_else_is_refused():
    class Curious:
        @hookimpl
        def workplaces_register_rules(self, registrar, policy):
            pass

    message = refusal(acme=Curious())

    assert message.startswith("plugin `acme`: has a hook with the wrong signature: ")
    assert "'workplaces_register_rules'" in message
    assert "'policy'" in message
    assert "\n" not in message


def test_a_hook_that_takes_no_registrar_is_refused():
    class Deaf:
        @hookimpl
        def workplaces_register_rules(self):
            pass

    assert "it must be `workplaces_register_rules(registrar)`" in refusal(acme=Deaf())


def test_a_hook_with_a_default_is_refused_for_it_would_get_nothing():
    class Defaulting:
        @hookimpl
        def workplaces_register_rules(self, registrar=None):
            pass

    assert "it must be `workplaces_register_rules(registrar)`" in refusal(acme=Defaulting())


def test_a_hook_around_other_hooks_is_refused():
    class Around:
        @hookimpl(wrapper=True)
        def workplaces_register_rules(self, registrar):
            yield

    assert "`workplaces_register_rules` is a wrapper" in refusal(acme=Around())


def test_a_hook_without_its_mark_is_refused():
    class Unmarked:
        @hookimpl
        def workplaces_register_rules(self, registrar):
            pass

        def workplaces_register_adapters(self, registrar):
            pass

    assert "`workplaces_register_adapters` is not marked with `hookimpl`" in refusal(acme=Unmarked())


@pytest.mark.parametrize("plugin", [object(), sys, 5, None])
def test_a_plugin_without_any_hook_is_refused(plugin):
    assert "plugin `acme`: has no hook" in refusal(acme=plugin)


def test_a_hook_that_returns_something_is_refused():
    class Returning:
        @hookimpl
        def workplaces_register_rules(self, registrar):
            return ["op"]

    assert "`workplaces_register_rules` returned a value, it must call the registrar" in refusal(acme=Returning())


def test_a_hook_that_fails_is_refused_with_its_name():
    class Failing:
        @hookimpl
        def workplaces_register_stores(self, registrar):
            raise LookupError("no such thing")

    assert "plugin `acme`: failed in `workplaces_register_stores`: no such thing" in refusal(acme=Failing())


def test_two_plugins_of_one_name_are_refused_with_both_their_origins(install):
    install("workplaces-one", "1", {"acme": "acme_one"}, acme_one=ADAPTER.format(name="one"))
    install("workplaces-two", "2", {"acme": "acme_two"}, acme_two=ADAPTER.format(name="two"))
    with pytest.raises(PluginError) as refused:
        load_plugins()

    assert "plugin `acme` (workplaces-two 2): the name was taken before by plugin `acme` (workplaces-one 1)" in str(
        refused.value
    )


def test_one_plugin_under_two_names_is_refused():
    twin = Adapters("acme")

    assert "plugin `two`: is the same object as plugin `one`" in refusal(one=twin, two=twin)


def test_a_name_registered_twice_is_refused_with_whoever_had_it_first():
    message = refusal(one=Adapters("acme"), two=Adapters("acme"))

    assert message == (
        "plugin `two`: adapter `acme` was registered before by plugin `one`; "
        "WORKPLACES_BLOCK_PLUGINS=two starts without it"
    )


def test_a_built_in_thing_cannot_be_replaced():
    assert "adapter `memory` was registered before by plugin `core`" in refusal(acme=Adapters("memory"))


def test_what_pluggy_only_warns_of_is_refused(monkeypatch):
    def warn(self):
        warnings.warn("something is odd", pluggy.PluggyWarning, stacklevel=1)

    monkeypatch.setattr(pluggy.PluginManager, "check_pending", warn)

    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert "something is odd" in refusal(acme=Adapters("acme"))


def test_a_warning_of_the_plugin_itself_stays_a_warning():
    class OldFashioned:
        @hookimpl
        def workplaces_register_adapters(self, registrar):
            warnings.warn("old", DeprecationWarning, stacklevel=2)
            registrar.add("acme", MemoryCrm)

    with pytest.warns(DeprecationWarning, match="old"):
        assert "acme" in only(acme=OldFashioned()).adapters


def test_a_registrar_is_of_no_use_after_loading():
    kept = []

    class Keeping:
        @hookimpl
        def workplaces_register_adapters(self, registrar):
            kept.append(registrar)

    registry = only(acme=Keeping())

    with pytest.raises(PluginError, match="comes too late"):
        kept[0].add("late", MemoryCrm)
    assert "late" not in registry.adapters
