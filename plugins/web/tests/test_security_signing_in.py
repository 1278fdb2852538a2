"""Signing in and what protects it: sessions, cookies, links, passwords, how often one may try, and what is logged."""

from __future__ import annotations

import attrs
import pytest
from workplaces_web.app import create_app
from workplaces_web.people import setup
from workplaces_web.people.secrets import PasswordHashes
from workplaces_web.web import CrmSide

from plugins.web.tests.desks import CHEAP, PASSWORD, office, sign_in, task
from workplaces_core.errors import NotAllowed

LOGIN = {"login": "anna", "password": PASSWORD}


def cookie(client, **settings) -> str:
    return client.cookies.get("workplaces")


def test_signing_in_takes_login_and_password_whatever_the_case_of_the_login():
    with office().browser() as browser:
        assert browser.get("/api/v1/me").status_code == 401
        assert browser.post("/api/v1/session", json=LOGIN | {"login": " Anna "}).status_code == 201
        assert browser.get("/api/v1/me").json()["user"] == "anna"


@pytest.mark.parametrize("body", [LOGIN | {"password": "wrong password"}, LOGIN | {"login": "nobody"}])
def test_a_wrong_password_and_an_unknown_login_are_answered_alike(body):
    with office().browser() as browser:
        answer = browser.post("/api/v1/session", json=body)

    assert answer.status_code == 401
    assert answer.json()["detail"] == "login and password do not fit together"
    assert "set-cookie" not in answer.headers


def test_an_account_without_a_password_cannot_be_signed_in_to():
    made = office()
    made.web.people.create("Новый", "employee", source="local", login="new")
    with made.browser() as browser:
        for password in ("", "None", "null"):
            assert browser.post("/api/v1/session", json={"login": "new", "password": password}).status_code == 401


def test_no_password_fits_an_account_that_has_none_not_even_what_is_compared_in_its_place():
    hashes = PasswordHashes(CHEAP)
    hashes.__dict__["_nobody"] = hashes.hash(PASSWORD)
    assert hashes.fits(hashes.hash(PASSWORD), PASSWORD)
    assert not hashes.fits(None, PASSWORD)


def test_a_session_given_before_signing_in_is_never_the_one_after():
    """Session fixation: what an attacker put into the browser is worth nothing afterwards."""
    made = office()
    with made.browser("anna") as browser:
        before = cookie(browser)
        sign_in(browser, "anna")
        after = cookie(browser)
        assert before != after
        browser.cookies.set("workplaces", before, domain="127.0.0.1")
        browser.cookies.clear()
        assert browser.get("/api/v1/me", headers={"Cookie": f"workplaces={before}"}).status_code == 401
        assert browser.get("/api/v1/me", headers={"Cookie": f"workplaces={after}"}).status_code == 200


def test_after_signing_out_a_copied_cookie_is_worth_nothing():
    with office().browser("anna") as browser:
        copied = cookie(browser)
        assert browser.delete("/api/v1/session").status_code == 204
        browser.cookies.clear()
        assert browser.get("/api/v1/me", headers={"Cookie": f"workplaces={copied}"}).status_code == 401


def test_another_role_another_password_and_being_shut_out_end_all_sessions():
    made = office()
    person = made.web.people.by_login("anna")
    changes = (
        lambda: made.web.people.set_role(person.id, "supervisor"),
        lambda: made.web.people.set_password(person.id, PASSWORD),
        lambda: made.web.people.set_active(person.id, active=False),
    )
    with made.browser() as browser:
        for change in changes:
            sign_in(browser, "anna")
            assert browser.get("/api/v1/me").status_code == 200
            change()
            assert browser.get("/api/v1/me").status_code == 401
        assert browser.post("/api/v1/session", json=LOGIN).status_code == 401


def test_a_session_ends_when_it_is_not_used_and_after_its_longest_time():
    made = office()
    with made.browser("anna") as browser:
        for _ in range(20):
            made.later(hours=7)
            assert browser.get("/api/v1/me").status_code == 200
        made.later(hours=9)
        assert browser.get("/api/v1/me").status_code == 401
        sign_in(browser, "anna")
        for _ in range(7 * 24 // 7):
            made.later(hours=7)
            last = browser.get("/api/v1/me").status_code
        assert last == 401


def test_the_cookie_is_strict_hidden_from_scripts_and_bound_to_the_host():
    with office(public_url="https://desk.example").browser() as browser:
        header = browser.post("/api/v1/session", json=LOGIN).headers["set-cookie"]

    name, *flags = [part.strip() for part in header.split(";")]
    assert name.startswith("__Host-workplaces=")
    assert {"Path=/", "HttpOnly", "Secure", "SameSite=Strict"} <= set(flags)
    assert not any(flag.lower().startswith("domain") for flag in flags)


def test_secrets_of_sessions_are_not_what_the_store_keeps():
    made = office()
    with made.browser("anna") as browser:
        person_id, _, secret = cookie(browser).partition(".")
        kept = made.store.cells.read(f"web/person/{person_id}").value

    assert secret not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


def test_failing_too_often_shuts_a_login_for_a_while_also_in_another_process():
    made = office()
    other = create_app(made.settings, made.service, runs_service=False)
    with made.browser() as browser, made.browser(app=other) as second:
        for _ in range(10):
            assert browser.post("/api/v1/session", json=LOGIN | {"password": "guess"}).status_code == 401
        shut = second.post("/api/v1/session", json=LOGIN)
        assert shut.status_code == 429
        assert int(shut.headers["Retry-After"]) == 600
        assert second.post("/api/v1/session", json=LOGIN | {"login": "boris"}).status_code == 201
        made.later(minutes=11)
        assert second.post("/api/v1/session", json=LOGIN).status_code == 201


def test_calling_too_often_is_answered_with_when_to_come_again():
    made = office()
    made.settings = attrs.evolve(made.settings, rates=attrs.evolve(made.settings.rates, calls_a_minute=5))
    with made.browser("anna", app=create_app(made.settings, made.service, runs_service=False)) as browser:
        answers = [browser.get("/api/v1/me") for _ in range(7)]

    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_body_that_is_too_large_is_refused():
    made = office()
    made.settings = attrs.evolve(made.settings, rates=attrs.evolve(made.settings.rates, body_bytes=1000))
    with made.browser(app=create_app(made.settings, made.service, runs_service=False)) as browser:
        answer = browser.post("/api/v1/session", json=LOGIN | {"login": "a" * 2000})
    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_does_not_say_that_it_is_json_is_refused(kind):
    with office().browser() as browser:
        answer = browser.post("/api/v1/session", content='{"login": "anna"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


# -- the first start and links -------------------------------------------------------------------------------------


ROOT = {"login": "boss", "name": "Начальник", "password": "долгий пароль"}


def empty_office():
    made = office()
    made.store.cells._cells.clear()
    return made


def test_the_link_of_the_first_start_makes_one_administrator_and_no_second():
    made = empty_office()
    link = setup.offer(made.store.cells, needed=True)
    with made.browser() as browser:
        assert browser.post("/api/v1/setup", json=ROOT | {"link": "guess"}).status_code == 403
        first = browser.post("/api/v1/setup", json=ROOT | {"link": link})
        again = browser.post("/api/v1/setup", json=ROOT | {"link": link, "login": "second"})
        assert browser.get("/api/v1/me").json()["role"] == "administrator"

    assert (first.status_code, again.status_code) == (201, 403)
    assert setup.offer(made.store.cells, needed=not made.web.people.has_administrator()) is None


def test_whoever_came_by_the_panel_first_does_not_keep_the_administrator_out():
    made, _ = with_widget()
    made.store.cells._cells.clear()
    with made.browser() as browser:
        assert browser.post("/amocrm/widget/session", headers={"X-Auth-Token": "anna:1"}).status_code == 201
    assert made.web.people.directory().people
    assert not made.web.people.has_administrator()


def test_a_second_start_makes_another_link_and_the_first_one_stops_working():
    made = empty_office()
    first = setup.offer(made.store.cells, needed=True)
    setup.offer(made.store.cells, needed=True)
    with pytest.raises(NotAllowed):
        setup.use(made.store.cells, first)


def test_a_link_for_a_password_works_once_and_not_for_ever():
    made = office()
    with made.browser("root") as root, made.browser() as anna:
        account = made.web.people.by_login("anna").id

        def link() -> str:
            return root.post(f"/api/v1/accounts/{account}/link").json()["ticket"]

        def use(ticket: str) -> int:
            anna.cookies.clear()
            return anna.post("/api/v1/links/password", json={"link": ticket, "password": "новый пароль"}).status_code

        ticket = link()
        assert (use(ticket), use(ticket)) == (201, 403)
        made_link = root.post(f"/api/v1/accounts/{account}/link").json()
        page, _, secret = made_link["url"].partition("#")
        assert secret == made_link["ticket"]
        assert anna.get(page).status_code == 200
        first, second = link(), link()
        assert use(first) == 403
        assert use(second) == 201
        late = link()
        made.later(hours=49)
        assert use(late) == 403


def test_short_passwords_are_refused_and_never_repeated():
    with office().browser() as browser:
        answer = browser.post("/api/v1/links/password", json={"link": "x", "password": "secret123"})
    assert answer.status_code == 400
    assert "secret123" not in answer.text


def test_only_a_demonstration_lets_one_be_somebody():
    with office().browser() as browser:
        assert browser.get("/api/v1/demo/people").status_code == 404
        assert browser.post("/api/v1/demo/session", json={"person": "p1"}).status_code == 404
    made = office(demo=True)
    with made.browser() as browser:
        person = made.web.people.by_login("root").id
        assert browser.post("/api/v1/demo/session", json={"person": person}).status_code == 404


# -- the CRM's side ------------------------------------------------------------------------------------------------


@attrs.frozen
class Widget:
    """A CRM whose tokens are `user:number`, each good once."""

    seen: set[str] = attrs.field(factory=set)
    hooks: list[tuple[str, bytes, str]] = attrs.field(factory=list)

    def verify(self, token: str):
        if ":" not in token or token in self.seen:
            raise NotAllowed("the token was used before, each is accepted once")
        self.seen.add(token)
        return User(token.partition(":")[0])

    def receive(self, secret: str, body: bytes, kind: str) -> int:
        self.hooks.append((secret, body, kind))
        return 200


@attrs.frozen
class User:
    user_id: str


def with_widget(**settings):
    made = office(
        task("t1", "anna"), public_url="https://desk.example", frame_ancestors=("https://acme.amocrm.ru",),
        webhook_secret="s3cret", **settings,
    )  # fmt: skip
    widget = Widget()
    crm = CrmSide(verify_widget_token=widget.verify, receive=widget.receive)
    made.app = create_app(made.settings, made.service, crm=crm, runs_service=False)
    made.web = made.app.state.web
    return made, widget


def test_the_panel_is_signed_in_by_an_address_that_works_once():
    made, _ = with_widget()
    with made.browser() as browser:
        answer = browser.post("/amocrm/widget/session", headers={"X-Auth-Token": "anna:1"})
        path = answer.json()["url"].removeprefix("https://desk.example")
        entered = browser.get(path, follow_redirects=False)
        again = browser.get(path, follow_redirects=False)

    assert (entered.status_code, entered.headers["location"], again.status_code) == (303, "/desk", 403)
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("__Host-workplaces-frame=")
    assert "SameSite=None; Partitioned" in cookie


def test_the_crms_token_is_accepted_once():
    made, _ = with_widget()
    with made.browser() as browser:
        answers = [browser.post("/amocrm/widget/session", headers={"X-Auth-Token": "anna:1"}) for _ in range(2)]
        nothing = browser.post("/amocrm/widget/session")
    assert [each.status_code for each in answers] == [201, 403]
    assert nothing.status_code == 403


def test_the_address_of_the_panel_is_good_for_seconds_only():
    made, _ = with_widget()
    with made.browser() as browser:
        url = browser.post("/amocrm/widget/session", headers={"X-Auth-Token": "anna:1"}).json()["url"]
        made.later(seconds=31)
        assert browser.get(url.removeprefix("https://desk.example"), follow_redirects=False).status_code == 403


@pytest.mark.parametrize("user", ["gone", "stranger"])
def test_whoever_is_dismissed_or_unknown_gets_no_panel(user):
    made, _ = with_widget()
    with made.browser() as browser:
        assert browser.post("/amocrm/widget/session", headers={"X-Auth-Token": f"{user}:1"}).status_code == 403


def test_only_pages_of_the_account_may_read_what_the_panel_is_answered():
    made, _ = with_widget()
    with made.browser() as browser:
        for origin, allowed in (("https://acme.amocrm.ru", True), ("https://evil.example", False)):
            asks = {"Origin": origin, "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "x-auth-token"}  # fmt: skip
            asked = browser.options("/amocrm/widget/session", headers=asks)
            head = {"Origin": origin, "X-Auth-Token": f"anna:{origin}"}
            answer = browser.post("/amocrm/widget/session", headers=head)
            for each in (asked, answer):
                assert (each.headers.get("Access-Control-Allow-Origin") == origin) == allowed
                assert "Access-Control-Allow-Credentials" not in each.headers


def test_without_the_crms_plugin_its_routes_are_not_there():
    with office(webhook_secret="s3cret").browser() as browser:
        assert browser.post("/amocrm/widget/session").status_code == 404
        assert browser.post("/hooks/s3cret").status_code == 404


def test_a_webhook_is_let_in_by_the_secret_in_its_path_alone():
    made, widget = with_widget()
    with made.browser() as browser:
        guessed = browser.post("/hooks/guess", content=b"task=1")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        known = browser.post("/hooks/s3cret", content=b"task=1", headers=kind)

    assert (guessed.status_code, known.status_code) == (404, 200)
    assert widget.hooks == [("s3cret", b"task=1", "application/x-www-form-urlencoded")]


# -- what browsers are told, what is logged --------------------------------------------------------------------------


def test_every_answer_carries_the_headers_that_protect_it():
    made, _ = with_widget()
    with made.browser() as browser:
        for path in ("/healthz", "/api/v1/me", "/nothing", "/api/docs", "/api/openapi.json"):
            headers = browser.get(path).headers
            policy = headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert policy.endswith("frame-ancestors 'self' https://acme.amocrm.ru")
            assert headers["x-content-type-options"] == "nosniff"
            assert "max-age=" in headers["strict-transport-security"]
            assert headers["cache-control"] == "no-store"


def test_the_page_about_the_api_needs_no_script_and_nothing_from_elsewhere():
    with office().browser() as browser:
        page = browser.get("/api/docs").text
    assert "<script" not in page
    assert "style=" not in page
    assert "//" not in page.replace("<!doctype", "").replace("://", "")
    assert "/api/v1/desk/take" in page


def test_no_secret_is_ever_logged(caplog, capsys):
    caplog.set_level("DEBUG")
    made, _ = with_widget()
    secrets = [PASSWORD, "s3cret", "anna:77", "guessed password"]
    with made.browser() as browser:
        browser.post("/api/v1/session", json=LOGIN | {"password": "guessed password"})
        answer = browser.post("/api/v1/session", json=LOGIN)
        secrets += [answer.json()["csrf"], answer.headers["set-cookie"].split("=")[1].split(";")[0]]
        browser.post("/hooks/s3cret", content=b"")
        browser.post("/hooks/guess-of-path", content=b"")
        url = browser.post("/amocrm/widget/session", headers={"X-Auth-Token": "anna:77"}).json()["url"]
        secrets.append(url.rsplit("/", 1)[-1])
        browser.get(url.removeprefix("https://desk.example"), follow_redirects=False)
        root = made.web.people.by_login("root")
        _, token = made.web.tokens.create(root.id, "test", ["admin"])
        secrets.append(token)
        browser.get("/api/v1/accounts", headers={"Authorization": f"Bearer {token}"})
        link = setup.offer(made.store.cells, needed=True)
        browser.post("/api/v1/setup", json=ROOT | {"link": link, "password": "x"})
        secrets.append(link)
    logged = caplog.text + "".join(str(vars(record)) for record in caplog.records)
    logged += "".join(capsys.readouterr()) + "".join(str(each) for each in made.web.audit.newest())
    assert "route" in logged
    assert [secret for secret in secrets if secret in logged] == []


def test_every_change_stands_in_the_audit_log():
    made = office()
    with made.browser("root") as root:
        account = root.post("/api/v1/accounts", json={"login": "x", "name": "Икс", "role": "employee"}).json()["id"]
        root.patch(f"/api/v1/accounts/{account}", json={"role": "supervisor"})
        root.patch(f"/api/v1/accounts/{account}", json={"active": False})
        token = root.post("/api/v1/tokens", json={"name": "т", "scopes": ["read"]}).json()["details"]["id"]
        root.delete(f"/api/v1/tokens/{token}")
        root.post("/api/v1/policies/1/again", json={"comment": "вернуть"})
        entries = root.get("/api/v1/audit", params={"limit": 6}).json()
        older = root.get("/api/v1/audit", params={"before": entries[-1]["number"], "limit": 1}).json()

    actions = ["policy.publish", "token.revoke", "token.create", "account.active", "account.role", "account.create"]
    assert [each["action"] for each in entries] == actions
    assert {each["by"] for each in entries} == {made.web.people.by_login("root").id}
    assert older[0]["action"] == "sign_in"


def test_the_audit_log_goes_on_over_its_pages():
    made = office()
    for number in range(250):
        made.web.audit.write("p1", "test", str(number))
    found = made.web.audit.newest(limit=1000)
    assert [each.about for each in found] == [str(number) for number in reversed(range(250))]
    assert [each.number for each in found] == list(range(250, 0, -1))
    assert [each.number for each in made.web.audit.newest(before=101, limit=2)] == [100, 99]


def test_an_administrator_cannot_shut_himself_out():
    made = office()
    with made.browser("root") as root:
        own = made.web.people.by_login("root").id
        for change in ({"active": False}, {"role": "employee"}):
            assert root.patch(f"/api/v1/accounts/{own}", json=change).status_code == 400
