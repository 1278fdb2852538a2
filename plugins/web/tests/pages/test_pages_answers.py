"""Pages as they are answered: who may see which, nothing that runs inline, drafts kept however unfinished."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from plugins.web.tests.desks import MORNING, office, task

_PAGES = {
    "/desk": "employee", "/desk/body": "employee", "/board": "supervisor", "/board/body": "supervisor",
    "/admin/roles": "supervisor", "/admin/roles/sales": "supervisor", "/admin/publish": "supervisor",
    "/admin/preview?user=anna": "supervisor", "/admin/versions": "supervisor", "/admin/versions/0/1": "supervisor",
    "/admin/versions/applied": "supervisor", "/admin/time-machine": "supervisor", "/admin/draft": "supervisor",
    "/admin/accounts": "administrator", "/admin/tokens": "administrator", "/admin/audit": "administrator",
}  # fmt: skip
_PEOPLE = {"anna": "employee", "zoe": "supervisor", "root": "administrator"}
_RANK = ("employee", "supervisor", "administrator")


@pytest.fixture(scope="module")
def a():
    return office(task("t1", "anna"), task("t2", "boris", due=MORNING + timedelta(hours=3)))


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_is_for_its_role_and_those_above_it(a, path):
    for login, role in _PEOPLE.items():
        with a.browser(login) as browser:
            status = browser.get(path).status_code
        assert status == (200 if _RANK.index(role) >= _RANK.index(_PAGES[path]) else 403), login


@pytest.mark.parametrize("path", _PAGES)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(a, path):
    with a.browser() as browser:
        answer = browser.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?then=" + path.partition("?")[0])


@pytest.mark.parametrize("path", _PAGES)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_page_carries_anything_that_runs_or_styles_inline(a, path, language):
    with a.browser("root" if _PAGES[path] == "administrator" else "zoe") as browser:
        text = browser.get(path, headers={"Accept-Language": language}).text
    assert not re.search(r"\son\w+=|\sstyle=|hx-on|javascript:|<style", text)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", text)


def test_what_people_typed_is_shown_as_text():
    typed = "<img src=x onerror=alert(1)>"
    b = office(task("t1", "anna", text=typed, subject=None))
    with b.browser("anna") as browser:
        text = browser.get("/desk").text
    assert typed not in text
    assert "&lt;img src=x" in text


def test_an_employee_learns_nothing_about_tasks_that_are_not_his(a):
    with a.browser("anna") as browser:
        assert browser.get("/desk/why/t2").text == browser.get("/desk/why/nothing").text
        assert "Отдел продаж" in browser.get("/desk/why/t1").text


def test_whoever_holds_a_task_is_not_told_that_he_holds_it():
    b = office(task("t1", "anna"))
    with b.browser("anna") as browser:
        browser.post("/api/v1/desk/take")
        text = browser.get("/desk/why/t1").text
    assert "Это текущая задача." in text
    assert "задача в работе до" not in text


def test_a_call_that_is_hours_away_is_told_only_while_nothing_else_is_in_hand():
    b = office(task("t1", "anna"), task("t2", "anna", due=MORNING + timedelta(hours=5)))

    def coming(browser):
        return re.search(
            r'id="desk-coming" class="region" data-state="(\w+)"[^>]*>(.*?)</div>',
            browser.get("/desk/body").text,
            re.DOTALL,
        )

    with b.browser("anna") as browser:
        before = coming(browser)
        browser.post("/api/v1/desk/take")
        after = coming(browser)
        assert "wp-countdown" in before[2]
        assert "wp-countdown" not in after[2]
        assert before[1] != after[1]
        b.later(hours=4)
        assert "wp-countdown" in coming(browser)[2]


def test_one_is_never_sent_to_another_site_after_signing_in(a):
    with a.browser() as browser:
        for wished in ("https://evil.example/", "//evil.example", "/\\evil.example"):
            assert 'data-then="/"' in browser.get("/sign-in", params={"then": wished}).text
            moved = browser.get("/language/en", params={"then": wished}, follow_redirects=False)
            assert moved.headers["location"] == "/"


def test_a_draft_is_kept_however_unfinished_and_what_is_wrong_is_said(a):
    with a.browser("zoe") as browser:
        role = browser.get("/admin/draft").json()["roles"][0] | {
            "name": "",
            "intervals": [{"id": "x", "days": ["mon"], "start": "09:00", "end": "09:00"}],
        }
        answer = browser.put("/admin/draft/roles/sales", json={"role": role})
        assert answer.status_code == 200, answer.text
        assert {each["path"]: each["severity"] for each in answer.json()["remarks"]}["intervals[0].end"] == "problem"
        assert browser.get("/admin/draft").json()["roles"][0]["name"] == ""
        assert browser.get("/admin/roles").status_code == browser.get("/admin/roles/sales").status_code == 200
        browser.delete("/admin/draft")
        assert browser.get("/admin/draft").json()["roles"][0]["name"] == "Отдел продаж"


@pytest.mark.parametrize("body", [{"role": None}, {"role": {"id": "other"}}, {"role": []}, {}, {"more": 1}])
def test_what_is_no_role_is_refused(a, body):
    with a.browser("zoe") as browser:
        assert browser.put("/admin/draft/roles/sales", json=body).status_code == 400


_SHAPELESS = [
    {"intervals": 5}, {"intervals": [1]}, {"priorities": {}}, {"members": 1}, {"members": None}, {"days_off": "x"},
    {"members": {"users": "anna"}}, {"members": {"groups": [1]}}, {"intervals": [{"days": 5}]},
]  # fmt: skip


@pytest.mark.parametrize("part", _SHAPELESS)
def test_a_draft_never_gets_what_its_own_pages_could_not_show(a, part):
    with a.browser("zoe") as browser:
        assert browser.put("/admin/draft/roles/sales", json={"role": {"id": "sales"} | part}).status_code == 400
        assert browser.get("/admin/roles").status_code == 200


_ODD = [
    {"name": 5}, {"name": None},
    {"enabled": "yes"}, {"timezone": 5}, {"exact_time": 5}, {"exact_time": {"lead_minutes": []}},
    {"priorities": [{}]}, {"priorities": [{"name": []}]}, {"intervals": [{}]}, {"intervals": [{"start": 5, "end": []}]},
    {"priorities": [{"id": "a", "where": 5, "task_types": 5, "common_queue": 1}]}, {"more": {}},
    {"intervals": [{"id": "x", "rrule": 5, "start": "09:00", "end": "10:00"}]},
]  # fmt: skip


@pytest.mark.parametrize("part", _ODD)
def test_every_page_shows_whatever_a_draft_may_hold(a, part):
    with a.browser("zoe") as browser:
        answer = browser.put("/admin/draft/roles/sales", json={"role": {"id": "sales"} | part})
        assert answer.status_code == 200, answer.text
        for path in (
            "/admin/roles",
            "/admin/roles/sales",
            "/admin/publish",
            "/admin/preview?user=anna",
            "/admin/time-machine?version=draft",
        ):
            assert browser.get(path).status_code == 200, path
        browser.delete("/admin/draft")


@pytest.mark.parametrize("depth", [100, 300, 5_000, 100_000])
def test_a_draft_nested_ever_so_deep_breaks_nothing(a, depth):
    where = '{"not":' * depth + "1" + "}" * depth
    text = '{"role": {"id": "sales", "priorities": [{"id": "p", "where": ' + where + "}]}}"
    with a.browser("zoe") as browser:
        answer = browser.put("/admin/draft/roles/sales", content=text, headers={"Content-Type": "application/json"})
        assert answer.status_code in {200, 400}
        assert browser.get("/admin/roles").status_code == 200
        browser.delete("/admin/draft")


def test_a_draft_is_changed_only_with_the_sessions_own_token(a):
    with a.browser("zoe") as browser:
        browser.headers["X-CSRF-Token"] = "wrong"
        assert browser.put("/admin/draft/order", json={"ids": ["sales"]}).status_code == 403


def test_the_language_is_the_chosen_one_else_the_browsers(a):
    with a.browser() as browser:
        assert 'lang="en"' in browser.get("/sign-in", headers={"Accept-Language": "en-GB,ru;q=0.5"}).text
        browser.get("/language/ru", params={"then": "/sign-in"})
        assert 'lang="ru"' in browser.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
