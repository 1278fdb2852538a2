"""Changes: what they make of a snapshot, all of them or none."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.examples import NOW, snapshot, task
from workplaces_core import ChangesError
from workplaces_core.changes import COLLECTIONS, KINDS, Change, Remove, Set, apply, joined, key_of
from workplaces_core.model import Account, FieldDeclaration, Group, Lease, Skip, Snapshot, User
from workplaces_core.testing.strategies import changes, snapshots

LATER = NOW + timedelta(hours=1)


def test_set_adds_or_replaces_a_whole_entity():
    before = snapshot(task())
    after = apply(before, [Set("task", task(text="New")), Set("task", task("t2")), Set("user", User("u9", "Eve"))])

    assert [each.text for each in after.tasks.values()] == ["New", "Call back"]
    assert after.users["u9"].name == "Eve"
    assert before == snapshot(task())


def test_remove_takes_away_and_is_idle_when_there_is_nothing():
    before = snapshot(task(), task("t2"))

    assert list(apply(before, [Remove("task", "t1")]).tasks) == ["t2"]
    assert apply(before, [Remove("task", "t3"), Remove("deal", "d1"), Remove("lease", "t1")]) == before


def test_later_changes_win_and_other_kinds_with_the_same_id_stay():
    before = snapshot(task("x"), groups=[Group("x", "Sales")])

    assert not apply(before, [Set("task", task("x")), Remove("task", "x")]).tasks
    assert apply(before, [Remove("task", "x"), Set("task", task("x"))]).tasks == before.tasks
    assert "x" in apply(before, [Remove("task", "x")]).groups


def test_a_lease_goes_by_its_task_a_field_by_entity_and_id_a_skip_by_task_and_user():
    declared = [FieldDeclaration("deal", "a.b", "", "text"), FieldDeclaration("contact", "a.b", "", "text")]
    before = snapshot(
        fields=declared,
        leases=[Lease("t1", "u1", NOW, LATER), Lease("t2", "u1", NOW, LATER)],
        skips=[Skip("t1", "u1", LATER), Skip("t1", "u2", LATER)],
    )
    after = apply(before, [Remove("field", "deal.a.b"), Remove("lease", "t1"), Remove("skip", "t1/u2")])

    assert list(after.fields) == [("contact", "a.b")]
    assert list(after.leases) == ["t2"]
    assert list(after.skips) == [("t1", "u1")]


def test_a_skip_is_named_by_joined_text_never_taken_apart():
    before = snapshot(skips=[Skip("a/b", "c", LATER), Skip("a", "b/c", LATER), Skip("a", "b", LATER)])

    assert list(apply(before, [Remove("skip", "a/b/c")]).skips) == [("a", "b")]


def test_a_field_that_names_no_entity_removes_nothing():
    before = snapshot(fields=[FieldDeclaration("deal", "x", "", "text")])

    assert apply(before, [Remove("field", "x"), Remove("field", "deal"), Remove("field", "contact.x")]) == before


def test_the_account_can_be_set_but_not_removed():
    assert apply(snapshot(), [Set("account", Account("acme", "Asia/Tokyo"))]).account.timezone == "Asia/Tokyo"
    with pytest.raises(ChangesError, match="cannot be removed") as refused:
        apply(snapshot(), [Remove("task", "t1"), Remove("account", "acme")])

    assert [problem.path for problem in refused.value.problems] == ["[1].kind"]


def test_impossible_changes_are_all_told_and_none_is_applied():
    before = snapshot(task())
    spoilt: list[Change] = [
        Remove("task", "t1"),
        Set("user", task()),
        Remove("account", "a"),
        Set("lease", User("u", "")),
    ]
    with pytest.raises(ChangesError) as refused:
        apply(before, spoilt)

    assert [problem.path for problem in refused.value.problems] == ["[1].value", "[2].kind", "[3].value"]
    assert "must be a user" in str(refused.value)
    assert before == snapshot(task())


@given(snapshots(), snapshots())
def test_removing_everything_and_setting_everything_makes_the_other_snapshot(one, other):
    removals: list[Change] = [
        Remove(kind, joined(kind, key_of(entity)))
        for kind, name in COLLECTIONS.items()
        for entity in getattr(one, name).values()
    ]
    additions: list[Change] = [
        Set(kind, entity) for kind, name in COLLECTIONS.items() for entity in getattr(other, name).values()
    ]

    assert apply(one, removals) == Snapshot(one.account)
    assert apply(one, [*removals, *additions]) == attrs.evolve(other, account=one.account)


@given(snapshots(), st.lists(changes(), max_size=6), st.integers(0, 6))
def test_changes_may_come_at_once_or_one_after_the_other(before, listed, cut):
    at_once = apply(before, listed)

    assert apply(apply(before, listed[:cut]), listed[cut:]) == at_once
    assert apply(at_once, [change for change in listed if change.kind == "account"][-1:]) == at_once


def test_every_kind_but_the_account_has_a_collection():
    assert set(COLLECTIONS) == set(KINDS) - {"account"}
    assert set(COLLECTIONS.values()) == {each.name for each in attrs.fields(Snapshot)} - {"account"}
