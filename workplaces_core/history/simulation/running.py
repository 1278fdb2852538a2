"""Runs of a simulation, one after the other or in several processes; how many does not change a byte.

What does not depend on the seed is worked out once: the past as numbers, for all policies that read the same of tasks,
and what a policy makes of it. Where numbers would not be exact, the live engine decides.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import attrs
from attrs import define, field, frozen

from workplaces_core.history.extra import pa
from workplaces_core.history.simulation.counted import Counted
from workplaces_core.history.simulation.course import People, run
from workplaces_core.history.simulation.deciding import leads
from workplaces_core.history.simulation.encoding import Paths, encoded, paths
from workplaces_core.history.simulation.handing_out import Prepared
from workplaces_core.history.simulation.work import Work
from workplaces_core.history.simulation.work_table import Told, table_of
from workplaces_core.history.simulation.workers import Workers

if TYPE_CHECKING:
    from workplaces_core.history.simulation.assumptions import Assumptions
    from workplaces_core.history.simulation.done import Course
    from workplaces_core.history.simulation.encoding import Encoding
    from workplaces_core.history.simulation.past import Past
    from workplaces_core.policy import Policy

Progress = Callable[[float], None]


@frozen(eq=False)
class Run:
    """One run: its table of WORK, and how often somebody asked."""

    table: pa.Table
    decisions: int


@define(eq=False)
class _Kept:
    """What was worked out last: runs that have it in common follow each other."""

    encoding: tuple[Paths, Encoding | None] | None = None
    told: Told | None = None
    prepared: Prepared | None = None
    workers: tuple[Assumptions, Encoding, Workers] | None = None


@frozen(eq=False)
class Running:
    """What all runs have in common."""

    past: Past
    people: People
    assumptions: Assumptions
    processes: int = 1
    _kept: _Kept = field(factory=_Kept)

    def resting(self, pauses: float) -> Running:
        """Give the same with other pauses; what was worked out is shared."""
        return attrs.evolve(self, assumptions=attrs.evolve(self.assumptions, pauses=pauses))

    def run(self, policy: Policy, seed: int, progress: Progress | None = None) -> Run:
        """Make one run."""
        course = self.work(policy, seed, progress)
        return Run(table_of(course, self.past, self._kept.told), course.decisions)

    def course(self, policy: Policy, seed: int, progress: Progress | None = None) -> Course:
        """Make the course of one run, as readable objects."""
        made = self.work(policy, seed, progress)
        return made.course(self.past) if isinstance(made, Work) else made

    def work(self, policy: Policy, seed: int, progress: Progress | None = None) -> Course | Work:
        """Make one run, in columns where that is exact."""
        prepared = self._prepared(policy)
        if prepared is None:
            return run(self.past, self.people, policy, self.assumptions, seed=seed, progress=progress)
        return Counted(prepared, self._workers(prepared.encoding), leads(policy), seed).go(progress)

    def _prepared(self, policy: Policy) -> Prepared | None:
        kept, wanted = self._kept, paths(policy)
        if kept.encoding is None or kept.encoding[0] != wanted:
            kept.encoding, kept.told = (wanted, encoded(self.past, policy)), None
        encoding = kept.encoding[1]
        if encoding is None:
            return None
        if kept.told is None:
            kept.told = Told.of_facts(encoding.facts, self.past.timezone)
        if kept.prepared is None or kept.prepared.policy is not policy or kept.prepared.encoding is not encoding:
            kept.prepared = Prepared.of(self.past, policy, encoding)
        return kept.prepared

    def _workers(self, encoding: Encoding) -> Workers:
        kept = self._kept
        if kept.workers is None or kept.workers[0] != self.assumptions or kept.workers[1] is not encoding:
            made = Workers.of(self.past, self.people, self.assumptions, encoding)
            kept.workers = self.assumptions, encoding, made
        return kept.workers[2]

    def runs(self, wanted: Sequence[tuple[Policy, int]], progress: Progress | None = None) -> Iterator[Run]:
        """Make runs of policies with seeds, in the order in which they are wanted."""
        count = min(self.processes, len(wanted))
        packed = None if count <= 1 else _packed((attrs.evolve(self, kept=_Kept()), wanted))
        if packed is None:
            yield from (self.run(policy, seed, progress) for policy, seed in wanted)
            return
        edges = [len(wanted) * number // count for number in range(count + 1)]
        # Spawned, not forked: Arrow has threads, and a fork would copy them in the middle of whatever they do.
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            for some in pool.map(_elsewhere, [packed] * count, edges, edges[1:]):
                yield from some


def _packed(content: object) -> bytes | None:
    """Pack what travels to other processes; None when it cannot: a plugin's rule may be a function of its own."""
    try:
        return pickle.dumps(content)
    except Exception:  # noqa: BLE001 - whatever pickling may raise, one process does as well
        return None


def _elsewhere(packed: bytes, first: int, last: int) -> list[Run]:
    """Make some of the runs that are wanted, in a process of their own."""
    running, wanted = pickle.loads(packed)  # noqa: S301 - packed by ourselves
    return [running.run(*each) for each in wanted[first:last]]
