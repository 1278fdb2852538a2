"""`workplaces explain`: why a task is here, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.words import Words
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from workplaces_core.answers import Explanation
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy

_OUTSIDE = {"not_a_member", "role_disabled"}


@click.command("explain")
@options.policy_option
@options.snapshot_option()
@options.user_option
@click.option("--task", required=True, type=options.ID, help="The id of the task.")
@options.at_option
@click.option("--all", "everything", is_flag=True, help="Explain also the roles that the employee does not have.")
@options.json_option
@options.language_option
def command(
    *,
    policy_path: Path,
    snapshot_path: Path,
    user: str,
    task: str,
    at: datetime | None,
    everything: bool,
    as_json: bool,
    language: str,
) -> None:
    """Say why a task is in an employee's queue, or why not.

    A task that the snapshot does not have is wrong usage: exit code 2.
    """
    from workplaces_core.explanation import explain

    policy, snapshot = options.read_files(policy_path, snapshot_path)
    if task not in snapshot.tasks:
        raise InvalidInput([Problem("--task", task, f"is not among the tasks of {snapshot_path}")])
    why = explain(snapshot, policy, user=user, task=task, now=options.moment(at))
    if as_json:
        screen.print_json(why)
    else:
        print_explanation(why, snapshot, policy, language=language, everything=everything)


def print_explanation(
    why: Explanation, snapshot: Snapshot, policy: Policy, *, language: str, everything: bool = False
) -> None:
    """Print an explanation in sentences; roles that the employee does not have only by name, unless all are wanted."""
    from workplaces_core.sentences import sentences, wording_of

    outside = {
        reasons.role for reasons in why.roles
        if not everything and any(code.code in _OUTSIDE for code in reasons.codes)
    }  # fmt: skip
    lines = sentences(why, snapshot, policy, language=language)
    screen.print_lines(line for line in lines if line.role not in outside)
    if outside:
        wording = wording_of(snapshot, why.at, language=language)
        roles = wording.language.listed([wording.named(role.id, role) for role in policy.roles if role.id in outside])
        click.echo(Words(language)["other roles"].format(user=wording.user(why.user), roles=roles))
