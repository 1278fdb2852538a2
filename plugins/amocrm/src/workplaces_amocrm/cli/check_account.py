"""`workplaces amocrm check-account`: what the account lets us do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_amocrm.cli.connection import Connection, connected
from workplaces_amocrm.cli.words import words
from workplaces_core.cli import options, screen

if TYPE_CHECKING:
    from workplaces_amocrm.account_check import Finding, Language


@click.command("check-account")
@connected
@options.json_option
@options.language_option
def command(*, connection: Connection, as_json: bool, language: Language) -> None:
    """Look at rights, plan, filters, webhooks and time zone, and say what to change. Changes nothing.

    Exit code 1 when something keeps the plugin from working.
    """
    from workplaces_amocrm.account_check import check_account

    with connection.crm() as crm:
        findings = check_account(crm.api, crm.settings)
    if as_json:
        screen.print_json([_form(found, language) for found in findings])
    else:
        said = words(language)
        rows = [[said[found.severity], found.code, found.text(language)] for found in findings]
        screen.print_table([said["severity"], said["code"], said["finding"]], rows)
    if any(found.severity == "error" for found in findings):
        click.get_current_context().exit(1)


def _form(found: Finding, language: Language) -> dict[str, str]:
    return {"code": found.code, "severity": found.severity, "message": found.text(language)}
