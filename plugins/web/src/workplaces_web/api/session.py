"""Signing in and out, the first administrator, one-time links, and who one is."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen
from litestar import Request, Response, Router, delete, get, post
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from workplaces_core.errors import NotAllowed
from workplaces_web.api.asking import AnyRequest, TheWeb, caller_of
from workplaces_web.api.bodies import refuse
from workplaces_web.api.documented import raises
from workplaces_web.api.problems import NotFound
from workplaces_web.people import setup
from workplaces_web.people.model import Person
from workplaces_web.people.secrets import LONGEST_PASSWORD, SHORTEST_PASSWORD
from workplaces_web.security.callers import ANYBODY, OWN, PUBLIC, Caller
from workplaces_web.web import Web

_LONGEST_NAME = 200


@frozen
class Me:
    """Who is signed in. `user` is who he is in the CRM, null for an account without a desk.

    `csrf` goes into the header X-CSRF-Token of every request that changes something.
    """

    id: str
    name: str
    role: Literal["employee", "supervisor", "administrator"]
    user: str | None
    csrf: str | None
    framed: bool


@frozen
class SignIn:
    """A login and its password."""

    login: str
    password: str


@frozen
class FirstAdministrator:
    """The one-time link's secret of the first start, and the account it makes."""

    link: str
    login: str
    name: str
    password: str


@frozen
class NewPassword:
    """The ticket of a one-time link, and the password to have from now on."""

    link: str
    password: str


@frozen
class PasswordChange:
    """The password one has, and the one to have from now on."""

    old: str
    new: str


@get("/me", sync_to_thread=False, opt={"access": ANYBODY}, responses=raises())
def me(request: AnyRequest) -> Me:
    """Say who is signed in."""
    return _me(caller_of(request))


@post("/session", sync_to_thread=True, status_code=201, opt={"access": PUBLIC, "no_csrf": True}, responses=raises())
def sign_in(request: AnyRequest, web: TheWeb, data: JSONBody[SignIn]) -> Response[Me]:
    """Sign in with a login and a password; the cookie is always a new one."""
    names = f"login {data.login.strip().casefold()}", f"address {address_of(request, web)}"
    web.sign_ins.refuse_if_spent(*names)
    person = web.people.check_password(data.login, data.password)
    if person is None:
        web.sign_ins.failed(*names)
        web.audit.write("nobody", "sign_in.failed", data.login[:_LONGEST_NAME])
        raise NotAuthorizedException("login and password do not fit together")
    return _signed_in(request, web, person)


@delete("/session", sync_to_thread=True, opt={"access": OWN}, status_code=204, responses=raises())
def sign_out(request: AnyRequest, web: TheWeb) -> Response[None]:
    """Sign out: the session ends here and everywhere it was copied to."""
    caller = caller_of(request)
    web.people.close_session(caller.ticket)
    web.note(caller, "sign_out")
    return Response(None, status_code=204, headers={"Set-Cookie": web.cookies.unset(framed=caller.framed)})


@post("/setup", sync_to_thread=True, status_code=201, opt={"access": PUBLIC, "no_csrf": True}, responses=raises())
def first_administrator(request: AnyRequest, web: TheWeb, data: JSONBody[FirstAdministrator]) -> Response[Me]:
    """Make the first administrator, by the link that the first start printed."""
    check_name("login", data.login)
    check_name("name", data.name)
    check_password("password", data.password)
    address = f"address {address_of(request, web)}"
    web.sign_ins.refuse_if_spent(address)
    try:
        setup.use(web.reach.store.cells, data.link)
    except NotAllowed:
        web.sign_ins.failed(address)
        raise
    person = web.people.create(data.name, "administrator", source="local", login=data.login)
    web.people.set_password(person.id, data.password)
    web.audit.write(person.id, "account.create", person.id, role="administrator", login=data.login, first=True)
    return _signed_in(request, web, person)


@post(
    "/links/password", sync_to_thread=True, status_code=201, opt={"access": PUBLIC, "no_csrf": True},
    responses=raises(),
)  # fmt: skip
def use_password_link(request: AnyRequest, web: TheWeb, data: JSONBody[NewPassword]) -> Response[Me]:
    """Set one's password by a one-time link, and be signed in."""
    check_password("password", data.password)
    address = f"address {address_of(request, web)}"
    web.sign_ins.refuse_if_spent(address)
    person = web.people.use_link(data.link, "password")
    if person is None:
        web.sign_ins.failed(address)
        raise PermissionDeniedException("this link has been used, or is too old: ask for a new one")
    web.people.set_password(person.id, data.password)
    web.audit.write(person.id, "password.set", person.id, by_link=True)
    return _signed_in(request, web, person)


@post("/me/password", sync_to_thread=True, status_code=200, opt={"access": OWN}, responses=raises())
def change_password(request: AnyRequest, web: TheWeb, data: JSONBody[PasswordChange]) -> Response[Me]:
    """Change one's password; all other sessions end."""
    check_password("new", data.new)
    person = caller_of(request).person
    web.sign_ins.refuse_if_spent(f"login {person.login}")
    if person.login is None or web.people.check_password(person.login, data.old) is None:
        web.sign_ins.failed(f"login {person.login}")
        raise refuse("old", None, "is not the password of this account")
    web.people.set_password(person.id, data.new)
    web.audit.write(person.id, "password.set", person.id, by_link=False)
    return _signed_in(request, web, person, status=200)


@get("/demo/people", sync_to_thread=True, opt={"access": PUBLIC}, responses=raises(404))
def demo_people(web: TheWeb) -> list[Me]:
    """List who one may be; of the demonstration only."""
    _refuse_unless_demo(web)
    return [Me(each.id, each.name, each.role, each.user, None, framed=False) for each in web.people.everybody()]


@frozen
class BeSomebody:
    """Whom to be."""

    person: str


@post(
    "/demo/session", sync_to_thread=True, status_code=201, opt={"access": PUBLIC, "no_csrf": True},
    responses=raises(404),
)  # fmt: skip
def be_somebody(request: AnyRequest, web: TheWeb, data: JSONBody[BeSomebody]) -> Response[Me]:
    """Be one of the people of the demonstration."""
    _refuse_unless_demo(web)
    person = web.people.person(data.person) if data.person.isalnum() else None
    if person is None or person.source != "demo":
        raise NotFound(f"`{data.person}` is nobody of the demonstration")
    return _signed_in(request, web, person)


@get("/enter/{ticket:str}", sync_to_thread=True, opt={"access": PUBLIC}, responses=raises(), status_code=303)
def enter(web: TheWeb, ticket: FromPath[str]) -> Redirect:
    """Sign in the frame of the CRM by a one-time address, and go to the desk."""
    person = web.people.use_link(ticket, "sign_in")
    if person is None:
        raise PermissionDeniedException("this address has been used, or is too old: open the panel again")
    issued = web.people.open_session(person.id, framed=True)
    web.audit.write(person.id, "sign_in", person.id, framed=True)
    return Redirect("/desk", status_code=303, headers={"Set-Cookie": web.cookies.set(issued.ticket, framed=True)})


# -- within ----------------------------------------------------------------------------------------------------


def _signed_in(request: AnyRequest, web: Web, person: Person, status: int = 201) -> Response[Me]:
    """Begin a new session, and end the one the browser had."""
    had = web.cookies.tickets(request.headers.get("cookie", "")).get(web.cookies.name())
    issued = web.people.open_session(person.id, instead_of=had)
    web.audit.write(issued.person.id, "sign_in", issued.person.id, framed=False)
    body = _me(Caller(issued.person, "session", csrf=issued.person.sessions[-1].csrf))
    return Response(body, status_code=status, headers={"Set-Cookie": web.cookies.set(issued.ticket)})


def _me(caller: Caller) -> Me:
    person = caller.person
    return Me(person.id, person.name, person.role, person.user, caller.csrf, caller.framed)


def _refuse_unless_demo(web: Web) -> None:
    if not web.settings.demo:
        raise NotFound("this is no demonstration")


def check_name(path: str, name: str) -> None:
    """Raise InvalidInput for a name that is none."""
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise refuse(path, name, f"must be 1 to {_LONGEST_NAME} characters")


def check_password(path: str, password: str) -> None:
    """Raise InvalidInput for a password that is too short; what it was is not said."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise refuse(path, None, f"must be {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")


def address_of(request: Request[Any, Any, Any], web: Web) -> str:
    """Give where a request comes from; a proxy is believed only when it is a trusted one."""
    peer = request.client.host if request.client else ""
    forwarded = request.headers.get("x-forwarded-for", "")
    if peer in web.settings.trusted_proxies and forwarded:
        return forwarded.split(",")[-1].strip()
    return peer


ROUTES = Router(
    "/",
    route_handlers=[
        me, sign_in, sign_out, first_administrator, use_password_link, change_password, demo_people, be_somebody,
    ],
    tags=["session"],
)  # fmt: skip
