"""The desk over HTTP: what it shows, what its commands do, and how it says no."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import attrs
import pytest

from plugins.web.tests.desks import MORNING, SUBJECT, office, policy, task
from workplaces_core.errors import CrmUnavailable, StoreUnavailable


def test_a_desk_shows_the_head_of_the_queue_with_names_and_what_is_left():
    with office(task("t1", subject=SUBJECT), task("t2", "anna")).browser("anna") as anna:
        desk = anna.get("/api/v1/desk").json()

    assert desk["next"]["card"]["title"] == "Ромашка, 20 шт"
    assert desk["next"]["card"]["contact"] == {"id": "c1", "name": "Ирина", "url": None}
    assert desk["next"]["shared"]
    assert desk["left"] == {"own": 1, "shared": 1}
    assert desk["role"]["name"] == "Отдел продаж"
    assert [row["task"] for row in desk["queue"]] == ["t1", "t2"]


def test_a_card_leads_to_the_crm_where_the_settings_say_so():
    made = office(task("t1", subject=SUBJECT), card_urls={"deal": "https://acme.example/leads/{id}"})
    with made.browser("anna") as anna:
        assert anna.get("/api/v1/desk").json()["next"]["card"]["url"] == "https://acme.example/leads/d1"


def test_taking_finishing_and_taking_again_goes_through_the_queue():
    made = office(task("t1", "anna"), task("t2", "anna"))
    with made.browser("anna") as anna:
        first = anna.post("/api/v1/desk/take").json()["lease"]
        assert anna.get("/api/v1/desk").json()["current"]["fence"] == first["fence"]
        ended = anna.post("/api/v1/desk/finish", json={"fence": first["fence"], "result": "дозвонилась"}).json()
        second = anna.post("/api/v1/desk/take").json()["lease"]

    assert (first["task"], ended["event"], second["task"]) == ("t1", "finished", "t2")
    assert made.crm.results == {"t1": ["дозвонилась"]}


def test_a_key_gives_the_first_answer_again_and_refuses_another_command():
    with office(task("t1", "anna"), task("t2", "anna")).browser("anna") as anna:
        fence = anna.post("/api/v1/desk/take", headers={"Idempotency-Key": "k1"}).json()["lease"]["fence"]
        key = {"Idempotency-Key": "k2"}
        first = anna.post("/api/v1/desk/finish", json={"fence": fence}, headers=key)
        again = anna.post("/api/v1/desk/finish", json={"fence": fence}, headers=key)
        other = anna.post("/api/v1/desk/release", json={"fence": fence}, headers=key)

    assert first.json() == again.json()
    assert (other.status_code, other.json()["type"]) == (409, "urn:workplaces:problem:key-reused")


def test_a_task_is_put_off_given_back_or_skipped():
    made = office(task("t1", "anna"))
    with made.browser("anna") as anna:

        def held() -> int:
            return anna.post("/api/v1/desk/take").json()["lease"]["fence"]

        assert anna.post("/api/v1/desk/release", json={"fence": held(), "reason": "обед"}).json()["event"] == "released"
        skipped = anna.post("/api/v1/desk/skip", json={"fence": held(), "minutes": 5})
        assert skipped.json()["event"] == "skipped"
        assert anna.post("/api/v1/desk/take").json()["nothing"] == "nothing_to_do"
        made.later(minutes=6)
        due = {"fence": held(), "due": "2026-11-25T12:00:00+03:00"}
        assert anna.post("/api/v1/desk/postpone", json=due).json()["event"] == "postponed"

    assert made.crm.snapshot.tasks["t1"].due == MORNING + timedelta(hours=26)


def test_an_old_fence_is_refused_and_says_how_its_lease_ended():
    made = office(task("t1", "anna"))
    with made.browser("anna") as anna:
        fence = anna.post("/api/v1/desk/take").json()["lease"]["fence"]
        made.edit("task", attrs.evolve(made.crm.snapshot.tasks["t1"], completed=True))
        answer = anna.post("/api/v1/desk/finish", json={"fence": fence})

        assert (answer.status_code, answer.json()["lease_ended"]) == (409, "completed")
        notices = anna.get("/api/v1/desk").json()["notices"]
        assert [each["event"] for each in notices] == ["completed"]
        assert anna.post("/api/v1/desk/notices/dismiss", json={"up_to": notices[0]["number"]}).status_code == 204
        assert anna.get("/api/v1/desk").json()["notices"] == []


def test_somebody_elses_fence_is_not_yours():
    made = office(task("t1", "anna"))
    with made.browser("anna") as anna, made.browser("boris") as boris:
        fence = anna.post("/api/v1/desk/take").json()["lease"]["fence"]
        answer = boris.post("/api/v1/desk/finish", json={"fence": fence})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:workplaces:problem:not-yours")


def test_a_call_at_an_exact_time_comes_with_the_moment_at_which_it_opens():
    soon = MORNING + timedelta(minutes=30)
    with office(task("t1", "anna", due=soon)).browser("anna") as anna:
        desk = anna.get("/api/v1/desk").json()

    assert desk["coming"]["card"]["task"] == "t1"
    assert desk["coming"]["opens_at"] == "2026-11-24T07:25:00Z"
    assert desk["nothing"] == {"reason": "nothing_to_do", "opens_at": "2026-11-24T07:25:00Z"}


def test_without_a_role_the_desk_says_when_the_next_one_begins():
    made = office(task("t1", "anna"))
    made.later(hours=12)
    with made.browser("anna") as anna:
        desk = anna.get("/api/v1/desk").json()

    assert desk["next_role"] == {"id": "sales", "name": "Отдел продаж", "starts": "2026-11-25T06:00:00Z"}
    assert desk["nothing"]["reason"] == "no_role"


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("finish", {"fence": "1"}, "fence"),
        ("finish", {"fence": 1, "rezult": ""}, "rezult"),
        ("finish", {}, "fence"),
        ("finish", [], ""),
        ("postpone", {"fence": 1, "due": "завтра"}, "due"),
        ("postpone", {"fence": 1, "due": "2026-11-25T12:00"}, "due"),
        ("skip", {"fence": 1, "minutes": 0}, "minutes"),
        ("release", {"fence": 1, "reason": "а" * 5000}, "reason"),
        ("renew", {"fence": 2**70}, "fence"),
        ("notices/dismiss", {"up_to": None}, "up_to"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_with_its_path(path, body, where):
    with office().browser("anna") as anna:
        answer = anna.post(f"/api/v1/desk/{path}", json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [each["path"] for each in answer.json()["problems"]] == [where]


def test_all_that_is_wrong_is_said_at_once():
    with office().browser("anna") as anna:
        answer = anna.post("/api/v1/desk/skip", json={"fence": "x", "minutes": "y", "z": 1})

    assert sorted(each["path"] for each in answer.json()["problems"]) == ["fence", "minutes", "z"]


@pytest.mark.parametrize(
    ("raised", "status", "seconds"),
    [
        (CrmUnavailable("away", retry_after=7.2), 503, "8"),
        (CrmUnavailable("away"), 503, "5"),
        (StoreUnavailable("down"), 503, "5"),
    ],
)
def test_what_is_away_says_when_to_try_again(raised, status, seconds):
    made = office(task("t1", "anna"))
    with made.browser("anna") as anna:

        def fails(*_, **__):
            raise raised

        made.service.take = fails
        answer = anna.post("/api/v1/desk/take")

    assert (answer.status_code, answer.headers["Retry-After"]) == (status, seconds)


def test_an_error_nobody_foresaw_says_nothing_of_itself(caplog):
    made = office(task("t1", "anna"))
    with made.browser("anna") as anna:

        def fails(*_, **__):
            raise RuntimeError("the secret of the house")

        made.service.take = fails
        answer = anna.post("/api/v1/desk/take")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "the secret of the house" in caplog.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/api/v1/nothing", 404), ("PUT", "/api/v1/me", 405)])
def test_also_what_is_not_there_is_a_problem(method, path, status):
    with office().browser("anna") as anna:
        answer = anna.request(method, path)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert "content-security-policy" in answer.headers


def test_two_employees_race_for_a_common_task_and_one_gets_it():
    """Fifty times over HTTP, with nothing between the two but the service."""
    made = office(rules=policy(exact=False))
    with made.browser("anna") as anna, made.browser("boris") as boris, ThreadPoolExecutor(2) as both:
        for number in range(50):
            made.edit("task", task(f"t{number}"))
            start = Barrier(2)

            def take(browser, start=start):
                start.wait()
                return browser.post("/api/v1/desk/take").json()

            answers = list(both.map(take, [anna, boris]))
            winners = [answer["lease"] for answer in answers if answer["lease"]]
            assert [lease["task"] for lease in winners] == [f"t{number}"]
            winner = anna if winners[0]["user"] == "anna" else boris
            ended = winner.post("/api/v1/desk/finish", json={"fence": winners[0]["fence"]})
            assert ended.status_code == 200, ended.text


def test_why_is_answered_of_ones_own_tasks_and_queue_and_of_no_others():
    made = office(task("t1"), task("t2", "zoe"), task("t9", "zoe", due=MORNING + timedelta(days=3)))
    with made.browser("anna") as anna:
        mine = anna.get("/api/v1/desk/why", params={"task": "t1", "language": "en"})
        hidden = anna.get("/api/v1/desk/why", params={"task": "t9"})
        absent = anna.get("/api/v1/desk/why", params={"task": "nope"})

    assert json.loads(mine.text)["lines"][1]["text"].startswith("It comes next")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"].replace("t9", "") == absent.json()["detail"].replace("nope", "")
