"""Tasks that fall through, and data that do not fit."""

from __future__ import annotations

from tests.check.cases import (
    DAY,
    EVENING,
    asking,
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

TIMED = {"exact_time": {"lead_minutes": 60}}


def timed(due, *roles, responsible="u1", **given):
    rules = policy(*roles) if roles else of(priority(task_types=["2"]), **TIMED, **given)
    paths = [
        path
        for code, path in found(rules, snapshot(task(due=due, responsible=responsible)))
        if code == "exact_time_between_intervals"
    ]
    return [path.removesuffix(".exact_time") for path in paths]


def test_exact_time_between_intervals():
    assert timed("2026-11-24T18:30:00Z") == []  # the lead lies within working time
    assert timed("2026-11-24T19:00:00Z") == ["roles[0]"]
    assert timed("2026-11-28T12:00:00Z") == ["roles[0]"]  # a Saturday
    assert timed("2026-11-23T19:00:00Z") == []  # over
    assert timed("2026-11-24T05:00:00Z") == []  # over, and still found at nine
    assert timed("2026-11-25T05:00:00Z") == []  # found at nine
    assert timed("2026-11-24") == []
    assert timed("2026-11-24T19:00:00Z", days_off=["2026-11-25"]) == ["roles[0]"]
    assert timed("2026-11-25T12:00:00Z", days_off=["2026-11-25"]) == ["roles[0]"]


def test_exact_time_of_a_lead_that_begins_the_day_before():
    evening = {**DAY, "start": "20:00", "end": "24:00"}

    assert timed("2026-11-25T00:10:00Z", intervals=[{**evening, "days": ["tue"]}]) == ["roles[0]"]
    assert timed("2026-11-25T00:10:00Z", intervals=[{**evening, "days": ["wed"]}]) == []


def test_exact_time_of_somebody_else_counts_when_a_common_queue_would_take_it():
    open_to_all = priority(common_queue={"from": "anyone"}, where=leaf("deal.name", "eq", "Acme"))
    closed = priority(common_queue={"from": "anyone"}, where=leaf("deal.name", "eq", "Other"))

    assert timed("2026-11-24T19:00:00Z", responsible="u2") == []
    assert timed("2026-11-24T19:00:00Z", role(open_to_all, **TIMED), responsible="u2") == ["roles[0]"]
    assert timed("2026-11-24T19:00:00Z", role(closed, **TIMED), responsible="u2") == []
    evening = role(open_to_all, **{**TIMED, "intervals": [DAY, EVENING]})
    assert timed("2026-11-24T19:00:00Z", evening, responsible="u2") == []
    only_days = role({**open_to_all, "intervals": ["day"]}, **{**TIMED, "intervals": [DAY, EVENING]})
    assert timed("2026-11-24T19:00:00Z", only_days, responsible="u2") == ["roles[0]"]
    assert timed("2026-11-24T19:00:00Z", only_days, responsible="u1") == []


def test_exact_time_is_not_between_intervals_when_another_role_is_open():
    day, evening = role(id="a", **TIMED), role(id="b", intervals=[EVENING], **TIMED)

    assert timed("2026-11-24T19:00:00Z", day, evening) == []
    assert timed("2026-11-24T22:00:00Z", day, evening) == ["roles[0]", "roles[1]"]
    assert timed("2026-11-24T22:00:00Z", day, {**evening, "enabled": False}) == ["roles[0]"]
    assert timed("2026-11-24T22:00:00Z", {**day, "exact_time": None}) == []


def uncovered(rules, *tasks, **given):
    data = snapshot(*tasks, **given)
    return [each["examples"] for each in findings(rules, data) if each["code"] == "tasks_not_covered"]


def test_tasks_not_covered():
    assert uncovered(policy(), task()) == []
    assert uncovered(policy(), task(responsible="u2")) == [["t1"]]
    assert uncovered(policy(), task(responsible="u2", completed=True)) == []
    assert uncovered(of(priority(task_types=["2"])), task()) == [["t1"]]
    assert uncovered(of(priority(task_types=["2"])), task(due="2026-11-24T12:00:00Z")) == [["t1"]]
    assert uncovered(of(priority(task_types=["2"]), **TIMED), task(due="2026-11-24T12:00:00Z")) == []
    assert uncovered(of(priority(task_types=["2"]), **TIMED), task(due="2026-11-24T12:00:00Z", responsible="u2")) == [
        ["t1"]
    ]
    assert uncovered(of(priority(), enabled=False), task()) == [["t1"]]
    assert uncovered(of(intervals=[], **TIMED), task(due="2026-11-24T12:00:00Z")) == [["t1"]]
    assert uncovered(of(priority(intervals=[])), task()) == [["t1"]]
    assert uncovered(policy(), task(due="2026-12-28")) == []


def test_tasks_not_covered_by_conditions():
    assert uncovered(asking(leaf("deal.name", "eq", "Other")), task()) == [["t1"]]
    assert uncovered(asking({"not": leaf("deal.name", "eq", "Other")}), task()) == []
    assert uncovered(asking(leaf("deal.name", "ge", 5)), task()) == [["t1"]]
    acme, other = leaf("deal.name", "eq", "Acme"), leaf("deal.name", "eq", "Other")
    assert uncovered(asking({"not": {"all": [acme, other]}}), task()) == []
    assert uncovered(asking({"not": {"any": [acme, other]}}), task()) == [["t1"]]
    later = leaf("task.created", "days", [5, 9])
    assert uncovered(asking(later), task()) == []
    assert uncovered(asking({"not": later}), task()) == []
    assert uncovered(asking(leaf("deal.name", "days", [5, 9])), task()) == [["t1"]]
    assert uncovered(asking({"all": [later, leaf("deal.name", "eq", "Other")]}), task()) == [["t1"]]


def test_tasks_not_covered_by_pools():
    def shared(pool):
        return of(priority(common_queue={"from": pool}))

    assert uncovered(shared("anyone"), task(responsible="u2")) == []
    assert uncovered(shared("members"), task(responsible="u2")) == [["t1"]]
    assert uncovered(shared({"users": ["u2"]}), task(responsible="u2")) == []
    assert uncovered(of(priority(common_queue={"from": "anyone"}), members={"users": ["u9"]}), task()) == [["t1"]]


def test_tasks_not_covered_are_counted_and_the_first_three_named():
    tasks = [task(f"t{number}", responsible="u2") for number in (10, 9, 8, 2)]
    (finding,) = findings(policy(), snapshot(*tasks))

    assert (finding["path"], finding["count"], finding["examples"]) == ("tasks", 4, ["t10", "t2", "t8"])


def test_deal_in_doubt():
    deals = [
        {"id": name, "name": name, "responsible": "u1", "contacts": ["c1"], "company": "o1"} for name in ("d1", "d2")
    ]
    people = {
        "contacts": [{"id": "c1", "name": "Bob", "responsible": None}],
        "companies": [{"id": "o1", "name": "O", "responsible": None}],
    }
    rules = of(
        priority("a", where=leaf("deal.price", "is_set", True)),
        priority("b", where=leaf("contact.name", "is_set", True)),
    )
    by_name = of(priority("a", where=leaf("contact.name", "is_set", True)))

    def codes(rules, subject, deals=deals, **given):
        data = snapshot(task(subject=subject, **given), deals=deals, **people)
        return [(each["path"], each["examples"]) for each in findings(rules, data) if each["code"] == "deal_in_doubt"]

    contact, company = {"kind": "contact", "id": "c1"}, {"kind": "company", "id": "o1"}
    assert codes(rules, contact) == [("roles[0]", ["t1"])]
    assert codes(rules, company) == [("roles[0]", ["t1"])]
    assert codes(rules, contact, deals[:1]) == []
    assert codes(rules, {"kind": "deal", "id": "d1"}) == []
    linking = [{**deal, "contacts": ["gone"]} for deal in deals]
    assert codes(rules, {"kind": "contact", "id": "gone"}, linking) == []
    assert codes(by_name, contact) == []
    assert codes(rules, contact, completed=True) == []
    assert codes(rules, contact, responsible="u2") == []
    other_type = of(priority(task_types=["2"], where=leaf("deal.price", "is_set", True)))
    assert codes(other_type, contact) == []
    assert codes({**rules, "roles": [{**rules["roles"][0], "enabled": False}]}, contact) == []


def test_dangling_reference():
    data = snapshot(
        task("t1", responsible="u8", type="9", subject={"kind": "contact", "id": "c9"}),
        task("t2", responsible="u9", subject=None),
        users=[{"id": "u1", "name": "", "groups": ["g7"]}],
        deals=[{"id": "d1", "name": "", "responsible": "u9", "contacts": ["c8", "c9"], "company": "o9"}],
        contacts=[{"id": "c1", "name": "", "responsible": "u9"}],
        companies=[{"id": "o1", "name": "", "responsible": None}, {"id": "o2", "name": "", "responsible": "u9"}],
        leases=[{"task": "t9", "user": "u9", "since": "2026-11-24T09:00:00Z", "expires": "2026-11-24T09:15:00Z"}],
        skips=[{"task": "t9", "user": "u9", "until": "2026-11-24T09:00:00Z"}],
    )
    dangling = [each for each in findings(policy(), data) if each["code"] == "dangling_reference"]

    assert [
        (each["path"], each["reference"], each["count"], each["examples"], each["missing"]) for each in dangling
    ] == [
        ("users", "groups", 1, ["u1"], ["g7"]),
        ("deals", "responsible", 1, ["d1"], ["u9"]),
        ("deals", "contacts", 1, ["d1"], ["c8", "c9"]),
        ("deals", "company", 1, ["d1"], ["o9"]),
        ("contacts", "responsible", 1, ["c1"], ["u9"]),
        ("companies", "responsible", 1, ["o2"], ["u9"]),
        ("tasks", "type", 1, ["t1"], ["9"]),
        ("tasks", "responsible", 2, ["t1", "t2"], ["u8", "u9"]),
        ("tasks", "subject", 1, ["t1"], ["c9"]),
        ("leases", "task", 1, ["t9"], ["t9"]),
        ("leases", "user", 1, ["t9"], ["u9"]),
        ("skips", "task", 1, ["t9/u9"], ["t9"]),
        ("skips", "user", 1, ["t9/u9"], ["u9"]),
    ]
    lease = {"task": "t1", "user": "u1", "since": "2026-11-24T09:00:00Z", "expires": "2026-11-24T09:15:00Z"}
    assert found(policy(), snapshot(task(), leases=[lease])) == []


def test_value_of_other_kind():
    values = {
        "price": "a lot",
        "note": 5,
        "hot": None,
        "since": {"instant": "2026-11-24T09:00:00Z"},
        "stage": "odd",
        "labels": [],
    }
    deals = [{"id": f"d{n}", "name": "", "responsible": None, "fields": values} for n in (1, 2, 3, 10)]
    reported = findings(policy(), snapshot(deals=deals))

    assert [(each["code"], each["path"], each["field"], each["kind"], each["found"]) for each in reported] == [
        ("value_of_other_kind", "deals", "deal.note", "text", ["number"]),
        ("value_of_other_kind", "deals", "deal.price", "number", ["text"]),
        ("value_of_other_kind", "deals", "deal.since", "date", ["instant"]),
    ]
    assert {each["count"] for each in reported} == {4}
    assert reported[0]["examples"] == ["d1", "d10", "d2"]


def test_condition_errs():
    deal = {"id": "d1", "name": "Acme", "responsible": "u1", "fields": {"price": "a lot"}}
    rules = of(
        priority("a", where={"any": [leaf("deal.price", "ge", 5), leaf("deal.name", "eq", "Acme")]}),
        priority("b"),
        enabled=False,
    )
    data = snapshot(task("t2"), task("t1"), task("t3", completed=True), deals=[deal])
    (finding,) = [each for each in findings(rules, data) if each["code"] == "condition_errs"]

    assert finding["path"] == "roles[0].priorities[0].where.any[0]"
    assert (finding["role"], finding["priority"], finding["leaf"]) == ("sales", "a", "where.any[0]")
    assert (finding["count"], finding["examples"]) == (2, ["t1", "t2"])
    assert [code for code, _ in found(rules, snapshot(task()))] == ["tasks_not_covered"]
