"""Finding rows by their texts, and tasks by what they hang on: as dictionaries would, in packed arrays."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.engine import finding
from workplaces_core.engine.finding import Finder
from workplaces_core.engine.hanging import Hanging
from workplaces_core.model import Subject, Task
from workplaces_core.testing.pools import AROUND

NAMES = [f"t{number}" for number in range(30)]
moves = st.lists(st.tuples(st.sampled_from(("add", "remove", "replace")), st.integers(0, 29)), max_size=120)


@pytest.fixture(autouse=True)
def few_parts(monkeypatch):
    """Two parts, so that texts collide and tables grow."""
    monkeypatch.setattr(finding, "_PART_BITS", 1)
    monkeypatch.setattr(finding, "_PARTS", 2)


def test_parts_are_as_many_as_their_bits_say(monkeypatch):
    monkeypatch.undo()

    assert 1 << finding._PART_BITS == finding._PARTS


@given(moves, st.integers(0, 30))
def test_a_finder_is_a_dictionary_of_rows(moves, filled):
    texts = dict(enumerate(NAMES[:filled]))
    finder, plain = Finder(texts.__getitem__), {name: row for row, name in texts.items()}
    finder.fill(list(plain), list(plain.values()))
    free = len(NAMES)
    for what, number in moves:
        name = NAMES[number]
        if what == "remove" and name in plain:
            finder.remove(name)
            del texts[plain.pop(name)]
        elif what in ("add", "replace") and (name in plain) == (what == "replace"):
            texts[free] = name
            getattr(finder, what)(name, free)
            texts.pop(plain.get(name, -1), None)
            plain[name] = free
            free += 1

    assert {name: finder.find(name) for name in NAMES} == {name: plain.get(name) for name in NAMES}
    assert len(finder) == len(plain)


@given(st.integers(0, 9), st.integers(0, 9))
def test_removing_or_replacing_what_is_not_there_is_a_key_error(filled, other):
    finder = Finder(NAMES.__getitem__)
    finder.fill(NAMES[:filled], range(filled))

    for change in (lambda: finder.remove(f"x{other}"), lambda: finder.replace(f"x{other}", 1)):
        with pytest.raises(KeyError):
            change()
    assert [finder.find(name) for name in NAMES[:filled]] == list(range(filled))


def task(row, subject):
    return Task(f"t{row}", "1", "", "u1", AROUND, AROUND.date(), subject)


SUBJECTS = [Subject(kind, name) for kind in ("deal", "contact") for name in ("1", "2")]


@given(
    st.lists(st.sampled_from([None, *SUBJECTS]), max_size=8),
    st.lists(st.tuples(st.integers(0, 11), st.sampled_from([None, *SUBJECTS])), max_size=60),
)
def test_rows_hang_on_the_subjects_of_their_tasks_whatever_moves(first, moves):
    tasks = [task(row, subject) for row, subject in enumerate(first)]
    hanging = Hanging(tasks)
    tasks += [task(row, None) for row in range(len(tasks), 12)]
    for row, subject in moves:
        old = tasks[row].subject
        if old is not None:
            hanging.remove(row, old)
        tasks[row] = task(row, subject)
        if subject is not None:
            hanging.add(row, subject)

    wanted = defaultdict(list)
    for row, each in enumerate(tasks):
        wanted[each.subject].append(row)
    for subject in SUBJECTS:
        assert sorted(hanging.on(subject.kind, subject.id)) == wanted[subject]
