"""Pairs of tokens: renewed once for everybody, saved before use, given up only when nobody has a newer one."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
import stamina
from workplaces_amocrm.client.api import AmoApi, _pause
from workplaces_amocrm.client.budget import RateBudget
from workplaces_amocrm.client.exclusive import exclusive
from workplaces_amocrm.client.file_cells import FileCells
from workplaces_amocrm.client.http import HttpxTransport
from workplaces_amocrm.client.oauth import OAuthTokens
from workplaces_amocrm.client.pair import OAuthApp, Pair
from workplaces_amocrm.errors import AccountBlocked, ConsentNeeded, NoRights, NotSent, Refused, TurnTooLate, Unreachable
from workplaces_amocrm.settings import Settings

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.errors import InvalidInput, StoreUnavailable

APP = OAuthApp(client_id="31a5", client_secret="hush", redirect_uri="https://desk.example/oauth")
SETTINGS = Settings(base_url="https://acme.amocrm.ru", integration_rate=1000, account_rate=1000)
TYPE = "https://developers.amocrm.ru/v3/errors/OAuthProblemJson"


@pytest.fixture(autouse=True)
def _no_pauses():
    with stamina.set_testing(True, attempts=4):
        yield


class ClockCells(MemoryCells):
    """Cells under a clock of their own, which fail as often as told, and remember who wrote what."""

    def __init__(self):
        super().__init__()
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.failing = 0
        self.swaps = []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)

    def swap(self, name, value, *, version):
        if "/tokens/" in name and self.failing:
            self.failing -= 1
            raise StoreUnavailable("the disk is full")
        self.swaps.append((name, value))
        return super().swap(name, value, version=version)


class Amo:
    """A very small amoCRM: refresh tokens work once, access tokens until the clock says."""

    def __init__(self, cells, host="acme.amocrm.ru"):
        self.cells, self.host = cells, host
        self.count, self.valid, self.refresh = 0, set(), None
        self.asked, self.on_refresh, self.down = [], None, None
        self.lock = threading.Lock()

    def __call__(self, request):
        with self.lock:
            self.asked.append(request)
        path = request.url.path
        if path == "/oauth2/account/current/subdomain":
            known = request.headers["x-refresh-token"] == self.refresh
            return httpx.Response(200 if known else 401, json={"domain": self.host})
        if request.url.host != self.host:
            return httpx.Response(404, html="<html>no such account")
        if path == "/oauth2/access_token":
            if self.down:
                return self.down
            return self.tokens(json.loads(request.content))
        if request.headers["authorization"].removeprefix("Bearer ") not in self.valid:
            return httpx.Response(401, json={"status": 401})
        return httpx.Response(200, json={"ok": True})

    def tokens(self, body):
        assert (body["client_id"], body["client_secret"]) == ("31a5", "hush")
        assert body["redirect_uri"] == "https://desk.example/oauth"
        with self.lock:
            shown = body.get("refresh_token") or body.get("code")
            if shown not in {self.refresh, "code"}:
                return httpx.Response(400, json={"hint": "Token has been revoked", "type": TYPE, "status": 400})
            pair = self.pair()
        if self.on_refresh:
            return self.on_refresh(pair)
        return httpx.Response(200, json=pair)

    def pair(self):
        self.count += 1
        access = jwt.encode({"n": self.count, "api_domain": "api-a.amocrm.ru"}, "k" * 32, algorithm="HS256")
        self.valid, self.refresh = {access}, f"refresh-{self.count}"
        return {"token_type": "Bearer", "expires_in": 86400, "access_token": access, "refresh_token": self.refresh}

    def renewals(self):
        return [r for r in self.asked if r.url.path == "/oauth2/access_token" and b"refresh_token" in r.content]


def tokens_of(amo, cells, settings=SETTINGS, **more):
    transport = HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(amo))
    return OAuthTokens.open(settings, APP, cells=cells, transport=transport, sleep=sleep_of(cells), **more)


def sleep_of(cells):
    return getattr(cells, "sleep", None) or (lambda seconds: time.sleep(min(seconds, 0.005)))


def api_of(amo, cells, settings=SETTINGS):
    transport = HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(amo))
    tokens = tokens_of(amo, cells, settings)
    return AmoApi.open(settings, tokens=tokens, cells=cells, transport=transport, sleep=sleep_of(cells))


@pytest.fixture
def cells():
    return ClockCells()


@pytest.fixture
def amo(cells):
    amo = Amo(cells)
    tokens_of(amo, cells).exchange_code("code")
    return amo


def stored(cells):
    return Pair.of(cells.read("amocrm/acme.amocrm.ru/tokens/31a5").value)


def test_a_consent_gives_a_pair_that_every_process_can_use(amo, cells):
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert not amo.renewals()


def test_a_refused_code_asks_for_consent(amo, cells):
    with pytest.raises(ConsentNeeded, match="revoked"):
        tokens_of(amo, cells).exchange_code("used")


def test_without_a_pair_consent_is_needed():
    cells = ClockCells()
    with pytest.raises(ConsentNeeded, match="there are no tokens yet"):
        api_of(Amo(cells), cells).get("/api/v4/account")


def test_a_pair_is_renewed_before_it_expires(amo, cells):
    api = api_of(amo, cells)
    api.get("/api/v4/account")
    cells.at += timedelta(seconds=86400 - 200)
    api.get("/api/v4/account")
    assert len(amo.renewals()) == 1


def test_a_401_renews_once_and_repeats_once(amo, cells):
    amo.valid = set()
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert len(amo.renewals()) == 1


def test_a_token_refused_although_it_is_new_asks_for_consent(amo, cells):
    def useless(pair):
        amo.valid = set()
        return httpx.Response(200, json=pair)

    amo.on_refresh, amo.valid = useless, set()
    with pytest.raises(ConsentNeeded):
        api_of(amo, cells).patch("/api/v4/tasks/7", {})
    assert len(amo.renewals()) == 1


@pytest.mark.parametrize("shared", ["memory", "file"])
def test_many_threads_of_two_processes_renew_once(tmp_path, shared):
    cells = MemoryCells() if shared == "memory" else FileCells(tmp_path / "cells")
    amo = Amo(cells)
    tokens_of(amo, cells).exchange_code("code")
    amo.valid = set()
    apis = [api_of(amo, cells), api_of(amo, cells)]
    answers, barrier = [], threading.Barrier(8)

    def call(api):
        barrier.wait()
        answers.append(api.get("/api/v4/account"))

    threads = [threading.Thread(target=call, args=(apis[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [{"ok": True}] * 8
    assert len(amo.renewals()) == 1


def test_a_refused_user_costs_no_renewal_and_an_expired_token_does(amo, cells):
    def refusing(request):
        refused = request.headers.get("x-context-user-id") == "12"
        return httpx.Response(401, json={"status": 401}) if refused else amo(request)

    api = api_of(refusing, cells)
    with pytest.raises(NoRights, match="`12`"):
        api.patch("/api/v4/tasks/7", {}, as_user="12")
    assert not amo.renewals()
    amo.valid = set()
    assert api.patch("/api/v4/tasks/7", {}, as_user="13") == {"ok": True}
    assert len(amo.renewals()) == 1


def test_a_renewal_waits_for_the_one_under_way_and_not_for_ever_should_its_process_have_died(amo, cells):
    amo.valid, before = set(), cells.at
    with exclusive(cells, "amocrm/acme.amocrm.ru/renewing/31a5", seconds=80, sleep=cells.sleep):
        assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert cells.at - before >= timedelta(seconds=80)


def test_a_new_pair_is_saved_before_it_is_used(amo, cells):
    amo.valid = set()
    api_of(amo, cells).get("/api/v4/account")
    used = amo.asked[-1].headers["authorization"].removeprefix("Bearer ")
    assert stored(cells).access == used
    cells.swaps.clear()
    amo.valid = set()
    seen = []
    real = amo.__call__

    def watching(request):
        seen.append((request.headers.get("authorization"), stored(cells).access))
        return real(request)

    api_of(watching, cells).get("/api/v4/account")
    shown, kept = seen[-1]
    assert shown == f"Bearer {kept}"


def test_a_pair_that_cannot_be_saved_at_once_is_kept_and_saved_later(amo, cells):
    amo.valid, cells.failing = set(), 10
    api = api_of(amo, cells)
    with pytest.raises(StoreUnavailable):
        api.get("/api/v4/account")
    assert stored(cells).refresh == "refresh-1"
    assert api.get("/api/v4/account") == {"ok": True}
    assert stored(cells).refresh == "refresh-2"
    assert len(amo.renewals()) == 1


def test_a_short_trouble_with_the_store_while_saving_is_outlived(amo, cells):
    amo.valid, cells.failing = set(), 3
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}


def test_a_pair_that_another_process_got_is_found_before_anybody_gives_up(amo, cells):
    api = api_of(amo, cells)
    api.get("/api/v4/account")
    old = stored(cells)
    other = amo.pair()  # another process has used the refresh token ...

    def sleep(seconds):  # ... and saves while we wait, refused
        cells.at += timedelta(seconds=seconds)
        new = Pair(other["access_token"], other["refresh_token"], old.expires + 10)
        cell = cells.read("amocrm/acme.amocrm.ru/tokens/31a5")
        cells.swap("amocrm/acme.amocrm.ru/tokens/31a5", new.text(), version=cell.version)

    cells.sleep = sleep
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert not stored(cells).dead


def test_a_dead_pair_is_asked_about_once_and_a_new_consent_revives(amo, cells):
    amo.valid, amo.refresh = set(), "somebody else's"
    api = api_of(amo, cells)
    for _ in range(3):
        with pytest.raises(ConsentNeeded):
            api.get("/api/v4/account")
    assert len(amo.renewals()) == 1
    tokens_of(amo, cells).exchange_code("code")
    assert api.get("/api/v4/account") == {"ok": True}


def test_a_renewal_that_ends_late_wins_over_a_pair_declared_dead(amo, cells):
    name = "amocrm/acme.amocrm.ru/tokens/31a5"

    def declared_dead(pair):
        cell = cells.read(name)
        old = Pair.of(cell.value)
        cells.swap(name, Pair(old.access, old.refresh, old.expires, dead=True).text(), version=cell.version)
        return httpx.Response(200, json=pair)

    amo.on_refresh, amo.valid = declared_dead, set()
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert stored(cells).refresh == "refresh-2"


@pytest.mark.parametrize(("status", "kind"), [(401, NotSent), (500, NotSent), (502, NotSent), (400, Refused)])
def test_trouble_at_the_token_endpoint_gives_no_pair_up(amo, cells, status, kind):
    amo.valid = set()
    amo.down = httpx.Response(status, html="<html>")
    with pytest.raises(kind):
        api_of(amo, cells).patch("/api/v4/tasks/7", {})
    assert not stored(cells).dead


def test_while_renewal_fails_a_token_still_valid_is_used(amo, cells):
    api = api_of(amo, cells)
    api.get("/api/v4/account")
    cells.at += timedelta(seconds=86400 - 200)
    amo.down = httpx.Response(502)
    assert api.get("/api/v4/account") == {"ok": True}


def test_a_block_found_at_the_token_endpoint_stops_everything(amo, cells):
    amo.valid, alerts = set(), []
    amo.on_refresh = lambda _: httpx.Response(403, html="<html>")
    tokens = tokens_of(amo, cells, alert=alerts.append)
    with pytest.raises(AccountBlocked):
        tokens.renewed(tokens.access())
    asked = len(amo.asked)
    with pytest.raises(AccountBlocked):
        api_of(amo, cells).get("/api/v4/account")
    assert (len(amo.asked), len(alerts)) == (asked, 1)


def test_a_renamed_account_is_found_and_remembered_by_all(amo, cells):
    amo.host = "novoe-imya.amocrm.ru"
    api = api_of(amo, cells)
    assert api.get("/api/v4/account") == {"ok": True}
    amo.asked.clear()
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}
    assert [request.url.host for request in amo.asked] == ["novoe-imya.amocrm.ru"]


def test_a_renamed_account_is_found_when_the_pair_has_expired_too(amo, cells):
    amo.host = "novoe-imya.amocrm.ru"
    cells.at += timedelta(days=2)
    assert api_of(amo, cells).get("/api/v4/account") == {"ok": True}


def test_unknown_paths_do_not_each_ask_where_the_account_is(amo, cells):
    def lost(request):
        return amo(request) if "oauth2" in request.url.path else httpx.Response(404, html="<html>")

    api = api_of(lost, cells)
    for _ in range(5):
        with pytest.raises(Unreachable, match="renamed"):
            api.get("/api/v4/nowhere")
    assert len([r for r in amo.asked if "subdomain" in r.url.path]) == 1


def test_secrets_show_in_no_repr_and_no_error(amo, cells):
    tokens = tokens_of(amo, cells)
    access = tokens.access()
    api = api_of(amo, cells)
    shown = f"{tokens!r} {APP!r} {api!r} {stored(cells)!r}"
    amo.valid, amo.refresh = set(), "gone"
    with pytest.raises(ConsentNeeded) as caught:
        api.get("/api/v4/account")
    shown += repr(caught.value)
    assert not [secret for secret in ("hush", access, "refresh-1") if secret in shown]


def test_a_credential_that_is_missing_is_named_and_the_secret_never_shown():
    with pytest.raises(InvalidInput, match=r"app\.client_secret: must be a text, not empty"):
        OAuthApp(client_id="31a5", client_secret=12345, redirect_uri="https://desk.example")


def test_an_answer_without_a_pair_is_no_pair(amo, cells):
    amo.on_refresh = lambda _: httpx.Response(200, json={"access_token": "x"})
    with pytest.raises(Unreachable, match="without a pair"):
        tokens_of(amo, cells).exchange_code("code")


def test_file_cells_are_for_their_owner_only_and_swap_only_what_is_unchanged(tmp_path):
    path = tmp_path / "cells"
    path.touch(0o644)
    path.chmod(0o644)
    cells = FileCells(path)
    assert cells.read("a") is None
    assert [cells.swap("a", text, version=version) for text, version in (("1", 0), ("2", 0), ("2", 1), ("3", 1))] == [
        True, False, True, False,
    ]  # fmt: skip
    assert (FileCells(path).read("a").value, FileCells(path).read("a").version) == ("2", 2)
    assert {found.stat().st_mode & 0o777 for found in tmp_path.iterdir()} == {0o600}


def test_file_cells_that_cannot_be_used_say_so(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be used"):
        FileCells(tmp_path / "no" / "cells").read("a")
    (tmp_path / "text").write_text("this is no database, only a long enough text of some other program" * 20)
    with pytest.raises(StoreUnavailable):
        FileCells(tmp_path / "text").read("a")


@pytest.mark.slow
def test_file_cells_lose_no_swap_under_threads(tmp_path):
    cells = FileCells(tmp_path / "cells")

    def count_up():
        done = 0
        while done < 25:
            cell = cells.read("n")
            done += cells.swap("n", str(int(cell.value) + 1 if cell else 1), version=cell.version if cell else 0)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cells.read("n").value == "100"


def test_in_a_long_pause_the_background_waits_for_new_tokens_and_an_employee_does_not(amo, cells):
    api = api_of(amo, cells)
    cells.sleep(86400)
    RateBudget.of(SETTINGS, cells, APP.client_id).slow_down(retry_after=60)
    with pytest.raises(TurnTooLate) as caught:
        api.patch("/api/v4/tasks/7", {})
    assert caught.value.retry_after == 60
    assert not amo.renewals()
    hooks = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([lambda _: cells.sleep(60)])  # in place of the pause
    try:
        assert api.get("/api/v4/tasks") == {"ok": True}
    finally:
        stamina.instrumentation.set_on_retry_hooks(hooks)


@pytest.mark.parametrize(("lane", "pause"), [("bulk", 60), ("interactive", False)])
def test_the_pause_until_the_next_turn_is_made_by_the_background_alone(lane, pause):
    assert _pause(TurnTooLate("later", retry_after=60), "GET", lane) == pause
