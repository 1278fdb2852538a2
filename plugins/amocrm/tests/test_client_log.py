"""What Python's logging is told of calls: addresses without queries, and no secret, however much is asked for."""

from __future__ import annotations

import logging
import threading
from contextlib import closing

import httpx
import pytest
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.http import HttpxTransport, Request
from workplaces_amocrm.client.oauth import OAuthTokens
from workplaces_amocrm.client.pair import OAuthApp, Pair
from workplaces_amocrm.fake import CLIENT_ID, CLIENT_SECRET, FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.webhooks.subscription import status, subscribe

from workplaces_core.adapters.cells import MemoryCells

HOOK = "https://desk.example/hook/s3cr3t-p4th"


@pytest.fixture
def fake():
    with FakeAmo.start(FakeAccount.empty(), settings=FakeSettings.unthrottled()) as fake:
        yield fake


@pytest.fixture
def everything(caplog):
    """Give what was logged, down to the last detail."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def pair_of(cells, fake):
    return Pair.of(cells.read(f"amocrm/127.0.0.1:{fake.port}/tokens/{CLIENT_ID}").value)


def test_a_consent_its_renewal_and_a_webhook_leave_no_secret_in_the_log(fake, everything):
    settings = Settings(base_url=fake.url, integration_rate=1000, account_rate=1000, retry_first_seconds=0)
    uri = fake.integration(CLIENT_ID).redirect_uri
    app = OAuthApp(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=uri)
    cells, code = MemoryCells(), fake.code()
    tokens = OAuthTokens.open(settings, app, cells=cells)
    tokens.exchange_code(code)
    first = pair_of(cells, fake)
    with closing(AmoApi.open(settings, tokens=tokens, cells=cells)) as api:
        subscribe(api, HOOK)
        assert status(api, HOOK).works
        tokens.renewed(first.access)
        fake.faults.add(502, when=lambda asked: asked.path.endswith("/webhooks"))
        fake.faults.add("reset_before", when=lambda asked: asked.path.endswith("/webhooks"))
        assert status(api, HOOK).works
    second = pair_of(cells, fake)
    assert first.refresh != second.refresh
    assert "/api/v4/webhooks" in everything.text
    secrets = [code, CLIENT_SECRET, "s3cr3t", "filter[", "Bearer"]
    secrets += [text for pair in (first, second) for text in (pair.access, pair.refresh)]
    told = everything.text + "".join(f"{vars(record)}" for record in everything.records)
    assert [secret for secret in secrets if secret in told] == []


def test_a_redirect_to_an_address_with_a_query_leaves_it_out_too(everything):
    def elsewhere(_):
        return httpx.Response(302, headers={"location": f"https://x.example/?to={HOOK}"})

    transport = HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(elsewhere))
    with closing(transport):
        assert transport.send(Request("GET", f"https://acme.amocrm.ru/api/v4/webhooks?to={HOOK}")).status == 302
    (told,) = [record.getMessage() for record in everything.records if record.name == "httpx"]
    assert told == 'HTTP Request: GET https://acme.amocrm.ru/api/v4/webhooks "HTTP/1.1 302 Found"'


def test_what_other_clients_of_the_process_log_stays_as_it_is(fake, everything):
    transport = HttpxTransport(timeout_seconds=2)
    asked, go_on = threading.Event(), threading.Event()

    def slow(_):
        asked.set()
        assert go_on.wait(10)
        return httpx.Response(204)

    ours = HttpxTransport(timeout_seconds=2, mock=httpx.MockTransport(slow))
    thread = threading.Thread(target=ours.send, args=(Request("GET", "https://acme.amocrm.ru/?ours"),))
    thread.start()
    assert asked.wait(10)
    transport.send(Request("GET", f"{fake.url}/api/v4/account?before=1"))
    httpx.get(f"{fake.url}/api/v4/account?theirs=1")
    go_on.set()
    thread.join()
    told = [record.getMessage() for record in everything.records if record.name == "httpx"]
    assert [f"{fake.url}/api/v4/account?theirs=1" in line for line in told] == [False, True, False]
    assert not [line for line in told if "before" in line or "?ours" in line]
    assert [record for record in everything.records if record.name.startswith("httpcore.")]
    for each in (transport, ours):
        each.close()
