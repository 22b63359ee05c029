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
def _grid(name: str, trend: str) -> tuple[list[str], dict[str, Array]]:
    """The probabilities of the table, and for each the points (cells, 4): lags, n, t, quantile."""
    kept = [row for row in rows("cips_simulated") if (row["statistic"], row["trend"]) == (name, trend)]
    levels = [c for c in kept[0] if c not in ("trend", "lags", "n", "t", "statistic", "se05")]
    return levels, {c: np.array([[float(row["lags"]), float(row["n"]), float(row["t"]), float(row[c])] for row in kept])
                    for c in levels}


def quantiles(name: str, trend: str, n: float, t: float, lags: float) -> tuple[Array, Array, bool]:
    """Probabilities (P,), quantiles (P,), and whether the point lies outside the table.

    Linear in 1/n, in 1/t and in the lags between neighbouring cells, the nearest cell beyond them; short samples have
    no cells for many lags, and their row starts at the first t that has them.
    """
    levels, points = _grid(name, trend)
    known = points[levels[0]][:, 0]
    low = min(max(np.floor(lags), 0.0), known.max())
    high = min(low + 1, known.max())
    share = min(max(lags - low, 0.0), 1.0) if high > low else 0.0
    found = np.array([(1 - share) * _plane(points[c], low, n, t) + share * _plane(points[c], high, n, t)
                      for c in levels])
    cells = points[levels[0]]
    here = cells[cells[:, 0] == (high if share else low)]
    outside = bool(lags > known.max() or not here[:, 1].min() <= n <= here[:, 1].max()
                   or not here[:, 2].min() <= t <= here[:, 2].max())
    return np.array(levels, dtype=float), found, outside


def _plane(points: Array, lags: float, n: float, t: float) -> float:
    cells = points[points[:, 0] == lags]
    sizes = np.unique(cells[:, 1])
    along = [np.interp(-1 / t, -1 / column[:, 2], column[:, 3]) for column in (cells[cells[:, 1] == s] for s in sizes)]
    return float(np.interp(-1 / n, -1 / sizes, along))


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
    mean, sd, most = _selected("*" if name.endswith("*") else "", trend, criterion, max_lags)
    outside = max_lags > most or not (mean[:, 1].min() <= n and mean[:, 2].min() <= periods <= mean[:, 2].max())
    return _plane(mean, 0.0, n, periods), _plane(sd, 0.0, n, periods), outside


@cache
def _selected(star: str, trend: str, criterion: str, max_lags: int) -> tuple[Array, Array, int]:
    """Points (cells, 4) of means and standard deviations, 0 in the place of the lags; the largest max_lags there is."""
    kept = [row for row in rows("cips_selected") if (row["trend"], row["criterion"]) == (trend, criterion)]
    most = max(int(row["max_lags"]) for row in kept)
    kept = [row for row in kept if int(row["max_lags"]) == min(max_lags, most)]
    mean, sd = (np.array([[0.0, float(row["n"]), float(row["t"]), float(row[c + star])] for row in kept])
                for c in ("mean", "sd"))
    return mean, sd, most


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
