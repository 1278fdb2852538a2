"""`workplaces suggest`: other orders of priorities and other hours, tried by simulation, never applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.history_files import history_argument, set_aside_option
from workplaces_core.cli.replay import bad_rows, set_aside_figure
from workplaces_core.cli.simulate import PAUSES, progress

if TYPE_CHECKING:
    from workplaces_core.history.suggest.objectives import Objective
    from workplaces_core.history.suggest.search import Suggestions
    from workplaces_core.policy import Policy


def _objective(value: str) -> Objective:
    from workplaces_core.history.suggest.objectives import read_objective

    return read_objective(value)


@click.command("suggest")
@history_argument
@options.policy_option
@click.option(
    "--objective",
    required=True,
    type=options.Wire("objective", _objective),
    help="What shall be less: exact (missed exact-time calls), waiting, waiting:type=ID or waiting:tag=TAG.",
)
@click.option("--tries", type=click.IntRange(min=1), default=24, show_default=True, help="How many policies to try.")
@click.option("--seeds", type=click.IntRange(min=2), default=5, show_default=True, help="Runs to check the best with.")
@click.option("--keep", type=click.IntRange(min=1), default=3, show_default=True, help="How many to report.")
@click.option("--account", type=options.ID, help="The account, when the history has several.")
@click.option(
    "--presence",
    type=click.Choice(["recorded", "intervals"]),
    default="recorded",
    show_default=True,
    help="When people are there, as in simulate.",
)
@click.option(
    "--pauses",
    type=PAUSES,
    default=1.0,
    show_default=True,
    help="How long people rest, as a multiple of their recorded pauses; `workplaces simulate` fits it.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write the policies to.")
@set_aside_option
@options.json_option
@options.language_option
def command(
    *,
    path: Path,
    policy_path: Path,
    objective: Objective,
    tries: int,
    seeds: int,
    keep: int,
    account: str | None,
    presence: Any,
    pauses: float,
    out: Path | None,
    set_aside: Path | None,
    as_json: bool,
    language: str,
) -> None:
    """Look for better orders and better hours, by simulation.

    Every change is tried by simulation; the best few are checked with fresh seeds and reported with what they cost
    others. Nothing is applied. --out gets suggestions.json and a policy a suggestion, to look at and to simulate.
    """
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.past import events_in, read_past
    from workplaces_core.history.suggest.search import suggest

    policy = options.read_policy(policy_path)
    assumed = Assumptions(presence=presence, pauses=pauses)
    with bad_rows(set_aside, language) as bad, progress(language) as show:
        past = read_past(events_in(path, bad), account)
        try:
            objective.tasks(past)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--objective") from None
        found = suggest(
            past, policy, objective, tries=tries, seeds=seeds, keep=keep, assumptions=assumed, progress=show
        )
    form = found.form() | set_aside_figure(bad.count)
    written = [] if out is None else _write(found, form, out)
    if as_json:
        screen.print_json(form)
        return
    _print(found, policy, language)
    for each in written:
        click.echo(str(each))


def _print(found: Suggestions, policy: Policy, language: str) -> None:
    from workplaces_core.history.suggest.words import Said

    said = Said(language, policy)
    screen.print_title(said.before(found))
    if found.found:
        heads = [said[name] for name in ("what", "gain", "sure", "all", "worst")]
        screen.print_table(heads, [said.row(each, found.objective) for each in found.found])
    else:
        click.echo(said["none"].format(tried=found.tried))
    click.echo(said["tried"].format(tried=found.tried, seeds=len(found.seeds)))


def _write(found: Suggestions, form: dict[str, Any], out: Path) -> list[Path]:
    from workplaces_core.wire import dump

    out.mkdir(parents=True, exist_ok=True)
    forms = {"suggestions.json": form}
    forms |= {f"policy-{number}.json": dump(each.policy) for number, each in enumerate(found.found, 1)}
    for name, told in forms.items():
        (out / name).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [out / name for name in forms]
