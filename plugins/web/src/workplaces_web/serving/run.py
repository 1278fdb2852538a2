"""The server: granian, with as many processes as wanted, each with the application that a plan describes."""

from __future__ import annotations

import sys
from functools import partial

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels

from workplaces_core.cli.configured import open_crm, open_store
from workplaces_core.cli.installed import load
from workplaces_core.errors import InvalidInput, Problem
from workplaces_web.operation import logs
from workplaces_web.people import setup
from workplaces_web.people.people import People
from workplaces_web.serving import worker
from workplaces_web.serving.worker import Plan, say

ENDING_SECONDS = 30
"""How long a process may take to end before it is killed."""


def serve(plan: Plan) -> None:
    """Serve until a signal says to stop. Raises InvalidInput for a store that several processes cannot share."""
    web, readable = plan.config.web, sys.stderr.isatty()
    if web.workers > 1 and plan.config.database.startswith("memory"):
        raise InvalidInput([Problem("workers", web.workers, "processes need a common database, memory is none")])
    if not plan.demo:
        _prepare(plan)
    server = Granian(
        "workplaces_web",
        address=web.host,
        port=web.port,
        workers=web.workers,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=10_000,
        respawn_failed_workers=True,
        workers_kill_timeout=ENDING_SECONDS,
        log_level=LogLevels(web.log_level.lower()),
        log_dictconfig=logs.server_config(web.log_level, readable=readable),
    )
    server.serve(target_loader=partial(worker.load, plan), wrap_loader=False)


def _prepare(plan: Plan) -> None:
    """Find out what is wrong before any process starts, and print the link of the first start."""
    registry, settings = load(), plan.config.settings()
    store = open_store(registry, plan.config.database)
    try:
        open_crm(registry, plan.config.crm, store).close()
        people = People(store.cells, settings)
        secret = setup.offer(store.cells, needed=not people.has_administrator())
    finally:
        store.close()
    if secret is not None:
        say(f"there is no administrator yet, make the first one: {settings.public_url}/setup#{secret}")
