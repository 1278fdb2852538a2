"""`workplaces amocrm history`: what became of tasks, as far as amoCRM's log of events tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from workplaces_amocrm.cli.connection import Connection, connected
from workplaces_amocrm.cli.words import words
from workplaces_core.cli import options, screen
from workplaces_core.errors import InvalidInput, Problem

_UNTOLD = ("taken", "responsible", "deals", "deleted", "reopened")


@click.command("history")
@connected
@click.option("--from", "start", required=True, type=options.INSTANT, help="The start, such as 2026-11-24T00:00+03:00.")
@click.option("--to", "end", type=options.INSTANT, help="The end.  [default: now]")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The history to write.")
@options.json_option
@options.language_option
def command(
    *, connection: Connection, start: datetime, end: datetime | None, out: Path, as_json: bool, language: str
) -> None:
    """Write a history, workplaces/history/1 in JSON Lines, of the tasks of a period.

    Tasks are as their events say; deals, contacts, companies and the directory stand at the start as they are now.
    What the events do not tell is listed at the end.
    """
    from workplaces_amocrm.cli.output import replacing, say_set_aside
    from workplaces_amocrm.history_export import Period, read, story

    period = Period(start, end or datetime.now(UTC))
    if period.start > period.end:
        raise InvalidInput([Problem("--from", str(start), "must not be later than --to")])
    with connection.crm() as crm:
        told = read(crm, period)
    made = story(told, period)
    with replacing(out) as stream:
        for event in made.events:
            stream.write(f"{event.line()}\n".encode())
    counts = {
        "event": sum(map(len, told.events.values())),
        "finished": made.finished,
        "line": len(made.events),
        "gone": made.gone,
        "differing": made.differing,
        "aside": say_set_aside(map(str, told.problems)),
    }
    if as_json:
        screen.print_json({"counts": counts, "out": str(out), "untold": list(_UNTOLD)})
        return
    _print(counts, out, language)


def _print(counts: dict[str, int], out: Path, language: str) -> None:
    from workplaces_core.sentences import LANGUAGES

    said = words(language)
    rows = [[said[name], LANGUAGES[language].number(amount)] for name, amount in counts.items()]
    screen.print_table([said["kind"], said["amount"]], rows, counts=True)
    click.echo(f"{said['untold']}:")
    for name in _UNTOLD:
        click.echo(f"- {said[f'untold {name}']}")
    click.echo(said["written"].format(path=out))
