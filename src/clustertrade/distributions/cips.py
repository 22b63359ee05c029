"""The null law of CIPS and CIPS*: simulated quantiles, and the critical values of Pesaran (2007)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from clustertrade.distributions.lookup import lookup, rows

Array = NDArray[np.float64]
CUTS = {"n": (-6.12, 4.16), "c": (-6.19, 2.61), "ct": (-6.42, 1.70)}                # K1, K2 of Pesaran (2007), p. 277
LEVELS = (0.01, 0.05, 0.1)


@cache
def _grid(name: str, trend: str) -> tuple[Array, dict[float, Array]]:
    """The probabilities (P,), and for each number of lags the cells (C, 2 + P): n, t, quantiles."""
    kept = [row for row in rows("cips_simulated") if (row["statistic"], row["trend"]) == (name, trend)]
    levels = [c for c in kept[0] if c not in ("trend", "lags", "n", "t", "statistic", "se05")]
    cells = np.array([[float(row[c]) for c in ("lags", "n", "t", *levels)] for row in kept])
    return np.array(levels, dtype=float), {k: cells[cells[:, 0] == k, 1:] for k in np.unique(cells[:, 0])}


def quantiles(name: str, trend: str, n: float, t: float, lags: float) -> tuple[Array, Array, bool]:
    """Probabilities (P,), quantiles (P,), and whether the point lies outside the table.

    Linear in 1/n, in 1/t and in the lags between neighbouring cells, the nearest cell beyond them; short samples have
    no cells for many lags, and their row starts at the first t that has them.
    """
    levels, cells = _grid(name, trend)
    most = max(cells)
    low = min(max(float(np.floor(lags)), 0.0), most)
    high = min(low + 1, most)
    share = min(max(lags - low, 0.0), 1.0) if high > low else 0.0
    found = (1 - share) * _plane(cells[low], n, t) + share * _plane(cells[high], n, t)
    here = cells[high if share else low]
    outside = bool(lags > most or not here[:, 0].min() <= n <= here[:, 0].max()
                   or not here[:, 1].min() <= t <= here[:, 1].max())
    return levels, found, outside


def _plane(cells: Array, n: float, t: float) -> Array:
    """Columns 2 and on of the cells at (n, t)."""
    sizes = np.unique(cells[:, 0])
    return _line(1 / sizes, np.array([_line(1 / c[:, 1], c[:, 2:], 1 / t) for c in (
        cells[cells[:, 0] == size] for size in sizes)]), 1 / n)


def _line(x: Array, y: Array, at: float) -> Array:
    """Rows of y at a point of x (falling), linear, the edge beyond."""
    at = float(np.clip(at, x[-1], x[0]))
    k = int(np.clip(np.searchsorted(-x, -at), 1, len(x) - 1)) if len(x) > 1 else 0
    if k == 0:
        return np.asarray(y[0])
    share = (x[k - 1] - at) / (x[k - 1] - x[k])
    return np.asarray((1 - share) * y[k - 1] + share * y[k])


def pvalue(value: float, name: str, trend: str, n: float, t: float, lags: float) -> tuple[float, bool]:
    """P(statistic <= value), by scores linear between quantiles, and whether the point lies outside the table."""
    levels, found, outside = quantiles(name, trend, n, t, lags)
    score = ndtri(levels)
    k = int(np.clip(np.searchsorted(found, value), 1, len(found) - 1))
    slope = (score[k] - score[k - 1]) / (found[k] - found[k - 1])
    return float(ndtr(score[k - 1] + slope * (value - found[k - 1]))), outside


def pvalue_selected(value: float, name: str, trend: str, n: float, periods: float, criterion: str,
                    max_lags: int) -> tuple[float, bool]:
    """P(statistic <= value) where a criterion chose the lags of each entity, and whether that lies outside the table.

    The law without lags, at the mean and standard deviation of the statistic with the choice (cips_selection.py).
    """
    mean, sd, outside = _moments(name, trend, n, periods, criterion, max_lags)
    plain_mean, plain_sd, _ = _moments(name, trend, n, periods, "none", 0)
    p, also = pvalue(plain_mean + (value - mean) * plain_sd / sd, name, trend, n, periods - 1, 0)
    return p, outside or also


def _moments(name: str, trend: str, n: float, periods: float, criterion: str,
             max_lags: int) -> tuple[float, float, bool]:
    cells, most = _selected("*" if name.endswith("*") else "", trend, criterion, max_lags)
    outside = max_lags > most or not (cells[:, 0].min() <= n and cells[:, 1].min() <= periods <= cells[:, 1].max())
    mean, sd = _plane(cells, n, periods)
    return float(mean), float(sd), bool(outside)


@cache
def _selected(star: str, trend: str, criterion: str, max_lags: int) -> tuple[Array, int]:
    """Cells (C, 4): n, t, mean, standard deviation; and the largest max_lags there is."""
    kept = [row for row in rows("cips_selected") if (row["trend"], row["criterion"]) == (trend, criterion)]
    most = max(int(row["max_lags"]) for row in kept)
    return np.array([[float(row[c]) for c in ("n", "t", "mean" + star, "sd" + star)] for row in kept
                     if int(row["max_lags"]) == min(max_lags, most)]), most


def critical(name: str, trend: str, n: float, t: float, lags: float) -> dict[str, float]:
    """Simulated critical values."""
    levels, found, _ = quantiles(name, trend, n, t, lags)
    return {f"{a:g}": float(np.interp(ndtri(a), ndtri(levels), found)) for a in LEVELS}


def critical_printed(name: str, trend: str, n: float, t: float) -> tuple[dict[str, float], bool]:
    """Critical values of the paper's tables II(a) to II(c) for t observations, and whether the point lies outside them.

    T of the tables counts the period before the first observation: simulation returns them with T - 1 observations.
    """
    found = {f"{a:g}": lookup("pesaran2007", name, {"n": [n], "t": [t + 1]}, {"trend": trend, "level": f"{a:g}"})
             for a in LEVELS}
    return {a: float(v[0]) for a, (v, _) in found.items()}, any(bool(o[0]) for _, o in found.values())
