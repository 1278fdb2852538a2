"""How everything here is measured: contenders take turns, medians are kept, and a row is a ratio of two of them."""

from __future__ import annotations

import gc
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Times = dict[str, list[float]]
"""Seconds of every contender, one entry a round."""


@frozen
class Row:
    """A line of the table. `limit` is what `ratio` must not exceed, or with `at_least` reach; None promises nothing."""

    promise: str
    workload: str
    ours: str
    baseline: str
    ratio: float | None
    limit: float | None = None
    at_least: bool = False
    unit: str = ""
    remark: str = ""

    @property
    def is_kept(self) -> bool | None:
        """Whether the promise is kept; None where nothing is promised or nothing was measured."""
        if self.limit is None or self.ratio is None:
            return None
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    @property
    def promised(self) -> str:
        """The promise as a reader sees it."""
        if self.limit is None:
            return "stated"
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}{self.unit and ' ' + self.unit}"


def alternate(contenders: Mapping[str, Callable[[], object]], rounds: int) -> Times:
    """Time contenders in turn, once a round; the garbage of one is not the other's to collect."""
    times: Times = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            gc.collect()
            began = perf_counter()
            made = run()
            times[name].append(perf_counter() - began)
            del made  # only now, so that nobody pays for letting go of what was made
    return times


def ratio(times: Times, one: str, other: str) -> float:
    """Give the median of the ratios of two contenders, round by round."""
    return median(first / second for first, second in zip(times[one], times[other], strict=True))


def each_call(calls: Iterable[Callable[[], object]]) -> list[float]:
    """Give the seconds of every single call."""
    found = []
    for call in calls:
        began = perf_counter_ns()
        call()
        found.append((perf_counter_ns() - began) * 1e-9)
    return found


def percentile(values: Sequence[float], part: float) -> float:
    """Give the value that a part of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spell(seconds: float, of: str = "") -> str:
    """Write a duration with three digits and a unit that suits it.

    >>> spell(0.0000004567, "task"), spell(12.5)
    ('0.457 µs a task', '12.5 s')
    """
    value, unit = seconds, "s"
    for larger, smaller in (("s", "ms"), ("ms", "µs")):
        if value < 1 and unit == larger:
            value, unit = value * 1000, smaller
    return f"{value:.3g} {unit}" + (of and f" a {of}")


def medians(calls: Mapping[str, Sequence[float]]) -> list[float]:
    """Give the median of what was measured of each."""
    return [median(times) for times in calls.values()]


def spell_pair(values: Sequence[float]) -> str:
    """Write the median and the 99th percentile of durations."""
    return f"p50 {spell(percentile(values, 0.5))}, p99 {spell(percentile(values, 0.99))}"
