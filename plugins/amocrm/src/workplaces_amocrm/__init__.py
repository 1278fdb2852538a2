"""amoCRM and Kommo as a CRM of Workplaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workplaces_amocrm.adapter import AmoCrm
from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import AdapterRegistrar, CommandRegistrar

__all__ = ["AmoCrm"]


@hookimpl
def workplaces_register_adapters(registrar: AdapterRegistrar) -> None:
    """Register the adapter under the name by which settings choose it."""
    registrar.add("amocrm", AmoCrm)


@hookimpl
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register `workplaces amocrm`."""
    registrar.add("amocrm", _run, summary="read an amoCRM account, check it, serve a local one")


def _run(arguments: Sequence[str]) -> int:
    from workplaces_amocrm.cli import run  # noqa: PLC0415 - nothing of the command is needed before it runs

    return int(run(arguments))
