"""The example plugin with rules: its op and its order key work where the built-in ones do."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import workplaces_core as wp
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.model import Account, Contact, Deal, Subject, Task, User

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
EMAILS: dict[str, Any] = {
    "Gamma": "ann@ACME.com", "beta": "bob@acme.com", "other": "eve@other.com", "wrong": 5, "none": None,
}  # fmt: skip
PRIORITY: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "where": {"field": "contact.email", "op": "email_domain", "value": ["acme.com"]},
    "order": [{"by": "alphabetical", "field": "deal.name"}],
}
ROLE = {
    "id": "sales",
    "name": "Sales",
    "members": {"users": ["u1"]},
    "intervals": [{"id": "day", "days": ["tue"], "start": "09:00", "end": "18:00"}],
    "priorities": [PRIORITY],
}
POLICY = {"format": "workplaces/policy/1", "version": 1, "roles": [ROLE]}
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample_rules"


@pytest.fixture
def rules(monkeypatch):
    """What the example registers."""
    monkeypatch.syspath_prepend(EXAMPLE / "src")
    plugin = importlib.import_module("workplaces_sample_rules")
    return load_plugins({"sample-rules": plugin}, discover=False).rules


@pytest.fixture
def policy(rules):
    return wp.wire.load_policy(POLICY, rules=rules)


@pytest.fixture
def snapshot():
    """A deal, its contact and a task of each name."""
    return wp.Snapshot(
        Account("acme", "Europe/Moscow"),
        users=[User("u1", "Anna")],
        contacts=[Contact(name, name, None, fields={"email": email}) for name, email in EMAILS.items()],
        deals=[Deal(name, name, None, contacts=(name,)) for name in EMAILS],
        tasks=[Task(name, "1", "", "u1", NOW, date(2026, 11, 24), Subject("deal", name)) for name in EMAILS],
    )


def codes(policy, snapshot, task):
    why = wp.wire.dump(wp.explain(snapshot, policy, user="u1", task=task, now=NOW))
    return {code["code"]: code for code in why["roles"][0]["priorities"][0]["codes"]}


def test_a_policy_with_the_rules_of_a_plugin_loads_only_with_them():
    with pytest.raises(wp.PolicyError) as refused:
        wp.wire.load_policy(POLICY)

    assert [problem.path.rpartition(".")[2] for problem in refused.value.problems] == ["op", "by"]


def test_its_operand_decides_which_constants_load(rules):
    wrong = {**PRIORITY, "where": {**PRIORITY["where"], "value": "acme.com"}}
    with pytest.raises(wp.PolicyError, match="must be a list"):
        wp.wire.load_policy({**POLICY, "roles": [{**ROLE, "priorities": [wrong]}]}, rules=rules)


def test_the_op_admits_and_the_key_orders(policy, snapshot):
    desk = wp.decide(snapshot, policy, user="u1", now=NOW)

    assert [entry.task for entry in desk.queue] == ["beta", "Gamma"], "by code point it would be the other way round"


def test_an_explanation_tells_the_verdict_of_the_op(policy, snapshot):
    assert set(codes(policy, snapshot, "beta")) == {"takes"}
    assert codes(policy, snapshot, "other")["condition_false"]["leaves"][0]["verdict"] == "false"
    assert codes(policy, snapshot, "none")["condition_false"]["leaves"][0]["verdict"] == "false"


def test_a_value_of_the_wrong_kind_is_an_error_of_the_leaf(policy, snapshot):
    assert codes(policy, snapshot, "wrong")["condition_error"]["leaves"] == [
        {"leaf": "where", "field": "contact.email", "op": "email_domain", "value": 5, "verdict": "error"}
    ]


def test_an_explanation_names_the_key_that_decided(policy, snapshot):
    why = wp.wire.dump(wp.explain(snapshot, policy, user="u1", task="Gamma", now=NOW))
    (queued,) = (code for code in why["roles"][0]["codes"] if code["code"] == "queued")

    assert (queued["after"], queued["decided_by"]) == ("beta", "order[0]")
    assert {"part": "order[0]", "value": "Gamma"} in queued["key"]


def test_a_policy_with_the_rules_of_a_plugin_is_dumped_and_loads_equal(policy, rules):
    assert wp.wire.load_policy(wp.wire.dumps(policy), rules=rules) == policy
