"""`workplaces simulate`: people work through a history under a policy, or two; figures, and a report."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.history_files import history_argument, set_aside_option
from workplaces_core.cli.history_words import LANGUAGES, HistoryWords
from workplaces_core.cli.invocation import typed
from workplaces_core.cli.replay import bad_rows, set_aside_figure

if TYPE_CHECKING:
    from workplaces_core.history.events import Event
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.simulate import Simulation
    from workplaces_core.policy import Policy

Show = Callable[[float], None]


class _Multiple(click.FloatRange):
    """A number of a range; what is no number is refused, too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it, or refuse it as wrong usage."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


PAUSES = _Multiple(min=0, max=100)


@click.command("simulate")
@history_argument
@options.policy_option
@click.option("--against", "against_path", type=click.Path(path_type=Path), help="Another policy, to compare with.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write the report to.")
@click.option(
    "--seeds", type=click.IntRange(min=1, max=1000), default=5, show_default=True, help="How many runs of each."
)
@click.option("--seed", type=int, default=1, show_default=True, help="The number of the first run.")
@click.option("--account", type=options.ID, help="The account, when the history has several.")
@click.option(
    "--presence",
    type=click.Choice(["recorded", "intervals"]),
    default="recorded",
    show_default=True,
    help="When people are there: on the days they worked in fact, or in all intervals of their roles.",
)
@click.option(
    "--service",
    type=click.Choice(["task", "drawn"]),
    default="task",
    show_default=True,
    help="How long work takes: as that task took in fact where known, or drawn among work alike.",
)
@click.option(
    "--pauses",
    type=PAUSES,
    help="How long people rest, as a multiple of their recorded pauses.  [default: fitted to the recorded waits]",
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="How many processes work.")
@set_aside_option
@options.json_option
@options.language_option
def command(
    *,
    path: Path,
    policy_path: Path,
    against_path: Path | None,
    out: Path | None,
    seeds: int,
    seed: int,
    account: str | None,
    presence: str,
    service: str,
    pauses: float | None,
    processes: int,
    set_aside: Path | None,
    as_json: bool,
    language: str,
) -> None:
    """Let people work through a history under a policy, or two.

    Tasks come as they came, people take what the policy gives them, work takes as long as it took. First it is told how
    far the simulated present (--policy) is from what happened. --out gets report.en.html, report.ru.html, report.json,
    report.parquet, and work.parquet (a piece of work a row).
    """
    from workplaces_core.history.simulation.past import events_in, read_past
    from workplaces_core.history.simulation.simulate import simulate

    policies = options.read_policy(policy_path), None if against_path is None else options.read_policy(against_path)
    assumed = assumptions_of(presence, service, pauses)
    with bad_rows(set_aside, language) as bad, progress(language) as show:
        events = [event for event in events_in(path, bad) if account is None or event.account == account]
        found = simulate(
            read_past(events, account),
            *policies,
            seeds=seeds,
            seed=seed,
            assumptions=assumed,
            processes=processes,
            progress=show,
        )
        found.figures.update(set_aside_figure(bad.count))
        written = [] if out is None else _write(found, events, policies, out)
    if as_json:
        screen.print_json(found.figures)
        return
    print_figures(found.figures, language)
    for each in written:
        click.echo(str(each))


def assumptions_of(presence: Any, service: Any, pauses: float | None) -> Assumptions:
    """Put options together; pauses that are not given stay to be fitted."""
    from workplaces_core.history.simulation.assumptions import Assumptions

    return Assumptions(presence=presence, service=service, pauses=pauses)


@contextmanager
def progress(language: str) -> Iterator[Show]:
    """Show how far the work is on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from workplaces_core.history.reports.summary_words import SUMMARY

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    # The estimate is of the whole: shares of all runs, those that fit the pauses too, looked at over the last minutes.
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, speed_estimate_period=300
    ) as bars:
        task = bars.add_task(SUMMARY[language]["simulating"], total=1.0)
        yield lambda share: bars.update(task, completed=share)


def _write(found: Simulation, events: list[Event], policies: tuple[Policy, Policy | None], out: Path) -> list[Path]:
    """Write the report, with a replay of both policies beside the simulation, and the pieces of work."""
    from workplaces_core.history.arrow_form import table_of
    from workplaces_core.history.local import replay
    from workplaces_core.history.reports.examples import examples
    from workplaces_core.history.reports.report import report, write_report

    compared, explained = None, list[Any]()
    if policies[1] is not None:
        compared = replay(table_of(events), policies[0], policies[1], processes=1)
        explained = examples(events, compared.decisions, policies[1])
    notes = _notes(found.figures.get("set_aside", 0))
    told = report(found, compared, examples=explained, command=typed(), notes=notes)
    return [*write_report(told, out), found.write_work(out)]


def _notes(set_aside: int) -> dict[str, list[str]]:
    """Say in a report that rows were set aside, if any were."""
    if not set_aside:
        return {}
    return {each: [HistoryWords(each)["rows aside note"].format(count=set_aside)] for each in LANGUAGES}


def print_figures(figures: dict[str, Any], language: str) -> None:
    """Print how near the model is to what happened, then the figures side by side."""
    from workplaces_core.history.reports.summary import calibration_rows, figure_rows, heads, verdict

    screen.print_title(verdict(figures, language))
    screen.print_table(*calibration_rows(figures, language))
    screen.print_table(heads(figures, language), figure_rows(figures, language))
