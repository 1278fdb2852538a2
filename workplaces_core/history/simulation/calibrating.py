"""How far the simulated present is from the recorded one: to be read before any difference is believed.

Every measure has two limits of ours: up to the first it is good, up to the second fair, beyond it poor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workplaces_core.history.extra import Array, np
from workplaces_core.history.simulation.confidence import rounded

if TYPE_CHECKING:
    from workplaces_core.history.simulation.measures import Numbers

GOOD, FAIR, POOR, UNKNOWN = "good", "fair", "poor", "unknown"
LIMITS: dict[str, tuple[float, float]] = {
    "waiting_median": (0.25, 0.5),
    "waiting_mean": (0.25, 0.5),
    "waiting_distribution": (0.1, 0.25),
    "waiting_of_types": (0.25, 0.5),
    "throughput": (0.1, 0.25),
    "use": (0.05, 0.15),
    "finished": (0.02, 0.1),
}
"""`waiting_median`, `waiting_mean`, `waiting_of_types`: how far the median (mean) is off, as a share of the greater one
(a quarter of an hour never counts); of types, the medians, weighted by their tasks. `waiting_distribution`: the
greatest difference between the shares of tasks taken within any time (Kolmogorov and Smirnov). `throughput`: the mean
difference of what was finished in a day, as a share of a mean day. `use`: the difference of the shares of their time in
which people work. `finished`: the difference of all that was finished, as a share."""
_NEVER_COUNTS = 900


def calibration(
    recorded: Mapping[str, Any],
    simulated: Sequence[Mapping[str, Any]],
    days: tuple[Mapping[str, int], Sequence[Mapping[str, int]]],
    waits: tuple[Numbers, Numbers],
) -> dict[str, Any]:
    """Compare the simulated present, over its seeds, with the recorded one; `days` and `waits` are of both.

    Gives for every measure of LIMITS how far it is off, and in words; `verdict` is the worst of them. When no hand-out
    was recorded there is nothing to compare, and all verdicts are `unknown`.
    """
    judged_by = judge if recorded["work"]["taken"] else _unknown
    means = {
        "waiting_median": _mean(simulated, lambda run: _off(recorded["waiting"], run["waiting"])),
        "waiting_mean": _mean(simulated, lambda run: _off(recorded["waiting"], run["waiting"], "mean")),
        "waiting_distribution": distance(waits[0].waiting, waits[1].waiting),
        "waiting_of_types": _mean(simulated, lambda run: _off_types(recorded["types"], run["types"])),
        "throughput": float(np.mean([off_days(days[0], other) for other in days[1]])),
        "use": _mean(simulated, lambda run: abs(run["people"]["use"] - recorded["people"]["use"])),
        "finished": _mean(simulated, lambda run: _share_off(recorded["work"]["finished"], run["work"]["finished"])),
    }
    judged = {name: {"off": rounded(off), "verdict": judged_by(name, off)} for name, off in means.items()}
    types = {
        name: {"off": rounded(off), "verdict": judged_by("waiting_median", off)}
        for name, of in recorded["types"].items()
        for off in [_mean(simulated, lambda run, of=of, name=name: _off(of, run["types"].get(name, {})))]  # type: ignore[misc]
    }
    worst = max((each["verdict"] for each in judged.values()), key=(GOOD, FAIR, POOR, UNKNOWN).index)
    return {"verdict": worst, "measures": judged, "types": types}


def judge(name: str, off: float) -> str:
    """Say in a word how near a measure is.

    >>> judge("use", 0.04), judge("use", 0.1), judge("use", 0.2)
    ('good', 'fair', 'poor')
    """
    good, fair = LIMITS[name]
    return GOOD if off <= good else FAIR if off <= fair else POOR


def _unknown(_name: str, _off: float) -> str:
    return UNKNOWN


def _mean(runs: Sequence[Mapping[str, Any]], of: Callable[[Mapping[str, Any]], float]) -> float:
    return float(np.mean([of(run) for run in runs]))


def _off(one: Mapping[str, Any], other: Mapping[str, Any], name: str = "median") -> float:
    """Tell how far two waits are apart, as a share of the greater one."""
    a, b = one.get(name, 0.0), other.get(name, 0.0)
    return 0.0 if abs(a - b) <= _NEVER_COUNTS else _share_off(a, b)


def _share_off(a: float, b: float) -> float:
    return abs(a - b) / max(a, b) if max(a, b) else 0.0


def _off_types(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    weights = [each["tasks"] for each in one.values()]
    if not sum(weights):
        return 0.0
    return float(np.average([_off(each, other.get(name, {})) for name, each in one.items()], weights=weights))


def distance(one: Array, other: Array) -> float:
    """Give the greatest difference between the shares of two samples that lie below any value.

    >>> distance(np.array([1.0, 2.0]), np.array([1.0, 2.0])), distance(np.array([1.0]), np.array([5.0]))
    (0.0, 1.0)
    """
    if not len(one) or not len(other):
        return float(len(one) != len(other))
    values = np.unique(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(each), values, side="right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def off_days(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """Give the mean difference of daily counts, as a share of a mean day of the first.

    >>> off_days({"2026-11-24": 10, "2026-11-25": 10}, {"2026-11-24": 8, "2026-11-25": 12})
    0.2
    """
    total = sum(one.values())
    return sum(abs(one.get(day, 0) - other.get(day, 0)) for day in {*one, *other}) / total if total else 0.0


FIT_STEPS = 6
_MOST = 2.0


def fitted_pauses(wanted: float, median_with: Callable[[float], float], steps: int = FIT_STEPS) -> float:
    """Find by halving how long pauses must be for the simulated median wait to become the recorded one.

    `median_with` simulates; the longer people rest, the longer tasks wait. From 0 to twice the recorded pauses are
    tried.

    >>> round(fitted_pauses(90.0, lambda pauses: 100 * pauses, steps=8), 1)
    0.9
    """
    low, high = 0.0, _MOST
    for _ in range(steps):
        middle = (low + high) / 2
        if median_with(middle) < wanted:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)
