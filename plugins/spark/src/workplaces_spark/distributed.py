"""The replay on Spark: the workers check rows and replay pieces, the driver puts one result together."""

from __future__ import annotations

import os
import pickle
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING

from attrs import frozen

from workplaces_core.errors import WorkplacesError
from workplaces_core.history.local import Replay, put_together
from workplaces_core.history.splitting import ROWS_AT_ONCE
from workplaces_core.policy import Policy
from workplaces_spark.cutting import Piece, pieces, with_slots
from workplaces_spark.partition import FOUND, Question, outcome
from workplaces_spark.source import Source, converted, found_out, found_valid, is_for_workers
from workplaces_spark.spreading import days_of, spread

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SLOTS_A_CORE = 3


class CannotTravel(WorkplacesError):
    """A policy that cannot be sent to the workers."""


@frozen(eq=False)
class Distributed:
    """What a replay on Spark found, and how many rows were set aside."""

    replay: Replay
    bad: int


def replay(  # noqa: PLR0913 - named as those of the replay on one machine
    spark: SparkSession,
    history: str | os.PathLike[str],
    policy_a: Policy,
    policy_b: Policy | None = None,
    *,
    every: timedelta | None = None,
    set_aside: IO[str] | None = None,
    scratch: str | os.PathLike[str] | None = None,
    valid: bool = False,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Distributed:
    """Replay a history on Spark; the result is that of `workplaces_core.history.replay`, to the byte.

    `history` is Parquet: a file, a folder of files, or whatever else Spark reads by that name; or a file of JSON Lines
    on this machine, which is first made a Parquet file in `scratch`, a folder that the workers must see, too. Bad rows
    are passed over, and written to `set_aside`; `valid` says that there are none, they were looked for before. The
    workers need workplaces-spark and what plugins the policies use. Raises InvalidInput, CannotTravel.
    """
    question = Question(policy_a, policy_b, every)
    _refuse_to_travel(question)
    with ExitStack() as stack:
        source = _source(spark, os.fspath(history), set_aside, scratch, stack, valid=valid)
        stack.callback(source.release)
        cut = list(pieces(days_of(source.events), rows_at_once))
        found = _found(spark, source, with_slots(cut, _room(spark, cut, rows_at_once)), question)
        return Distributed(found, source.bad)


def _refuse_to_travel(question: Question) -> None:
    try:
        pickle.dumps(question)
    except Exception as error:  # noqa: BLE001 - whatever pickling may raise
        raise CannotTravel(f"a rule of these policies cannot be sent to other processes: {error}") from None


def _source(
    spark: SparkSession,
    history: str,
    set_aside: IO[str] | None,
    scratch: str | os.PathLike[str] | None,
    stack: ExitStack,
    *,
    valid: bool,
) -> Source:
    if is_for_workers(history):
        return found_valid(spark, history) if valid else found_out(spark, history, set_aside)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="workplaces-", dir=scratch)))
    made, bad = converted(history, folder, set_aside)
    source = found_valid(spark, made)
    return Source(source.events, bad, source.kept)


def _room(spark: SparkSession, cut: list[Piece], rows_at_once: int) -> int:
    """Tell how many events of small accounts go into one Spark partition: few enough for all cores to have work."""
    events = sum(piece.events for piece in cut)
    cores: int = spark.sparkContext.defaultParallelism
    return max(1, min(rows_at_once, events // (_SLOTS_A_CORE * cores)))


def _found(spark: SparkSession, source: Source, cut: list[Piece], question: Question) -> Replay:
    rows = []
    if cut:
        answers = spread(spark, source.events, cut).mapInArrow(question.answered, FOUND)
        rows = sorted(answers.toArrow().to_pylist(), key=lambda row: (row["account"], row["piece"]))
    return put_together([outcome(row) for row in rows], question.policy_a, question.policy_b)
