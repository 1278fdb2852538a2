"""What OAuth hands out: the application's credentials, a pair of tokens, and how one is asked for."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Self

from attrs import asdict, field, frozen

from workplaces_amocrm.client.answers import decoded, said_of
from workplaces_amocrm.client.http import Answer, Request
from workplaces_amocrm.errors import ConsentNeeded, Unreachable
from workplaces_core.errors import InvalidInput, Problem, shown

_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
_PROBLEM = "OAuthProblemJson"


def _text(_: object, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not value:
        hidden = attribute.name == "client_secret"
        raise InvalidInput([Problem(f"app.{attribute.name}", None if hidden else value, "must be a text, not empty")])


@frozen(kw_only=True)
class OAuthApp:
    """An integration as amoCRM knows it; `redirect_uri` has to be exactly the one in the integration's settings.

    >>> OAuthApp(client_id="31a5", client_secret="secret", redirect_uri="https://desk.example/oauth")
    OAuthApp(client_id='31a5', redirect_uri='https://desk.example/oauth')
    """

    client_id: str = field(validator=_text)
    client_secret: str = field(validator=_text, repr=False)
    redirect_uri: str = field(validator=_text)


@frozen
class Pair:
    """An access token, the refresh token that replaces both once, and when the first expires (seconds since 1970)."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: float
    dead: bool = False
    """Whether amoCRM refused the refresh token for good: only new consent helps."""

    def text(self) -> str:
        """Write it as the text of a cell."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what `text` wrote, None when it is no pair."""
        try:
            found = json.loads(text)
            return cls(str(found["access"]), str(found["refresh"]), float(found["expires"]), found.get("dead") is True)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


def request_for(app: OAuthApp, url: str, *, code: str | None = None, refresh: str | None = None) -> Request:
    """Ask for a pair, by the code of a consent or by a refresh token."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh}
    if code is not None:
        grant = {"grant_type": "authorization_code", "code": code}
    credentials = {"client_id": app.client_id, "client_secret": app.client_secret, "redirect_uri": app.redirect_uri}
    content = json.dumps(credentials | grant).encode()
    return Request("POST", url, {"Content-Type": "application/json", "Accept": "application/json"}, content)


def granted(answer: Answer, request: Request, now: float, *, html_403_blocks: bool) -> Pair:
    """Give the pair of an answer. Raises ConsentNeeded when code or token are refused, else what the answer means."""
    said = said_of(answer)
    if answer.status in _REFUSALS and (str(said.get("type", "")).endswith(_PROBLEM) or "hint" in said):
        hint = shown(said.get("hint") or said.get("detail"))
        raise ConsentNeeded(f"amoCRM gives no tokens: {hint}; an administrator of the account has to consent again")
    if answer.status == HTTPStatus.UNAUTHORIZED:  # not the endpoint's own words: no reason to give the tokens up
        raise Unreachable("amoCRM answered 401 to a request for tokens, without a reason")
    body = decoded(answer, request, html_403_blocks=html_403_blocks)
    try:
        access, refresh, lifetime = body["access_token"], body["refresh_token"], float(body["expires_in"])
    except (TypeError, KeyError, ValueError):
        raise Unreachable("amoCRM answered a request for tokens without a pair of tokens") from None
    if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
        raise Unreachable("amoCRM answered a request for tokens without a pair of tokens")
    return Pair(access, refresh, now + lifetime)
