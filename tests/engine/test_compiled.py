"""Generated code: it judges as the evaluator does, whatever it meets, and no data ever becomes code."""

from __future__ import annotations

import ast
import io
import linecache
import re
import tokenize
import traceback
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workplaces_core.changes import Set
from workplaces_core.check.failures import condition_failures
from workplaces_core.engine import Engine
from workplaces_core.engine.compiled import CompiledPolicy
from workplaces_core.model import Account, Company, Contact, Deal, Links, Snapshot, Subject, Task, User
from workplaces_core.policy import (
    OPERANDS,
    All,
    AnyOf,
    CommonQueue,
    ConditionOp,
    Interval,
    Leaf,
    Members,
    Not,
    OrderKey,
    Policy,
    Priority,
    Role,
    leaves,
)
from workplaces_core.rules.conditions import verdict
from workplaces_core.rules.matching import admits
from workplaces_core.rules.zones import zone

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY, MOSCOW = date(2026, 11, 24), zone("Europe/Moscow")
ALWAYS = Interval("always", 0, 1440, days=(0, 1, 2, 3, 4, 5, 6))

TEXTS = (
    *("", "a", "A", "'", '"', "\\", "\n", "\r", "\r\n", "\t", "\0", "\x0b", "\x0c", "\x1b", "\x85", "\u2028", "\u2029"),
    *("'''", '"""', "\\'", "\\\\'", "\\n", "#", "{}", "{0}", "{{", "%s", "${x}", "\\N{BULLET}", "\ufeff", "\x7f"),
    *("__import__('os')", "');raise SystemExit#", "')\nraise SystemExit\n('", '"+exit()+"', "x\n    return 0 #"),
    *("None", "True", "v0", "c0", "match", "deal", "get", "lambda: 0", "😀", "é", "e\u0301", "\u202e"),
    *("Straße", "STRASSE", "İ", "i", "ß", "ſ", "ΑΣ", "ας", "\U0010ffff", "\ufffe", "0", "1", "true", "x" * 3000),
)
NUMBERS = (0, 1, -1, 2, 0.0, -0.0, 1.0, 0.1, 1.5, 2**53, 2**53 + 1, float(2**53), 2**63 - 1, -(2**63), 1e300, 5e-324)
DATES = (TODAY, TODAY - timedelta(days=1), TODAY + timedelta(days=2), date(1970, 1, 1), date(2199, 12, 31))
INSTANTS = (NOW, NOW + timedelta(microseconds=1), datetime(2026, 11, 24, tzinfo=UTC), NOW + timedelta(hours=13))
LISTS = ((), ("",), ("a",), ("a", "b"), ("'",), ("\n", "__import__('os')"), ("Straße",), ("1",))
SCALARS = (*TEXTS, *NUMBERS, True, False, *DATES, *INSTANTS)
VALUES = (None, *SCALARS, *LISTS)

scalars, texts = st.sampled_from(SCALARS), st.sampled_from(TEXTS) | st.text(max_size=5).filter(str.isprintable)
bounds = st.sampled_from((NUMBERS, DATES, INSTANTS)).flatmap(
    lambda pool: st.tuples(*[st.none() | st.sampled_from(pool)] * 2)
)
days = st.sampled_from((None, -1, 0, 1, 2, 10**6, -(2**63)))
BY_OPERAND = {
    "scalar": scalars,
    "scalars": st.lists(scalars, max_size=6).map(tuple),
    "ordered": st.sampled_from((*NUMBERS, *DATES, *INSTANTS)),
    "range": bounds,
    "text": texts,
    "texts": st.lists(texts, max_size=4).map(tuple),
    "day range": st.tuples(days, days),
    "true": st.just(value=True),
}

CONSTANTS = {
    "scalar": SCALARS,
    "scalars": ((), (1,), (True,), (1.0, False), (0,), ("",), ("", "a", 1), TEXTS, NUMBERS, DATES, INSTANTS, SCALARS),
    "ordered": (*NUMBERS, *DATES, *INSTANTS),
    "range": (
        *((None, None), (0, 1), (1, 0), (None, 0), (0, None), (-0.0, 1.0), (2**53, 2**53 + 1), (TODAY, None)),
        *((DATES[1], DATES[2]), (None, NOW), (NOW, INSTANTS[1]), (INSTANTS[2], None)),
    ),
    "text": TEXTS,
    "texts": (*LISTS, TEXTS, ("a", "a")),
    "day range": ((None, None), (0, 0), (None, 0), (1, None), (-1, 1), (1, -1), (-(2**63), 2**63 - 1)),
    "true": (True,),
}


def every_leaf(op, field="deal.x"):
    return [Leaf(field, op, constant) for constant in CONSTANTS[OPERANDS[op]]]


def role_of(condition, number=0, **other):
    priority = Priority("p", "P", where=condition, **other)
    return Role(f"r{number}", "R", members=Members(["u1"]), intervals=(ALWAYS,), priorities=(priority,))


def policy_of(conditions):
    return Policy(1, tuple(role_of(condition, number) for number, condition in enumerate(conditions)))


def task(task_id="t1", subject="d1", **other):
    return Task(task_id, "1", "Call", "u1", NOW, TODAY, Subject("deal", subject), **other)


def bits_of(policy, asked, links):
    """Judge every priority with the evaluator."""
    priorities = [each for role in policy.roles for each in role.priorities]
    judged = [admits(each, asked) and verdict(each.where, asked, links, TODAY, MOSCOW) is True for each in priorities]
    return sum(holds << number for number, holds in enumerate(judged))


def require_same_bits(conditions, asked, all_links):
    policy = policy_of(conditions)
    compiled = CompiledPolicy(policy)
    for number, given_links in enumerate(all_links):
        links = given_links
        if links.deal is not None:  # what a deal decides is kept under its id
            links = attrs.evolve(links, deal=attrs.evolve(links.deal, id=f"d{number}"))
        found = compiled.match(asked, links, [(TODAY, MOSCOW)] * len(policy.roles))
        wanted = bits_of(policy, asked, links)
        wrong = [each for n, each in enumerate(conditions) if (found ^ wanted) >> n & 1]
        assert not wrong, f"{wrong} judge {links} otherwise"


# The same verdicts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPERANDS)
def test_a_leaf_over_a_deal_judges_every_value_as_the_evaluator_does(op):
    conditions = [each for leaf in every_leaf(op) for each in (leaf, Not(leaf))]
    deals = [Deal(f"d{number}", "D", None, fields={"x": value}) for number, value in enumerate(VALUES)]

    # One leaf at a time too: among many, one that is asked in vain would send all of them to the evaluator.
    require_same_bits(conditions, task(), [Links(), Links(Deal("d", "D", None)), *map(Links, deals)])
    for condition in conditions:
        require_same_bits([condition], task(), map(Links, deals[:: max(1, len(conditions) // 12)]))


@pytest.mark.parametrize("op", OPERANDS)
def test_a_leaf_over_a_contact_judges_every_value_as_the_evaluator_does(op):
    conditions = [each for leaf in every_leaf(op, "contact.x") for each in (leaf, Not(leaf))]
    people = [Contact("c1", "C", None, fields={"x": value}) for value in VALUES]

    for condition in conditions:
        require_same_bits([condition], task(), [Links(None, each) for each in people[:: max(1, len(conditions) // 12)]])
    require_same_bits(conditions, task(), [Links(), *(Links(None, each) for each in people)])


@pytest.mark.parametrize(
    ("value", "constant"),
    [(0, False), (False, 0), (1, True), (True, 1), (1.0, True), (True, 1.0), (-0.0, False), (False, -0.0), ("1", 1),
     (TODAY, datetime(2026, 11, 24, tzinfo=UTC)), (datetime(2026, 11, 24, tzinfo=UTC), TODAY), ("2026-11-24", TODAY),
     (2**53 + 1, float(2**53)), (float(2**53), 2**53 + 1), ("é", "e\u0301"), (("a",), "a"), ("", 0), ("", False)],
)  # fmt: skip
@pytest.mark.parametrize("op", ["eq", "in"])
def test_what_only_looks_equal_is_not(op, value, constant):
    leaf = Leaf("deal.x", op, constant if op == "eq" else ("other", constant, 7))

    match = CompiledPolicy(policy_of([leaf])).match(task(), Links(Deal("d1", "", None, fields={"x": value})), ())

    assert match == 0


@pytest.mark.parametrize(("value", "constant"), [(1, 1.0), (1.0, 1), (0, -0.0), (-0.0, 0.0), (2**53, float(2**53))])
@pytest.mark.parametrize("op", ["eq", "in", "le", "ge"])
def test_numbers_are_equal_by_value(op, value, constant):
    leaf = Leaf("deal.x", op, (constant,) if op == "in" else constant)

    match = CompiledPolicy(policy_of([leaf])).match(task(), Links(Deal("d1", "", None, fields={"x": value})), ())

    assert match == 1


def test_priorities_that_differ_by_the_kind_of_a_constant_alone_are_kept_apart():
    conditions = [Leaf("deal.x", "eq", constant) for constant in (1, True, 1.0, "1", 0, False, -0.0, "")]

    deals = [Deal("d", "", None, fields={"x": value}) for value in (1, True, "1", 0, False, "", 2)]
    require_same_bits(conditions, task(), map(Links, deals))


# Trees ------------------------------------------------------------------------------------------------------

PATHS = (
    *("deal.x", "deal.x", "deal.name", "deal.tags", "deal.responsible", "deal.id", "deal.'", "deal.a.b", "deal.\n"),
    *("contact.x", "contact.tags", "contact.{0}", "company.x", "company.\u2028"),
    *("task.text", "task.responsible", "task.created", "task.type"),
)


@st.composite
def hostile_leaves(draw):
    op = draw(st.sampled_from(sorted(OPERANDS)))
    return Leaf(draw(st.sampled_from(PATHS)), op, draw(BY_OPERAND[OPERANDS[op]]))


def trees():
    def combined(part):
        parts = st.lists(part, max_size=3).map(tuple)
        return st.builds(Not, part) | st.builds(All, parts) | st.builds(AnyOf, parts)

    return st.recursive(hostile_leaves(), combined, max_leaves=8)


@st.composite
def fields(draw):
    names = ("x", "'", "a.b", "\n", "{0}", "\u2028")
    return {name: draw(st.sampled_from(VALUES)) for name in names if draw(st.booleans())}


@st.composite
def linked(draw):
    owners = [
        draw(st.none() | st.builds(cls, st.just(name), texts, st.none() | texts, st.lists(texts, max_size=2), fields()))
        for cls, name in ((Deal, "d1"), (Contact, "c1"), (Company, "o1"))
    ]
    return Links(*owners)


tasks_of_any_text = st.builds(
    Task, st.just("t1"), st.sampled_from(("1", "'")), texts, st.sampled_from(("u1", "'")), st.sampled_from(INSTANTS),
    st.just(TODAY),
)  # fmt: skip


@given(st.lists(trees(), min_size=1, max_size=4), tasks_of_any_text, linked())
def test_a_tree_judges_as_the_evaluator_does(drawn, asked, links):
    require_same_bits(drawn, asked, [links])


@given(st.lists(trees(), min_size=1, max_size=4), tasks_of_any_text, linked())
def test_an_engine_of_hostile_values_classifies_and_counts_errors_as_the_rules_do(drawn, asked, links):
    deal = attrs.evolve(links.deal or Deal("d1", "", None), contacts=("c1",), company="o1")
    asked = attrs.evolve(asked, subject=Subject("deal", "d1"))
    others = [[each] if each else [] for each in (links.contact, links.company)]
    snapshot = Snapshot(
        Account("a", "Europe/Moscow"), users=[User("u1", "U")], deals=[deal], contacts=others[0], companies=others[1],
        tasks=[asked],
    )  # fmt: skip
    engine = Engine(policy_of(drawn), snapshot)

    for number, condition in enumerate(drawn):
        holds = verdict(condition, asked, snapshot.links(asked), TODAY, MOSCOW) is True
        found = engine.classify([asked], role=f"r{number}", user=asked.responsible, now=NOW)
        assert found == ["p" if holds else None]
    assert engine.failures() == condition_failures(policy_of(drawn), snapshot)


@pytest.mark.parametrize("leaf", [Leaf("deal.x", "ge", 1), Leaf("contact.x", "has_any", ("a",))])
def test_the_deepest_tree_that_loads_compiles(leaf):
    deep = leaf
    for number in range(64):
        deep = (Not(deep), All((deep, leaf)), AnyOf((deep, Not(leaf))))[number % 3]
    links = [Links(Deal("d1", "", None, fields={"x": x}), Contact("c1", "", None, fields={"x": x})) for x in VALUES]

    require_same_bits([deep, Not(deep)], task(), links)


def told_of_a_wide_condition(width, path):
    wide = All(tuple(Not(Leaf(path, "eq", number)) for number in range(width)))
    snapshot = Snapshot(
        Account("a", "UTC"), users=[User("u1", "U")], tasks=[task()], contacts=[Contact("c1", "", None)],
        deals=[Deal("d1", "", None, contacts=("c1",), fields={"x": 3})],
    )  # fmt: skip
    engine = Engine(policy_of([wide]), snapshot)
    return engine.classify([task()], role="r0", user="u1", now=NOW, reasons=True)


@pytest.mark.parametrize("width", [50, 1000])
def test_a_wide_condition_compiles(width):
    assert told_of_a_wide_condition(width, "deal.x") == [(None, "where.all[3]")]
    assert told_of_a_wide_condition(width, "contact.x") == [("p",)]


def test_a_condition_of_any_width_compiles():
    assert told_of_a_wide_condition(5000, "deal.x") == [(None, "where.all[3]")]


# Ops of plugins ---------------------------------------------------------------------------------------------


def is_long(value, least):
    return len(value) >= least if isinstance(value, str) else None


def breaks(_value, _constant):
    raise TypeError("a plugin's fault")


def always_errs(_value, _constant):
    return None


def always_holds(_value, _constant):
    return True


@pytest.mark.parametrize("test", [is_long, breaks, always_errs, always_holds])
@pytest.mark.parametrize("beside", [None, Leaf("contact.when", "days", (0, 0)), Leaf("task.type", "eq", "1")])
@pytest.mark.parametrize("path", ["deal.x", "contact.x", "task.text"])
def test_an_op_of_a_plugin_judges_as_under_the_evaluator(test, beside, path):
    leaf = Leaf(path, "long", 2, ConditionOp("long", 1, "ordered", test))
    parts = [leaf, Not(leaf), *((AnyOf((leaf, beside)), All((leaf, Not(beside)))) if beside else ())]
    values = (None, "", "a", "abc", 5, True, ("a",), TODAY)
    links = [
        Links(Deal("d1", "", None, fields={"x": x}), Contact("c1", "", None, fields={"x": x, "when": TODAY}))
        for x in values
    ]

    for condition in parts:
        for each in links:
            require_same_bits([condition], task(), [each])


# No data becomes code ---------------------------------------------------------------------------------------

WORDS_OF_ITS_OWN = {
    *("", "deal", "interval_not_active", "wrong_type", "not_responsible", "outside_pool"),
}
NAMES = re.compile(
    r"[vcwr][0-9]+|task|user|deal|contact|company|moment|moments|match|own|get|links|subject|known|kept|of"
    r"|nothing|tell|account|pool|judge|days_from|bool|TypeError|KeyError|tuple|own"
)
ATTRIBUTES = {
    *("name", "responsible", "tags", "id", "text", "created", "type", "fields", "get", "casefold", "startswith"),
    *("__class__", "links", "deals", "deal", "contact", "company", "subject", "kind"),
}
NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.AugAssign, ast.BitOr, ast.BitAnd, ast.If),
    *(
        ast.Return,
        ast.Compare,
        ast.Is,
        ast.IsNot,
        ast.In,
        ast.Eq,
        ast.NotEq,
        ast.Lt,
        ast.LtE,
        ast.Gt,
        ast.GtE,
        ast.Raise,
    ),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Call, ast.Attribute, ast.Name),
    *(ast.Load, ast.Store, ast.Constant, ast.Tuple, ast.Set, ast.Subscript, ast.IfExp, ast.Try, ast.ExceptHandler),
)


def texts_in(policy):
    """List all texts that a policy may bring into generated code."""
    yield from WORDS_OF_ITS_OWN
    for role in policy.roles:
        for priority in role.priorities:
            yield from (priority.id, *priority.task_types)
            for path, leaf in leaves(priority.where):
                yield from (leaf.field.partition(".")[2], *re.findall(r"^where(?:\.all\[\d+\])?", path))
                for constant in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
                    if isinstance(constant, str):
                        yield from (constant, constant.casefold())


def generated_by(make):
    """Give what a call returns, and the text of all code that was generated meanwhile."""
    before = set(linecache.cache)
    made = make()
    found = [name for name in linecache.cache if name not in before and name.startswith("<workplaces")]
    return made, ["".join(linecache.getlines(name)) for name in found]


def used_by(policy, tasks):
    """Make an engine and have it generate everything there is."""
    snapshot = Snapshot(Account("a", "UTC"), users=[User("u1", "U")], tasks=tasks, deals=[Deal("d1", "", None)])
    engine = Engine(policy, snapshot)
    for role in policy.roles:
        for reasons in (False, True):
            engine.classify(tasks, role=role.id, user="u1", now=NOW, reasons=reasons)
    return engine


def require_harmless(text, policy):
    assert text.isascii()
    assert all(each.isprintable() or each == "\n" for each in text)
    allowed = set(texts_in(policy))
    for node in ast.walk(ast.parse(text)):
        assert isinstance(node, NODES), ast.dump(node)
        match node:
            case ast.Constant(value=str() as found):
                assert found in allowed, f"{found!r} is no text of the policy"
            case ast.Name(id=name) | ast.arg(arg=name):
                assert NAMES.fullmatch(name), name
            case ast.Attribute(attr=name):
                assert name in ATTRIBUTES, name


hostile_ids = st.sampled_from([each for each in TEXTS if each]) | st.text(min_size=1, max_size=4).filter(
    lambda text: not any("\ud800" <= each <= "\udfff" for each in text)
)


@st.composite
def hostile_policies(draw):
    roles = []
    for role_id in draw(st.lists(hostile_ids, min_size=1, max_size=2, unique=True)):
        priorities = [
            Priority(
                each, draw(hostile_ids), None,
                draw(st.lists(hostile_ids, max_size=2)), draw(st.none() | hostile_trees()),
                order=(OrderKey("field", f"deal.{draw(hostile_ids)}"),) if draw(st.booleans()) else (),
                common_queue=CommonQueue(Members([draw(hostile_ids)])) if draw(st.booleans()) else None,
            )
            for each in draw(st.lists(hostile_ids, max_size=3, unique=True))
        ]  # fmt: skip
        roles.append(Role(role_id, role_id, members=Members(["u1"]), intervals=(ALWAYS,), priorities=tuple(priorities)))
    return Policy(1, tuple(roles))


def hostile_trees():
    entity = st.sampled_from(("deal", "contact", "company"))
    named = st.builds("{}.{}".format, entity, hostile_ids)
    leaf = st.builds(lambda each, path: attrs.evolve(each, field=path), hostile_leaves(), named)
    return leaf | st.builds(All, st.lists(leaf, max_size=3).map(tuple)) | st.builds(Not, leaf) | hostile_leaves()


@given(hostile_policies(), st.data())
def test_generated_code_holds_texts_of_the_policy_only_as_constants(policy, data):
    types = [name for role in policy.roles for each in role.priorities for name in each.task_types] or ["1"]
    numbers = count()
    tasks = [
        Task(f"t{next(numbers)}", name, data.draw(texts), "u1", NOW, TODAY, Subject("deal", "d1")) for name in types
    ]
    engine, generated = generated_by(lambda: used_by(policy, tasks))

    assert generated
    for text in [*generated, engine.source()]:
        require_harmless(text, policy)


@pytest.mark.parametrize("text", [each for each in TEXTS if each], ids=ascii)
def test_a_hostile_text_in_every_place_is_harmless_and_means_itself(text):
    where = All((
        Leaf(f"deal.{text}", "eq", text), Leaf("deal.name", "contains", text),
        Leaf(f"contact.{text}", "in", (text, "x")), Leaf("deal.tags", "has_any", (text,)),
        Leaf("task.text", "starts_with", text), Leaf("task.type", "eq", text),
    ))  # fmt: skip
    priority = Priority(text, text, None, [text], where)
    policy = Policy(1, (Role(text, text, members=Members([text]), intervals=(ALWAYS,), priorities=(priority,)),))
    deal = Deal(text, text, text, [text], {text: text}, [text], text)
    mine = Task(text, text, text, text, NOW, TODAY, Subject("deal", text))
    snapshot = Snapshot(
        Account("a", "UTC"), users=[User(text, text)], deals=[deal], tasks=[mine],
        contacts=[Contact(text, text, None, fields={text: text})],
    )  # fmt: skip
    engine, generated = generated_by(lambda: Engine(policy, snapshot))

    assert engine.classify([mine], role=text, user=text, now=NOW, reasons=True) == [(text,)]
    assert engine.next_task(text, now=NOW) == text
    for each in generated:
        require_harmless(each, policy)


def comments(text):
    return [
        each.string for each in tokenize.generate_tokens(io.StringIO(text).readline) if each.type == tokenize.COMMENT
    ]


# Readable, also in a traceback ------------------------------------------------------------------------------

RICH = Priority("rich", "Rich", where=All((Leaf("deal.price", "ge", 150000), Leaf("deal.tags", "has_any", ("vip",)))))
LATE = Priority("late", "Late", None, ["call"], Leaf("contact.stage", "in", ("new", "won")))


def test_the_source_shows_every_priority_met_with_its_condition():
    policy = Policy(1, (Role("sales", "S", members=Members(["u1"]), intervals=(ALWAYS,), priorities=(RICH, LATE)),))
    called = attrs.evolve(task(), type="call")

    source = used_by(policy, [called]).source()

    assert "# 'sales' / 'rich'" in comments(source)
    assert "# 'sales' / 'late'" in comments(source)
    assert any(">= 150000" in line and "'vip' in" in line for line in source.splitlines())
    assert any("{'new', 'won'}" in line for line in source.splitlines())
    assert max(map(len, source.splitlines())) < 160


class Broken(float):
    """A number that cannot be compared."""

    def __ge__(self, other):
        raise RuntimeError("out of order")


@pytest.mark.parametrize("kind", ["deal", "contact"])
def test_a_traceback_shows_the_generated_line(kind):
    fields: dict[str, Any] = {"price": Broken(1)}
    snapshot = Snapshot(
        Account("a", "UTC"), users=[User("u1", "U")], contacts=[Contact("c1", "", None, fields=fields)],
        deals=[Deal("d1", "", None, fields=fields, contacts=("c1",))],
    )  # fmt: skip
    engine = Engine(policy_of([Leaf(f"{kind}.price", "ge", 150000)]), snapshot)
    linecache.checkcache()

    with pytest.raises(RuntimeError) as raised:
        engine.apply([Set("task", task())])

    shown = "".join(traceback.format_exception(raised.value))
    assert "<workplaces" in shown
    assert ">= 150000" in shown
