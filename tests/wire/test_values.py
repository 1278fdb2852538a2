"""Which values stand where: for each place what is refused, and what at the edge of it is not."""

from __future__ import annotations

from typing import Any

import pytest

import workplaces_core as wp
from tests.wire.documents import GONE, INTERVAL, LOAD, LONE, PRIORITY, changed, policy, problems, snapshot
from workplaces_core.wire import load_policy, load_snapshot

Row = tuple[str, str, Any, list[str]]


def bad(name: str, path: str, *values: Any) -> list[Row]:
    """Values that are refused where they stand."""
    return [(name, path, value, [path]) for value in values]


LEAD = "roles[0].exact_time.lead_minutes"
PRICE = "deals[0].fields.price"
BAD: list[Row] = [
    # texts and ids
    *bad("policy", "roles[0].id", "", 1, None, [], LONE),
    *bad("policy", "roles[0].intervals[1].id", "", 1, None, [], LONE),
    *bad("policy", "roles[0].name", 1, True, {}, LONE),
    *bad("policy", f"{PRIORITY}.name", 1, True, {}, LONE),
    *bad("snapshot", "account.id", "", 1, LONE),
    *bad("snapshot", "users[0].id", "", 1, LONE),
    *bad("snapshot", "tasks[0].id", "", 1, LONE),
    *bad("snapshot", "tasks[0].type", "", 5, True),
    *bad("snapshot", "tasks[0].responsible", "", 5, True),
    *bad("snapshot", "tasks[0].text", 5, None),
    *bad("snapshot", "leases[0].user", "", 5),
    *bad("snapshot", "skips[0].task", "", 5),
    *bad("snapshot", "deals[0].responsible", "", 5),
    *bad("snapshot", "deals[0].company", "", 5),
    ("snapshot", "deals[0].contacts", [""], ["deals[0].contacts[0]"]),
    ("snapshot", "users[0].groups", ["g1", ""], ["users[0].groups[1]"]),
    ("snapshot", "fields[0].options", ["a", 1], ["fields[0].options[1]"]),
    ("policy", "roles[0].members.users", ["", 1], ["roles[0].members.users[0]", "roles[0].members.users[1]"]),
    ("policy", f"{PRIORITY}.task_types", [""], [f"{PRIORITY}.task_types[0]"]),
    # booleans
    *bad("policy", "roles[0].enabled", 1, 0, "true", []),
    *bad("policy", f"{PRIORITY}.common_queue.transfer_linked", 1, "no"),
    *bad("snapshot", "tasks[0].completed", 1, "no"),
    *bad("snapshot", "users[0].active", 0, {}),
    # numbers
    *bad("policy", "version", 0, -1, 1.0, True, "7", 2**63, float("nan")),
    *bad("policy", LEAD, -1, 1441, 5.0, True, "5"),
    # lists and objects
    *bad("policy", "roles", {}, "a", 1),
    *bad("policy", "days_off", {}, "a", 1),
    *bad("policy", f"{PRIORITY}.task_types", {}, "a", 1),
    *bad("policy", "roles[0]", [], "a", 1),
    *bad("policy", "roles[0].intervals[1]", [], "a", 1),
    *bad("policy", f"{PRIORITY}.order[0]", [], "a", 1),
    *bad("policy", "roles[0].members", ["u1"], "u1"),
    *bad("policy", "roles[0].exact_time", True, 5),
    *bad("snapshot", "users", {}, "ab", 1),
    *bad("snapshot", "tasks", {}, "ab", 1),
    *bad("snapshot", "skips", {}, "ab", 1),
    *bad("snapshot", "deals[0].tags", {}, "ab", 1),
    *bad("snapshot", "account", [], "a", 1),
    *bad("snapshot", "tasks[0]", [], "a", 1),
    *bad("snapshot", "deals[0].fields", [], "a", 1),
    *bad("snapshot", "tasks[0].subject", "d1", []),
    ("snapshot", "deals[0].tags", ["vip", 1], ["deals[0].tags[1]"]),
    # words
    *bad("policy", "format", "workplaces/policy/2", "", 1, None, []),
    *bad("snapshot", "format", "workplaces/policy/1"),
    *bad("policy", f"{PRIORITY}.first", "Today", "", 1, []),
    *bad("policy", f"{PRIORITY}.order[0].direction", "up", 1, []),
    *bad("policy", f"{PRIORITY}.order[0].by", "due", 1, []),
    *bad("policy", f"{PRIORITY}.common_queue", "anyone", []),
    *bad("policy", f"{PRIORITY}.common_queue.from", "all", "", 1, []),
    ("policy", f"{PRIORITY}.common_queue.from", {"users": [1]}, [f"{PRIORITY}.common_queue.from.users[0]"]),
    *bad("snapshot", "fields[0].type", "money", "Number", 1),
    *bad("snapshot", "fields[0].entity", "task", "", []),
    *bad("snapshot", "tasks[0].subject.kind", "task", "Deal", 1),
    # zones
    *bad("policy", "roles[0].timezone", "", "Moscow", "UTC+3", "../UTC", 3, LONE, "Europe", "a\0b", "x" * 999),
    *bad("snapshot", "account.timezone", "Europe/Atlantis", "/etc/localtime", "localtime", "posixrules", "tzdata.zi"),
    *bad("snapshot", "account.timezone", "posix/UTC", "right/UTC"),
    # dates
    *bad("policy", "days_off[0]", "2026-02-29", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", 20260101, ""),
    *bad("policy", "roles[0].days_off[0]", "1969-12-31", "2200-01-01", "２026-11-24", "2026-11-24\n", None),
    *bad("policy", "roles[0].intervals[1].from", "2026-13-01", "1969-12-31", "2200-01-01", "", 5, None),
    # instants
    *bad("snapshot", "tasks[0].created", "2026-11-24", "2026-11-24T10:00:00", "2026-11-24 10:00:00Z", 0, ""),
    *bad("snapshot", "leases[0].since", "2026-11-24", "2026-11-24T10:00:00z", "now", None),
    *bad("snapshot", "leases[0].expires", "2026-11-24T10:00:00", {"instant": "2026-11-24T10:00:00Z"}),
    *bad("snapshot", "skips[0].until", "2026-11-24T10:00:00", 1795514400),
    # dues
    *bad("snapshot", "tasks[0].due", "2026-11-24T10:00:00", "2026-11-24T10:00:00+3", "2026-11-24T10:00:00+03"),
    *bad("snapshot", "tasks[0].due", "2026-11-24T10:00:00+0300", "2026-11-24T10:00:00.Z", "2026-11-24T10:00:00,5Z"),
    *bad("snapshot", "tasks[0].due", "2026-11-24T10:00:00.1234567Z", "2026-11-24T1000Z", "2026-11-24T24:00:00Z"),
    *bad("snapshot", "tasks[0].due", "2026-11-24T10:60Z", "2026-11-24T10:00:60Z", "2026-11-24T10:00:00+24:00"),
    *bad("snapshot", "tasks[0].due", "2026-11-24T10:00:00+03:60", "2026-11-31T10:00:00Z", "2026-W48-2T10:00:00Z"),
    *bad("snapshot", "tasks[0].due", "2026-11-24T10Z", "2026-11-24T", "T10:00Z", "24.11.2026", 5, [], {}, None),
    *bad("snapshot", "tasks[0].due", "1969-12-31", "2200-01-01", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"),
    *bad("snapshot", "tasks[0].due", "1970-01-01T00:00:00+00:01", "2199-12-31T23:59:59-00:01"),
    # wall times
    *bad("policy", f"{INTERVAL}.start", "24:00", "9:00", "09:60", "0900", "-1:00", 540, None),
    *bad("policy", f"{INTERVAL}.end", "00:00", "24:01", "25:00", "13:00:00", "１3:00", "", "09:00"),
    # intervals
    *bad("policy", f"{INTERVAL}.days", "mon", None, {}, 1),
    ("policy", f"{INTERVAL}.days", ["mon", "Tue", 3, None], [f"{INTERVAL}.days[{n}]" for n in (1, 2, 3)]),
    ("policy", f"{INTERVAL}.days", GONE, [INTERVAL]),
    ("policy", f"{INTERVAL}.rrule", "FREQ=DAILY", [INTERVAL]),
    ("policy", f"{INTERVAL}.from", "2026-11-07", [INTERVAL]),
    ("policy", f"{INTERVAL}.rrule", None, [f"{INTERVAL}.rrule", INTERVAL]),
    ("policy", "roles[0].intervals[1].days", ["mon"], ["roles[0].intervals[1]"]),
    *bad(
        "policy", "roles[0].intervals[1].rrule", "", "FREQ=HOURLY", "FREQ=DAILY;COUNT=1;UNTIL=20261107", 1, LONE, None
    ),
    # what must be unique, and what must be there
    *[
        ("snapshot", f"{kind}[1]", snapshot()[kind][0], [f"{kind}[1].id"])
        for kind in ("users", "groups", "task_types", "fields", "deals", "contacts", "companies", "tasks")
    ],
    ("snapshot", "leases[1]", snapshot()["leases"][0], ["leases[1].task"]),
    ("snapshot", "skips[1]", snapshot()["skips"][0], ["skips[1].task"]),
    ("policy", "roles[1]", {"id": "sales", "name": ""}, ["roles[1].id"]),
    ("policy", "roles[0].intervals[1].id", "morning", ["roles[0].intervals[1].id"]),
    ("policy", "roles[0].priorities[1]", {"id": "calls", "name": ""}, ["roles[0].priorities[1].id"]),
    ("policy", f"{PRIORITY}.intervals", ["evening", "morning"], [f"{PRIORITY}.intervals[0]"]),
    ("policy", f"{INTERVAL}.id", "noon", [f"{PRIORITY}.intervals[0]"]),
    *bad("policy", f"{PRIORITY}.intervals", "morning", {}),
    # field values
    *bad("snapshot", PRICE, 2**63, -(2**63) - 1, float("nan"), float("inf"), float("-inf"), LONE, {}),
    *bad("snapshot", PRICE, {"date": "2026-02-30"}, {"instant": "2026-11-24T10:00:00"}, {"day": 1}, {"date": 5}),
    *bad("snapshot", PRICE, {"date": "2026-11-24", "instant": "2026-11-24T10:00:00Z"}, {"date": "2026-11-24", "x": 1}),
    *bad("snapshot", PRICE, {"instant": None}, {"instant": "0001-01-01T00:00+14:00"}),
    ("snapshot", PRICE, ["a", 1, ["b"], LONE], [f"{PRICE}[{n}]" for n in (1, 2, 3)]),
    ("snapshot", "deals[0].fields", {"": 1}, ['deals[0].fields[""]']),
    ("snapshot", "deals[0].fields", {"a key": {}}, ['deals[0].fields["a key"]']),
    ("snapshot", "deals[0].fields", {LONE: 1}, ['deals[0].fields["a\\ud800"]']),
]


def named(rows: list[Any]) -> list[str]:
    return [f"{number} {row[0]} {row[1]} {row[2]!r:.40}" for number, row in enumerate(rows)]


@pytest.mark.parametrize(("name", "path", "value", "paths"), BAD, ids=named(BAD))
def test_a_bad_value_is_refused_at_its_path(name, path, value, paths):
    made, load, error = LOAD[name]
    with pytest.raises(error) as refused:
        load(changed(made(), path, value))

    assert [problem.path for problem in refused.value.problems] == paths
    assert str(refused.value) == "\n".join(map(str, refused.value.problems))
    assert str(refused.value).encode().decode() == str(refused.value)


def good(name: str, path: str, *values: Any) -> list[tuple[str, str, Any]]:
    """Values at the edge of what is allowed."""
    return [(name, path, value) for value in values]


GOOD = [
    *good("policy", "version", 1, 2**63 - 1),
    *good("policy", LEAD, 0, 1440),
    *good("policy", "days_off[0]", "1970-01-01", "2199-12-31", "2028-02-29"),
    *good("policy", f"{INTERVAL}.start", "00:00", "23:59"),
    *good("policy", f"{INTERVAL}.end", "00:01", "24:00"),
    *good("policy", f"{INTERVAL}.days", [], ["sun"], ["sun", "mon", "sun"]),
    *good("policy", "roles[0].timezone", "UTC", "Etc/GMT-14", "America/Argentina/Buenos_Aires"),
    *good("policy", f"{PRIORITY}.common_queue.from", "anyone", "members", {}),
    *good("policy", f"{PRIORITY}.intervals", [], ["morning", "saturday", "morning"]),
    *good("policy", f"{PRIORITY}.name", ""),
    *good("snapshot", "tasks[0].due", "1970-01-01", "2199-12-31", "2026-11-24T10:00Z", "2026-11-24T10:00:00.5+03:00"),
    *good("snapshot", "tasks[0].due", "1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "2026-11-24T10:00+23:59"),
    *good("snapshot", "tasks[0].due", "1969-12-31T23:00:00-01:00", "2200-01-01T00:59:59+01:00"),
    *good("snapshot", PRICE, 2**63 - 1, -(2**63), 1e308, True, "", [], ["", "a"], None),
    *good("snapshot", PRICE, {"date": "0001-01-01"}, {"date": "9999-12-31"}),
    *good("snapshot", PRICE, {"instant": "0001-01-01T00:00Z"}, {"instant": "9999-12-31T23:59:59Z"}),
    *good("snapshot", "tasks[0].id", " ", "t/1", "\0", "😀", "a" * 5000),
]


@pytest.mark.parametrize(("name", "path", "value"), GOOD, ids=named(GOOD))
def test_a_value_at_the_edge_of_what_is_allowed_loads(name, path, value):
    made, load, _ = LOAD[name]

    assert problems(load, changed(made(), path, value)) == []


def test_what_is_unique_is_so_among_its_own():
    two = changed(policy(), "roles[1]", {**policy()["roles"][0], "id": "service"})
    assert problems(load_policy, two) == []

    parts = snapshot()
    parts["fields"].append({**parts["fields"][0], "entity": "contact"})
    parts["leases"].append({**parts["leases"][0], "task": "t2"})
    parts["skips"] += [{**parts["skips"][0], "task": "t2"}, {**parts["skips"][0], "user": "u2"}]
    parts["groups"].append({"id": "u1", "name": ""})
    assert problems(load_snapshot, parts) == []


# All problems at once ---------------------------------------------------------------------------------------


def test_every_problem_of_a_policy_is_reported_at_once():
    document = policy()
    for path, value in {
        "version": 0,
        "colour": 1,
        "roles[0].name": 5,
        "roles[0].timezone": "Moscow",
        "roles[0].intervals[0].end": "09:00",
        "roles[0].intervals[1].rrule": "FREQ=HOURLY",
        "roles[0].priorities[0].intervals": ["evening"],
        "roles[0].priorities[0].where.all[0]": {"field": "x", "op": "y", "value": 1},
        "roles[0].priorities[0].first": "tomorrow",
        "roles[1]": {"id": "sales"},
    }.items():
        changed(document, path, value)

    assert sorted(problems(load_policy, document)) == [
        "colour",
        "roles[0].intervals[0].end",
        "roles[0].intervals[1].rrule",
        "roles[0].name",
        "roles[0].priorities[0].first",
        "roles[0].priorities[0].intervals[0]",
        "roles[0].priorities[0].where.all[0].field",
        "roles[0].priorities[0].where.all[0].op",
        "roles[0].timezone",
        "roles[1].id",
        "roles[1].name",
        "version",
    ]


def test_a_problem_says_where_it_is_what_is_there_and_what_would_be_right():
    with pytest.raises(wp.PolicyError) as refused:
        load_policy(changed(policy(), f"{PRIORITY}.where", {"field": "deal.x", "op": "ne", "value": 1}))
    (problem,) = refused.value.problems

    assert (problem.path, problem.value) == ("roles[0].priorities[0].where.op", "ne")
    assert str(refused.value) == str(problem)
    assert str(problem).startswith('roles[0].priorities[0].where.op: `"ne"` must be one of eq, in, lt, le')
    assert isinstance(refused.value, ValueError)
