"""What tests of the amoCRM plugin share: a local account, and the adapter onto it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.account import FakeAccount
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.clock import FakeClock
from workplaces_amocrm.fake.settings import FakeSettings

from workplaces_core.adapters.cells import MemoryCells

FAST: dict[str, Any] = {
    "integration_rate": 1000,
    "account_rate": 1000,
    "rate_headroom": 0,
    "rate_pause_seconds": 0,
    "rate_floor": 1000,
    "retry_first_seconds": 0,
    "retry_longest_seconds": 0,
    "verify_wait_seconds": 0,
    "timeout_seconds": 5,
    "poll_seconds": 0.1,
}
"""Settings with which nothing waits; the timeout is for hung tests, faults bring their own."""


class ClockedCells(MemoryCells):
    """Cells that go by the clock of the local server, as all processes of a service go by one."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(lambda: datetime.fromtimestamp(clock.exact(), UTC))
        self._server = clock

    def sleep(self, seconds: float) -> None:
        """Wait; a clock that stands still is moved instead."""
        if self._server.stopped:
            self._server.advance(seconds)
        else:
            time.sleep(seconds)


Serve = Callable[..., tuple[FakeAmo, AmoCrm]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that serves an account and opens the adapter onto it; `fake` are the switches of the server."""
    opened: list[Any] = []

    def start(account: FakeAccount, *, fake: FakeSettings | None = None, **settings: Any) -> tuple[FakeAmo, AmoCrm]:
        server = FakeAmo.start(account, settings=fake or FakeSettings.unthrottled(is_api_filter_enabled=True))
        opened.append(server.stop)
        cells = ClockedCells(server.clock)
        given = {"cells": cells, "sleep": cells.sleep, **FAST, **settings}
        crm = AmoCrm.open(base_url=server.url, token=server.token, **given)
        opened.append(crm.close)
        return server, crm

    yield start
    for close in reversed(opened):
        close()
