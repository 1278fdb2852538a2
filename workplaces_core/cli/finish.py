"""`workplaces finish`: a task is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import configured, options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from pathlib import Path


@click.command("finish")
@options.user_option
@click.option("--fence", type=int, required=True, help="The number of the lease, as `take` gave it.")
@click.option("--result", default="", help="What came of it.")
@click.option("--key", help="An idempotency key: the same again gives the same answer.")
@configured.config_option
@options.json_option
@options.language_option
def command(
    *,
    user: str,
    fence: int,
    result: str,
    key: str | None,
    config_path: Path | None,
    database: str | None,
    as_json: bool,
    language: str,
) -> None:
    """Complete the task of a lease.

    The CRM is told at once; exit code 1 when it refuses.
    """
    from workplaces_core.work.commands import record_form

    with configured.opened_service(config_path, database) as service:
        record = service.finish(user, fence, result=result, key=key)
        if as_json:
            screen.print_json(record_form(record))
        else:
            click.echo(Words(language)["ended"].format(task=record.task, event=record.event))
