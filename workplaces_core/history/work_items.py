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

import gzip
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import chain, count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from attrs import field, frozen

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.csv_rows import Row, Rows
from workplaces_core.history.events import FINISHED, TAKEN, Event
from workplaces_core.history.mapping import CSV, Mapping
from workplaces_core.rules.zones import local_date, zone
from workplaces_core.wire import forms

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

COLUMNS = ("case", "activity", "resource", "start", "complete")
_INSTANTS = ("start", "complete")
SYSTEM = "SYS"
"""The resource that stands for the computer; as a user it is called otherwise when a person has this name."""
NOBODY = "nobody-yet"
"""Who is responsible for what nobody has taken; called otherwise when a person has this name."""


@frozen
class WorkItem:
    """One finished piece of work; both instants in UTC, `start` not after `complete`.

    `is_human` says whether a person did it; unless told, everybody but SYSTEM is one.
    """

    case: str
    activity: str
    resource: str
    start: datetime
    complete: datetime
    is_human: bool = field(kw_only=True)

    @is_human.default
    def _unless_system(self) -> bool:
        return self.resource != SYSTEM


@frozen
class Rejected:
    """A row that was set aside: where it stands, the column and value at fault as in the file, what would be right.

    `line` is its first line, `last_line` its last one where it has several; in XES both are the number of the event.
    `row` is what stands there: of CSV the text, of XES the attributes of the event.
    """

    line: int
    column: str
    value: str | None
    message: str
    row: tuple[str, ...]
    last_line: int = field()

    @last_line.default
    def _same_line(self) -> int:
        return self.line

    @property
    def problem(self) -> Problem:
        """The same as a problem of the input."""
        lines = f"line {self.line}" if self.line == self.last_line else f"lines {self.line} to {self.last_line}"
        return Problem(f"{lines}: {self.column}", self.value, self.message)


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
    one of them is missing altogether, or there twice.

    >>> rows = ["case,activity,resource,start,complete", "7,Call,ann,2026-11-24T10:00Z,2026-11-24T09:00Z"]
    >>> [bad] = read_items(rows)
    >>> str(bad.problem)
    'line 2: complete: `"2026-11-24T09:00Z"` must not lie before start'
    """
    rows = Rows(lines)
    names = {name: getattr(mapping, name) or name for name in COLUMNS}
    header = _header(rows, names)
    places = {name: header.index(column) for name, column in names.items()}

    def read(row: Row) -> WorkItem | Rejected:
        if row.error is not None or len(row.cells) != len(header):
            message = row.error or f"must have {len(header)} cells as the header has, not {len(row.cells)}"
            return Rejected(row.first, "row", None, message, (row.text,), row.last)
        cells = {name: row.cells[place] for name, place in places.items()}

        def refuse(name: str, message: str) -> Rejected:
            return Rejected(row.first, names[name], cells[name], message, (row.text,), row.last)

        return item_of(cells, mapping, refuse)

    for row in rows.following(lambda cells: isinstance(read(Row(0, [], cells)), WorkItem)):
        yield read(row)


def _header(rows: Rows, names: dict[str, str]) -> list[str]:
    """Read the names of the columns. Raises InvalidInput."""
    row = rows.one() or Row(1, [""], [])
    if row.error is not None:
        raise InvalidInput([Problem("line 1", row.text, f"must name the columns, and is not CSV: {row.error}")])
    text = ",".join(row.cells)
    problems = [
        Problem("line 1", text, f"must have a column {name}" + (", and only one" if row.cells.count(name) else ""))
        for name in dict.fromkeys(names.values())
        if row.cells.count(name) != 1
    ]
    if problems:
        raise InvalidInput(problems)
    return row.cells


def item_of(
    cells: dict[str, str | None] | dict[str, str], mapping: Mapping, refuse: Callable[[str, str], Rejected]
) -> WorkItem | Rejected:
    """Read one item of its columns by their own names; `refuse` is told the name of a bad one, and what is wrong."""
    read: dict[str, Any] = {}
    is_system = (cells["resource"] or "") in mapping.system
    for name in COLUMNS:
        text = SYSTEM if is_system and name == "resource" else cells[name]
        if text is None:
            return refuse(name, "is missing")
        try:
            read[name] = forms.read_instant(mapping.instant(text)) if name in _INSTANTS else forms.read_id(text)
        except ValueError as error:
            return refuse(name, str(error))
    if read["complete"] < read["start"]:
        return refuse("complete", f"must not lie before {mapping.start or mapping.begins}")
    return WorkItem(**read, is_human=not is_system)


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


class _Made(NamedTuple):
    """The ids of users that are not in the log: whose a task is before anybody took it, and who the computer is."""

    nobody: str
    system: str

    @classmethod
    def apart_from(cls, people: set[str]) -> _Made:
        """Choose ids that no person of the log has."""
        return cls(*(_free(name, people) for name in (NOBODY, SYSTEM)))


def _free(name: str, people: set[str]) -> str:
    return next(each for each in chain([name], (f"{name}-{number}" for number in count(2))) if each not in people)


def history(items: Iterable[WorkItem], reading: Reading) -> Iterator[Event]:
    """Give the events of a log in time order: the account, people and task types, then the work itself.

    An item is a `task` when it becomes available, `taken` at its start, `finished` and a completed `task` at its end.
    All items are kept in memory; they may be given in any order. Raises InvalidInput when `reading` says when an
    activity is due that the log does not have.
    """
    steps = sorted(_steps(items))
    unknown = sorted(reading.days.keys() - {step.item.activity for step in steps}) if steps else []
    if unknown:
        raise InvalidInput([Problem("days", name, "is no activity of the log") for name in unknown])
    return _told(steps, reading)


def _told(steps: list[_Step], reading: Reading) -> Iterator[Event]:
    if not steps:
        return
    made = _Made.apart_from({step.item.resource for step in steps if step.item.is_human})
    yield from _directory(steps, reading, made)
    started: set[str] = set()
    for step in steps:
        if step.case not in started:
            started.add(step.case)
            deal = {"id": step.case, "name": step.case, "responsible": None}
            yield Event(step.at, reading.account, "set", "deal", step.case, deal)
        yield from _events(step, reading, made)


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


def _directory(steps: list[_Step], reading: Reading, made: _Made) -> Iterator[Event]:
    at, account = steps[0].at, reading.account
    people = {step.item.resource for step in steps if step.item.is_human}
    users: list[dict[str, Any]] = [{"id": id_, "name": id_} for id_ in sorted(people)]
    users += [
        {"id": id_, "name": name, "active": False} for id_, name in zip(made, ("Nobody yet", "System"), strict=True)
    ]
    types = [{"id": activity, "name": activity} for activity in sorted({step.item.activity for step in steps})]
    yield Event(at, account, "set", "account", account, {"id": account, "timezone": reading.timezone})
    for kind, entities in (("user", users), ("task_type", types)):
        for entity in entities:
            yield Event(at, account, "set", kind, str(entity["id"]), entity)


def _events(step: _Step, reading: Reading, made: _Made) -> Iterator[Event]:
    task, item = f"{step.case}-{step.number}", step.item
    doing = {"user": item.resource, "task": task}
    if step.rank == _APPEAR:
        yield Event(step.at, reading.account, "set", "task", task, _task(task, step, reading, made.nobody))
    elif step.rank == _TAKE:
        yield Event(step.at, reading.account, "set", TAKEN, task, doing)
    else:
        if item.is_human:
            yield Event(step.at, reading.account, "set", FINISHED, task, doing)
        who = item.resource if item.is_human else made.system
        done = _task(task, step, reading, who) | {"completed": True}
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
