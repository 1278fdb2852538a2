"""The token endpoint, the consent page, and where the account lives now: what works without an access token."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from workplaces_amocrm.fake.answers import JSON, Reply, gateway, oauth_problem, problem
from workplaces_amocrm.fake.query import Pairs
from workplaces_amocrm.fake.tokens import Grant, Integration
from workplaces_amocrm.fake.world import World


@frozen
class Wrong:
    """Why tokens are not given."""

    hint: str
    detail: str


def give(world: World, body: Any) -> Reply:
    """Exchange a code or a refresh token for a pair; each works once."""
    sent = body if isinstance(body, dict) else {}
    found = _grant(world, sent)
    if isinstance(found, Wrong):
        return oauth_problem(world.settings.oauth_failure, found.hint, found.detail)
    found.used = True
    return Reply(200, pair(world, found.client_id, found.user), JSON)


def pair(world: World, client_id: str, user: int) -> dict[str, Any]:
    """Make a pair, as the endpoint shows it."""
    now, settings = world.clock.exact(), world.settings
    return {
        "token_type": "Bearer",
        "expires_in": settings.token_lifetime,
        "server_time": world.clock.now(),
        "access_token": world.tokens.give_access(client_id, user, now, settings.token_lifetime, world.domain),
        "refresh_token": world.tokens.give_refresh(client_id, user, now, settings.refresh_lifetime),
    }


def _grant(world: World, sent: dict[str, Any]) -> Grant | Wrong:
    integration = world.tokens.integrations.get(str(sent.get("client_id")))
    if integration is None or integration.client_secret != sent.get("client_secret") or not integration.enabled:
        world.journal.blame("wrong integration", f"client_id {sent.get('client_id')}")
        return Wrong("Client authentication failed", "Неверный client_id или client_secret")
    if integration.redirect_uri != sent.get("redirect_uri"):
        world.journal.blame("wrong redirect_uri", f"{sent.get('redirect_uri')}")
        return Wrong("Invalid redirect_uri", "redirect_uri отличается от указанного в интеграции")
    if sent.get("grant_type") == "authorization_code":
        return _code(world, integration, str(sent.get("code")))
    if sent.get("grant_type") == "refresh_token":
        return _refresh(world, integration, str(sent.get("refresh_token")))
    return Wrong("Check the `grant_type` parameter", "Неизвестный grant_type")


def _code(world: World, integration: Integration, code: str) -> Grant | Wrong:
    grant = world.tokens.codes.get(code)
    if grant is None or grant.client_id != integration.client_id:
        return Wrong("Cannot decrypt the authorization code", "Неверный код авторизации")
    if grant.used or grant.revoked:
        world.journal.blame("code used twice", code[:12])
        return Wrong("Authorization code has been revoked", "Код авторизации уже использован")
    if grant.expires <= world.clock.exact():
        return Wrong("Authorization code has expired", "Срок действия кода истёк")
    return grant


def _refresh(world: World, integration: Integration, token: str) -> Grant | Wrong:
    grant = world.tokens.refresh.get(token)
    if grant is None or grant.client_id != integration.client_id:
        return Wrong("Invalid refresh token", "Неверный refresh token")
    if grant.used:
        world.journal.blame("refresh token used twice", token[:12])
    if grant.used or grant.revoked or grant.expires <= world.clock.exact():
        return Wrong("Token has been revoked", "Токен был отозван")
    return grant


def where(world: World, refresh_token: str | None) -> Reply:
    """Tell the subdomain that the account has now, to whoever shows a refresh token."""
    grant = world.tokens.refresh.get(refresh_token or "")
    if grant is None or grant.revoked or grant.used or grant.expires <= world.clock.exact():
        return problem(401)
    top = "com" if world.domain.endswith("kommo.com") else "ru"
    about = {"id": world.account.id, "subdomain": world.subdomain, "domain": world.domain, "top_level_domain": top}
    return Reply(200, about, JSON)


def consent(world: World, params: Pairs) -> Reply:
    """Send the browser back as if the administrator had said yes; with `refuse=1`, as if he had said no."""
    asked = dict(params)
    integration = world.tokens.integrations.get(asked.get("client_id", ""))
    if integration is None:
        return gateway(404)
    state = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("refuse"):
        back = {"error": "access_denied", **state}
    else:
        now, lifetime = world.clock.exact(), world.settings.code_lifetime
        code = world.tokens.give_code(integration.client_id, world.account.admin, now, lifetime)
        back = {"code": code, "referer": world.domain, **state, "platform": "1"}
    joint = "&" if "?" in integration.redirect_uri else "?"
    return Reply(302, headers=(("Location", f"{integration.redirect_uri}{joint}{urlencode(back)}"),))
