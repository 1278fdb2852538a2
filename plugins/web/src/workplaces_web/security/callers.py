"""Who is asking: somebody signed in with a browser, or a program with a token."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

from workplaces_web.people.model import SCOPES, Person, RoleName, Scope


@frozen
class Caller:
    """Who sent a request, and by what right. A browser has every scope, a token those it was given."""

    person: Person
    by: Literal["session", "token"]
    scopes: frozenset[Scope] = frozenset(SCOPES)
    csrf: str | None = field(default=None, repr=False)
    ticket: str | None = field(default=None, repr=False)
    token: str | None = None
    framed: bool = False

    @property
    def name(self) -> str:
        """How the audit log and the log of policies name him."""
        return self.person.user or self.person.id

    @property
    def key(self) -> str:
        """What his calls are counted under."""
        return self.token or self.person.id


@frozen
class Access:
    """What a route asks of its caller: a role, and of a token a scope. Without a role it is open to everybody."""

    role: RoleName | None
    scope: Scope | None = None
    any_token: bool = False

    def admits(self, caller: Caller) -> bool:
        """Tell whether a caller has the role, and his token the scope."""
        if self.role is None:
            return True
        if not caller.person.may(self.role):
            return False
        if caller.by == "session" or self.any_token:
            return True
        # Whoever may use anybody's desk may use his own.
        wanted = {self.scope, "desks"} if self.scope == "desk" else {self.scope}
        return bool(wanted & caller.scopes)


PUBLIC = Access(None)
DESK = Access("employee", "desk")
READ = Access("supervisor", "read")
PUBLISH = Access("supervisor", "publish")
ADMIN = Access("administrator", "admin")
ANYBODY = Access("employee", any_token=True)
ADMIN_BY_BROWSER = Access("administrator")
OWN = Access("employee")
"""One's own account: by browser only, no token reaches it; likewise what would make a token or a way in."""
