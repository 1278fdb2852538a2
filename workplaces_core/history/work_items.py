"""A log of finished work items as a history: what was waiting, who took it, and when it was done.

Such a log (a row an item: case, activity, resource, start, complete) says who worked on what, but not what was there
to choose from. What it does not say is filled in as follows, and nowhere else:

- a case is a deal, an activity a task type, an item a task on its case;
- an item becomes available when the case's item before it completed, the first one at its own start;
- it is an all-day task, due on the local date on which it became available, plus `days` of its activity;
- until somebody takes it, it belongs to nobody (the user NOBODY, who is not active);
- items of SYSTEM are not people's work: their tasks appear completed, nobody was ever offered them.
"""

from __future__ import annotations

import csv
import gzip
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from attrs import field, frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.history.mapping import CSV, Mapping
from workplaces_core.rules.zones import local_date, zone
from workplaces_core.wire import forms

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

COLUMNS = ("case", "activity", "resource", "start", "complete")
SYSTEM = "SYS"
"""The resource that stands for the computer."""
NOBODY = "nobody-yet"
"""Who is responsible for what nobody has taken."""


@frozen
class WorkItem:
    """One finished piece of work; both instants in UTC, `start` not after `complete`."""

    case: str
    activity: str
    resource: str
    start: datetime
    complete: datetime

    @property
    def is_human(self) -> bool:
        """Whether a person did it."""
        return self.resource != SYSTEM


@frozen
class Rejected:
    """A row that was set aside: its last line in the file, the column and value at fault, and what would be right."""

    line: int
    column: str
    value: str | None
    message: str
    row: tuple[str, ...]

    @property
    def problem(self) -> Problem:
        """The same as a problem of the input."""
        return Problem(f"line {self.line}: {self.column}", self.value, self.message)


@frozen
class Reading:
    """How a log is read: the account's id and zone, and in how many days an activity is due (none given: the same)."""

    account: str = "work-log"
    timezone: str = "Europe/Amsterdam"
    days: dict[str, int] = field(factory=dict)


# -- rows ----------------------------------------------------------------------------------------------------


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[IO[str]]:
    """Open a CSV file, also one that is gzipped (its name ends with .gz). Raises OSError."""
    # Bytes that are no UTF-8 become lone surrogates, so that only their row is refused.
    opening: Any = gzip.open if Path(path).suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="") as stream:
        yield stream


def read_items(lines: Iterable[str], mapping: Mapping = CSV) -> Iterator[WorkItem | Rejected]:
    """Read rows one by one; a bad one is given as Rejected and the rest goes on.

    Columns may stand in any order, others are ignored; `mapping` says how they are called. Raises InvalidInput when
    one of them is missing altogether.

    >>> rows = ["case,activity,resource,start,complete", "7,Call,ann,2026-11-24T10:00Z,2026-11-24T09:00Z"]
    >>> [bad] = read_items(rows)
    >>> str(bad.problem)
    'line 2: complete: `"2026-11-24T09:00Z"` must not lie before start'
    """
    reader = csv.reader(lines)
    header = next(reader, [])
    names = {name: getattr(mapping, name) or name for name in COLUMNS}
    missing = [name for name in names.values() if name not in header]
    if missing:
        raise InvalidInput([Problem("line 1", ",".join(header), f"must have a column {name}") for name in missing])
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Rejected(reader.line_num, "row", None, f"is not CSV: {error}", ())
            continue
        if row:
            found = dict(zip(header, row, strict=False))
            cells = {name: found[column] for name, column in names.items() if column in found}
            yield item_of(_mapped(cells, mapping), reader.line_num, tuple(row))


def _mapped(cells: dict[str, str], mapping: Mapping) -> dict[str, str]:
    if cells.get("resource") in mapping.system:
        cells["resource"] = SYSTEM
    if mapping.timezone is not None:
        cells |= {name: mapping.instant(cells[name]) for name in ("start", "complete") if name in cells}
    return cells


def item_of(cells: dict[str, str], line: int, row: tuple[str, ...]) -> WorkItem | Rejected:
    """Read one item of its columns by their own names; `line` and `row` say where it stood, should it be refused."""
    read: dict[str, Any] = {}
    for name in COLUMNS:
        reader = forms.read_instant if name in ("start", "complete") else forms.read_id
        try:
            read[name] = reader(cells.get(name, ""))
        except ValueError as error:
            return Rejected(line, name, cells.get(name), str(error) if name in cells else "is missing", row)
    if read["complete"] < read["start"]:
        return Rejected(line, "complete", cells["complete"], "must not lie before start", row)
    return WorkItem(**read)


# -- events --------------------------------------------------------------------------------------------------


class _Step(NamedTuple):
    """Something that happens to an item; steps sort by time, then by `rank`, then by case and number."""

    at: datetime
    rank: int
    case: str
    number: int
    item: WorkItem
    available: datetime


# At one instant: what ends, then what appears, then what begins; an item of no length ends after it began.
_FINISH, _APPEAR, _TAKE, _FINISH_AT_ONCE = range(4)


def history(items: Iterable[WorkItem], reading: Reading) -> Iterator[Event]:
    """Give the events of a log in time order: the account, people and task types, then the work itself.

    An item is a `task` when it becomes available, `taken` at its start, `finished` and a completed `task` at its end.
    All items are kept in memory; they may be given in any order.
    """
    steps = sorted(_steps(items))
    if not steps:
        return
    yield from _directory(steps, reading)
    started: set[str] = set()
    for step in steps:
        if step.case not in started:
            started.add(step.case)
            deal = {"id": step.case, "name": step.case, "responsible": None}
            yield Event(step.at, reading.account, "set", "deal", step.case, deal)
        yield from _events(step, reading)


def _steps(items: Iterable[WorkItem]) -> Iterator[_Step]:
    for case, numbered in by_case(items).items():
        for number, (item, available) in enumerate(numbered, 1):
            ends = _FINISH if item.start < item.complete else _FINISH_AT_ONCE
            yield _Step(item.complete, ends, case, number, item, available)
            if item.is_human:
                yield _Step(available, _APPEAR, case, number, item, available)
                yield _Step(item.start, _TAKE, case, number, item, available)


def by_case(items: Iterable[WorkItem]) -> dict[str, list[tuple[WorkItem, datetime]]]:
    """Put the items of each case in the order of their work, each with the instant at which it became available."""
    cases: dict[str, list[WorkItem]] = {}
    for item in items:
        cases.setdefault(item.case, []).append(item)
    found = {}
    for case, unordered in cases.items():
        ordered = sorted(unordered, key=lambda item: (item.start, item.complete, item.activity, item.resource))
        before = [ordered[0].start, *(item.complete for item in ordered)]
        # An item that overlaps the one before it was there when it was begun.
        found[case] = [(item, min(item.start, at)) for item, at in zip(ordered, before, strict=False)]
    return found


def _directory(steps: list[_Step], reading: Reading) -> Iterator[Event]:
    at, account = steps[0].at, reading.account
    people = {step.item.resource for step in steps} - {SYSTEM}
    users: list[dict[str, Any]] = [{"id": id_, "name": id_} for id_ in sorted(people)]
    users += [{"id": id_, "name": name, "active": False} for id_, name in ((NOBODY, "Nobody yet"), (SYSTEM, "System"))]
    types = [{"id": activity, "name": activity} for activity in sorted({step.item.activity for step in steps})]
    yield Event(at, account, "set", "account", account, {"id": account, "timezone": reading.timezone})
    for kind, entities in (("user", users), ("task_type", types)):
        for entity in entities:
            yield Event(at, account, "set", kind, str(entity["id"]), entity)


def _events(step: _Step, reading: Reading) -> Iterator[Event]:
    task, item = f"{step.case}-{step.number}", step.item
    doing = {"user": item.resource, "task": task}
    if step.rank == _APPEAR:
        yield Event(step.at, reading.account, "set", "task", task, _task(task, step, reading, NOBODY))
    elif step.rank == _TAKE:
        yield Event(step.at, reading.account, "set", TAKEN, task, doing)
    else:
        if item.is_human:
            yield Event(step.at, reading.account, "set", FINISHED, task, doing)
        done = _task(task, step, reading, item.resource) | {"completed": True}
        yield Event(step.at, reading.account, "set", "task", task, done)


def _task(id_: str, step: _Step, reading: Reading, responsible: str) -> dict[str, Any]:
    item = step.item
    due = local_date(step.available, zone(reading.timezone)) + timedelta(days=reading.days.get(item.activity, 0))
    return {
        "id": id_,
        "type": item.activity,
        "text": item.activity,
        "responsible": responsible,
        "created": forms.moment_text(step.available),
        "due": forms.moment_text(due),
        "subject": {"kind": "deal", "id": step.case},
    }
