"""What many do to one store at once: work that threads share a store for, and processes open it for each."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from random import Random
from threading import Barrier
from typing import Any

from attrs import frozen

from workplaces_core.adapters.stores import Candidate, FencedLease, Store, Transaction, Wish
from workplaces_core.changes import Set
from workplaces_core.testing.store_under_test import Opener
from workplaces_core.testing.store_world import saga, task
from workplaces_core.work import leases

Work = Callable[..., Any]
"""A function of this module, of a store and some plain values; processes find it by its name."""

HOUR = timedelta(hours=1)


PATIENCE = 120.0
"""Seconds for which those who are there wait for the last one to come."""

_START: list[Any] = []
"""In a process of a crew: the barrier at which all of them begin."""


class Crew:
    """So many processes, which stay for the work of the next test: to start one takes longer than most work."""

    def __init__(self, size: int) -> None:
        """Start nothing until there is work."""
        self.size = size
        self._processes: ProcessPoolExecutor | None = None

    def does(self, opener: Opener, work: Work, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Let every process open a store and do its part, all at once."""
        if self._processes is None:
            context = multiprocessing.get_context("spawn")
            start = context.Barrier(self.size)
            self._processes = ProcessPoolExecutor(self.size, context, initializer=_is_of_crew, initargs=(start,))
        jobs = [self._processes.submit(_opened, opener, work, given) for given in arguments]
        return [job.result() for job in jobs]

    def close(self) -> None:
        """Let them go."""
        if self._processes is not None:
            self._processes.shutdown()


def _is_of_crew(start: Any) -> None:
    _START.append(start)


def _opened(opener: Opener, work: Work, arguments: tuple[Any, ...]) -> Any:
    store = opener()
    try:
        _START[0].wait(PATIENCE)
        return work(store, *arguments)
    finally:
        store.close()


@frozen
class Crowd:
    """So many workers at one store: threads that share it, or, with an opener, a crew of processes that open it."""

    store: Store
    size: int
    crew: Crew | None = None
    opener: Opener | None = None

    def does(self, work: Work, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Let everybody work at once, each with one of the arguments; give what each of them gives."""
        assert len(arguments) == self.size
        if self.crew is not None and self.opener is not None:
            return self.crew.does(self.opener, work, arguments)
        start = Barrier(self.size)

        def begun(given: tuple[Any, ...]) -> Any:
            start.wait(PATIENCE)
            return work(self.store, *given)

        with ThreadPoolExecutor(self.size) as threads:
            return list(threads.map(begun, arguments))

    def each_does(self, work: Work, *argument: Any) -> list[Any]:
        """Let everybody do the same."""
        return self.does(work, [argument] * self.size)


# -- counting ---------------------------------------------------------------------------------------------------


def count_in_mirror(store: Store, times: int) -> None:
    """Add one to a number in the mirror, again and again."""

    def act(tx: Transaction) -> None:
        tx.write([Set("task", task("counter", str(_number(tx, "counter") + 1)))])

    for _ in range(times):
        store.run(act)


def _number(tx: Transaction, name: str) -> int:
    found = tx.entity("task", name)
    return 0 if found is None else int(found.text)


def count_in_cell(store: Store, times: int) -> None:
    """Add one to a number in a cell, beside transactions and inside them in turn."""
    for number in range(times):
        while not (_count_beside(store) if number % 2 else store.run(_count_inside)):
            pass


def _count_beside(store: Store) -> bool:
    cell = store.cells.read("c")
    return store.cells.swap("c", str(int(cell.value) + 1 if cell else 1), version=cell.version if cell else 0)


def _count_inside(tx: Transaction) -> bool:
    cell = tx.cell("c")
    return tx.swap("c", str(int(cell.value) + 1 if cell else 1), version=cell.version if cell else 0)


def draw_numbers(store: Store, times: int) -> list[tuple[int, int, int]]:
    """Give a fence, the number of an entry of the log and the id of a saga that a store gave, again and again."""

    def act(tx: Transaction) -> tuple[int, int, int]:
        fence = tx.next_fence()
        record = tx.append("refused", user=None, task=None, fence=fence, details={})
        return fence, record.number, tx.put_saga(saga()).id

    return [store.run(act) for _ in range(times)]


# -- commands ---------------------------------------------------------------------------------------------------


def answer_once(store: Store, keys: Sequence[str]) -> list[str]:
    """Carry out a command under each key, unless it was; give the answers."""

    def answered(key: str) -> str:
        def act(tx: Transaction) -> str:
            told = tx.answer("u1", key)
            if told is not None:
                return told
            record = tx.append("refused", user="u1", task=None, fence=None, details={"key": key})
            tx.remember("u1", key, str(record.number))
            return str(record.number)

        return store.run(act)

    return [answered(key) for key in keys]


def move(store: Store, seed: int, times: int) -> set[int]:
    """Move one from one of two numbers to the other, and look, again and again; give all sums that were seen."""
    random = Random(seed)  # noqa: S311 - nobody is to be kept from guessing it

    def act(tx: Transaction) -> None:
        source, target = random.sample(["a", "b"], 2)
        less, more = _number(tx, source) - 1, _number(tx, target) + 1
        tx.write([Set("task", task(source, str(less))), Set("task", task(target, str(more)))])

    def look(tx: Transaction) -> int:
        return _number(tx, "a") + _number(tx, "b")

    sums = set()
    for _ in range(times):
        store.run(act)
        sums.add(store.run(look))
    return sums


def write_slowly(store: Store, name: str, times: int) -> None:
    """Write tasks of one's own, in commands that take differently long to end: numbers are not committed in order."""
    random = Random(name)  # noqa: S311 - nobody is to be kept from guessing it

    def act(number: int) -> Callable[[Transaction], None]:
        def writing(tx: Transaction) -> None:
            tx.write([Set("task", task(f"{name}-{number}"))])
            time.sleep(random.choice((0, 0, 0.001, 0.005)))
            tx.write([Set("task", task(f"{name}-{number}", "Готово"))])

        return writing

    for number in range(times):
        store.run(act(number))


# -- taking -----------------------------------------------------------------------------------------------------


def take_one(store: Store, user: str, tasks: Sequence[str]) -> FencedLease | None:
    """Take the first of some tasks that is free."""
    candidates = tuple(Candidate(task(name), "sales", None, {}) for name in tasks)
    given = store.take(Wish(user, candidates, HOUR), leases.take)
    return given.answer if isinstance(given.answer, FencedLease) else None


def take_and_finish(store: Store, user: str, tasks: Sequence[str]) -> list[str]:
    """Take and finish until all tasks are completed; give those that this user did."""
    done = []
    while open_tasks := [name for name in tasks if name not in done]:
        lease = take_one(store, user, open_tasks)
        if lease is not None:
            store.run(partial(_finish, lease=lease))
            done.append(lease.task)
        elif store.run(lambda tx: all(_is_done(tx, name) for name in tasks)):
            break
    return done


def _is_done(tx: Transaction, name: str) -> bool:
    found = tx.entity("task", name)
    return found is not None and found.completed


def _finish(tx: Transaction, lease: FencedLease) -> None:
    leases.end(tx, leases.held(tx, lease.user, lease.fence), "finished")
    tx.write([Set("task", task(lease.task, completed=True))])
