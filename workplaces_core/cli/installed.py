"""What is installed: the built-in commands and all plugins, through the same hooks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from workplaces_core.adapters.hookspecs import hookimpl

if TYPE_CHECKING:
    import click

    from workplaces_core.adapters.registrars import CommandRegistrar
    from workplaces_core.adapters.registry import Registry

COMMANDS = {
    "decide": "Show one employee's desk at a moment.",
    "explain": "Say why a task is in an employee's queue, or why not.",
    "check": "Look for mistakes in a policy.",
    "desk": "Show an employee's desk as it is now.",
    "take": "Lease the next task to an employee.",
    "finish": "Complete the task of a lease.",
    "log": "List what was handed out, why, and how it ended.",
    "history": "Check histories, sum them up, make them of other records.",
    "replay": "Show what policies would have given at every recorded hand-out.",
    "simulate": "Let people work through a history under a policy, or two.",
    "suggest": "Look for better orders and better hours, by simulation.",
    "plugins": "List what is installed, and what each plugin registered.",
    "demo": "Make up an account, and show what its employees see.",
}
"""The built-in commands: the name is that of a module beside this one, which has it as `command`."""


def built_in(name: str) -> click.Command:
    """Import a built-in command."""
    command: click.Command = import_module(f"workplaces_core.cli.{name}").command
    return command


class _BuiltInCommands:
    @hookimpl
    def workplaces_register_commands(self, registrar: CommandRegistrar) -> None:
        for name, summary in COMMANDS.items():
            registrar.add(name, partial(_run, name), summary=summary)


def _run(name: str, arguments: Sequence[str]) -> int:
    result = built_in(name).main(list(arguments), prog_name=f"workplaces {name}", standalone_mode=False)
    return result if isinstance(result, int) else 0


def load() -> Registry:
    """Load all plugins; one that brings a command of a built-in name is refused like every other duplicate."""
    from workplaces_core.adapters.registry import load_plugins

    return load_plugins({"cli": _BuiltInCommands()})
