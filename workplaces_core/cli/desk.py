"""`workplaces desk`: what an employee sees now, from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import configured, options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from pathlib import Path


@click.command("desk")
@options.user_option
@configured.config_option
@options.json_option
@options.language_option
def command(*, user: str, config_path: Path | None, database: str | None, as_json: bool, language: str) -> None:
    """Show an employee's desk as it is now.

    With what he has to be told, and the lease of his current task.
    """
    from workplaces_core.sentences import desk_sentences

    with configured.opened_service(config_path, database, needs_crm=False) as service:
        desk = service.desk(user)
        if as_json:
            screen.print_json(desk)
            return
        screen.print_lines(desk_sentences(desk, service.snapshot(), service.policy, language=language))
        words = Words(language)
        if desk.lease is not None:
            click.echo(words["held"].format(fence=desk.lease.fence, until=desk.lease.expires.isoformat()))
        for notice in desk.notices:
            click.echo(words["notice"].format(event=notice.event, title=notice.title, at=notice.at.isoformat()))
