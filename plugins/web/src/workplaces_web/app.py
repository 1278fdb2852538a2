"""The application: all routes behind one guard, errors in one form, and what runs while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from litestar import Litestar, Router
from litestar.concurrency import sync_to_thread
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router

from workplaces_core import DeskService
from workplaces_core.policy import RuleSet
from workplaces_web.api import ROUTERS, docs, session
from workplaces_web.api.bodies import JsonBody
from workplaces_web.api.crm import cors, crm_routes
from workplaces_web.api.description import make_openapi
from workplaces_web.api.problems import HANDLERS
from workplaces_web.operation import health
from workplaces_web.operation.timing import Timing
from workplaces_web.security.admission import Admission, refuse_unguarded
from workplaces_web.security.callers import PUBLIC
from workplaces_web.security.headers import SecurityHeaders
from workplaces_web.security.identify import Identify
from workplaces_web.settings import WebSettings
from workplaces_web.web import CrmSide, Web

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]
"""What begins and ends with an application."""

THREADS = 32
"""How many blocking calls one process makes at once."""

_STATIC = Path(__file__).parent / "static"


def create_app(
    settings: WebSettings,
    service: DeskService,
    *,
    crm: CrmSide | None = None,
    rules: RuleSet | None = None,
    runs_service: bool = True,
    around: Sequence[Lifespan] = (),
    debug: bool = False,
) -> Litestar:
    """Make the application over a service; with `runs_service` it starts and stops the service too.

    `around` is what begins before everything else, and ends after it.
    """
    web = Web.of(settings, service, crm, rules)

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        del app
        web.fanout.open()
        if runs_service:
            await sync_to_thread(service.start)
        try:
            yield
        finally:
            await sync_to_thread(web.fanout.close)
            if runs_service:
                await sync_to_thread(service.stop)

    app = Litestar(
        route_handlers=[_api(), session.enter, *crm_routes(web), *docs.ROUTES, *health.ROUTES, *_static(), *_pages()],
        dependencies={"web": Provide(lambda: web, sync_to_thread=False)},
        guards=[Admission(settings)],
        middleware=[
            DefineMiddleware(Timing),
            DefineMiddleware(Identify, people=web.people, tokens=web.tokens, cookies=web.cookies),
        ],
        before_send=[SecurityHeaders(settings)],
        exception_handlers=HANDLERS,
        request_max_body_size=settings.rates.body_bytes,
        cors_config=cors(web),
        openapi_config=make_openapi(),
        lifespan=[*around, _threads, running],
        debug=debug,
        pdb_on_exception=False,
        logging_config=None,
        multipart_form_part_limit=1,
    )
    app.state.web = web
    refuse_unguarded(handler for _, handler in routes_of(app))
    return app


def _api() -> Router:
    return Router("/api/v1", route_handlers=ROUTERS, dto=JsonBody, return_dto=None)


def _pages() -> Sequence[Any]:
    """Give the pages, when they are installed with us."""
    try:
        pages = import_module("workplaces_web.pages")
    except ModuleNotFoundError as error:
        if error.name != "workplaces_web.pages":
            raise
        return ()
    found: Sequence[Any] = pages.routes()
    return found


def _static() -> list[Router]:
    if not _STATIC.is_dir():
        return []
    # Asked for again each time, and mostly answered by "not modified".
    opt, cached = {"access": PUBLIC}, CacheControlHeader(no_cache=True)
    return [create_static_files_router("/static", [_STATIC], opt=opt, include_in_schema=False, cache_control=cached)]


def routes_of(app: Litestar) -> list[tuple[str, Any]]:
    """List the routes as (path, handler), without the answers to OPTIONS, which the framework adds by itself."""
    found = [(route.path, handler) for route in app.routes for handler in getattr(route, "route_handlers", ())]
    return [each for each in found if getattr(each[1], "http_methods", None) != {"OPTIONS"}]


@asynccontextmanager
async def _threads(app: Litestar) -> AsyncIterator[None]:
    """Let more blocking calls run at once than the loop would by itself."""
    del app
    with ThreadPoolExecutor(THREADS, "workplaces-web") as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        yield
