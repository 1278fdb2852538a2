"""Encoded columns judge as the evaluator does, and places sort as the readable key does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential import cases
from workplaces_core import wire
from workplaces_core.history.columns import Coded, Numbers, Texts, column_of
from workplaces_core.history.extra import np
from workplaces_core.history.facts import paths_of, paths_of_plugins
from workplaces_core.history.gathering import Rows
from workplaces_core.history.places import Places, sorted_by_person
from workplaces_core.history.tables import depends_on_today, first_of, matches
from workplaces_core.history.terms import terms_of
from workplaces_core.model import Account, Deal, Links, Snapshot, Subject, Task
from workplaces_core.policy import All, AnyOf, ConditionOp, Leaf, Not, OrderKey, OrderOp, Policy, Priority, Role
from workplaces_core.rules.conditions import compare
from workplaces_core.rules.intervals import RoleMoment
from workplaces_core.rules.matching import admits, condition_verdict
from workplaces_core.rules.ordering import BY_PRIORITY, order_rank, place
from workplaces_core.rules.zones import zone
from workplaces_core.testing import strategies

TODAY, WHERE = date(2026, 11, 24), zone("Europe/Moscow")
NUMBERS = (0, 1, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 150_000)
FLOATS = (0.0, -0.0, 0.1, 1.0, -1.5, float(2**53), 1e300, -1e300, 5e-324, 150000.0)
TAGS = ("vip", "new", "Straße", "VIP")


def verdicts(column, leaves):
    """What a column says of leaves, row by row."""
    found = {}
    for judged in column.judged(dict(enumerate(leaves)), TODAY, WHERE):
        for number, told in judged.verdicts.items():
            found[number] = [told[code] for code in judged.codes.tolist()]
    return [found[number] for number in range(len(leaves))]


def compared(leaves, values):
    """What the evaluator says."""
    return [[compare(leaf, None if value in ("", ()) else value, TODAY, WHERE) for value in values] for leaf in leaves]


def numeric_leaves():
    for constant in (*NUMBERS, *FLOATS):
        yield from (Leaf("deal.x", op, constant) for op in ("eq", "lt", "le", "gt", "ge"))
    yield from (Leaf("deal.x", "between", bounds) for bounds in ((1, 2**53), (None, 0.1), (0.1, None), (None, None)))
    yield from (Leaf("deal.x", "in", constants) for constants in ((1, "1", True), (2**53 + 1, 0.1), ()))
    yield from (Leaf("deal.x", "is_set", True), Leaf("deal.x", "contains", "1"), Leaf("deal.x", "days", (0, 0)))
    yield from (Leaf("deal.x", "has_any", ("vip",)), Leaf("deal.x", "ge", TODAY), Leaf("deal.x", "eq", True))


@pytest.mark.parametrize(("values", "dtype"), [(NUMBERS, np.int64), (FLOATS, np.float64)], ids=["whole", "floats"])
def test_numbers_are_judged_exactly_between_the_constants(values, dtype):
    leaves = list(numeric_leaves())
    column = Numbers(np.array([*values, 0], dtype=dtype), np.array([False] * len(values) + [True]))

    assert verdicts(column, leaves) == compared(leaves, [*values, None])
    for leaf in leaves:  # alone, there are other cuts
        assert verdicts(column, [leaf]) == compared([leaf], [*values, None])


def text_leaves():
    for wanted in (("vip",), ("vip", "new"), ("nobody has it",), ("vip", "nobody has it"), ()):
        yield from (Leaf("deal.tags", op, wanted) for op in ("has_any", "has_all"))
    yield from (Leaf("deal.tags", "is_set", True), Leaf("deal.tags", "eq", "vip"), Leaf("deal.tags", "in", ("vip",)))
    yield from (Leaf("deal.tags", "ge", 1), Leaf("deal.tags", "contains", "v"), Leaf("deal.tags", "days", (0, 1)))


def test_lists_of_texts_are_judged_by_their_bits():
    lists = [(), ("vip",), ("new", "vip"), ("Straße",), None, TAGS]
    leaves = list(text_leaves())
    column = column_of(lists)

    assert isinstance(column, Texts)
    assert verdicts(column, leaves) == compared(leaves, lists)


def test_more_texts_than_a_word_has_bits():
    lists = [(f"tag-{number}",) for number in range(150)] + [tuple(f"tag-{number}" for number in range(150)), None]
    leaves = [Leaf("deal.tags", op, ("tag-3", "tag-70", "tag-149")) for op in ("has_any", "has_all")]
    column = column_of(lists)

    assert isinstance(column, Texts)
    assert len(column.words) == 3
    assert verdicts(column, leaves) == compared(leaves, lists)
    assert [column.value(row) for row in (0, 151)] == [("tag-0",), None]


@given(st.lists(strategies.field_values()), st.lists(strategies.leaves(), min_size=1, max_size=12))
@settings(max_examples=200)
def test_any_column_judges_as_the_evaluator_does(values, leaves):
    for column in (Coded.of(values), column_of(values)):
        assert verdicts(column, leaves) == compared(leaves, values)


def test_many_numbers_of_one_type_become_numbers_and_keep_their_values():
    values = [None, *range(1000)]
    column = column_of(values)

    assert isinstance(column, Numbers)
    assert [column.value(row) for row in range(len(values))] == values
    assert isinstance(column_of([*values, 0.5]), Coded)
    assert isinstance(column_of([*values, True]), Coded)


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    "values",
    [
        [5, None, 7, 5, -(2**63), 2**63 - 1],
        [0.5, None, -0.5, 0.0],
        [5, 0.5, TODAY, "x", ("vip",), None, True],
        [("a",)],
    ],
    ids=["whole", "floats", "mixed", "lists"],
)
def test_ranks_sort_as_the_order_key_does(values, direction):
    key = OrderKey("field", "deal.x", direction)
    wanted = [order_rank(key, value) for value in values]
    kinds = {type(value) for value in values} - {type(None)}
    columns = [Coded.of(values), column_of(values)]
    if kinds <= {int} or kinds <= {float}:
        missing = np.array([value is None for value in values])
        columns.append(Numbers(np.array([value or 0 for value in values]), missing))
    for column in columns:
        ranks = column.ranks(key).tolist()
        assert [one < other for one in ranks for other in ranks] == [one < other for one in wanted for other in wanted]


# -- terms and tables


def test_a_condition_of_too_many_terms_has_none():
    pairs = All(tuple(AnyOf((Leaf(f"deal.{n}", "is_set", True), Leaf(f"deal.{n}", "eq", 1))) for n in range(5)))

    assert terms_of(pairs) is None
    assert len(terms_of(pairs, 32) or ()) == 32


def test_a_term_that_contradicts_itself_is_left_out():
    leaf = Leaf("deal.x", "eq", 1)

    assert terms_of(All((leaf, Not(leaf)))) == []
    assert len(terms_of(All((leaf, Not(Leaf("deal.x", "eq", True))))) or ()) == 1


def facts_of(policy, snapshot):
    """Encode all tasks of a snapshot."""
    rows = Rows(paths_of(policy), paths_of_plugins(policy))
    for task in snapshot.tasks.values():
        rows.add(task, rows.read(task, snapshot.links(task)))
    return rows.facts()


def wanted_bits(moment, snapshot):
    """What the readable rules say of every task."""
    return [
        sum(
            1 << number
            for number, priority in enumerate(moment.role.priorities)
            if admits(priority, task) and condition_verdict(priority, task, snapshot.links(task), moment) is True
        )
        for task in snapshot.tasks.values()
    ]


@pytest.mark.parametrize("seeds", [range(first, first + 30) for first in range(0, 150, 30)], ids=str)
def test_tables_match_as_the_rules_do_and_so_do_trees(seeds):
    for seed in seeds:
        rng = Random(seed)
        anchor, zone_name = cases.random_anchor(rng)
        policy = wire.load_policy(cases.random_policy(rng, zone_name, anchor))
        snapshot = wire.load_snapshot(cases.random_snapshot(rng, zone_name, anchor))
        facts = facts_of(policy, snapshot)
        for role in policy.roles:
            moment = RoleMoment.of(role, policy, snapshot.account, anchor)
            wanted = wanted_bits(moment, snapshot)
            for most in (16, 1, 0):
                found = matches(role.priorities, facts, moment.today, moment.where, most_terms=most, reasons=True)
                assert found.bits.tolist() == wanted
                for _, allowed in found.allowed:  # no column takes away what matched
                    assert (allowed & found.bits).tolist() == wanted


def one_role(*priorities, snapshot):
    role = Role("r1", "Sales", priorities=priorities)
    policy = Policy(1, (role,))
    return role, facts_of(policy, snapshot), RoleMoment.of(role, policy, snapshot.account, NOW)


NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def deals_of(values):
    """An account with a task a deal, whose field x holds the values."""
    deals = [Deal(f"d{n}", "", None, (), {"x": value}) for n, value in enumerate(values)]
    tasks = [Task(f"t{n}", "1", "", "u1", NOW, TODAY, Subject("deal", f"d{n}")) for n in range(len(values))]
    return Snapshot(Account("acme", "UTC"), deals=deals, tasks=tasks)


def test_more_priorities_than_a_word_has_bits():
    snapshot = deals_of(list(range(100)))
    priorities = [Priority(f"p{n}", "", where=Leaf("deal.x", "ge", n)) for n in range(100)]
    role, facts, moment = one_role(*reversed(priorities), snapshot=snapshot)
    found = matches(role.priorities, facts, moment.today, moment.where)

    assert found.bits.tolist() == wanted_bits(moment, snapshot)
    assert first_of(found.bits).tolist() == [99 - n for n in range(100)]


def test_a_plugins_op_sees_every_value_as_it_is_and_its_faults_admit_nothing():
    seen = []

    def test(value, _):
        seen.append(value)
        return 1 / 0 if value == "x" else value == ("b", "a")

    op = ConditionOp("odd", 1, "true", test)
    where = Not(Leaf("deal.x", "odd", True, op))
    snapshot = deals_of([("b", "a"), ("a", "b"), "x", None, ("b", "a")])
    role, facts, moment = one_role(Priority("p", "", where=where), snapshot=snapshot)

    assert matches(role.priorities, facts, moment.today, moment.where).bits.tolist() == [0, 1, 0, 1, 0]
    assert wanted_bits(moment, snapshot) == [0, 1, 0, 1, 0]
    assert ("b", "a") in seen


def test_counting_days_depends_on_today_and_nothing_else_does():
    days = Priority("d", "", where=Not(Leaf("deal.x", "days", (0, 0))))

    assert depends_on_today([days])
    assert not depends_on_today([Priority("p", "", where=Leaf("deal.x", "ge", TODAY))])


@given(st.lists(st.integers(0, 2**62), min_size=1))
def test_the_lowest_bit_of_words_of_any_size(values):
    wanted = [(value & -value).bit_length() - 1 for value in values]

    assert first_of(np.array(values, dtype=np.uint64)).tolist() == wanted
    assert first_of(np.array(values, dtype=object)).tolist() == wanted


# -- places


@pytest.mark.parametrize("seeds", [range(first, first + 30) for first in range(200, 290, 30)], ids=str)
def test_keys_sort_as_the_readable_keys_do(seeds):
    for seed in seeds:
        rng = Random(seed)
        anchor, zone_name = cases.random_anchor(rng)
        policy = wire.load_policy(cases.random_policy(rng, zone_name, anchor))
        snapshot = wire.load_snapshot(cases.random_snapshot(rng, zone_name, anchor))
        facts, tasks = facts_of(policy, snapshot), list(snapshot.tasks.values())
        for role in policy.roles:
            moment = RoleMoment.of(role, policy, snapshot.account, anchor)
            places = Places(facts, role, role.timezone or snapshot.account.timezone)
            now = (moment.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            assert places.due_days.tolist() == [moment.due_date(task).toordinal() for task in tasks]
            for number in range(len(role.priorities)):
                rows = np.arange(len(tasks))
                keys = places.keys(rows, np.full(len(tasks), number), now, moment.today.toordinal())
                wanted = [place(task, snapshot.links(task), moment, BY_PRIORITY, number).key for task in tasks]
                by_key = sorted(range(len(tasks)), key=wanted.__getitem__)
                assert np.argsort(keys).tolist() == by_key
                assert places.rows(keys).tolist() == rows.tolist()


def test_an_order_key_of_a_plugin_sorts():
    by_length = OrderKey("length", "deal.x", "asc", OrderOp("length", 1, lambda value: (len(str(value or "")),)))
    snapshot = deals_of(["ccc", "a", None, "bb"])
    role, facts, _ = one_role(Priority("p", "", order=(by_length,)), snapshot=snapshot)

    assert Places(facts, role, "UTC").of_priority[0].rows.tolist() == [2, 1, 3, 0]


def test_people_that_do_not_fit_into_one_word_are_sorted_all_the_same():
    people, keys = np.array([3, 1, 3, 1]), np.array([2**61, 5, 7, 4])

    assert [each.tolist() for each in sorted_by_person(people, keys, 4)] == [[1, 1, 3, 3], [4, 5, 7, 2**61]]
    assert [each.tolist() for each in sorted_by_person(people, keys // 2**40, 4)] == [[1, 1, 3, 3], [0, 0, 0, 2**21]]


def test_rows_are_read_with_what_they_belong_to():
    rows = Rows(["deal.x", "task.text"])
    (task,) = deals_of([5]).tasks.values()

    assert rows.read(task, Links(Deal("d0", "", None, (), {"x": 5}))) == (5, None)
