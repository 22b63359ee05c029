"""Wald statistics of the causality regression on resampled panels in which the cause has no effect.

The regression of y on a constant, K lags of y and K lags of x is refitted in every replication; x is held fixed.  By
the theorem of Frisch, Waugh and Lovell only moments of order K + 1 are needed once the constant and the lags of x are
projected out, and these are summed up while the series are generated, so that no resampled panel is ever stored.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.causality.regression import Design, design

CELLS = 40_000                                             # replications times entities at once: arrays stay in cache


def resampled_wald(regression: Design, order: int, replications: int, seed: int, block: int = 1) -> Array:
    """Wald statistics (replications, B) under the null, as Lopez and Weber (2017, section 2.2).

    regression: design with a constant and ``order`` lags of one cause; rows are entities, columns periods.

    1. Residuals of y on a constant and its own lags are drawn with replacement by periods, all entities of a period
       together, so that dependence between entities is kept; ``block`` consecutive periods at a time.
    2. The first K values are K consecutive observed periods drawn at random, again of all entities together.
    3. Series grow from these by the estimated autoregressions, and the full regression gives W.

    In unbalanced panels the periods that all entities have are drawn from; the caller sees to it that there are any.
    A replication is a row of NaN where a series overflows.
    """
    y, valid = regression.effect, regression.valid
    n, t = y.shape
    level = np.where(valid, y, 0.0).sum(1, keepdims=True) / valid.sum(1, keepdims=True)
    spread = np.sqrt(np.where(valid, (y - level) ** 2, 0.0).sum(1, keepdims=True) / valid.sum(1, keepdims=True))
    z = (y - level) / spread                               # moments of centred series do not cancel
    own = np.concatenate([np.ones((n, t, 1)), (regression.own[..., 1:] - level[..., None]) / spread[..., None]], -1)
    beta, _, resid, _ = ols(z, own, valid)                                             # (N, K + 1), (N, T)
    basis = _basis(regression)                                                         # (N, T, K + 1)
    shared = np.flatnonzero(valid.all(0))                                              # periods with residuals of all
    rng = np.random.default_rng(seed)
    drawn = shared[_draws(rng, len(shared), replications, t - order, block)]           # (R, T - K)
    start = shared[rng.integers(0, len(shared), replications)]                         # (R,): y before these are known
    weights = None if valid[:, order:].all() else valid.astype(float)
    df = valid.sum(1) - 2 * order - 1
    wald = np.empty((replications, n))
    step = max(1, CELLS // n)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for first in range(0, replications, step):
            rows = slice(first, first + step)
            past = [z.T[start[rows] - k] for k in range(1, order + 1)]                 # lag 1 first, each (R, N)
            full, within = _moments(past, beta, resid, drawn[rows], basis, weights, order)
            ssr1, ssr0 = _residual(full), _residual(within)
            wald[rows] = np.maximum(ssr0 - ssr1, 0.0) / (ssr1 / df)
    return np.where(np.isfinite(wald).all(1, keepdims=True), wald, np.nan)


def _draws(rng: np.random.Generator, available: int, replications: int, length: int,
           block: int) -> NDArray[np.int_]:
    """Positions (R, length) among the available periods, in runs of ``block`` consecutive ones."""
    if block == 1:
        return rng.integers(0, available, (replications, length))
    starts = rng.integers(0, available - block + 1, (replications, -(-length // block)))
    return (starts[..., None] + np.arange(block)).reshape(replications, -1)[:, :length]


def _basis(regression: Design) -> Array:
    """Orthonormal columns (N, T, K + 1): the constant, which comes first, and the lags of x; zero where not valid."""
    fixed = np.concatenate([regression.own[..., :1], regression.causes], -1)
    fixed = np.where(regression.valid[..., None], fixed, 0.0)
    fixed[..., 1:] -= np.where(regression.valid[..., None],
                               (fixed[..., 1:].sum(1) / regression.valid.sum(1)[:, None])[:, None, :], 0.0)
    return np.linalg.qr(fixed / np.sqrt((fixed**2).sum(1))[:, None, :])[0]


def _moments(past: list[Array], beta: Array, resid: Array, drawn: NDArray[np.int_], basis: Array, weights: Array | None,
             order: int) -> tuple[Array, Array]:
    """Cross-products (K + 1, K + 1, R, N) of K lags and y: constant and lags of x projected out; constant alone."""
    k, columns = order + 1, basis.shape[-1]
    shape = past[0].shape
    square = np.zeros((k, k, *shape))
    project = np.zeros((columns, k, *shape))
    by_period = np.ascontiguousarray(resid.T)                                          # (T, N)
    for s in range(drawn.shape[1]):
        now = by_period[drawn[:, s]]
        now += beta[:, 0]
        for j, before in enumerate(past):
            now += beta[:, j + 1] * before
        series = [*past, now]
        t = s + order
        for i in range(k):
            there = series[i] if weights is None else series[i] * weights[:, t]
            for j in range(i, k):
                square[i, j] += there * series[j]
            for c in range(columns):
                project[c, i] += series[i] * basis[:, t, c]
        past = [now, *past[:-1]]
    within = square - project[0, :, None] * project[0, None, :]
    full = within - sum(project[c, :, None] * project[c, None, :] for c in range(1, columns))
    return full, within


def _residual(square: Array) -> Array:
    """Residual sum of squares (R, N) of the last row on the others, from the upper triangle; works in place."""
    k = len(square)
    for pivot in range(k - 1):
        for i in range(pivot + 1, k):
            factor = square[pivot, i] / square[pivot, pivot]
            for j in range(i, k):
                square[i, j] -= factor * square[pivot, j]
    return square[-1, -1]


def resampled_panels(y: Array, valid: Mask, order: int, replications: int, seed: int, block: int = 1,
                     cells: int = 1_000_000) -> Iterator[Array]:
    """Panels under the null, as in ``resampled_wald`` and with its draws, in batches (b, N, T) of b in all
    ``replications``; zero where not valid."""
    lagged = design(y, np.zeros((*y.shape, 0)), valid, order)
    beta, _, resid, _ = ols(y, lagged.own, lagged.valid)
    shared = np.flatnonzero(lagged.valid.all(0))
    n, t = y.shape
    rng = np.random.default_rng(seed)
    drawn = shared[_draws(rng, len(shared), replications, t - order, block)]
    start = shared[rng.integers(0, len(shared), replications)]
    step = max(1, cells // (n * t))
    for first in range(0, replications, step):
        rows = slice(first, first + step)
        panels = np.empty((len(start[rows]), t, n))
        for k in range(order):
            panels[:, k] = y.T[start[rows] - order + k]
        with np.errstate(over="ignore", invalid="ignore"):
            for s in range(order, t):
                panels[:, s] = beta[:, 0] + resid.T[drawn[rows, s - order]] + sum(
                    beta[:, k] * panels[:, s - k] for k in range(1, order + 1))
        yield np.where(valid, panels.swapaxes(1, 2), 0.0)
