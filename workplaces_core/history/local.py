"""The replay on one machine: partitions on all cores, one result; how many cores there are does not change a byte."""

from __future__ import annotations

import json
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from workplaces_core.history.extra import pa, pq
from workplaces_core.history.outcome import DECISIONS
from workplaces_core.history.partition import Outcome, replay_partition
from workplaces_core.history.reading import read_history
from workplaces_core.history.splitting import ROWS_AT_ONCE, Partition, by_account, merged_tasks, split
from workplaces_core.history.summary import summary
from workplaces_core.history.task_fates import TASKS

if TYPE_CHECKING:
    from workplaces_core.policy import Policy

Progress = Callable[[int, int], None]
"""Called with how many events are replayed, and how many there are."""


@frozen(eq=False)
class Replay:
    """What a replay found: tables of DECISIONS and TASKS, and the summary, plain data ready for JSON."""

    decisions: pa.Table
    tasks: pa.Table
    summary: dict[str, Any]

    def write(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write decisions.parquet, tasks.parquet and summary.json; the same replay gives the same bytes."""
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        paths = [out / "decisions.parquet", out / "tasks.parquet", out / "summary.json"]
        for path, table in zip(paths, (self.decisions, self.tasks), strict=False):
            pq.write_table(table, path, row_group_size=_ROW_GROUP, compression="zstd")
        paths[2].write_text(json.dumps(self.summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return paths


_ROW_GROUP = 131_072


def replay(
    history: str | os.PathLike[str] | pa.Table,
    policy_a: Policy,
    policy_b: Policy | None = None,
    *,
    every: timedelta | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Replay:
    """Replay a history: what policy A, and B, would have given at every recorded hand-out.

    `history` is a file (JSON Lines or Parquet), or a table that was found valid; of a file, bad rows are passed over
    (`workplaces history validate` lists them). With `every`, all active users are also asked at these steps. By
    default one process a core works. Everybody acts as recorded: what policies would have given is not taken. For what
    would have happened then, simulate. Raises InvalidInput.
    """
    table = history if isinstance(history, pa.Table) else read_history(history).table
    policies = (policy_a, policy_b)
    work = list(_work(table, policies, every, rows_at_once))
    total, done, outcomes = sum(each.partition.table.num_rows for each in work), 0, []
    for each, outcome in zip(work, _outcomes(work, processes), strict=True):
        outcomes.append(outcome)
        done += each.partition.table.num_rows
        if progress is not None:
            progress(done, total)
    return put_together(outcomes, policy_a, policy_b)


def put_together(outcomes: Sequence[Outcome], policy_a: Policy, policy_b: Policy | None = None) -> Replay:
    """Make one result of those of all partitions, given in the order of accounts and days, wherever each was found."""
    decisions = pa.concat_tables([each.decisions for each in outcomes]) if outcomes else DECISIONS.empty_table()
    tasks = merged_tasks([each.tasks for each in outcomes], TASKS)
    decisions = decisions.combine_chunks()
    return Replay(decisions, tasks, summary(decisions, tasks, policy_a, policy_b))


@frozen(eq=False)
class _Work:
    """A partition, and what is asked of it."""

    partition: Partition
    policies: tuple[Policy, Policy | None]
    moments: tuple[datetime, ...]

    def outcome(self) -> Outcome:
        """Do it."""
        part = self.partition
        return replay_partition(part.table, *self.policies, moments=self.moments, start=part.start, end=part.end)


def _work(
    table: pa.Table, policies: tuple[Policy, Policy | None], every: timedelta | None, rows_at_once: int
) -> Iterator[_Work]:
    for _, own in by_account(table):
        at = own.column("at")
        span = at[0].as_py(), at[-1].as_py()
        for partition in split(own, rows_at_once):
            moments = () if every is None else tuple(grid(span, partition.start, partition.end, every))
            yield _Work(partition, policies, moments)


def grid(
    span: tuple[datetime, datetime], start: datetime | None, end: datetime | None, every: timedelta
) -> Iterator[datetime]:
    """Give the moments of a grid from `start` until before `end`: whole steps since the first event of the account.

    `span` has the moments of the account's first and last event.
    """
    first, last = span
    begin, end = start or first, end or last + every
    moment = first + every * -(-(begin - first) // every)
    while moment < end and moment <= last:
        yield moment
        moment += every


def _outcomes(work: Sequence[_Work], processes: int | None) -> Iterator[Outcome]:
    count = min(processes or _cores(), len(work))
    if count <= 1 or not _can_travel(work[0].policies):
        yield from (each.outcome() for each in work)
        return
    # Spawned, not forked: Arrow has threads, and a fork would copy them in the middle of whatever they do.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[Any]] = deque()
        left = iter(work)
        for each in left:
            waiting.append(pool.submit(_elsewhere, _packed(each)))
            if len(waiting) > 2 * count:
                yield _unpacked(waiting.popleft().result())
        while waiting:
            yield _unpacked(waiting.popleft().result())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _can_travel(policies: object) -> bool:
    """Tell whether policies can be sent to another process; a plugin's rule may be a function that cannot."""
    try:
        pickle.dumps(policies)
    except Exception:  # noqa: BLE001 - whatever pickling may raise, one process does as well
        return False
    return True


Travelling = tuple[bytes, Any, tuple[datetime, ...], datetime | None, datetime | None]


def _packed(work: _Work) -> Travelling:
    part = work.partition
    return _bytes(part.table), work.policies, work.moments, part.start, part.end


def _elsewhere(packed: Travelling) -> tuple[bytes, bytes]:
    table, policies, moments, start, end = packed
    outcome = _Work(Partition(_table(table), start, end), policies, moments).outcome()
    return _bytes(outcome.decisions), _bytes(outcome.tasks)


def _unpacked(found: tuple[bytes, bytes]) -> Outcome:
    return Outcome(*map(_table, found))


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _table(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()
