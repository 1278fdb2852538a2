"""A full sync of a large amoCRM account against the local server: share of the physical limit, memory, items a second.

    python benchmarks/amocrm_sync.py [--tasks 100000] [--deals 60000] [--real-tasks 30000]

The physical limit is pages of 250 at seven calls a second: what everything that has to be read would take if no call
were spent on anything else. All settings are the defaults, but `pages_ahead` on the simulated clock: server and client
go by that one clock, so a sync of minutes takes as long as its calls take, and a call must arrive before it is moved
on. The same in real time, of a smaller account, shows what late wake-ups cost; that
server counts, and refuses nothing. Speed and memory are those of runs
without limits. In both the server is a process of its own; memory is the resident size of the client at its peak,
above that of the client before the sync.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import platform
import time
from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import frozen
from workplaces_amocrm import AmoCrm
from workplaces_amocrm.fake.amo import FakeAmo
from workplaces_amocrm.fake.clock import FakeClock
from workplaces_amocrm.fake.generating import generate
from workplaces_amocrm.fake.settings import FakeSettings

from workplaces_core.adapters.cells import MemoryCells
from workplaces_core.model import Company, Contact, Deal, Task

RATE = 7
PAGE = 250
UNLIMITED: dict[str, Any] = {
    "integration_rate": 1000, "account_rate": 1000, "rate_headroom": 0, "timeout_seconds": 120,
}  # fmt: skip
DIRECTORY = ("account", "users", "pipelines", "fields of deals", "fields of contacts", "fields of companies")
"""What a page each is needed for, besides the pages of 250."""

LARGE = {Task: "tasks", Deal: "deals", Contact: "contacts", Company: "companies"}


def read(crm: AmoCrm) -> Counter[str]:
    """Read everything and keep nothing: what is kept is the caller's memory, not the adapter's."""
    crm.cursor()
    found = Counter(LARGE.get(type(change.value), "directory") for change in crm.directory())
    for batch in crm.read_open():
        found.update(LARGE[type(change.value)] for change in batch)
    return found


def paced(tasks: int, deals: int) -> dict[str, Any]:
    """Sync at seven calls a second on a simulated clock."""
    account = generate(seed=1, tasks=tasks, leads=deals)
    clock = FakeClock(account.now)
    clock.set(float(account.now or 0))
    with FakeAmo.start(account, settings=FakeSettings(is_api_filter_enabled=True), clock=clock) as fake:
        cells = MemoryCells(lambda: datetime.fromtimestamp(clock.exact(), UTC))
        crm = AmoCrm.open(base_url=fake.url, token=fake.token, cells=cells, sleep=clock.advance, pages_ahead=1)
        started = clock.exact()
        found = read(crm)
        seconds = clock.exact() - started
        calls, refused = len(fake.requests), sum(record.status == 429 for record in fake.requests)
        violations = Counter(violation.rule for violation in fake.violations)
    return {"found": found, "seconds": seconds, "calls": calls, "refused": refused, "violations": violations}


def needed(found: Counter[str]) -> int:
    """Count the pages that everything which was read needs at least."""
    return len(DIRECTORY) + sum(math.ceil(found[name] / PAGE) for name in LARGE.values())


def serve(pipe: Any, tasks: int, deals: int) -> None:
    """Serve an account until told to stop; then tell how many calls came, and how many of them within one second."""
    account = generate(seed=1, tasks=tasks, leads=deals)
    with FakeAmo.start(account, settings=FakeSettings.unthrottled(is_api_filter_enabled=True)) as fake:
        pipe.send((fake.url, fake.token))
        pipe.recv()
        came = sorted(record.at for record in fake.requests)
        pipe.send((len(came), max(bisect_left(came, at + 1) - number for number, at in enumerate(came))))


def sync(pipe: Any, url: str, token: str, settings: dict[str, Any]) -> None:
    """Sync, and tell how fast that was and how much memory it took."""
    crm = AmoCrm.open(base_url=url, token=token, **settings)
    list(crm.directory())
    before = peak()
    started = time.perf_counter()
    found = read(crm)
    pipe.send((found, time.perf_counter() - started, peak() - before, before))
    crm.close()


def peak() -> float:
    """Give the largest resident size of this process so far, in MiB; Linux alone tells it without the parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@frozen
class Run:
    """What a sync in a process of its own came to."""

    found: Counter[str]
    seconds: float
    above: float
    before: float
    calls: int
    together: int


def in_processes(tasks: int, deals: int, *, limited: bool) -> Run:
    """Sync an account, with default settings or without limits, between two processes."""
    spawn = multiprocessing.get_context("spawn")
    server_pipe, theirs = multiprocessing.Pipe()
    server = spawn.Process(target=serve, args=(theirs, tasks, deals))
    server.start()
    url, token = server_pipe.recv()
    client_pipe, theirs = multiprocessing.Pipe()
    client = spawn.Process(target=sync, args=(theirs, url, token, {} if limited else UNLIMITED))
    client.start()
    found, seconds, above, before = client_pipe.recv()
    client.join()
    server_pipe.send("stop")
    calls, together = server_pipe.recv()
    server.join()
    return Run(found, seconds, above, before, calls, together)


def show_limited(title: str, found: Counter[str], seconds: float, calls: int) -> None:
    """Print a sync at seven calls a second."""
    pages = needed(found)
    print(f"| {title} | |\n| --- | --- |")
    for name in LARGE.values():
        print(f"| open {name} read |" if name == "tasks" else f"| {name} read |", f"{found[name]:,} |")
    print(f"| pages needed | {pages:,} |\n| calls made | {calls:,} |")
    print(f"| seconds | {seconds:.1f} |\n| share of the physical limit | {pages / RATE / seconds:.1%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--deals", type=int, default=60_000)
    parser.add_argument("--real-tasks", type=int, default=30_000)
    asked = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, ",
        end="",
    )
    print(", ".join(f"{name} {version(name)}" for name in ("attrs", "httpx", "workplaces-core", "workplaces-amocrm")))
    print()
    run = paced(asked.tasks, asked.deals)
    show_limited("full sync, simulated clock", run["found"], run["seconds"], run["calls"])
    print(f"| answers 429 | {run['refused']} |")
    print(f"| rules broken | {dict(run['violations']) or 'none'} |\n")
    real = in_processes(asked.real_tasks, asked.real_tasks * 6 // 10, limited=True)
    show_limited("full sync, real time", real.found, real.seconds, real.calls)
    print(f"| most calls that arrived within a second | {real.together} |")
    print("\n| full sync without limits | items | seconds | items a second | memory before | peak above it |")
    print("| --- | --- | --- | --- | --- | --- |")
    for tasks, deals in ((asked.tasks // 10, asked.deals // 10), (asked.tasks, asked.deals)):
        free = in_processes(tasks, deals, limited=False)
        items = sum(free.found.values())
        print(f"| {tasks:,} tasks, {deals:,} deals | {items:,} | {free.seconds:.1f} |", end="")
        print(f" {items / free.seconds:,.0f} | {free.before:.0f} MiB | {free.above:.1f} MiB |")


if __name__ == "__main__":
    main()
