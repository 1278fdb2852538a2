"""`workplaces take`: the next task for an employee."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import configured, options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from pathlib import Path


@click.command("take")
@options.user_option
@click.option("--key", help="An idempotency key: the same again gives the same answer.")
@configured.config_option
@options.json_option
@options.language_option
def command(
    *, user: str, key: str | None, config_path: Path | None, database: str | None, as_json: bool, language: str
) -> int:
    """Lease the next task to an employee.

    Exit code 1 when there is none. Changes of ownership are sent at once when a CRM is configured, else by the
    running service.
    """
    from workplaces_core.adapters.stores import Nothing
    from workplaces_core.work.answers import taken_form

    with configured.opened_service(config_path, database, needs_crm=False) as service:
        taken = service.take(user, key=key)
        if service.has_crm:
            service.run_due()
        if as_json:
            screen.print_json(taken_form(taken))
        elif isinstance(taken, Nothing):
            words = Words(language)
            opens = "" if taken.opens_at is None else words["opens"].format(at=taken.opens_at.isoformat())
            click.echo(words[taken.reason] + opens)
        else:
            click.echo(
                Words(language)["taken"].format(task=taken.task, fence=taken.fence, until=taken.expires.isoformat())
            )
        return 1 if isinstance(taken, Nothing) else 0
