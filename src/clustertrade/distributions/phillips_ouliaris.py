"""The null laws of the Phillips-Ouliaris statistics, from the response surfaces that arch carries.

Those are simulated: 11 to 25 million draws a case, sample sizes 25 to 2000.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.special import ndtr

MOST = 13                                                                         # variables, y included
LEVELS = {"0.1": 10, "0.05": 5, "0.01": 1}
UPPER = ("Pu", "Pz")                                                              # large values reject


def critical(statistic: str, trend: str, variables: int, n: float = np.inf) -> dict[str, float]:
    """Critical values of Zt, Za, Pu or Pz by level with n periods; below the smallest simulated size those at it."""
    from arch.unitroot.critical_values.phillips_ouliaris import CV_PARAMETERS, CV_TAU_MIN

    key = (statistic, trend, variables)
    powers = (1 / max(n, float(CV_TAU_MIN[key]))) ** np.arange(4.0)
    return {level: float(powers @ np.array(CV_PARAMETERS[key][percent])) for level, percent in LEVELS.items()}


def pvalue(value: float, statistic: str, trend: str, variables: int, n: float = np.inf) -> float:
    """Tail probability with n periods; asymptotic by default.

    At a finite n the asymptotic surface is read at a value moved so that the critical values at n have the p of their
    levels: linear from zero over the 10, 5 and 1 % ones, in proportion beyond.
    """
    far = value if statistic in UPPER else -value
    if np.isfinite(n) and far > 0:
        here = np.abs([0.0, *critical(statistic, trend, variables, n).values()])
        limit = np.array([0.0, *(_quantile(float(level), statistic, trend, variables) for level in LEVELS)])
        far = float(np.interp(far, here, limit)) if far <= here[-1] else far * limit[-1] / here[-1]
    return _surface(far, statistic, trend, variables)


def _surface(far: float, statistic: str, trend: str, variables: int) -> float:
    """The asymptotic probability of being as far on the side that rejects."""
    from arch.unitroot.critical_values import phillips_ouliaris as surfaces

    key, tau = (statistic, trend, variables), -far
    if tau > surfaces.PVAL_TAU_MAX[key]:
        return 1.0
    if tau < surfaces.PVAL_TAU_MIN[key]:
        return 0.0
    terms = (surfaces.PVAL_LARGE_P if tau > surfaces.PVAL_TAU_STAR[key] else surfaces.PVAL_SMALL_P)[key]
    return float(ndtr(tau ** np.arange(float(len(terms))) @ np.array(terms)))


@cache
def _quantile(level: float, statistic: str, trend: str, variables: int) -> float:
    """Where the surface has this probability, by bisection around the asymptotic critical value."""
    middle = abs(critical(statistic, trend, variables)[f"{level:g}"])
    low, high = 0.5 * middle, 2 * middle
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _surface(middle, statistic, trend, variables) > level else (low, middle)
    return middle
