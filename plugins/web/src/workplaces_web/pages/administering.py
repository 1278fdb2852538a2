"""What administrators look after: accounts, tokens of programs, the log of changes."""

from __future__ import annotations

from litestar import Response, get

from workplaces_web.api.asking import TheWeb
from workplaces_web.pages.rendering import AnyRequest, View
from workplaces_web.people.model import ROLES, SCOPES
from workplaces_web.security.callers import ADMIN

_PAGE = 50


@get("/admin/accounts", sync_to_thread=True, opt={"access": ADMIN})
def accounts(request: AnyRequest, web: TheWeb) -> Response[str]:
    """List all accounts, and make new ones."""
    taken = web.people.directory().users
    known = web.reach.users.values() if web.reach.is_loaded else ()
    users = sorted((each for each in known if each.active and each.id not in taken), key=lambda each: each.name)
    return View.of(request, web).page(
        "people/accounts.html", people=list(web.people.everybody()), roles=ROLES, users=users,
        user_name=web.reach.user_name,
    )  # fmt: skip


@get("/admin/tokens", sync_to_thread=True, opt={"access": ADMIN})
def tokens(request: AnyRequest, web: TheWeb) -> Response[str]:
    """List all tokens, and make new ones."""
    return View.of(request, web).page(
        "people/tokens.html", tokens=list(web.tokens.all()), scopes=SCOPES, named=web.named
    )


@get("/admin/audit", sync_to_thread=True, opt={"access": ADMIN})
def audit(request: AnyRequest, web: TheWeb) -> Response[str]:
    """List who changed what, the newest first."""
    before = request.query_params.get("before", "")
    entries = web.audit.newest(int(before) if before.isdigit() else None, _PAGE)
    return View.of(request, web).page("people/audit.html", entries=entries, named=web.named, more=len(entries) == _PAGE)


ROUTES = [accounts, tokens, audit]
