"""The search: try changes one by one with one seed, go on from the best, and check the best few with fresh seeds.

It is bounded and greedy: it finds something better, not the best there is. A change that looked best among many looks
better than it is; therefore what is reported comes from seeds that took no part in choosing it, paired with runs of the
policy in use with the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from workplaces_core.history.simulation.assumptions import Assumptions
from workplaces_core.history.simulation.confidence import differences, estimate
from workplaces_core.history.simulation.course import People
from workplaces_core.history.simulation.measures import measures
from workplaces_core.history.simulation.past import Past, read_past
from workplaces_core.history.simulation.presence import spans_of
from workplaces_core.history.simulation.running import Running
from workplaces_core.history.suggest.moves import Move, made, moves

if TYPE_CHECKING:
    from workplaces_core.history.extra import pa
    from workplaces_core.history.suggest.objectives import Objective
    from workplaces_core.policy import Policy

FORMAT = "workplaces/suggestions/1"


@frozen(eq=False)
class Suggestion:
    """A policy that may be better: what was changed, and by how much every figure differs, over seeds."""

    moves: tuple[Move, ...]
    policy: Policy
    objective: dict[str, float | None]
    """The difference of the objective: mean and interval; negative is better."""
    differences: dict[str, Any]

    @property
    def is_sure(self) -> bool:
        """Whether the whole interval is on the better side."""
        return self.objective["high"] is not None and self.objective["high"] < 0


@frozen(eq=False)
class Suggestions:
    """What a search found: the objective under the policy in use, the best few first, how many were tried."""

    objective: Objective
    before: dict[str, float | None]
    found: tuple[Suggestion, ...]
    tried: int
    seeds: tuple[int, ...]

    def form(self) -> dict[str, Any]:
        """Write it in plain JSON values; policies are left out."""
        return {
            "format": FORMAT,
            "objective": str(self.objective),
            "before": self.before,
            "tried": self.tried,
            "seeds": list(self.seeds),
            "found": [
                {
                    "moves": [move.form() for move in each.moves],
                    "sure": each.is_sure,
                    "objective": each.objective,
                    "differences": each.differences,
                }
                for each in self.found
            ],
        }


def suggest(
    history: Any,
    policy: Policy,
    objective: Objective,
    *,
    tries: int = 24,
    seeds: int = 5,
    keep: int = 3,
    assumptions: Assumptions = Assumptions(pauses=1.0),  # noqa: B008 - frozen
    progress: Callable[[float], None] | None = None,
) -> Suggestions:
    """Look for changes of a policy that serve an objective, and give the `keep` best with confidence.

    `tries` policies are simulated once, with seed 0; the best are checked with `seeds` paired runs, numbered from 1.
    `history` as in `simulate`; `assumptions` must tell the pauses. The search only ever tries: nothing is published.
    Raises InvalidInput, ChangesError, and ValueError for an objective that is about no task.
    """
    past = history if isinstance(history, Past) else read_past(history)
    if assumptions.pauses is None:
        raise ValueError("pauses: `None` must be a number, fit it by a simulation first")
    search = _Search(past, Running(past, People.of(past), assumptions), objective, objective.tasks(past))
    steps = _Steps(progress, tries + 1 + (keep + 1) * seeds)
    tried = search.tried(policy, tries, steps)
    before = search.score(policy, 0)
    steps.step()
    better = _worth_checking([each for each in tried if each[0] < before])[:keep]
    numbers = tuple(range(1, seeds + 1))
    runs = [search.run(policy, seed, steps) for seed in numbers]
    found = [search.checked(chosen, after, runs, numbers, steps) for _, chosen, after in better]
    ranked = sorted(found, key=lambda each: (not each.is_sure, each.objective["mean"]))
    scores = [search.measure(table) for table in runs]
    return Suggestions(objective, estimate(scores), tuple(ranked), len(tried), numbers)


def _worth_checking(tried: list[Tried]) -> list[Tried]:
    """Order by the objective, and leave out changes that do no more than fewer of them."""
    kept: list[Tried] = []
    for each in sorted(tried, key=lambda one: (one[0], len(one[1]))):
        if not any(one[0] == each[0] and set(one[1]) <= set(each[1]) for one in kept):
            kept.append(each)
    return kept


class _Steps:
    """Tells how far a search is."""

    def __init__(self, progress: Callable[[float], None] | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(min(self._done / self._total, 1.0))


Tried = tuple[float, tuple[Move, ...], "Policy"]


@frozen(eq=False)
class _Search:
    """What all tries have in common."""

    past: Past
    running: Running
    objective: Objective
    tasks: frozenset[str] | None

    def tried(self, policy: Policy, tries: int, steps: _Steps) -> list[Tried]:
        """Try changes, then changes of the best one, and so on, until there were enough."""
        best: Tried = (self.score(policy, 0), (), policy)
        found: list[Tried] = []
        while len(found) < tries:
            # Orders come first and hours in a mixed order, so that a bounded search does not end among Mondays.
            round_ = [*_ordered(best[2])][: max((tries - len(found) + 1) // 2, 1)]
            made_now = [
                (self.score(after, 0, steps), (*best[1], move), after)
                for move in round_
                for after in [attrs.evolve(made(best[2], move), version=policy.version + 1)]
            ]
            found += made_now
            following = min(made_now, key=lambda each: each[0], default=best)
            if following[0] >= best[0]:
                break
            best = following
        return found

    def score(self, policy: Policy, seed: int, steps: _Steps | None = None) -> float:
        """Measure the objective in one run."""
        return self.measure(self.run(policy, seed, steps))

    def measure(self, table: pa.Table) -> float:
        """Measure the objective in the table of a run."""
        return self.objective.measure(table, self.past, self.tasks)

    def run(self, policy: Policy, seed: int, steps: _Steps | None = None) -> pa.Table:
        """Make one run."""
        table = self.running.run(policy, seed).table
        if steps is not None:
            steps.step()
        return table

    def checked(
        self, chosen: tuple[Move, ...], policy: Policy, runs: list[pa.Table], seeds: tuple[int, ...], steps: _Steps
    ) -> Suggestion:
        """Compare a changed policy with the runs of the one in use, seed by seed."""
        others = [self.run(policy, seed, steps) for seed in seeds]
        changes = differences(
            [{"objective": self.measure(each), **self._figures(each, policy)} for each in runs],
            [{"objective": self.measure(each), **self._figures(each, policy)} for each in others],
        )
        return Suggestion(chosen, policy, changes.pop("objective"), changes)

    def _figures(self, table: pa.Table, policy: Policy) -> dict[str, Any]:
        running = self.running
        spans = spans_of(self.past, running.people.attendance, policy, running.assumptions)
        found = measures(table, spans, self.past.end, self.past.timezone)
        return {name: found[name] for name in ("work", "waiting", "lateness", "exact", "people", "types")}


def _ordered(policy: Policy) -> Iterator[Move]:
    listed = list(moves(policy))
    hours = [move for move in listed if move.kind == "interval"]
    Random(0).shuffle(hours)  # noqa: S311 - a fixed mixture
    yield from (move for move in listed if move.kind != "interval")
    yield from hours
