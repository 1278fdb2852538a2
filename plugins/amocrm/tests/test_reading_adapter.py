"""The adapter as Workplaces meets it: found as a plugin, opened by settings, closed without a trace."""

from __future__ import annotations

import threading

import pytest
import workplaces_amocrm
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import CLIENT_ID, CLIENT_SECRET, FakeAmo
from workplaces_amocrm.fake.settings import FakeSettings
from workplaces_amocrm.webhooks.receiver import receive

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.adapters.registry import load_plugins
from workplaces_core.errors import InvalidInput


def test_the_plugin_brings_the_adapter_and_the_command():
    registry = load_plugins({"amocrm": workplaces_amocrm}, discover=False)

    assert registry.adapters["amocrm"] is AmoCrm
    assert registry.commands["amocrm"].summary


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
        first = AmoCrm.open(code=fake.code(), **settings)
        second = AmoCrm.open(**settings)

        assert first.cursor() == second.cursor()
        first.close(), second.close()


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
