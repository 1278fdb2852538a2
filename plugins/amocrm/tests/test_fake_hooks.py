"""The local amoCRM: webhooks say what changed in the words of the old API, and try again as amoCRM does."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000
EASY = FakeSettings.unthrottled()


class Receiver(ThreadingHTTPServer):
    """Remembers what it is told and answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[dict[str, str]] = []
        self.heads: list[dict[str, str]] = []
        self.status = 200
        self.release: threading.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.told.append(dict(parse_qsl(body, keep_blank_values=True)))
        self.server.heads.append(dict(self.headers))
        if self.server.release:
            self.server.release.wait(5)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        if server.release:
            server.release.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty(now=NOON)
    account.add_user("Анна", id=201)
    account.add("leads", id=7)
    account.add("contacts", id=8)
    account.add("companies", id=9)
    account.add("tasks", id=1, text="Было", entity_type="leads", entity_id=7, complete_till=NOON)
    with FakeAmo.start(account, settings=EASY) as running:
        running.clock.set(NOON)
        yield running


def subscribe(fake: FakeAmo, receiver: Receiver, *names: str) -> int:
    answer = fake.ask("POST", "webhooks", {"destination": receiver.url, "settings": list(names), "sort": 10})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def hear(fake: FakeAmo, receiver: Receiver) -> list[dict[str, str]]:
    fake.hooks.settle()
    told, receiver.told = receiver.told, []
    return told


def test_a_subscription_is_made_changed_in_place_listed_and_removed(fake: FakeAmo, receiver: Receiver) -> None:
    first = subscribe(fake, receiver, "add_task")
    again = subscribe(fake, receiver, "add_task", "update_task")
    listed = fake.ask("GET", f"webhooks?filter[destination]={receiver.url}").json()

    assert first == again
    assert listed["_total_items"] == 1
    (row,) = listed["_embedded"]["webhooks"]
    assert set(row) == {"id", "destination", "created_at", "updated_at", "account_id", "created_by", "sort",
                        "disabled", "settings"}  # fmt: skip
    assert (row["settings"], row["disabled"]) == (["add_task", "update_task"], False)
    assert fake.ask("GET", "webhooks?filter[destination]=http://other.ru").status_code == 204
    gone = [fake.ask("DELETE", "webhooks", {"destination": receiver.url}).status_code for _ in range(2)]
    assert gone == [204, 404]


@pytest.mark.parametrize(
    "sent",
    [
        {"destination": "https://пример.рф/hook", "settings": ["add_task"]},
        {"destination": "nonsense", "settings": ["add_task"]},
        {"destination": "https://example.ru", "settings": ["nonsense"]},
        {"destination": "https://example.ru", "settings": []},
    ],
)
def test_a_subscription_needs_an_address_and_known_events(fake: FakeAmo, sent: dict[str, Any]) -> None:
    assert fake.ask("POST", "webhooks", sent).status_code == 400
    assert fake.account.webhooks == {}


def test_there_are_at_most_100_and_the_tariff_has_to_include_them(fake: FakeAmo) -> None:
    statuses = [
        fake.ask("POST", "webhooks", {"destination": f"https://example.ru/{n}", "settings": ["add_task"]}).status_code
        for n in range(101)
    ]
    assert statuses == [*[201] * 100, 422]
    fake.settings = evolve(EASY, hooks_allowed=False)
    assert fake.ask("GET", "webhooks").status_code == 403


def test_a_task_speaks_the_old_words_in_strings(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "update_task")
    fake.ask("PATCH", "tasks/1", {"is_completed": True, "result": {"text": "Да"}})
    (told,) = hear(fake, receiver)
    head = receiver.heads[0]

    assert head["User-Agent"] == "amoCRM-WebHook-client/1.0"
    assert head["Content-Type"] == "application/x-www-form-urlencoded"
    said = {key.removeprefix("task[update][0]"): value for key, value in told.items() if key.startswith("task[")}
    assert said == {
        "[id]": "1", "[element_id]": "7", "[element_type]": "2", "[task_type]": "1", "[text]": "Было",
        "[date_create]": "2023-11-15 01:13:20", "[last_modified]": "2023-11-15 01:13:20",
        "[complete_till]": "2023-11-15 01:13:20", "[status]": "1", "[account_id]": str(fake.account.id),
        "[created_user_id]": "101", "[responsible_user_id]": "101", "[action_close]": "1",
        "[result][id]": "1", "[result][text]": "Да",
    }  # fmt: skip
    assert told["account[subdomain]"] == "fake"
    assert told["account[id]"] == str(fake.account.id)
    assert "account[_links][self]" in told


def test_the_times_of_tasks_may_be_utc(fake: FakeAmo, receiver: Receiver) -> None:
    fake.settings = evolve(EASY, hook_time_zone="UTC")
    subscribe(fake, receiver, "update_task")
    fake.edit("tasks", 1, {"text": "Стало"})

    (told,) = hear(fake, receiver)
    assert told["task[update][0][complete_till]"] == "2023-11-14 22:13:20"
    assert told["task[update][0][action_close]"] == "0"


def test_deals_and_people_speak_under_their_old_names(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "update_lead", "status_lead", "responsible_lead", "update_contact", "update_company")
    fake.account.add_field("leads", "text", "Поле", id=5)
    fake.account.add_field("leads", "checkbox", "Тендер", id=6)
    fake.link(("contacts", 8), ("leads", 7))
    fields = [{"field_id": 5, "values": [{"value": "x"}]}, {"field_id": 6, "values": [{"value": True}]}]
    fake.edit("leads", 7, {"responsible_user_id": 201, "status_id": 142, "custom_fields_values": fields})
    fake.edit("contacts", 8, {"name": "Пётр"})
    fake.edit("companies", 9, {"name": "ООО"})
    update, responsible, status, contact, company = hear(fake, receiver)

    assert update["leads[update][0][last_modified]"] == str(NOON)
    assert update["leads[update][0][custom_fields][0][values][0][value]"] == "x"
    assert update["leads[update][0][custom_fields][1][values][0][value]"] == "1"
    assert responsible["leads[responsible][0][old_responsible_user_id]"] == "101"
    assert responsible["leads[responsible][0][responsible_user_id]"] == "201"
    assert status["leads[status][0][old_status_id]"] == "1101"
    assert (contact["contacts[update][0][type]"], company["contacts[update][0][type]"]) == ("contact", "company")
    assert contact["contacts[update][0][linked_leads_id][7][ID]"] == "7"


def test_adding_deleting_and_restoring_are_told(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "add_task", "delete_task", "delete_lead", "restore_lead")
    made = fake.create("tasks", {"text": "Новая", "complete_till": NOON})
    fake.remove("tasks", made["id"])
    fake.remove("leads", 7)
    fake.restore("leads", 7)
    added, deleted, buried, restored = hear(fake, receiver)

    assert added["task[add][0][id]"] == deleted["task[delete][0][id]"] == str(made["id"])
    assert buried["leads[delete][0][id]"] == restored["leads[restore][0][id]"] == "7"


def test_the_hook_of_a_tasks_new_responsible_user_is_a_setting(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "responsible_task")
    fake.edit("tasks", 1, {"responsible_user_id": 201})
    assert hear(fake, receiver)[0]["task[responsible][0][old_responsible_user_id]"] == "101"
    fake.settings = evolve(EASY, task_responsible_hooks=False)
    fake.edit("tasks", 1, {"responsible_user_id": 101})
    assert hear(fake, receiver) == []


def test_only_what_was_subscribed_and_did_change_is_told(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "update_task")
    fake.edit("leads", 7, {"price": 5})
    fake.edit("tasks", 1, {"text": "Было"})

    assert hear(fake, receiver) == []


def test_completing_may_be_told_twice(fake: FakeAmo, receiver: Receiver) -> None:
    fake.settings = evolve(EASY, completion_hooks=2)
    subscribe(fake, receiver, "update_task")
    fake.edit("tasks", 1, {"is_completed": True, "result": {"text": "Да"}})

    assert len(hear(fake, receiver)) == 2


@pytest.mark.parametrize(("status", "waits"), [(404, [300, 900]), (302, [300, 900]), (500, [300, 900, 900, 3600])])
def test_a_failed_delivery_climbs_the_ladder_of_its_kind(
    fake: FakeAmo, receiver: Receiver, status: int, waits: list[int]
) -> None:
    subscribe(fake, receiver, "update_task")
    receiver.status = status
    fake.edit("tasks", 1, {"text": "Стало"})
    fake.hooks.settle()
    for wait in waits:
        fake.clock.advance(wait - 1)
        fake.hooks.settle()
        before = len(fake.hooks.deliveries)
        fake.clock.advance(1)
        fake.hooks.settle()
        assert len(fake.hooks.deliveries) == before + 1
    fake.clock.advance(86_400)
    fake.hooks.settle()

    assert [delivery.attempt for delivery in fake.hooks.deliveries] == list(range(1, len(waits) + 2))
    assert fake.hooks.pending == 0
    assert len({str(told) for told in receiver.told}) == 1


def test_a_delivery_that_succeeds_is_not_repeated(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "update_task")
    receiver.status = 204
    fake.edit("tasks", 1, {"text": "Стало"})
    fake.hooks.settle()
    fake.clock.advance(86_400)

    assert len(hear(fake, receiver)) == 1


def test_no_answer_in_time_is_a_failure(fake: FakeAmo, receiver: Receiver) -> None:
    fake.settings = evolve(EASY, hook_timeout=0.05)
    receiver.release = threading.Event()
    subscribe(fake, receiver, "update_task")
    fake.edit("tasks", 1, {"text": "Стало"})
    fake.hooks.settle()

    assert [(one.status, one.valid) for one in fake.hooks.deliveries] == [(0, False)]
    assert fake.hooks.pending == 1
    assert FakeSettings().hook_timeout == 2.0


def test_a_hook_is_disabled_after_more_than_100_failures_in_two_hours(fake: FakeAmo, receiver: Receiver) -> None:
    fake.settings = evolve(EASY, hook_failures_to_disable=3, hook_retries=())
    hook = subscribe(fake, receiver, "update_task")
    receiver.status = 500

    texts = map(str, itertools.count())

    def fail(times: int) -> None:
        for text in itertools.islice(texts, times):
            fake.edit("tasks", 1, {"text": text})
        fake.hooks.settle()

    fail(3)
    fake.clock.advance(7201)
    fail(3)
    assert fake.account.webhooks[hook]["disabled"] is False
    fail(1)
    assert fake.account.webhooks[hook]["disabled"] is True
    receiver.told.clear()
    fail(1)
    assert receiver.told == []
    assert FakeSettings().hook_failures_to_disable == 100


def test_deliveries_can_be_dropped_doubled_and_reordered(fake: FakeAmo, receiver: Receiver) -> None:
    subscribe(fake, receiver, "update_task")

    def texts(count: int) -> list[str]:
        for number in range(count):
            fake.edit("tasks", 1, {"text": f"{fake.settings.hooks_reorder} {number}"})
        return [told["task[update][0][text]"][-1] for told in hear(fake, receiver)]

    fake.settings = evolve(EASY, hooks_drop_every=2)
    assert texts(4) == ["0", "2"]
    fake.settings = evolve(EASY, hooks_duplicate_every=2)
    assert texts(4) == ["0", "1", "1", "2", "3", "3"]
    fake.settings = evolve(EASY, hooks_reorder=True)
    assert texts(5) == ["1", "0", "3", "2", "4"]


def test_attempts_come_due_on_a_running_clock_too(fake: FakeAmo, receiver: Receiver) -> None:
    fake.clock.real()
    subscribe(fake, receiver, "update_task")
    receiver.status = 500
    fake.edit("tasks", 1, {"text": "Стало"})
    fake.hooks.settle()
    receiver.status = 200
    fake.clock.advance(301)
    fake.hooks.settle()

    assert [delivery.status for delivery in fake.hooks.deliveries] == [500, 200]
