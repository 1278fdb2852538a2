"""The employee's desk: one page, its parts that are swapped as they change, and the explanation in place."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from workplaces_core.errors import UnknownTask
from workplaces_core.policy import Role
from workplaces_core.rules.intervals import start_dates
from workplaces_core.rules.zones import at_wall, local_date
from workplaces_core.wire.forms import moment_text, read_any_instant
from workplaces_web.api.asking import TheWeb
from workplaces_web.api.why import concerns
from workplaces_web.live.screens import Coming, DeskView, Holding
from workplaces_web.pages.explaining import Explained, explained
from workplaces_web.pages.rendering import AnyRequest, View, html
from workplaces_web.security.callers import DESK
from workplaces_web.web import Web

SOON = timedelta(minutes=5)
"""From when on a coming call is shown as urgent."""

_SHOWN = timedelta(hours=2)
_NINE = 9 * 60


@get("/desk", sync_to_thread=True, opt={"access": DESK}, include_in_schema=False)
def show(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Show the whole page."""
    user = request.user.person.user
    if user is None:
        return View.of(request, web).page("desk/nobody.html")
    desk, view = _seen(request, web, user)
    return view.page("desk/page.html", desk=desk, regions=regions(view, desk, swapped=False))


@get("/desk/body", sync_to_thread=True, opt={"access": DESK}, include_in_schema=False)
def body(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Give the parts of the page, each to be put in its place."""
    user = request.user.person.user
    if user is None:
        return html("")
    desk, view = _seen(request, web, user)
    return html("".join(regions(view, desk, swapped=True).values()))


@get("/desk/why/{task:str}", sync_to_thread=True, opt={"access": DESK}, include_in_schema=False)
def why(request: AnyRequest, web: TheWeb, task: FromPath[str]) -> Response[str]:
    """Explain why a task is on one's own desk, or not."""
    view, user = View.of(request, web), request.user.person.user
    return view.page("desk/why.html", found=_explained(view, web, user, task))


def _explained(view: View, web: Web, user: str | None, task: str) -> Explained | None:
    # Of others' tasks an employee learns nothing here; supervisors have the time machine.
    if user is None or not concerns(web, user, task):
        return None
    try:
        return explained(web, web.service.explain(user, task), view.speech.tongue)
    except UnknownTask:
        return None


def _seen(request: AnyRequest, web: Web, user: str) -> tuple[DeskView, View]:
    """Give the desk, and a view whose clock and zone are the desk's."""
    desk = web.screens.show(user)
    view = View.of(request, web, ZoneInfo(desk.zone))
    return desk, attrs.evolve(view, speech=attrs.evolve(view.speech, now=desk.at))


def regions(view: View, desk: DeskView, *, swapped: bool) -> dict[str, Markup]:
    """Render the parts of a desk, in their order on the page."""
    values: dict[str, Any] = {"desk": desk, "now": desk.at}
    held = desk.current
    if held is not None:
        values |= {"held": held, "tomorrow": tomorrow(view.web, desk, held), "why_key": held.card.task}
    made = {
        "desk-now": view.region("desk-now", "desk/now.html", key=desk.at, swapped=swapped, **values),
        "desk-role": view.region("desk-role", "desk/role.html", swapped=swapped, **values),
        "desk-notices": view.region("desk-notices", "desk/notices.html", swapped=swapped, **values),
        "desk-main": view.region("desk-main", "desk/main.html", key=_key(desk), swapped=swapped, **values),
        "desk-coming": view.region(
            "desk-coming", "desk/coming.html", swapped=swapped, **values, coming=_shown_coming(desk), soon=SOON,
        ),
        "desk-next": view.region("desk-next", "desk/next.html", swapped=swapped, **values),
    }  # fmt: skip
    if swapped:
        # Lateness moves with the clock: it has a place of its own, so that it never takes away what somebody types.
        card = held.card if held else desk.next.card if desk.next else None
        if card is not None:
            made["desk-due"] = Markup('<span id="desk-due" class="due{}" hx-swap-oob="true">{}</span>').format(
                " overdue" if card.overdue else "", view.speech.due(card)
            )
    return made


def _key(desk: DeskView) -> object:
    """Give what the main part shows, without what moves with the clock."""
    held = desk.current
    if held is not None:
        card = attrs.evolve(held.card, overdue=False, overdue_days=0)
        return card, held.since, held.fence, held.transfer, held.transfer_trouble
    offer = desk.next and attrs.evolve(desk.next.card, overdue=False, overdue_days=0)
    return offer, desk.nothing, desk.next_role, desk.role and desk.role.id


def _shown_coming(desk: DeskView) -> Coming | None:
    """Give the coming call when it is near enough to be told of, or stands for an empty desk."""
    coming = desk.coming
    if coming is None or desk.at > instant_of(coming):
        return None
    near = instant_of(coming) - desk.at <= _SHOWN
    return coming if near or desk.current is None else None


def instant_of(coming: Coming) -> datetime:
    """Give the exact time of a coming call."""
    return read_any_instant(coming.card.due)


def tomorrow(web: Web, desk: DeskView, held: Holding) -> str:
    """Give the due of "tomorrow morning": an all-day task stays one, an exact one comes when the role opens."""
    where = ZoneInfo(desk.zone)
    day = local_date(desk.at, where) + timedelta(days=1)
    if not held.card.exact_time:
        return moment_text(day)
    role = next((each for each in web.reach.policy.roles if desk.role and each.id == desk.role.id), None)
    return moment_text(_opening(role, day, where))


def _opening(role: Role | None, day: date, where: ZoneInfo) -> datetime:
    """Give when a role opens on a day; nine o'clock when it does not open, or is none."""
    intervals = () if role is None else role.intervals
    starts = [each.start for each in intervals if any(True for _ in start_dates(each, day, day))]
    return at_wall(day, min(starts, default=_NINE), where)


ROUTES = [show, body, why]
