"""What routes ask about their caller: who he is, whose desk he means, which headers he sent."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException
from litestar.params import HeaderParameter, QueryParameter

from workplaces_web.security.callers import Caller
from workplaces_web.web import Web

AnyRequest = Request[Any, Any, Any]
TheWeb = NamedDependency[Web]
"""Everything that routes work with, as they are handed it."""

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same key again, with the same command, gives the first answer again.",
    ),
]
DeskOf = Annotated[
    str | None,
    QueryParameter(
        name="user", max_length=200, description="Whose desk: one's own, unless a token has the scope `desks`."
    ),
]


def caller_of(request: AnyRequest) -> Caller:
    """Give the caller of a route that is not open to everybody."""
    assert isinstance(request.user, Caller)
    return request.user


def desk_user(caller: Caller, asked: str | None) -> str:
    """Give whose desk is meant. Raises PermissionDeniedException for one that is not the caller's to use."""
    own, person = caller.person.user, caller.person
    for_anybody = caller.by == "token" and "desks" in caller.scopes and person.may("supervisor")
    if asked is not None and asked != own and not for_anybody:
        raise PermissionDeniedException("this is somebody else's desk")
    if asked is None and own is None:
        raise PermissionDeniedException("this account is nobody in the CRM, it has no desk")
    user = asked or own
    assert user is not None
    return user


def still_welcome(web: Web, caller: Caller) -> bool:
    """Tell whether a caller who was let in would be let in now; looking does not keep his session alive."""
    if caller.by == "session":
        return web.people.session(caller.ticket, mark=False) is not None
    token = None if caller.token is None else web.tokens.token(caller.token)
    owner = web.people.person(caller.person.id)
    return token is not None and token.revoked is None and owner is not None and owner.active
