"""One Spark partition: record batches with the rows of some pieces in, what was found of each piece out; pure.

The rows of a piece follow each other. The first has no kind: its value says what the piece is. Then come, in order,
events of before that still have an effect, and the piece's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from attrs import frozen

from workplaces_core.errors import ChangesError, InvalidInput, Problem
from workplaces_core.history.arrow_form import NUMBER, SCHEMA
from workplaces_core.history.extra import np, pa, pc
from workplaces_core.history.facts import instant
from workplaces_core.history.local import grid
from workplaces_core.history.partition import Outcome, replay_partition
from workplaces_core.policy import Policy
from workplaces_spark.checking import Batches

FOUND = "account string, piece bigint, decisions binary, tasks binary, problems string"
"""What was found of a piece: both tables as compressed Arrow streams; or, in `problems`, why it cannot be replayed."""

_FOUND = pa.schema(
    [
        pa.field("account", pa.string()),
        pa.field("piece", pa.int64()),
        pa.field("decisions", pa.binary()),
        pa.field("tasks", pa.binary()),
        pa.field("problems", pa.string()),
    ]
)
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


@frozen
class Question:
    """What is asked of every piece: two policies or one, and at which steps all active users are asked, too."""

    policy_a: Policy
    policy_b: Policy | None = None
    every: timedelta | None = None

    def answered(self, batches: Batches) -> Batches:
        """Replay the pieces of a Spark partition. In: EVENT of `checking`, and `piece`; out: FOUND."""
        for account, piece, rows in by_piece(batches):
            yield _found_row(account, piece, self._found(rows))

    def _found(self, rows: pa.Table) -> Outcome | InvalidInput:
        told = json.loads(rows.column("value")[0].as_py())
        start, until = (None if told[name] is None else instant(told[name]) for name in ("start", "until"))
        span = instant(told["begin"]), instant(told["end"])
        moments = () if self.every is None else tuple(grid(span, start, until, self.every))
        table = numbered(rows.slice(1), told["start"], told["base"])
        try:
            return replay_partition(table, self.policy_a, self.policy_b, moments=moments, start=start, end=until)
        except InvalidInput as error:
            # An answer, not a failure: a task that fails is tried again, and this would be the same again.
            return error


def by_piece(batches: Batches) -> Iterator[tuple[str, int, pa.Table]]:
    """Put the rows of each piece together, however they are cut into batches."""
    present: tuple[str, int] | None = None
    rows: list[pa.RecordBatch] = []
    for batch in batches:
        for key, part in _same_piece(batch):
            if present is not None and key != present:
                yield *present, pa.Table.from_batches(rows)
                rows = []
            present = key
            rows.append(part)
    if present is not None:
        yield *present, pa.Table.from_batches(rows)


def _same_piece(batch: pa.RecordBatch) -> Iterator[tuple[tuple[str, int], pa.RecordBatch]]:
    """Cut a batch where another piece begins: at every row without a kind."""
    begins = np.flatnonzero(pc.is_null(batch.column("kind")).to_numpy(zero_copy_only=False)).tolist()
    edges = sorted({0, *begins, batch.num_rows})
    for edge, following in pairwise(edges):
        part = batch.slice(edge, following - edge)
        yield (part.column("account")[0].as_py(), part.column("piece")[0].as_py()), part


def numbered(rows: pa.Table, start: int | None, base: int) -> pa.Table:
    """Give the events of a piece their numbers in the account; those of before, which nobody asks for, are negative."""
    before = 0 if start is None else int(np.count_nonzero(rows.column("at").to_numpy() < start))
    numbers = np.concatenate([np.arange(-before, 0), np.arange(base, base + rows.num_rows - before)])
    return rows.select(SCHEMA.names).append_column(NUMBER, pa.array(numbers, pa.int64()))


def _found_row(account: str, piece: int, found: Outcome | InvalidInput) -> pa.RecordBatch:
    if isinstance(found, InvalidInput):
        told = {"kind": type(found).__name__, "problems": [[p.path, p.value, p.message] for p in found.problems]}
        rest: list[Any] = [None, None, json.dumps(told, default=str)]
    else:
        rest = [_packed(found.decisions), _packed(found.tasks), None]
    columns = [pa.array([each], type_) for each, type_ in zip([account, piece, *rest], _FOUND.types, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=_FOUND)


def outcome(row: dict[str, Any]) -> Outcome:
    """Read a row of FOUND. Raises InvalidInput, as a replay on one machine would have."""
    if row["problems"] is None:
        return Outcome(_unpacked(row["decisions"]), _unpacked(row["tasks"]))
    told = json.loads(row["problems"])
    kind = ChangesError if told["kind"] == ChangesError.__name__ else InvalidInput
    raise kind(Problem(*each) for each in told["problems"])


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_COMPRESSED) as writer:
        writer.write_table(table)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _unpacked(content: bytes) -> pa.Table:
    return pa.ipc.open_stream(content).read_all()
