"""The account check against the local amoCRM: each way an account can stand is told from the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from workplaces_amocrm.account_check import check_account
from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.tokens import LongLived
from workplaces_amocrm.fake import FakeAccount, FakeAmo, FakeSettings
from workplaces_amocrm.settings import Settings

ANNA = 201


@pytest.fixture
def fake() -> Iterator[FakeAmo]:
    account = FakeAccount.empty()
    account.add_user("Анна", id=ANNA)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled()) as running:
        yield running


def checked(fake: FakeAmo, token: str | None = None, **changed: Any) -> dict[str, str]:
    settings = Settings(base_url=fake.url, attempts_bulk=1, **changed)
    api = AmoApi.open(settings, tokens=LongLived(token or fake.token))
    try:
        return {one.code: one.severity for one in check_account(api, settings)}
    finally:
        api.close()


def test_an_administrator_of_a_usual_account_has_only_filters_to_ask_for(fake):
    found = checked(fake)

    assert [code for code, severity in found.items() if severity != "info"] == ["filters.off"]
    assert {"account.found", "zone.found", "users.count", "task_types.count", "hooks.none", "token.admin"} <= set(found)
    assert fake.violations == []
    assert fake.writes() == []


@pytest.mark.parametrize(
    ("switches", "codes"),
    [
        ({"is_paid": False}, {"account.not_paid"}),
        ({"is_api_filter_enabled": True}, {"filters.on"}),
        ({"hooks_allowed": False}, {"hooks.refused"}),
    ],
    ids=str,
)
def test_what_the_account_lacks_is_found(fake, switches, codes):
    fake.settings = evolve(fake.settings, **switches)

    assert codes <= set(checked(fake))


def test_a_token_of_no_administrator_is_found(fake):
    assert {"token.not_admin", "hooks.refused"} <= set(checked(fake, fake.long_lived(ANNA)))


def test_a_token_that_was_revoked_is_found(fake):
    fake.revoke(fake.token)

    assert checked(fake) == {"token.rejected": "error"}


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("fault", [500, 429, "reset_before", "truncated"])
def test_no_fault_makes_the_check_fail(fake, index, fault):
    fake.account.webhooks[7] = {"id": 7, "destination": "https://desk.acme.ru/", "disabled": False, "settings": []}
    fake.faults.add(fault, index=index)

    assert {"account.unreachable", "rate.exceeded"} & set(checked(fake))
