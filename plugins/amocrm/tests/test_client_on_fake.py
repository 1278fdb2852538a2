"""The whole life of a consent against the local amoCRM: code, pair, renewal, rename, integration switched off."""

from __future__ import annotations

import pytest
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.file_cells import FileCells
from workplaces_amocrm.client.oauth import OAuthTokens
from workplaces_amocrm.client.pages import Listing, pages
from workplaces_amocrm.client.pair import OAuthApp
from workplaces_amocrm.client.tokens import LongLived
from workplaces_amocrm.errors import ConsentNeeded
from workplaces_amocrm.fake import CLIENT_ID, CLIENT_SECRET, FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.settings import Settings


@pytest.fixture
def fake():
    with FakeAmo.start(FakeAccount.empty(), settings=FakeSettings(rate_client=None, rate_account=None)) as fake:
        yield fake


@pytest.fixture
def settings(fake):
    return Settings(base_url=fake.url, integration_rate=1000, account_rate=1000, retry_first_seconds=0)


@pytest.fixture
def connect(fake, settings, tmp_path):
    app = OAuthApp(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=fake.integration(CLIENT_ID).redirect_uri
    )
    opened = []

    def connect(code=None):
        cells = FileCells(tmp_path / "cells")
        tokens = OAuthTokens.open(settings, app, cells=cells)
        opened.append(tokens)
        if code:
            tokens.exchange_code(code)
        opened.append(AmoApi.open(settings, tokens=tokens, cells=cells))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def renewals(fake):
    return len([request for request in fake.requests if request.path == "/oauth2/access_token"]) - 1


def test_a_consent_lives_on_through_renewals_in_several_processes(fake, connect):
    one = connect(fake.code())
    two = connect()
    for round_ in range(1, 4):
        fake.clock.advance(86400 + 60)
        assert one.get("/api/v4/account")["id"] == two.get("/api/v4/account")["id"] == fake.account.id
        assert renewals(fake) == round_
    assert not fake.violations


def test_a_renamed_account_is_followed(fake, connect):
    api = connect(fake.code())
    api.get("/api/v4/account")
    fake.rename("novoe-imya", domain=f"localhost:{fake.port}")
    assert api.get("/api/v4/account")["id"] == fake.account.id


def test_an_integration_switched_off_needs_consent_and_works_after_it(fake, connect):
    api = connect(fake.code())
    fake.switch(enabled=False)
    for _ in range(2):
        with pytest.raises(ConsentNeeded):
            api.get("/api/v4/account")
    fake.switch(enabled=True)
    connect(fake.code())
    assert api.get("/api/v4/account")["id"] == fake.account.id


def test_a_list_is_read_with_a_long_lived_token(fake, settings):
    made = [fake.create("tasks", {"text": f"Позвонить {n}", "complete_till": 1_700_000_000})["id"] for n in range(23)]
    api = AmoApi.open(settings, tokens=LongLived(fake.token))
    listing = Listing("/api/v4/tasks", "tasks", (("filter[is_completed]", "0"),), limit=5)
    assert [task["id"] for page in pages(api, listing, ahead=4) for task in page.items] == made
    api.close()
    assert not fake.violations
