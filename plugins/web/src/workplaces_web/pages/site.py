"""The ways in: where one lands, signing in, the first administrator, a password link, the choice of the demo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Response, get
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    NotFoundException,
    PermissionDeniedException,
)
from litestar.params import FromPath
from litestar.response import Redirect

from workplaces_web.api.asking import TheWeb
from workplaces_web.api.problems import NotFound, respond
from workplaces_web.pages.language import COOKIE
from workplaces_web.pages.rendering import AnyRequest, View
from workplaces_web.pages.words import TONGUES
from workplaces_web.people.secrets import SHORTEST_PASSWORD
from workplaces_web.security.callers import PUBLIC
from workplaces_web.web import Web

_YEAR = 365 * 24 * 3600


@get("/", sync_to_thread=True, opt={"access": PUBLIC})
def land(request: AnyRequest, web: TheWeb) -> Redirect:
    """Send everybody to his first page."""
    return Redirect(first_page(request, web), status_code=303)


def first_page(request: AnyRequest, web: Web) -> str:
    """Choose where somebody begins."""
    if request.user is None:
        return "/demo" if web.settings.demo else "/sign-in"
    return "/desk" if request.user.person.role == "employee" else "/board"


@get("/sign-in", sync_to_thread=True, opt={"access": PUBLIC})
def sign_in(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Ask for login and password."""
    return View.of(request, web).page("people/sign_in.html", then=_own_path(request.query_params.get("then", "/")))


@get("/setup", sync_to_thread=True, opt={"access": PUBLIC})
def setup(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Make the first administrator; the link's secret stands behind `#`, so that no log ever sees it."""
    return View.of(request, web).page("people/setup.html", shortest=SHORTEST_PASSWORD)


@get("/link", sync_to_thread=True, opt={"access": PUBLIC})
def password_link(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Set a password by a one-time link, whose secret stands behind `#`."""
    return View.of(request, web).page("people/link.html", shortest=SHORTEST_PASSWORD)


@get("/demo", sync_to_thread=True, opt={"access": PUBLIC})
def demo(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Let one choose whom to be."""
    if not web.settings.demo:
        raise NotFoundException
    people = sorted(web.people.everybody(), key=lambda each: (each.role != "employee", each.role, each.name))
    return View.of(request, web).page("people/demo.html", people=[each for each in people if each.source == "demo"])


@get("/language/{tongue:str}", sync_to_thread=False, opt={"access": PUBLIC})
def language(request: AnyRequest, tongue: FromPath[str]) -> Redirect:
    """Remember a language, and go back to where one was."""
    back = Redirect(_own_path(request.query_params.get("then", "/")), status_code=303)
    if tongue in TONGUES:
        back.set_cookie(COOKIE, tongue, max_age=_YEAR, samesite="lax", httponly=True)
    return back


def _own_path(wished: str) -> str:
    """Give an address of our own pages only: an open redirect would lend our name to others."""
    return wished if wished.startswith("/") and not wished.startswith(("//", "/\\")) else "/"


ROUTES = [land, sign_in, setup, password_link, demo, language]


# -- what goes wrong -------------------------------------------------------------------------------------------


def _to_sign_in(request: AnyRequest, error: Exception) -> Response[Any]:
    """Send somebody who is not signed in to sign in; a part of a page says it in a header."""
    if "hx-request" in request.headers:
        return Response("", status_code=401, headers={"HX-Redirect": "/sign-in"})
    del error
    return Redirect("/sign-in?then=" + request.url.path, status_code=303)


def _say(key: str) -> Callable[[AnyRequest, Exception], Response[Any]]:
    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        view = View.of(request, request.app.state.web)
        status = getattr(error, "status_code", 404)
        return Response(view.text("error.html", key=key), media_type="text/html", status_code=status)

    return answer


HANDLERS: dict[int | type[Exception], Callable[[AnyRequest, Exception], Response[Any]]] = {
    NotAuthorizedException: _to_sign_in,
    PermissionDeniedException: _say("site.forbidden"),
    NotFoundException: _say("site.not_found"),
    NotFound: _say("site.not_found"),
    HTTPException: respond,
}
