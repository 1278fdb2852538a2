"""What people see: pages over the service, rendered here, kept fresh by events, commanded through the JSON API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Router
from litestar.datastructures import CacheControlHeader
from litestar.static_files import create_static_files_router

from workplaces_web.api.bodies import JsonBody
from workplaces_web.pages import administering, board, desk, site
from workplaces_web.pages.admin import machine, publishing, roles
from workplaces_web.security.callers import PUBLIC

_HERE = Path(__file__).parent.parent
_SOURCES = _HERE.parents[1] / "frontend" / "src"
"""Our own scripts and styles in a checkout; a wheel carries a copy of them."""


def routes() -> list[Any]:
    """Give the routes of all pages."""
    pages = Router(
        "/",
        route_handlers=[
            *site.ROUTES,
            *desk.ROUTES,
            *roles.ROUTES,
            *publishing.ROUTES,
            *machine.ROUTES,
            *board.ROUTES,
            *administering.ROUTES,
        ],
        exception_handlers=site.HANDLERS,
        dto=JsonBody,
        return_dto=None,
        include_in_schema=False,
    )
    return [pages, _own_files()]


def _own_files() -> Router:
    folder = _SOURCES if _SOURCES.is_dir() else _HERE / "static" / "own"
    return create_static_files_router(
        "/static/own",
        [folder],
        opt={"access": PUBLIC},
        include_in_schema=False,
        cache_control=CacheControlHeader(no_cache=True),
    )
