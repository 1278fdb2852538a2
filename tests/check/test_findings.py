"""All findings together: their order, their moment, their messages and the page that lists them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import attrs
import pytest

import workplaces_core
from tests.check.cases import (
    DAY,
    NOW,
    findings,
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
from workplaces_core.check.codes import CODES
from workplaces_core.policy import Leaf, Policy, Priority
from workplaces_core.sentences.findings import IN_RUSSIAN, finding_sentence

ROOT = Path(__file__).parents[2]


def test_nothing_is_found_where_nothing_is_wrong():
    assert found(policy()) == []
    assert found(policy(), snapshot(task())) == []


def test_settings_come_first_in_the_order_of_the_policy_then_data():
    never = {"id": "never", "days": [], "start": "09:00", "end": "10:00"}
    rules = policy(
        role(priority("a"), priority("b", where=leaf("deal.sum", "ge", 5)), intervals=[DAY, never], exact_time={}),
        role(priority("c", task_types=["9"]), id="other", members={"users": ["u9"], "groups": ["g9"]}),
    )
    data = snapshot(task(responsible="u2", due="2026-11-24T20:00:00Z"), task("t2", due="2026-11-24T20:00:00Z"))

    assert found(rules, data) == [
        ("interval_never_occurs", "roles[0].intervals[1]"),
        ("exact_time_between_intervals", "roles[0].exact_time"),
        ("shadowed", "roles[0].priorities[1]"),
        ("unknown_field", "roles[0].priorities[1].where.field"),
        ("role_without_members", "roles[1].members"),
        ("unknown_user", "roles[1].members.users[0]"),
        ("unknown_group", "roles[1].members.groups[0]"),
        ("unknown_type", "roles[1].priorities[0].task_types[0]"),
        ("tasks_not_covered", "tasks"),
    ]


def test_the_moment_of_a_check_is_now_unless_given():
    over = {"id": "over", "rrule": "FREQ=DAILY;COUNT=1", "from": "2001-01-01", "start": "09:00", "end": "10:00"}
    rules = wire.load_policy(of(priority(), intervals=[DAY, over]))

    assert [each.code for each in check(rules)] == ["interval_never_occurs"]
    with pytest.raises(ValueError, match="time zone"):
        check(rules, now=datetime(2026, 11, 24))
    with pytest.raises(ValueError, match="years"):
        check(rules, now=datetime(2200, 1, 1, tzinfo=UTC))


def test_check_is_a_public_name():
    assert workplaces_core.check is check
    assert {"Failure", "check", "condition_failures"} <= set(workplaces_core.__all__)


def test_the_reference_lists_every_code_as_it_is():
    text = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)

    assert [row[:3] for row in rows] == [(code, each.severity, each.when) for code, each in CODES.items()]


def test_every_code_has_a_test_of_its_own():
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))

    assert [code for code in CODES if f'"{code}"' not in text] == []


def test_every_code_has_a_sentence_in_russian():
    assert {name.split(" ")[0] for name in IN_RUSSIAN} == CODES.keys()


def test_a_sentence_in_russian_names_what_the_english_one_does():
    rules = of(priority("a"), priority("b", where=leaf("deal.sum", "ge", 5)))
    data = snapshot(task(responsible="u2"), task("t2", responsible="u2"))
    noticed = check(wire.load_policy(rules), wire.load_snapshot(data), now=NOW)
    said = [finding_sentence(each, language="ru") for each in noticed]

    assert said[:2] == [
        'приоритет не возьмёт ни одной задачи, их забирают те, что выше: `"a"`; поднимите его или сузьте те',
        "поля `deal.sum` нет ни в справочнике, ни в данных, укажите поле из CRM",
    ]
    assert said[2].startswith('открытых задач, которые никогда не выдаются: 2, например `"t1"`, `"t2"`; добавьте')


def test_messages_are_one_line_and_begin_and_end_as_ours_do():
    rules = of(
        priority("a", where=leaf("deal.sum", "ge", 5)), priority("b", task_types=["9"]), priority("b2"), members={}
    )
    for each in findings(rules, snapshot(task(responsible="u9"))):
        assert "\n" not in each["message"]
        assert not each["message"].endswith(".")
        assert each["severity"] == CODES[each["code"]].severity


def test_a_leaf_of_a_policy_built_by_hand_may_hold_any_date():
    old = Leaf("deal.born", "lt", date.min)
    by_hand = wire.load_policy(of(priority()))
    changed = attrs.evolve(by_hand.roles[0], priorities=(Priority("p", "P", where=old),))

    assert [each.code for each in check(Policy(1, (changed,)), now=NOW)] == ["never_matches"]
