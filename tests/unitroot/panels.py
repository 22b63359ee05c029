"""Panels and series for the tests of unit roots, and the bands of sizes."""

from __future__ import annotations

import numpy as np
from scipy.stats import binomtest

from clustertrade.panel import Panel


def panel(values):
    """A Panel of (N, T) values; a series of (T,)."""
    values = np.asarray(values, dtype=float)
    series = values.ndim == 1
    values = np.atleast_2d(values)
    n, t = values.shape
    return Panel(values[..., None], ("",) if series else tuple(f"u{i:03d}" for i in range(n)),
                 tuple(str(s) for s in range(1, t + 1)), ("y",), None if series else "id", "t", is_series=series)


def walks(rng, n, t, ar=0.0, root=1.0, start=0):
    """Series (N, T) with a root and AR(1) steps, after ``start`` periods from zero."""
    e = rng.standard_normal((n, t + start))
    for s in range(1, t + start):
        e[:, s] += ar * e[:, s - 1]
    y = e.copy()
    for s in range(1, t + start):
        y[:, s] += root * y[:, s - 1]
    return y[:, start:]


def in_band(rejected, draws, low=0.02, high=0.10):
    """Whether the exact 99.9 % interval of a rate meets the band of asymptotic tests."""
    interval = binomtest(rejected, draws).proportion_ci(0.999)
    return interval.low <= high and interval.high >= low
