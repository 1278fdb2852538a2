"""How sure a mean over several seeds is: an interval of Student's t, for figures and for paired differences.

For n independent runs with mean m and standard deviation s (divisor n - 1) the interval is m ± t · s / √n, where t is
the 0.975 quantile of Student's t distribution with n - 1 degrees of freedom. It tells how far the chance inside the
simulation moves a figure; it does not tell how another half year would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist, fmean, stdev
from typing import Any

LEVEL = 0.95
_QUANTILES = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""The 0.975 quantiles for 1 to 10 degrees of freedom."""


def t_quantile(freedom: int) -> float:
    """Give the 0.975 quantile of Student's t.

    >>> [round(t_quantile(n), 3) for n in (1, 4, 20, 1000)]
    [12.706, 2.776, 2.086, 1.962]
    """
    if freedom <= len(_QUANTILES):
        return _QUANTILES[freedom - 1]
    z: float = NormalDist().inv_cdf((1 + LEVEL) / 2)
    # The first terms of the expansion of Cornish and Fisher: right to three decimals from eleven on.
    terms = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + float(sum(term / freedom ** (power + 1) for power, term in enumerate(terms)))


def estimate(values: Sequence[float]) -> dict[str, float | None]:
    """Give the mean of one figure over seeds with its interval; with one seed there is none.

    >>> estimate([1.0, 2.0, 3.0])
    {'mean': 2.0, 'low': -0.484338, 'high': 4.484}
    """
    mean = fmean(values)
    if len(values) == 1:
        return {"mean": rounded(mean), "low": None, "high": None}
    half = t_quantile(len(values) - 1) * stdev(values) / len(values) ** 0.5
    return {"mean": rounded(mean), "low": rounded(mean - half), "high": rounded(mean + half)}


def rounded(value: float) -> float:
    """Leave the digits that can mean something.

    >>> rounded(12345.6789), rounded(0.123456)
    (12345.679, 0.123456)
    """
    return round(float(value), 3 if abs(value) >= 1 else 6)


def estimates(runs: Sequence[Any]) -> Any:
    """Estimate every figure of several runs: nested dicts; a figure that a run lacks is not counted there."""
    if all(isinstance(each, dict) for each in runs):
        names = dict.fromkeys(name for each in runs for name in each)
        return {name: estimates([each[name] for each in runs if name in each]) for name in names}
    return estimate([float(each) for each in runs])


def differences(ones: Sequence[Any], others: Sequence[Any]) -> Any:
    """Estimate by how much every figure is greater in the second runs, seed by seed; figures both have."""
    if all(isinstance(each, dict) for each in (*ones, *others)):
        names = [name for name in ones[0] if all(name in each for each in (*ones, *others))]
        return {name: differences([each[name] for each in ones], [each[name] for each in others]) for name in names}
    return estimate([float(other) - float(one) for one, other in zip(ones, others, strict=True)])
