"""The local amoCRM: who gets in. Codes and refresh tokens work once, tokens end, users act for others."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from attrs import evolve
from workplaces_amocrm.fake import CLIENT_ID, CLIENT_SECRET, FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000
EASY = FakeSettings.unthrottled()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty(now=NOON)
    account.add_user("Анна", id=201)
    with FakeAmo.start(account, settings=EASY) as running:
        running.clock.set(NOON)
        yield running


def exchange(fake: FakeAmo, **sent: Any) -> httpx.Response:
    about = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": "https://desk.example.ru/oauth"}
    return fake.ask("POST", "/oauth2/access_token", {**about, **sent})


def by_code(fake: FakeAmo, code: str, **sent: Any) -> httpx.Response:
    return exchange(fake, grant_type="authorization_code", code=code, **sent)


def by_refresh(fake: FakeAmo, token: str, **sent: Any) -> httpx.Response:
    return exchange(fake, grant_type="refresh_token", refresh_token=token, **sent)


def hint(answer: httpx.Response) -> str:
    body = answer.json()
    assert answer.status_code == body["status"] == 400
    assert answer.headers["Content-Type"] == "application/json"
    assert body["type"].endswith("/OAuthProblemJson")
    assert {"title", "detail"} <= set(body)
    return str(body["hint"])


def works(fake: FakeAmo, token: str) -> bool:
    return fake.ask("GET", "account", token=token).status_code == 200


def rules(fake: FakeAmo) -> list[str]:
    return [violation.rule for violation in fake.violations]


def test_a_code_gives_a_pair_once_and_only_within_twenty_minutes(fake: FakeAmo) -> None:
    code, late = fake.code(), fake.code()
    pair = by_code(fake, code)

    assert pair.headers["Content-Type"] == "application/json"
    assert set(pair.json()) == {"token_type", "expires_in", "server_time", "access_token", "refresh_token"}
    assert (pair.json()["expires_in"], pair.json()["server_time"]) == (86400, NOON)
    assert works(fake, pair.json()["access_token"])
    assert hint(by_code(fake, code)) == "Authorization code has been revoked"
    fake.clock.advance(20 * 60)
    assert hint(by_code(fake, late)) == "Authorization code has expired"
    assert hint(by_code(fake, "nonsense")) == "Cannot decrypt the authorization code"
    assert rules(fake) == ["code used twice"]


def test_a_refresh_token_works_once(fake: FakeAmo) -> None:
    old = fake.pair()["refresh_token"]
    new = by_refresh(fake, old).json()

    assert works(fake, new["access_token"])
    assert hint(by_refresh(fake, old)) == "Token has been revoked"
    assert rules(fake) == ["refresh token used twice"]
    assert by_refresh(fake, new["refresh_token"]).status_code == 200
    assert hint(by_refresh(fake, "nonsense")) == "Invalid refresh token"


def test_a_refresh_token_ends_after_three_months(fake: FakeAmo) -> None:
    token = fake.pair()["refresh_token"]
    fake.clock.advance(90 * 86400)

    assert hint(by_refresh(fake, token)) == "Token has been revoked"


def test_several_pairs_live_side_by_side(fake: FakeAmo) -> None:
    first, second = fake.pair(), fake.pair(201)
    by_refresh(fake, first["refresh_token"])

    assert works(fake, first["access_token"])
    assert works(fake, second["access_token"])
    assert by_refresh(fake, second["refresh_token"]).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "x"}, {"client_id": "x"}, {"redirect_uri": "https://x"}])
def test_the_integration_has_to_prove_itself_word_for_word(fake: FakeAmo, wrong: dict[str, str]) -> None:
    token = fake.pair()["refresh_token"]

    assert hint(by_refresh(fake, token, **wrong))
    assert by_refresh(fake, token).status_code == 200


def test_token_failures_may_be_401(fake: FakeAmo) -> None:
    fake.settings = evolve(EASY, oauth_failure=401)
    answer = by_refresh(fake, "nonsense")

    assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_an_access_token_is_a_jwt_that_ends_when_it_says(fake: FakeAmo) -> None:
    token = fake.pair()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})

    assert claims["exp"] == NOON + 86400
    assert claims["api_domain"] == f"127.0.0.1:{fake.port}"
    assert works(fake, token)
    fake.clock.set(claims["exp"] - 1)
    assert works(fake, token)
    fake.clock.set(claims["exp"])
    refused = fake.ask("GET", "account", token=token)
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "application/problem+json")


def test_a_long_lived_token_outlives_a_day_and_can_be_revoked(fake: FakeAmo) -> None:
    short = fake.long_lived(lifetime=86400)
    fake.clock.advance(86400)

    assert works(fake, fake.token)
    assert not works(fake, short)
    fake.revoke(fake.token)
    assert not works(fake, fake.token)
    assert not works(fake, "nonsense")


def test_an_integration_that_is_switched_off_loses_its_tokens(fake: FakeAmo) -> None:
    other = fake.integration("other", redirect_uri="https://other.example.ru")
    pair, foreign = fake.pair(), fake.long_lived(client_id=other.client_id)
    fake.switch(enabled=False)

    assert not works(fake, pair["access_token"])
    assert works(fake, foreign)
    assert by_refresh(fake, pair["refresh_token"]).status_code == 400
    assert by_code(fake, fake.code()).status_code == 400
    fake.switch(enabled=True)
    assert not works(fake, pair["access_token"])
    assert by_code(fake, fake.code()).status_code == 200
    expected = hmac.new(CLIENT_SECRET.encode(), f"{CLIENT_ID}|{fake.account.id}".encode(), hashlib.sha256).hexdigest()
    assert fake.disabled_signature() == expected


def test_the_consent_page_sends_back_a_code_that_works_or_a_refusal(fake: FakeAmo) -> None:
    yes = fake.ask("GET", f"/oauth?client_id={CLIENT_ID}&state=abc&mode=popup")
    no = fake.ask("GET", f"/oauth?client_id={CLIENT_ID}&state=abc&refuse=1")
    given, refused = (parse_qs(urlsplit(answer.headers["Location"]).query) for answer in (yes, no))

    assert yes.status_code == 302
    assert (given["referer"], given["state"], given["platform"]) == ([f"127.0.0.1:{fake.port}"], ["abc"], ["1"])
    assert by_code(fake, given["code"][0]).status_code == 200
    assert refused == {"error": ["access_denied"], "state": ["abc"]}


def test_the_subdomain_is_told_to_whoever_shows_a_refresh_token(fake: FakeAmo) -> None:
    def where(token: str) -> httpx.Response:
        return fake.ask("GET", "/oauth2/account/current/subdomain", X_Refresh_Token=token)

    token = fake.pair()["refresh_token"]
    assert where(token).json() == {
        "id": fake.account.id,
        "subdomain": "fake",
        "domain": f"127.0.0.1:{fake.port}",
        "top_level_domain": "ru",
    }
    assert where("nonsense").status_code == 401


def test_a_renamed_account_is_found_at_its_new_host_only(fake: FakeAmo) -> None:
    token = fake.pair()["refresh_token"]
    fake.rename("severny", domain=f"localhost:{fake.port}")
    moved = fake.ask("GET", "/oauth2/account/current/subdomain", X_Refresh_Token=token).json()

    assert (moved["subdomain"], moved["domain"]) == ("severny", f"localhost:{fake.port}")
    assert fake.ask("GET", "account").status_code == 404
    there = fake.ask("GET", "account", Host=moved["domain"])
    assert there.json()["subdomain"] == "severny"


def test_a_disposable_token_is_signed_with_the_secret_and_names_the_user(fake: FakeAmo) -> None:
    first, second = (
        jwt.decode(
            fake.disposable(201),
            CLIENT_SECRET,
            algorithms=["HS256"],
            audience="https://desk.example.ru",
            options={"verify_exp": False},
        )
        for _ in range(2)
    )

    assert (first["user_id"], first["account_id"], first["client_uuid"]) == (201, fake.account.id, CLIENT_ID)
    assert first["exp"] - first["iat"] == 1800
    assert first["jti"] != second["jti"]
    assert first["iss"] == fake.url
    forged = fake.disposable(201, user_id=999)
    assert jwt.decode(forged, options={"verify_signature": False})["user_id"] == 999


def test_an_administrator_acts_for_another_user(fake: FakeAmo) -> None:
    fake.account.add("tasks", id=1)
    seen = fake.ask("GET", "account", X_Context_User_ID="201").json()
    fake.ask("PATCH", "tasks/1", {"text": "Да"}, X_Context_User_ID="201")

    assert seen["current_user_id"] == 201
    assert fake.account.tasks[1]["updated_by"] == 201
    assert fake.requests[-1].user == 201


@pytest.mark.parametrize("user", ["999", "202", "203", "robot"])
def test_nobody_acts_for_unknown_free_or_inactive_users(fake: FakeAmo, user: str) -> None:
    fake.account.add_user("Свободный", id=202, is_free=True)
    fake.account.add_user("Ушедший", id=203, is_active=False)

    assert fake.ask("GET", "account", X_Context_User_ID=user).status_code == 401
    assert rules(fake) == ["context refused"]
    fake.settings = evolve(EASY, context_refused=403)
    assert fake.ask("GET", "account", X_Context_User_ID=user).status_code == 403


def test_only_an_administrators_token_acts_for_others(fake: FakeAmo) -> None:
    assert fake.ask("GET", "account", token=fake.long_lived(201), X_Context_User_ID="101").status_code == 401


def test_what_an_administrator_granted_outlives_his_leaving_but_not_a_users_grant(fake: FakeAmo) -> None:
    fake.account.add_user("Второй администратор", id=102, admin=True)
    granted, own = fake.long_lived(101), fake.long_lived(201)
    for id_ in (101, 201):
        fake.account.users[id_]["rights"]["is_active"] = False

    assert works(fake, granted)
    assert not works(fake, own)


def test_an_account_that_is_not_paid_answers_402(fake: FakeAmo) -> None:
    fake.settings = evolve(EASY, is_paid=False)

    answer = fake.ask("GET", "tasks")
    assert (answer.status_code, answer.headers["Content-Type"]) == (402, "application/problem+json")
