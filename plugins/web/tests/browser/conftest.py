"""What browser tests share: a browser of this machine, a server in this process, and people who look at it."""

from __future__ import annotations

import asyncio
import runpy
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from attrs import define, field
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from playwright.sync_api import Browser, BrowserType, Playwright, expect, sync_playwright
from workplaces_web.app import create_app
from workplaces_web.settings import Passwords, WebSettings

from workplaces_core import DeskService
from workplaces_core.adapters.memory import MemoryCrm, MemoryStore
from workplaces_core.changes import Set
from workplaces_core.model import Snapshot
from workplaces_core.policy import Policy

PLUGIN = Path(__file__).parents[2]
# How long a test waits before it gives up; it measures the machine, not the promise.
expect.set_options(timeout=20_000)

MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Moscow."""

PASSWORD = "верный пароль 1"
SHOTS = PLUGIN / "screenshots"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@cache
def missing() -> str | None:
    """Say in one line what keeps the browser tests from running, if anything does."""
    if not any(map(shutil.which, _BROWSERS)):
        return "no browser found: install chromium (on Debian: apt-get install --no-install-recommends chromium)"
    vendor = PLUGIN / "src" / "workplaces_web" / "static" / "vendor" / "htmx.min.js"
    if not vendor.is_file() and shutil.which("npm") is None:
        return "the pages' libraries are not there and npm is not either: install node 20 or newer, then make env"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here takes seconds, and none runs without a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            if missing():
                item.add_marker(pytest.mark.skip(reason=missing() or ""))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Use the machine's own browser: Playwright's downloads are for machines that reach them."""
    found = next(path for path in map(shutil.which, _BROWSERS) if path)
    return {"executable_path": found, "args": _ARGUMENTS, "headless": True}


# Playwright keeps an event loop running in this thread for as long as it lasts, which other tests of the same process
# could not bear: so it lasts as long as a module, not as long as the session.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Drive browsers while the tests of one module run."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser_type(playwright: Playwright) -> BrowserType:
    """Take Chromium."""
    return playwright.chromium


@pytest.fixture(scope="module")
def browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """Start the browser of one module."""
    started = browser_type.launch(**browser_type_launch_args)
    yield started
    started.close()


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """Speak Russian unless a test says otherwise."""
    return {"locale": "ru-RU", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture(scope="session")
def libraries() -> None:
    """Bring what the pages load, as an editable install does."""
    runpy.run_path(str(PLUGIN / "frontend" / "bring.py"))["bring"](checks=True)


@define
class Clock:
    """The service's time: it goes on by itself, and can be put forward."""

    start: datetime = MORNING
    since: float = field(factory=time.monotonic)

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=time.monotonic() - self.since)

    def forward(self, **delta: float) -> None:
        self.start += timedelta(**delta)


@define(eq=False)
class Site:
    """A service with its pages, served by the real server on a port of its own."""

    crm: MemoryCrm
    clock: Clock
    store: MemoryStore
    service: DeskService
    url: str = ""
    app: Any = None

    def person(self, name: str, role: Any, user: str | None = None) -> None:
        people = self.app.state.web.people
        made = people.create(name.title(), role, source="local", login=name, user=user)
        people.set_password(made.id, PASSWORD)

    def edit(self, kind: Any, entity: Any) -> None:
        """What a colleague does in the CRM."""
        self.crm.put(Set(kind, entity))
        self.service.sync()

    def sign_in(self, page: Any, login: str, then: str = "/") -> Any:
        page.goto(f"{self.url}/sign-in?then={then}")
        page.locator("input[name=login]").fill(login)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
        return page


Serve = Callable[..., Site]


@pytest.fixture
def serve(libraries: None) -> Iterator[Serve]:
    """Serve an account, with a policy or without one."""
    started: list[tuple[Site, Server, Any, Thread]] = []

    def start(snapshot: Snapshot, policy: Policy | None = None, **settings: Any) -> Site:
        clock = Clock()
        store, adapter = MemoryStore(clock), MemoryCrm(snapshot)
        service = DeskService(adapter=adapter, store=store, clock=clock, allow_skip=True, sync_seconds=3600)
        site = Site(adapter, clock, store, service)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        site.url = f"http://127.0.0.1:{port}"
        cheap = Passwords(time_cost=1, memory_kib=8, lanes=1)
        site.app = create_app(WebSettings(public_url=site.url, passwords=cheap, **settings), service, runs_service=True)
        started.append((site, *_run(site, port)))
        if policy is not None:
            service.publish(policy, author="zoe", comment="начало")
        return site

    yield start
    for site, server, loop, thread in started:
        site.app.state.web.fanout.close()  # streams never end by themselves
        loop.call_soon_threadsafe(server.stop)
        thread.join()
        loop.close()


def _run(site: Site, port: int) -> tuple[Server, asyncio.AbstractEventLoop, Thread]:
    loop = asyncio.new_event_loop()
    server = Server(
        site.app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, websockets=False,
        log_enabled=False,
    )  # fmt: skip
    thread = Thread(target=loop.run_until_complete, args=(server.serve(),), daemon=True)
    thread.start()
    for _ in range(200):
        try:
            httpx.get(f"{site.url}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)  # the server has no event for "listening"
        else:
            break
    return server, loop, thread


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keep a screenshot as an artefact of the build."""

    def take(page: Any, name: str = "") -> None:
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"{request.node.originalname}{'-' if name else ''}{name}.png")

    return take
