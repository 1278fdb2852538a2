"""Pieces of work as an Arrow table, one row each, recorded or simulated; what was never taken has no `taken`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workplaces_core.history.arrow_form import AT
from workplaces_core.history.extra import pa
from workplaces_core.history.task_fates import GRACE
from workplaces_core.model import is_instant
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import day_end, zone

if TYPE_CHECKING:
    from workplaces_core.history.simulation.course import Course, Done
    from workplaces_core.history.simulation.past import Past, Spell
    from workplaces_core.model import Task

WORK = pa.schema(
    [
        pa.field("task", pa.string(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("user", pa.string()),
        pa.field("role", pa.string()),
        pa.field("priority", pa.string()),
        pa.field("lane", pa.string()),
        pa.field("opened", AT, nullable=False),
        pa.field("ready", AT, nullable=False),
        pa.field("limit", AT, nullable=False),
        pa.field("exact", pa.bool_(), nullable=False),
        pa.field("taken", AT),
        pa.field("finished", AT),
        pa.field("met", pa.bool_()),
    ]
)
"""`opened` since when the task was there; `ready` since when it waited: not before the day it is due begins in the
account's zone, nor, with an exact time, before that; `limit` until when it is in time (its exact time and a grace of
five minutes, or the end of its day); `met` whether an exact-time task was taken in time, null for all-day ones. `role`,
`priority` and `lane` are what handed it out, null in the recorded past and for what was never taken."""


def table_of(course: Course, past: Past) -> pa.Table:
    """Put a simulated course into a table of WORK."""
    return _table(course.done, course.waiting, past)


def recorded_table(past: Past) -> pa.Table:
    """Put what really happened into a table of WORK."""
    return _table(past.spells, past.waiting, past)


def _table(done: Iterable[Done | Spell], waiting: Iterable[tuple[Task, datetime]], past: Past) -> pa.Table:
    rows = [*_taken_rows(done, past.timezone), *_waiting_rows(waiting, past)]
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [[] for _ in WORK]
    arrays = [_column(list(values), each.type) for values, each in zip(columns, WORK, strict=True)]
    return pa.table(arrays, schema=WORK)


def _column(values: list[Any], type_: pa.DataType) -> pa.Array:
    if type_ != AT:
        return pa.array(values, type_)
    return pa.array([None if each is None else microseconds(each) for each in values], pa.int64()).cast(AT)


def _taken_rows(done: Iterable[Done | Spell], timezone: str) -> Iterator[tuple[Any, ...]]:
    for each in done:
        task, handed = each.task, (getattr(each, name, None) for name in ("role", "priority", "lane"))
        ready, limit, exact = bounds(task, each.opened, timezone)
        met = each.taken <= limit if exact else None
        times = (each.opened, ready, limit, exact, each.taken, each.finished, met)
        yield (task.id, task.type, each.user, *handed, *times)


def _waiting_rows(waiting: Iterable[tuple[Task, datetime]], past: Past) -> Iterator[tuple[Any, ...]]:
    for task, opened in waiting:
        ready, limit, exact = bounds(task, opened, past.timezone)
        if ready <= past.end:
            met = False if exact and limit < past.end else None
            yield (task.id, task.type, None, None, None, None, opened, ready, limit, exact, None, None, met)


def bounds(task: Task, opened: datetime, timezone: str) -> tuple[datetime, datetime, bool]:
    """Tell from when a task waits, until when it is in time, and whether it has an exact time.

    >>> from datetime import UTC
    >>> from workplaces_core.model import Task
    >>> at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    >>> ready, limit, _ = bounds(Task("t1", "1", "", "u1", at, date(2026, 11, 24)), at, "Europe/Moscow")
    >>> ready.isoformat(), limit.isoformat()
    ('2026-11-23T21:00:00+00:00', '2026-11-24T21:00:00+00:00')
    """
    if is_instant(task.due):
        due: datetime = task.due  # type: ignore[assignment]
        return max(opened, due), due + timedelta(microseconds=GRACE), True
    begin, end = _day(task.due, timezone)
    return max(opened, begin), end, False


@lru_cache(maxsize=4096)
def _day(day: date, timezone: str) -> tuple[datetime, datetime]:
    where = zone(timezone)
    return day_end(day - timedelta(days=1), where), day_end(day, where)
