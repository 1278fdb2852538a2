"""Connecting: from the settings that people write down to an API that is let in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, frozen

from workplaces_amocrm.client.api import AmoApi
from workplaces_amocrm.client.http import HttpxTransport, Transport
from workplaces_amocrm.client.oauth import OAuthTokens
from workplaces_amocrm.client.pair import OAuthApp
from workplaces_amocrm.client.tokens import LongLived, Tokens
from workplaces_amocrm.settings import Settings
from workplaces_core.adapters.cells import Cells, MemoryCells
from workplaces_core.errors import InvalidInput, Problem

OAUTH = ("client_id", "client_secret", "redirect_uri", "code")
"""The settings of an integration that renews its tokens; `code` is what a consent gave, for the first ones."""


@frozen(kw_only=True)
class Surroundings:
    """What the service gives to a connection: cells that all its processes share, how to wait, whom to alert."""

    cells: Cells = Factory(MemoryCells)
    sleep: Callable[[float], None] = time.sleep
    alert: Callable[[str], None] = lambda _: None


def connected(settings: Settings, token: Any, oauth: Mapping[str, Any], around: Surroundings) -> AmoApi:
    """Connect to an account, with a long-lived token or by OAuth; only a `code` is sent at once.

    >>> connected(Settings(base_url="https://acme.amocrm.ru"), " ", {}, Surroundings())
    Traceback (most recent call last):
    workplaces_core.errors.InvalidInput: token: must be a text, not empty
    """
    # One transport for calls and tokens: closing the API lets go of all connections.
    transport = HttpxTransport(timeout_seconds=settings.timeout_seconds)
    try:
        tokens = _long_lived(token) if token is not None else _renewed(settings, oauth, around, transport)
    except BaseException:
        transport.close()
        raise
    return AmoApi.open(
        settings, tokens=tokens, cells=around.cells, transport=transport, sleep=around.sleep, alert=around.alert
    )


def _long_lived(token: Any) -> Tokens:
    if not isinstance(token, str) or not token.strip():
        raise InvalidInput([Problem("token", None, "must be a text, not empty")])
    return LongLived(token.strip())


def _renewed(settings: Settings, oauth: Mapping[str, Any], around: Surroundings, transport: Transport) -> Tokens:
    missing = [name for name in OAUTH[:-1] if oauth.get(name) is None]
    if missing:
        raise InvalidInput([Problem("token", None, f"must be given, or by OAuth {', '.join(missing)}")])
    app = OAuthApp(**{name: oauth[name] for name in OAUTH[:-1]})
    tokens = OAuthTokens.open(
        settings, app, cells=around.cells, transport=transport, sleep=around.sleep, alert=around.alert
    )
    if oauth.get("code") is not None:
        tokens.exchange_code(oauth["code"])
    return tokens
