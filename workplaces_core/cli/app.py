"""The commands by name. A command's module is imported when it is called; help needs none of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.cli.installed import COMMANDS, built_in, load
from workplaces_core.cli.invocation import INTERRUPTED, program
from workplaces_core.errors import InvalidInput, PluginError, WorkError, WorkplacesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workplaces_core.adapters.registrars import Command

_READER_LEFT = 141


class Commands(click.Group):
    """Finds a command among the built-in ones, then among those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, the built-in ones first."""
        return [*COMMANDS, *_plugin_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a built-in command, or wrap a plugin's."""
        if cmd_name in COMMANDS:
            return built_in(cmd_name)
        command = _plugin_commands(ctx).get(cmd_name)
        return None if command is None else _wrapped(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        brought = {name: command.summary for name, command in _plugin_commands(ctx).items()}
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items(), *brought.items()])


def _plugin_commands(ctx: click.Context) -> dict[str, Command]:
    """Load plugins once; when one is faulty, help says so and goes on without any."""
    root = ctx.find_root()
    if "commands" not in root.meta:
        try:
            brought = dict(load().commands)
        except PluginError as error:
            say_error(str(error))
            brought = {}
        root.meta["commands"] = {name: command for name, command in brought.items() if name not in COMMANDS}
    found: dict[str, Command] = root.meta["commands"]
    return found


def _wrapped(command: Command) -> click.Command:
    """Make a command of a plugin's; its arguments are passed on as they are, `--help` too."""

    def run_it(arguments: tuple[str, ...]) -> None:
        click.get_current_context().exit(command.run(list(arguments)))

    return click.Command(
        command.name,
        callback=run_it,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
        short_help=command.summary,
    )


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    help="Show the version and exit.",
    callback=lambda ctx, _, asked: _print_version(ctx) if asked and not ctx.resilient_parsing else None,
)
def app() -> None:
    """Decide which CRM task each employee works on next, and say why.

    Exit codes: 0 fine, 1 findings or a refused action, 2 wrong usage or unreadable input, 130 interrupted, 141
    when whoever read the output left before its end.
    """


def _print_version(ctx: click.Context) -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"workplaces-core {version('workplaces-core')}")
    except PackageNotFoundError:
        click.echo("workplaces-core, used from its source folder")
    ctx.exit()


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give the exit code; errors become one line each on standard error.

    When whoever reads the output leaves before its end, the command ends quietly.
    """
    output = sys.stdout
    try:
        return _run(arguments)
    except BrokenPipeError:
        return _READER_LEFT
    except SystemExit:
        # When a pipe is broken click wraps standard output, so that nothing more is written to it, and exits with 1.
        if sys.stdout is output:
            raise
        return _READER_LEFT


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result: Any = app.main(arguments, prog_name=program(), standalone_mode=False)
    except click.UsageError as error:
        _explain_usage(error)
    except click.ClickException as error:
        say_error(error.format_message())
    except click.Abort:
        return INTERRUPTED
    except InvalidInput as error:
        for problem in error.problems:
            say_error(str(problem))
    except WorkError as error:
        say_error(str(error) or type(error).__name__)
        return 1
    except WorkplacesError as error:
        say_error(str(error))
    except OSError as error:
        say_error(f"{error.filename or 'input'}: {error.strerror or error}")
    else:
        return result if isinstance(result, int) else 0
    return 2


def _explain_usage(error: click.UsageError) -> None:
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        error.show()  # the help itself
        return
    command = error.ctx.command_path if error.ctx is not None else program()
    say_error(f"{command}: {error.format_message().rstrip('.')}; see {command} --help")


def say_error(message: str) -> None:
    """Write one line to standard error."""
    click.echo(" ".join(message.split()), err=True)
