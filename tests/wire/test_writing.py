"""What is written: canonical, sorted where order means nothing, and with its defaults."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.wire.documents import INTERVAL, changed, policy, snapshot
from workplaces_core.model import Account, Deal, Snapshot, Subject, Task, User
from workplaces_core.policy import CommonQueue, ExactTime, Members
from workplaces_core.wire import dump, dumps, load_policy, load_snapshot


def test_documents_are_written_as_they_were_read():
    assert dump(load_policy(policy())) == policy()
    assert dump(load_snapshot(snapshot())) == snapshot()


def test_a_document_that_says_the_least_is_written_with_its_defaults():
    least = {"format": "workplaces/policy/1", "version": 1, "roles": [{"id": "r", "name": "R"}]}
    (role,) = dump(load_policy(least))["roles"]

    assert role == {
        "id": "r",
        "name": "R",
        "enabled": True,
        "timezone": None,
        "members": {"users": [], "groups": []},
        "days_off": [],
        "intervals": [],
        "exact_time": None,
        "priorities": [],
    }


def test_the_defaults_of_a_priority_are_those_of_the_contract():
    least = changed(policy(), "roles[0].priorities[0]", {"id": "p", "name": "P", "common_queue": {}})
    changed(least, "roles[0].exact_time", {})
    (role,) = load_policy(least).roles
    (priority,) = role.priorities

    assert role.exact_time == ExactTime(5)
    assert (priority.intervals, priority.task_types, priority.where) == (None, (), None)
    assert (priority.first, priority.order, priority.common_queue) == ("overdue", (), CommonQueue("anyone", False))


def test_defaults_of_a_snapshot_are_those_of_the_contract():
    least = {
        "format": "workplaces/snapshot/1",
        "account": {"id": "a", "timezone": "UTC"},
        "users": [{"id": "u", "name": ""}],
        "deals": [{"id": "d", "name": "", "responsible": None}],
        "tasks": [
            {
                "id": "t",
                "type": "1",
                "text": "",
                "responsible": "u",
                "created": "2026-11-20T08:00Z",
                "due": "2026-11-24",
            }
        ],
    }
    loaded = load_snapshot(least)

    assert loaded.users["u"] == User("u", "", active=True, groups=())
    assert loaded.deals["d"] == Deal("d", "", None, (), {}, (), None)
    assert loaded.tasks["t"] == Task(
        "t", "1", "", "u", datetime(2026, 11, 20, 8, tzinfo=UTC), date(2026, 11, 24), None, False
    )
    assert not loaded.leases
    assert not loaded.skips


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2026-11-24T10:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00.5+03:00", "2026-11-24T07:00:00.500000Z"),
        ("2026-11-24T10:00:00.000000Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00.000001Z", "2026-11-24T10:00:00.000001Z"),
        ("2026-11-24T00:30:00+14:00", "2026-11-23T10:30:00Z"),
        ("2026-11-24", "2026-11-24"),
    ],
)
def test_instants_are_written_in_utc_and_dates_as_dates(given, written):
    loaded = load_snapshot(changed(snapshot(), "tasks[0].due", given))

    assert dump(loaded)["tasks"][0]["due"] == written


def test_lists_without_an_order_are_written_sorted():
    document = snapshot()
    document["users"] = [{"id": name, "name": "", "groups": ["b", "a"]} for name in ("u2", "U1", "u10", "é", "я")]
    document["deals"][0]["tags"] = ["vip", "VIP", "new"]
    document["deals"][0]["contacts"] = ["c2", "c1"]
    written = dump(load_snapshot(document))

    assert [user["id"] for user in written["users"]] == ["U1", "u10", "u2", "é", "я"]
    assert written["users"][0]["groups"] == ["a", "b"]
    assert written["deals"][0]["tags"] == ["VIP", "new", "vip"]
    assert written["deals"][0]["contacts"] == ["c2", "c1"]


def test_days_of_the_week_are_written_in_their_order_and_once():
    loaded = load_policy(changed(policy(), f"{INTERVAL}.days", ["sun", "mon", "sun"]))

    assert dump(loaded)["roles"][0]["intervals"][0]["days"] == ["mon", "sun"]


def test_canonical_json_is_sorted_tight_and_readable():
    text = dumps(load_snapshot(changed(snapshot(), "users[0].name", "Анна \u2028")))

    assert '"name":"Анна \u2028"' in text
    assert text.startswith('{"account":{"id":"acme","timezone":"Europe/Moscow"},"companies":[{')
    assert ": " not in text.replace('"Анна \u2028"', "").replace("Call back", "")


def test_a_model_made_by_hand_is_written_like_one_that_was_read():
    moscow = timezone(timedelta(hours=3))
    made = Snapshot(
        Account("a", "UTC"),
        deals=[Deal("d", "D", None, fields={"when": datetime(2026, 11, 24, 10, tzinfo=moscow)}, contacts=["c"])],
        tasks=[
            Task("t", "1", "", "u", datetime(2026, 11, 20, tzinfo=moscow), date(2026, 11, 24), Subject("deal", "d")),
        ],
    )

    assert load_snapshot(dumps(made)) == made
    assert dumps(load_snapshot(dumps(made))) == dumps(made)


def test_members_of_a_pool_may_be_given_as_an_object():
    loaded = load_policy(policy())

    assert loaded.roles[0].priorities[0].common_queue == CommonQueue(Members(["u2"]), transfer_linked=True)
