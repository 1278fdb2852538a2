"""Starting from model objects, and what it all weighs."""

from __future__ import annotations

import gc
import os
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from attrs import frozen

from benchmarks import account
from benchmarks.measure import Row, alternate, ratio, spell
from benchmarks.world import World
from workplaces_core.engine import Engine
from workplaces_core.engine.account import LiveAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
    """Bytes of the model objects, of the engine beside them, and of its account (ids, rows, links) in that.

    `places` counts the tasks of all queues; `exact` are the bytes of the engine that were asked for and not given back.
    """

    objects: int
    engine: int
    account: int
    places: int
    exact: int
    collect: float
    """Seconds of a full collection of garbage."""
    collect_frozen: float
    """The same after `gc.freeze()`."""


def memory_rows(tasks: int) -> Iterator[Row]:
    """Measure memory in processes of their own: where every task stands in a queue, and in the usual account."""
    try:
        full, usual = alone(weigh, tasks, takes_all=True), alone(weigh, tasks, takes_all=False)
    except OSError as error:
        remark = f"memory was not measured: {error}"
        yield Row(MEMORY, f"{tasks:,} tasks", "", "", None, 60, unit="bytes a task and queue", remark=remark)
        return
    about = f"engine beside the objects; {tasks:,} tasks, each in a queue at least: {full.places:,} queue places"
    yield _engine_row(full, tasks, about, 60)
    about = f"engine beside the objects; {tasks:,} tasks, most in no queue: {usual.places:,} queue places"
    yield _engine_row(usual, tasks, about, None)
    alone_in_process = f"{usual.objects / 2**20:.0f} MiB"
    about = "model objects all in, a deal shared by 3"
    yield Row(MEMORY, about, alone_in_process, "", usual.objects / tasks, 600, unit="bytes a task")
    plain = f"without gc.freeze(): {spell(usual.collect)}"
    about = f"a full collection of garbage after load and gc.freeze(), {tasks:,} tasks"
    yield Row(MEMORY, about, spell(usual.collect_frozen), plain, usual.collect_frozen * 1000, 20, unit="ms")


def _engine_row(found: Weight, tasks: int, about: str, limit: float | None) -> Row:
    ours = f"{found.engine / tasks:.1f} bytes a task, {found.account / tasks:.1f} of them ids, rows and links"
    exact = f"{found.exact / tasks:.1f} bytes a task, {found.exact / found.places:.1f} a place"
    exact = f"without the allocator's slack: {exact}"
    return Row(MEMORY, about, ours, exact, found.engine / found.places, limit, unit="bytes a task and queue")


def alone(weighing: Callable[..., Any], tasks: int, **options: bool) -> Any:
    """Weigh in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(weighing, tasks, **options).result()


def weigh(tasks: int, *, takes_all: bool) -> Weight:
    """Load an account and index it, weighing the process before and after each, then index it again under trace."""
    small = World(1000)
    small.engine.desk("u0", now=small.snapshot.tasks["t0"].created)
    policy = account.policy(takes_all=takes_all)
    before = resident()
    snapshot = account.snapshot(tasks)
    loaded = resident()
    engine = Engine(policy, snapshot)
    gc.collect()
    indexed = resident()
    gc.unfreeze()
    collect = _collect()
    gc.freeze()
    frozen_collect = _collect()
    places = queue_places(engine)
    del engine
    gc.unfreeze()
    gc.collect()
    exact, of_account = traced(lambda: Engine(policy, snapshot)), traced(lambda: LiveAccount(snapshot))
    return Weight(loaded - before, indexed - loaded, of_account, places, exact, collect, frozen_collect)


def queue_places(engine: Engine) -> int:
    """Count the tasks of all queues: of every owner in each of his roles, and of every common queue."""
    queues = [queue for role in engine._index.roles for queue in (*role.own.values(), role.shared)]  # noqa: SLF001
    return sum(len(segment) for queue in queues for segment in queue.values())


def traced(make: Callable[[], object]) -> int:
    """Give the bytes that a made thing holds."""
    tracemalloc.start()
    made = make()
    gc.collect()
    found, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made
    return found


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
