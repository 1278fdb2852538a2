"""amoCRM and Kommo as a CRM of Workplaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workplaces_amocrm.adapter import AmoCrm
from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import AdapterRegistrar, CommandRegistrar, LocalCrm

__all__ = ["AmoCrm"]


@hookimpl
def workplaces_register_adapters(registrar: AdapterRegistrar) -> None:
    """Register the adapter under the name by which settings choose it, and the local server it can be tried with."""
    registrar.add("amocrm", AmoCrm)
    registrar.add_local("amocrm", _start)


@hookimpl
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register `workplaces amocrm`."""
    registrar.add("amocrm", _run, summary="read an amoCRM account, check it, serve a local one")


def _start() -> LocalCrm:
    from workplaces_amocrm.local import start  # noqa: PLC0415 - nothing of the server is needed before it runs

    return start()


def _run(arguments: Sequence[str]) -> int:
    from workplaces_amocrm.cli import run  # noqa: PLC0415 - nothing of the command is needed before it runs

    return int(run(arguments))
