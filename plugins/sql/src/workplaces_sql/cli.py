"""`workplaces db`: the database of a store upgraded, looked through, and its history exported."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click

from workplaces_core.adapters.stores import Store
from workplaces_core.errors import PluginError, WorkplacesError
from workplaces_core.policy import RuleSet
from workplaces_sql.store import SqlStore

database_option = click.option(
    "--database",
    required=True,
    envvar="WORKPLACES_DATABASE",
    help="The URL, such as sqlite:///desk.db; the default may be set in WORKPLACES_DATABASE.",
)


def main(arguments: Sequence[str]) -> int:
    """Run the command and give the exit code; errors are raised, the command line of the core shows them."""
    result = db.main(list(arguments), prog_name="workplaces db", standalone_mode=False)
    return result if isinstance(result, int) else 0


@click.group("db", context_settings={"help_option_names": ["-h", "--help"]})
def db() -> None:
    """Upgrade or check the database of a store, or export its history.

    Exit codes: 0 fine, 1 findings, 2 wrong usage, or the database does not answer or has a newer version.
    """


@db.command("upgrade")
@database_option
def upgrade(database: str) -> int:
    """Make the tables, or bring them to the newest version. Starting a service does the same."""
    with closing(_open(database, migrate=True)):
        click.echo("the database has the newest version")
    return 0


@db.command("check")
@database_option
def check(database: str) -> int:
    """Read everything that is kept and say what cannot be read or does not fit together."""
    with closing(_open(database, migrate=False)) as store:
        found = list(_findings(store))
    for line in found:
        click.echo(line)
    if not found:
        click.echo("nothing is wrong")
    return 1 if found else 0


def _findings(store: Store) -> Iterator[str]:
    for what, read in (
        ("mirror", store.entities),
        ("log", store.log),
        ("sagas", lambda: store.sagas(open_only=False)),
        ("policies", store.policies),
    ):
        try:
            for _ in read():
                pass
        except (ValueError, KeyError, TypeError) as error:
            yield f"{what}: cannot be read: {' '.join(str(error).split())}"
    for lease in store.leases():
        records = store.run(lambda tx, fence=lease.fence: tx.records_of(fence))  # type: ignore[misc]
        if [record.event for record in records[:1]] != ["taken"]:
            yield f"leases: the log does not tell that lease `{lease.fence}` on task `{lease.task}` was taken"


@db.command("export-history")
@database_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.  [default: the screen]"
)
def export_history(database: str, out: Path | None) -> int:
    """Write what is known of the past as JSON Lines, for `workplaces replay` and `simulate`."""
    with closing(_open(database, migrate=False)) as store:
        lines = (event.line() + "\n" for event in store.history())
        if out is None:
            sys.stdout.buffer.writelines(line.encode() for line in lines)
        else:
            with out.open("w", encoding="utf-8", newline="") as file:
                file.writelines(lines)
    return 0


def _open(database: str, *, migrate: bool) -> SqlStore:
    try:
        return SqlStore.open(database, migrate=migrate, rules=_rules())
    except ValueError as error:
        if isinstance(error, WorkplacesError):
            raise
        raise click.UsageError(str(error)) from None


def _rules() -> RuleSet:
    """Give the rules of plugins, which policies may use; without them when one cannot be loaded."""
    from workplaces_core.adapters.registry import load_plugins

    try:
        return load_plugins().rules
    except PluginError:
        return RuleSet()
