"""What administrators do: accounts, tokens for programs, the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from attrs import frozen
from litestar import Router, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from workplaces_core.wire.forms import read_instant
from workplaces_web.api.asking import AnyRequest, TheWeb, caller_of
from workplaces_web.api.bodies import refuse
from workplaces_web.api.documented import raises
from workplaces_web.api.problems import NotFound
from workplaces_web.api.session import check_name
from workplaces_web.people.model import ApiToken, AuditEntry, Person, Scope
from workplaces_web.security.callers import ADMIN, ADMIN_BY_BROWSER
from workplaces_web.web import Web

RoleText = Literal["employee", "supervisor", "administrator"]
LINK_LASTS = timedelta(hours=48)


@frozen
class AccountView:
    """An account; `user` is who it is in the CRM, `has_password` whether it can sign in by one."""

    id: str
    name: str
    role: RoleText
    source: str
    login: str | None
    user: str | None
    active: bool
    has_password: bool
    sessions: int
    created: datetime


@frozen
class NewAccount:
    """A new account; it gets its password by a one-time link."""

    login: str
    name: str
    role: RoleText
    user: str | None = None


@frozen
class AccountChange:
    """What changes of an account; what is null stays."""

    role: RoleText | None = None
    active: bool | None = None


@frozen
class LinkView:
    """A one-time link, shown only now: the address of the page that uses it, and until when it works.

    The ticket stands behind `#`, so that no server on the way logs it.
    """

    url: str
    ticket: str
    expires: datetime


@frozen
class TokenView:
    """A token, without its secret."""

    id: str
    name: str
    owner: str
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None


@frozen
class NewToken:
    """A new token of one's own: what for, what it may be used for, and until when (an instant, or for ever)."""

    name: str
    scopes: tuple[Scope, ...]
    expires: str | None = None


@frozen
class CreatedToken:
    """A token with its text, which is shown only now."""

    token: str
    details: TokenView


Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=500)]
Before = Annotated[int | None, QueryParameter(name="before", ge=1, le=2**53)]


@get("/accounts", sync_to_thread=True, opt={"access": ADMIN}, responses=raises(503))
def accounts(web: TheWeb) -> list[AccountView]:
    """List all accounts."""
    return [_account(each) for each in web.people.everybody()]


@post("/accounts", sync_to_thread=True, status_code=201, opt={"access": ADMIN}, responses=raises(503))
def create_account(request: AnyRequest, web: TheWeb, data: JSONBody[NewAccount]) -> AccountView:
    """Make an account; ask for a link next, and give it to whoever it is for."""
    check_name("login", data.login)
    check_name("name", data.name)
    if data.user is not None and data.user not in web.reach.users:
        raise refuse("user", data.user, "is nobody in the CRM")
    if web.people.by_login(data.login) is not None:
        raise refuse("login", data.login, "is taken")
    if data.user is not None and web.people.by_user(data.user) is not None:
        raise refuse("user", data.user, "has an account")
    person = web.people.create(data.name, data.role, source="local", login=data.login, user=data.user)
    web.note(caller_of(request), "account.create", person.id, role=data.role, login=data.login, user=data.user)
    return _account(person)


@patch("/accounts/{account:str}", sync_to_thread=True, opt={"access": ADMIN}, responses=raises(404, 503))
def change_account(
    request: AnyRequest, web: TheWeb, account: FromPath[str], data: JSONBody[AccountChange]
) -> AccountView:
    """Give an account another role, or shut it or open it; its sessions end. One cannot do this to oneself."""
    caller, person = caller_of(request), _find(web, account)
    if person.id == caller.person.id:
        raise refuse("account", account, "is your own: another administrator has to do this")
    if data.role is not None and data.role != person.role:
        person = web.people.set_role(person.id, data.role)
        web.note(caller, "account.role", person.id, role=data.role)
    if data.active is not None and data.active != person.active:
        person = web.people.set_active(person.id, active=data.active)
        web.note(caller, "account.active", person.id, active=data.active)
    return _account(person)


@post(
    "/accounts/{account:str}/link",
    sync_to_thread=True,
    status_code=201,
    opt={"access": ADMIN_BY_BROWSER},
    responses=raises(404, 503),
)
def account_link(request: AnyRequest, web: TheWeb, account: FromPath[str]) -> LinkView:
    """Make a one-time link by which somebody sets a password; it works for two days."""
    person = _find(web, account)
    if person.login is None or not person.active:
        raise refuse("account", account, "cannot sign in by a password")
    issued = web.people.issue_link(person.id, "password", LINK_LASTS)
    web.note(caller_of(request), "account.link", person.id)
    return LinkView(f"{web.settings.public_url}/link#{issued.ticket}", issued.ticket, issued.person.links[-1].expires)


@get("/tokens", sync_to_thread=True, opt={"access": ADMIN}, responses=raises(503))
def tokens(web: TheWeb) -> list[TokenView]:
    """List all tokens, revoked ones too."""
    return [_token(each) for each in web.tokens.all()]


@post("/tokens", sync_to_thread=True, status_code=201, opt={"access": ADMIN_BY_BROWSER}, responses=raises(503))
def create_token(request: AnyRequest, web: TheWeb, data: JSONBody[NewToken]) -> CreatedToken:
    """Make a token; it can do no more than whoever makes it, and its text is shown only now."""
    check_name("name", data.name)
    if not data.scopes:
        raise refuse("scopes", [], "must name at least one")
    expires = _expires(web, data.expires)
    caller = caller_of(request)
    token, text = web.tokens.create(caller.person.id, data.name, sorted(set(data.scopes)), expires)
    web.note(caller, "token.create", token.id, name=data.name, scopes=[*token.scopes])
    return CreatedToken(text, _token(token))


@delete("/tokens/{token:str}", sync_to_thread=True, status_code=200, opt={"access": ADMIN}, responses=raises(404, 503))
def revoke_token(request: AnyRequest, web: TheWeb, token: FromPath[str]) -> TokenView:
    """Let a token work no more."""
    if not token.isalnum() or web.tokens.token(token) is None:
        raise NotFound(f"token `{token}` is not known")
    revoked = web.tokens.revoke(token)
    web.note(caller_of(request), "token.revoke", token)
    return _token(revoked)


@get("/audit", sync_to_thread=True, opt={"access": ADMIN}, responses=raises(503))
def audit(web: TheWeb, before: Before = None, limit: Limit = 100) -> list[AuditEntry]:
    """List who changed what, the newest first; the last one's number goes into `before` for more."""
    return web.audit.newest(before, limit)


# -- within ----------------------------------------------------------------------------------------------------


def _find(web: Web, account: str) -> Person:
    person = web.people.person(account) if account.isalnum() else None
    if person is None:
        raise NotFound(f"account `{account}` is not known")
    return person


def _expires(web: Web, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = read_instant(text)
    except ValueError as error:
        raise refuse("expires", text, str(error)) from None
    if moment <= web.reach.store.cells.now():
        raise refuse("expires", text, "must lie ahead")
    return moment


def _account(person: Person) -> AccountView:
    return AccountView(
        id=person.id,
        name=person.name,
        role=person.role,
        source=person.source,
        login=person.login,
        user=person.user,
        active=person.active,
        has_password=person.password is not None,
        sessions=len(person.sessions),
        created=person.created,
    )


def _token(token: ApiToken) -> TokenView:
    return TokenView(token.id, token.name, token.owner, token.scopes, token.created, token.expires, token.revoked)


ROUTES = Router(
    "/",
    route_handlers=[
        accounts, create_account, change_account, account_link, tokens, create_token, revoke_token, audit,
    ],
    tags=["administering"],
)  # fmt: skip
