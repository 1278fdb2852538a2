"""Finds out who is asking, before anything else: by the token in the request, else by the session's cookie."""

from __future__ import annotations

from typing import Any

from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.types import ASGIApp

from workplaces_web.people.people import People
from workplaces_web.people.tokens import Tokens
from workplaces_web.security.callers import Caller
from workplaces_web.security.cookies import Cookies

Connection = ASGIConnection[Any, Any, Any, Any]


class Identify(AbstractAuthenticationMiddleware):
    """Puts the caller, or None, where routes and guards find him as `request.user`."""

    def __init__(self, app: ASGIApp, people: People, tokens: Tokens, cookies: Cookies) -> None:
        """Know whom to ask."""
        super().__init__(app, exclude=["^/static/", "^/healthz$"])
        self._people, self._tokens, self._cookies = people, tokens, cookies

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        """Find the caller. Raises NotAuthorizedException for a token that is of no use: it is never overlooked."""
        authorization = connection.headers.get("authorization")
        if authorization is not None and not connection.scope["path"].startswith("/metrics"):
            caller = await sync_to_thread(self._by_token, authorization)
            if caller is None:
                raise NotAuthorizedException("the token is not known, was revoked, or is too old")
            return AuthenticationResult(user=caller, auth=caller)
        tickets = self._cookies.tickets(connection.headers.get("cookie", ""))
        found = await sync_to_thread(self._by_session, tickets) if tickets else None
        return AuthenticationResult(user=found, auth=found)

    def _by_token(self, authorization: str) -> Caller | None:
        scheme, _, text = authorization.partition(" ")
        token = self._tokens.check(text.strip()) if scheme.lower() == "bearer" else None
        owner = None if token is None else self._people.person(token.owner)
        if token is None or owner is None or not owner.active:
            return None
        return Caller(owner, "token", frozenset(token.scopes), token=token.id)

    def _by_session(self, tickets: dict[str, str]) -> Caller | None:
        """Find the session; the strict cookie goes before the one of a frame."""
        for framed in (False, True):
            ticket = tickets.get(self._cookies.name(framed=framed))
            found = self._people.session(ticket)
            if found is not None and found[1].framed == framed:
                person, session = found
                return Caller(person, "session", csrf=session.csrf, ticket=ticket, framed=framed)
        return None
