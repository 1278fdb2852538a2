"""The rate limits: so many requests a second for an integration and for the account, and a block for who insists."""

from __future__ import annotations

from collections import defaultdict, deque
from math import floor

from attrs import Factory, define

from workplaces_amocrm.fake.settings import FakeSettings

_ACCOUNT = ""


@define
class Limiter:
    """Times of the requests let through within the last second, by integration."""

    _passed: defaultdict[str, deque[float]] = Factory(lambda: defaultdict(deque))
    refused: int = 0
    blocked: bool = False

    def admit(self, client: str, at: float, settings: FakeSettings) -> bool:
        """Let a request through, or count one more violation, which may block the account."""
        limits = ((client, settings.rate_client), (_ACCOUNT, settings.rate_account))
        fits = all(limit is None or self._used(name, at, settings) < limit for name, limit in limits)
        if fits:
            for name, limit in limits:
                if limit is not None:
                    self._passed[name].append(at)
        else:
            self._refuse(settings)
        return fits

    def reset(self) -> None:
        """Forget every violation and lift the block, as amoCRM's support does."""
        self.refused, self.blocked = 0, False

    def _used(self, name: str, at: float, settings: FakeSettings) -> int:
        passed = self._passed[name]
        oldest = floor(at) if settings.rate_window == "calendar" else at - 1 + 1e-9
        while passed and (passed[0] < oldest or passed[0] > at):
            passed.popleft()
        return len(passed)

    def _refuse(self, settings: FakeSettings) -> None:
        self.refused += 1
        self.blocked = self.blocked or (settings.block_after is not None and self.refused >= settings.block_after)
