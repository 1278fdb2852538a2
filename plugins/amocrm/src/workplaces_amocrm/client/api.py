"""The API of one account: every call authorised, paced, repeated where that cannot do harm, and classified."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlencode

import stamina
from attrs import define, field

from workplaces_amocrm.client.answers import dated, decoded, is_elsewhere
from workplaces_amocrm.client.budget import RateBudget
from workplaces_amocrm.client.home import Home
from workplaces_amocrm.client.http import Answer, HttpxTransport, Request, Transport
from workplaces_amocrm.client.port import Lane, Params
from workplaces_amocrm.client.tokens import Tokens
from workplaces_amocrm.errors import (
    BatchTooLarge,
    ConsentNeeded,
    NoRights,
    NotSent,
    RateLimited,
    TurnTooLate,
    Unreachable,
)
from workplaces_amocrm.settings import Settings
from workplaces_core.adapters.cells import Cells, MemoryCells

_ACCOUNT = "/api/v4/account"


@define
class AmoApi:
    """The API of one account; see `workplaces_amocrm.client.port.Api`.

    What is repeated: reads, whenever no whole answer or a 5xx came; writes only after a 429 and when no connection came
    about, that is when they certainly had no effect. A write whose fate is not known raises Unreachable at once:
    repeating it blindly could undo what somebody else changed in between, so whoever wrote has to read again first.
    A call that an employee waits for is not repeated, nor sent, when its turn is more than some seconds away.
    Pauses are those of stamina, so `stamina.set_testing` does away with them.
    """

    _settings: Settings
    _tokens: Tokens
    _budget: RateBudget
    _home: Home
    _transport: Transport
    dated: datetime | None = field(default=None, init=False)
    """The time that stands on the last answer that bears one: amoCRM's own clock."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        tokens: Tokens,
        cells: Cells | None = None,
        budget: RateBudget | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        alert: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Connect to an account. Nothing is sent yet.

        `cells` is what all processes that call the account share: the pace, the block, the host; tokens that are
        renewed need the same ones. Without it each process has its own. `alert` is called once, in one process, when
        amoCRM has blocked the account.
        """
        cells = MemoryCells() if cells is None else cells
        return cls(
            settings,
            tokens,
            budget or RateBudget.of(settings, cells, tokens.integration, sleep=sleep, alert=alert),
            Home(settings, cells),
            transport or HttpxTransport(timeout_seconds=settings.timeout_seconds),
        )

    def get(self, path: str, params: Params = (), *, lane: Lane = "bulk") -> Any:
        """Read."""
        return self._call("GET", path, params, None, lane, None)

    def patch(self, path: str, body: Any, *, lane: Lane = "interactive", as_user: str | None = None) -> Any:
        """Change."""
        return self._call("PATCH", path, (), body, lane, as_user)

    def post(self, path: str, body: Any, *, lane: Lane = "interactive", as_user: str | None = None) -> Any:
        """Create."""
        return self._call("POST", path, (), body, lane, as_user)

    def delete(self, path: str, body: Any = None, *, lane: Lane = "interactive") -> Any:
        """Remove."""
        return self._call("DELETE", path, (), body, lane, None)

    def unblock(self) -> bool:
        """Call again, after a person has cleared a block with amoCRM; False when nothing was blocked."""
        return self._budget.unblock()

    def close(self) -> None:
        """Let go of the connections, those by which tokens are renewed too; calls under way are waited for."""
        self._tokens.close()
        self._transport.close()

    def _call(self, method: str, path: str, params: Params, body: Any, lane: Lane, as_user: str | None) -> Any:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        # Brackets stay as they are: a filter by 250 ids would be half as long again without need.
        target = f"{path}?{urlencode(params, safe='[]')}" if params else path
        settings = self._settings
        for attempt in stamina.retry_context(
            on=lambda error: _pause(error, method, lane),
            attempts=settings.attempts_interactive if lane == "interactive" else settings.attempts_bulk,
            timeout=None,
            wait_initial=settings.retry_first_seconds,
            wait_max=settings.retry_longest_seconds,
            wait_jitter=settings.retry_first_seconds,
        ):
            with attempt:
                return self._once(method, target, content, lane, as_user)
        raise AssertionError("a retried block either returns or raises")

    def _once(self, method: str, target: str, content: bytes | None, lane: Lane, as_user: str | None) -> Any:
        token = self._tokens.access()
        answer, request = self._send(method, target, content, lane, as_user, token)
        if answer.status == HTTPStatus.UNAUTHORIZED and not (as_user and self._is_let_in(lane, token)):
            token = self._tokens.renewed(token)
            answer, request = self._send(method, target, content, lane, as_user, token)
        if is_elsewhere(answer) and self._moved():
            answer, request = self._send(method, target, content, lane, as_user, token)
        self._see_that_account_is_there(answer, target, lane, token)
        return self._meaning(answer, request, as_user)

    def _see_that_account_is_there(self, answer: Answer, target: str, lane: Lane, token: str) -> None:
        """Raise Unreachable after a 404 that need not be of the API, unless it has no body and the account is there.

        Taken for "no such entity", the 404 of a host that the account has left would delete everything, and so would
        the page of a gateway.
        """
        if answer.status != HTTPStatus.NOT_FOUND or answer.says_json or target.startswith(_ACCOUNT):
            return
        if not self._is_let_in(lane, token):
            raise Unreachable(f"the account is not at `{self._home.url('')}` any more: was it renamed?")
        if answer.content.strip():
            raise Unreachable(f"404 for {target.partition('?')[0]} came in a page that is not of the API")

    def _is_let_in(self, lane: Lane, token: str) -> bool:
        """Whether a token is good by itself: it was the user in whose name it was used that was refused."""
        answer, _ = self._send("GET", _ACCOUNT, None, lane, None, token)
        return answer.status == HTTPStatus.OK

    def _moved(self) -> bool:
        """Whether the account has another host than the one called; another process may know already."""
        if self._home.changed():
            return True
        self._tokens.locate()
        return self._home.changed()

    def _send(
        self, method: str, target: str, content: bytes | None, lane: Lane, as_user: str | None, token: str
    ) -> tuple[Answer, Request]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/hal+json, application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if as_user:
            headers["X-Context-User-ID"] = as_user
        self._budget.take(lane)
        request = Request(method, self._home.url(target), headers, content)
        answer = self._transport.send(request)
        self.dated = dated(answer) or self.dated
        return answer, request

    def _meaning(self, answer: Answer, request: Request, as_user: str | None) -> Any:
        try:
            with self._budget.noting(answer):
                return decoded(answer, request, html_403_blocks=self._settings.html_403_blocks)
        except ConsentNeeded as error:
            if as_user:  # the token is good, or new: it is the user in whose name it is used that is refused
                raise NoRights(f"amoCRM refused a call in the name of user `{as_user}`") from error
            raise


def _pause(error: Exception, method: str, lane: Lane) -> bool | float:
    """Say whether, or after how many seconds, a call is repeated; after a 429 the budget makes the pause."""
    if isinstance(error, TurnTooLate):  # in the background it is the renewing of tokens that has no turn yet
        return lane == "bulk" and (error.retry_after or True)
    if isinstance(error, RateLimited):
        return 0.0
    if isinstance(error, NotSent):
        return True
    return method == "GET" and isinstance(error, Unreachable | BatchTooLarge)
