"""One process of the server: opens store and CRM, makes the application, and ends in order when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, current_thread, main_thread

import structlog
from attrs import frozen
from litestar import Litestar
from litestar.concurrency import sync_to_thread

from workplaces_core import DeskService
from workplaces_core.adapters.protocols import CrmAdapter
from workplaces_core.adapters.registry import Registry
from workplaces_core.adapters.stores import Store
from workplaces_core.cli import installed
from workplaces_core.cli.configured import open_crm, open_store
from workplaces_web.app import Lifespan, create_app
from workplaces_web.operation import logs
from workplaces_web.operation.metrics import METRICS
from workplaces_web.serving import demo, local_demo
from workplaces_web.serving.config import Config
from workplaces_web.serving.crm_side import crm_side
from workplaces_web.web import Web

_LOG = structlog.get_logger("workplaces.web")
_AGAIN_SECONDS = 0.5


@frozen
class Plan:
    """What each process of the server is told."""

    config: Config
    demo: bool = False


@frozen
class Opened:
    """What a process opened; `close` gives all of it back."""

    store: Store
    adapter: CrmAdapter
    local: local_demo.Started | None

    def close(self) -> None:
        """Close the CRM, then the store that its adapter may still write to."""
        if self.local is None:
            self.adapter.close()
        else:
            self.local.stop()
        self.store.close()


def load(plan: Plan, target: str = "") -> Litestar:
    """Make the application of a process that does nothing else yet: until it is made, a signal ends the process."""
    del target
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, signal.SIG_DFL)  # from the parent it has what only that process may do
    return make_app(plan)


def make_app(plan: Plan) -> Litestar:
    """Make the application of this process. Raises InvalidInput, StoreUnavailable."""
    config, work = plan.config, plan.config.work
    logs.configure(config.web.log_level, readable=sys.stderr.isatty())
    registry = installed.load()
    opened = _open(plan, registry)
    service = DeskService(
        adapter=opened.adapter,
        store=opened.store,
        lease_minutes=work.lease_minutes,
        allow_skip=work.allow_skip or plan.demo,
        sync_seconds=work.sync_seconds,
        observer=METRICS.observe,
    )
    return create_app(
        config.settings(demo=plan.demo),
        service,
        crm=crm_side(opened.adapter),
        rules=registry.rules,
        around=[_around(plan, opened)],
    )


def _open(plan: Plan, registry: Registry) -> Opened:
    store = open_store(registry, plan.config.database)
    if not plan.demo:
        return Opened(store, open_crm(registry, plan.config.crm, store), None)
    local = local_demo.start(registry, store)
    return Opened(store, demo.crm(store.now()) if local is None else local.adapter, local)


def _around(plan: Plan, opened: Opened) -> Lifespan:
    @asynccontextmanager
    async def around(app: Litestar) -> AsyncIterator[None]:
        web: Web = app.state.web
        end_on_signals(web)
        end_with(os.getppid())
        if plan.demo:
            await sync_to_thread(demo.fill, web, local=opened.local is not None)
            if opened.local is not None:
                say(f"the account is on a CRM that was started here: {opened.local.crm.settings.get('base_url', '')}")
            say(f"open {web.settings.public_url}/ and choose whom to be")
        try:
            yield
        finally:
            opened.close()

    return around


def say(message: str) -> None:
    """Write to the console, not to the log: only whoever started the service is to read it."""
    print(message, flush=True)  # noqa: T201 - the console is where it belongs


def end_on_signals(web: Web) -> None:
    """End the streams when the server is told to stop: it waits for open requests, and streams never end.

    The server's own handler hangs on the loop and may be run but once, a second time it never returns; Ctrl-C in a
    terminal, though, comes twice, from the terminal and from the parent. It is told through the loop's queue: the pipe
    that usually tells of a signal is full when a thousand streams end, and the signal is lost.
    """
    if current_thread() is not main_thread():
        return
    loop, told = asyncio.get_running_loop(), Event()

    def end(servers: asyncio.Handle) -> None:
        if not told.is_set():
            told.set()
            web.fanout.close()
            servers._run()  # noqa: SLF001 - nothing else runs what the server hung there

    handlers: dict[int, asyncio.Handle] = getattr(loop, "_signal_handlers", {})
    for name, servers in list(handlers.items()):
        loop.add_signal_handler(name, lambda: None)
        signal.signal(name, lambda *_, servers=servers: loop.call_soon_threadsafe(end, servers))


def end_with(parent: int) -> None:
    """End when the process that started this one is gone, however it went: else the port and the work stay taken."""
    loop = asyncio.get_running_loop()

    def look() -> None:
        if os.getppid() == parent:
            loop.call_later(_AGAIN_SECONDS, look)
        else:
            signal.raise_signal(signal.SIGTERM)

    look()
