"""Panels with known truth for the tests of panel cointegration."""

from __future__ import annotations

import numpy as np

from clustertrade.panel import Panel


def panel(values):
    """Values (N, T, 1 + M) as a Panel of y, x1, x2 ..."""
    n, t, k = values.shape
    return Panel(values, tuple(f"u{i:03d}" for i in range(n)), tuple(str(s) for s in range(1, t + 1)),
                 ("y", *(f"x{j}" for j in range(1, k))))


def walks(rng, n, t, m=1, serial=0.0):
    """Independent walks; ``serial`` is the first-order autocorrelation of their differences."""
    e = rng.standard_normal((n, t, 1 + m))
    for s in range(1, t if serial else 0):
        e[:, s] += serial * e[:, s - 1]
    return e.cumsum(1)


def cointegrated(rng, n, t, m=1, root=0.5):
    """y is the sum of the x, plus an entity's constant and an error with this root."""
    z, e = walks(rng, n, t, m), rng.standard_normal((n, t))
    u = np.zeros((n, t))
    for s in range(1, t):
        u[:, s] = root * u[:, s - 1] + e[:, s]
    z[:, :, 0] = z[:, :, 1:].sum(2) + u + rng.standard_normal((n, 1))
    return z


def run(procedure, values, **options):
    """The procedure on y and all x."""
    p = panel(values)
    return procedure(p["y"], p[list(p.variables[1:])], **options)


def rejections(procedure, make, draws, seed, **options):
    """How often each statistic rejects at 5 %: name -> count."""
    rng = np.random.default_rng(seed)
    count: dict[str, int] = {}
    for _ in range(draws):
        for s in run(procedure, make(rng), **options):
            count[s.name] = count.get(s.name, 0) + (s.pvalue < 0.05)
    return count
