"""A made-up account on this machine, as the core starts one for demonstrations and tests."""

from __future__ import annotations

import time

from workplaces_amocrm.fake import FakeAmo, FakeSettings, generate
from workplaces_core.adapters.registrars import LocalCrm

TASKS = 600


def start() -> LocalCrm:
    """Start a local amoCRM that answers as fast as it can, with an account that is at the machine's time."""
    account = generate(seed=1, tasks=TASKS, now=int(time.time()))
    fake = FakeAmo.start(account, settings=FakeSettings.unthrottled(is_api_filter_enabled=True))
    settings = {"base_url": fake.url, "token": fake.token, "integration_rate": 1000.0, "account_rate": 1000.0}
    return LocalCrm(settings, fake.stop)
