"""`workplaces amocrm delta`: what changed since a cursor, as changes on the wire."""

from __future__ import annotations

from pathlib import Path

import click

from workplaces_amocrm.cli.connection import Connection, connected
from workplaces_core.cli import screen
from workplaces_core.errors import InvalidInput, Problem


@click.command("delta")
@connected
@click.option("--since", required=True, metavar="CURSOR", help="The cursor, or @FILE that it stands in.")
@click.option(
    "--cursor-out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file for the new cursor; it is not printed then.",
)
def command(*, connection: Connection, since: str, cursor_out: Path | None) -> None:
    """Print what changed since a cursor, one change a line, and the new cursor as a last line {"cursor": "..."}.

    Each line is a change as the core reads it. They carry whole states, so applying one twice does no harm.
    """
    from workplaces_amocrm.cli.output import say_set_aside, write_text

    cursor = _read(since)
    more = True
    with connection.crm() as crm:
        while more:
            found = crm.read_changes(cursor)
            for change in found.changes:
                screen.print_json(change)
            cursor, more = found.cursor, found.more
        say_set_aside(map(str, crm.set_aside()))
    if cursor_out is not None:
        write_text(cursor_out, cursor)
    else:
        screen.print_json({"cursor": cursor})


def _read(since: str) -> str:
    if not since.startswith("@"):
        return since
    path = Path(since[1:])
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    if not text:
        raise InvalidInput([Problem(str(path), None, "is empty, it should hold a cursor")])
    return text
