"""The benchmark of the replay compares like with like. Nothing here is timed."""

from __future__ import annotations

import gc

import pytest

from benchmarks import replay as benchmark
from workplaces_core.history import decide_partition
from workplaces_core.history.arrow_form import events_of
from workplaces_core.history.events import TAKEN, Event
from workplaces_core.history.validating import read_lines

PEOPLE = 20


@pytest.fixture(scope="module")
def table():
    return benchmark.history(tasks=120, people=PEOPLE, takes=3, days=12)


def test_the_loop_written_by_hand_makes_the_same_queues():
    bulk = benchmark.Bulk(3000, PEOPLE)
    gc.unfreeze()

    assert bulk.answers() == benchmark.queues_by_hand(bulk.plain)
    assert sum(map(len, bulk.answers().values())) > 500


def test_the_history_is_a_good_one(table):
    rows = list(read_lines(event.line() for event in events_of(table)))

    assert all(isinstance(row, Event) for row in rows)
    assert sum(row.kind == TAKEN for row in rows if isinstance(row, Event)) == 360


def test_the_engines_of_a_slice_stand_where_the_replay_stands(table):
    policies = benchmark.replay_policies()
    piece = benchmark.Slice(table, policies, hand_outs=60)
    rows = decide_partition(table, *policies).to_pylist()
    asked = [row for row in rows if row["number"] >= table.num_rows // 2]
    given = []
    for user, at, changes in piece.events:
        if user is not None:
            given.append([engine.next_task(user, now=at) for engine in piece.engines])
        for engine in piece.engines:
            engine.apply(changes)

    assert given == [[row["a_task"], row["b_task"]] for row in asked[:60]]
    assert any(head is not None for heads in given for head in heads)


def test_the_command_prints_a_table_and_says_what_is_not_kept(capsys):
    small = ["--tasks", "2000", "--task-people", "10", "--hand-outs", "500", "--people", "10"]
    benchmark.main([*small, "--rounds", "1", "--replay-rounds", "1", "--processes", "1"])
    printed = capsys.readouterr().out

    assert printed.count("| replay of hand-outs, two policies") == 3
    assert "0 queues differ" in printed
    assert "Promises measured here" in printed
