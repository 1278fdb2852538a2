"""The web service of Workplaces: the employee's desk, the supervisor's admin and board, the JSON API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    from workplaces_core.adapters.registrars import CommandRegistrar


@hookimpl
def workplaces_register_commands(registrar: CommandRegistrar) -> None:
    """Register `workplaces serve`."""
    registrar.add("serve", _run, summary="serve the desk, the admin and the JSON API")


def _run(arguments: Sequence[str]) -> int:
    from workplaces_web.cli import run  # noqa: PLC0415 - nothing of the server is needed before it runs

    return int(run(arguments))
