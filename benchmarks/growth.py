"""How desk and change grow: over a thousand to a million tasks of the same users, and over one to a thousand roles."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from math import log10
from pathlib import Path
from statistics import linear_regression, mean, median
from typing import Any

from attrs import evolve, field, frozen

from benchmarks import account
from benchmarks.account import NOW, TODAY
from benchmarks.measure import Row, each_call, percentile, spell
from workplaces_core.changes import Set
from workplaces_core.engine import Engine
from workplaces_core.model import Snapshot

PROMISE = "growth"
ROUNDS, CALLS, LISTED = 7, 300, 20
QUICKENS = 1.25
"""What grows in proportion to the size takes more than this times what its line says of the largest."""
TASKS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
USERS_OF_TASKS = 20
ROLES = (1, 3, 10, 30, 100, 300, 1_000)
TASKS_OF_ROLES, USERS_OF_ROLES = 100_000, 1_000
QUESTIONS = ("a change of due", "the owner's desk right after it", "his desk asked again")


@frozen(eq=False)
class Scale:
    """One account on the way up: its size, its engine, and the seconds of what was asked of it, a median a round."""

    size: int
    snapshot: Snapshot
    engine: Engine
    wanted: list[str]
    times: dict[str, list[float]] = field(factory=lambda: {name: [] for name in QUESTIONS})


@frozen
class Curve:
    """Seconds by size, with the line through them over the logarithm of the size, and how much of them it explains."""

    sizes: tuple[int, ...]
    seconds: tuple[float, ...]
    start: float
    per_decade: float
    explained: float

    @property
    def growth(self) -> float:
        """How many times the smallest the largest takes."""
        return self.seconds[-1] / self.seconds[0]

    @property
    def beyond_line(self) -> float:
        """How many times what the line gives for it the largest takes: more than one where growth quickens."""
        return self.seconds[-1] / (self.start + self.per_decade * log10(self.sizes[-1]))

    @property
    def exponent(self) -> float:
        """The power of the size that grows like these seconds: 1 would be in proportion, 0 not at all."""
        return linear_regression([log10(size) for size in self.sizes], [log10(each) for each in self.seconds]).slope


def rows(sizes: Sequence[int], roles: Sequence[int], picture: Path | None) -> Iterator[Row]:
    """Measure both ways of growing, tell of each, and draw them when asked to."""
    by_tasks = curves(scales_of_tasks(sizes))
    about = f"{sizes[0]:,} to {sizes[-1]:,} tasks of {USERS_OF_TASKS} users in 20 roles"
    yield from _rows_of(by_tasks, about, "tasks")
    by_roles = curves(scales_of_roles(roles))
    about = (
        f"{roles[0]:,} to {roles[-1]:,} roles of five priorities, {TASKS_OF_ROLES:,} tasks, {USERS_OF_ROLES:,} users"
    )
    yield from _rows_of(by_roles, about, "roles")
    if picture is not None:
        draw(by_tasks, by_roles, picture)


def _rows_of(found: dict[str, Curve], about: str, unit: str) -> Iterator[Row]:
    for name, curve in found.items():
        times = ", ".join(
            f"{spell(seconds)} at {size:,}" for size, seconds in zip(curve.sizes, curve.seconds, strict=True)
        )
        line = f"its line over the logarithm: {spell(curve.per_decade)} a decade of {unit}, R² {curve.explained:.2f}"
        whole = f"in all × {curve.growth:.3g}, as the power {curve.exponent:.2f} of {unit}"
        baseline = f"{line}; {whole}"
        yield Row(
            PROMISE, f"{name}; {about}", times, baseline, curve.beyond_line, QUICKENS, unit="× its line at the end"
        )


def scales_of_tasks(sizes: Iterable[int]) -> Iterator[Scale]:
    """Make accounts of the same users, whose queues grow with the tasks."""
    policy = account.policy()
    for size in sizes:
        snapshot = account.snapshot(size, count=USERS_OF_TASKS)
        yield scale(size, snapshot, Engine(policy, snapshot))


def scales_of_roles(sizes: Iterable[int]) -> Iterator[Scale]:
    """Make accounts of the same tasks under more and more roles."""
    for size in sizes:
        snapshot = account.snapshot(TASKS_OF_ROLES, count=USERS_OF_ROLES, roles=size)
        yield scale(size, snapshot, Engine(account.policy(count=size), snapshot))


def scale(size: int, snapshot: Snapshot, engine: Engine) -> Scale:
    """List besides the tasks that a priority matches: a change of others moves nothing."""
    index = engine._index  # noqa: SLF001
    rows = ((task_id, index.account.row(task_id)) for task_id in snapshot.tasks)
    return Scale(size, snapshot, engine, [task_id for task_id, row in rows if row is not None and index.match_of(row)])


def curves(scales: Iterable[Scale]) -> dict[str, Curve]:
    """Ask accounts of all sizes in turns."""
    made = list(scales)
    gc.collect()
    gc.freeze()
    rng = random.Random(17)
    for number in range(ROUNDS + 1):
        for one in made:
            for name, seconds in asked(rng, one).items():
                if number:  # the first round only warms up
                    one.times[name].append(percentile(seconds, 0.5))
    gc.unfreeze()
    sizes = tuple(one.size for one in made)
    return {name: curve(sizes, [median(one.times[name]) for one in made]) for name in QUESTIONS}


def asked(rng: random.Random, one: Scale) -> dict[str, list[float]]:
    """Give the seconds of changes of tasks that some priority wants, and of their owner's desk, twice after each."""
    engine = one.engine
    found: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for task_id in rng.choices(one.wanted, k=CALLS):
        task = one.snapshot.tasks[task_id]
        change = [Set("task", evolve(task, due=TODAY if rng.random() < 0.5 else _another_day(rng)))]
        desk: Callable[[], object] = partial(engine.desk, task.responsible, now=NOW, queue=LISTED)
        times = each_call([partial(engine.apply, change), desk, desk])
        for name, seconds in zip(QUESTIONS, times, strict=True):
            found[name].append(seconds)
    return found


def _another_day(rng: random.Random) -> Any:
    return TODAY.replace(day=1 + rng.randrange(28))


def curve(sizes: tuple[int, ...], seconds: Sequence[float]) -> Curve:
    """Lay a line through seconds over the logarithm of sizes.

    >>> found = curve((10, 100, 1000), [2.0, 3.0, 4.0])
    >>> round(found.start), round(found.per_decade), round(found.explained, 2), found.growth
    (1, 1, 1.0, 2.0)
    >>> curve((10, 100, 1000), [10.0, 100.0, 1000.0]).beyond_line > QUICKENS
    True
    """
    decades = [log10(size) for size in sizes]
    line = linear_regression(decades, seconds)
    off = sum((line.intercept + line.slope * at - each) ** 2 for at, each in zip(decades, seconds, strict=True))
    spread = sum((each - mean(seconds)) ** 2 for each in seconds)
    return Curve(sizes, tuple(seconds), line.intercept, line.slope, 1 - off / spread if spread else 1.0)


def can_draw() -> bool:
    """Tell whether there is something to draw with."""
    return find_spec("matplotlib") is not None


def draw(by_tasks: dict[str, Curve], by_roles: dict[str, Curve], picture: Path) -> None:
    """Draw both side by side: over a logarithmic size, what grows like a logarithm is a straight line."""
    figure = import_module("matplotlib.figure").Figure(figsize=(10, 4.2), layout="constrained")
    sides = figure.subplots(1, 2)
    tasks = f"open tasks ({USERS_OF_TASKS} users, 20 roles)"
    roles = f"roles of five priorities ({TASKS_OF_ROLES:,} tasks, {USERS_OF_ROLES:,} users)"
    for side, found, size in zip(sides, (by_tasks, by_roles), (tasks, roles), strict=True):
        for name, each in found.items():
            (points,) = side.plot(each.sizes, [1e6 * seconds for seconds in each.seconds], "o", label=name)
            fitted = [1e6 * (each.start + each.per_decade * log10(at)) for at in each.sizes]
            side.plot(each.sizes, fitted, "-", color=points.get_color(), linewidth=1)
        side.set_xscale("log")
        side.set_ylim(bottom=0)
        side.set_xlabel(size)
        side.set_ylabel("µs, median")
        side.grid(alpha=0.3)
    sides[0].legend(title="lines: a + b · log n", fontsize="small")
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=110)
