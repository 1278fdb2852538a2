"""What a Spark partition does is a pure function of its rows, and pieces are those of a replay on one machine."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from workplaces_spark.cutting import Day, Piece, pieces, slots_of, with_slots
from workplaces_spark.partition import Question, by_piece, outcome

from tests.history.histories import random_case
from workplaces_core.history.arrow_form import SCHEMA, table_of
from workplaces_core.history.extra import pa, pc
from workplaces_core.history.local import replay
from workplaces_core.history.splitting import DAY_US, by_account, split
from workplaces_core.rules.ordering import microseconds


def history(*seeds, steps=60):
    """Several accounts, one after another."""
    return pa.concat_tables([table_of(random_case(seed, steps, account=f"a{seed}").events) for seed in seeds])


def days(table):
    """Count the events of a table by account and day."""
    counts = {}
    for account, at in zip(table.column("account").to_pylist(), table.column("at").to_pylist(), strict=True):
        moment = microseconds(at)
        count, first, last = counts.get((account, moment // DAY_US), (0, moment, moment))
        counts[account, moment // DAY_US] = count + 1, min(first, moment), max(last, moment)
    return [Day(account, day, *rest) for (account, day), rest in counts.items()]


@pytest.mark.parametrize("size", [1, 20, 60, 10**9])
def test_accounts_are_cut_as_on_one_machine(size):
    table = history(1, 2, 3, steps=90)
    cut = list(pieces(days(table), size))
    there = [(account, part) for account, own in by_account(table) for part in split(own, size)]

    def moment(value):
        return None if value is None else microseconds(value)

    assert [(piece.account, piece.start, piece.until) for piece in cut] == [
        (account, moment(part.start), moment(part.end)) for account, part in there
    ]
    own = [
        part.table if part.start is None else part.table.filter(pc.greater_equal(part.table.column("at"), part.start))
        for _, part in there
    ]
    assert [(piece.base, piece.events) for piece in cut] == [
        (part.column("number")[0].as_py(), part.num_rows) for part in own
    ]


def piece(account, events, number=0, count=1):
    """A piece of so many events."""
    return Piece(account, number, count, 0, 0, events, 0, 0, 0)


def test_small_accounts_share_a_slot_and_pieces_of_large_ones_have_one_each():
    cut = [piece("a", 5), piece("b", 5), piece("c", 90, 0, 2), piece("c", 3, 1, 2), piece("d", 5), piece("e", 8)]
    placed = with_slots(cut, 12)

    assert [each.slot for each in placed] == [0, 0, 1, 2, 3, 4]
    assert slots_of(placed) == 5
    assert slots_of([]) == 0


def rows_of(table, size):
    """The rows of a Spark partition that has all pieces of a table, as `spread` would bring them."""
    cut = list(pieces(days(table), size))
    parts = [part for _, own in by_account(table) for part in split(own, size)]
    for told, part in zip(cut, parts, strict=True):
        head = {name: getattr(told, name) for name in ("start", "until", "base", "begin", "end")}
        events = part.table.select(SCHEMA.names)
        events = events.set_column(0, "at", events.column("at").cast(pa.int64()))
        first = pa.table(
            {
                "at": [0],
                "account": [told.account],
                "op": [None],
                "kind": [None],
                "id": [None],
                "value": [json.dumps(head)],
            },
            schema=pa.schema([each.with_nullable(True) for each in events.schema]),
        )
        both = pa.concat_tables([first, events.cast(first.schema)])
        yield both.append_column("piece", pa.array([told.piece] * both.num_rows))


@pytest.mark.parametrize("every", [None, timedelta(hours=7)], ids=["hand-outs", "grid"])
@pytest.mark.parametrize("batch", [1, 7, 10**6])
def test_a_piece_gives_the_same_however_its_rows_are_cut_into_batches(batch, every):
    table, case = history(4, 5), random_case(4)
    rows = pa.concat_tables(rows_of(table, 30)).combine_chunks()
    question = Question(case.a, case.b, every)
    found = [
        outcome(row)
        for answers in question.answered(iter(rows.to_batches(max_chunksize=batch)))
        for row in answers.to_pylist()
    ]
    there = replay(table, case.a, case.b, every=every, processes=1, rows_at_once=30)

    assert len(found) > 4
    assert pa.concat_tables([each.decisions for each in found]).combine_chunks().equals(there.decisions)


def test_an_empty_partition_gives_nothing():
    assert list(by_piece(iter([]))) == []
    assert list(Question(random_case(1).a).answered(iter([]))) == []
