"""The suite for stores: processes are killed at any moment; what they told of is there, and nothing by halves."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from random import Random

import pytest
from attrs import field, frozen

from workplaces_core.adapters.stores import Store
from workplaces_core.changes import Set
from workplaces_core.testing.store_history import Acknowledged, check_history
from workplaces_core.testing.store_restless import TASKS, half_done, work_without_pause
from workplaces_core.testing.store_under_test import Mirror, Opener, applied, follow, mirror, write
from workplaces_core.testing.store_world import task

LIVES = 40
"""Before they are killed, processes have told of at most so many commands."""

MOMENT = 0.01
"""Seconds within which a process is killed after it told of its last command: anywhere in the next ones."""


@frozen
class Life:
    """A process that works for users of its own, under keys that begin with its name."""

    name: str
    users: tuple[str, ...]
    process: multiprocessing.process.BaseProcess
    told: Connection
    acknowledged: list[Acknowledged] = field(factory=list)

    def begun(self) -> list[str]:
        """Give the keys of all commands that it can have begun."""
        return [f"{self.name}-{number}" for number in range(len(self.acknowledged) + 2)]

    def hear(self, times: int) -> None:
        """Let it acknowledge so many commands more."""
        for _ in range(times):
            self.acknowledged.append(self.told.recv())

    def kill(self) -> None:
        """Kill it, and hear what it has told of meanwhile."""
        self.process.kill()
        self.process.join()
        with suppress(EOFError, OSError):
            while True:
                self.hear(1)


@contextmanager
def born(opener: Opener, name: str, users: tuple[str, ...]) -> Iterator[Life]:
    """Start a process; it is killed in the end, whatever happens."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=work_without_pause, args=(opener, sending, users, name), daemon=True)
    process.start()
    sending.close()
    life = Life(name, users, process, receiving)
    try:
        yield life
    finally:
        life.kill()
        receiving.close()


class CrashTests:
    """Whoever is killed has done each command wholly or not at all, and all of which he told."""

    crashes: int
    processes: int

    def opener(self, store: Store) -> Opener | None:
        """Give a function that opens the same store once more."""
        raise NotImplementedError

    @pytest.mark.slow
    def test_a_process_that_is_killed_leaves_what_it_told_of_and_nothing_by_halves(self, store: Store) -> None:
        opener = self.opener(store)
        if opener is None:
            pytest.skip("nothing of this store outlives its process")
        write(store, *(Set("task", task(name)) for name in TASKS))
        known, position = mirror(store), store.position()
        store.close()
        random, lives = Random(self.crashes), list[Life]()  # noqa: S311 - nobody is to be kept from guessing it
        for number in range(self.crashes):
            lives.extend(_killed(opener, number, 2 if self.processes > 1 else 1, random))
            with closing(opener()) as again:
                known, position = _checked(again, lives, known, position)


def _killed(opener: Opener, number: int, size: int, random: Random) -> list[Life]:
    """Let some processes work, and kill them one after the other at random moments; the first ones see it happen."""
    if not size:
        return []
    with born(opener, f"life {number}.{size}", (f"u{size}a", f"u{size}b")) as life:
        life.hear(1)
        others = _killed(opener, number, size - 1, random)
        life.hear(random.randrange(LIVES))
        time.sleep(random.uniform(0, MOMENT))
        life.kill()
        return [life, *others]


def _checked(store: Store, lives: list[Life], known: Mirror, position: str) -> tuple[Mirror, str]:
    """Check all that was ever done; give what a follower knows now."""
    changes, end = follow(store, position)
    now = applied(known, changes)
    keys = [key for life in lives for key in life.begun()]
    users = sorted({user for life in lives for user in life.users})

    assert check_history(store, [each for life in lives for each in life.acknowledged]) == []
    assert half_done(store, users, keys) == []
    assert now == mirror(store)
    return now, end
