"""Names that mean nothing, and settings that do not fit their field."""

from __future__ import annotations

import re

import attrs
import pytest

from tests.check.cases import (
    NOW,
    WHERE,
    asking,
    found,
    leaf,
    of,
    policy,
    priority,
    role,
    snapshot,
    task,
)
from workplaces_core import wire
from workplaces_core.check import check
from workplaces_core.policy import ConditionOp, Interval, Members, Policy, Priority, Role, RuleSet


def test_unknown_user():
    members = {"users": ["u1", "u2", "u9"], "groups": ["g1"]}
    queue = {"from": {"users": ["u8"]}}

    assert found(policy(role(members=members)), snapshot()) == [("unknown_user", "roles[0].members.users[2]")]
    assert found(of(priority(common_queue=queue)), snapshot()) == [
        ("unknown_user", "roles[0].priorities[0].common_queue.from.users[0]")
    ]
    assert found(policy(role(members=members))) == []


def test_unknown_user_in_a_condition():
    rules = asking(leaf("deal.responsible", "in", ["u1", "u9"]), leaf("task.responsible", "eq", "u7"))

    assert found(rules, snapshot()) == [
        ("unknown_user", f"{WHERE}.value[1]"),
        ("unknown_user", "roles[0].priorities[1].where.value"),
    ]
    absent_but_responsible = snapshot(
        task("t1", responsible="u7"), deals=[{"id": "d1", "name": "", "responsible": "u9"}]
    )
    assert {code for code, _ in found(rules, absent_but_responsible)} == {"dangling_reference", "tasks_not_covered"}


def test_unknown_group():
    members = {"users": ["u1"], "groups": ["g1", "g9"]}

    assert found(policy(role(members=members)), snapshot()) == [("unknown_group", "roles[0].members.groups[1]")]
    without_names = found(of(members={"groups": ["g1"]}), snapshot(groups=[]))
    assert without_names == [("dangling_reference", "users")]


def test_unknown_type():
    rules = of(priority("a", task_types=["1", "9"]), priority("b", where=leaf("task.type", "eq", "8")))

    assert found(rules, snapshot()) == [
        ("unknown_type", "roles[0].priorities[0].task_types[1]"),
        ("unknown_type", "roles[0].priorities[1].where.value"),
    ]
    assert found(rules, snapshot(task(type="9"), task("t2", type="8"))) == [("dangling_reference", "tasks")]


def test_unknown_field_and_undeclared_field():
    rules = of(priority(where={"not": leaf("deal.sum", "ge", 5)}, order=[{"by": "field", "field": "deal.total"}]))
    deal = {"id": "d1", "name": "", "responsible": "u1", "fields": {"sum": 7, "total": None}}

    assert found(rules, snapshot()) == [
        ("unknown_field", f"{WHERE}.not.field"),
        ("unknown_field", "roles[0].priorities[0].order[0].field"),
    ]
    assert found(rules, snapshot(deals=[deal])) == [
        ("undeclared_field", f"{WHERE}.not.field"),
        ("unknown_field", "roles[0].priorities[0].order[0].field"),
    ]
    built_in = asking(leaf("deal.name", "eq", "x"), leaf("task.text", "eq", "x"), leaf("company.id", "eq", "o1"))
    assert found(built_in, snapshot()) == []
    assert found(asking(leaf("contact.price", "ge", 5)), snapshot()) == [("unknown_field", f"{WHERE}.field")]


def test_unknown_option():
    rules = asking(
        leaf("deal.stage", "in", ["new", "lost"]),
        leaf("deal.goods", "has_all", ["tea", "gin"]),
        leaf("deal.stage", "contains", "wo"),
        leaf("deal.free", "eq", "anything"),
    )
    deal = {"id": "d1", "name": "", "responsible": "u1", "fields": {"stage": "lost", "goods": ["gin"]}}

    assert found(rules, snapshot()) == [
        ("unknown_option", f"{WHERE}.value[1]"),
        ("unknown_option", "roles[0].priorities[1].where.value[1]"),
    ]
    assert found(rules, snapshot(deals=[deal])) == []


def test_what_a_plugins_op_compares_is_its_own_business():
    loaded = wire.load_snapshot(snapshot())
    ops = {"odd": ConditionOp("odd", 1, "scalar", lambda _value, _constant: True)}
    rules = asking(leaf("deal.stage", "odd", "lost"), leaf("deal.price", "odd", "lost"))

    assert check(wire.load_policy(rules, rules=RuleSet(ops)), loaded, now=NOW) == ()


def test_unknown_interval():
    broken = Role(
        "r", "R", members=Members(["u1"]), intervals=(Interval("day", 540, 1080, days=(0,)),),
        priorities=(Priority("p", "P", intervals=("day", "night")), Priority("q", "Q", intervals=("night",))),
    )  # fmt: skip
    codes = [(each.code, each.path) for each in check(Policy(1, (broken,)), now=NOW)]

    assert codes == [
        ("unknown_interval", "roles[0].priorities[0].intervals[1]"),
        ("never_matches", "roles[0].priorities[1].intervals"),
        ("unknown_interval", "roles[0].priorities[1].intervals[0]"),
    ]
    without_any = attrs.evolve(broken, intervals=())
    messages = [each.message for each in check(Policy(1, (without_any,)), now=NOW) if each.code == "unknown_interval"]
    assert messages[0] == '`"day"` is not an interval of role `"r"`, it has none'


FITTING = [
    leaf("deal.price", "ge", 5),
    leaf("deal.price", "between", [None, None]),
    leaf("deal.note", "contains", "5"),
    leaf("deal.hot", "eq", True),
    leaf("deal.since", "lt", {"date": "2026-11-24"}),
    leaf("deal.since", "days", [0, 1]),
    leaf("deal.seen", "days", [0, 1]),
    leaf("deal.seen", "ge", {"instant": "2026-11-24T09:00:00Z"}),
    leaf("deal.labels", "has_any", ["x"]),
    leaf("deal.labels", "is_set", True),
    leaf("task.created", "days", [None, 0]),
]


@pytest.mark.parametrize("condition", FITTING)
def test_a_fitting_comparison_is_no_finding(condition):
    assert found(asking(condition), snapshot()) == []


@pytest.mark.parametrize(
    ("condition", "step"),
    [
        (leaf("deal.price", "eq", "5"), "value"),
        (leaf("deal.price", "in", [5, "6", True]), "value[1]"),
        (leaf("deal.price", "contains", "5"), "value"),
        (leaf("deal.price", "has_any", ["5"]), "value"),
        (leaf("deal.price", "days", [0, 0]), "value"),
        (leaf("deal.note", "ge", 5), "value"),
        (leaf("deal.note", "between", [None, None]), "value"),
        (leaf("deal.stage", "eq", 5), "value"),
        (leaf("deal.hot", "eq", "true"), "value"),
        (leaf("deal.since", "lt", {"instant": "2026-11-24T09:00:00Z"}), "value"),
        (leaf("deal.seen", "eq", {"date": "2026-11-24"}), "value"),
        (leaf("deal.labels", "contains", "x"), "value"),
        (leaf("deal.labels", "ge", 5), "value"),
    ],
)
def test_wrong_kind(condition, step):
    assert ("wrong_kind", f"{WHERE}.{step}") in found(asking(condition), snapshot())
    assert found(asking(condition)) == []


def test_wrong_kind_of_what_needs_no_declaration():
    assert found(asking({"not": leaf("deal.name", "ge", 5)})) == [("wrong_kind", f"{WHERE}.not.value")]


def test_wrong_kind_of_several_constants():
    paths = [path for _, path in found(asking(leaf("deal.price", "in", [5, "6", True])), snapshot())]

    assert paths == [f"{WHERE}.value[1]", f"{WHERE}.value[2]"]


def test_eq_on_list():
    rules = asking({"not": leaf("deal.tags", "eq", "vip")}, {"not": leaf("deal.goods", "in", ["tea"])})

    assert ("eq_on_list", f"{WHERE}.not.op") in found(rules)
    assert ("eq_on_list", "roles[0].priorities[1].where.not.op") in found(rules, snapshot())
    assert found(asking(leaf("deal.note", "eq", "tea")), snapshot()) == []


def test_order_not_sortable():
    fields = (
        "deal.price",
        "deal.since",
        "deal.seen",
        "task.created",
        "deal.name",
        "deal.stage",
        "deal.labels",
        "deal.hot",
    )
    rules = of(priority(order=[{"by": "field", "field": field} for field in fields]))
    numbers = [
        int(re.findall(r"\d+", path)[-1]) for code, path in found(rules, snapshot()) if code == "order_not_sortable"
    ]

    assert [fields[number] for number in numbers] == ["deal.name", "deal.stage", "deal.labels", "deal.hot"]
    assert [fields[int(re.findall(r"\d+", path)[-1])] for _, path in found(rules)] == ["deal.name"]
