"""Never and implied: certain over all data, and found wherever a supervisor would see it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.check.implication import can_be_true, implies
from workplaces_core.model import Contact, Deal, Links, Task
from workplaces_core.policy import All, AnyOf, Condition, ConditionOp, Leaf, Not
from workplaces_core.rules.conditions import verdict

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")

NUMBERS = (0, 1, -1, 0.5, -0.0, 2**53, 2**53 + 1, 2.0**53, 1e300, 2**63 - 1)
DATES = (TODAY - DAY, TODAY, TODAY + DAY, date.min, date.max)
INSTANTS = (NOON - TICK, NOON, NOON + TICK, NOON + DAY, datetime.max.replace(tzinfo=UTC))
TEXTS = ("", "a", "A", "ab", "ß", "SS", "ssa", "İ", "i", "ba", "aba", "\ue000")
LISTS = ((), ("a",), ("b",), ("a", "b"), ("A", "c"), ("b", "c"), ("a", "b", "c"))
VALUES = (None, True, False, *NUMBERS, *DATES, *INSTANTS, *TEXTS, *LISTS)
PATHS = ("deal.f", "deal.f", "deal.f", "contact.f", "deal.tags", "deal.name", "task.type", "task.text", "task.created")

ODD = ConditionOp("odd", 1, "scalar", lambda value, _: value % 2 == 1 if isinstance(value, int) else None)


def random_leaf(rng: Random) -> Leaf:
    """A comparison over few paths and constants, so that most pairs have something to do with each other."""
    ordered = rng.choice((NUMBERS, DATES, INSTANTS))
    scalars = (*NUMBERS, *DATES, *INSTANTS, *TEXTS, True, False)
    days = sorted(rng.choice((-1, 0, 1, 2)) for _ in range(2))
    op, constant = rng.choice(
        (
            ("eq", rng.choice(scalars)),
            ("in", tuple(rng.choice(scalars) for _ in range(rng.randrange(4)))),
            *((op, rng.choice(ordered)) for op in ("lt", "le", "gt", "ge")),
            ("between", tuple(None if rng.random() < 0.3 else rng.choice(ordered) for _ in range(2))),
            *((op, rng.choice(TEXTS)) for op in ("contains", "starts_with", "contains")),
            *((op, rng.choice(LISTS)) for op in ("has_any", "has_all", "has_any")),
            ("days", tuple(None if rng.random() < 0.3 else day for day in days)),
            ("is_set", True),
            ("odd", 1),
        )
    )
    return Leaf(rng.choice(PATHS), op, constant, ODD if op == "odd" else None)


def random_tree(rng: Random, depth: int = 2):
    """A small tree of such comparisons."""
    shape = rng.choice(("leaf", "leaf", "not", "all", "any")) if depth else "leaf"
    if shape == "leaf":
        return random_leaf(rng)
    if shape == "not":
        return Not(random_tree(rng, depth - 1))
    parts = tuple(random_tree(rng, depth - 1) for _ in range(rng.choice((0, 1, 2, 2, 3))))
    return All(parts) if shape == "all" else AnyOf(parts)


def random_world(rng: Random) -> tuple[Task, Links, date]:
    """A task with a deal and a contact, or without, whose fields hold anything."""
    name = rng.choice(TEXTS)
    deal = Deal("d1", name, None, tags=rng.choice(LISTS), fields={"f": rng.choice(VALUES)})
    contact = Contact("c1", "", None, fields={"f": rng.choice(VALUES)})
    task = Task("t1", rng.choice([text for text in TEXTS if text]), name, "u1", rng.choice(INSTANTS[:-1]), TODAY)
    links = Links(deal if rng.random() < 0.9 else None, contact if rng.random() < 0.9 else None)
    return task, links, rng.choice((TODAY - DAY, TODAY, TODAY + DAY))


@given(seed=st.integers(0, 2**32))
def test_a_condition_that_can_never_be_true_never_is(seed):
    rng = Random(seed)
    for _ in range(30):
        parts = [random_tree(rng), random_tree(rng)]
        if not can_be_true(*parts):
            for _ in range(30):
                task, links, today = random_world(rng)
                assert verdict(All(tuple(parts)), task, links, today, BERLIN) is not True, parts


@given(seed=st.integers(0, 2**32))
def test_where_a_condition_is_true_something_it_implies_is(seed):
    rng = Random(seed)
    for _ in range(30):
        tree = random_tree(rng)
        others = [random_tree(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        if implies([tree], others):
            for _ in range(30):
                task, links, today = random_world(rng)
                if verdict(tree, task, links, today, BERLIN) is True:
                    assert verdict(AnyOf(tuple(others)), task, links, today, BERLIN) is True, (tree, others)


@given(seed=st.integers(0, 2**32))
def test_every_condition_implies_itself_and_is_never_true_beside_its_opposite(seed):
    tree = random_tree(Random(seed), 3)

    assert implies([tree], [tree])
    assert not can_be_true(tree, Not(tree))


@given(seed=st.integers(0, 2**32))
def test_a_condition_that_some_world_makes_true_can_be_true(seed):
    """And what some world refutes is not implied: the same property, aimed at trees that do match."""
    rng = Random(seed)
    for _ in range(60):
        task, links, today = random_world(rng)
        tree, other = random_tree(rng), random_tree(rng)
        if verdict(tree, task, links, today, BERLIN) is True:
            assert can_be_true(tree)
            if verdict(other, task, links, today, BERLIN) is not True:
                assert not implies([tree], [other])


PRICE = "deal.price"


@pytest.mark.parametrize(
    "condition",
    [
        AnyOf(()),
        Not(All(())),
        Leaf(PRICE, "eq", ""),
        Leaf(PRICE, "in", ()),
        Leaf("deal.tags", "has_any", ()),
        Leaf("deal.tags", "eq", "vip"),
        Leaf("deal.name", "ge", 5),
        Not(Leaf("task.created", "is_set", True)),
        Leaf(PRICE, "between", (10, 5)),
        All((Leaf(PRICE, "gt", 1), Leaf(PRICE, "lt", 1))),
        All((Leaf(PRICE, "gt", 2**53), Leaf(PRICE, "lt", 2**53 + 1))),
        All((Leaf(PRICE, "gt", TODAY), Leaf(PRICE, "lt", TODAY + DAY))),
        All((Leaf(PRICE, "ge", 1), Leaf(PRICE, "ge", TODAY))),
        All((Leaf("deal.name", "starts_with", "Ab"), Not(Leaf("deal.name", "contains", "B")))),
        All((Leaf("deal.name", "starts_with", "a"), Leaf("deal.name", "starts_with", "b"))),
        All((Leaf("deal.tags", "has_all", ("a", "b")), Not(Leaf("deal.tags", "has_any", ("b",))))),
        All((Leaf("deal.when", "days", (0, 3)), Leaf("deal.when", "days", (5, None)))),
        Leaf("deal.when", "days", (1, 0)),
        All((Leaf("task.type", "eq", "1"), AnyOf((Leaf("task.type", "eq", "2"), Leaf("task.type", "in", ("3",)))))),
        All((Not(Leaf(PRICE, "is_set", True)), Leaf(PRICE, "eq", 5))),
    ],
)
def test_a_contradiction_is_found(condition):
    assert not can_be_true(condition)


@pytest.mark.parametrize(
    "condition",
    [
        None,
        All(()),
        Not(Leaf(PRICE, "ge", 5)),
        All((Leaf(PRICE, "ge", 1), Leaf(PRICE, "le", 1))),
        All((Leaf(PRICE, "gt", 1), Leaf(PRICE, "lt", 2))),
        All((Leaf(PRICE, "gt", 2**53), Leaf(PRICE, "lt", 2**53 + 2))),
        All((Leaf(PRICE, "gt", 0), Leaf(PRICE, "lt", 5e-324 * 2))),
        All((Leaf(PRICE, "gt", TODAY), Leaf(PRICE, "lt", TODAY + 2 * DAY))),
        All((Leaf(PRICE, "gt", NOON), Leaf(PRICE, "days", (-5, -5)))),
        All(
            (
                Leaf("deal.name", "starts_with", "a"),
                Leaf("deal.name", "starts_with", "AB"),
                Leaf("deal.name", "contains", "c"),
            )
        ),
        All(
            (
                Leaf("deal.name", "contains", "a"),
                Leaf("deal.name", "contains", "b"),
                Not(Leaf("deal.name", "contains", "ab")),
            )
        ),
        All((Leaf("deal.tags", "has_any", ("a", "b")), Not(Leaf("deal.tags", "has_any", ("b",))))),
        All((Leaf("deal.tags", "has_any", ("a", "b")), Not(Leaf("deal.tags", "has_all", ("a", "b"))))),
        Leaf("deal.labels", "has_all", ()),
        All((Leaf("deal.labels", "has_all", ()), Not(Leaf("deal.labels", "has_any", ("x",))))),
        Leaf("deal.x", "odd", 1, ODD),
        Leaf("deal.labels", "eq", "vip"),
    ],
)
def test_what_is_possible_is_not_called_a_contradiction(condition):
    assert can_be_true(condition)


@pytest.mark.parametrize(
    ("condition", "others"),
    [
        (None, [All(())]),
        (None, [Leaf("deal.x", "is_set", True), Not(Leaf("deal.x", "is_set", True))]),
        (Leaf(PRICE, "gt", 5), [Leaf(PRICE, "ge", 5)]),
        (Leaf(PRICE, "eq", 5), [Leaf(PRICE, "in", (4, 5.0))]),
        (Leaf(PRICE, "between", (1, 5)), [Leaf(PRICE, "le", 2), Leaf(PRICE, "ge", 2)]),
        (Leaf("deal.name", "starts_with", "Acme"), [Leaf("deal.name", "contains", "cm")]),
        (Leaf("deal.name", "eq", "Acme"), [Leaf("deal.name", "starts_with", "AC")]),
        (Leaf("deal.tags", "has_all", ("a", "b")), [Leaf("deal.tags", "has_any", ("b", "c"))]),
        (
            Leaf("deal.tags", "has_any", ("a", "b")),
            [Leaf("deal.tags", "has_any", ("a",)), Leaf("deal.tags", "has_any", ("b",))],
        ),
        (Leaf("deal.when", "days", (0, 0)), [Leaf("deal.when", "days", (None, 3))]),
        (All((Leaf(PRICE, "ge", 1), Leaf("deal.stage", "eq", "new"))), [Leaf("deal.stage", "eq", "new")]),
        (Leaf("deal.stage", "eq", "new"), [AnyOf((Leaf("deal.stage", "eq", "new"), Leaf(PRICE, "ge", 1)))]),
        (Leaf("deal.x", "odd", 1, ODD), [Leaf("deal.x", "odd", 1, ODD)]),
        (Leaf("deal.x", "odd", 1, ODD), [Leaf("deal.x", "is_set", True)]),
        (Leaf(PRICE, "in", tuple(range(5000))), [Leaf(PRICE, "in", tuple(range(5000)))]),
    ],
)
def test_what_is_implied_is_found(condition, others):
    assert implies([condition], others)


@pytest.mark.parametrize(
    ("condition", "others"),
    [
        (None, []),
        (None, [Leaf(PRICE, "ge", 5), Leaf(PRICE, "lt", 5)]),
        (Leaf(PRICE, "is_set", True), [Leaf(PRICE, "ge", 5), Leaf(PRICE, "lt", 5)]),
        (Leaf(PRICE, "ge", 5), [Leaf(PRICE, "gt", 5)]),
        (Leaf(PRICE, "eq", 1), [Leaf(PRICE, "eq", True)]),
        (Leaf("deal.x", "odd", 1, ODD), [Leaf("deal.x", "odd", True, ODD)]),
        (Leaf("deal.x", "odd", 1, ODD), [Leaf("deal.y", "odd", 1, ODD)]),
        (Not(Leaf(PRICE, "gt", 5)), [Leaf(PRICE, "le", 5)]),
        (Leaf("deal.name", "contains", "cm"), [Leaf("deal.name", "starts_with", "Acme")]),
        (Leaf("deal.tags", "has_any", ("a", "b")), [Leaf("deal.tags", "has_any", ("a",))]),
        (Leaf("deal.when", "days", (0, 0)), [Leaf("deal.when", "eq", TODAY)]),
    ],
)
def test_what_has_a_counterexample_is_not_called_implied(condition, others):
    assert not implies([condition], others)


def test_a_question_that_takes_too_long_is_answered_as_if_it_had_a_counterexample():
    many = All(tuple(AnyOf(tuple(Leaf(f"deal.f{n}", "eq", k) for k in range(9))) for n in range(300)))
    wide = Leaf(PRICE, "in", tuple(range(5000)))

    assert can_be_true(many, Leaf("deal.f150", "eq", "no"))
    assert not implies([wide], [Leaf(PRICE, "in", tuple(range(5001)))])
    lists = [Leaf("deal.tags", "has_any", tuple(f"{n}{k}" for k in range(9))) for n in range(9)]
    assert can_be_true(*lists)


def test_deep_trees_are_no_trouble():
    deep: Condition = Leaf(PRICE, "gt", 5)
    for _ in range(32):
        deep = Not(Not(All((deep,))))

    assert implies([deep], [Leaf(PRICE, "ge", 5)])
