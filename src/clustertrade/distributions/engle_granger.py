"""The null law of the Engle-Granger t statistic: p-values and critical values from one simulated table."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from clustertrade.batch.ols import Array
from clustertrade.distributions.lookup import rows

MOST = 8                                                                          # variables, y included


@cache
def _surface(trend: str, variables: int) -> tuple[Array, Array]:
    """Normal scores (S,) and the coefficients of their quantiles in powers of 1/n (S, 4)."""
    kept = [row for row in rows("engle_granger") if (row["trend"], row["variables"]) == (trend, str(variables))]
    return (np.array([float(row["score"]) for row in kept]),
            np.array([[float(row[f"b{k}"]) for k in range(4)] for row in kept]))


def quantiles(trend: str, variables: int, n: float = np.inf) -> tuple[Array, Array]:
    """Normal scores and the quantiles at them with n periods in the Dickey-Fuller regression."""
    scores, coefficients = _surface(trend, variables)
    found = coefficients @ (1 / max(n, 15.0)) ** np.arange(4.0)
    return scores, np.maximum.accumulate(found)


def pvalue(t: ArrayLike, trend: str, variables: int, n: float = np.inf) -> Array:
    """P(statistic <= t) for two to eight variables; asymptotic by default.

    Between the tabulated quantiles the normal score is interpolated by cubics through the four nearest ones; beyond
    them it goes on as a line.  Below 15 periods the law at 15 stands in.
    """
    scores, at = quantiles(trend, variables, n)
    t = np.asarray(t, dtype=float)
    start = np.clip(np.searchsorted(at, t) - 2, 0, len(at) - 4)
    nodes, values = at[start[..., None] + np.arange(4)], scores[start[..., None] + np.arange(4)]
    score = np.zeros_like(t)
    for i in range(4):
        weight = np.ones_like(t)
        for j in range(4):
            if j != i:
                weight = weight * (t - nodes[..., j]) / (nodes[..., i] - nodes[..., j])
        score = score + weight * values[..., i]
    low = scores[0] + (t - at[0]) * (scores[1] - scores[0]) / (at[1] - at[0])
    high = scores[-1] + (t - at[-1]) * (scores[-1] - scores[-2]) / (at[-1] - at[-2])
    return np.asarray(ndtr(np.where(t < at[0], low, np.where(t > at[-1], high, score))))


def critical(level: float, trend: str, variables: int, n: float = np.inf) -> float:
    """The value below which the statistic falls with probability ``level``: the inverse of ``pvalue``."""
    _, at = quantiles(trend, variables, n)
    low, high = at[0] - 5, at[-1] + 5
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if pvalue(middle, trend, variables, n) < level else (low, middle)
    return float((low + high) / 2)
