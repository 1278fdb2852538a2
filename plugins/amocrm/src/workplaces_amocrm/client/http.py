"""One HTTP exchange: the only module that knows which HTTP library is used."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition
from typing import Protocol

import httpx
from attrs import field, frozen

from workplaces_amocrm.errors import NotSent, Unreachable


@frozen
class Request:
    """What is sent; neither headers nor content show in its repr, as both may hold secrets."""

    method: str
    url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)


@frozen
class Answer:
    """What came back, whatever its status; names of headers in small letters."""

    status: int
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)

    @property
    def request_id(self) -> str | None:
        """Give the id under which amoCRM's support finds the call."""
        return self.headers.get("x-request-id")

    @property
    def says_json(self) -> bool:
        """Whether the body is declared to be JSON of any kind; what gateways send is not."""
        return "json" in self.headers.get("content-type", "").lower()


class Transport(Protocol):
    """Sends a request and waits for the whole answer. Safe for several threads; follows no redirects.

    Raises NotSent when no connection came about, Unreachable when a request went out and no whole answer came back.
    """

    def send(self, request: Request) -> Answer:
        """Exchange one request for one answer."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)
_QUERY = re.compile(r"""\?[^\s"']*""")
_ours: ContextVar[bool] = ContextVar("workplaces_amocrm_exchange", default=False)


class _Discreet(logging.Filter):
    """Keeps secrets of our exchanges out of the library's log: queries go, and records that may list headers.

    What other clients in the process write passes untouched.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is written, its queries taken out."""
        if not _ours.get():
            return True
        record.msg, record.args = _QUERY.sub("", record.getMessage()), ()
        return record.name == "httpx"


_DISCREET = _Discreet()

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpxTransport:
    """Exchanges by httpx over connections that are kept open."""

    def __init__(self, *, timeout_seconds: float, mock: httpx.BaseTransport | None = None) -> None:
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_DISCREET)
        self._client = httpx.Client(timeout=timeout_seconds, transport=mock, limits=limits, follow_redirects=False)
        self._idle = Condition()
        self._under_way = 0
        self._closed = False

    def send(self, request: Request) -> Answer:
        """Exchange one request for one answer."""
        with self._counted(request):
            return self._send(request)

    def close(self) -> None:
        """Let go of the connections, when nothing is under way any more; nothing is sent from now on.

        The library forgets a connection that is just being made while it closes, and its socket would stay open.
        """
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: self._under_way == 0)
        self._client.close()

    @contextmanager
    def _counted(self, request: Request) -> Iterator[None]:
        with self._idle:
            if self._closed:
                raise NotSent(f"no connection to `{_host(request.url)}`: the client was closed")
            self._under_way += 1
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def _send(self, request: Request) -> Answer:
        ours = _ours.set(True)
        try:
            got = self._client.request(
                request.method, request.url, headers=dict(request.headers), content=request.content
            )
        # Not chained: an exception of the library holds the request with its secrets.
        except _NEVER_SENT as error:
            raise NotSent(f"no connection to `{_host(request.url)}`: {type(error).__name__}") from None
        except httpx.TransportError as error:
            raise Unreachable(f"no whole answer from `{_host(request.url)}`: {type(error).__name__}") from None
        except httpx.DecodingError:
            raise Unreachable(f"an unreadable answer from `{_host(request.url)}`") from None
        finally:
            _ours.reset(ours)
        return Answer(got.status_code, {name.lower(): text for name, text in got.headers.items()}, got.content)


def _host(url: str) -> str:
    return httpx.URL(url).netloc.decode("ascii", "replace")
