"""The disposable token of the widget: who may use it, how long, and how often."""

from __future__ import annotations

import base64
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from workplaces_amocrm.widget.disposable import TokenRefused, TokenRules, verified
from workplaces_amocrm.widget.origins import cors_headers
from workplaces_amocrm.widget.seen import MemorySeen, SharedSeen

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.errors import StoreUnavailable

SECRET = "s3cret-of-the-integration-" * 3
UUID = "0b0832f6-d123-4123-9123-e73f236833c0"
RULES = TokenRules(
    client_secret=SECRET,
    client_uuid=UUID,
    redirect_uri="https://desk.example.ru/amocrm/callback",
    account_url="https://acme.amocrm.ru",
)


def claims(**changed):
    now = int(time.time())
    whole = {
        "iss": "https://acme.amocrm.ru",
        "aud": "https://desk.example.ru",
        "jti": "d628f123-5123-473e-a123-ed123ef31f8f",
        "iat": now, "nbf": now, "exp": now + 1800,
        "account_id": 12345678, "user_id": 87654321, "subdomain": "acme", "client_uuid": UUID,
    } | changed  # fmt: skip
    return {name: value for name, value in whole.items() if value is not ...}


def token(key=SECRET, algorithm="HS256", **changed):
    return jwt.encode(claims(**changed), key, algorithm)


def refused(text, rules=RULES, seen=None):
    with pytest.raises(TokenRefused) as refusal:
        verified(text, rules, MemorySeen() if seen is None else seen)
    said = str(refusal.value)
    assert SECRET not in said
    assert not text or len(text) < 10 or text not in said
    return said


def test_a_good_token_names_the_user_in_decimal_text():
    user = verified(token(), RULES, MemorySeen())
    assert (user.account_id, user.user_id, user.subdomain) == ("12345678", "87654321", "acme")
    assert user.client_uuid == UUID
    assert user.expires > datetime.now(UTC)


def test_a_token_is_accepted_once():
    seen, text = MemorySeen(), token()
    verified(text, RULES, seen)
    assert "used before" in refused(text, seen=seen)
    verified(token(jti="another"), RULES, seen)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_signature_is_refused(algorithm):
    for signature in ("", "AAAA"):
        refused(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_signed_by_another_algorithm_is_refused_though_the_key_is_right(algorithm):
    assert refused(token(algorithm=algorithm)) == "the token is not signed by HS256"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "PS256"])
def test_a_token_that_claims_a_public_key_algorithm_is_refused(algorithm):
    head, body, signature = token().split(".")
    assert head
    refused(f"{part({'alg': algorithm, 'typ': 'JWT'})}.{body}.{signature}")


def test_a_token_signed_with_another_secret_is_refused():
    assert "not signed with the secret" in refused(token(key="x" * 64))


def test_a_token_whose_content_was_changed_is_refused():
    head, _, signature = token().split(".")
    assert "not signed with the secret" in refused(f"{head}.{part(claims(user_id=1))}.{signature}")


NOW = int(time.time())


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"aud": "https://elsewhere.example"}, "meant for another address"),
        ({"aud": "https://desk.example.ru.evil.example"}, "meant for another address"),
        ({"aud": "http://desk.example.ru"}, "meant for another address"),
        ({"iss": "https://other.amocrm.ru"}, "another account"),
        ({"exp": NOW - 3600}, "expired"),
        ({"nbf": NOW + 3600}, "not valid yet"),
        ({"iat": NOW + 3600}, "not valid yet"),
        ({"client_uuid": "another"}, "another integration"),
        ({"user_id": 0}, "`user_id`"),
        ({"user_id": True}, "`user_id`"),
        ({"user_id": "1 or 2"}, "`user_id`"),
        ({"account_id": -1}, "`account_id`"),
        ({"jti": ""}, "`jti`"),
    ],
)
def test_a_wrong_claim_is_refused_with_its_reason(wrong, reason):
    assert reason in refused(token(**wrong))


@pytest.mark.parametrize("name", ["iss", "aud", "jti", "iat", "nbf", "exp", "account_id", "user_id", "client_uuid"])
def test_no_claim_may_be_missing(name):
    assert refused(token(**{name: ...})) == f"the token has no `{name}`"


def test_clocks_may_differ_a_little():
    verified(token(exp=int(time.time()) - 5), RULES, MemorySeen())
    verified(token(nbf=int(time.time()) + 10, iat=int(time.time()) + 10), RULES, MemorySeen())


def test_another_account_is_refused_when_one_is_expected():
    rules = TokenRules(
        client_secret=SECRET, client_uuid=UUID, redirect_uri=RULES.redirect_uri, account_url=RULES.account_url,
        account_id="7",
    )  # fmt: skip
    assert refused(token(), rules=rules) == "the token is of another account"


@pytest.mark.parametrize("text", ["", None, "a", "a.b.c", "..", "x" * 9000, "é.é.é", "\udcff.a.b"])
def test_what_is_no_token_is_refused(text):
    refused(text)


def test_without_a_configured_secret_nothing_is_accepted():
    rules = TokenRules(
        client_secret="", client_uuid=UUID, redirect_uri=RULES.redirect_uri, account_url=RULES.account_url
    )
    assert "not configured" in refused(f"{part({'alg': 'HS256'})}.{part(claims())}.", rules=rules)


def test_rules_do_not_show_the_secret():
    assert SECRET not in repr(RULES)


def test_a_token_that_was_refused_is_not_used_up():
    seen, text = MemorySeen(), token()
    refused(text, rules=TokenRules(client_secret="y" * 64, client_uuid=UUID, redirect_uri=RULES.redirect_uri,
                                   account_url=RULES.account_url), seen=seen)  # fmt: skip
    verified(text, RULES, seen)


@pytest.mark.parametrize("make", [MemorySeen, lambda: SharedSeen(MemoryCells())])
def test_of_many_who_come_with_one_token_at_once_exactly_one_is_let_in(make):
    seen, start, let_in = make(), threading.Barrier(16), []
    texts = [token(jti=str(number)) for number in range(20)]

    def come():
        start.wait()
        for text in texts:
            try:
                let_in.append(verified(text, RULES, seen) and text)
            except TokenRefused:
                continue

    threads = [threading.Thread(target=come) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_in) == sorted(texts)


class Dawdling(str):
    """A text that lets other threads go first whenever it is looked up."""

    __slots__ = ()

    def __hash__(self):
        time.sleep(0)
        return super().__hash__()

    def __eq__(self, other):
        return str(self) == str(other)


def test_threads_that_overtake_one_another_find_one_first_time():
    seen, start, firsts = MemorySeen(), threading.Barrier(8), []
    until = datetime.now(UTC) + timedelta(minutes=30)

    def come():
        start.wait()
        firsts.extend(number for number in range(50) if seen.first_time(Dawdling(number), until))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(firsts) == list(range(50))


def test_of_two_processes_that_read_the_same_cell_one_is_first():
    until = datetime.now(UTC) + timedelta(minutes=30)
    others = []

    class Overtaken(MemoryCells):
        def read(self, name):
            found = super().read(name)
            if not others:
                others.append(None)
                others[0] = SharedSeen(self).first_time("a", until)
            return found

    assert SharedSeen(Overtaken()).first_time("a", until) is False
    assert others == [True]


def test_a_token_that_is_accepted_a_little_late_is_still_accepted_once():
    seen, text = MemorySeen(), token(exp=int(time.time()) - 5)
    verified(text, RULES, seen)
    assert "used before" in refused(text, seen=seen)


def test_what_expired_is_forgotten():
    now = [datetime(2026, 11, 24, tzinfo=UTC)]
    seen = MemorySeen(lambda: now[0])
    for number in range(100):
        assert seen.first_time(str(number), now[0] + timedelta(minutes=30))
        now[0] += timedelta(minutes=1)
    assert len(seen._until) <= 31


class Cells(MemoryCells):
    def __init__(self):
        super().__init__()
        self.at = datetime(2026, 11, 24, tzinfo=UTC)

    def now(self):
        return self.at


def test_processes_that_share_cells_share_what_was_used_and_forget_what_expired():
    cells = Cells()
    one, other = SharedSeen(cells), SharedSeen(cells)
    until = cells.at + timedelta(minutes=30)
    assert one.first_time("a", until)
    assert not other.first_time("a", until)
    for number in range(500):
        cells.at += timedelta(minutes=1)
        assert one.first_time(str(number), cells.at + timedelta(minutes=30))
    remembered = [json.loads(cell.value) for cell in cells._cells.values()]
    assert sum(map(len, remembered)) < 500


def test_an_unusable_store_lets_nobody_in():
    class Broken(MemoryCells):
        def swap(self, name, value, *, version):
            raise StoreUnavailable("gone")

    with pytest.raises(StoreUnavailable):
        verified(token(), RULES, SharedSeen(Broken()))


@pytest.mark.parametrize("origin", ["https://acme.amocrm.ru"])
def test_a_page_of_the_account_may_call_us(origin):
    headers = cors_headers(origin, ["https://acme.amocrm.ru:443/"])
    assert headers["Access-Control-Allow-Origin"] == origin
    assert "X-Auth-Token" in headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(
    "origin", [None, "", "null", "*", "http://acme.amocrm.ru", "https://acme.amocrm.ru:8443", "https://evil-acme.amocrm.ru",
               "https://acme.amocrm.ru.evil.example", "https://ACME.amocrm.ru/", "https://other.amocrm.ru"],
)  # fmt: skip
def test_no_other_page_may(origin):
    assert cors_headers(origin, ["https://acme.amocrm.ru"]) == {"Vary": "Origin"}
