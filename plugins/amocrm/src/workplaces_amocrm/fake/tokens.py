"""Tokens of the local server: authorisation codes, pairs that refresh once, long-lived ones, and those of widgets."""

from __future__ import annotations

import hashlib
import hmac
from itertools import count
from typing import Any, Literal

import jwt
from attrs import Factory, define, frozen

_KEY = "the local server signs its access tokens with this, and nobody else accepts them"


@define(kw_only=True)
class Integration:
    """A registered integration; `kind` decides what it may do."""

    client_id: str
    client_secret: str
    redirect_uri: str = "https://desk.example.ru/oauth"
    kind: Literal["private", "public", "external"] = "private"
    enabled: bool = True


@define(kw_only=True)
class Grant:
    """What one token, code or refresh token stands for."""

    client_id: str
    user: int
    expires: float
    revoked: bool = False
    used: bool = False


@frozen
class Pair:
    """What the token endpoint gives for a code or a refresh token."""

    access_token: str
    refresh_token: str
    expires_in: int


@define
class Tokens:
    """Every token that was given out."""

    account_id: int
    integrations: dict[str, Integration] = Factory(dict)
    access: dict[str, Grant] = Factory(dict)
    refresh: dict[str, Grant] = Factory(dict)
    codes: dict[str, Grant] = Factory(dict)
    _numbers: count[int] = Factory(lambda: count(1))

    def give_access(self, client_id: str, user: int, now: float, lifetime: float, domain: str) -> str:
        """Make an access token: a JWT whose `exp` and `api_domain` clients read."""
        claims = {
            "aud": client_id,
            "jti": self._opaque("jti"),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now + lifetime),
            "sub": str(user),
            "grant_type": "",
            "account_id": self.account_id,
            "base_domain": domain.partition(".")[2] or domain,
            "api_domain": domain,
            "version": 2,
            "scopes": ["push_notifications", "files", "crm", "files_delete", "notifications"],
        }
        token = jwt.encode(claims, _KEY, algorithm="HS256")
        self.access[token] = Grant(client_id=client_id, user=user, expires=int(now + lifetime))
        return token

    def give_refresh(self, client_id: str, user: int, now: float, lifetime: float) -> str:
        """Make a refresh token."""
        token = f"def502{self._opaque('refresh')}"
        self.refresh[token] = Grant(client_id=client_id, user=user, expires=now + lifetime)
        return token

    def give_code(self, client_id: str, user: int, now: float, lifetime: float) -> str:
        """Make an authorisation code."""
        code = f"def502{self._opaque('code')}"
        self.codes[code] = Grant(client_id=client_id, user=user, expires=now + lifetime)
        return code

    def switch(self, client_id: str, *, enabled: bool) -> None:
        """Switch an integration off, which revokes its tokens, or on, after which consent has to be given again."""
        self.integrations[client_id].enabled = enabled
        if not enabled:
            for grant in (*self.access.values(), *self.refresh.values()):
                grant.revoked = grant.revoked or grant.client_id == client_id

    def disposable(self, client_id: str, now: float, issuer: str, user: int, **changed: Any) -> str:
        """Make the token that a widget sends as `X-Auth-Token`: signed with the secret, good for half an hour, once."""
        integration = self.integrations[client_id]
        scheme, _, rest = integration.redirect_uri.partition("://")
        claims = {
            "iss": issuer,
            "aud": f"{scheme}://{rest.partition('/')[0]}",
            "jti": self._opaque("disposable"),
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + 1800,
            "account_id": self.account_id,
            "subdomain": issuer.partition("://")[2].partition(".")[0],
            "client_uuid": client_id,
            "user_id": user,
        }
        return jwt.encode({**claims, **changed}, integration.client_secret, algorithm="HS256")

    def disabled_signature(self, client_id: str) -> str:
        """The signature of the call that tells an integration it was switched off."""
        key = self.integrations[client_id].client_secret.encode()
        return hmac.new(key, f"{client_id}|{self.account_id}".encode(), hashlib.sha256).hexdigest()

    def _opaque(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {self.account_id} {next(self._numbers)}".encode()).hexdigest()
