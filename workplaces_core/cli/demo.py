"""`workplaces demo`: a made-up account, the desks of some employees, and what to try next."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.check import print_findings
from workplaces_core.cli.explain import print_explanation
from workplaces_core.cli.invocation import program
from workplaces_core.cli.words import Words

if TYPE_CHECKING:
    from workplaces_core.demo import Demo
    from workplaces_core.model import Snapshot
    from workplaces_core.policy import Policy


@click.command("demo")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes another account.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True,
    help="The folder for policy.json and snapshot.json.",
)  # fmt: skip
@options.language_option
def command(*, seed: int, out: Path, language: str) -> None:
    """Make up an account, and show what its employees see.

    The account is a seller of ventilation with 20 people, 1,200 deals and 3,000 tasks, on a Tuesday at 10:40 in Moscow.
    """
    from workplaces_core.demo import make
    from workplaces_core.wire import load_policy, load_snapshot

    demo = make(seed)
    paths = _written(demo, out)
    policy, snapshot = load_policy(demo.policy), load_snapshot(demo.snapshot)
    words = Words(language)
    screen.print_title(words["made"].format(seed=seed))
    screen.print_table(words.row("kind", "amount"), _amounts(policy, snapshot, words, language), counts=True)
    _print_desks(policy, snapshot, words, language)
    _print_why(policy, snapshot, words, language)
    _print_findings(policy, snapshot, words, language)
    _print_commands(paths, words)


def _written(demo: Demo, out: Path) -> tuple[Path, Path]:
    """Write both files: the policy to be read and edited, the data to be read by programs."""
    out.mkdir(parents=True, exist_ok=True)
    policy, snapshot = out / "policy.json", out / "snapshot.json"
    _write(policy, json.dumps(demo.policy, ensure_ascii=False, indent=2))
    _write(snapshot, json.dumps(demo.snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return policy, snapshot


def _write(path: Path, text: str) -> None:
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _amounts(policy: Policy, snapshot: Snapshot, words: Words, language: str) -> list[list[str]]:
    from workplaces_core.demo import NOW
    from workplaces_core.rules.intervals import RoleMoment
    from workplaces_core.sentences import LANGUAGES

    moment = RoleMoment.of(policy.roles[0], policy, snapshot.account, NOW)
    days = [(moment.due_date(task), task) for task in snapshot.tasks.values() if not task.completed]
    names = ("users", "groups", "deals", "contacts", "companies", "tasks")
    amounts: dict[str, int] = {name: len(getattr(snapshot, name)) for name in names}
    amounts |= {
        "overdue": sum(day < moment.today for day, _ in days),
        "today": sum(day == moment.today for day, _ in days),
        "later": sum(day > moment.today for day, _ in days),
        "completed": len(snapshot.tasks) - len(days),
        "exact tasks": sum(task.due is not day for day, task in days),
        "roles": len(policy.roles),
    }
    return [[words[name], LANGUAGES[language].number(amount)] for name, amount in amounts.items()]


def _print_desks(policy: Policy, snapshot: Snapshot, words: Words, language: str) -> None:
    from workplaces_core.decision import decide
    from workplaces_core.demo import NOW, STORIES
    from workplaces_core.sentences import desk_sentences, wording_of

    screen.print_title(words["desks"].format(now=wording_of(snapshot, NOW, language=language).now()))
    for story in STORIES:
        desk = decide(snapshot, policy, user=story.user, now=NOW)
        click.echo(f"\n-- {story.situation[language]}")
        screen.print_lines(desk_sentences(desk, snapshot, policy, language=language))


def _print_why(policy: Policy, snapshot: Snapshot, words: Words, language: str) -> None:
    from workplaces_core.demo import NOW, WHY
    from workplaces_core.explanation import explain

    screen.print_title(words["why"])
    user, task = WHY
    why = explain(snapshot, policy, user=user, task=task, now=NOW)
    print_explanation(why, snapshot, policy, language=language)


def _print_findings(policy: Policy, snapshot: Snapshot, words: Words, language: str) -> None:
    from workplaces_core.check import check
    from workplaces_core.demo import NOW

    screen.print_title(words["findings"])
    print_findings(check(policy, snapshot, now=NOW), language=language)


def _print_commands(paths: tuple[Path, Path], words: Words) -> None:
    from workplaces_core.demo import NOW, STORIES, WHY
    from workplaces_core.rules.zones import zone

    screen.print_title(words["where"])
    policy, snapshot = (shlex.quote(str(path)) for path in paths)
    click.echo(words["written"].format(paths=f"{policy} {snapshot}"))
    files = f"--policy {policy} --snapshot {snapshot}"
    at = NOW.astimezone(zone("Europe/Moscow")).isoformat(timespec="minutes")
    user, task = WHY
    for rest in (
        f"decide {files} --user {STORIES[0].user} --at {at}",
        f"explain {files} --user {user} --task {task} --at {at}",
        f"check {files} --at {at}",
    ):
        click.echo(f"{program()} {rest}")
