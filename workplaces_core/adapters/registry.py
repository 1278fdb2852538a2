"""The registry: loads plugins once, on request, and tells what they brought. A faulty plugin is refused at load.

Only the command line, plugins and applications import this module; nothing is loaded by importing it.
"""

from __future__ import annotations

import importlib.metadata
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import attrs
import pluggy
from attrs import field, frozen

from workplaces_core.adapters import builtin, hookspecs
from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.adapters.registrars import (
    AdapterRegistrar,
    Command,
    CommandRegistrar,
    Ledger,
    LocalCrm,
    Page,
    Registered,
    RuleRegistrar,
    StoreRegistrar,
)
from workplaces_core.errors import PluginError
from workplaces_core.policy import RuleSet

BLOCK = "WORKPLACES_BLOCK_PLUGINS"
"""The environment variable with the names of plugins that are not to be loaded, comma separated."""

BUILT_IN = "core"
"""The name of the plugin with what Workplaces brings itself."""

_DISTRIBUTION = "workplaces-core"
_REGISTRARS: dict[str, Callable[[Page], Any]] = {
    "workplaces_register_adapters": AdapterRegistrar,
    "workplaces_register_rules": RuleRegistrar,
    "workplaces_register_stores": StoreRegistrar,
    "workplaces_register_commands": CommandRegistrar,
}


@frozen
class Plugin:
    """A plugin, where it comes from, and what it registered: nothing when it is `blocked`.

    `distribution` and `version` are None when it was given by hand, or is blocked and not installed.
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    registered: tuple[Registered, ...] = ()
    blocked: bool = False

    def __str__(self) -> str:
        """Name it for messages."""
        return f"plugin `{self.name}`" + (f" ({self.distribution} {self.version})" if self.distribution else "")


@frozen
class Registry:
    """Everything that plugins brought, by name, and the plugins, in the order in which they were loaded."""

    adapters: Mapping[str, type[CrmAdapter]] = field(factory=dict)
    local_crms: Mapping[str, Callable[[], LocalCrm]] = field(factory=dict)
    rules: RuleSet = field(factory=RuleSet)
    stores: Mapping[str, Callable[..., Any]] = field(factory=dict)
    commands: Mapping[str, Command] = field(factory=dict)
    plugins: tuple[Plugin, ...] = ()


def load_plugins(
    plugins: Mapping[str, object] | None = None, *, block: Iterable[str] = (), discover: bool = True
) -> Registry:
    """Load the built-in plugin, then `plugins` by name, then, to `discover`, those of installed distributions.

    Plugins named in `block` or in the environment variable WORKPLACES_BLOCK_PLUGINS are not even imported. Raises
    PluginError, which names the plugin, when one cannot be imported or registered; then nothing is loaded at all.

    >>> registry = load_plugins(discover=False)
    >>> sorted(registry.adapters), [str(plugin).split(" (")[0] for plugin in registry.plugins]
    (['memory'], ['plugin `core`'])
    """
    loading = _Loading({*block, *_blocked_by_environment()})
    for plugin, load in _found(plugins or {}, discover=discover):
        try:
            loading.take(plugin, load)
        except PluginError as error:
            raise PluginError(f"{error}; {BLOCK}={plugin.name} starts without it") from error.__cause__
    return loading.registry()


def _blocked_by_environment() -> list[str]:
    return [name.strip() for name in os.environ.get(BLOCK, "").split(",") if name.strip()]


def _found(given: Mapping[str, object], *, discover: bool) -> Iterator[tuple[Plugin, Callable[[], object]]]:
    """List the plugins there are, in an order that does not depend on the machine, each with what loads it."""
    yield _core(), partial(_itself, builtin)
    for name, plugin in given.items():
        yield Plugin(name), partial(_itself, plugin)
    if discover:
        for point in sorted(importlib.metadata.entry_points(group=hookspecs.PROJECT), key=_place):
            yield Plugin(point.name, *_distribution(point)), point.load


def _core() -> Plugin:
    try:
        return Plugin(BUILT_IN, _DISTRIBUTION, importlib.metadata.version(_DISTRIBUTION))
    except importlib.metadata.PackageNotFoundError:
        return Plugin(BUILT_IN)  # used from its source folder


def _place(point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    return point.name, str(_distribution(point))


def _distribution(point: importlib.metadata.EntryPoint) -> tuple[str | None, str | None]:
    return (point.dist.name, point.dist.version) if point.dist is not None else (None, None)


def _itself(plugin: object) -> object:
    return plugin


class _Loading:
    """One run of loading: pluggy's manager, the ledger, and the plugins so far."""

    def __init__(self, blocked: set[str]) -> None:
        self._blocked = blocked
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._ledger = Ledger()
        self._plugins: dict[str, Plugin] = {}

    def take(self, plugin: Plugin, load: Callable[[], object]) -> None:
        """Load one plugin and let it register what it brings."""
        if plugin.name in self._blocked:
            self._plugins[plugin.name] = attrs.evolve(plugin, blocked=True)
            return
        if plugin.name in self._plugins:
            raise PluginError(f"{plugin}: the name was taken before by {self._plugins[plugin.name]}")
        with _refusing(plugin, "cannot be imported"):
            loaded = load()
        self._register(plugin, loaded)
        for hook in _REGISTRARS:
            self._call(plugin, loaded, hook)
        self._plugins[plugin.name] = attrs.evolve(plugin, registered=self._ledger.by(str(plugin)))

    def registry(self) -> Registry:
        """Close the ledger and give everything that is in it."""
        self._ledger.close()
        of_kind = self._ledger.of_kind
        absent = [Plugin(name, blocked=True) for name in sorted(self._blocked - self._plugins.keys())]
        return Registry(
            adapters=of_kind("adapter"),
            local_crms=of_kind("local CRM"),
            rules=RuleSet(ops=of_kind("condition op"), order=of_kind("order key")),
            stores=of_kind("store"),
            commands=of_kind("command"),
            plugins=(*self._plugins.values(), *absent),
        )

    def _register(self, plugin: Plugin, loaded: object) -> None:
        twin = self._manager.get_name(loaded)
        if twin is not None:
            raise PluginError(f"{plugin}: is the same object as {self._plugins[twin]}")
        with _strictly():
            with _refusing(plugin, "has a hook with the wrong signature"):
                self._manager.register(loaded, plugin.name)
            with _refusing(plugin, f"has a hook that there is not, the hooks are {', '.join(_REGISTRARS)}"):
                self._manager.check_pending()
        hooks = [hook for hook in self._manager.get_hookcallers(loaded) or () if hook.has_spec()]
        for objection in _objections(loaded, hooks):
            raise PluginError(f"{plugin}: {objection}")

    def _call(self, plugin: Plugin, loaded: object, hook: str) -> None:
        """Call one hook of one plugin alone, so that what it registers is known to be its own."""
        others = self._manager.get_plugins() - {loaded}
        registrar = _REGISTRARS[hook](Page(str(plugin), self._ledger))
        with _strictly(), _refusing(plugin, f"failed in `{hook}`"):
            answers = self._manager.subset_hook_caller(hook, others)(registrar=registrar)
        if answers:
            raise PluginError(f"{plugin}: `{hook}` returned a value, it must call the registrar instead")


def _objections(loaded: object, hooks: Sequence[pluggy.HookCaller]) -> Iterator[str]:
    """What pluggy lets pass: hooks that would never be called, or could register nothing."""
    implementations = [impl for hook in hooks for impl in hook.get_hookimpls() if impl.plugin is loaded]
    marked = {impl.function for impl in implementations}
    for name in dir(loaded):
        if name.startswith(f"{hookspecs.PROJECT}_register") and getattr(loaded, name) not in marked:
            yield f"`{name}` is not marked with `hookimpl`"
    for impl in implementations:
        name = impl.function.__name__
        if impl.wrapper or impl.hookwrapper:
            yield f"`{name}` is a wrapper, it must be a plain function"
        if impl.argnames != ("registrar",):
            yield f"`{name}` has the wrong signature, it must be `{name}(registrar)`"
    if not implementations:
        yield f"has no hook, it needs one of {', '.join(_REGISTRARS)}"


@contextmanager
def _strictly() -> Iterator[None]:
    """Make errors of what pluggy only warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pluggy.PluggyWarning)
        warnings.filterwarnings("error", message=r"Argument\(s\) .* declared in the hookspec")
        yield


@contextmanager
def _refusing(plugin: Plugin, what: str) -> Iterator[None]:
    """Make a PluginError, in one line, of whatever goes wrong."""
    try:
        yield
    except PluginError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise PluginError(f"{plugin}: {what}: {reason}") from error
