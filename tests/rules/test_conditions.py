"""Conditions against a table written by hand: every op, every kind of value, three truth values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from workplaces_core.model import Company, Contact, Deal, Links, Task
from workplaces_core.policy import OPERANDS, All, AnyOf, ConditionOp, Leaf, Not
from workplaces_core.rules.conditions import compare, is_missing, kind, read, verdict

UTC_ZONE = ZoneInfo("UTC")
TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOMORROW, YESTERDAY = date(2026, 11, 25), date(2026, 11, 23)

MISSING = (None, "", ())
VALUES = ("Acme", 5, 5.0, True, TODAY, NOON, ("new", "vip"))

#: op, constant, and what it makes of VALUES in turn: T(rue), F(alse) or E(rror)
TABLE: list[tuple[str, Any, str]] = [
    # op          constant                 text, int, float, boolean, date, instant, texts
    ("eq", "Acme", "TFFFFFF"),
    ("eq", "acme", "FFFFFFF"),
    ("eq", "", "FFFFFFF"),
    ("eq", "5", "FFFFFFF"),
    ("eq", "True", "FFFFFFF"),
    ("eq", "2026-11-24", "FFFFFFF"),
    ("eq", 5, "FTTFFFF"),
    ("eq", 5.0, "FTTFFFF"),
    ("eq", 6, "FFFFFFF"),
    ("eq", 1, "FFFFFFF"),
    ("eq", True, "FFFTFFF"),
    ("eq", False, "FFFFFFF"),
    ("eq", TODAY, "FFFFTFF"),
    ("eq", TOMORROW, "FFFFFFF"),
    ("eq", NOON, "FFFFFTF"),
    ("eq", NOON + SECOND, "FFFFFFF"),
    ("in", (), "FFFFFFF"),
    ("in", ("Acme", 5), "TTTFFFF"),
    ("in", ("x", 5.0), "FTTFFFF"),
    ("in", (1, 0), "FFFFFFF"),
    ("in", (True, TODAY), "FFFTTFF"),
    ("in", (YESTERDAY, NOON), "FFFFFTF"),
    ("lt", 6, "ETTEEEE"),
    ("lt", 5.5, "ETTEEEE"),
    ("lt", 5, "EFFEEEE"),
    ("lt", 4, "EFFEEEE"),
    ("le", 5, "ETTEEEE"),
    ("le", 5.0, "ETTEEEE"),
    ("le", 4.5, "EFFEEEE"),
    ("gt", 4, "ETTEEEE"),
    ("gt", 5, "EFFEEEE"),
    ("gt", 6, "EFFEEEE"),
    ("ge", 5, "ETTEEEE"),
    ("ge", 6, "EFFEEEE"),
    ("lt", TOMORROW, "EEEETEE"),
    ("lt", TODAY, "EEEEFEE"),
    ("le", TODAY, "EEEETEE"),
    ("le", YESTERDAY, "EEEEFEE"),
    ("gt", YESTERDAY, "EEEETEE"),
    ("gt", TODAY, "EEEEFEE"),
    ("ge", TODAY, "EEEETEE"),
    ("ge", TOMORROW, "EEEEFEE"),
    ("lt", NOON + SECOND, "EEEEETE"),
    ("lt", NOON, "EEEEEFE"),
    ("le", NOON, "EEEEETE"),
    ("le", NOON - SECOND, "EEEEEFE"),
    ("gt", NOON - SECOND, "EEEEETE"),
    ("gt", NOON, "EEEEEFE"),
    ("ge", NOON, "EEEEETE"),
    ("ge", NOON + SECOND, "EEEEEFE"),
    ("between", (None, None), "ETTETTE"),
    ("between", (5, 5), "ETTEEEE"),
    ("between", (4, 6.5), "ETTEEEE"),
    ("between", (None, 5), "ETTEEEE"),
    ("between", (None, 4), "EFFEEEE"),
    ("between", (5.0, None), "ETTEEEE"),
    ("between", (6, None), "EFFEEEE"),
    ("between", (6, 7), "EFFEEEE"),
    ("between", (3, 4), "EFFEEEE"),
    ("between", (7, 3), "EFFEEEE"),
    ("between", (TODAY, TODAY), "EEEETEE"),
    ("between", (None, TODAY), "EEEETEE"),
    ("between", (TOMORROW, None), "EEEEFEE"),
    ("between", (None, YESTERDAY), "EEEEFEE"),
    ("between", (NOON, NOON), "EEEEETE"),
    ("between", (NOON + SECOND, None), "EEEEEFE"),
    ("between", (None, NOON - SECOND), "EEEEEFE"),
    ("contains", "cm", "TEEEEEE"),
    ("contains", "CM", "TEEEEEE"),
    ("contains", "acme", "TEEEEEE"),
    ("contains", "", "TEEEEEE"),
    ("contains", "acme ", "FEEEEEE"),
    ("contains", "5", "FEEEEEE"),
    ("starts_with", "aC", "TEEEEEE"),
    ("starts_with", "", "TEEEEEE"),
    ("starts_with", "cm", "FEEEEEE"),
    ("has_any", ("vip",), "EEEEEET"),
    ("has_any", ("x", "new"), "EEEEEET"),
    ("has_any", ("VIP", "x"), "EEEEEEF"),
    ("has_any", (), "EEEEEEF"),
    ("has_all", ("vip",), "EEEEEET"),
    ("has_all", ("vip", "new", "vip"), "EEEEEET"),
    ("has_all", ("vip", "x"), "EEEEEEF"),
    ("has_all", (), "EEEEEET"),
    ("days", (None, None), "EEEETTE"),
    ("days", (0, 0), "EEEETTE"),
    ("days", (0, None), "EEEETTE"),
    ("days", (None, 0), "EEEETTE"),
    ("days", (-1, 1), "EEEETTE"),
    ("days", (1, None), "EEEEFFE"),
    ("days", (None, -1), "EEEEFFE"),
    ("days", (1, 2), "EEEEFFE"),
    ("days", (-2, -1), "EEEEFFE"),
    ("days", (1, -1), "EEEEFFE"),
    ("is_set", True, "TTTTTTT"),
]
LETTERS = {True: "T", False: "F", None: "E"}


NAMES = [f"{op} {constant!r}" for op, constant, _ in TABLE]


@pytest.mark.parametrize(("op", "constant", "letters"), TABLE, ids=NAMES)
def test_the_table(op, constant, letters):
    leaf = Leaf("deal.x", op, constant)

    assert "".join(LETTERS[judge(leaf, value)] for value in VALUES) == letters


@pytest.mark.parametrize("value", MISSING, ids=repr)
def test_a_leaf_on_a_missing_value_is_false_and_its_not_is_true(value):
    for op, constant, _ in TABLE:
        assert judge(Leaf("deal.x", op, constant), value) is False
        assert judge(Not(Leaf("deal.x", op, constant)), value) is True


def test_the_table_has_every_op_with_every_verdict_it_can_give():
    met = {op: {letter for named, _, letters in TABLE if named == op for letter in letters} for op in OPERANDS}

    never_err = {"eq": {"T", "F"}, "in": {"T", "F"}, "is_set": {"T"}}
    assert met == {op: never_err.get(op, {"T", "F", "E"}) for op in OPERANDS}


def deal_with(value):
    return Deal("d1", "Acme", "u1", fields={"x": value})


def task(**changed):
    parts: dict[str, Any] = {
        "id": "t1",
        "type": "3",
        "text": "Call",
        "responsible": "u1",
        "created": NOON,
        "due": TODAY,
    }
    return Task(**parts | changed)


def judge(condition, value=None, today=TODAY, where=UTC_ZONE):
    return verdict(condition, task(), Links(deal_with(value)), today, where)


# Kinds ------------------------------------------------------------------------------------------------------


def test_kinds_have_names():
    assert [kind(value) for value in VALUES] == ["text", "number", "number", "boolean", "date", "instant", "texts"]


def test_only_none_and_the_empty_text_and_list_are_missing():
    assert [is_missing(value) for value in MISSING] == [True] * 3
    assert not any(is_missing(value) for value in (*VALUES, 0, 0.0, False, " ", ("",), "0"))


def test_numbers_are_compared_by_value_however_large():
    large = 2**53
    assert judge(Leaf("deal.x", "eq", float(large)), large) is True
    assert judge(Leaf("deal.x", "eq", float(large)), large + 1) is False
    assert judge(Leaf("deal.x", "gt", float(large)), large + 1) is True
    assert judge(Leaf("deal.x", "lt", 1e300), 2**63 - 1) is True
    assert judge(Leaf("deal.x", "eq", 0), -0.0) is True


def test_text_is_compared_with_its_case_folded_only_where_a_part_is_sought():
    street = "Große Straße"
    assert judge(Leaf("deal.x", "contains", "STRASSE"), street) is True
    assert judge(Leaf("deal.x", "contains", "straße"), "GROSSE STRASSE") is True
    assert judge(Leaf("deal.x", "starts_with", "GROSSE"), street) is True
    assert judge(Leaf("deal.x", "eq", "Grosse Strasse"), street) is False


def test_instants_are_compared_as_instants_whatever_their_offset():
    moscow = NOON.astimezone(timezone(timedelta(hours=3)))

    assert judge(Leaf("deal.x", "eq", NOON), moscow) is True
    assert judge(Leaf("deal.x", "le", moscow), NOON) is True


# Days -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "wanted"), [(-3, False), (-2, True), (0, True), (3, True), (4, False)])
def test_both_ends_of_days_are_included(days, wanted):
    value = TODAY + timedelta(days=days)

    assert judge(Leaf("deal.x", "days", (-2, 3)), value) is wanted


def test_days_of_an_instant_are_counted_on_the_local_calendar_of_the_role():
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    tomorrow = Leaf("deal.x", "days", (1, 1))

    assert judge(tomorrow, late, where=ZoneInfo("Europe/Moscow")) is True
    assert judge(tomorrow, late, where=UTC_ZONE) is False
    assert judge(tomorrow, date(2026, 11, 25), where=ZoneInfo("Europe/Moscow")) is True


def test_the_calendar_of_the_role_reaches_every_leaf_of_a_tree():
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    tomorrow = Leaf("deal.x", "days", (1, 1))
    for tree in (All((tomorrow,)), AnyOf((tomorrow,)), Not(Not(tomorrow))):
        assert judge(tree, late, where=ZoneInfo("Europe/Moscow")) is True
        assert judge(tree, late, where=UTC_ZONE) is False
        assert judge(tree, TOMORROW, today=TODAY) is True
        assert judge(tree, TOMORROW, today=TOMORROW) is False


@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ends_of_the_calendar_have_dates_in_every_zone(name):
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    ages = Leaf("deal.x", "days", (None, -1))

    assert judge(ages, first, where=ZoneInfo(name)) is True
    assert judge(ages, last, where=ZoneInfo(name)) is False
    assert judge(ages, date.min) is True
    assert judge(ages, date.max) is False


# Three truth values -----------------------------------------------------------------------------------------

T = Leaf("task.created", "is_set", True)
F = Leaf("deal.none", "is_set", True)
E = Leaf("task.created", "ge", 0)
ABSTRACT = {"T": T, "F": F, "E": E}

ALL = {
    "FF": "F", "FE": "F", "FT": "F",
    "EF": "F", "EE": "E", "ET": "E",
    "TF": "F", "TE": "E", "TT": "T",
}  # fmt: skip
ANY = {
    "FF": "F", "FE": "E", "FT": "T",
    "EF": "E", "EE": "E", "ET": "T",
    "TF": "T", "TE": "T", "TT": "T",
}  # fmt: skip
NOT = {"F": "T", "E": "E", "T": "F"}


def letter(condition) -> str:
    return LETTERS[judge(condition)]


@pytest.mark.parametrize("name", ABSTRACT)
def test_the_abstract_leaves_are_what_they_say(name):
    assert letter(ABSTRACT[name]) == name


@pytest.mark.parametrize("pair", ALL)
def test_all_of_two(pair):
    assert letter(All(tuple(ABSTRACT[name] for name in pair))) == ALL[pair]


@pytest.mark.parametrize("pair", ANY)
def test_any_of_two(pair):
    assert letter(AnyOf(tuple(ABSTRACT[name] for name in pair))) == ANY[pair]


@pytest.mark.parametrize("name", NOT)
def test_not(name):
    assert letter(Not(ABSTRACT[name])) == NOT[name]
    assert letter(Not(Not(ABSTRACT[name]))) == name


def test_no_condition_and_the_empty_all_are_true_and_the_empty_any_is_false():
    assert judge(None) is True
    assert judge(All(())) is True
    assert judge(AnyOf(())) is False


@pytest.mark.parametrize("names", ["".join(names) for names in product("FET", repeat=3)])
def test_all_and_any_of_three_go_pair_by_pair(names):
    a, b, c = (ABSTRACT[name] for name in names)

    assert letter(All((a, b, c))) == ALL[ALL[names[:2]] + names[2]] == letter(All((All((a, b)), c)))
    assert letter(AnyOf((a, b, c))) == ANY[ANY[names[:2]] + names[2]] == letter(AnyOf((a, AnyOf((b, c)))))


@pytest.mark.parametrize("name", ABSTRACT)
def test_all_and_any_of_one_are_that_one(name):
    assert letter(All((ABSTRACT[name],))) == name
    assert letter(AnyOf((ABSTRACT[name],))) == name


# Reading ----------------------------------------------------------------------------------------------------

FIELDS: dict[str, Any] = {"name": "field", "tags": ("field",), "id": "field", "responsible": "field", "x": 1, "a.b": 2}
DEAL = Deal("d1", "Acme", "u1", tags=("vip", "new"), fields=FIELDS)
CONTACT = Contact("c1", "Bob", "u2", tags=("old",), fields={"x": 3})
COMPANY = Company("o1", "Acme Inc", None, fields={"x": 4})
LINKS = Links(DEAL, CONTACT, COMPANY)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("deal.name", "Acme"),
        ("deal.id", "d1"),
        ("deal.responsible", "u1"),
        ("deal.tags", ("new", "vip")),
        ("deal.x", 1),
        ("deal.a.b", 2),
        ("deal.a", None),
        ("deal.b", None),
        ("contact.name", "Bob"),
        ("contact.responsible", "u2"),
        ("contact.tags", ("old",)),
        ("contact.x", 3),
        ("company.name", "Acme Inc"),
        ("company.id", "o1"),
        ("company.responsible", None),
        ("company.tags", None),
        ("company.x", 4),
        ("company.fields", None),
        ("task.text", "Call"),
        ("task.type", "3"),
        ("task.responsible", "u1"),
        ("task.created", NOON),
    ],
)
def test_reading_a_path(path, value):
    assert read(path, task(), LINKS) == value


def test_every_path_of_an_absent_entity_is_missing():
    for entity in ("deal", "contact", "company"):
        for name in ("name", "id", "responsible", "tags", "x"):
            assert read(f"{entity}.{name}", task(), Links()) is None


def test_an_empty_text_is_read_as_missing():
    assert read("task.text", task(text=""), LINKS) is None
    assert read("deal.x", task(), Links(deal_with(()))) is None


# Ops of plugins ---------------------------------------------------------------------------------------------


def custom(test) -> Leaf:
    return Leaf("deal.x", "longer", 3, ConditionOp("longer", 1, "ordered", test))


def test_an_op_of_a_plugin_judges_present_values():
    longer = custom(lambda value, constant: len(value) > constant if isinstance(value, str) else None)

    assert [judge(longer, value) for value in ("Acme", "Bob", 5, None, "")] == [True, False, None, False, False]


def test_what_an_op_of_a_plugin_answers_is_taken_as_true_or_false_alone_and_in_a_tree():
    for answer in (1, 0, "yes", ""):
        leaf = custom(lambda value, constant, answer=answer: answer)
        for tree in (leaf, All((leaf,)), AnyOf((leaf,)), Not(Not(leaf))):
            assert judge(tree, 5) is bool(answer)


def test_an_op_of_a_plugin_that_fails_is_an_error_of_the_leaf():
    assert judge(custom(lambda value, constant: value / 0), 5) is None
    assert compare(custom(lambda value, constant: value / 0), None, TODAY, UTC_ZONE) is False
