"""The registrars that hooks are given: they check what a plugin brings, and note who brought what."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn, get_args

from attrs import frozen

from workplaces_core.adapters.protocols import CrmAdapter, missing_from
from workplaces_core.errors import PluginError, shown
from workplaces_core.policy import OPERANDS, ConditionOp, Operand, OrderOp

ThingKind = Literal["adapter", "local CRM", "condition op", "order key", "store", "command"]

_NAME = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")
_NAME_RULE = "a name is lower-case latin letters, digits, `_` and `-`, beginning with a letter, such as `acme_2`"
_BUILT_IN: dict[str, tuple[str, ...]] = {"condition op": tuple(OPERANDS), "order key": ("field",)}


@frozen
class Registered:
    """One thing that a plugin registered."""

    kind: ThingKind
    name: str


@frozen
class Command:
    """A command of the command line: `run` is given the arguments after its name, and gives the exit code."""

    name: str
    run: Callable[[Sequence[str]], int]
    summary: str


@frozen
class LocalCrm:
    """A CRM that was started on this machine, for tests and demonstrations: how to open an adapter onto it.

    `settings` are those of `open`; `stop` ends it.
    """

    settings: dict[str, Any]
    stop: Callable[[], None]


class Ledger:
    """All that was registered, and by which plugin. A name belongs to whoever had it first."""

    def __init__(self) -> None:
        self._entries: dict[Registered, tuple[str, Any]] = {}
        self._closed = False

    def enter(self, plugin: str, thing: Registered, what: Any) -> None:
        """Note a thing, or raise PluginError when its name is taken or all hooks were called."""
        if self._closed:
            raise PluginError(f"{plugin}: {thing.kind} `{thing.name}` comes too late, hooks register at start-up only")
        if thing in self._entries:
            raise PluginError(
                f"{plugin}: {thing.kind} `{thing.name}` was registered before by {self._entries[thing][0]}"
            )
        self._entries[thing] = plugin, what

    def close(self) -> None:
        """Take nothing more."""
        self._closed = True

    def of_kind(self, kind: ThingKind) -> dict[str, Any]:
        """Give everything of a kind, by name."""
        return {thing.name: what for thing, (_, what) in self._entries.items() if thing.kind == kind}

    def by(self, plugin: str) -> tuple[Registered, ...]:
        """List what a plugin registered."""
        return tuple(thing for thing, (owner, _) in self._entries.items() if owner == plugin)


@frozen
class Page:
    """One plugin's page of the ledger."""

    plugin: str
    ledger: Ledger

    def enter(self, kind: ThingKind, name: Any, what: Any) -> None:
        """Note a thing of this plugin, unless it has no usable name."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.refuse(kind, shown(name), f"has no usable name: {_NAME_RULE}")
        if name in _BUILT_IN.get(kind, ()):
            self.refuse(kind, name, "is built in, it cannot be redefined")
        self.ledger.enter(self.plugin, Registered(kind, name), what)

    def refuse(self, kind: ThingKind, name: object, message: str) -> NoReturn:
        """Raise PluginError for a thing of this plugin."""
        raise PluginError(f"{self.plugin}: {kind} `{name}` {message}")


@frozen
class AdapterRegistrar:
    """Takes CRM adapters."""

    _page: Page

    def add(self, name: str, adapter: type[CrmAdapter]) -> None:
        """Register an adapter class under the name by which settings choose it.

        Raises PluginError when it lacks a method or declares no capabilities.
        """
        if not inspect.isclass(adapter):
            self._page.refuse("adapter", name, "must be a class")
        missing = missing_from(adapter)
        if missing:
            self._page.refuse("adapter", name, f"is no adapter, it lacks {', '.join(missing)}")
        self._page.enter("adapter", name, adapter)

    def add_local(self, name: str, start: Callable[[], LocalCrm]) -> None:
        """Register what starts a local CRM with a made-up account, under the name of its adapter."""
        if not callable(start):
            self._page.refuse("local CRM", name, "must be a function that starts it")
        self._page.enter("local CRM", name, start)


@frozen
class RuleRegistrar:
    """Takes condition ops and order keys."""

    _page: Page

    def add_condition_op(self, op: ConditionOp) -> None:
        """Register a condition op; policies name it in `op`."""
        self._check("condition op", op, ConditionOp, "test")
        if op.operand not in get_args(Operand):
            allowed = ", ".join(get_args(Operand))
            self._page.refuse(
                "condition op", op.name, f"has operand `{shown(op.operand)}`, it must be one of {allowed}"
            )
        self._page.enter("condition op", op.name, op)

    def add_order_key(self, key: OrderOp) -> None:
        """Register an order key; policies name it in `by`."""
        self._check("order key", key, OrderOp, "rank")
        self._page.enter("order key", key.name, key)

    def _check(self, kind: ThingKind, rule: Any, cls: type[Any], function: str) -> None:
        if type(rule) is not cls:
            self._page.refuse(kind, shown(rule), f"must be a {cls.__name__}")
        if type(rule.version) is not int or rule.version < 1:
            self._page.refuse(kind, rule.name, f"has version `{shown(rule.version)}`, it must be a whole number from 1")
        if not callable(getattr(rule, function)):
            self._page.refuse(kind, rule.name, f"has a {function} that cannot be called")


@frozen
class StoreRegistrar:
    """Takes stores."""

    _page: Page

    def add(self, name: str, opener: Callable[..., Any]) -> None:
        """Register what opens a store, under the name by which settings choose it."""
        if not callable(opener):
            self._page.refuse("store", name, "must be a class or a function that opens it")
        self._page.enter("store", name, opener)


@frozen
class CommandRegistrar:
    """Takes commands."""

    _page: Page

    def add(self, name: str, run: Callable[[Sequence[str]], int], *, summary: str) -> None:
        """Register `workplaces NAME`; `run` is given the arguments after the name, and gives the exit code.

        Import what the command needs when it runs, not before: `summary` is all that help shows of it.
        """
        if not callable(run):
            self._page.refuse("command", name, "must be a function of its arguments")
        self._page.enter("command", name, Command(name, run, summary))
