"""Pieces of work as an Arrow table, one row each, recorded or simulated; what was never taken has no `taken`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.arrow_form import AT
from workplaces_core.history.extra import Array, np, pa
from workplaces_core.history.simulation.done import Course
from workplaces_core.history.simulation.encoding import dues_of, instants
from workplaces_core.history.simulation.standing import ROW_SHIFT
from workplaces_core.history.simulation.work import LANES, Work, priorities_of
from workplaces_core.history.task_fates import GRACE
from workplaces_core.model import is_instant
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import day_end, zone

if TYPE_CHECKING:
    from workplaces_core.history.facts import Facts
    from workplaces_core.history.simulation.done import Done
    from workplaces_core.history.simulation.past import Past, Spell
    from workplaces_core.model import Task
    from workplaces_core.policy import Policy

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


def table_of(course: Course | Work, past: Past, told: Told | None = None) -> pa.Table:
    """Put a simulated course into a table of WORK. What is `told` of the states of work in columns may be given."""
    if isinstance(course, Work):
        return _table_of_work(course, told or Told.of_facts(course.encoding.facts, past.timezone), past)
    handed = {name: [getattr(each, name) for each in course.done] for name in ("role", "priority", "lane")}
    return _table_of_pieces(course.done, handed, course.waiting, past)


def recorded_table(past: Past) -> pa.Table:
    """Put what really happened into a table of WORK."""
    return _table_of_pieces(past.spells, {}, past.waiting, past)


@frozen(eq=False)
class Told:
    """What a table tells of states of tasks: since when each can be worked on, and until when that is in time."""

    ids: pa.Array
    types: pa.Array
    since: Array
    limit: Array
    exact: Array

    @classmethod
    def of(cls, states: Sequence[Task], timezone: str) -> Told:
        """Tell it of states."""
        ids, types = (pa.array([getattr(task, name) for task in states], pa.string()) for name in ("id", "type"))
        return cls._of(ids, types, *dues_of([task.due for task in states]), timezone)

    @classmethod
    def of_facts(cls, facts: Facts, timezone: str) -> Told:
        """Tell it of states that are encoded."""
        types = pa.array([value or "" for value in facts.types.values], pa.string())
        return cls._of(
            pa.array(facts.ids, pa.string()),
            types.take(pa.array(facts.types.codes)),
            facts.due,
            facts.all_day,
            timezone,
        )

    @classmethod
    def _of(cls, ids: pa.Array, types: pa.Array, due: Array, all_day: Array, timezone: str) -> Told:
        days, places = np.unique(due[all_day], return_inverse=True)
        edges = [[microseconds(edge) for edge in _day(date.fromordinal(day), timezone)] for day in days.tolist()]
        found = np.array(edges, dtype=np.int64).reshape(-1, 2)[places]
        since, limit = due.copy(), due + GRACE
        since[all_day], limit[all_day] = found[:, 0], found[:, 1]
        return cls(ids, types, since, limit, ~all_day)

    def columns(self, rows: Array, opened: Array) -> dict[str, Any]:
        """Give the columns of WORK about states, by row, of tasks that were open since a moment."""
        return {
            "task": self.ids.take(pa.array(rows)),
            "type": self.types.take(pa.array(rows)),
            "opened": opened,
            "ready": np.maximum(opened, self.since[rows]),
            "limit": self.limit[rows],
            "exact": self.exact[rows],
        }


def _table_of_work(work: Work, told: Told, past: Past) -> pa.Table:
    noted = work.columns()
    done = told.columns(noted["place"] >> ROW_SHIFT, noted["opened"])
    codes = noted["role"], priorities_of(noted["place"]), noted["place"] & 1
    done |= {
        "user": pa.array(work.users, pa.string()).take(pa.array(noted["user"])),
        **_handed(work.policy, *codes),
        "taken": noted["taken"],
        "finished": noted["finished"],
        "met": pa.array(noted["taken"] <= done["limit"], mask=~done["exact"]),
    }
    rows, opened = (np.array(each, dtype=np.int64) for each in work.waiting)
    return pa.concat_tables([_table(done), _waiting(told, rows, opened, past)]).combine_chunks()


def _handed(policy: Policy, roles: Array, priorities: Array, lanes: Array) -> dict[str, pa.Array]:
    """Name roles, priorities and lanes by their numbers."""
    width = max((len(role.priorities) for role in policy.roles), default=0) + 1
    names = [[None, *(each.id for each in role.priorities)] for role in policy.roles]
    flat = pa.array([name for own in names for name in own + [None] * (width - len(own))], pa.string())
    return {
        "role": pa.array([role.id for role in policy.roles], pa.string()).take(pa.array(roles)),
        "priority": flat.take(pa.array(roles * width + priorities + 1)),
        "lane": pa.array(LANES).take(pa.array(lanes)),
    }


def _table_of_pieces(
    done: Sequence[Done | Spell],
    handed: dict[str, list[str | None]],
    waiting: Sequence[tuple[Task, datetime]],
    past: Past,
) -> pa.Table:
    told = Told.of([each.task for each in done], past.timezone)
    columns = told.columns(np.arange(len(done)), instants([each.opened for each in done]))
    taken, finished = instants([each.taken for each in done]), [each.finished for each in done]
    ended = instants([each or past.end for each in finished])
    columns |= {
        "user": [each.user for each in done],
        **handed,
        "taken": taken,
        "finished": pa.array(ended, mask=np.array([each is None for each in finished], dtype=bool)),
        "met": pa.array(taken <= columns["limit"], mask=~columns["exact"]),
    }
    left = Told.of([task for task, _ in waiting], past.timezone)
    opened = instants([since for _, since in waiting])
    return pa.concat_tables([_table(columns), _waiting(left, np.arange(len(waiting)), opened, past)]).combine_chunks()


def _waiting(told: Told, rows: Array, opened: Array, past: Past) -> pa.Table:
    end = microseconds(past.end)
    ready = np.maximum(opened, told.since[rows]) <= end
    columns = told.columns(rows[ready], opened[ready])
    missed = columns["exact"] & (columns["limit"] < end)
    return _table(columns | {"met": pa.array(np.zeros(len(missed), dtype=bool), mask=~missed)})


def _table(columns: dict[str, Any]) -> pa.Table:
    """Make a table; columns that are left out have no values."""
    count = len(columns["task"])
    arrays = [_column(columns.get(each.name), each.type, count) for each in WORK]
    return pa.table(arrays, schema=WORK)


def _column(values: Any, type_: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, type_)
    given = values if isinstance(values, pa.Array) else pa.array(values, pa.int64() if type_ == AT else type_)
    return given.cast(type_)


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
