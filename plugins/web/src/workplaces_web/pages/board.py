"""The supervisor's board: everybody, what waits, exact times, transfers, the day; parts are swapped as they change."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from litestar import Response, get
from markupsafe import Markup

from workplaces_web.api.asking import TheWeb
from workplaces_web.board.views import BoardView
from workplaces_web.pages.language import Speech
from workplaces_web.pages.rendering import AnyRequest, View, html
from workplaces_web.security.callers import READ
from workplaces_web.web import Web

_PARTS = ("now", "people", "exact", "waiting", "transfers", "uncovered", "day")


@get("/board", sync_to_thread=True, opt={"access": READ})
def show(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Show the whole page."""
    board, view = _seen(request, web)
    return view.page("board/page.html", regions=regions(view, board, swapped=False))


@get("/board/body", sync_to_thread=True, opt={"access": READ})
def body(request: AnyRequest, web: TheWeb) -> Response[str]:
    """Give the parts of the page, each to be put in its place."""
    board, view = _seen(request, web)
    return html("".join(regions(view, board, swapped=True).values()))


def _seen(request: AnyRequest, web: Web) -> tuple[BoardView, View]:
    board, view = web.board.show(), View.of(request, web)
    return board, View(request, web, Speech(view.speech.tongue, board.at, ZoneInfo(board.zone)))


def regions(view: View, board: BoardView, *, swapped: bool) -> dict[str, Markup]:
    """Render the parts of the board, in their order."""
    quarters = [(each.at.timestamp(), each.taken, each.finished) for each in board.day]
    return {
        name: view.region(f"board-{name}", f"board/{name}.html", swapped=swapped, board=board, quarters=quarters)
        for name in _PARTS
    }


ROUTES = [show, body]
