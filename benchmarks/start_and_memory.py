"""Starting from model objects, and what it all weighs."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.measure import Row, alternate, ratio, spell
from benchmarks.world import World
from workplaces_core.engine import Engine
from workplaces_core.engine.account import LiveAccount

if TYPE_CHECKING:
    from collections.abc import Iterator

START, MEMORY = "start", "memory"
ROUNDS = 3


def start_rows(world: World) -> Iterator[Row]:
    """Measure the start against classifying by B and sorting the keys."""
    policy, snapshot, by_hand, plain = world.policy, world.snapshot, world.by_hand, world.plain
    times = alternate(
        {
            "ours": lambda: Engine(policy, snapshot),
            "B": lambda: by_hand.all_roles_and_queues(plain),
            "least": lambda: by_hand.queues(plain),
        },
        ROUNDS,
    )
    taken = {name: spell(median(found)) for name, found in times.items()}
    baseline = f"B for all 20 roles, and sorting the keys: {taken['B']}"
    yield Row(
        START, f"{world.about}, from model objects", taken["ours"], baseline, ratio(times, "ours", "B"), 2, unit="B"
    )
    baseline = f"B for the roles of the responsible alone, and sorting the keys: {taken['least']}"
    about = f"{world.about}, against the least that hand-written code could do"
    yield Row(START, about, taken["ours"], baseline, ratio(times, "ours", "least"), unit="B")


@frozen
class Weight:
    """Bytes of the model objects, of the engine beside them, and of its account (ids, rows, links) in that."""

    objects: int
    engine: int
    account: int
    collect: float
    """Seconds of a full collection of garbage."""
    collect_frozen: float
    """The same after `gc.freeze()`."""


def memory_rows(tasks: int, memberships: int) -> Iterator[Row]:
    """Measure memory in a process of its own; `memberships` counts every queue that a task stands in."""
    about = f"{tasks:,} tasks in {memberships:,} queue places"
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found = pool.submit(weigh, tasks).result()
    except OSError as error:
        remark = f"memory was not measured: {error}"
        yield Row(MEMORY, about, "", "", None, 60, unit="bytes a task and queue", remark=remark)
        return
    index, objects = found.engine / memberships, found.objects / tasks
    beside = f"{found.engine / tasks:.0f} bytes a task"
    yield Row(MEMORY, f"engine beside the objects; {about}", beside, "", index, 60, unit="bytes a task and queue")
    order, beside = (
        (found.engine - found.account) / memberships,
        f"{(found.engine - found.account) / tasks:.0f} bytes a task",
    )
    about = "of that the index of the policy, without the account's ids, rows and links"
    yield Row(MEMORY, about, beside, "", order, unit="bytes a task and queue")
    alone = f"{found.objects / 2**20:.0f} MiB"
    yield Row(MEMORY, "model objects all in, a deal shared by 3", alone, "", objects, 600, unit="bytes a task")
    plain = f"without gc.freeze(): {spell(found.collect)}"
    about = f"a full collection of garbage after load and gc.freeze(), {tasks:,} tasks"
    milliseconds = found.collect_frozen * 1000
    yield Row(MEMORY, about, spell(found.collect_frozen), plain, milliseconds, 20, unit="ms")


def weigh(tasks: int) -> Weight:
    """Load an account and index it, weighing the process before and after each."""
    small = World(1000)
    small.engine.desk("u0", now=small.snapshot.tasks["t0"].created)
    world = World(tasks)
    before = resident()
    snapshot = world.snapshot
    loaded = resident()
    account = LiveAccount(snapshot)
    kept = resident()
    engine = Engine(world.policy, snapshot)
    gc.collect()
    indexed = resident()
    gc.unfreeze()
    collect = _collect()
    gc.freeze()
    frozen_collect = _collect()
    assert len(account.tasks) == len(engine.snapshot().tasks)  # both still there
    return Weight(loaded - before, indexed - kept, kept - loaded, collect, frozen_collect)


def _collect() -> float:
    found = []
    for _ in range(5):
        began = perf_counter()
        gc.collect()
        found.append(perf_counter() - began)
    return median(found)


def resident() -> int:
    """Give the bytes of memory that this process holds; OSError where the system does not tell."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
