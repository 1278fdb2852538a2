"""Partitions of a history that can be replayed apart: accounts, and days of an account with what was there before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import frozen

from workplaces_core.history.arrow_form import NUMBER, conform
from workplaces_core.history.events import FINISHED, TAKEN
from workplaces_core.history.extra import np, pa, pc
from workplaces_core.history.facts import instant

if TYPE_CHECKING:
    from workplaces_core.history.extra import Array

ROWS_AT_ONCE = 250_000
"""Days are put together until they have so many events; that depends on the history alone, not on the machine."""

DAY_US = 86_400_000_000
LEASES = (TAKEN, FINISHED, "lease")
"""Kinds of events that are about the lease of a task: the last of any of them says whether it is under one."""

_WITHOUT_EFFECT = ("group", "task_type", "field")


@frozen(eq=False)
class Partition:
    """Events of one account with their numbers; decisions are wanted from `start` until before `end` (None: no end)."""

    table: pa.Table
    start: datetime | None = None
    end: datetime | None = None


def by_account(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Give each account's events with their numbers, in order of account ids."""
    table = conform(table)
    accounts = pc.unique(table.column("account")).to_pylist()
    for account in sorted(accounts):
        own = table if len(accounts) == 1 else table.filter(pc.equal(table.column("account"), account))
        yield account, numbered(own)


def numbered(table: pa.Table) -> pa.Table:
    """Add the number of every event in its account's history, unless it is there."""
    if NUMBER in table.column_names:
        return table
    return table.append_column(NUMBER, pa.array(np.arange(table.num_rows, dtype=np.int64)))


def split(table: pa.Table, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Partition]:
    """Split one account's events into days (of UTC) of some size, each with what was there before as its first rows."""
    at = table.column("at").cast(pa.int64()).to_numpy()
    edges = _edges(at, rows_at_once)
    for number, first in enumerate(edges):
        last = edges[number + 1] if number + 1 < len(edges) else None
        own = table.slice(first, None if last is None else last - first)
        carried = carried_in(table.slice(0, first)) if first else table.slice(0, 0)
        start = None if first == 0 else _midnight(int(at[first]))
        yield Partition(pa.concat_tables([carried, own]), start, None if last is None else _midnight(int(at[last])))


def _edges(at: Array, rows_at_once: int) -> list[int]:
    """Give the first row of every partition: each begins with a day."""
    begins = [0, *(np.flatnonzero(np.diff(at // DAY_US)) + 1).tolist()]
    counts = np.diff([*begins, len(at)]).tolist()
    return [begins[day] for day in first_days(counts, rows_at_once)]


def first_days(counts: Sequence[int], rows_at_once: int = ROWS_AT_ONCE) -> list[int]:
    """Put an account's days with so many events each into partitions, and give the number of the first day of each.

    >>> first_days([40, 60, 10, 200, 1], rows_at_once=100)
    [0, 2, 3, 4]
    """
    found, size = [0], 0
    for day, count in enumerate(counts):
        if size and size + count > rows_at_once:
            found.append(day)
            size = 0
        size += count
    return found


def _midnight(moment: int) -> datetime:
    return instant(moment // DAY_US * DAY_US)


def carried_in(before: pa.Table) -> pa.Table:
    """Keep of earlier events what still has an effect: the last state of everything that is there and not completed.

    Skips are all kept: what ends one may name several.
    """
    kind = before.column("kind")
    is_lease = pc.is_in(kind, pa.array(LEASES))
    subject = pc.if_else(is_lease, "lease", kind)
    keyed = pa.table({"kind": subject, "id": before.column("id"), "row": np.arange(before.num_rows)})
    last = keyed.group_by(["kind", "id"], use_threads=False).aggregate([("row", "max")]).column("row_max").to_numpy()
    keep = np.zeros(before.num_rows, dtype=bool)
    keep[last] = True
    keep |= _flags(pc.equal(kind, "skip"))
    return before.filter(pa.array(keep & lasting(before)))


def lasting(table: pa.Table) -> Array:
    """Tell the events that still have an effect later on, as long as no other one of the same thing follows.

    Skips all have one, also those that end one.
    """
    kind = table.column("kind")
    ended = pc.or_(pc.equal(table.column("op"), "remove"), pc.equal(kind, FINISHED))
    lasts = ~_flags(pc.or_(ended, pc.is_in(kind, pa.array(_WITHOUT_EFFECT))))
    lasts &= ~_flags(pc.and_(pc.equal(kind, "task"), _completed(table.column("value"))))
    return lasts | _flags(pc.equal(kind, "skip"))


def _completed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    # In a task's text nothing else can look like this: inside a string the quotes are escaped.
    found = pc.match_substring_regex(values, r'(^|[^\\])"completed"\s*:\s*true')
    return pc.fill_null(found, False)  # noqa: FBT003


def _flags(column: pa.ChunkedArray) -> Array:
    flags: Array = column.to_numpy(zero_copy_only=False).astype(bool)
    return flags


def merged_tasks(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """Put together what several partitions found of tasks; a task of several partitions becomes one row."""
    table = pa.concat_tables(tables) if tables else schema.empty_table()
    opened = table.filter(pc.is_valid(table.column("opened")))
    keys = ["account", "task"]
    # A task's last partition in which it was open knows its last type and due, an empty one too.
    last = opened.group_by(keys, use_threads=False).aggregate([(name, "last", _WITH_NULLS) for name in _LAST])
    ways = {name: _way(schema.field(name)) for name in schema.names if name not in (*keys, *_LAST)}
    rest = table.group_by(keys, use_threads=False).aggregate(list(ways.items()))
    columns = {name: f"{name}_{way}" for name, way in ways.items()}
    found = last.join(rest, keys, join_type="inner", use_threads=False).sort_by([(key, "ascending") for key in keys])
    columns |= {name: f"{name}_last" for name in _LAST}
    merged = pa.table([found.column(columns.get(name, name)) for name in schema.names], names=schema.names)
    return _only_exact(merged).cast(schema).combine_chunks()


_LAST = ("type", "due")
_WITH_NULLS = pc.ScalarAggregateOptions(skip_nulls=False, min_count=0)


def _only_exact(tasks: pa.Table) -> pa.Table:
    """Take away whether all-day tasks were met: some partition may have known them with an exact time."""
    for name in [name for name in tasks.column_names if name == "met" or name.endswith("_met")]:
        told = pc.fill_null(tasks.column(name), False)  # noqa: FBT003
        kept = pc.if_else(pc.is_valid(tasks.column("due")), told, pa.scalar(None, pa.bool_()))
        tasks = tasks.set_column(tasks.column_names.index(name), name, kept)
    return tasks


def _way(field: pa.Field) -> str:
    if pa.types.is_boolean(field.type):
        return "any"
    return "sum" if pa.types.is_integer(field.type) else "min"
