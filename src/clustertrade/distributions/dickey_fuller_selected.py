"""The null law of the Dickey-Fuller t when a criterion chose the lags: scores, mean and variance.

``dickey_fuller_selection.py`` simulates it and says why it is another law than that of the chosen order.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from clustertrade.distributions.dickey_fuller import TERMS, score_asymptotic
from clustertrade.distributions.lookup import rows

Array = NDArray[np.float64]
MOST = 8                                                   # max_lags of the table; more count as 8
GRID = np.round(np.arange(-3.5, 3.501, 0.25), 2)


def reference_score(t: ArrayLike, trend: str, periods: ArrayLike) -> Array:
    """The asymptotic score of u = sign(t) sqrt(df log(1 + t^2/df)), df = T - 2 - d: the coordinate of the table."""
    x, df = np.asarray(t, dtype=float), np.maximum(np.asarray(periods, dtype=float) - 2 - TERMS[trend], 1.0)
    return score_asymptotic(np.sign(x) * np.sqrt(df * np.log1p(x * x / df)), trend)


@cache
def _rows(trend: str, criterion: str, max_lags: int) -> tuple[Array, Array]:
    """Sample sizes (S,), and (S, G + 2): scores on the grid, mean, variance."""
    kept = [row for row in rows("dickey_fuller_selected")
            if (row["trend"], row["criterion"], row["max_lags"]) == (trend, criterion, str(max_lags))]
    columns = [f"{g:g}" for g in GRID] + ["mean", "variance"]
    return (np.array([float(row["periods"]) for row in kept]),
            np.array([[float(row[c]) for c in columns] for row in kept]))


def _at(periods: Array, trend: str, criterion: str, max_lags: int) -> Array:
    """(B, G + 2) at each sample size: linear in 1/T, the smallest T below it, the asymptotic law at infinity."""
    sizes, table = _rows(trend, criterion, min(max_lags, MOST))
    mean, variance = _limit(trend)
    sizes, table = np.append(sizes, np.inf), np.vstack([table, [*GRID, mean, variance]])
    x = np.minimum(1 / periods, 1 / sizes[0])
    above = np.clip(np.searchsorted(-1 / sizes, -x), 1, len(sizes) - 1)
    share = ((1 / sizes[above - 1] - x) / (1 / sizes[above - 1] - 1 / sizes[above]))[:, None]
    return (1 - share) * table[above - 1] + share * table[above]


@cache
def _limit(trend: str) -> tuple[float, float]:
    grid = np.linspace(-9, 6, 3001)
    middle, mass = (grid[1:] + grid[:-1]) / 2, np.diff(ndtr(score_asymptotic(grid, trend)))
    mean = float(middle @ mass)
    return mean, float((middle - mean) ** 2 @ mass)


def score(t: ArrayLike, trend: str, periods: ArrayLike, criterion: str, max_lags: int) -> Array:
    """Normal quantile of P(statistic <= t) for series of so many periods, their lags chosen by the criterion.

    t (B,), periods (B,), one criterion and max_lags from 1 (more than 8 count as 8)  ->  (B,)
    """
    x, sizes = np.atleast_1d(np.asarray(t, dtype=float)), np.atleast_1d(np.asarray(periods, dtype=float))
    base = reference_score(x, trend, sizes)
    shift = _at(sizes, trend, criterion, max_lags)[:, : len(GRID)] - GRID
    held = np.clip(base, GRID[0], GRID[-1])
    above = np.clip(np.searchsorted(GRID, held), 1, len(GRID) - 1)
    share = (held - GRID[above - 1]) / (GRID[above] - GRID[above - 1])
    row = np.arange(len(base))
    return base + (1 - share) * shift[row, above - 1] + share * shift[row, above]


def moments(trend: str, periods: ArrayLike, criterion: str, max_lags: int) -> tuple[Array, Array]:
    """Mean and variance of the statistic: periods (B,)  ->  (B,), (B,)."""
    found = _at(np.atleast_1d(np.asarray(periods, dtype=float)), trend, criterion, max_lags)
    return found[:, -2], found[:, -1]
