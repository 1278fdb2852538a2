"""The rate budget: how many calls a second all threads and processes may make together, and who goes first."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import uuid4

from attrs import define, evolve, field, frozen

from workplaces_amocrm.client.answers import retry_after
from workplaces_amocrm.client.http import Answer
from workplaces_amocrm.client.pace import Pace, Rates
from workplaces_amocrm.client.port import Lane
from workplaces_amocrm.errors import AccountBlocked, RateLimited, TurnTooLate
from workplaces_amocrm.settings import Settings
from workplaces_core.adapters.cells import Cells

_PATIENCE = 5.0  # for how many seconds an employee's call waits for its turn; the background waits as long as it takes


@frozen
class Turn:
    """What a call is told: go now, or ask again in `wait` seconds; `at` is when, by the shared clock."""

    at: float
    wait: float


@define
class RateBudget:
    """The budget of one integration within one account, in one cell that everybody who calls shares.

    A slot is taken at the moment of the call and never ahead of it, so a call that an employee waits for finds at most
    one slot gone to the background: while it waits, which others see in the cell, background calls stand back. The
    same cell remembers that the account is blocked, so nobody gets a slot then.

    The background waits for its turn however long it takes. A call that an employee waits for gives up when its turn
    is more than a few seconds away, as in the pause after a 429; the slot is not taken, and the pause stays.

    Raises StoreUnavailable when the cells do.
    """

    _cells: Cells
    _account: str
    _integration: str
    _rates: Rates
    _honour_retry_after: bool = True
    _sleep: Callable[[float], None] = time.sleep
    _alert: Callable[[str], None] = lambda _: None
    # One thread of a lane at a time asks the cell; the others queue here instead of fighting over it.
    _gates: dict[Lane, Lock] = field(init=False, factory=lambda: {"interactive": Lock(), "bulk": Lock()})

    @classmethod
    def of(
        cls,
        settings: Settings,
        cells: Cells,
        integration: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        alert: Callable[[str], None] = lambda _: None,
    ) -> RateBudget:
        """Give the budget that the settings allow; `alert` is called by whoever first finds the account blocked."""
        rates = Rates.of(settings)
        return cls(cells, settings.account_name, integration, rates, settings.honour_retry_after, sleep, alert)

    def take(self, lane: Lane) -> float:
        """Wait for a slot and take it; give its instant in seconds since 1970.

        Raises AccountBlocked, and TurnTooLate in the lane of employees.
        """
        ticket = uuid4().hex[:8]
        with self._gate(lane) as left:
            patience = left
            while (turn := self.ask(lane, ticket, patience)).wait > 0:
                if turn.wait > patience:
                    raise _too_late(turn.wait)
                patience -= turn.wait
                self._sleep(turn.wait)
        return turn.at

    @contextmanager
    def _gate(self, lane: Lane) -> Iterator[float]:
        """Queue behind the other threads of a lane; give for how many seconds the call may go on waiting."""
        gate, since = self._gates[lane], time.monotonic()
        if lane == "bulk":
            with gate:
                yield math.inf
        elif gate.acquire(timeout=_PATIENCE):
            try:
                yield _PATIENCE - (time.monotonic() - since)
            finally:
                gate.release()
        else:
            raise _too_late(None)

    def ask(self, lane: Lane, ticket: str, patience: float = math.inf) -> Turn:
        """Take a slot if one is free for this lane, else say when to ask again.

        An employee who waits is noted, unless he has to wait for longer than his patience.
        """
        while True:
            pace, version, now = self._read()
            if pace.blocked is not None:
                raise AccountBlocked(pace.blocked)
            wait = pace.wait(self._integration, lane, ticket, now, self._rates)
            if wait <= 0:
                after = pace.taken(self._integration, ticket, now, self._rates)
            elif lane == "interactive" and wait <= patience and pace.wanted.get(ticket, 0) < now + wait:
                after = pace.announced(ticket, now + wait)
            else:
                return Turn(now, wait)
            if self._cells.swap(self._name, after.text(), version=version):
                return Turn(now, max(wait, 0.0))

    @contextmanager
    def noting(self, answer: Answer) -> Iterator[None]:
        """Draw the consequences of what an answer is found to mean: slow down after a 429, stop after a block."""
        try:
            yield
        except RateLimited as error:
            if self._honour_retry_after:
                error.retry_after = retry_after(answer, self._cells.now())
            self.slow_down(error.retry_after)
            raise
        except AccountBlocked as error:
            self.block(str(error))
            raise

    def slow_down(self, retry_after: float | None = None) -> None:
        """Halve the rate after a 429 and let nobody call for a while; it grows back by itself."""
        self._change(lambda pace, now: pace.slowed(self._integration, now, retry_after, self._rates))

    def block(self, reason: str) -> bool:
        """Give no slots to anybody any more, and alert; False, and no alert, when that was so already."""
        first = self._change(lambda pace, _: pace if pace.blocked is not None else evolve(pace, blocked=reason))
        if first:
            self._alert(reason)
        return first

    def unblock(self) -> bool:
        """Give slots again, after a person has cleared the matter with amoCRM; False when nothing was blocked."""
        return self._change(lambda pace, _: evolve(pace, blocked=None))

    def blocked(self) -> str | None:
        """Give why nothing is sent, None when calls are made."""
        return self._read()[0].blocked

    def rate(self) -> float:
        """Give the calls a second that this integration may make now."""
        pace, _, now = self._read()
        return pace.rate(self._integration, now, self._rates)

    def _change(self, change: Callable[[Pace, float], Pace]) -> bool:
        while True:
            pace, version, now = self._read()
            after = change(pace, now)
            if after == pace:
                return False
            if self._cells.swap(self._name, after.text(), version=version):
                return True

    def _read(self) -> tuple[Pace, int, float]:
        cell = self._cells.read(self._name)
        pace = Pace.of(cell.value) if cell else Pace()
        return pace, cell.version if cell else 0, self._cells.now().timestamp()

    @property
    def _name(self) -> str:
        return f"amocrm/{self._account}/pace"


def _too_late(wait: float | None) -> TurnTooLate:
    when = "" if wait is None else f": the next one may go in {wait:.0f} s"
    return TurnTooLate(f"too many calls of amoCRM lately{when}; nothing was sent", retry_after=wait)
