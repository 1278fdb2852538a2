"""The local amoCRM: so many requests a second, and a block for who insists."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings

NOON = 1_700_000_000


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    with FakeAmo.start(FakeAccount.empty()) as running:
        running.clock.set(NOON)
        yield running


def knock(fake: FakeAmo, times: int, token: str | None = None) -> list[int]:
    return [fake.ask("GET", "account", token=token).status_code for _ in range(times)]


def test_an_integration_has_seven_requests_in_any_second(fake: FakeAmo) -> None:
    assert knock(fake, 4) == [200] * 4
    fake.clock.advance(0.6)
    assert knock(fake, 4) == [200, 200, 200, 429]
    fake.clock.advance(0.41)
    assert knock(fake, 5) == [200, 200, 200, 200, 429]
    assert [violation.rule for violation in fake.violations] == ["too many requests"] * 2


def test_the_window_may_be_the_second_of_the_clock(fake: FakeAmo) -> None:
    fake.settings = FakeSettings(rate_window="calendar")
    fake.clock.advance(0.9)
    assert knock(fake, 7) == [200] * 7
    fake.clock.advance(0.1)
    assert knock(fake, 8) == [*[200] * 7, 429]


def test_integrations_do_not_take_from_each_other_but_all_from_the_account(fake: FakeAmo) -> None:
    fake.settings = FakeSettings(rate_account=10)
    other = fake.long_lived(client_id=fake.integration("other").client_id)

    assert knock(fake, 8) == [*[200] * 7, 429]
    assert knock(fake, 4, other) == [200, 200, 200, 429]


def test_the_account_has_fifty(fake: FakeAmo) -> None:
    tokens = [fake.long_lived(client_id=fake.integration(f"other {n}").client_id) for n in range(8)]

    assert sum(status == 200 for token in tokens for status in knock(fake, 7, token)) == 50


def test_429_is_a_page_without_retry_after(fake: FakeAmo) -> None:
    knock(fake, 7)
    answer = fake.ask("GET", "account")

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<h1>429" in answer.text
    assert "Retry-After" not in answer.headers
    fake.settings = FakeSettings(retry_after=3)
    assert fake.ask("GET", "account").headers["Retry-After"] == "3"


def test_a_refused_request_does_nothing(fake: FakeAmo) -> None:
    fake.account.add("tasks", id=1, text="Было")
    knock(fake, 7)

    assert fake.ask("PATCH", "tasks/1", {"text": "Стало"}).status_code == 429
    assert fake.account.tasks[1]["text"] == "Было"
    assert not fake.writes(applied=True)


def test_who_insists_is_blocked_with_a_page_until_somebody_lifts_it(fake: FakeAmo) -> None:
    fake.settings = FakeSettings(block_after=3)
    assert knock(fake, 10) == [*[200] * 7, *[429] * 3]
    fake.clock.advance(3600)
    answer = fake.ask("GET", "account")
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert fake.violations[-1].rule == "request while blocked"
    fake.reset_block()
    assert knock(fake, 1) == [200]


def test_limits_can_be_switched_off(fake: FakeAmo) -> None:
    fake.settings = evolve(fake.settings, rate_client=None, rate_account=None)

    assert set(knock(fake, 60)) == {200}
