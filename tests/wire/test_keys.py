"""Which keys a document must have, may have, and must not have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.wire.documents import GONE, LOAD, at, changed, policy, problems, snapshot
from workplaces_core.wire import load_policy, load_snapshot


def test_the_documents_that_are_about_to_be_spoilt_load():
    assert problems(load_policy, policy()) == []
    assert problems(load_snapshot, snapshot()) == []


# What must be there, and what must not ----------------------------------------------------------------------

LEAF = "roles[0].priorities[0].where.all[0]"
REQUIRED = {
    "policy": [
        *("format", "version", "roles", "roles[0].id", "roles[0].name"),
        *("roles[0].intervals[1].id", "roles[0].intervals[0].start", "roles[0].intervals[0].end"),
        *("roles[0].intervals[1].rrule", "roles[0].intervals[1].from"),
        *("roles[0].priorities[0].id", "roles[0].priorities[0].name"),
        *(f"{LEAF}.field", f"{LEAF}.op", f"{LEAF}.value"),
        *("roles[0].priorities[0].order[0].by", "roles[0].priorities[0].order[0].field"),
    ],
    "snapshot": [
        *("format", "account", "account.id", "account.timezone", "users[0].id", "users[0].name"),
        *("groups[0].id", "groups[0].name", "task_types[0].id", "task_types[0].name"),
        *("fields[0].entity", "fields[0].id", "fields[0].name", "fields[0].type"),
        *(f"{kind}[0].{key}" for kind in ("deals", "contacts", "companies") for key in ("id", "name", "responsible")),
        *(f"tasks[0].{key}" for key in ("id", "type", "text", "responsible", "created", "due")),
        *("tasks[0].subject.kind", "tasks[0].subject.id"),
        *(f"leases[0].{key}" for key in ("task", "user", "since", "expires")),
        *(f"skips[0].{key}" for key in ("task", "user", "until")),
    ],
}
OPTIONAL = {
    "policy": [
        *("days_off", "roles[0].enabled", "roles[0].timezone", "roles[0].members", "roles[0].members.users"),
        *("roles[0].members.groups", "roles[0].days_off", "roles[0].exact_time", "roles[0].exact_time.lead_minutes"),
        *("roles[0].priorities", "roles[0].priorities[0].intervals", "roles[0].priorities[0].task_types"),
        *("roles[0].priorities[0].where", "roles[0].priorities[0].first", "roles[0].priorities[0].order"),
        *("roles[0].priorities[0].common_queue", "roles[0].priorities[0].common_queue.from"),
        *("roles[0].priorities[0].common_queue.transfer_linked", "roles[0].priorities[0].order[0].direction"),
        *("roles[0].priorities[0].common_queue.from.users", "roles[0].priorities[0].common_queue.from.groups"),
    ],
    "snapshot": [
        *("users", "groups", "task_types", "fields", "deals", "contacts", "companies", "tasks", "leases", "skips"),
        *("users[0].active", "users[0].groups", "fields[0].options", "deals[0].contacts", "deals[0].company"),
        *(f"{kind}[0].{key}" for kind in ("deals", "contacts", "companies") for key in ("tags", "fields")),
        *("tasks[0].subject", "tasks[0].completed"),
    ],
}
NULLABLE = {
    "policy": [
        *("roles[0].timezone", "roles[0].exact_time", "roles[0].priorities[0].intervals"),
        *("roles[0].priorities[0].where", "roles[0].priorities[0].common_queue"),
    ],
    "snapshot": [
        *("fields[0].options", "deals[0].company", "deals[0].fields.price", "tasks[0].subject"),
        *(f"{kind}[0].responsible" for kind in ("deals", "contacts", "companies")),
    ],
}


def listed(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, path) for name, paths in table.items() for path in paths]


@pytest.mark.parametrize(("name", "path"), listed(REQUIRED))
def test_what_is_required_may_not_be_missing(name, path):
    made, load, error = LOAD[name]
    with pytest.raises(error, match="is required") as refused:
        load(changed(made(), path, GONE))

    assert [problem.path for problem in refused.value.problems] == [path]


@pytest.mark.parametrize(("name", "path"), listed(OPTIONAL))
def test_what_is_optional_may_be_missing(name, path):
    made, load, _ = LOAD[name]

    assert problems(load, changed(made(), path, GONE)) == []


@pytest.mark.parametrize(("name", "path"), listed(NULLABLE))
def test_null_may_stand_where_it_is_the_default(name, path):
    made, load, _ = LOAD[name]

    assert problems(load, changed(made(), path, None)) == []


NOWHERE_ELSE = [each for each in listed(REQUIRED) + listed(OPTIONAL) if each not in listed(NULLABLE)]


@pytest.mark.parametrize(("name", "path"), NOWHERE_ELSE)
def test_null_may_stand_nowhere_else(name, path):
    made, load, _ = LOAD[name]

    assert path in problems(load, changed(made(), path, None))


def objects(value: Any, path: str = "") -> list[str]:
    """The paths of all objects in a document, but for the one that holds field values."""
    if isinstance(value, list):
        return [found for n, each in enumerate(value) for found in objects(each, f"{path}[{n}]")]
    if not isinstance(value, dict) or path.endswith("].fields"):
        return []
    return [path] + [found for key, each in value.items() for found in objects(each, f"{path}.{key}".lstrip("."))]


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in LOAD for path in objects(LOAD[name][0]())])
def test_unknown_keys_are_refused_everywhere(name, path):
    made, load, error = LOAD[name]
    place = f"{path}.colour".lstrip(".")
    with pytest.raises(error, match="is not a known key, allowed are") as refused:
        load(changed(made(), place, 1))

    assert [problem.path for problem in refused.value.problems] == [place]


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in LOAD for path in objects(LOAD[name][0]())])
def test_keys_that_stand_twice_are_refused_everywhere(name, path):
    made, load, error = LOAD[name]
    document = changed(made(), f"{path}.twice".lstrip("."), 1) if path else {**made(), "twice": 1}
    key = min(at(made(), path))
    text = json.dumps(document).replace('"twice": 1', f'"{key}": {json.dumps(at(made(), path)[key])}')
    with pytest.raises(error, match="is given twice") as refused:
        load(text)

    assert [problem.path for problem in refused.value.problems] == [f"{path}.{key}".lstrip(".")]


def test_a_key_given_twice_and_an_unknown_one_are_told_once_each():
    text = '{"format": "workplaces/policy/1", "version": 1, "version": 2, "colour": 1, "roles": []}'

    assert problems(load_policy, text) == ["version", "colour"]


def test_a_field_value_with_a_key_twice_is_refused():
    text = json.dumps(changed(snapshot(), "deals[0].fields.price", "VALUE"))
    text = text.replace('"VALUE"', '{"date": "2026-11-24", "date": "2026-11-25"}')

    assert problems(load_snapshot, text) == ["deals[0].fields.price"]


def test_a_field_given_twice_is_refused():
    text = json.dumps(snapshot()).replace('"price": 5', '"price": 5, "price": 5', 1)

    assert problems(load_snapshot, text) == ["deals[0].fields.price"]
