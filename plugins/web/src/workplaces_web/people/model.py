"""The people of the service, and what they hold: sessions, one-time links, tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from attrs import field, frozen

RoleName = Literal["employee", "supervisor", "administrator"]
ROLES: tuple[RoleName, ...] = ("employee", "supervisor", "administrator")
"""What a person may do; each may do what those before it may."""

Source = Literal["local", "crm", "demo"]
Scope = Literal["desk", "desks", "read", "publish", "admin"]
SCOPES: tuple[Scope, ...] = ("desk", "desks", "read", "publish", "admin")
"""What a token may be used for: one's own desk, anybody's desk, what supervisors see, what they change, accounts."""

LinkKind = Literal["password", "sign_in"]


@frozen
class Session:
    """One signed-in browser; `id` is the hash of its secret. A `framed` one lives in a frame of the CRM."""

    id: str
    csrf: str = field(repr=False)
    created: datetime
    seen: datetime
    framed: bool = False


@frozen
class Link:
    """A link that works once; `id` is the hash of its secret."""

    id: str
    kind: LinkKind
    expires: datetime


@frozen
class Person:
    """Somebody who may sign in. `user` is who he is in the CRM, None for somebody who takes no tasks."""

    id: str
    name: str
    role: RoleName
    source: Source
    created: datetime
    login: str | None = None
    user: str | None = None
    active: bool = True
    password: str | None = field(default=None, repr=False)
    sessions: tuple[Session, ...] = ()
    links: tuple[Link, ...] = ()

    def may(self, role: RoleName) -> bool:
        """Tell whether he may do what a role may.

        >>> from datetime import UTC
        >>> anna = Person("p1", "Anna", "supervisor", "local", datetime(2026, 11, 24, tzinfo=UTC))
        >>> anna.may("employee"), anna.may("administrator")
        (True, False)
        """
        return self.active and ROLES.index(self.role) >= ROLES.index(role)


@frozen
class ApiToken:
    """A key for programs; `hash` is of its secret, which is shown once. It can do no more than its owner."""

    id: str
    name: str
    owner: str
    scopes: tuple[Scope, ...]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    hash: str = field(default="", repr=False)


@frozen
class AuditEntry:
    """One change: who, what, about whom or what; never a secret."""

    number: int
    at: datetime
    by: str
    action: str
    about: str | None
    details: dict[str, str | int | bool | list[str] | None]
