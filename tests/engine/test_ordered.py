"""Rows in order, against a plain sorted list: across chunks, under many ties, in any order of coming and going."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.engine import ordered
from workplaces_core.engine.ordered import HIGHEST, LOWEST, Positions, Ranked

KEYS = (LOWEST, -5, 0, 1, 2, 3, 10, HIGHEST - 1)
"""So few that ties run over many chunks."""

moves = st.lists(st.tuples(st.booleans(), st.sampled_from(KEYS), st.integers(0, 40)), max_size=120)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(ordered, "CHUNK", 3)


def rank(row):
    """Order rows otherwise than by their number, as (created, id) does."""
    return (row * 7 % 5, -row)


def sorting(entry):
    return entry[0], rank(entry[1])


def played(drawn):
    """Make random moves on both a set of positions and a plain list; a row is in it once."""
    positions = Positions(rank)
    plain: dict[int, int] = {}
    for adds, key, row in drawn:
        if row in plain:
            positions.remove(plain.pop(row), row)
        if adds:
            positions.add(key, row)
            plain[row] = key
    return positions, sorted(((key, row) for row, key in plain.items()), key=sorting)


@given(moves)
def test_positions_stand_in_the_order_of_key_and_rank(drawn):
    positions, plain = played(drawn)

    assert list(positions.between(LOWEST, HIGHEST)) == plain
    assert len(positions) == len(plain)
    assert bool(positions) == bool(plain)


@given(moves, st.sampled_from(KEYS), st.sampled_from(KEYS))
def test_between_gives_the_keys_from_the_first_before_the_second(drawn, low, high):
    positions, plain = played(drawn)
    wanted = [entry for entry in plain if low <= entry[0] < high]

    assert list(positions.between(low, high)) == wanted
    assert positions.first(low, high) == (wanted[0] if wanted else None)


@given(moves, st.sampled_from((*KEYS, 4, -6, HIGHEST)))
def test_count_below_counts_smaller_keys_also_when_asked_again(drawn, key):
    positions, plain = played(drawn)

    for _ in range(2):
        assert positions.count_below(key) == sum(each < key for each, _ in plain)
    if plain:
        positions.remove(*plain[0])
        assert positions.count_below(key) == sum(each < key for each, _ in plain[1:])


@given(moves, st.sampled_from(KEYS), st.integers(0, 50))
def test_removing_a_row_that_is_not_there_is_a_key_error_and_changes_nothing(drawn, key, row):
    positions, plain = played(drawn)
    if any(each == row for _, each in plain):
        return

    with pytest.raises(KeyError):
        positions.remove(key, row)
    assert list(positions.between(LOWEST, HIGHEST)) == plain


def test_removing_a_row_under_another_key_is_a_key_error():
    positions = Positions(rank)
    positions.add(5, 1)

    with pytest.raises(KeyError):
        positions.remove(3, 1)


def test_removing_from_an_empty_set_is_a_key_error():
    with pytest.raises(KeyError):
        Positions(rank).remove(1, 1)


def test_an_empty_set_has_nothing_anywhere():
    positions = Positions(rank)

    assert list(positions.between(LOWEST, HIGHEST)) == []
    assert positions.first(LOWEST, HIGHEST) is None
    assert positions.count_below(HIGHEST) == 0
    assert not positions


@pytest.mark.parametrize("seed", range(4))
def test_a_single_key_over_many_chunks_keeps_the_order_of_ranks(seed):
    rng, positions = Random(seed), Positions(rank)
    rows = rng.sample(range(500), 500)
    for row in rows:
        positions.add(7, row)
    assert [row for _, row in positions.between(7, 8)] == sorted(rows, key=rank)

    gone = rng.sample(rows, 400)
    for row in gone:
        positions.remove(7, row)
    left = sorted(set(rows) - set(gone), key=rank)
    assert [row for _, row in positions.between(LOWEST, HIGHEST)] == left
    assert positions.count_below(8) == 100
    assert positions.count_below(7) == 0


@given(st.lists(st.sampled_from(KEYS), max_size=60), moves)
def test_filled_positions_are_like_added_ones(keys, drawn):
    entries = sorted(((key, row + 100) for row, key in enumerate(keys)), key=sorting)
    filled = Positions(rank)
    plain: dict[int, int] = {}
    filled.fill([key for key, _ in entries], [row for _, row in entries])
    for adds, key, row in drawn:
        if row in plain:
            filled.remove(plain.pop(row), row)
        elif adds:
            filled.add(key, row)
            plain[row] = key
    whole = sorted([*entries, *((key, row) for row, key in plain.items())], key=sorting)

    assert list(filled.between(LOWEST, HIGHEST)) == whole
    assert filled.count_below(2) == sum(key < 2 for key, _ in whole)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from("ab"), st.integers(0, 30)), max_size=120))
def test_ranked_entries_stand_in_the_order_of_their_tuples(drawn):
    ranked = Ranked()
    plain: dict[int, tuple[Any, ...]] = {}
    for adds, number, text, row in drawn:
        if row in plain:
            ranked.remove(plain.pop(row))
        elif adds:
            plain[row] = ((number,), text, row)
            ranked.add(plain[row])

    assert list(ranked) == sorted(plain.values())


def test_ranked_entries_may_be_alike_in_all_but_the_last_part():
    ranked, rows = Ranked(), Random(5).sample(range(300), 300)
    for row in rows:
        ranked.add((0, "same", row))
    for row in rows[:200]:
        ranked.remove((0, "same", row))

    assert list(ranked) == [(0, "same", row) for row in sorted(rows[200:])]
