"""Events brought to the pieces they belong to: to their own, and to later ones in which they still have an effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as sql
from pyspark.sql.window import Window

from workplaces_core.history.extra import pa
from workplaces_core.history.splitting import DAY_US, LEASES, lasting
from workplaces_spark.checking import EVENT, Batches
from workplaces_spark.cutting import Day, Piece, slots_of, table_of_pieces

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CANDIDATE = f"{EVENT}, row bigint, slot bigint, piece bigint, until_piece bigint"
_COLUMNS = ("account", "at", "op", "kind", "id", "value", "row", "slot", "piece")
_DAY = f"floor(at / {DAY_US})"


def days_of(events: DataFrame) -> list[Day]:
    """Count every account's events a day: all that the driver learns of them."""
    ends = sql.count("*"), sql.min("at"), sql.max("at")
    counted = events.groupBy("account", sql.expr(_DAY).alias("day")).agg(*ends).toArrow()
    return [Day(*row) for row in zip(*(column.to_pylist() for column in counted.columns), strict=True)]


def spread(spark: SparkSession, events: DataFrame, cut: Sequence[Piece]) -> DataFrame:
    """Give the rows of all pieces, each piece's in order and together, as `partition.Question.answered` takes them."""
    table = spark.createDataFrame(table_of_pieces(cut))
    placed = _placed(events, table)
    rows = placed.select(*_COLUMNS).unionByName(_heads(table))
    if any(piece.pieces > 1 for piece in cut):
        rows = rows.unionByName(_carried(placed.filter("pieces > 1")))
    # A head comes before all, then what is carried in, from rows of before; an account's rows are in the order of time.
    rows = rows.repartitionById(slots_of(cut), sql.col("slot").cast("int"))
    return rows.sortWithinPartitions("account", "piece", "row").drop("row", "slot")


def _placed(events: DataFrame, table: DataFrame) -> DataFrame:
    """Join every event with its own piece."""
    named = table.select(sql.col("account").alias("of"), "piece", "pieces", "first_day", "last_day", "slot")
    day = sql.expr(_DAY)
    own = (sql.col("account") == sql.col("of")) & day.between(sql.col("first_day"), sql.col("last_day"))
    return events.join(sql.broadcast(named), own)


def _heads(table: DataFrame) -> DataFrame:
    """Give each piece its first row, which says what it is."""
    told = sql.to_json(sql.struct("start", "until", "base", "begin", "end"), {"ignoreNullFields": "false"})
    nothing = [sql.lit(None).cast("string").alias(name) for name in ("op", "kind", "id")]
    at, row = sql.lit(0).cast("bigint").alias("at"), sql.lit(-1).cast("bigint").alias("row")
    return table.select("account", at, *nothing, told.alias("value"), row, "slot", "piece")


def _carried(placed: DataFrame) -> DataFrame:
    """Give events once more for every later piece in which they still have an effect.

    That is, until the piece in which another event of the same thing comes; skips are all kept.
    """
    thing = sql.when(sql.col("kind").isin(*LEASES), "lease").otherwise(sql.col("kind"))
    following = sql.lead("piece").over(Window.partitionBy("account", thing, "id").orderBy("row"))
    last = sql.col("pieces") - 1
    until = sql.when(sql.col("kind") == "skip", last).otherwise(sql.coalesce(following, last))
    candidates = placed.withColumn("until_piece", until).filter("until_piece > piece").select(*_COLUMNS, "until_piece")
    kept = candidates.mapInArrow(_lasting, _CANDIDATE)
    later = sql.explode(sql.sequence(sql.col("piece") + 1, "until_piece")).alias("later")
    each = kept.select(*_COLUMNS, later)
    moved = each.withColumn("slot", sql.col("slot") - sql.col("piece") + sql.col("later"))
    return moved.withColumn("piece", sql.col("later")).select(*_COLUMNS)


def _lasting(batches: Batches) -> Batches:
    for batch in batches:
        yield batch.filter(pa.array(lasting(pa.Table.from_batches([batch]))))
