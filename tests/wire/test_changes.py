"""Changes on the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest

import workplaces_core as wp
from tests.wire.documents import problems, snapshot
from workplaces_core.wire import dump, dumps, load_changes


def entity(kind: str) -> Any:
    plural = {"task_type": "task_types", "company": "companies", "account": "account"}.get(kind, f"{kind}s")
    return snapshot()[plural] if kind == "account" else snapshot()[plural][0]


KINDS = ("account", "user", "group", "task_type", "field", "deal", "contact", "company", "task", "lease", "skip")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_set_and_all_but_the_account_removed(kind):
    (change,) = load_changes([{"op": "set", "kind": kind, "value": entity(kind)}])

    assert dump(change) == {"op": "set", "kind": kind, "value": entity(kind)}
    assert load_changes(dumps([change])) == [change]
    removal = [{"op": "remove", "kind": kind, "id": "x"}]
    assert problems(load_changes, removal) == (["[0].kind"] if kind == "account" else [])


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (5, [""]),
        ([], [""]),
        ({}, [".op", ".kind", ".value"]),
        ({"op": "set", "kind": "task"}, [".value"]),
        ({"op": "remove", "kind": "task"}, [".id"]),
        ({"op": "remove", "kind": "task", "id": ""}, [".id"]),
        ({"op": "remove", "kind": "task", "id": 5}, [".id"]),
        ({"op": "remove", "kind": "task", "id": "t1", "value": {}}, [".value"]),
        ({"op": "set", "kind": "group", "id": "g1", "value": {"id": "g1", "name": ""}}, [".id"]),
        ({"op": "put", "kind": "group", "value": {"id": "g1", "name": ""}}, [".op"]),
        ({"op": None, "kind": "group", "value": {"id": "g1", "name": ""}}, [".op"]),
        ({"op": ["set"], "kind": ["group"], "value": {}}, [".op", ".kind"]),
        ({"op": "set", "kind": "tasks", "value": {}}, [".kind"]),
        ({"op": "set", "kind": "group", "value": None}, [".value"]),
        (
            {"op": "set", "kind": "group", "value": {"id": "", "name": 1, "x": 1}},
            [".value.id", ".value.name", ".value.x"],
        ),
        ({"op": "set", "kind": "task", "value": {**snapshot()["tasks"][0], "due": "soon"}}, [".value.due"]),
    ],
)
def test_a_bad_change_is_refused_at_its_path(change, paths):
    good = {"op": "remove", "kind": "task", "id": "t1"}
    with pytest.raises(wp.ChangesError) as refused:
        load_changes([good, change, good])

    assert [problem.path for problem in refused.value.problems] == [f"[1]{path}" for path in paths]


def test_problems_of_several_changes_are_reported_at_once():
    assert problems(load_changes, [{"op": "set"}, 5, {"op": "remove", "kind": "x", "id": "y"}]) == [
        "[0].kind",
        "[0].value",
        "[1]",
        "[2].kind",
    ]


@pytest.mark.parametrize("given", [None, 5, {}, {"op": "set"}, '{"op": "set"}', "[", "x"], ids=repr)
def test_what_is_no_list_of_changes_is_refused(given):
    with pytest.raises(wp.ChangesError) as refused:
        load_changes(given)

    assert [problem.path for problem in refused.value.problems] == [""]


def test_changes_may_come_from_anything_that_can_be_walked():
    removal = {"op": "remove", "kind": "task", "id": "t1"}

    assert load_changes(iter([removal])) == load_changes((removal,)) == load_changes(json.dumps([removal]))
    assert load_changes([]) == []
