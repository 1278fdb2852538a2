"""Who may call what: every route with every kind of caller, from the table of routes itself."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient
from workplaces_web.app import routes_of
from workplaces_web.people.model import SCOPES

from plugins.web.tests.desks import office, sign_in, task

# What each route asks, written down a second time on purpose: a route that is not here fails the test.
PUBLIC = """
GET /healthz
GET /readyz
GET /metrics
GET /api/description
GET /api/description/openapi.json
GET /api/description/{path:str}
GET /api/openapi.json
GET /api/docs
GET /api/docs.css
GET /enter/{ticket:str}
POST /api/v1/session
POST /api/v1/setup
POST /api/v1/links/password
GET /api/v1/demo/people
POST /api/v1/demo/session
POST /amocrm/widget/session
POST /hooks/{secret:str}
"""
EMPLOYEE = """
GET /api/v1/me                        any
POST /api/v1/me/password              none
DELETE /api/v1/session                none
GET /api/v1/desk                      desk
GET /api/v1/desk/events               desk
GET /api/v1/desk/why                  desk
POST /api/v1/desk/take                desk
POST /api/v1/desk/renew               desk
POST /api/v1/desk/finish              desk
POST /api/v1/desk/postpone            desk
POST /api/v1/desk/release             desk
POST /api/v1/desk/skip                desk
POST /api/v1/desk/notices/dismiss     desk
"""
SUPERVISOR = """
GET /api/v1/why                                              read
POST /api/v1/timemachine                                     read
POST /api/v1/timemachine/why                                 read
GET /api/v1/policies                                         read
GET /api/v1/policies/current                                 read
GET /api/v1/policies/applied                                 read
GET /api/v1/policies/{version:int}                           read
GET /api/v1/policies/{before:int}/differences/{after:int}    read
POST /api/v1/policies                                        publish
POST /api/v1/policies/{version:int}/again                    publish
POST /api/v1/policies/check                                  read
POST /api/v1/policies/preview                                read
GET /api/v1/board                                            read
GET /api/v1/board/events                                     read
GET /api/v1/desks/{user:str}                                 read
GET /api/v1/transfers                                        read
POST /api/v1/transfers/{saga:int}/give-back                  publish
GET /api/v1/log                                              read
GET /api/v1/directory                                        read
"""
ADMINISTRATOR = """
GET /api/v1/accounts                     admin
POST /api/v1/accounts                    admin
PATCH /api/v1/accounts/{account:str}     admin
POST /api/v1/accounts/{account:str}/link none
GET /api/v1/tokens                       admin
POST /api/v1/tokens                      none
DELETE /api/v1/tokens/{token:str}        admin
GET /api/v1/audit                        admin
"""
WITHOUT_CSRF = {
    "POST /api/v1/session",
    "POST /api/v1/setup",
    "POST /api/v1/links/password",
    "POST /api/v1/demo/session",
    "POST /amocrm/widget/session",
    "POST /hooks/{secret:str}",
}
ROLES = ("employee", "supervisor", "administrator")
LOGINS = {"employee": "anna", "supervisor": "zoe", "administrator": "root"}
SAMPLES = {"{path:str}": "nothing",
           "{ticket:str}": "pabc.secret", "{secret:str}": "guess", "{version:int}": "1", "{before:int}": "1",
           "{after:int}": "1", "{user:str}": "boris", "{saga:int}": "1", "{account:str}": "pabc",
           "{token:str}": "tabc"}  # fmt: skip


def table() -> dict[str, tuple[str | None, str]]:
    """The role and the scope that each route asks, by method and path."""
    found: dict[str, tuple[str | None, str]] = {}
    for role, text in ((None, PUBLIC), *zip(ROLES, (EMPLOYEE, SUPERVISOR, ADMINISTRATOR), strict=True)):
        for line in text.strip().splitlines():
            method, path, *scope = line.split()
            found[f"{method} {path}"] = role, scope[0] if scope else "any"
    return found


class Verified:
    user_id = "anna"


@pytest.fixture(scope="module")
def made():
    from workplaces_web.app import create_app  # noqa: PLC0415
    from workplaces_web.web import CrmSide  # noqa: PLC0415

    made = office(task("t1"), webhook_secret="the secret of hooks")
    crm = CrmSide(verify_widget_token=lambda _: Verified(), receive=lambda *_: 200)
    made.app = create_app(made.settings, made.service, crm=crm, runs_service=False)
    made.web = made.app.state.web
    return made


def api_routes(app: Any) -> dict[str, Any]:
    """The routes of this plugin that are not pages."""
    ours = ("/api", "/hooks", "/amocrm", "/enter", "/healthz", "/readyz", "/metrics")
    return {
        f"{method} {path}": handler
        for path, handler in routes_of(app)
        if path.startswith(ours)
        for method in handler.http_methods
    }


def call(client: TestClient, route: str, **more: Any):
    method, path = route.split()
    for name, sample in SAMPLES.items():
        path = path.replace(name, sample)
    body = {} if method in {"GET", "DELETE"} else {"json": {}}
    answer = client.request(method, path, follow_redirects=False, **body, **more)
    assert answer.status_code < 500, (route, answer.text)
    return answer


def was_let_in(answer: Any) -> bool:
    """Whether the guard let a request through; what the route itself then answers is another matter."""
    if answer.headers.get("content-type") != "application/problem+json":
        return True
    detail = answer.json()["detail"]
    return not detail.startswith(("sign in first", "this asks for the role", "the header X-CSRF-Token"))


def test_every_route_stands_in_the_table(made):
    assert sorted(api_routes(made.app)) == sorted(table())


def test_every_route_says_who_may_call_it_pages_too(made):
    assert [path for path, handler in routes_of(made.app) if "access" not in handler.opt] == []


@pytest.mark.parametrize("who", [None, *ROLES])
def test_every_role_gets_what_is_its_own_and_nothing_more(made, who):
    allowed = {None, *ROLES[: ROLES.index(who) + 1]} if who else {None}
    handlers = api_routes(made.app)
    with made.browser() as browser:
        for route, (role, _) in table().items():
            # Signed in anew each time: some routes sign out, and streams would never end.
            if who is not None and route.startswith(("DELETE /api/v1/session", "POST /api/v1/me", "GET /api/v1/me")):
                browser.cookies.clear()
            if who is not None and not browser.cookies:
                sign_in(browser, LOGINS[who])
            if handlers[route].opt.get("streams") and role in allowed:
                continue
            answer = call(browser, route)
            assert was_let_in(answer) == (role in allowed), (who, route, answer.text)
            if route == "DELETE /api/v1/session":
                browser.cookies.clear()
            if who is not None and browser.headers.get("X-CSRF-Token") and not browser.cookies:
                sign_in(browser, LOGINS[who])


@pytest.mark.parametrize("owner", ROLES)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_reaches_what_its_scope_names_and_its_owner_may(made, scope, owner):
    person = made.web.people.by_login(LOGINS[owner])
    _, text = made.web.tokens.create(person.id, "test", [scope])
    allowed = {None, *ROLES[: ROLES.index(owner) + 1]}
    handlers = api_routes(made.app)
    with made.browser() as program:
        for route, (role, asked) in table().items():
            fits = role is None or asked in {"any", scope} or (asked == "desk" and scope == "desks")
            expected = fits and role in allowed
            if route == "GET /metrics" or (handlers[route].opt.get("streams") and expected):
                continue
            answer = call(program, route, headers={"Authorization": f"Bearer {text}"})
            assert was_let_in(answer) == expected, (scope, owner, route, answer.text)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("route", [each for each in table() if "/desk/" in f"{each}/"])
def test_nobody_uses_somebody_elses_desk_by_browser(made, who, route):
    bodies = {"renew": {"fence": 1}, "finish": {"fence": 1}, "postpone": {"fence": 1, "due": "2026-11-25"},
              "release": {"fence": 1}, "skip": {"fence": 1}, "dismiss": {"up_to": 1}}  # fmt: skip
    method, path = route.split()
    body = bodies.get(path.rsplit("/", 1)[-1])
    query = {"user": "boris", "task": "t1"} if path.endswith("why") else {"user": "boris"}
    with made.browser(LOGINS[who]) as browser:
        answer = browser.request(method, path, params=query, **({"json": body} if body else {}))

    assert (answer.status_code, answer.json()["detail"]) == (403, "this is somebody else's desk")


def test_a_token_for_all_desks_uses_any_of_them_only_while_its_owner_is_a_supervisor(made):
    person = made.web.people.create("Интеграция", "supervisor", source="local", login="robot")
    _, text = made.web.tokens.create(person.id, "телефония", ["desks"])
    head = {"Authorization": f"Bearer {text}"}
    with made.browser() as program:
        assert program.get("/api/v1/desk", params={"user": "boris"}, headers=head).json()["user"] == "boris"
        made.web.people.set_role(person.id, "employee")
        assert program.get("/api/v1/desk", params={"user": "boris"}, headers=head).status_code == 403


@pytest.mark.parametrize("token", ["nonsense", "wpt_t1_x", "wpt__", ""])
def test_a_token_that_is_none_is_never_overlooked(made, token):
    with made.browser("root") as browser:
        answer = browser.get("/api/v1/desk", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_a_revoked_token_and_one_whose_owner_was_shut_out_work_no_more(made):
    person = made.web.people.create("Робот", "supervisor", source="local", login="robot 2")
    token, text = made.web.tokens.create(person.id, "test", ["read"])
    other, second = made.web.tokens.create(person.id, "test", ["read"])
    with made.browser() as program:

        def status(text: str) -> int:
            return program.get("/api/v1/board", headers={"Authorization": f"Bearer {text}"}).status_code

        assert status(text) == 200
        made.web.tokens.revoke(token.id)
        assert status(text) == 401
        assert status(second) == 200
        made.web.people.set_active(person.id, active=False)
        assert status(second) == 401
        assert text.split("_")[2] not in made.store.cells.read(f"web/token/{other.id}").value


def unsafe(app: Any) -> list[str]:
    return [
        f"{method} {path}"
        for path, handler in routes_of(app)
        for method in handler.http_methods
        if method not in {"GET", "HEAD", "OPTIONS"}
    ]


def test_every_request_that_changes_something_asks_a_browser_for_its_csrf_token(made):
    with made.browser("root") as browser:
        for wrong in ("", "guess"):
            browser.headers["X-CSRF-Token"] = wrong
            for route in unsafe(made.app):
                if route in WITHOUT_CSRF:
                    continue
                answer = call(browser, route)
                assert answer.status_code == 403, (route, answer.text)
                assert " /api" not in route or answer.json()["detail"].startswith("the header X-CSRF-Token"), route


def test_a_page_of_another_site_can_make_a_browser_send_nothing(made):
    with made.browser("root") as browser:
        for route in unsafe(made.app):
            if route in {"POST /amocrm/widget/session", "POST /hooks/{secret:str}"}:
                continue
            answer = call(browser, route, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 403, route
            assert " /api" not in route or "a page of another site" in answer.json()["detail"], route
