"""`workplaces check`: findings about a policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from workplaces_core.answers import Finding


@click.command("check")
@options.policy_option
@options.snapshot_option(required=False)
@options.at_option
@options.json_option
@options.language_option
def command(
    *, policy_path: Path, snapshot_path: Path | None, at: datetime | None, as_json: bool, language: str
) -> None:
    """Look for mistakes in a policy.

    With --snapshot also for what shows only over data, such as tasks that no role hands out. Exit code 1 when a
    finding is an error; warnings alone are fine.
    """
    from workplaces_core.check import check

    if snapshot_path is None:
        policy, snapshot = options.read_policy(policy_path), None
    else:
        policy, snapshot = options.read_files(policy_path, snapshot_path)
    findings = check(policy, snapshot, now=options.moment(at))
    if as_json:
        screen.print_json(list(findings))
    else:
        print_findings(findings, language=language)
    click.get_current_context().exit(int(any(found.severity == "error" for found in findings)))


def print_findings(findings: Sequence[Finding], *, language: str) -> None:
    """Print findings as a table, and how many there are."""
    from workplaces_core.sentences import LANGUAGES
    from workplaces_core.sentences.findings import finding_sentence

    words, count = Words(language), LANGUAGES[language].count
    if not findings:
        click.echo(words["no findings"])
        return
    rows = [
        [words[found.severity], found.code, found.path, finding_sentence(found, language=language)]
        for found in findings
    ]
    screen.print_table(words.row("severity", "code", "path", "message"), rows)
    amounts = {name: sum(found.severity == name for found in findings) for name in ("error", "warning")}
    click.echo(", ".join(count(amount, name) for name, amount in amounts.items()))
