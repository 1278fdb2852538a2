"""Runs of a simulation, one after the other or in several processes; how many does not change a byte."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from attrs import field, frozen

from workplaces_core.history.extra import pa
from workplaces_core.history.simulation.course import Course, People, run
from workplaces_core.history.simulation.deciding import encoded
from workplaces_core.history.simulation.work_table import table_of

if TYPE_CHECKING:
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.deciding import Encoding
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.policy import Policy


@frozen(eq=False)
class Run:
    """One run: its table of WORK, and how often the engine was asked."""

    table: pa.Table
    decisions: int


@frozen(eq=False)
class Running:
    """What all runs have in common."""

    past: Past
    people: People
    assumptions: Assumptions
    processes: int = 1
    _encoded: list[tuple[Policy, Encoding | None]] = field(factory=list, init=False)

    def run(self, policy: Policy, seed: int, progress: Callable[[float], None] | None = None) -> Run:
        """Make one run."""
        course = self.course(policy, seed, progress)
        return Run(table_of(course, self.past), course.decisions)

    def course(self, policy: Policy, seed: int, progress: Callable[[float], None] | None = None) -> Course:
        """Make the course of one run."""
        if not self._encoded or self._encoded[-1][0] is not policy:
            # One is kept: runs of a policy come one after the other.
            self._encoded[:] = [(policy, encoded(self.past, policy))]
        encoding = self._encoded[-1][1]
        people, assumed = self.people, self.assumptions
        return run(self.past, people, policy, assumed, seed=seed, encoding=encoding, progress=progress)

    def runs(
        self, wanted: Sequence[tuple[Policy, int]], progress: Callable[[float], None] | None = None
    ) -> Iterator[Run]:
        """Make runs of policies with seeds, in the order in which they are wanted."""
        count = min(self.processes, len(wanted))
        packed = None if count <= 1 else _packed((self, wanted))
        if packed is None:
            yield from (self.run(policy, seed, progress) for policy, seed in wanted)
            return
        # Spawned, not forked: Arrow has threads, and a fork would copy them in the middle of whatever they do.
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            yield from pool.map(_elsewhere, [packed] * len(wanted), range(len(wanted)))


def _packed(content: object) -> bytes | None:
    """Pack what travels to other processes; None when it cannot: a plugin's rule may be a function of its own."""
    try:
        return pickle.dumps(content)
    except Exception:  # noqa: BLE001 - whatever pickling may raise, one process does as well
        return None


def _elsewhere(packed: bytes, number: int) -> Run:
    running, wanted = pickle.loads(packed)  # noqa: S301 - packed by ourselves
    made: Run = running.run(*wanted[number])
    return made
