"""Settings that cannot work."""

from __future__ import annotations

import pytest

from tests.check.cases import (
    DAY,
    EVENING,
    WHERE,
    asking,
    findings,
    found,
    leaf,
    of,
    policy,
    priority,
    role,
    snapshot,
)


def test_never_matches_for_want_of_hours():
    never = {
        "id": "never",
        "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "from": "2026-01-01",
        "start": "09:00",
        "end": "10:00",
    }
    over = {**never, "id": "over", "rrule": "FREQ=DAILY;UNTIL=20261120"}
    last = {**never, "id": "last", "rrule": "FREQ=DAILY;UNTIL=20261124"}
    free = {**never, "id": "free", "rrule": "FREQ=DAILY;COUNT=1", "from": "2026-12-25"}
    leap = {**never, "id": "leap", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU"}

    def paths(*names, **given):
        intervals = [DAY, never, over, last, free, leap]
        rules = of(priority(intervals=list(names)), intervals=intervals, **given)
        return [path for code, path in found(rules) if code == "never_matches"]

    at = ["roles[0].priorities[0].intervals"]
    assert paths() == at
    assert paths("never") == at
    assert paths("over", "never") == at
    assert paths("free", days_off=["2026-12-25"]) == at
    assert paths("free", days_off=["2026-12-26"]) == []
    assert paths("last") == []
    assert paths("leap") == []
    assert paths("never", "day") == []


def test_never_matches_for_its_condition():
    both = {"all": [leaf("deal.price", "gt", 5), leaf("deal.price", "lt", 5)]}
    either = {"any": [leaf("deal.price", "gt", 5), leaf("deal.price", "lt", 5)]}

    assert found(asking(both)) == [("never_matches", WHERE)]
    assert found(asking(either)) == []
    assert findings(asking(both))[0]["reason"] == "condition"
    assert found(of(priority(task_types=["1"], where=leaf("task.type", "eq", "2")))) == [("never_matches", WHERE)]
    assert found(of(priority(task_types=["1", "2"], where=leaf("task.type", "eq", "2")))) == []


RICH, RICHER = leaf("deal.price", "ge", 5), leaf("deal.price", "ge", 10)
MEMBERS = {"users": ["u1", "u3"], "groups": ["g1"]}


def queue(pool):
    return {"from": pool}


@pytest.mark.parametrize(
    "earlier_and_later",
    [
        [{}, {}],
        [{}, {"task_types": ["1"], "where": RICH, "intervals": ["day"]}],
        [{"where": RICH}, {"where": RICHER}],
        [{"where": {"not": {"not": RICH}}}, {"where": {"all": [RICH, leaf("deal.tags", "has_any", ["vip"])]}}],
        [{"task_types": ["1"]}, {"task_types": ["2"]}, {"task_types": ["1", "2"]}],
        [{"intervals": ["day"]}, {"intervals": ["evening"]}, {}],
        [
            {"where": RICH},
            {"where": {"not": RICH}, "task_types": ["1"]},
            {"where": leaf("deal.price", "lt", 0), "task_types": ["1"]},
        ],
        [{"where": RICH}, {"where": leaf("deal.price", "lt", 5)}, {"where": leaf("deal.price", "between", [0, 9])}],
        [{"where": leaf("task.type", "in", ["1", "2"])}, {"task_types": ["2"]}],
        [{"where": leaf("task.type", "eq", "1")}, {"task_types": ["2"]}, {"task_types": ["1", "2"]}],
        [{"common_queue": queue("anyone")}, {}],
        [{"common_queue": queue("anyone")}, {"common_queue": queue("members")}],
        [{"common_queue": queue("members")}, {"common_queue": queue({"users": ["u3"], "groups": ["g1"]})}],
        [{"common_queue": queue({"users": ["u1", "u3"], "groups": ["g1", "g2"]})}, {"common_queue": queue("members")}],
        [
            {"common_queue": queue({"users": ["u1", "u3"]})},
            {"common_queue": queue({"groups": ["g1"]})},
            {"common_queue": queue("members")},
        ],
        [{}, {"common_queue": queue({"users": []})}],
    ],
)
def test_shadowed(earlier_and_later):
    priorities = [priority(f"p{number}", **given) for number, given in enumerate(earlier_and_later)]
    rules = of(*priorities, intervals=[DAY, EVENING], members=MEMBERS)
    last = len(priorities) - 1

    (finding,) = [each for each in findings(rules) if each["path"] == f"roles[0].priorities[{last}]"]
    assert finding["code"] == "shadowed"
    for left_out in (None, *finding["by"]):
        kept = [name for name in finding["by"] if name != left_out]
        fewer = of(
            *(each for each in priorities if each["id"] in [*kept, f"p{last}"]),
            intervals=[DAY, EVENING],
            members=MEMBERS,
        )
        assert (("shadowed", f"roles[0].priorities[{len(kept)}]") in found(fewer)) == (left_out is None)


@pytest.mark.parametrize(
    "earlier_and_later",
    [
        [{"task_types": ["1"]}, {"task_types": ["1", "2"]}],
        [{"task_types": ["1"]}, {"task_types": ["2"]}, {}],
        [{"intervals": ["day"]}, {}],
        [{"intervals": []}, {}],
        [{"intervals": ["evening"]}, {"intervals": ["day"]}],
        [{"where": RICHER}, {"where": RICH}],
        [{"where": RICH}, {"where": leaf("deal.price", "lt", 5)}, {}],
        [{"where": RICH}, {"where": {"not": RICH}}, {}],
        [{"where": RICH, "task_types": ["1"]}, {"where": RICH}],
        [{}, {"common_queue": queue("anyone")}],
        [{"common_queue": queue("members")}, {"common_queue": queue("anyone")}],
        [{"common_queue": queue({"groups": ["g1"]})}, {"common_queue": queue("members")}],
        [{"common_queue": queue({"users": ["u1"]})}, {"common_queue": queue({"users": ["u1", "u3"]})}],
        [{"common_queue": queue({"users": ["u1"]}), "intervals": ["evening"]}, {}],
    ],
)
def test_not_shadowed(earlier_and_later):
    priorities = [priority(f"p{number}", **given) for number, given in enumerate(earlier_and_later)]
    codes = [code for code, _ in found(of(*priorities, intervals=[DAY, EVENING], members=MEMBERS))]

    assert "shadowed" not in codes


def test_shadowed_names_as_few_as_possible():
    priorities = [
        priority("a", task_types=["3"]),
        priority("b", task_types=["1"]),
        priority("c", where=RICH),
        priority("d", task_types=["2"]),
        priority("e", task_types=["1", "2"]),
        priority("f", task_types=["3"], where=RICH),
    ]
    by = {each["path"]: each["by"] for each in findings(of(*priorities))}

    assert by == {"roles[0].priorities[4]": ["b", "d"], "roles[0].priorities[5]": ["a"]}


def test_a_priority_that_never_matches_is_not_called_shadowed_too():
    assert found(of(priority("a"), priority("b", where={"any": []}))) == [
        ("never_matches", "roles[0].priorities[1].where")
    ]


def test_role_without_members():
    nobody = role(members={"groups": ["g2"]})

    assert found(policy(role(members={}))) == [("role_without_members", "roles[0].members")]
    assert found(policy(nobody)) == []
    inactive = [{"id": "u1", "name": "", "active": False}]
    assert found(policy(role()), snapshot(users=inactive)) == [("role_without_members", "roles[0].members")]
    assert ("role_without_members", "roles[0].members") in found(policy(nobody), snapshot())


def test_role_without_intervals_and_without_priorities():
    assert found(policy(role(intervals=[]))) == [("role_without_intervals", "roles[0].intervals")]
    assert found(policy(role(priorities=[]))) == [("role_without_priorities", "roles[0].priorities")]
    assert found(policy(role(priority(intervals=[]), intervals=[]))) == [
        ("role_without_intervals", "roles[0].intervals"),
        ("never_matches", "roles[0].priorities[0].intervals"),
    ]


def several(number, **given):
    """As many roles, one after the other on the day."""
    hours = [(f"{8 + n:02}:00", f"{9 + n:02}:00") for n in range(number)]
    return [
        role(id=f"r{n}", intervals=[{**DAY, "start": start, "end": end}], **given)
        for n, (start, end) in enumerate(hours)
    ]


def test_many_roles():
    nine = policy(*several(9), role(id="other", members={"users": ["u2"]}))
    groups = policy(*several(9, members={"groups": ["g1"]}))

    (finding,) = findings(nine)
    assert (finding["code"], finding["path"]) == ("many_roles", "roles")
    assert (finding["count"], finding["examples"], finding["most"]) == (1, ["u1"], 9)
    assert found(groups, snapshot()) == [("many_roles", "roles")]
    assert found(groups) == []
    assert found(policy(*several(8))) == []
    assert found(policy(*several(8), role(id="off", enabled=False))) == []
