"""The adapter as Workplaces meets it: found as a plugin, opened by settings, closed without a trace."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest
import workplaces_amocrm
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import CLIENT_ID, CLIENT_SECRET, FakeAmo
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.webhooks.receiver import receive
from workplaces_amocrm.writing import Handover

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.adapters.protocols import Done
from workplaces_core.adapters.reading import read_everything
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.errors import InvalidInput


def test_the_plugin_brings_the_adapter_and_the_command():
    registry = load_plugins({"amocrm": workplaces_amocrm}, discover=False)

    assert registry.adapters["amocrm"] is AmoCrm
    assert registry.commands["amocrm"].summary


def test_the_local_crm_is_one_that_the_adapter_opens():
    local = load_plugins({"amocrm": workplaces_amocrm}, discover=False).local_crms["amocrm"]()
    crm = AmoCrm.open(**local.settings)
    try:
        snapshot = read_everything(crm).snapshot
        assert len(snapshot.tasks) > 300
        assert abs(max(task.created for task in snapshot.tasks.values()).timestamp() - time.time()) < 30 * 86400
    finally:
        crm.close()
        local.stop()


def test_several_deals_change_hands_in_few_calls_where_the_account_is_found_to_filter(serve):
    account = FakeAccount.empty()
    account.add_user("Анна", id=5), account.add_user("Борис", id=7)
    for number in range(1, 41):
        account.add("leads", id=number, responsible_user_id=5)
    fake, crm = serve(account)

    outcomes = crm.set_responsible_many("deal", [Handover(str(n), "7", "5") for n in range(1, 41)])

    assert outcomes == (Done(),) * 40
    assert {row["responsible_user_id"] for row in fake.account.leads.values()} == {7}
    assert len(fake.requests) == 4  # the account, a look, a batch, a look


@pytest.mark.parametrize(
    ("kind", "card"),
    [
        ("deal", "/leads/detail/7"),
        ("contact", "/contacts/detail/7"),
        ("company", "/companies/detail/7"),
        ("task", None),
    ],
)
def test_a_card_is_where_amocrm_shows_it(kind, card):
    crm = AmoCrm.open(base_url="https://acme.amocrm.ru/", token="t")
    assert crm.card_url(kind, "7") == (card and f"https://acme.amocrm.ru{card}")
    crm.close()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "token: must be given, or by OAuth client_id, client_secret, redirect_uri"),
        ({"token": ""}, "token: must be a text, not empty"),
        ({"client_id": "x"}, "token: must be given, or by OAuth client_secret, redirect_uri"),
        ({"token": "t", "paje_size": 1}, "settings.paje_size: `1` is not a setting"),
        ({"token": "t", "base_url": "acme"}, 'settings.base_url: `"acme"` must be'),
    ],
    ids=str,
)
def test_wrong_settings_are_refused_by_name_and_value(settings, said):
    with pytest.raises(InvalidInput) as refused:
        AmoCrm.open(**{"base_url": "https://acme.amocrm.ru", **settings})

    assert said in str(refused.value)


def test_no_secret_shows_in_a_refusal():
    with pytest.raises(InvalidInput) as refused:
        AmoCrm.open(base_url="https://acme.amocrm.ru", client_id="x", client_secret="s3cret", redirect_uri="")

    assert "s3cret" not in str(refused.value)


def test_an_integration_gets_its_tokens_by_code_once_and_keeps_them_in_the_cells(tmp_path):
    cells, uri = MemoryCells(), "https://desk.example.ru/oauth"
    with FakeAmo.start(FakeAccount.empty(), settings=FakeSettings.unthrottled()) as fake:
        app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uri": uri}
        fake.integration().redirect_uri = uri
        settings = {"base_url": fake.url, "account": "acme", "cells": cells, **app}
        with closing(AmoCrm.open(code=fake.code(), **settings)) as first, closing(AmoCrm.open(**settings)) as second:
            assert list(first.directory()) == list(second.directory()) != []


def test_a_webhook_that_was_received_reaches_whoever_watches(serve):
    _, crm = serve(FakeAccount.empty(), poll_seconds=3600)
    told = threading.Event()
    crm.watch(told.set)

    crm.inbox.put(receive("s3cret", "s3cret", b"task[update][0][id]=7"))

    assert told.is_set()


def test_closing_ends_the_watches_and_may_be_done_twice(serve):
    _, crm = serve(FakeAccount.empty(), poll_seconds=3600)
    told = threading.Event()
    crm.watch(told.set)

    crm.close()
    crm.close()
    crm.look_at([("task", "7")])

    assert not told.is_set()
