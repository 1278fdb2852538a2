"""The figures of one course of events, from its table: waiting, lateness, exact-time calls, use of people, starvation.

All times are in seconds. A task that nobody took by the end counts with its age at the end: left out, the rule that
starves most would look best.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import Array, np, pa, pc
from workplaces_core.history.simulation.encoding import instants
from workplaces_core.rules.ordering import microseconds
from workplaces_core.rules.zones import zone

if TYPE_CHECKING:
    from datetime import datetime

    from workplaces_core.history.simulation.attendance import Span

SECOND = 1_000_000
HOUR = 3600 * SECOND
WITHIN = (60, 300, 900, 3600, 4 * 3600, 86_400, 2 * 86_400, 7 * 86_400)
"""The waits, in seconds, of which is told how many tasks were taken within them."""


@frozen(eq=False)
class Numbers:
    """The columns of a table of WORK as numbers, in microseconds; `taken` and `finished` are 0 where there is none."""

    ready: Array
    limit: Array
    taken: Array
    finished: Array
    is_taken: Array
    waiting: Array
    """Seconds from `ready` until taken, or the end."""
    late: Array
    """Seconds from `limit` until taken, or the end; 0 when in time."""

    @classmethod
    def of(cls, table: pa.Table, end: datetime) -> Numbers:
        """Read them; `end` is the end of the time looked at."""
        ready, limit, taken, finished = (_instants(table, name) for name in ("ready", "limit", "taken", "finished"))
        is_taken = pc.is_valid(table.column("taken")).to_numpy()
        until = np.where(is_taken, taken, microseconds(end))
        waiting, late = (np.maximum(until - since, 0) / SECOND for since in (ready, limit))
        return cls(ready, limit, taken, finished, is_taken, waiting, late)


def _instants(table: pa.Table, name: str) -> Array:
    found: Array = pc.fill_null(table.column(name).cast(pa.int64()), 0).to_numpy()
    return found


def measures(table: pa.Table, spans: Mapping[str, tuple[Span, ...]], end: datetime, timezone: str) -> dict[str, Any]:
    """Sum a table of WORK up. `spans` tell when people were there, their use is counted within them."""
    numbers = Numbers.of(table, end)
    people = used(table, numbers, spans)
    present, busy = sum(each["present"] for each in people.values()), sum(each["busy"] for each in people.values())
    return {
        "work": {
            "taken": int(numbers.is_taken.sum()),
            "finished": int(((numbers.finished > 0) & (numbers.finished <= microseconds(end))).sum()),
            "never_taken": int((~numbers.is_taken).sum()),
        },
        "waiting": waiting(numbers, np.ones(len(table), dtype=bool)),
        "lateness": lateness(numbers, np.ones(len(table), dtype=bool)),
        "exact": _exact(table),
        "people": {"present_hours": present / 3600, "busy_hours": busy / 3600, "use": _share(busy, present)},
        "types": _by_name(table.column("type"), numbers),
        "priorities": _by_name(_handed_by(table), numbers),
        "throughput": _throughput(numbers, end, timezone),
    }


def waiting(numbers: Numbers, rows: Array) -> dict[str, Any]:
    """Sum up how long some rows waited."""
    values, taken = numbers.waiting[rows], numbers.is_taken[rows]
    if not len(values):
        return {"tasks": 0, "never_taken": 0}
    quantiles = np.quantile(values, [0.5, 0.9, 0.99])
    return {
        "tasks": len(values),
        "never_taken": int((~taken).sum()),
        "mean": float(values.mean()),
        "median": float(quantiles[0]),
        "p90": float(quantiles[1]),
        "p99": float(quantiles[2]),
        "longest": float(values.max()),
        "within": {str(limit): float((taken & (values <= limit)).mean()) for limit in WITHIN},
    }


def lateness(numbers: Numbers, rows: Array) -> dict[str, Any]:
    """Tell which share of some rows was taken after its day or exact time, and how late those were on average."""
    late = numbers.late[rows]
    found = late[late > 0]
    return {"late": _share(len(found), len(late)), "mean_late": float(found.mean()) if len(found) else 0.0}


def _exact(table: pa.Table) -> dict[str, int]:
    met = table.column("met")
    return {"met": _count(met, of=True), "missed": _count(met, of=False)}


def _count(flags: pa.ChunkedArray, *, of: bool) -> int:
    return int(pc.sum(pc.equal(flags, of)).as_py() or 0)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _by_name(names: pa.ChunkedArray, numbers: Numbers) -> dict[str, Any]:
    """Sum up the rows of each name; those without one are left out."""
    codes, known = _coded(names)
    places = {name: rows for code, name in enumerate(known) for rows in [codes == code]}
    return {name: waiting(numbers, places[name]) | lateness(numbers, places[name]) for name in sorted(places)}


def _handed_by(table: pa.Table) -> pa.ChunkedArray:
    """Name role and priority that handed each row out: starvation shows in the longest waits."""
    return pc.binary_join_element_wise(table.column("role"), pc.fill_null(table.column("priority"), "*"), " / ")


def _coded(names: pa.ChunkedArray) -> tuple[Array, list[str]]:
    """Give the code of every row, -1 for none, and the names."""
    coded = pc.dictionary_encode(names.combine_chunks())
    codes: Array = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)
    return codes, coded.dictionary.to_pylist()


def used(table: pa.Table, numbers: Numbers, spans: Mapping[str, tuple[Span, ...]]) -> dict[str, dict[str, float]]:
    """Tell for everybody how long he was there, how long he worked in that time (seconds), and how much he took."""
    codes, names = _coded(table.column("user"))
    order = np.lexsort((numbers.taken, codes))
    edges = np.searchsorted(codes[order], np.arange(len(names) + 1))
    pieces = {name: order[edges[code] : edges[code + 1]] for code, name in enumerate(names)}
    nothing = np.zeros(0, dtype=np.int64)
    found = {}
    for user in sorted(pieces.keys() | spans.keys()):
        rows = pieces.get(user, nothing)
        since, until = (instants([span[side] for span in spans.get(user, ())]) for side in (0, 1))
        busy = _until(numbers.taken[rows], numbers.finished[rows], np.concatenate([since, until]))
        found[user] = {
            "present": int((until - since).sum()) / SECOND,
            "busy": int(busy[len(since) :].sum() - busy[: len(since)].sum()) / SECOND,
            "taken": float(len(rows)),
        }
    return found


def _until(taken: Array, finished: Array, moments: Array) -> Array:
    """Tell how much of the time before moments lies in pieces of work, in order of taking; they may overlap.

    >>> _until(np.array([10, 15, 40]), np.array([20, 30, 50]), np.array([10, 18, 35, 45, 60])).tolist()
    [0, 8, 20, 25, 30]
    """
    if not len(taken):
        return np.zeros(len(moments), dtype=np.int64)
    reached = np.concatenate([[0], np.maximum.accumulate(finished)[:-1]])
    begun = np.maximum(taken, reached)
    lasts = np.maximum(finished - begun, 0)
    before = np.concatenate([[0], np.cumsum(lasts)])
    # A piece that lies within an earlier one adds nothing, and begins where that one ends.
    place = np.searchsorted(begun, moments, side="right")
    inside = np.minimum(moments - begun[place - 1], lasts[place - 1])
    found: Array = np.where(place > 0, before[place - 1] + inside, 0)
    return found


def days(numbers: Numbers, end: datetime, timezone: str) -> dict[str, int]:
    """Count what was finished on each local date, up to the end."""
    done = numbers.finished[(numbers.finished > 0) & (numbers.finished <= microseconds(end))]
    local = _local(done, timezone)
    dates, counts = np.unique(local.astype("datetime64[D]"), return_counts=True)
    return {str(day): int(count) for day, count in zip(dates, counts, strict=True)}


def _throughput(numbers: Numbers, end: datetime, timezone: str) -> dict[str, float]:
    counts = days(numbers, end, timezone)
    return {"days": float(len(counts)), "per_day": _share(sum(counts.values()), len(counts))}


def _local(instants: Array, timezone: str) -> Array:
    """Give wall clock times: the offset is looked up once an hour of the time covered."""
    from workplaces_core.history.facts import instant  # noqa: PLC0415 - beside what it is used for

    hours, places = np.unique(instants // HOUR, return_inverse=True)
    where = zone(timezone)
    offsets = [int(instant(int(hour) * HOUR).astimezone(where).utcoffset().total_seconds()) for hour in hours]  # type: ignore[union-attr]
    return (instants + np.array([*offsets, 0], dtype=np.int64)[places] * SECOND).astype("datetime64[us]")


def heat(numbers: Numbers, start: datetime, end: datetime, timezone: str) -> list[list[float]]:
    """Tell how many tasks waited on average, by weekday (Monday first) and hour of the wall clock."""
    moments = np.arange(microseconds(start) // HOUR + 1, microseconds(end) // HOUR + 1, dtype=np.int64) * HOUR
    ready = np.sort(numbers.ready)
    # What was taken before it was ready did not wait.
    left = np.sort(np.maximum(numbers.taken, numbers.ready)[numbers.is_taken])
    count = np.searchsorted(ready, moments, side="right") - np.searchsorted(left, moments, side="right")
    local = _local(moments, timezone)
    # 1970-01-01 was a Thursday.
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    hour = local.astype("datetime64[h]").astype(np.int64) % 24
    total, times = np.zeros((7, 24)), np.zeros((7, 24))
    np.add.at(total, (weekday, hour), count)
    np.add.at(times, (weekday, hour), 1)
    found: list[list[float]] = np.divide(total, times, out=np.zeros((7, 24)), where=times > 0).tolist()
    return found
