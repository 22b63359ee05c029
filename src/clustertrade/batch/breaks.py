"""The Dickey-Fuller t statistic for every date of a break in the deterministic terms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.lagselect import choose_order
from clustertrade.batch.ols import Array

COLUMNS = {"level": 1, "trend": 1, "regime": 2}


def break_columns(kind: str, t: int, last: NDArray[np.int_]) -> Array:
    """Step, ramp or both after period ``last``, counted from 1: last (L,)  ->  (L, t, 1 or 2)."""
    past = np.arange(1.0, t + 1) - np.asarray(last)[:, None]
    step, ramp = (past > 0).astype(float), np.maximum(past, 0.0)
    return np.stack({"level": [step], "trend": [ramp], "regime": [step, ramp]}[kind], -1)


def break_profile(y: Array, kind: str, last: NDArray[np.int_], lags: int | str,
                  max_lags: int = 0) -> tuple[Array, NDArray[np.int_]]:
    """t statistic of the lagged level beside constant, trend, break and lagged differences, for each break date.

    y (T,), kind level, trend or regime, last (L,) period before the break counted from 1, lags: a number or a
    criterion with ``max_lags``  ->  t (L,), lags (L,)

    A criterion chooses for each date, on the sample that max_lags leaves (Zivot and Andrews 1992, section 3).  A break
    column that the other regressors span is left out of the regression.  A date whose regression has no degree of
    freedom gets infinity.
    """
    series, valid = y[None, :], np.ones((1, len(y)), dtype=bool)
    dy, inner = diff(series, valid)
    level, _ = lag(series, valid)
    most = max_lags if isinstance(lags, str) else lags
    ordered, there = lag_columns(dy, inner, range(1, most + 1))
    dates = break_columns(kind, len(y), last)
    if isinstance(lags, str):
        many, cells = len(last), inner & there
        common = np.stack([np.ones_like(level), np.arange(1.0, len(y) + 1)[None, :], level], -1)
        base = np.concatenate([np.broadcast_to(common, (many, *common.shape[1:])), dates], -1)
        order = choose_order(np.broadcast_to(dy, (many, len(y))), base,
                             np.broadcast_to(ordered, (many, *ordered.shape[1:])),
                             np.broadcast_to(cells, (many, len(y))), lags)
    else:
        order = np.full(len(last), lags)
    out = np.full(len(last), np.inf)
    for p in np.unique(order):
        rows = np.flatnonzero(order == p)
        out[rows] = _profile(dy[0], level[0], ordered[0, :, :p], dates[rows], int(p) + 1)
    return out, order


def _profile(dy: Array, level: Array, ordered: Array, dates: Array, first: int) -> Array:
    """The t statistics by partialling out what all dates share (Frisch and Waugh), then the break columns."""
    t = len(dy)
    shared = np.column_stack([np.ones(t), np.arange(1.0, t + 1), ordered])[first:]
    q = np.linalg.qr(shared / np.sqrt((shared**2).sum(0)))[0]
    e, x = (v - q @ (q.T @ v) for v in (dy[first:], level[first:]))
    d = dates[:, first:]
    size = np.sqrt((d**2).sum(1))
    d = d - np.einsum("tk,kj,ljc->ltc", q, q.T, d, optimize=True)
    ee, xx, xe = (np.full(len(d), v) for v in (e @ e, x @ x, x @ e))
    df = np.full(len(d), t - first - shared.shape[1] - 1)
    for c in range(d.shape[2]):
        column = d[:, :, c]
        norm = np.sqrt((column**2).sum(1))
        own = norm > 1e-9 * size[:, c]
        unit = np.where(own[:, None], column / np.where(own, norm, 1.0)[:, None], 0.0)
        a, b = unit @ x, unit @ e
        ee, xx, xe, df = ee - b**2, xx - a**2, xe - a * b, df - own
        if c + 1 < d.shape[2]:
            rest = d[:, :, c + 1]
            d[:, :, c + 1] = rest - unit * (unit * rest).sum(1, keepdims=True)
    ssr = ee - xe**2 / np.where(xx > 0, xx, np.inf)
    usable = (df > 0) & (xx > 1e-12 * (x @ x)) & (ssr > 1e-22 * (e @ e))
    return np.where(usable, xe / np.sqrt(np.where(usable, xx * ssr, 1.0) / np.maximum(df, 1)), np.inf)
