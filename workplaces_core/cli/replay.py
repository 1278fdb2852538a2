"""`workplaces replay`: what one policy, or two, would have given at every recorded hand-out."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.history_files import history_argument, set_aside_option, set_aside_stream
from workplaces_core.cli.history_words import HistoryWords
from workplaces_core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workplaces_core.history.local import Replay
    from workplaces_core.history.reading import BadRows

_EVERY = re.compile(r"([1-9][0-9]{0,4})(m|h)")
_PEOPLE = 10


def _read_every(value: str) -> timedelta:
    match = _EVERY.fullmatch(value)
    if match is None:
        message = "must be a number of minutes or hours, such as 30m or 2h"
        raise ValueError(message)
    return timedelta(minutes=int(match[1]) * (60 if match[2] == "h" else 1))


class _Replay(click.Command):
    """Leaves its arguments, as they were typed, to a plugin's command when another engine is asked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse them, unless they are for a plugin, which may have options of its own."""
        engine = _engine(args)
        if engine == _LOCAL:
            return super().parse_args(ctx, args)
        ctx.meta[_ELSEWHERE] = engine, list(args)
        return []

    def invoke(self, ctx: click.Context) -> Any:
        """Replay here or elsewhere."""
        return _run_elsewhere(*ctx.meta[_ELSEWHERE]) if _ELSEWHERE in ctx.meta else super().invoke(ctx)


_LOCAL = "local"
_ELSEWHERE = "workplaces.replay.elsewhere"


def _engine(arguments: Sequence[str]) -> str:
    """Find the engine among arguments that are not parsed; the last one counts, as with every option."""
    engine = _LOCAL
    for argument, following in pairwise([*arguments, _LOCAL]):
        if argument == "--engine":
            engine = following
        elif argument.startswith("--engine="):
            engine = argument.partition("=")[2]
    return engine


every_option = click.option(
    "--every", type=options.Wire("30m|2h", _read_every), help="Ask all active users at these steps, too: 30m, 2h."
)


@click.command("replay", cls=_Replay)
@history_argument
@options.policy_option
@click.option("--against", "against_path", type=click.Path(path_type=Path), help="Another policy, to compare with.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder to write the tables to.")
@every_option
@click.option(
    "--engine",
    default=_LOCAL,
    expose_value=False,
    show_default=True,
    help="Where to replay: local, or what a plugin brings, such as spark, with options of its own.",
)
@click.option("--processes", type=click.IntRange(min=1), help="How many processes work.  [default: one a core]")
@set_aside_option
@options.json_option
@options.language_option
def command(
    *,
    path: Path,
    policy_path: Path,
    against_path: Path | None,
    out: Path | None,
    every: timedelta | None,
    processes: int | None,
    set_aside: Path | None,
    as_json: bool,
    language: str,
) -> int:
    """Show what policies would have given at every recorded hand-out.

    Everybody acts as recorded. --out gets decisions.parquet (a decision a row), tasks.parquet and summary.json.
    """
    from workplaces_core.history.local import replay
    from workplaces_core.history.reading import read_history

    words = HistoryWords(language)
    policies = options.read_policy(policy_path), None if against_path is None else options.read_policy(against_path)
    with ExitStack() as stack:
        bar = stack.enter_context(_progress())
        aside = set_aside_stream(stack, set_aside)
        read = read_history(path, set_aside=aside, progress=lambda rows: bar(words["reading"], rows, None))
        found = replay(
            read.table,
            *policies,
            every=every,
            processes=processes,
            progress=lambda done, total: bar(words["replaying"], done, total),
        )
    print_set_aside(read.bad, set_aside, language)
    found.summary.update(set_aside_figure(read.bad))
    print_result(found, out, language, as_json=as_json)
    return 0


def print_set_aside(count: int, path: Path | None, language: str) -> None:
    """Say how many rows were set aside, if any, and where they are."""
    if count:
        words = HistoryWords(language)
        say = words["rows aside only" if path is None else "rows aside"]
        click.echo(say.format(rows=words.count(count, "row"), count=count, path=path), err=True)


def set_aside_figure(count: int) -> dict[str, int]:
    """Give the figure that results have when rows were set aside."""
    return {"set_aside": count} if count else {}


@contextmanager
def bad_rows(path: Path | None, language: str) -> Iterator[BadRows]:
    """Give where bad rows go, and at the end say how many there were, even when the work failed."""
    from workplaces_core.history.reading import BadRows

    with ExitStack() as stack:
        bad = BadRows(set_aside_stream(stack, path))
        try:
            yield bad
        except BaseException:
            print_set_aside(bad.count, None, language)  # the file appears only when the work succeeds
            raise
    print_set_aside(bad.count, path, language)


def print_result(found: Replay, out: Path | None, language: str, *, as_json: bool) -> None:
    """Write the tables of a replay, if a folder is named, and print its figures."""
    written = [] if out is None else found.write(out)
    if as_json:
        screen.print_json(found.summary)
        return
    print_summary(found.summary, language)
    if written:
        click.echo(HistoryWords(language)["written"].format(paths=" ".join(map(str, written))))


def _run_elsewhere(engine: str, arguments: list[str]) -> int:
    """Run the command `replay-ENGINE` of a plugin with the same arguments."""
    from workplaces_core.cli.installed import load

    command = load().commands.get(f"replay-{engine}")
    if command is None:
        raise PluginError(f"--engine {engine} needs a plugin that brings it (workplaces-{engine}), none is installed")
    return command.run(arguments)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show how far the work is on standard error, where that is a terminal; the estimate is by events."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    tasks: dict[str, Any] = {}
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:

        def show(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total)
            progress.update(tasks[name], completed=done)

        yield show


def print_summary(summary: dict[str, Any], language: str) -> None:
    """Print the figures of a replay."""
    words = HistoryWords(language)
    span = summary["span"]
    if span is None:
        click.echo(words["nothing"])
        return
    told = words["span"].format(since=span["from"], until=span["until"])
    counted = {"hand_outs": words.count(summary["hand_outs"], "hand_out")}
    counted |= {"accounts": words.count(summary["accounts"], "account")}
    screen.print_title(words["totals"].format(**counted, span=told))
    _print_totals(summary, words)
    if "differences" in summary:
        _print_differences(summary, words)
        _print_people(summary["people"], words)
        _print_waiting(summary["waiting"], words)


_TOTALS = {
    "given": "given", "no task": "nothing", "no role": "no_role", "as taken": "as_taken", "exact lane": "exact_lane",
    "shared": "shared",
}  # fmt: skip
_TASKS = {
    "ever given": "ever_given", "exact met": "exact_met", "exact missed": "exact_missed", "uncovered": "uncovered",
}  # fmt: skip


def _print_totals(summary: dict[str, Any], words: HistoryWords) -> None:
    policies, fact = summary["policies"], summary["tasks"]
    heads = [words["policy"].format(side=side.upper(), version=found["version"]) for side, found in policies.items()]
    rows = [[words[name], *(str(found[key]) for found in policies.values()), ""] for name, key in _TOTALS.items()]
    for name, key in _TASKS.items():
        real = fact.get({"ever_given": "taken"}.get(key, key), "")
        rows.append([words[name], *(str(found["tasks"][key]) for found in policies.values()), str(real)])
    screen.print_table([words["what"], *heads, words["in fact"]], rows, counts=True)


def _print_differences(summary: dict[str, Any], words: HistoryWords) -> None:
    found = summary["differences"]
    screen.print_title(words["differences"].format(different=found["different"], all=summary["hand_outs"]))
    rows = [[words[each["reason"]], each["part"] or "", str(each["count"])] for each in found["reasons"]]
    screen.print_table(words.row("reason", "part", "amount"), rows, counts=True)


def _print_people(people: list[dict[str, Any]], words: HistoryWords) -> None:
    """Show those whose work changes most, on both ends."""
    moved = [each for each in people if each["a"] != each["b"]]
    shown = moved if len(moved) <= _PEOPLE else [*moved[: _PEOPLE // 2], *moved[-_PEOPLE // 2 :]]
    if shown:
        screen.print_title(words["people"])
        rows = [[each["user"], *(str(each[name]) for name in ("asked", "a", "b"))] for each in shown]
        screen.print_table(words.row("employee", "asked", "with a", "with b"), rows, counts=True)


def _print_waiting(waiting: dict[str, Any], words: HistoryWords) -> None:
    screen.print_title(words["waiting"])
    rows = []
    for name in ("longer", "shorter", "alike", "only_a", "only_b"):
        seconds = waiting.get(f"{name}_median_seconds")
        more = "" if seconds is None else f" ({words['median'].format(hours=f'{seconds / 3600:.1f}')})"
        rows.append([words[name.replace("_", " ")] + more, str(waiting[name])])
    screen.print_table(words.row("what", "amount"), rows, counts=True)
