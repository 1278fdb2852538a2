"""Tokens by OAuth: a pair that is renewed by one process at a time, and is saved before anybody uses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Self

from attrs import define, evolve, field

from workplaces_amocrm.client.answers import is_elsewhere
from workplaces_amocrm.client.budget import RateBudget
from workplaces_amocrm.client.exclusive import exclusive
from workplaces_amocrm.client.home import Home
from workplaces_amocrm.client.http import Answer, HttpxTransport, Request, Transport
from workplaces_amocrm.client.pair import OAuthApp, Pair, granted, request_for
from workplaces_amocrm.client.tokens import claims
from workplaces_amocrm.errors import ConsentNeeded, NotSent, TurnTooLate, Unreachable
from workplaces_amocrm.settings import Settings
from workplaces_core.adapters.cells import Cells
from workplaces_core.errors import StoreUnavailable

_SAVES = 10
_LOOKS = 3
_PAUSE = 0.5


@define
class OAuthTokens:
    """The pair of tokens of an integration, in a cell that all processes share.

    A refresh token works once. Between amoCRM's answer with the next pair and its saving a crash loses both, and an
    administrator has to consent again; nothing but the saving happens in between, and while the cells cannot be
    written this process keeps the pair and goes on trying.
    """

    _app: OAuthApp
    _settings: Settings
    _cells: Cells
    _home: Home
    _transport: Transport
    _budget: RateBudget
    _sleep: Callable[[float], None]
    _pair: Pair | None = field(init=False, default=None, repr=False)
    _unsaved: tuple[Pair, Pair | None] | None = field(init=False, default=None, repr=False)
    _lock: Lock = field(init=False, factory=Lock, repr=False)

    @classmethod
    def open(
        cls,
        settings: Settings,
        app: OAuthApp,
        *,
        cells: Cells,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        alert: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Use the pair in the cells; nothing is sent yet. `cells` and `alert` are those of the client."""
        transport = transport or HttpxTransport(timeout_seconds=settings.timeout_seconds)
        budget = RateBudget.of(settings, cells, app.client_id, sleep=sleep, alert=alert)
        return cls(app, settings, cells, Home(settings, cells), transport, budget, sleep)

    @property
    def integration(self) -> str:
        """Name the integration."""
        return self._app.client_id

    def exchange_code(self, code: str) -> None:
        """Get and save the first pair, by the code that a consent gave; it is good for 20 minutes and once.

        Raises ConsentNeeded when the code is refused.
        """
        with self._lock:
            pair = self._asked(code=code)
            self._unsaved = (pair, None)
            self._pair = self._saved()

    def access(self) -> str:
        """Give a token for the next call, renewed a little before it expires."""
        pair = self._pair
        if pair is not None and self._is_good(pair, ""):
            return pair.access
        try:
            return self._renewed("").access
        except (Unreachable, StoreUnavailable):
            if pair is None or pair.expires <= self._now():
                raise
            return pair.access  # not renewed in time, but still valid

    def renewed(self, refused: str) -> str:
        """Give a token after a call with `refused` was answered 401: the one another has got, or a new one."""
        return self._renewed(refused).access

    def locate(self) -> None:
        """Ask where the account is now."""
        pair, _ = self._read()
        if pair is not None:
            self._home.ask(self._transport, claims(pair.access).get("api_domain"), pair.refresh)

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    def _renewed(self, refused: str) -> Pair:
        with self._lock:
            pair = None if self._unsaved else self._read()[0]
            if pair is None or not self._is_good(pair, refused):
                lock = f"amocrm/{self._settings.account_name}/renewing/{self.integration}"
                # Longer than a renewal can take, so that nobody presents the same refresh token meanwhile.
                with exclusive(self._cells, lock, seconds=4 * self._settings.timeout_seconds, sleep=self._sleep):
                    pair = self._renewed_alone(refused)
            self._pair = pair
            return pair

    def _renewed_alone(self, refused: str) -> Pair:
        pair = self._saved() if self._unsaved else self._read()[0]
        if pair is None:
            raise ConsentNeeded("there are no tokens yet: an administrator of the account has to consent")
        if pair.dead:
            raise ConsentNeeded("amoCRM refused the tokens: an administrator of the account has to consent again")
        if self._is_good(pair, refused):
            return pair
        try:
            self._unsaved = (self._asked(refresh=pair.refresh), pair)
        except ConsentNeeded:
            return self._of_somebody_else(pair)
        except TurnTooLate:
            raise
        except Unreachable as error:
            raise NotSent(f"the tokens could not be renewed: {error}") from error
        return self._saved()

    def _asked(self, *, code: str | None = None, refresh: str | None = None) -> Pair:
        answer, request = self._send(code, refresh)
        if is_elsewhere(answer):
            self.locate()
            if self._home.changed():
                answer, request = self._send(code, refresh)
        with self._budget.noting(answer):
            blocks = self._settings.html_403_blocks
            return granted(answer, request, self._now(), html_403_blocks=blocks)

    def _send(self, code: str | None, refresh: str | None) -> tuple[Answer, Request]:
        self._budget.take("interactive")
        request = request_for(self._app, self._home.url("/oauth2/access_token"), code=code, refresh=refresh)
        return self._transport.send(request), request

    def _saved(self) -> Pair:
        """Save the pair that is not saved yet, before anybody uses it; give what stands in the cell then."""
        for _ in range(_SAVES - 1):
            try:
                return self._swapped()
            except StoreUnavailable:
                self._sleep(_PAUSE)
        return self._swapped()

    def _swapped(self) -> Pair:
        assert self._unsaved is not None
        pair, old = self._unsaved
        while True:
            found, version = self._read()
            if old is not None and found is not None and not found.dead and found.refresh != old.refresh:
                pair = found  # an administrator has consented anew meanwhile: his pair is as good, and newer
                break
            if self._cells.swap(self._name, pair.text(), version=version):
                break
        self._unsaved = None
        return pair

    def _of_somebody_else(self, refused: Pair) -> Pair:
        """After a refusal, give the pair that another process may have got with the same token, or give up for good."""
        for _ in range(_LOOKS):
            found, version = self._read()
            if found is not None and not found.dead and found.refresh != refused.refresh:
                return found
            self._sleep(_PAUSE)
        # INVARIANT: a refused token is marked only while it is still the newest.
        if self._cells.swap(self._name, evolve(refused, dead=True).text(), version=version):
            raise ConsentNeeded(
                "amoCRM refused to renew the tokens: an administrator of the account has to consent again"
            )
        return self._of_somebody_else(refused)

    def _is_good(self, pair: Pair, refused: str) -> bool:
        fresh = pair.expires - self._settings.refresh_ahead_seconds > self._now()
        return fresh and not pair.dead and pair.access != refused

    def _read(self) -> tuple[Pair | None, int]:
        cell = self._cells.read(self._name)
        return (Pair.of(cell.value), cell.version) if cell else (None, 0)

    def _now(self) -> float:
        return self._cells.now().timestamp()

    @property
    def _name(self) -> str:
        return f"amocrm/{self._settings.account_name}/tokens/{self.integration}"
