"""How long each request took, counted by route, and one line a request in the log."""

from __future__ import annotations

from time import perf_counter

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from workplaces_web.operation.metrics import METRICS

_LOG = structlog.get_logger("workplaces.web.access")


class Timing:
    """An ASGI middleware; of an address only the route is logged, so that no secret in a path is."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            _count(scope, status, perf_counter() - started)


def _count(scope: HTTPScope, status: int, seconds: float) -> None:
    handler = scope.get("route_handler")
    opt = getattr(handler, "opt", {})
    route = scope.get("path_template") or "unknown"
    if not opt.get("streams"):
        METRICS.requests.labels(route, scope["method"], str(status)).observe(seconds)
    _LOG.info("request", route=route, method=scope["method"], status=status, milliseconds=round(seconds * 1000, 1))
