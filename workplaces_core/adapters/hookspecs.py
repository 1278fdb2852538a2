"""Every extension point of Workplaces. A plugin is a module, or any object, with functions named as these.

Each kind of thing has one hook. A hook is called once, at start-up, with a registrar: an object with a method for each
thing that can be registered. It returns nothing, and does nothing else; no hook is ever called inside a decision.

    from workplaces_core.adapters.hookspecs import hookimpl

    @hookimpl
    def workplaces_register_adapters(registrar):
        registrar.add("acme", AcmeCrm)

and in the `pyproject.toml` of the distribution:

    [project.entry-points.workplaces]
    acme = "workplaces_acme"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import (
        AdapterRegistrar,
        CommandRegistrar,
        RuleRegistrar,
        StoreRegistrar,
    )

PROJECT = "workplaces"
"""The name of the pluggy project, and of the group of entry points."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook of the same name."""


@hookspec
def workplaces_register_adapters(registrar: AdapterRegistrar) -> None:
    """Register CRM adapters: classes as `adapters.protocols.CrmAdapter` describes them."""


@hookspec
def workplaces_register_rules(registrar: RuleRegistrar) -> None:
    """Register condition ops and order keys: named, versioned, pure functions that policies may use."""


@hookspec
def workplaces_register_stores(registrar: StoreRegistrar) -> None:
    """Register stores: what opens a place where leases, policies and the log are kept."""


@hookspec
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register commands of the `workplaces` command line."""
