"""Panels with known dependence, and formulas written out pair by pair."""

from __future__ import annotations

import itertools

import numpy as np

from clustertrade.panel import Panel

SIZES = ((25, 22), (20, 50))


def panel(**variables):
    """A Panel of arrays (N, T)."""
    values = np.stack(list(variables.values()), -1)
    n, t, _ = values.shape
    return Panel(values, tuple(f"e{i:03d}" for i in range(n)), tuple(str(2001 + s) for s in range(t)),
                 tuple(variables), "id", "year")


def independent(rng, n, t):
    """Independent errors whose variance differs between entities."""
    return np.sqrt(0.5 + rng.chisquare(2, (n, 1)) / 4) * rng.standard_normal((n, t))


def neighbours(u, weight=0.4):
    """Each entity with a share of the errors of the two next to it."""
    v = u.copy()
    v[1:] += weight * u[:-1]
    v[:-1] += weight * u[1:]
    return v


def holed(values, rng, share=0.1):
    """The same with missing cells."""
    return np.where(rng.random(values.shape) < share, np.nan, values)


def pairs(series):
    """(i, j, correlation, shared periods) of every pair, one by one."""
    for i, j in itertools.combinations(range(len(series)), 2):
        both = np.isfinite(series[i]) & np.isfinite(series[j])
        yield i, j, np.corrcoef(series[i, both], series[j, both])[0, 1], int(both.sum())


def unit_residuals(y, x):
    """Residuals of each row of y on a constant and the rows of x, with numpy."""
    out = np.full(y.shape, np.nan)
    for i in range(len(y)):
        rows = np.isfinite(y[i]) & np.all([np.isfinite(v[i]) for v in x], axis=0)
        design = np.column_stack([np.ones(rows.sum()), *(v[i, rows] for v in x)])
        out[i, rows] = y[i, rows] - design @ np.linalg.lstsq(design, y[i, rows], rcond=None)[0]
    return out
