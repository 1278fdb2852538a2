"""Lets a request through or not: role and scope of its caller, the CSRF token, and how often he calls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import (
    ImproperlyConfiguredException,
    NotAuthorizedException,
    PermissionDeniedException,
)
from litestar.handlers.base import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler

from workplaces_web.people.secrets import same
from workplaces_web.security.callers import Access, Caller
from workplaces_web.security.rates import CallRate
from workplaces_web.settings import WebSettings

Connection = ASGIConnection[Any, Any, Any, Any]

CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Admission:
    """The one guard of all routes. A route says in `opt["access"]` what it asks; one that says nothing is refused."""

    def __init__(self, settings: WebSettings) -> None:
        """Guard a service."""
        self._origin = settings.origin
        self._rate = CallRate(settings.rates.calls_a_minute)

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raise what stops the request, if anything does. It waits for nothing: a thread would cost more than it."""
        if connection.scope.get("method") == "OPTIONS":
            return  # the framework answers by itself what methods there are
        access, caller = access_of(handler), connection.scope.get("user")
        if connection.scope.get("method") not in _SAFE:
            self._refuse_strangers(connection, caller)
        if access.role is None:
            return
        if caller is None:
            raise NotAuthorizedException("sign in first, or send a token")
        self._rate.count(caller.key)
        if not access.admits(caller):
            raise PermissionDeniedException(f"this asks for the role {access.role}" + _scoped(access, caller))

    def _refuse_strangers(self, connection: Connection, caller: Caller | None) -> None:
        """Stop what another site makes a browser send."""
        if caller is not None and caller.by == "token":
            return
        origin, opt = connection.headers.get("origin"), connection.route_handler.opt
        if opt.get("any_origin"):
            return
        if origin is not None and origin not in {self._origin, _host_origin(connection)}:
            raise PermissionDeniedException("the request comes from a page of another site")
        if caller is None or opt.get("no_csrf"):
            return
        if not same(connection.headers.get(CSRF_HEADER, ""), caller.csrf or ""):
            raise PermissionDeniedException("the header X-CSRF-Token is missing, or is not the session's")


def access_of(handler: BaseRouteHandler) -> Access:
    """Give what a route asks. Raises ImproperlyConfiguredException when it does not say."""
    access = handler.opt.get("access")
    if not isinstance(access, Access):
        raise ImproperlyConfiguredException(f"route `{handler}` does not say who may call it")
    return access


def refuse_unguarded(handlers: Iterable[HTTPRouteHandler]) -> None:
    """Raise for a route that does not say who may call it, before the service starts."""
    for handler in handlers:
        access_of(handler)


def _host_origin(connection: Connection) -> str:
    return f"{connection.scope['scheme']}://{connection.headers.get('host', '')}"


def _scoped(access: Access, caller: Caller) -> str:
    if caller.by == "session":
        return ""
    return f" and a token with the scope {access.scope}" if access.scope else " and a browser, no token"
