"""The bounds of Pesaran, Shin and Smith (2001): p and critical values from one simulated table."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.ols import Array
from clustertrade.distributions.lookup import rows

MOST = 10                                                                         # x that the table covers
ORDERS = (0, 1)                                                                   # x are I(0), x are I(1)
T_CASES = (1, 3, 5)                                                               # cases in which t has bounds


@cache
def _surface(statistic: str, case: int, regressors: int, order: int) -> tuple[Array, Array]:
    """Normal scores (S,) and the coefficients of their quantiles in powers of 1/n (S, 4)."""
    wanted = (statistic, str(case), str(regressors), str(order))
    kept = [row for row in rows("ardl_bounds") if (row["statistic"], row["case"], row["x"], row["order"]) == wanted]
    return (np.array([float(row["score"]) for row in kept]),
            np.array([[float(row[f"b{k}"]) for k in range(4)] for row in kept]))


@cache
def _quantiles(statistic: str, case: int, regressors: int, order: int, n: float) -> tuple[Array, Array]:
    scores, coefficients = _surface(statistic, case, regressors, order)
    return scores, np.maximum.accumulate(coefficients @ (1 / max(n, 15.0 + 2 * regressors)) ** np.arange(4.0))


def pvalue(value: float, statistic: str, case: int, regressors: int, order: int, n: float = np.inf) -> float:
    """P of an F at least as large, or a t at most as large, when the x are I(order); asymptotic by default.

    Between the tabulated quantiles the normal score is a cubic through the four nearest ones, beyond them a line.
    Below n = 15 + 2 k (k the number of x) the law there stands in.
    """
    scores, at = _quantiles(statistic, case, regressors, order, n)
    far = -value
    if statistic == "F":                                                          # the score of a root is nearly a line
        at, far = np.sqrt(at), math.sqrt(max(value, 0.0))
    if not at[0] < far < at[-1]:
        a, b = (0, 1) if far <= at[0] else (-2, -1)
        score = scores[b] + (far - at[b]) * (scores[b] - scores[a]) / (at[b] - at[a])
    else:
        start = int(np.clip(np.searchsorted(at, far) - 2, 0, len(at) - 4))
        nodes, values = at[start : start + 4], scores[start : start + 4]
        weights = [np.prod([(far - nodes[j]) / (nodes[i] - nodes[j]) for j in range(4) if j != i]) for i in range(4)]
        score = values @ np.array(weights)
    return float(ndtr(-score))


@cache
def bounds(level: float, statistic: str, case: int, regressors: int, n: float = np.inf) -> tuple[float, float]:
    """Critical values when the x are I(0) and I(1): the inverse of ``pvalue``."""
    found = []
    for order in ORDERS:
        at = _quantiles(statistic, case, regressors, order, n)[1]
        sign = 1.0 if statistic == "F" else -1.0
        low, high = 0.0 if statistic == "F" else at[0] - 2, at[-1] + 20
        for _ in range(60):
            middle = (low + high) / 2
            high, low = (middle, low) if pvalue(sign * middle, statistic, case, regressors, order, n) < level else (
                high, middle)
        found.append(float(sign * (low + high) / 2))
    return found[0], found[1]
