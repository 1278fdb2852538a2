"""The commands of `workplaces amocrm` by name; help needs none of their modules."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "check-account": "Say what the account lets us do, and what to change.",
    "sync": "Read everything open into a snapshot.",
    "delta": "Read what changed since a cursor.",
    "history": "Read what became of tasks, by amoCRM's log of events.",
    "hooks": "Subscribe to webhooks, look how they stand, end them.",
    "widget": "Build widget.zip, to be uploaded into the integration.",
    "oauth": "Get the first tokens of an integration.",
    "serve-fake": "Serve a made-up account on this machine.",
    "demo": "Read a made-up account over HTTP, hand out two tasks, and show what that changes in the CRM.",
}
"""Every command: the name is that of a module beside this one, which has it as `command`."""


class Commands(click.Group):
    """Imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"workplaces_amocrm.cli.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command("amocrm", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """Read an amoCRM or Kommo account, check it, and set it up.

    Exit codes: 0 fine, 1 findings, or amoCRM refuses or does not answer, 2 wrong usage or unreadable input.
    """
