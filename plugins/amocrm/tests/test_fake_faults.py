"""The local amoCRM: what was ordered to go wrong goes wrong, at that request, with or without effect."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty()
    account.add("tasks", id=1, text="Было")
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as running:
        yield running


def write(fake: FakeAmo, timeout: float = 10) -> httpx.Response:
    head = {"Authorization": f"Bearer {fake.token}"}
    return httpx.patch(f"{fake.url}/api/v4/tasks/1", json={"text": "Стало"}, headers=head, timeout=timeout)


def applied(fake: FakeAmo) -> bool:
    # Who gives up early may look before the server has read what he sent.
    while not fake.requests:
        threading.Event().wait(0.002)
    assert fake.requests[-1].applied is (fake.account.tasks[1]["text"] == "Стало")
    return fake.requests[-1].applied


@pytest.mark.parametrize(
    ("status", "type_"),
    [(401, "application/problem+json"), (402, "application/problem+json"), (403, "text/html; charset=utf-8"),
     (429, "text/html; charset=utf-8"), (500, "application/problem+json"), (504, "text/html; charset=utf-8")],
)  # fmt: skip
def test_a_status_comes_once_with_the_body_amocrm_sends(fake: FakeAmo, status: int, type_: str) -> None:
    fake.faults.add(status)
    answer = write(fake)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, type_)
    assert not applied(fake)
    assert write(fake).status_code == 200


@pytest.mark.parametrize(("body", "start"), [("html", "<html>"), ("json", "{")])
def test_the_body_of_a_status_can_be_chosen(fake: FakeAmo, body: str, start: str) -> None:
    fake.faults.add(500, body=body)

    assert write(fake).text.startswith(start)


def test_a_status_may_hide_that_the_request_took_effect(fake: FakeAmo) -> None:
    fake.faults.add("status", status=504, applied=True)

    assert write(fake).status_code == 504
    assert applied(fake)


@pytest.mark.parametrize(
    ("kind", "effect"),
    [("reset_before", False), ("reset_after", True), ("lost_answer", True), ("truncated", True)],
)
def test_a_broken_connection_says_nothing_of_the_effect(fake: FakeAmo, kind: str, effect: bool) -> None:
    fake.faults.add(kind)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        write(fake)
    assert applied(fake) is effect
    assert fake.requests[-1].fault == kind
    assert write(fake).status_code == 200


def test_an_answer_may_come_without_its_body(fake: FakeAmo) -> None:
    fake.faults.add("emptied")
    answer = write(fake)

    assert (answer.status_code, answer.content) == (200, b"")
    assert applied(fake)


def test_a_reset_is_a_reset_and_not_the_end_of_the_stream(fake: FakeAmo) -> None:
    fake.faults.add("reset_before")

    with pytest.raises(httpx.ReadError):
        write(fake)


@pytest.mark.parametrize(("kind", "effect"), [("timeout_before", False), ("timeout_after", True)])
def test_no_answer_comes_until_the_caller_gives_up(fake: FakeAmo, kind: str, effect: bool) -> None:
    fake.faults.add(kind)

    with pytest.raises(httpx.ReadTimeout):
        write(fake, timeout=0.05)
    assert applied(fake) is effect


def test_stopping_the_server_ends_what_hangs() -> None:
    failures: list[str] = []

    def ask() -> None:
        try:
            httpx.get(f"{fake.url}/api/v4/account", timeout=30)
        except httpx.HTTPError as error:
            failures.append(type(error).__name__)

    with FakeAmo.start(FakeAccount.empty()) as fake:
        fake.faults.add("timeout")
        caller = threading.Thread(target=ask)
        caller.start()
        while not fake.requests:
            caller.join(0.01)
    caller.join()

    assert failures == ["RemoteProtocolError"]


def test_a_slow_answer_comes_all_the_same(fake: FakeAmo) -> None:
    fake.faults.add("slow", delay=0.2)
    with pytest.raises(httpx.ReadTimeout):
        write(fake, timeout=0.05)
    assert applied(fake)
    fake.faults.add("slow", delay=0.01)
    assert write(fake).status_code == 200


def test_indexes_count_from_the_order_or_from_the_first_request(fake: FakeAmo) -> None:
    write(fake)
    fake.faults.add(500, index=1)
    fake.faults.add(502, index=1, counted="all")

    assert [write(fake).status_code for _ in range(3)] == [502, 500, 200]


def test_faults_can_be_for_requests_that_match_and_go_on(fake: FakeAmo) -> None:
    fake.faults.add(500, when=lambda asked: asked.method == "PATCH", times=None)

    assert fake.ask("GET", "account").status_code == 200
    assert [write(fake).status_code for _ in range(3)] == [500] * 3
    fake.faults.clear()
    assert write(fake).status_code == 200


def test_token_calls_can_fail_too(fake: FakeAmo) -> None:
    fake.faults.add(500, when=lambda asked: asked.path == "/oauth2/access_token")

    assert fake.ask("POST", "/oauth2/access_token", {}).status_code == 500


@pytest.mark.parametrize("kind", ["nonsense", 418])
def test_unknown_faults_are_refused(fake: FakeAmo, kind: str | int) -> None:
    with pytest.raises(ValueError, match=f"`{kind}`"):
        fake.faults.add(kind)
