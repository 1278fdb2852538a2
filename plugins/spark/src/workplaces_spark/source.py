"""A history as Spark sees it: good events with their place among all rows, bad rows apart; the driver sees neither.

A Parquet file, or a folder of them, is read and checked by the workers. Spark cannot tell the numbers of rows in JSON
Lines: the driver first makes such a file a Parquet one, a few thousand rows at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from attrs import frozen
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as sql
from pyspark.sql import types
from pyspark.sql.window import Window
from pyspark.storagelevel import StorageLevel

from workplaces_core.errors import InvalidInput, Problem
from workplaces_core.history.arrow_form import SCHEMA
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.reading import BadRows, is_parquet, read_file, write_file
from workplaces_spark.checking import CHECKED, FILE_BITS, SET_ASIDE, checked, too_early

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

EVENT_COLUMNS = ("account", "at", "op", "kind", "id", "value", "row")
_READABLE = ("us", "ms")
"""Units of timestamps that Spark reads from Parquet."""


@frozen(eq=False)
class Source:
    """Good events, a row each with EVENT_COLUMNS; how many rows were bad; and what the workers keep of them."""

    events: DataFrame
    bad: int
    kept: tuple[DataFrame, ...] = ()

    def release(self) -> None:
        """Let go of what the workers keep."""
        for frame in self.kept:
            frame.unpersist()


def is_for_workers(path: str) -> bool:
    """Tell whether Spark can read a history itself: folders, what is not on this machine, Parquet of usual types."""
    if not Path(path).is_file():
        return "://" in path or is_parquet(path) or Path(path).is_dir()
    return is_parquet(path) and _is_of_usual_types(path)


def _is_of_usual_types(path: str) -> bool:
    try:
        schema = pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        return False  # whoever reads it on the driver says what is wrong
    at = schema.field("at").type if "at" in schema.names else None
    return bool(at is not None and pa.types.is_timestamp(at) and at.unit in _READABLE)


def converted(path: str, folder: Path, set_aside: IO[str] | None) -> tuple[str, int]:
    """Make a Parquet file of the good rows of a file on this machine; give it, and how many rows were bad."""
    bad = BadRows(set_aside)
    target = folder / "history.parquet"
    write_file(target, bad.passed(read_file(path)))
    return str(target), bad.count


def found_valid(spark: SparkSession, path: str) -> Source:
    """Read Parquet whose rows were found valid before."""
    scan = _scan(spark, path)
    return Source(scan.withColumn("at", sql.unix_micros("at")).select(*EVENT_COLUMNS), 0)


def found_out(spark: SparkSession, path: str, set_aside: IO[str] | None) -> Source:
    """Read Parquet, and check every row on the workers; bad ones go to `set_aside` in the order of the file."""
    scan = _scan(spark, path)
    rows = scan.mapInArrow(checked, CHECKED).persist(StorageLevel.MEMORY_AND_DISK)
    bad, good = rows.filter("bad is not null"), rows.filter("bad is null")
    runs = _runs(good)
    late = None
    if runs.filter("late > 0 or floor > first").head(1):
        placed = good.join(runs.select("run", "account", "floor"), ["run", "account"])
        late = placed.filter(_IS_LATE)
        good = placed.filter(f"not ({_IS_LATE})")
    count = bad.count() + (0 if late is None else late.count())
    if count and set_aside is not None:
        lines = bad.select("row", "bad")
        _write(lines if late is None else lines.union(_said_late(scan, late)), set_aside)
    return Source(good.select(*EVENT_COLUMNS), count, (rows,))


_IS_LATE = "earlier is not null or coalesce(at < floor, false)"


def _runs(good: DataFrame) -> DataFrame:
    """Tell of each run and account the first moment, and in `floor` the latest one of all runs before."""
    before = Window.partitionBy("account").orderBy("run").rowsBetween(Window.unboundedPreceding, -1)
    ends = sql.min("at").alias("first"), sql.max("at").alias("latest"), sql.count("earlier").alias("late")
    return good.groupBy("run", "account").agg(*ends).withColumn("floor", sql.max("latest").over(before))


def _said_late(scan: DataFrame, late: DataFrame) -> DataFrame:
    """Say what is wrong with rows that lie before earlier ones, from the cells as they were read."""
    moments = late.select("row", sql.greatest("earlier", "floor").alias("before"))
    return scan.join(moments, "row").select(*SCHEMA.names, "row", "before").mapInArrow(too_early, SET_ASIDE)


def _write(lines: DataFrame, stream: IO[str]) -> None:
    for line in lines.orderBy("row").toLocalIterator():
        stream.write(f"{line.bad}\n")


def _scan(spark: SparkSession, path: str) -> DataFrame:
    """Read the columns of a history, and each row's place among all; files of a folder come by their names."""
    try:
        found = spark.read.parquet(path)
        _refuse_unless_history(found, path)
        found = found.select(*SCHEMA.names, "_metadata.file_path", sql.col("_metadata.row_index").alias("index"))
        names = [path] if Path(path).is_file() else _names(found)
    except (PySparkException, Py4JJavaError) as error:
        raise InvalidInput([Problem(path, None, f"cannot be read: {_reason(error)}")]) from None
    number = sql.lit(0)
    if len(names) > 1:
        files = spark.createDataFrame(list(enumerate(names)), "file bigint, file_path string")
        found, number = found.join(sql.broadcast(files), "file_path"), sql.col("file")
    place = sql.shiftleft(number.cast("bigint"), FILE_BITS).bitwiseOR(sql.col("index"))
    return found.select(*SCHEMA.names, place.alias("row"))


def _names(found: DataFrame) -> list[str]:
    return sorted(row.file_path for row in found.select("file_path").distinct().collect())


def _refuse_unless_history(found: DataFrame, path: str) -> None:
    missing = [name for name in SCHEMA.names if name not in found.columns]
    if missing:
        raise InvalidInput(
            Problem(f"{path}: {name}", None, "is required, it is a column of a history") for name in missing
        )
    for name in SCHEMA.names:
        type_ = found.schema[name].dataType
        allowed = types.TimestampType if name == "at" else types.StringType
        if not isinstance(type_, allowed):
            wanted = "a timestamp with a time zone" if name == "at" else "texts"
            rule = f"must be {wanted}; `workplaces history convert` makes it so"
            raise InvalidInput([Problem(f"{path}: {name}", type_.simpleString(), rule)])


def _reason(error: Exception) -> str:
    text = str(error.java_exception.getMessage()) if isinstance(error, Py4JJavaError) else str(error)
    return text.split("\n", maxsplit=1)[0]
