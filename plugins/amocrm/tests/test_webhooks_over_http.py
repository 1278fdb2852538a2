"""Webhooks of the local amoCRM, received as it sends them: what changed is named, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from attrs import define, evolve, field
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.tokens import LongLived
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.settings import Settings
from workplaces_amocrm.webhooks import NEEDED_EVENTS, Inbox, Received, receive, status, subscribe, unsubscribe

SECRET = "s3cret-of-this-account"
ANNA, BORIS = 201, 202


@define
class Receiver:
    """A web server that does no more than to hand requests to `receive`, as the web plugin does."""

    inbox: Inbox = field(factory=Inbox)
    received: list[Received] = field(factory=list)
    answer: int | None = None
    server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks/{SECRET}"

    def take_in(self, path: str, body: bytes, content_type: str | None) -> int:
        got = receive(urlsplit(path).path.rpartition("/")[2], SECRET, body, content_type)
        self.received.append(got)
        self.inbox.put(got)
        return self.answer or got.status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(receiver.take_in(self.path, body, self.headers["Content-Type"]))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.server = server
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty()
    account.add_user("Анна", id=ANNA)
    account.add_user("Борис", id=BORIS)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as running:
        yield running


@pytest.fixture
def api(fake: FakeAmo) -> Iterator[AmoApi]:
    api = api_of(fake, fake.token)
    yield api
    api.close()


def api_of(fake: FakeAmo, token: str) -> AmoApi:
    return AmoApi.open(Settings(base_url=fake.url, integration_rate=1000, account_rate=1000), tokens=LongLived(token))


def _live(fake: FakeAmo) -> set[tuple[str, str]]:
    """Do a little of everything in the account; the entities that this concerns."""
    task = fake.create("tasks", {"text": "Выставить счёт & договор", "complete_till": 1_700_000_000})["id"]
    deal, gone = (fake.create("leads", {"name": name})["id"] for name in ("Окна", "Двери"))
    contact = fake.create("contacts", {"name": "Пётр"})["id"]
    company = fake.create("companies", {"name": "Ромашка"})["id"]
    for entity, id_ in [("tasks", task), ("leads", deal), ("contacts", contact), ("companies", company)]:
        fake.edit(entity, id_, {"responsible_user_id": BORIS})
    fake.edit("tasks", task, {"is_completed": True, "result": {"text": "Готово"}})
    fake.remove("leads", gone)
    return {("task", task), ("deal", deal), ("deal", gone), ("contact", contact), ("company", company)}


def _texts(named: set[tuple[str, int]]) -> set[tuple[str, str]]:
    return {(kind, str(id_)) for kind, id_ in named}


@pytest.mark.parametrize(
    "trouble",
    [{}, {"hooks_duplicate_every": 1}, {"hooks_reorder": True}, {"hooks_duplicate_every": 2, "hooks_reorder": True}],
    ids=str,
)
def test_every_change_is_named_whatever_the_order_and_the_number(fake, api, receiver, trouble):
    fake.settings = evolve(fake.settings, **trouble)
    assert subscribe(api, receiver.url).works

    changed = _texts(_live(fake))
    fake.hooks.settle()

    assert {got.status for got in receiver.received} == {200}
    assert [got.problems for got in receiver.received if got.problems] == []
    assert receiver.inbox.take().ids == changed
    assert fake.violations == []


def test_a_hook_that_answers_wrongly_too_often_is_found_disabled_and_can_be_revived(fake, api, receiver):
    fake.settings = evolve(fake.settings, hook_failures_to_disable=1, hook_retries=())
    subscribe(api, receiver.url)
    receiver.answer = 500
    _live(fake)
    fake.hooks.settle()

    assert subscribe(api, receiver.url).standing == status(api, receiver.url).standing == "disabled"
    assert "polling" in status(api, receiver.url).advice

    receiver.answer = None
    assert subscribe(api, receiver.url, revive=True).works
    receiver.inbox.take()
    changed = _texts(_live(fake))
    fake.hooks.settle()
    assert receiver.inbox.take().ids == changed


def test_subscribing_twice_keeps_one_hook_and_unsubscribing_none(fake, api, receiver):
    subscribe(api, receiver.url, events=("add_task",))
    subscribe(api, receiver.url)
    subscribe(api, receiver.url)

    assert [set(hook["settings"]) for hook in fake.account.webhooks.values()] == [set(NEEDED_EVENTS)]
    assert len(fake.writes("/api/v4/webhooks")) == 2

    unsubscribe(api, receiver.url)
    unsubscribe(api, receiver.url)
    assert fake.account.webhooks == {}


def test_neither_a_tariff_nor_a_user_without_hooks_is_an_error(fake, api, receiver):
    plain = api_of(fake, fake.long_lived(ANNA))
    assert subscribe(plain, receiver.url).standing == "refused"
    plain.close()

    fake.settings = evolve(fake.settings, hooks_allowed=False)
    refused = subscribe(api, receiver.url)
    assert (refused.standing, "plan" in refused.advice) == ("refused", True)
