"""A replay on Spark gives the bytes of a replay on one machine, whatever the history and however it is stored."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import attrs
import pytest
from workplaces_spark import replay
from workplaces_spark.distributed import CannotTravel

from tests.history.histories import event_of, random_case, work_event
from tests.history.test_replay import MANY, busy_history, everybody
from workplaces_core.changes import Set
from workplaces_core.errors import InvalidInput
from workplaces_core.history import read_history
from workplaces_core.history import replay as replay_here
from workplaces_core.history.arrow_form import SCHEMA, table_of
from workplaces_core.history.extra import pa, pq
from workplaces_core.history.reading import write_file
from workplaces_core.model import Account, Skip, Task, User
from workplaces_core.policy import CommonQueue, ConditionOp, ExactTime, Leaf, Members, Priority

FILES = ("decisions.parquet", "tasks.parquet", "summary.json")


def mixed(*seeds, steps=60):
    """Several accounts, their events mixed as they happened."""
    events = [event for seed in seeds for event in random_case(seed, steps, account=f"a{seed}").events]
    return table_of(sorted(events, key=lambda event: event.at))


def stored(path, table, group=64):
    """A table as a Parquet file of many row groups."""
    pq.write_table(table, path, row_group_size=group)
    return path


def written(found, folder):
    """The bytes of a result."""
    found.write(folder)
    return [(folder / name).read_bytes() for name in FILES]


def assert_same_bytes(tmp_path, spark, path, *policies, table=None, valid=False, **asked):
    """Replay on Spark and here."""
    there = replay(spark, path, *policies, valid=valid, **asked)
    here = replay_here(read_history(path).table if table is None else table, *policies, processes=1, **asked)
    assert here.decisions.num_rows
    assert written(there.replay, tmp_path / "there") == written(here, tmp_path / "here")
    return there


# -- the same bytes


@pytest.mark.parametrize("valid", [False, True], ids=["checked", "found valid"])
@pytest.mark.parametrize("size", [20, 250_000])
def test_accounts_and_days_give_the_bytes_of_one_machine(tmp_path, spark, size, valid):
    path, case = stored(tmp_path / "h.parquet", mixed(*range(300, 306))), random_case(300)

    assert_same_bytes(tmp_path, spark, path, case.a, case.b, rows_at_once=size, valid=valid)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(310, 330, 4))
def test_many_histories_give_the_bytes_of_one_machine(tmp_path, spark, seed):
    path, case = stored(tmp_path / "h.parquet", mixed(*range(seed, seed + 4), steps=120)), random_case(seed)

    assert_same_bytes(tmp_path, spark, path, case.a, case.b, rows_at_once=15)


def test_one_policy_and_a_grid_give_the_bytes_of_one_machine(tmp_path, spark):
    path, case = stored(tmp_path / "h.parquet", mixed(306, 307)), random_case(306)
    found = assert_same_bytes(tmp_path, spark, path, case.a, every=timedelta(hours=7), rows_at_once=25)

    assert found.replay.summary["moments"] > 0


def test_what_happens_at_one_instant_stays_in_the_order_of_the_file(tmp_path, spark):
    """All events of half a day at its noon: only their rows tell which one came first."""
    table, case = mixed(349, 350), random_case(349)
    moments = table.column("at").to_pylist()
    noon = [at.replace(hour=at.hour // 12 * 12, minute=0, second=0, microsecond=0) for at in moments]
    table = table.set_column(0, "at", pa.array(noon, SCHEMA.field("at").type))
    path = stored(tmp_path / "h.parquet", table, group=16)
    found = assert_same_bytes(tmp_path, spark, path, case.a, case.b, rows_at_once=25)

    assert found.replay.summary["policies"]["a"]["given"] > 10


def test_skips_that_are_written_alike_are_both_carried_to_later_days(tmp_path, spark):
    """Task `a/b` skipped by `c`, and `a` by `b/c`: the events of both have the id `a/b/c`."""
    monday = datetime(2026, 11, 23, 6, tzinfo=UTC)
    later = monday + timedelta(days=1)
    things = [
        Set("account", Account("acme", "Europe/Moscow")),
        *(Set("user", User(id_, id_)) for id_ in ("c", "b/c")),
        *(Set("task", Task(t, "1", "", user, monday, monday.date())) for t, user in (("a/b", "c"), ("a", "b/c"))),
        *(Set("skip", Skip(t, user, monday + timedelta(days=9))) for t, user in (("a/b", "c"), ("a", "b/c"))),
    ]
    taken = [work_event(later, "taken", "x", user) for user in ("c", "b/c")]
    path = stored(tmp_path / "h.parquet", table_of([*(event_of(monday, each) for each in things), *taken]))
    policy = everybody(Priority("all", "All"))
    policy = attrs.evolve(policy, roles=(attrs.evolve(policy.roles[0], members=Members(["c", "b/c"])),))
    found = assert_same_bytes(tmp_path, spark, path, policy, rows_at_once=1)

    assert found.replay.decisions.column("a_task").to_pylist() == [None, None]


@pytest.mark.slow
def test_more_rows_than_any_batch_holds_give_the_bytes_of_one_machine(tmp_path, spark):
    table = table_of(busy_history(days=9, tasks=MANY // 8 + 1, takes=3))
    path = stored(tmp_path / "h.parquet", table, group=20_000)
    a = everybody(Priority("all", "All", common_queue=CommonQueue()), exact_time=ExactTime(5))
    b = everybody(Priority("two", "Two", task_types=("2",), common_queue=CommonQueue()), Priority("rest", "Rest"))

    assert table.num_rows > MANY
    assert_same_bytes(tmp_path, spark, path, a, b, table=table, rows_at_once=30_000)


def test_a_folder_is_one_history_in_the_order_of_names(tmp_path, spark):
    table, case = mixed(308, 309), random_case(308)
    folder = tmp_path / "история 2026%"
    folder.mkdir()
    edges = [0, 50, 51, 120, table.num_rows]
    for number, (first, end) in enumerate(pairwise(edges)):
        stored(folder / f"часть {number}.parquet", table.slice(first, end - first), group=16)

    assert_same_bytes(tmp_path, spark, folder, case.a, case.b, table=table, rows_at_once=40)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_parquet_of_other_timestamps_is_read_as_on_one_machine(tmp_path, spark, unit):
    path = stored(tmp_path / "h.parquet", table_at(pa.timestamp(unit, "Europe/Moscow")))

    assert_same_bytes(tmp_path, spark, path, everybody(Priority("all", "All")))


def test_parquet_without_a_time_zone_is_refused_as_on_one_machine(tmp_path, spark):
    path = stored(tmp_path / "h.parquet", table_at(pa.timestamp("us")))

    with pytest.raises(InvalidInput, match=r"at: .* must be a timestamp with a time zone"):
        replay(spark, path, everybody(Priority("all", "All")))


def table_at(kind):
    table = table_of(busy_history(days=2, tasks=20))
    return table.set_column(0, "at", table.column("at").cast(pa.timestamp(kind.unit, "UTC")).cast(kind))


def test_json_lines_are_read_too(tmp_path, spark):
    path, case = tmp_path / "h.jsonl.gz", random_case(330, steps=60)
    write_file(path, case.events)

    found = replay(spark, path, case.a, case.b, scratch=tmp_path)
    here = replay_here(table_of(case.events), case.a, case.b, processes=1)
    assert written(found.replay, tmp_path / "there") == written(here, tmp_path / "here")
    assert not list(tmp_path.glob("workplaces-*"))


def test_an_empty_history_gives_empty_tables(tmp_path, spark):
    path, case = stored(tmp_path / "h.parquet", SCHEMA.empty_table()), random_case(1)
    found = replay(spark, path, case.a)

    assert written(found.replay, tmp_path / "there") == written(
        replay_here(SCHEMA.empty_table(), case.a, processes=1), tmp_path / "here"
    )


# -- bad rows


def spoiled():
    """A history with bad rows of every sort: nulls, values that cannot be meant, and rows in the wrong order."""
    rows = mixed(331, 332).to_pylist()
    rows[3] |= {"at": None}
    rows[10] |= {"value": "{"}
    rows[11] |= {"kind": "nothing"}
    rows[70] |= {"account": None}
    # Two that change places, near each other; and one that is far too late, in its place and in the file.
    own = [number for number, row in enumerate(rows) if row["account"] == "a331"]
    first, second = next(pair for pair in pairwise(own[20:]) if rows[pair[0]]["at"] < rows[pair[1]]["at"])
    rows[first], rows[second] = rows[second], rows[first]
    rows.append(rows[own[5]])
    rows.append(rows[own[-1]])
    # One that is late only by what another task of Spark's has read: the first row and the last one of an account.
    alone = {"account": "late", "op": "set", "kind": "account", "id": "late", "value": '{"id":"late","timezone":"UTC"}'}
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (2100, 2000)]
    rows = [alone | {"at": years[0]}, *rows, alone | {"at": years[1]}]
    return pa.Table.from_pylist(rows, schema=pa.schema([each.with_nullable(True) for each in SCHEMA]))


@pytest.mark.parametrize("group", [16, 10**6])
def test_bad_rows_are_set_aside_as_on_one_machine(tmp_path, spark, group):
    path, case = stored(tmp_path / "h.parquet", spoiled(), group), random_case(331)
    here, there = io.StringIO(), io.StringIO()
    read = read_history(path, set_aside=here)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "6000")
    found = replay(spark, path, case.a, case.b, set_aside=there, rows_at_once=30)
    spark.conf.set("spark.sql.files.maxPartitionBytes", "20000")
    result = replay_here(read.table, case.a, case.b, processes=1, rows_at_once=30)

    assert sum("must not lie before" in line for line in here.getvalue().splitlines()) >= 2
    assert (found.bad, there.getvalue()) == (read.bad, here.getvalue())
    assert written(found.replay, tmp_path / "there") == written(result, tmp_path / "here")


def test_bad_rows_of_json_lines_are_set_aside_as_on_one_machine(tmp_path, spark):
    path, case = tmp_path / "h.jsonl", random_case(333)
    write_file(path, case.events)
    path.write_text("no JSON\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    here, there = io.StringIO(), io.StringIO()
    read = read_history(path, set_aside=here)

    assert replay(spark, path, case.a, set_aside=there).bad == read.bad == 1
    assert there.getvalue() == here.getvalue()


# -- what is refused


def refused(call):
    """What is said by whoever refuses."""
    with pytest.raises(InvalidInput) as found:
        call()
    return type(found.value), str(found.value)


def test_what_cannot_be_replayed_is_refused_in_the_words_of_one_machine(tmp_path, spark):
    monday, case = datetime(2026, 11, 23, tzinfo=UTC), random_case(1)
    early = [work_event(monday, "taken", "t1", "u1"), event_of(monday, Set("account", Account("acme", "UTC")))]
    path = stored(tmp_path / "h.parquet", table_of(early))
    here = refused(lambda: replay_here(table_of(early), case.a, processes=1))

    assert refused(lambda: replay(spark, path, case.a)) == here


def test_a_file_that_is_no_history_is_refused(tmp_path, spark):
    case = random_case(1)
    (tmp_path / "no.parquet").write_text("no Parquet")
    stored(tmp_path / "other.parquet", pa.table({"at": [1]}))
    folder = tmp_path / "other"
    folder.mkdir()
    stored(folder / "other.parquet", pa.table({name: ["x"] for name in SCHEMA.names}))

    assert "cannot be read" in refused(lambda: replay(spark, tmp_path / "no.parquet", case.a))[1]
    assert "cannot be read" in refused(lambda: replay(spark, tmp_path / "missing.parquet", case.a))[1]
    assert "account: is required" in refused(lambda: replay(spark, tmp_path / "other.parquet", case.a))[1]
    assert 'at: `"string"` must be a timestamp' in refused(lambda: replay(spark, folder, case.a))[1]


def test_a_rule_that_cannot_be_sent_to_the_workers_is_told(tmp_path, spark):
    op = ConditionOp("odd", 1, "text", lambda value, _: bool(value))
    policy = everybody(Priority("odd", "Odd", where=Leaf("task.text", "odd", "x", op)))

    with pytest.raises(CannotTravel, match="cannot be sent to other processes"):
        replay(spark, stored(tmp_path / "h.parquet", mixed(1)), policy)
