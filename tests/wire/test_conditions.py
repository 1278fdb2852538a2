"""Conditions and order keys on the wire: paths, ops, constants, nesting."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

import workplaces_core as wp
from tests.wire.documents import LONE, PRIORITY, changed, policy, problems, snapshot
from workplaces_core.policy import All, AnyOf, ConditionOp, Leaf, Not, OrderOp, RuleSet
from workplaces_core.wire import dump, dumps, load_policy, load_snapshot

# Conditions -------------------------------------------------------------------------------------------------

DAY, INSTANT = {"date": "2026-11-24"}, {"instant": "2026-11-24T10:00:00Z"}
OPERANDS: dict[str, tuple[list[Any], list[tuple[Any, str]]]] = {
    "eq": (
        ["", "a", 5, 5.5, True, DAY, INSTANT],
        [(None, ""), ([], ""), (["a"], ""), ({}, ""), (2**63, ""), (float("inf"), ""), (LONE, "")],
    ),
    "in": (
        [[], ["a", 5, True, DAY]],
        [("a", ""), (None, ""), ([None], "[0]"), (["a", ["b"]], "[1]"), ([2**63], "[0]")],
    ),
    "lt": ([5, -0.5, DAY, INSTANT], [("5", ""), (True, ""), (None, ""), ([5], ""), ({"date": "x"}, "")]),
    "between": (
        [[None, None], [1, 2.5], [None, DAY], [INSTANT, None], [7, 3]],
        [
            ([], ""),
            ([1], ""),
            ([1, 2, 3], ""),
            ([1, DAY], ""),
            ([DAY, INSTANT], ""),
            (["a", "b"], ""),
            ([True, None], ""),
            (1, ""),
        ],
    ),
    "contains": (["", "a"], [(5, ""), (None, ""), (["a"], ""), (DAY, ""), (LONE, "")]),
    "has_any": ([[], ["a", ""]], [("a", ""), ([5], "[0]"), (["a", None], "[1]"), ({}, "")]),
    "days": (
        [[None, None], [-1, 1], [None, 0], [5, -5]],
        [([1], ""), ([1.0, 2], ""), ([True, 1], ""), (["1", 2], ""), (1, ""), ([2**63, None], ""), ([1, 2, 3], "")],
    ),
    "is_set": ([True], [(False, ""), (1, ""), (None, ""), ("true", "")]),
}
ALIKE = {"le": "lt", "gt": "lt", "ge": "lt", "starts_with": "contains", "has_all": "has_any"}
CASES = [(op, *OPERANDS[ALIKE.get(op, op)]) for op in (*OPERANDS, *ALIKE)]


def where(condition: Any) -> Any:
    return changed(policy(), f"{PRIORITY}.where", condition)


@pytest.mark.parametrize(("op", "good", "bad"), CASES, ids=[op for op, _, _ in CASES])
def test_an_op_takes_the_constants_of_its_kind_and_no_others(op, good, bad):
    for value in good:
        assert problems(load_policy, where({"field": "deal.x", "op": op, "value": value})) == [], value
    for value, place in bad:
        found = problems(load_policy, where({"field": "deal.x", "op": op, "value": value}))
        assert found == [f"{PRIORITY}.where.value{place}"], value


@pytest.mark.parametrize(
    "path", ["deal.x", "deal.a.b", "contact.name", "company. ", "task.text", "task.created", "task.type"]
)
def test_known_paths_load(path):
    assert problems(load_policy, where({"field": path, "op": "is_set", "value": True})) == []
    assert problems(load_policy, changed(policy(), f"{PRIORITY}.order[0].field", path)) == []


@pytest.mark.parametrize(
    "path",
    ["", "deal", "deal.", ".x", "task.due", "task.id", "task.", "task.text.x", "lead.x", "Deal.x", "x", 5, None, LONE],
)
def test_unknown_paths_are_refused(path):
    assert problems(load_policy, where({"field": path, "op": "is_set", "value": True})) == [f"{PRIORITY}.where.field"]
    assert problems(load_policy, changed(policy(), f"{PRIORITY}.order[0].field", path)) == [
        f"{PRIORITY}.order[0].field"
    ]


LEAFLET = {"field": "deal.x", "op": "is_set", "value": True}


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ([], [""]),
        ("all", [""]),
        (True, [""]),
        ({}, [".field", ".op", ".value"]),
        ({"all": {}}, [".all"]),
        ({"any": None}, [".any"]),
        ({"all": [LEAFLET, 5, []]}, [".all[1]", ".all[2]"]),
        ({"not": []}, [".not"]),
        ({"not": None}, [".not"]),
        ({"not": {"not": {"any": [{"all": 1}]}}}, [".not.not.any[0].all"]),
        ({"all": [], "any": []}, [".any"]),
        ({"not": LEAFLET, "field": "deal.x"}, [".field"]),
        ({**LEAFLET, "comment": ""}, [".comment"]),
        ({**LEAFLET, "op": "ne"}, [".op"]),
        ({**LEAFLET, "op": "EQ"}, [".op"]),
        ({**LEAFLET, "op": None}, [".op"]),
        ({**LEAFLET, "op": ["eq"]}, [".op"]),
        ({"field": "x", "op": "y", "z": 1}, [".z", ".value", ".field", ".op"]),
        ({"any": [{**LEAFLET, "value": 1}, {**LEAFLET, "field": "x"}]}, [".any[0].value", ".any[1].field"]),
    ],
)
def test_a_bad_condition_is_refused_at_its_path(condition, paths):
    assert problems(load_policy, where(condition)) == [f"{PRIORITY}.where{path}" for path in paths]


def test_conditions_load_as_they_are_written():
    loaded = load_policy(
        where(
            {
                "any": [
                    {"not": {"field": "deal.x", "op": "in", "value": ["a", 1, DAY]}},
                    {"all": []},
                    {"field": "task.created", "op": "between", "value": [None, INSTANT]},
                ]
            }
        )
    )

    assert loaded.roles[0].priorities[0].where == AnyOf(
        (
            Not(Leaf("deal.x", "in", ("a", 1, date(2026, 11, 24)))),
            All(()),
            Leaf("task.created", "between", (None, datetime(2026, 11, 24, 10, tzinfo=UTC))),
        )
    )


# Nesting ----------------------------------------------------------------------------------------------------


def nested(levels: int, name: str) -> dict[str, Any]:
    tree: dict[str, Any] = LEAFLET
    for _ in range(levels):
        tree = {"not": tree} if name == "not" else {name: [tree]}
    return tree


@pytest.mark.parametrize("name", ["not", "all", "any"])
def test_64_levels_above_a_leaf_load_and_decide_and_65_are_refused(name):
    loaded = load_policy(json.dumps(where(nested(64, name))))
    assert load_policy(dumps(loaded)) == loaded

    with pytest.raises(wp.PolicyError, match="under more than 64 nested all, any, not") as refused:
        load_policy(where(nested(65, name)))
    assert len(refused.value.problems) == 1
    assert problems(load_policy, json.dumps(where(nested(200, name)))) != []


def test_an_empty_all_at_the_65th_level_is_refused_as_a_leaf_is():
    assert problems(load_policy, where(_around({"all": []}, 63))) == []
    assert problems(load_policy, where(_around({"all": [LEAFLET]}, 64))) != []


def _around(tree: dict[str, Any], levels: int) -> dict[str, Any]:
    for _ in range(levels):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"all":['])
@pytest.mark.parametrize("load", [load_policy, load_snapshot])
def test_a_hundred_thousand_brackets_are_refused_in_peace(load, opening):
    with pytest.raises(wp.InvalidInput, match="is nested too deeply"):
        load('{"x":' + opening * 100_000)


def test_a_deep_object_is_refused_in_peace():
    deep: Any = {}
    for _ in range(100_000):
        deep = {"not": deep}
    refused = problems(load_policy, where(deep)) + problems(
        load_snapshot, changed(snapshot(), "tasks[0].text", [[deep]])
    )

    assert len(refused) == 2
    while deep:  # taken apart by hand, or its end would be nested too deeply as well
        deep = deep.pop("not")


# Plugins ----------------------------------------------------------------------------------------------------


def test_ops_and_order_keys_of_plugins_load_with_the_constants_of_their_operand():
    longer = ConditionOp("longer", 1, "ordered", lambda value, constant: None)
    length = OrderOp("length", 1, lambda value: ())
    document = changed(where({"field": "deal.x", "op": "longer", "value": 3}), f"{PRIORITY}.order[0].by", "length")
    rules = RuleSet({"longer": longer}, {"length": length})
    (priority,) = load_policy(document, rules=rules).roles[0].priorities

    assert priority.where == Leaf("deal.x", "longer", 3, longer)
    assert priority.order[0].custom is length
    assert dump(load_policy(document, rules=rules)) == document
    assert problems(load_policy, document) == [f"{PRIORITY}.where.op", f"{PRIORITY}.order[0].by"]
    spoilt = changed(copy.deepcopy(document), f"{PRIORITY}.where.value", "3")
    assert problems(lambda given: load_policy(given, rules=rules), spoilt) == [f"{PRIORITY}.where.value"]
