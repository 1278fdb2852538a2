"""Everything that the routes work with, in one object that each of them is handed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import field, frozen

from workplaces_core import DeskService
from workplaces_core.policy import RuleSet
from workplaces_web.board.board import Board
from workplaces_web.live.cards import Named
from workplaces_web.live.fanout import Fanout
from workplaces_web.live.reach import Reach
from workplaces_web.live.screens import Screens
from workplaces_web.people.audit import Audit, Detail
from workplaces_web.people.people import People
from workplaces_web.people.tokens import Tokens
from workplaces_web.policies.moments import Moments
from workplaces_web.security.callers import Caller
from workplaces_web.security.cookies import Cookies
from workplaces_web.security.rates import SignInRate
from workplaces_web.settings import WebSettings


class WidgetUser(Protocol):
    """Who looks at a page of the CRM, by the CRM's word."""

    @property
    def user_id(self) -> str:
        """The user's id, as the CRM's adapter gives it."""
        ...


@frozen
class CrmSide:
    """What the CRM's plugin brings, when it is there; each is None when it is not.

    `verify_widget_token` reads the CRM's short-lived token, accepts each once over all processes, and raises NotAllowed
    for one that is of no use. `receive` takes a webhook (secret, body, content type) and gives the HTTP status.
    """

    verify_widget_token: Callable[[str], WidgetUser] | None = None
    receive: Callable[[str, bytes, str], int] | None = None


@frozen(eq=False)
class Web:
    """The service, its people, its screens. Safe for many threads; nothing here is async."""

    settings: WebSettings
    service: DeskService
    people: People
    tokens: Tokens
    audit: Audit
    sign_ins: SignInRate
    cookies: Cookies
    reach: Reach
    screens: Screens
    fanout: Fanout
    moments: Moments
    board: Board
    crm: CrmSide = field(factory=CrmSide)
    rules: RuleSet | None = None

    @classmethod
    def of(
        cls, settings: WebSettings, service: DeskService, crm: CrmSide | None = None, rules: RuleSet | None = None
    ) -> Web:
        """Set everything up over a service."""
        cells = service.store.cells
        reach = Reach(service)
        screens = Screens(reach, settings)
        return cls(
            settings=settings,
            service=service,
            people=People(cells, settings),
            tokens=Tokens(cells),
            audit=Audit(cells),
            sign_ins=SignInRate(cells, settings.rates),
            cookies=Cookies(settings),
            reach=reach,
            screens=screens,
            fanout=Fanout(screens),
            moments=Moments(screens),
            board=Board(screens),
            crm=crm or CrmSide(),
            rules=rules,
        )

    def named(self, author: str | None) -> Named | None:
        """Name whoever published or changed something: a user of the CRM, or an account of ours."""
        if author is None:
            return None
        person = self.people.person(author) if author.isalnum() else None
        return Named(author, person.name if person else self.reach.user_name(author) or author)

    def note(self, caller: Caller, action: str, about: str | None = None, **details: Detail) -> None:
        """Write into the audit log what a caller did."""
        by = caller.name if caller.token is None else f"{caller.name} ({caller.token})"
        self.audit.write(by, action, about, **details)
