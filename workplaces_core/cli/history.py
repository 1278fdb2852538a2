"""`workplaces history`: histories checked, summed up, and made of other records."""

from __future__ import annotations

import csv
import json
import shlex
import zlib
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import click

from workplaces_core.cli import history_files, options, screen
from workplaces_core.cli.invocation import program
from workplaces_core.cli.words import Words
from workplaces_core.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from workplaces_core.history.events import Event
    from workplaces_core.history.observed_policy import ObservedRole
    from workplaces_core.history.work_items import Reading, Rejected, WorkItem


@click.group("history")
def command() -> None:
    """Check histories, sum them up, make them of other records.

    A history is what `workplaces replay` reads: workplaces/history/1, JSON Lines or Parquet.
    """


for _each in (history_files.validate, history_files.describe, history_files.convert):
    command.add_command(_each)


@command.command("from-work-items", short_help="Read a log of finished work items.")
@click.argument("path", type=click.Path(path_type=Path), metavar="CSV")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write to.")
@options.at_option
@click.option("--account", default="work-log", type=options.ID, show_default=True, help="The id of the account.")
@click.option(
    "--timezone",
    default="Europe/Amsterdam",
    type=options.Wire("zone", history_files.read_zone_name),
    show_default=True,
    help="The account's zone: it decides dates, weekdays and hours.",
)
@click.option(
    "--days",
    multiple=True,
    type=options.Wire("activity=days", history_files.read_days),
    help="In how many days an activity is due, such as Call=2; may be repeated.  [default: on the same day]",
)
@options.language_option
def from_work_items(
    *,
    path: Path,
    out: Path,
    at: datetime | None,
    account: str,
    timezone: str,
    days: Sequence[tuple[str, int]],
    language: str,
) -> None:
    """Read a log of work items, one a row: case, activity, resource, start, complete.

    CSV may be gzipped. Writes history.jsonl, policy.json (who does what and when, guessed from the log), snapshot.json
    (what is open at the moment --at, by default when the middle item begins) and rejected.csv (rows set aside).
    """
    from workplaces_core.history.observed_policy import observed_roles, policy_for
    from workplaces_core.history.work_items import Reading

    _refuse_overwriting(path, out)
    log = _read(path, at)
    for bad in log.rejected:
        click.echo(f"{path}: {bad.problem}", err=True)
    reading = Reading(account, timezone, dict(days))
    roles = observed_roles(log.items, timezone)
    out.mkdir(parents=True, exist_ok=True)
    counts = _write_history(out, reading, log.items, log.moment)
    _write_json(out / "policy.json", policy_for(roles), indent=2)
    _write_rejected(out / "rejected.csv", log.rejected)
    words = Words(language)
    screen.print_table(words.row("kind", "amount"), _rows(log, roles, reading, counts, language), counts=True)
    _print_commands(out, log, words)


_FILES = ("history.jsonl", "policy.json", "snapshot.json", "rejected.csv")


def _refuse_overwriting(path: Path, out: Path) -> None:
    """Refuse a folder in which the log itself would be overwritten."""
    same = [Problem("--out", str(out / name), "must not be the same file as CSV") for name in _FILES]
    same = [problem for problem in same if history_files.is_same_file(path, Path(problem.value))]
    if same:
        raise InvalidInput(same)


class _Log(NamedTuple):
    """What was read, what was set aside, and the moment to look at."""

    items: list[WorkItem]
    rejected: list[Rejected]
    moment: datetime


def _read(path: Path, at: datetime | None) -> _Log:
    """Read the log; raises InvalidInput when it cannot be read, or nothing in it can be used."""
    from workplaces_core.history.work_items import Rejected, WorkItem, opened, read_items

    try:
        with opened(path) as lines:
            rows = list(read_items(lines))
    except InvalidInput as error:
        raise InvalidInput([_in_file(path, problem) for problem in error.problems]) from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidInput([Problem(str(path), None, f"cannot be read: {reason}")]) from None
    items = [row for row in rows if isinstance(row, WorkItem)]
    rejected = [row for row in rows if isinstance(row, Rejected)]
    if not items:
        raise InvalidInput(
            [_in_file(path, bad.problem) for bad in rejected] or [Problem(str(path), None, "has no rows")]
        )
    return _Log(items, rejected, at or sorted(item.start for item in items)[len(items) // 2])


def _in_file(path: Path, problem: Problem) -> Problem:
    return Problem(f"{path}: {problem.path}", problem.value, problem.message)


class _Recorded:
    """Events that are written down as they pass by."""

    def __init__(self, events: Iterator[Event], stream: IO[str]) -> None:
        self._events, self._stream, self.count = events, stream, 0

    def __iter__(self) -> Iterator[Event]:
        """Give the events that did not pass by yet."""
        for event in self._events:
            self._stream.write(f"{event.line()}\n")
            self.count += 1
            yield event


def _write_history(out: Path, reading: Reading, items: list[WorkItem], moment: datetime) -> dict[str, int]:
    """Write history and snapshot; give how many events there are and how many tasks are open."""
    from workplaces_core.history.events import open_work
    from workplaces_core.history.work_items import history

    with _writing(out / "history.jsonl") as stream:
        events = _Recorded(history(items, reading), stream)
        try:
            snapshot = open_work(events, moment)
        except ValueError as error:
            raise InvalidInput([Problem("--at", None, str(error))]) from None
        for _ in events:
            pass
    _write_json(out / "snapshot.json", snapshot, indent=None)
    return {"events": events.count, "open": len(snapshot["tasks"])}


@contextmanager
def _writing(path: Path) -> Iterator[IO[str]]:
    """Give a stream to a file that appears when all is written."""
    from workplaces_core.history.replacing import replaced

    # Bytes of the log that are no UTF-8 go out as they came in.
    with (
        replaced(path) as beside,
        beside.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream,
    ):
        yield stream


def _write_json(path: Path, form: dict[str, Any], *, indent: int | None) -> None:
    with _writing(path) as stream:
        json.dump(form, stream, ensure_ascii=False, indent=indent)
        stream.write("\n")


def _write_rejected(path: Path, rejected: Sequence[Rejected]) -> None:
    with _writing(path) as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["line", "column", "value", "problem", "row"])
        for bad in rejected:
            rows.writerow([bad.line, bad.column, bad.value, bad.message, history_files.own_text(bad)])


def _rows(
    log: _Log, roles: list[ObservedRole], reading: Reading, counts: dict[str, int], language: str
) -> list[list[str]]:
    """Count what was read and made, as rows of a table."""
    from workplaces_core.history.work_items import SYSTEM
    from workplaces_core.rules.zones import zone
    from workplaces_core.sentences import LANGUAGES
    from workplaces_core.wire.forms import moment_text

    words, where = Words(language), zone(reading.timezone)
    human = [item for item in log.items if item.is_human]
    by_activity = {role.activity: role for role in roles}
    fitting = sum(by_activity[item.activity].admits(item, where) for item in human)
    amounts = {
        words["items"]: len(log.items),
        words["rejected"]: len(log.rejected),
        words["system items"].format(system=SYSTEM): len(log.items) - len(human),
        words["cases"]: len({item.case for item in log.items}),
        words["people"]: len({item.resource for item in human}),
        words["roles"]: len(roles),
        words["fitting"]: fitting,
        words["events"]: counts["events"],
        words["open"].format(at=moment_text(log.moment)): counts["open"],
    }
    return [[name, LANGUAGES[language].number(amount)] for name, amount in amounts.items()]


def _print_commands(out: Path, log: _Log, words: Words) -> None:
    from workplaces_core.wire.forms import moment_text

    paths = [shlex.quote(str(out / name)) for name in _FILES]
    click.echo(words["written"].format(paths=" ".join(paths)))
    busiest = Counter(item.resource for item in log.items if item.is_human).most_common(1)
    for user, _ in busiest:
        files = f"--policy {paths[1]} --snapshot {paths[2]}"
        click.echo(f"{program()} decide {files} --user {shlex.quote(user)} --at {moment_text(log.moment)}")
