"""Which endpoint answers a path, and whether the caller gets that far."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import frozen

from workplaces_amocrm.fake import directory, entities, events, oauth, subscriptions, ties, writing
from workplaces_amocrm.fake.answers import NOTHING, Reply, gateway, problem
from workplaces_amocrm.fake.complex import create_complex
from workplaces_amocrm.fake.query import Pairs, tree
from workplaces_amocrm.fake.shapes import Row
from workplaces_amocrm.fake.tokens import Grant
from workplaces_amocrm.fake.world import Call, Refused, World

Endpoint = Callable[..., Reply]

_ENTITY = "(tasks|leads|contacts|companies)"
_TAGGED = "(leads|contacts|companies|customers)"
_ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "account", directory.account),
    ("GET", "users", directory.users),
    ("GET", r"users/(\d+)", directory.user),
    ("GET", "leads/pipelines", directory.pipelines),
    ("GET", r"leads/pipelines/(\d+)", directory.pipeline),
    ("GET", r"leads/pipelines/(\d+)/statuses", directory.statuses),
    ("GET", "leads/loss_reasons", directory.loss_reasons),
    ("GET", f"{_TAGGED}/custom_fields", directory.custom_fields),
    ("GET", rf"{_TAGGED}/custom_fields/(\d+)", directory.custom_field),
    ("GET", f"{_TAGGED}/tags", directory.tags),
    ("POST", f"{_TAGGED}/tags", directory.add_tags),
    ("GET", f"{_TAGGED}/links", ties.of_many),
    ("POST", f"{_TAGGED}/link", ties.tie),
    ("POST", f"{_TAGGED}/unlink", ties.untie),
    ("GET", rf"{_TAGGED}/(\d+)/links", ties.of_one),
    ("POST", rf"{_TAGGED}/(\d+)/link", ties.tie),
    ("POST", rf"{_TAGGED}/(\d+)/unlink", ties.untie),
    ("POST", "leads/complex", create_complex),
    ("GET", _ENTITY, entities.listing),
    ("POST", _ENTITY, writing.create),
    ("PATCH", _ENTITY, writing.change_many),
    ("GET", rf"{_ENTITY}/(\d+)", entities.one),
    ("PATCH", rf"{_ENTITY}/(\d+)", writing.change_one),
    ("GET", r"customers(?:/\d+)?", lambda _: NOTHING),
    ("GET", "events", events.listing),
    ("GET", r"events/(\w+)", events.one),
    ("GET", "webhooks", subscriptions.listing),
    ("POST", "webhooks", subscriptions.subscribe),
    ("DELETE", "webhooks", subscriptions.unsubscribe),
)
_COMPILED = tuple((method, re.compile(f"/api/v4/{path}"), endpoint) for method, path, endpoint in _ROUTES)


@frozen(kw_only=True)
class Incoming:
    """A request as it came over the wire; header names in lower case."""

    method: str
    path: str
    params: Pairs
    headers: dict[str, str]
    body: Any
    readable: bool
    """Whether the body is JSON, or there is none."""


@frozen
class Outcome:
    """The answer, and who it was for as far as that came out."""

    reply: Reply
    client: str | None = None
    user: int | None = None
    applied: bool = False


def answer(world: World, incoming: Incoming) -> Outcome:
    """Answer a request, in the order in which amoCRM looks: host, block, rate, token, payment, path, rights."""
    if world.limiter.blocked:
        world.journal.blame("request while blocked", incoming.path)
        return Outcome(gateway(403))
    if incoming.path.startswith("/oauth"):
        return _outside(world, incoming)
    host = incoming.headers.get("host", "")
    if host in world.former_hosts or not incoming.path.startswith("/api/"):
        world.journal.blame("unknown path", f"{host}{incoming.path}")
        return Outcome(gateway(404))
    return _inside(world, incoming)


def _outside(world: World, incoming: Incoming) -> Outcome:
    asked = (incoming.method, incoming.path)
    if asked == ("POST", "/oauth2/access_token"):
        if not world.limiter.admit(_claimed(incoming.body), world.clock.exact(), world.settings):
            return Outcome(_too_many(world))
        reply = oauth.give(world, incoming.body)
    elif asked == ("GET", "/oauth2/account/current/subdomain"):
        reply = oauth.where(world, incoming.headers.get("x-refresh-token"))
    elif asked == ("GET", "/oauth"):
        reply = oauth.consent(world, incoming.params)
    else:
        world.journal.blame("unknown path", incoming.path)
        return Outcome(gateway(404))
    return Outcome(reply, _claimed(incoming.body) or None, applied=reply.status < 400)


def _claimed(body: Any) -> str:
    return str(body.get("client_id", "")) if isinstance(body, dict) else ""


def _inside(world: World, incoming: Incoming) -> Outcome:
    token = incoming.headers.get("authorization", "").removeprefix("Bearer ")
    grant = world.tokens.access.get(token)
    client = grant.client_id if grant else "nobody"
    if not world.limiter.admit(client, world.clock.exact(), world.settings):
        return Outcome(_too_many(world), client)
    user = _user(world, grant)
    if grant is None or user is None:
        return Outcome(problem(401), client)
    wanted = incoming.headers.get("x-context-user-id")
    if wanted is not None:
        user = _context(world, user, wanted)
        if user is None:
            return Outcome(problem(world.settings.context_refused), client)
    if not world.settings.is_paid:
        return Outcome(problem(402), client, user["id"])
    return _route(world, incoming, client, user)


def _too_many(world: World) -> Reply:
    world.journal.blame("too many requests", f"refused for the {world.limiter.refused}. time")
    wait = world.settings.retry_after
    return gateway(429, () if wait is None else (("Retry-After", str(wait)),))


def _user(world: World, grant: Grant | None) -> Row | None:
    if grant is None or grant.revoked or grant.expires <= world.clock.exact():
        return None
    user = world.account.users.get(grant.user)
    # What an administrator granted outlives his own access to the account.
    return user if user and (user["rights"]["is_active"] or user["rights"]["is_admin"]) else None


def _context(world: World, granted: Row, wanted: str) -> Row | None:
    user = world.account.users.get(int(wanted)) if wanted.isdecimal() else None
    usable = user is not None and user["rights"]["is_active"] and not user["rights"]["is_free"]
    if not usable or not granted["rights"]["is_admin"]:
        world.journal.blame("context refused", f"X-Context-User-ID {wanted}")
        return None
    return user


def _route(world: World, incoming: Incoming, client: str, user: Row) -> Outcome:
    found = [
        (method, endpoint, match.groups())
        for method, pattern, endpoint in _COMPILED
        if (match := pattern.fullmatch(incoming.path))
    ]
    if not found:
        world.journal.blame("unknown path", incoming.path)
        return Outcome(problem(404), client, user["id"])
    endpoint = next(((endpoint, groups) for method, endpoint, groups in found if method == incoming.method), None)
    if endpoint is None:
        world.journal.blame("unknown method", f"{incoming.method} {incoming.path}")
        return Outcome(problem(405), client, user["id"])
    if not incoming.readable:
        world.journal.blame("unreadable body", incoming.path)
        return Outcome(problem(400, "The body is not JSON"), client, user["id"])
    reply = _call(_prepare(world, incoming, client, user), *endpoint)
    return Outcome(reply, client, user["id"], applied=reply.status < 400 or reply.status == 504)


def _call(call: Call, endpoint: Endpoint, groups: tuple[str, ...]) -> Reply:
    try:
        return endpoint(call, *groups)
    except Refused as refused:
        return refused.reply


def _prepare(world: World, incoming: Incoming, client: str, user: Row) -> Call:
    return Call(
        world=world,
        base=f"http://{incoming.headers.get('host', world.domain)}",
        method=incoming.method,
        path=incoming.path,
        params=incoming.params,
        query=tree(incoming.params),
        body=incoming.body,
        user=user,
        client=client,
        since=incoming.headers.get("if-modified-since"),
    )
