"""What a web service finds on the adapter: who a widget's token stands for, and where webhooks go."""

from __future__ import annotations

import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake import FakeAccount, FakeAmo
from workplaces_amocrm.fake.amo import CLIENT_ID, CLIENT_SECRET

from workplaces_core import NotAllowed

REDIRECT = "https://desk.example.ru/callback"


@pytest.fixture
def fake():
    with FakeAmo.start(FakeAccount.empty()) as fake:
        fake.clock.real()
        yield fake


def opened(fake, **more):
    return AmoCrm.open(base_url=fake.url, token=fake.token, **more)


def test_a_widgets_token_is_accepted_once(fake):
    crm = opened(fake, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=REDIRECT)
    token = fake.disposable(fake.account.admin, aud="https://desk.example.ru")
    assert crm.verify_widget_token(token).user_id == str(fake.account.admin)
    with pytest.raises(NotAllowed, match="once"):
        crm.verify_widget_token(token)
    crm.close()


def test_without_the_secrets_of_an_integration_no_token_can_be_verified(fake):
    crm = opened(fake)
    assert crm.verify_widget_token is None
    crm.close()


def test_a_webhook_goes_into_the_inbox(fake):
    crm = opened(fake)
    status = crm.receive_webhook("s", b"task[update][0][id]=7", "application/x-www-form-urlencoded")
    assert status == 200
    assert crm.inbox.take().ids == {("task", "7")}
    crm.close()
