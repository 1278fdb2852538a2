"""`workplaces history validate`, `describe`, `convert`: histories checked, summed up, and made of other files."""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from workplaces_core.cli import options, screen
from workplaces_core.cli.history_words import HistoryWords
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workplaces_core.history.events import Event
    from workplaces_core.history.mapping import Mapping
    from workplaces_core.history.work_items import Rejected, WorkItem

HISTORIES = (".jsonl", ".jsonl.gz", ".parquet", ".pq")
LOGS = (".csv", ".csv.gz", ".xes", ".xes.gz")
_SHOWN = 10

history_argument = click.argument("path", type=click.Path(path_type=Path, dir_okay=False), metavar="HISTORY")
set_aside_option = click.option(
    "--set-aside", type=click.Path(path_type=Path, dir_okay=False), help="The file to write bad rows to, as JSON Lines."
)


def set_aside_stream(stack: ExitStack, path: Path | None) -> IO[str] | None:
    """Open the file for bad rows, if one was named."""
    return None if path is None else stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))


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
@click.option("--timezone", default="Europe/Amsterdam", show_default=True, help="The account's zone, for a log.")
@click.option("--days", multiple=True, help="In how many days an activity is due, such as Call=2; may be repeated.")
@set_aside_option
@options.language_option
def convert(
    *,
    source: Path,
    target: Path,
    mapping_path: Path | None,
    account: str,
    timezone: str,
    days: Sequence[str],
    set_aside: Path | None,
    language: str,
) -> None:
    """Make a history of another file.

    FROM is a history (.jsonl, .jsonl.gz, .parquet) or a log of finished work items (.csv, .xes, also .gz); TO is a
    history. Bad rows are left out, and written to --set-aside. Items of a log are kept in memory.
    """
    if not target.name.endswith(HISTORIES):
        raise InvalidInput([Problem("TO", target.name, f"must end with one of {', '.join(HISTORIES)}")])
    from workplaces_core.history.reading import BadRows, read_file, write_file

    with ExitStack() as stack:
        bad = BadRows(set_aside_stream(stack, set_aside))
        if source.name.endswith(LOGS):
            events = _events_of_log(source, mapping_path, _reading(account, timezone, days), bad)
        elif source.name.endswith(HISTORIES):
            events = bad.passed(read_file(source))
        else:
            raise InvalidInput([Problem("FROM", source.name, f"must end with one of {', '.join((*HISTORIES, *LOGS))}")])
        count = write_file(target, events)
    words = HistoryWords(language)
    click.echo(words["converted"].format(count=count, path=target))
    if bad.count:
        say = words["set aside only"] if set_aside is None else words["set aside"]
        click.echo(say.format(count=bad.count, path=set_aside), err=True)


def _reading(account: str, timezone: str, days: Sequence[str]) -> Any:
    from workplaces_core.history.work_items import Reading

    try:
        return Reading(account, read_zone_name(timezone), dict(map(read_days, days)))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _events_of_log(source: Path, mapping_path: Path | None, reading: Any, bad: Any) -> Iterator[Event]:
    from workplaces_core.history.validating import BadRow
    from workplaces_core.history.work_items import WorkItem, history

    items = []
    try:
        for row in _rows_of_log(source, mapping_path):
            if isinstance(row, WorkItem):
                items.append(row)
            else:
                problem = Problem(row.column, row.value, row.message)
                bad.add(BadRow(row.line, problem, ascii(",".join(row.row))))
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput([Problem(str(source), None, f"cannot be read: {reason}")]) from None
    return history(items, reading)


def _rows_of_log(source: Path, mapping_path: Path | None) -> Iterator[WorkItem | Rejected]:
    from workplaces_core.history.mapping import CSV, XES, load_mapping
    from workplaces_core.history.work_items import opened, read_items
    from workplaces_core.history.xes import read_xes

    def mapping(standard: Mapping) -> Mapping:
        return standard if mapping_path is None else load_mapping(mapping_path, standard)

    if ".xes" in source.suffixes:
        yield from read_xes(source, mapping(XES))
        return
    with opened(source) as lines:
        yield from read_items(lines, mapping(CSV))
