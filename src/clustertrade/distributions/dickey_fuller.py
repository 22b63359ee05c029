"""The null law of the (augmented) Dickey-Fuller t statistic: p-values, quantiles, critical values.

The asymptotic law is exact (``dickey_fuller_exact.py``), the finite-sample law a simulated correction of it
(``dickey_fuller_simulation.py``).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from clustertrade.distributions.lookup import lookup, rows

Array = NDArray[np.float64]
TERMS = {"n": 0, "c": 1, "ct": 2}
LEVELS = (0.01, 0.05, 0.1)
MOST = 8                                                   # lagged differences of the simulated correction


@cache
def _asymptotic(trend: str) -> tuple[Array, Array]:
    """The grid of t and the normal quantile of the probability on it."""
    kept = [(float(row["t"]), float(row[trend])) for row in rows("dickey_fuller_asymptotic")]
    t, z = np.array(kept).T
    return t, z


@cache
def _correction(trend: str, lags: int) -> tuple[Array, Array, int]:
    """The grid of z, coefficients (G, 6) of 1/n ... 1/n^6, and the smallest n that was simulated."""
    kept = [row for row in rows("dickey_fuller_finite") if (row["trend"], row["lags"]) == (trend, str(lags))]
    b = np.array([[float(row[f"b{j}"]) for j in range(1, 7)] for row in kept])
    return np.array([float(row["z"]) for row in kept]), b, int(kept[0]["smallest_n"])


def score_asymptotic(t: ArrayLike, trend: str) -> Array:
    """Normal quantile of P(statistic <= t); linear in t between the rows of the table and beyond its ends."""
    grid, z = _asymptotic(trend)
    x = np.asarray(t, dtype=float)
    above = np.clip(np.searchsorted(grid, x), 1, len(grid) - 1)
    slope = (z[above] - z[above - 1]) / (grid[above] - grid[above - 1])
    return np.asarray(z[above - 1] + slope * (x - grid[above - 1]))


def score_finite(t: ArrayLike, trend: str, n: ArrayLike, lags: ArrayLike = 0) -> Array:
    """Normal quantile of P(statistic <= t) with n observations in the regression and so many lagged differences.

    More than 8 lagged differences take the law of 8 with as many degrees of freedom.
    """
    shape = np.broadcast_shapes(np.shape(t), np.shape(n), np.shape(lags))
    x, size, k = (np.broadcast_to(np.asarray(v, dtype=float), shape).ravel() for v in (t, n, lags))
    size, k = size - np.maximum(k - MOST, 0), np.minimum(k, MOST)
    df = np.maximum(size - 1 - TERMS[trend] - k, 1)
    z = score_asymptotic(np.sign(x) * np.sqrt(df * np.log1p(x * x / df)), trend)
    for order in np.unique(k):
        grid, b, least = _correction(trend, int(order))
        at = np.flatnonzero(k == order)
        powers = np.maximum(size[at], least)[:, None] ** -np.arange(1.0, b.shape[1] + 1)
        held = np.clip(z[at], grid[0], grid[-1])
        above = np.clip(np.searchsorted(grid, held), 1, len(grid) - 1)
        share = ((held - grid[above - 1]) / (grid[above] - grid[above - 1]))[:, None]
        z[at] += (((1 - share) * b[above - 1] + share * b[above]) * powers).sum(1)
    return z.reshape(shape)


def pvalue(t: ArrayLike, trend: str, n: ArrayLike | None = None, lags: ArrayLike = 0) -> Array:
    """P(statistic <= t) under a unit root: asymptotic, or with n observations and so many lagged differences.

    t (B,), trend n, c or ct, n and lags (B,) or numbers  ->  (B,)

    Examples
    --------
    >>> round(float(pvalue(-2.86154, "c")), 4)
    0.05
    """
    return ndtr(score_asymptotic(t, trend) if n is None else score_finite(t, trend, n, lags))


def critical(trend: str, n: float | None = None, levels: tuple[float, ...] = LEVELS) -> dict[str, float]:
    """Critical values of MacKinnon (2010), table 2: a response surface in n, the observations of the regression."""
    inverse = 0.0 if n is None else 1 / n
    powers = inverse ** np.arange(4)
    table = {row["level"]: np.array([float(row[f"b{j}"]) for j in range(4)]) for row in rows("mackinnon2010")
             if row["trend"] == trend}
    return {f"{level:g}": float(table[f"{level:g}"] @ powers) for level in levels}


def critical_fuller(trend: str, n: float) -> dict[str, float]:
    """Critical values of Fuller (1976), table 8.5.2, at the next n of the table above n."""
    return {f"{level:g}": float(lookup("fuller1976", "value", {"n": [n + 0.5]}, {"trend": trend, "level": f"{level:g}"},
                                       step=True)[0][0]) for level in LEVELS}


def quantile(p: ArrayLike, trend: str) -> Array:
    """The t below which the asymptotic law has probability p."""
    grid, z = _asymptotic(trend)
    return np.interp(ndtri(np.asarray(p, dtype=float)), z, grid)


@cache
def moments(trend: str, n: int, lags: int) -> tuple[float, float]:
    """Mean and variance of the statistic with n observations in the regression and so many lagged differences.

    Integrals over the finite-sample law; the variance exists from three degrees of freedom on.
    """
    grid = np.sinh(np.linspace(-6.5, 6.5, 4001)) / 2       # t from -166 to 166, fine in the middle
    p = ndtr(score_finite(grid, trend, n, lags))
    middle, mass = (grid[1:] + grid[:-1]) / 2, np.diff(p)
    mean = float(middle @ mass / mass.sum())
    return mean, float((middle - mean) ** 2 @ mass / mass.sum())
