"""`workplaces history validate`, `describe`, `convert`: histories checked, summed up, and made of other files."""

from __future__ import annotations

import csv
import io
import zlib
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs
import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.history_words import HistoryWords
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workplaces_core.history.events import Event
    from workplaces_core.history.reading import BadRows
    from workplaces_core.history.validating import BadRow
    from workplaces_core.history.work_items import Reading, Rejected, WorkItem

HISTORIES = (".jsonl", ".jsonl.gz", ".parquet", ".pq")
LOGS = (".csv", ".csv.gz", ".xes", ".xes.gz")
_SHOWN = 10

history_argument = click.argument("path", type=click.Path(path_type=Path, dir_okay=False), metavar="HISTORY")
set_aside_option = click.option(
    "--set-aside", type=click.Path(path_type=Path, dir_okay=False), help="The file to write bad rows to, as JSON Lines."
)


def set_aside_stream(stack: ExitStack, path: Path | None) -> IO[str] | None:
    """Open the file for bad rows, if one was named; it appears at the end, unless the command fails.

    Raises InvalidInput when it is another file that the present command was given.
    """
    from workplaces_core.history.replacing import replaced

    if path is None:
        return None
    refuse_overwriting("set_aside")
    beside = stack.enter_context(replaced(path))
    return stack.enter_context(beside.open("w", encoding="utf-8", newline="\n"))


def refuse_overwriting(*outputs: str) -> None:
    """Refuse outputs, by the names of parameters, that are one file with another parameter of the present command.

    Raises InvalidInput. Without a command there are no parameters.
    """
    context = click.get_current_context(silent=True)
    if context is None:
        return
    named = {each.name: (_shown_name(each), path) for each in context.command.params if (path := _path(each, context))}
    for output in outputs:
        name, path = named.pop(output, (output, None))
        for other, theirs in named.values():
            if path is not None and is_same_file(path, theirs):
                raise InvalidInput([Problem(name, str(path), f"must not be the same file as {other}")])


def _shown_name(parameter: click.Parameter) -> str:
    return parameter.opts[0] if isinstance(parameter, click.Option) else str(parameter.metavar or parameter.name)


def _path(parameter: click.Parameter, context: click.Context) -> Path | None:
    value = context.params.get(parameter.name or "")
    is_argument = isinstance(parameter, click.Argument)
    return Path(value) if isinstance(value, Path) or (is_argument and isinstance(value, str)) else None


def is_same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file that can be overwritten; pipes and devices cannot."""
    try:
        return one.samefile(other) and one.is_file()
    except OSError:  # at most one of them is there
        return one.resolve() == other.resolve()


def own_text(rejected: Rejected) -> str:
    """Give the text of a row of a log: as it stands in the file, or its cells as CSV."""
    if len(rejected.row) == 1:
        return rejected.row[0]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(rejected.row)
    return stream.getvalue()


def read_zone_name(value: str) -> str:
    """Read the name of a time zone. Raises ValueError."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        message = "must be a time zone of the IANA database, such as Europe/Moscow"
        raise ValueError(message) from None


def read_days(value: str) -> tuple[str, int]:
    """Read in how many days an activity is due: ACTIVITY=DAYS. Raises ValueError."""
    activity, _, days = value.rpartition("=")
    if not activity or not days.isdecimal() or len(days) > 3:  # noqa: PLR2004
        message = "must be ACTIVITY=DAYS, such as Call=2, with at most 999 days"
        raise ValueError(message)
    return activity, int(days)


@click.command("validate", short_help="Check every row of a history.")
@history_argument
@set_aside_option
@options.json_option
@options.language_option
def validate(*, path: Path, set_aside: Path | None, as_json: bool, language: str) -> None:
    """Check every row of a history: JSON Lines or Parquet, by the name of the file.

    The first bad rows are printed, all are written to --set-aside. Exit code 1 when there are any.
    """
    from workplaces_core.history.reading import BadRows, read_file

    with ExitStack() as stack:
        bad = BadRows(set_aside_stream(stack, set_aside))
        good = sum(1 for _ in bad.passed(read_file(path)))
    if as_json:
        screen.print_json({"good": good, "bad": bad.count, "first": [row.form() for row in bad.first]})
    else:
        for row in bad.first[:_SHOWN]:
            click.echo(f"{path}: row {row.row}: {row.problem}", err=True)
        words = HistoryWords(language)
        rows = zip(words.row("rows", "good", "bad"), map(str, (good + bad.count, good, bad.count)), strict=True)
        screen.print_table(words.row("what", "amount"), [list(row) for row in rows], counts=True)
    if bad.count:
        click.get_current_context().exit(1)


@click.command("describe", short_help="Sum a history up.")
@history_argument
@options.json_option
@options.language_option
def describe(*, path: Path, as_json: bool, language: str) -> None:
    """Tell what a history holds: span, people, volumes by kind and month, gaps. Bad rows are passed over."""
    from workplaces_core.history.describing import describe as described
    from workplaces_core.history.reading import BadRows, read_file

    bad = BadRows()
    told = described(bad.passed(read_file(path)))
    told["bad"] = bad.count
    if as_json:
        screen.print_json(told)
        return
    words = HistoryWords(language)
    for account in told["accounts"]:
        _print_account(account, words)
    if bad.count:
        click.echo(words["set aside only"].format(count=bad.count), err=True)


def _print_account(account: dict[str, Any], words: HistoryWords) -> None:
    span = words["span"].format(since=account["from"], until=account["until"])
    screen.print_title(f"{words['account'].format(account=account['account'])}: {span}")
    amounts = {
        words["events"]: account["events"],
        words["users"]: account["users"],
        words["takers"]: account["people_who_took"],
        words["unfinished"]: account["taken_not_finished"],
        **account["kinds"],
    }
    screen.print_table(words.row("what", "amount"), [[n, str(amount)] for n, amount in amounts.items()], counts=True)
    kinds = sorted({kind for month in account["months"].values() for kind in month} & {"task", "taken", "finished"})
    months = [[month, *(str(found.get(kind, 0)) for kind in kinds)] for month, found in account["months"].items()]
    screen.print_table([words["month"], *kinds], months)
    if account["gaps"]:
        gaps = [
            [words["gap"].format(since=gap["from"], until=gap["until"]), f"{gap['hours']:.0f}"]
            for gap in account["gaps"]
        ]
        screen.print_table(words.row("gaps", "gap hours"), gaps, counts=True)


@click.command("convert", short_help="Make a history of another file.")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False), metavar="FROM")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False), metavar="TO")
@click.option(
    "--mapping", "mapping_path", type=click.Path(path_type=Path), help="Names of a log's columns: JSON, TOML."
)
@click.option("--account", default="work-log", type=options.ID, show_default=True, help="The account of a log's items.")
@click.option(
    "--timezone",
    default="Europe/Amsterdam",
    type=options.Wire("zone", read_zone_name),
    show_default=True,
    help="The account's zone, for a log.",
)
@click.option(
    "--days",
    multiple=True,
    type=options.Wire("activity=days", read_days),
    help="In how many days an activity is due, such as Call=2; may be repeated.",
)
@set_aside_option
@options.language_option
def convert(
    *,
    source: Path,
    target: Path,
    mapping_path: Path | None,
    account: str,
    timezone: str,
    days: Sequence[tuple[str, int]],
    set_aside: Path | None,
    language: str,
) -> None:
    """Make a history of another file.

    FROM is a history (.jsonl, .jsonl.gz, .parquet) or a log of finished work items (.csv, .xes, also .gz); TO is a
    history. Bad rows are left out, and written to --set-aside. Items of a log are kept in memory.
    """
    is_log = _is_of(source, LOGS)
    if not _is_of(target, HISTORIES):
        raise InvalidInput([Problem("TO", target.name, f"must end with one of {', '.join(HISTORIES)}")])
    if not is_log and not _is_of(source, HISTORIES):
        raise InvalidInput([Problem("FROM", source.name, f"must end with one of {', '.join((*HISTORIES, *LOGS))}")])
    refuse_overwriting("target", "set_aside")
    from workplaces_core.history.reading import BadRows, read_file, write_file
    from workplaces_core.history.work_items import Reading

    with ExitStack() as stack:
        bad = BadRows(set_aside_stream(stack, set_aside))
        if is_log:
            events = _events_of_log(source, mapping_path, Reading(account, timezone, dict(days)), bad)
        else:
            events = bad.passed(read_file(source))
        first = next(events, None)
        count = 0 if first is None else write_file(target, chain([first], events))
    if not count:
        raise InvalidInput(_nothing_good(source, bad.first, "line" if is_log else "row"))
    words = HistoryWords(language)
    click.echo(words["converted"].format(count=count, path=target))
    if bad.count:
        say = words["set aside" if set_aside is not None else "set aside log" if is_log else "set aside only"]
        click.echo(say.format(count=bad.count, path=set_aside), err=True)


def _is_of(path: Path, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)


def _nothing_good(source: Path, bad: Sequence[BadRow], place: str) -> list[Problem]:
    """Say that there is nothing to convert, and what is wrong with the first rows."""
    first = [_in_file(f"{source}: {place} {row.row}", row.problem) for row in bad[:_SHOWN]]
    return [*first, Problem(str(source), None, "has no good rows" if bad else "has no rows")]


def _events_of_log(source: Path, mapping_path: Path | None, reading: Reading, bad: BadRows) -> Iterator[Event]:
    from workplaces_core.history.validating import BadRow
    from workplaces_core.history.work_items import WorkItem, history

    items = []
    try:
        for row in _rows_of_log(source, mapping_path):
            if isinstance(row, WorkItem):
                items.append(row)
            else:
                bad.add(BadRow(row.line, Problem(row.column, row.value, row.message), own_text(row)))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput([Problem(str(source), None, f"cannot be read: {reason}")]) from None
    return history(items, reading)


def _rows_of_log(source: Path, mapping_path: Path | None) -> Iterator[WorkItem | Rejected]:
    from workplaces_core.history.mapping import CSV, XES, load_mapping
    from workplaces_core.history.work_items import opened, read_items
    from workplaces_core.history.xes import read_xes

    is_xes = _is_of(source, (".xes", ".xes.gz"))
    mapping = XES if is_xes else CSV
    if mapping_path is not None:
        mapping = load_mapping(mapping_path, mapping)
    try:
        if is_xes:
            yield from read_xes(source, mapping)
        else:
            with opened(source) as lines:
                yield from read_items(lines, mapping)
    except InvalidInput as error:
        raise InvalidInput([_in_file(str(source), problem) for problem in error.problems]) from None


def _in_file(place: str, problem: Problem) -> Problem:
    """Put the name of the file, and more of the place, before the path of a problem, unless it is there."""
    if problem.path.startswith(place):
        return problem
    return attrs.evolve(problem, path=f"{place}: {problem.path}" if problem.path else place)
