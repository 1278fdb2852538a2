"""`workplaces decide`: one desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from workplaces_core.answers import Desk
    from workplaces_core.sentences.wording import Wording

_SHOWN = 10


@click.command("decide")
@options.policy_option
@options.snapshot_option()
@options.user_option
@options.at_option
@click.option(
    "--queue", "shown", type=click.IntRange(min=0), default=_SHOWN, show_default=True,
    help="How many tasks of the queue to show; JSON has them all.",
)  # fmt: skip
@options.json_option
@options.language_option
def command(
    *,
    policy_path: Path,
    snapshot_path: Path,
    user: str,
    at: datetime | None,
    shown: int,
    as_json: bool,
    language: str,
) -> None:
    """Show one employee's desk at a moment.

    A user whom the snapshot does not have gets a desk without a role.
    """
    from workplaces_core.decision import decide

    policy, snapshot = options.read_files(policy_path, snapshot_path)
    desk = decide(snapshot, policy, user=user, now=options.moment(at))
    if as_json:
        screen.print_json(desk)
        return
    from workplaces_core.sentences import desk_sentences, wording_of

    screen.print_lines(desk_sentences(desk, snapshot, policy, language=language))
    role = next((each for each in policy.roles if desk.role is not None and each.id == desk.role.id), None)
    _print_queue(desk, wording_of(snapshot, desk.at, language=language).of(role), shown)


def _print_queue(desk: Desk, wording: Wording, shown: int) -> None:
    words = Words(wording.language.name)
    if desk.queue and shown:
        headings = words.row("number", "task", "title", "type", "due", "priority", "shared")
        click.echo()
        screen.print_table(headings, _rows(desk, wording, words, shown), title=words["queue"])
    hidden = len(desk.queue) - shown
    if hidden > 0:
        click.echo(words["more"].format(tasks=wording.language.count(hidden, "task")))


def _rows(desk: Desk, wording: Wording, words: Words, shown: int) -> Iterator[list[str]]:
    from workplaces_core.decision import title

    snapshot = wording.snapshot
    for number, entry in enumerate(desk.queue[:shown], 1):
        task = snapshot.tasks[entry.task]
        text, _ = title(task, snapshot.links(task))
        place = words["exact"] if entry.lane == "exact" else entry.priority or ""
        responsible = wording.user(task.responsible) if entry.shared else ""
        yield [str(number), task.id, text, wording.type_name(task), wording.due(task), place, responsible]
