"""What supervisors do over HTTP: drafts, publishing, the time machine, the board, transfers, the log, pickers."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from plugins.web.tests.desks import MORNING, SUBJECT, office, policy, task
from workplaces_core import wire


def draft(**more):
    form = wire.dump(policy())
    del form["version"], form["format"]
    form["roles"][0] |= more
    return form


def publish(client, form, based_on=1, comment="проба"):
    return client.post("/api/v1/policies", json={"policy": form, "comment": comment, "based_on": based_on})


def test_a_draft_is_published_under_the_next_version_and_counts_at_once():
    made = office(task("t1", "anna"))
    with made.browser("zoe") as zoe, made.browser("anna") as anna:
        answer = publish(zoe, draft(members={"users": ["boris"]}))
        assert (answer.status_code, answer.json()["version"]) == (201, 2)
        assert anna.get("/api/v1/desk").json()["role"] is None
        newest = zoe.get("/api/v1/policies").json()[0]

    assert newest["author"] == {"id": "zoe", "name": "Зоя", "url": None}
    assert (newest["comment"], newest["in_use"]) == ("проба", True)


def test_a_draft_made_from_an_older_version_is_a_conflict():
    with office().browser("zoe") as zoe:
        assert publish(zoe, draft()).status_code == 201
        answer = publish(zoe, draft())
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:workplaces:problem:conflict")


def test_publishing_asks_for_a_reason():
    with office().browser("zoe") as zoe:
        assert publish(zoe, draft(), comment=" ").json()["problems"][0]["path"] == "comment"


@pytest.mark.parametrize("form", ["/etc/passwd", '{"roles": []}', [], 7, None, True])
def test_only_an_object_is_taken_for_a_policy_and_no_file_is_ever_read(form):
    with office().browser("zoe") as zoe:
        for path in ("check", "preview"):
            answer = zoe.post(f"/api/v1/policies/{path}", json={"policy": form})
            assert answer.status_code == 400
            assert answer.json()["problems"][0] | {"value": None} == {
                "path": "policy", "value": None, "message": "must be an object",
            }  # fmt: skip


def test_every_mistake_of_a_draft_is_said_with_its_place():
    form = draft()
    form["roles"][0]["intervals"][0] |= {"start": "25:00"}
    form["roles"][0]["priorities"][0] |= {"intervals": ["nope"], "first": "never"}
    with office().browser("zoe") as zoe:
        answer = zoe.post("/api/v1/policies/check", json={"policy": form})

    assert sorted(each["path"] for each in answer.json()["problems"]) == [
        "policy.roles[0].intervals[0].start",
        "policy.roles[0].priorities[0].first",
        "policy.roles[0].priorities[0].intervals[0]",
    ]


def test_findings_say_which_setting_they_concern():
    with office().browser("zoe") as zoe:
        form = draft(members={"users": ["anna"], "groups": ["nope"]})
        found = zoe.post("/api/v1/policies/check", json={"policy": form}).json()
    assert ("unknown_group", "roles[0].members.groups[0]") in [(each["code"], each["path"]) for each in found]


def test_a_preview_names_whose_next_task_changes_and_changes_nothing():
    made = office(task("t1", "anna"), task("t2", "zoe"))
    form = draft()
    form["roles"][0]["priorities"][0]["common_queue"] = None
    with made.browser("zoe") as zoe:
        found = zoe.post("/api/v1/policies/preview", json={"policy": form}).json()
        assert zoe.get("/api/v1/policies/current").json()["version"] == 1

    changes = {each["user"]["id"]: (each["before"], each["after"]) for each in found["changes"]}
    assert changes["boris"][0]["task"] == "t1"
    assert changes["boris"][1] is None
    assert (found["uncovered_before"], found["uncovered"]) == (0, 1)


def test_an_old_version_is_published_again_and_differences_are_told():
    with office().browser("zoe") as zoe:
        publish(zoe, draft(name="Продажи", members={"users": ["boris"]}))
        told = zoe.get("/api/v1/policies/1/differences/2").json()["differences"]
        assert [(each["path"], each["kind"]) for each in told] == [
            ("roles[sales].name", "changed"),
            ("roles[sales].members.users", "changed"),
        ]
        again = zoe.post("/api/v1/policies/1/again", json={"comment": "вернуть"})
        assert again.json()["version"] == 3
        assert zoe.get("/api/v1/policies/1/differences/3").json()["differences"] == []
        assert zoe.post("/api/v1/policies/9/again", json={}).status_code == 404


def test_versions_come_in_pages():
    with office().browser("zoe") as zoe:
        for number in range(1, 5):
            publish(zoe, draft(), based_on=number)
        first = zoe.get("/api/v1/policies", params={"limit": 2}).json()
        rest = zoe.get("/api/v1/policies", params={"limit": 9, "before": first[-1]["version"]}).json()
    assert [each["version"] for each in first + rest] == [5, 4, 3, 2, 1]


def test_the_time_machine_shows_a_whole_queue_with_reasons_and_leaves_the_present_alone():
    made = office(task("t1", "anna"), task("t2", "anna", created=MORNING - timedelta(days=1)), task("t3", "zoe"))
    made.edit("task", attrs.evolve(made.crm.snapshot.tasks["t3"], due=MORNING + timedelta(days=1, hours=3)))
    ask = {"user": "anna", "at": "2026-11-25T13:00:00+03:00"}
    with made.browser("zoe") as zoe, made.browser("anna") as anna:
        before = anna.get("/api/v1/desk").json()
        seen = zoe.post("/api/v1/timemachine", json=ask).json()
        cut = zoe.post("/api/v1/timemachine", json=ask | {"limit": 1}).json()
        later = zoe.post("/api/v1/timemachine", json=ask | {"at": "2026-11-25T12:56:00+03:00"}).json()
        assert anna.get("/api/v1/desk").json() == before

    assert [each["card"]["task"] for each in seen["queue"]] == ["t3", "t2", "t1"]
    assert [(each["after"], each["decided_by"]) for each in seen["queue"]] == [
        (None, None), ("t3", "lane"), ("t2", "created"),
    ]  # fmt: skip
    assert (seen["total"], cut["total"], len(cut["queue"])) == (3, 3, 1)
    assert later["queue"][0]["lane"] == "exact"


def test_the_time_machine_takes_a_draft_or_a_version_and_not_both():
    made = office(task("t1", "anna"))
    ask = {"user": "anna", "at": "2026-11-24T10:00:00+03:00"}
    with made.browser("zoe") as zoe:
        publish(zoe, draft(members={"users": ["boris"]}))
        form = draft(name="Черновик")
        roles = [
            zoe.post("/api/v1/timemachine", json=ask | more).json()["desk"]["role"]
            for more in ({}, {"version": 1}, {"policy": form})
        ]
        assert zoe.post("/api/v1/timemachine", json=ask | {"version": 1, "policy": form}).status_code == 400
        assert zoe.post("/api/v1/timemachine", json=ask | {"version": 99}).status_code == 404
        assert zoe.post("/api/v1/timemachine", json=ask | {"at": "2026-11-24T10:00"}).status_code == 400
        assert zoe.post("/api/v1/timemachine", json=ask | {"at": "2300-11-24T10:00:00Z"}).status_code == 400

    assert [role and role["name"] for role in roles] == [None, "Отдел продаж", "Черновик"]


def test_why_is_said_in_both_languages_at_any_moment():
    made = office(task("t1", "anna"))
    ask = {"user": "anna", "at": "2026-11-24T22:00:00+03:00", "task": "t1"}
    with made.browser("zoe") as zoe:
        answers = [zoe.post("/api/v1/timemachine/why", json=ask | {"language": each}).json() for each in ("en", "ru")]
        assert zoe.post("/api/v1/timemachine/why", json=ask | {"task": "nope"}).status_code == 404
        now = zoe.get("/api/v1/why", params={"user": "anna", "task": "t1"}).json()

    codes = [each["code"] for each in answers[0]["explanation"]["roles"][0]["codes"]]
    assert codes == ["role_not_active"]
    assert "the role is not active now" in str(answers[0]["lines"])
    assert "роль сейчас не действует" in str(answers[1]["lines"])
    assert now["explanation"]["at"] == "2026-11-24T07:00:00Z"


def test_the_board_shows_who_works_on_what_and_who_is_idle_and_why():
    made = office(task("t1", "anna"), task("t2", "gone"), rules=policy(members=("anna", "boris", "zoe")))
    lease = made.service.take("anna")
    for _ in range(2):
        made.later(minutes=10)
        made.service.renew("anna", lease.fence)
    with made.browser("zoe") as zoe:
        board = zoe.get("/api/v1/board").json()
        people = {row["user"]["id"]: row for row in board["people"]}
        assert people["anna"]["state"] == "working"
        assert people["anna"]["since"] == "2026-11-24T07:00:00Z"
        assert people["anna"]["task"]["task"] == "t1"
        assert people["boris"]["state"] == "idle"
        assert people["boris"]["next"]["task"] == "t2"
        assert [row["state"] for row in board["people"]] == ["idle", "idle", "working"]

        made.service.finish("anna", lease.fence)
        board = zoe.get("/api/v1/board").json()
        assert {row["user"]["id"]: row["done_today"] for row in board["people"]}["anna"] == 1
        assert [(each["at"], each["taken"], each["finished"]) for each in board["day"]] == [
            ("2026-11-24T07:00:00Z", 1, 0), ("2026-11-24T07:15:00Z", 0, 1),
        ]  # fmt: skip

        made.later(hours=7.8)
        board = zoe.get("/api/v1/board").json()
        assert {row["state"] for row in board["people"]} == {"off"}
        assert {row["opens_at"] for row in board["people"]} == {"2026-11-25T06:00:00Z"}


def test_a_lease_that_expires_leaves_its_holder_idle():
    made = office(task("t1", "anna"))
    made.service.take("anna")
    made.later(minutes=16)
    with made.browser("zoe") as zoe:
        rows = {row["user"]["id"]: row for row in zoe.get("/api/v1/board").json()["people"]}
    assert (rows["anna"]["state"], rows["anna"]["since"]) == ("idle", None)


def test_the_board_counts_what_waits_by_priority_and_shows_what_is_due_first():
    made = office(task("t1"), task("t2", due=MORNING.date() - timedelta(days=3)), task("t3"))
    with made.browser("zoe") as zoe:
        row = zoe.get("/api/v1/board").json()["priorities"][0]
    assert (row["priority"]["name"], row["waiting"], row["oldest"]["task"]) == ("Общие", 3, "t2")


def test_calls_at_an_exact_time_are_met_late_or_missed():
    def at(minutes):
        return MORNING + timedelta(minutes=minutes)

    made = office(task("t1", "anna", due=at(3)), task("t2", "boris", due=at(4)), task("t3", "anna", due=at(5)))
    made.service.take("anna")
    made.later(minutes=6)
    made.service.take("boris")
    with made.browser("zoe") as zoe:
        exact = zoe.get("/api/v1/board").json()["exact"]
    assert (exact["met"], exact["late"], exact["missed"]) == (1, 1, 1)
    assert [card["task"] for card in exact["missed_tasks"]] == ["t3"]


def test_tasks_that_no_rule_covers_are_counted_and_named():
    with office(task("t1", "zoe"), rules=no_common_queue()).browser("zoe") as zoe:
        uncovered = zoe.get("/api/v1/board").json()["uncovered"]
    assert (uncovered["count"], [card["task"] for card in uncovered["examples"]]) == (1, ["t1"])


def no_common_queue():
    rules = policy()
    role = rules.roles[0]
    return attrs.evolve(
        rules, roles=(attrs.evolve(role, priorities=(attrs.evolve(role.priorities[0], common_queue=None),)),)
    )


def test_a_transfer_that_went_half_way_is_shown_and_given_back():
    made = office(task("t1", "gone", subject=SUBJECT))
    made.crm.forbid("deal", "d1")
    made.service.take("anna")
    made.service.run_due()
    with made.browser("zoe") as zoe:
        found = zoe.get("/api/v1/transfers").json()
        board = zoe.get("/api/v1/board").json()
        assert found == board["transfers"]
        assert (found[0]["state"], found[0]["can_give_back"]) == ("partly_transferred", True)
        assert [step["state"] for step in found[0]["steps"]][:2] == ["done", "failed"]
        given = zoe.post(f"/api/v1/transfers/{found[0]['id']}/give-back")
        assert given.status_code == 200, given.text
        assert zoe.post("/api/v1/transfers/999/give-back").status_code == 404
        entry = made.web.audit.newest(limit=1)[0]

    assert made.crm.snapshot.tasks["t1"].responsible == "gone"
    assert (entry.by, entry.action) == ("zoe", "transfer.give_back")


def test_the_log_is_filtered_and_goes_on_after_a_number():
    made = office(task("t1", "anna"), task("t2", "boris"))
    for user in ("anna", "boris"):
        made.service.finish(user, made.service.take(user).fence)
    with made.browser("zoe") as zoe:

        def ask(**params):
            return zoe.get("/api/v1/log", params=params).json()

        assert [each["event"] for each in ask()] == ["published", "taken", "finished", "taken", "finished"]
        assert [each["task"] for each in ask(event=["finished"])] == ["t1", "t2"]
        assert [each["event"] for each in ask(user="boris")] == ["taken", "finished"]
        first = ask(limit=2)
        assert [each["number"] for each in ask(after=first[-1]["number"])] == [3, 4, 5]
        assert ask(since="2026-11-25T00:00:00Z") == []
        wrong = zoe.get("/api/v1/log", params={"event": "nothing"})
    assert (wrong.status_code, wrong.json()["problems"][0]["path"]) == (400, "event[0]")


def test_pickers_offer_what_the_account_has_and_the_comparisons_that_fit():
    with office().browser("zoe") as zoe:
        found = zoe.get("/api/v1/directory").json()

    fields = {each["path"]: each for each in found["fields"]}
    assert fields["deal.price"]["ops"] == ["eq", "in", "lt", "le", "gt", "ge", "between", "is_set"]
    assert fields["deal.tags"]["ops"] == ["has_any", "has_all", "is_set"]
    assert found["tags"]["deal"] == ["vip"]
    assert {"id": "gone", "name": "Ушёл", "active": False, "groups": []} in found["users"]
    assert found["ops"]["days"] == "day range"


def test_the_number_of_processes_that_use_a_version_is_told():
    made = office()
    made.service.start()
    try:
        with made.browser("zoe") as zoe:
            applied = zoe.get("/api/v1/policies/applied").json()
    finally:
        made.service.stop()
    assert applied["version"] == 1
    assert applied["applied"] == applied["processes"]
