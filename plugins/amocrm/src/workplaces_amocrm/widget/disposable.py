"""Who asks through the widget: the disposable token that amoCRM signs for the user, verified and used up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from attrs import field, frozen

from workplaces_amocrm.widget.seen import Seen
from workplaces_core.errors import NotAllowed

LEEWAY = timedelta(seconds=30)
"""How far amoCRM's clock and ours may differ."""

_LONGEST_TOKEN = 8192
_CLAIMS = ["iss", "aud", "jti", "iat", "nbf", "exp", "account_id", "user_id", "client_uuid"]


class TokenRefused(NotAllowed):
    """A disposable token that is not accepted; the message says why, and shows nothing of the token or the key."""


@frozen
class WidgetUser:
    """The user in front of the widget, by amoCRM's word. Ids are amoCRM's own numbers as decimal text."""

    account_id: str
    user_id: str
    subdomain: str
    client_uuid: str
    expires: datetime


@frozen(kw_only=True)
class TokenRules:
    """What a token of one account must be.

    `client_secret` and `client_uuid` are the integration's, `redirect_uri` is the one that it was registered with,
    `account_url` is the account's address. `account_id` is checked when it is given.
    """

    client_secret: str = field(repr=False)
    client_uuid: str
    redirect_uri: str
    account_url: str
    account_id: str | None = None


def verified(token: str | None, rules: TokenRules, seen: Seen) -> WidgetUser:
    """Say who a token stands for, and use it up. Raises TokenRefused.

    The token is the value of the header `X-Auth-Token`, None when there was none. Nothing is noted of a token that is
    refused for another reason than having been used.
    """
    claims = _decoded(token or "", rules)
    user = WidgetUser(
        account_id=_id(claims, "account_id"),
        user_id=_id(claims, "user_id"),
        subdomain=_text(claims, "subdomain") if "subdomain" in claims else _subdomain(rules.account_url),
        client_uuid=_text(claims, "client_uuid"),
        expires=_expiry(claims),
    )
    if user.client_uuid.lower() != rules.client_uuid.lower():
        raise TokenRefused("the token is of another integration")
    if rules.account_id not in {None, user.account_id}:
        raise TokenRefused("the token is of another account")
    # Remembered for longer than it is accepted, as the clocks of our machines differ too.
    if not seen.first_time(_text(claims, "jti"), user.expires + 2 * LEEWAY):
        raise TokenRefused("the token was used before, each is accepted once")
    return user


def _decoded(token: str, rules: TokenRules) -> Mapping[str, Any]:
    if not 0 < len(token) <= _LONGEST_TOKEN:
        raise TokenRefused("the token is missing or is no token")
    if not rules.client_secret:
        raise TokenRefused("the client secret of the integration is not configured")
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            rules.client_secret,
            algorithms=["HS256"],
            issuer=_addresses(rules.account_url),
            audience=_addresses(rules.redirect_uri),
            leeway=LEEWAY,
            options={"require": _CLAIMS},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused(_reason(error)) from None
    except (ValueError, TypeError, OverflowError):
        raise TokenRefused("the token is malformed") from None
    return claims


_REASONS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "the token has expired",
    jwt.ImmatureSignatureError: "the token is not valid yet",
    jwt.InvalidAudienceError: "the token is meant for another address than that of our redirect URI",
    jwt.InvalidIssuerError: "the token is from another account than the one expected",
    jwt.InvalidSignatureError: "the token is not signed with the secret of the integration",
    jwt.InvalidAlgorithmError: "the token is not signed by HS256",
}


def _reason(error: jwt.PyJWTError) -> str:
    """Give the reason in our words: those of the library may repeat what stood in the token."""
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"the token has no `{error.claim}`"
    return next((text for cls, text in _REASONS.items() if isinstance(error, cls)), "the token is malformed")


def _addresses(url: str) -> list[str]:
    """Give scheme and host of an address, with its port too where it names one: which is meant is not documented.

    >>> _addresses("https://Desk.example.ru:8443/amocrm/callback")
    ['https://desk.example.ru', 'https://desk.example.ru:8443']
    """
    parts = urlsplit(url)
    plain = f"{parts.scheme}://{parts.hostname or ''}"
    return [plain, f"{plain}:{parts.port}"] if parts.port else [plain]


def _subdomain(url: str) -> str:
    return (urlsplit(url).hostname or "").partition(".")[0]


def _id(claims: Mapping[str, Any], name: str) -> str:
    """Give a claim that is an id, which is a number, or one in decimal text."""
    value = claims[name]
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise TokenRefused(f"the token has no usable `{name}`")
    return str(int(text))


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not value:
        raise TokenRefused(f"the token has no usable `{name}`")
    return value


def _expiry(claims: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenRefused("the token has no usable `exp`") from None
