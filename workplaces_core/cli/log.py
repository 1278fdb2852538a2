"""`workplaces log`: what was handed out, why, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click

from workplaces_core.adapters.stores import Event
from workplaces_core.cli import configured, options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@click.command("log")
@click.option("--user", type=options.ID, help="Only of this employee.")
@click.option("--task", type=options.ID, help="Only of this task.")
@click.option(
    "--event", "events", multiple=True, type=click.Choice(get_args(Event)), help="Only these; may be repeated."
)
@click.option("--since", type=options.INSTANT, help="Only from this moment on.")
@click.option("--after", type=int, default=0, help="Only entries of a greater number.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@configured.config_option
@options.json_option
@options.language_option
def command(
    *,
    user: str | None,
    task: str | None,
    events: tuple[Event, ...],
    since: datetime | None,
    after: int,
    limit: int | None,
    config_path: Path | None,
    database: str | None,
    as_json: bool,
    language: str,
) -> None:
    """List what was handed out, why, and how it ended.

    The oldest first; with --json one entry a line, with all details.
    """
    from workplaces_core.work.commands import record_form

    with configured.opened_store(config_path, database) as store:
        found = store.log(since=since, after=after, user=user, task=task, events=events, limit=limit)
        if as_json:
            for record in found:
                screen.print_json(record_form(record))
            return
        rows = [
            [str(each.number), each.at.isoformat(), each.event, each.user or "", each.task or "", str(each.fence or "")]
            for each in found
        ]
        words = Words(language)
        screen.print_table(words.row("number", "moment", "event", "user", "task", "fence"), rows)
