"""The CRM's side, mounted only when its plugin is there: the panel's sign-in, and webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from attrs import frozen
from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.config.cors import CORSConfig
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, HeaderParameter

from workplaces_core.errors import NotAllowed
from workplaces_web.api.asking import AnyRequest, TheWeb
from workplaces_web.api.documented import raises
from workplaces_web.api.problems import NotFound
from workplaces_web.people.model import Person
from workplaces_web.people.secrets import same
from workplaces_web.security.callers import PUBLIC
from workplaces_web.web import Web

_ADDRESS_LASTS = timedelta(seconds=30)
_OPEN = {"access": PUBLIC, "no_csrf": True, "any_origin": True}


@frozen
class EntryView:
    """The address that signs the frame in, once and within seconds, and how long the session it begins lasts."""

    url: str
    expires_in: int


Token = Annotated[str | None, HeaderParameter(name="X-Auth-Token", max_length=8192)]


@post("/amocrm/widget/session", sync_to_thread=True, status_code=201, opt=_OPEN, responses=raises(503), tags=["crm"])
def widget_session(web: TheWeb, token: Token = None) -> EntryView:
    """Change the CRM's token, which counts once, for the address of the frame."""
    assert web.crm.verify_widget_token is not None
    found = web.crm.verify_widget_token(token or "")
    person = _person(web, found.user_id)
    issued = web.people.issue_link(person.id, "sign_in", _ADDRESS_LASTS)
    web.audit.write(person.id, "sign_in.widget", person.id)
    lasting = int(web.settings.sessions.absolute_hours * 3600)
    return EntryView(f"{web.settings.public_url}/enter/{issued.ticket}", lasting)


@post("/hooks/{secret:str}", opt=_OPEN, include_in_schema=False)
async def webhook(request: AnyRequest, web: TheWeb, secret: FromPath[str]) -> Response[None]:
    """Take what the CRM tells; the secret in the path is all that says it is the CRM."""
    expected = web.settings.webhook_secret
    if web.crm.receive is None or not expected or not same(secret, expected):
        raise NotFound("there is nothing under this address")
    body = await request.body()
    status = await sync_to_thread(web.crm.receive, secret, body, request.headers.get("content-type", ""))
    return Response(None, status_code=status)


def crm_routes(web: Web) -> list[BaseRouteHandler]:
    """Give the routes for what the CRM's plugin brought."""
    found: list[BaseRouteHandler] = []
    if web.crm.verify_widget_token is not None:
        found.append(widget_session)
    if web.crm.receive is not None and web.settings.webhook_secret:
        found.append(webhook)
    return found


def cors(web: Web) -> CORSConfig | None:
    """Let pages of the account read the answer to the panel's token, without cookies; nobody else's pages."""
    if web.crm.verify_widget_token is None or not web.settings.frame_ancestors:
        return None
    return CORSConfig(
        allow_origins=[*web.settings.frame_ancestors],
        allow_methods=["POST"],
        allow_headers=["X-Auth-Token", "Content-Type"],
        allow_credentials=False,
    )


def _person(web: Web, user: str) -> Person:
    """Find the account of a user of the CRM, or make one; the CRM says who he is, and we that he is an employee."""
    found = web.people.by_user(user)
    if found is None:
        if user not in web.reach.users or not web.reach.users[user].active:
            raise NotAllowed(f"user `{user}` is not an active user of the account")
        found = web.people.create(web.reach.user_name(user) or user, "employee", source="crm", user=user)
        web.audit.write("crm", "account.create", found.id, role="employee", user=user)
    if not found.active:
        raise NotAllowed("this account is shut")
    return found
