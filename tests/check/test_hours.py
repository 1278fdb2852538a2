"""What calendar and clock do to intervals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.check.cases import (
    DAY,
    EVENING,
    findings,
    found,
    of,
    policy,
    priority,
    role,
    snapshot,
)


def test_interval_never_occurs():
    over = {"id": "over", "rrule": "FREQ=DAILY;COUNT=3", "from": "2026-11-01", "start": "09:00", "end": "10:00"}

    assert found(of(priority(), intervals=[DAY, over])) == [("interval_never_occurs", "roles[0].intervals[1]")]
    assert found(of(priority(), intervals=[DAY, over]), now=datetime(2026, 11, 4, tzinfo=UTC)) == []


def both(first, second, **given):
    return policy(role(id="a", intervals=[first]), role(id="b", intervals=[second], **given))


def test_roles_overlap():
    late = {**DAY, "start": "17:59", "end": "20:00"}
    people = [{"id": name, "name": name} for name in ("u1", "u2", "u3", "u4", "u5")]
    everybody = {"users": [each["id"] for each in people]}

    (finding,) = findings(both(DAY, late))
    assert (finding["code"], finding["path"]) == ("roles_overlap", "roles[1]")
    assert (finding["role"], finding["other"], finding["count"], finding["examples"]) == ("b", "a", 1, ["u1"])
    assert finding["first"] == {"from": "2026-11-24T17:59:00Z", "until": "2026-11-24T18:00:00Z"}
    many = policy(*(role(id=name, members=everybody) for name in "ab"))
    (finding,) = findings(many, snapshot(users=people))
    assert (finding["count"], finding["examples"]) == (5, ["u1", "u2", "u3"])


def test_roles_overlap_once_a_year():
    feast = {
        "id": "feast",
        "rrule": "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=20",
        "from": "2026-01-01",
        "start": "10:00",
        "end": "11:00",
    }

    assert found(both(EVENING, feast)) == []
    assert found(both(DAY, feast)) == []  # on a Friday of the past, then on a Saturday
    assert found(both({**DAY, "days": ["sat"]}, feast)) == [("roles_overlap", "roles[1]")]


def test_roles_of_no_common_user_or_hour_do_not_overlap():
    assert found(both(DAY, EVENING)) == []
    assert found(both(DAY, DAY, members={"users": ["u2"]})) == []
    assert found(both(DAY, DAY, enabled=False)) == []
    assert found(both(DAY, DAY, days_off=["2026-11-24"])) == [("roles_overlap", "roles[1]")]
    assert found(both(DAY, {**DAY, "days": ["sat"]})) == []


def test_roles_overlap_by_groups_and_zones():
    groups = policy(*(role(id=name, members={"groups": ["g1"]}) for name in "ab"))
    zones = both(DAY, DAY, timezone="America/New_York")

    assert findings(groups)[0]["groups"] == ["g1"]
    assert 'for users of groups such as `"g1"`;' in findings(groups)[0]["message"]
    assert findings(groups, snapshot())[0]["examples"] == ["u1"]
    assert found(groups, snapshot(users=[{"id": "u1", "name": ""}], groups=[])) != []
    assert found(zones) == []  # the account's zone is not known
    assert ("roles_overlap", "roles[1]") in found(zones, snapshot())
    assert ("roles_overlap", "roles[1]") not in found(both(DAY, DAY, timezone="Asia/Tokyo"), snapshot())


def at_night(start, end, **given):
    return of(priority(), intervals=[{**DAY, "days": ["sat", "sun"], "start": start, "end": end}], **given)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("00:00", "24:00", [-60, 60]),
        ("01:00", "04:00", [-60, 60]),
        ("02:15", "02:45", [-30, 60]),
        ("02:30", "06:00", [-30, 60]),
        ("22:00", "06:00", [-60, 60]),
        ("01:00", "02:00", [60]),
        ("03:00", "04:00", []),
        ("09:00", "18:00", []),
    ],
)
def test_clock_change(start, end, minutes):
    rules = at_night(start, end, timezone="Europe/Berlin")
    changes = [each for each in findings(rules) if each["code"] == "clock_change"]

    assert [example["minutes"] for each in changes for example in each["examples"]] == minutes
    assert all(each["path"] == "roles[0].intervals[0]" for each in changes)


def test_clock_change_needs_a_zone_that_changes():
    berlin = {"id": "acme", "timezone": "Europe/Berlin"}

    assert found(at_night("01:00", "04:00")) == []
    assert found(at_night("01:00", "04:00"), snapshot()) == []
    assert found(at_night("01:00", "04:00"), snapshot(account=berlin)) == [("clock_change", "roles[0].intervals[0]")]
    off = ["2027-03-28", "2027-10-31"]
    assert found(at_night("01:00", "04:00", days_off=off), snapshot(account=berlin)) == []
    (finding,) = findings(at_night("01:00", "04:00"), snapshot(account=berlin))
    assert [each["date"] for each in finding["examples"]] == off


def test_midnight_crossing():
    night = {**DAY, "id": "night", "start": "22:00", "end": "02:00"}

    assert found(of(priority(), intervals=[DAY, night], exact_time={})) == [
        ("midnight_crossing", "roles[0].intervals[1]")
    ]
    assert found(of(priority(), intervals=[DAY, night])) == []
    assert found(of(priority(), intervals=[{**night, "end": "24:00"}], exact_time={})) == []
