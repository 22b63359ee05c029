"""The null laws of the Phillips-Ouliaris statistics, from the response surfaces that arch carries.

Those are simulated: 11 to 25 million draws a case, sample sizes 25 to 2000.
"""

from __future__ import annotations

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

    The asymptotic surface is read at the value that stands to the asymptotic critical values as the statistic does to
    those of the sample size (linear from zero over the 10, 5 and 1 % ones, in proportion beyond), so that p and
    critical values agree.
    """
    from arch.unitroot.critical_values import phillips_ouliaris as surfaces

    key, sign = (statistic, trend, variables), -1.0 if statistic in UPPER else 1.0
    here, limit = (np.array([0.0, *critical(statistic, trend, variables, size).values()]) for size in (n, np.inf))
    here, limit, far = np.abs(here), np.abs(limit), max(-sign * value, 0.0)
    moved = float(np.interp(far, here, limit)) if far <= here[-1] else far * limit[-1] / here[-1]
    tau = -moved if far > 0 else sign * value
    if tau > surfaces.PVAL_TAU_MAX[key]:
        return 1.0
    if tau < surfaces.PVAL_TAU_MIN[key]:
        return 0.0
    terms = (surfaces.PVAL_LARGE_P if tau > surfaces.PVAL_TAU_STAR[key] else surfaces.PVAL_SMALL_P)[key]
    return float(ndtr(tau ** np.arange(float(len(terms))) @ np.array(terms)))
