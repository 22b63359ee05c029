"""Pseudo-panels in which y and x are cointegrated: the sieve bootstrap of Westerlund and Edgerton (2007)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clustertrade.batch.bootstrap import BURN_IN, CELLS, batches
from clustertrade.batch.ols import Array


def cointegrated_panels(resid: Array, x: Array, slopes: Array, order: int, replications: int, seed: int,
                        ) -> Iterator[tuple[Array, Array]]:
    """Batches of pseudo-panels y (b, N, T) and x (b, N, T, K), b in all equal to ``replications``.

    resid (N, T) of the long run, without a first period; x (N, T, K); slopes (N, K); order of the autoregressions

    A vector autoregression for each entity of (u, d.x) by Yule-Walker, hence stationary; its innovations, centred, are
    drawn by period for all entities at once and filtered; x adds up the steps, y = x b + u.  Deterministic terms are
    left out, to which the statistic is blind.
    """
    n, t, k = x.shape
    w = np.concatenate([resid[:, 1:, None], np.diff(x, axis=1)], -1)
    w = w - w.mean(1, keepdims=True)
    size = np.sqrt((w**2).mean(1, keepdims=True))
    w = w / np.where(size > 0, size, 1.0)
    a = vector_yule_walker(w, order)                                          # (N, P, 1 + K, 1 + K)
    errors = w[:, order:].copy()
    for j in range(1, order + 1):
        errors -= np.einsum("nab,ntb->nta", a[:, j - 1], w[:, order - j : w.shape[1] - j])
    errors -= errors.mean(1, keepdims=True)
    pool = np.swapaxes(errors, 0, 1)                                          # (T', N, 1 + K)
    rng = np.random.default_rng(seed)
    length = t + BURN_IN
    for b in batches(replications, n * length * (1 + k), CELLS):
        drawn = pool[rng.integers(len(pool), size=(b, length))]               # (b, L, N, 1 + K)
        for s in range(1, length):
            for j in range(1, min(order, s) + 1):
                drawn[:, s] += np.einsum("nab,cnb->cna", a[:, j - 1], drawn[:, s - j])
        made = np.moveaxis(drawn[:, BURN_IN:], 1, 2) * size                   # (b, N, T, 1 + K)
        walks = made[..., 1:].cumsum(2)
        yield np.einsum("bntk,nk->bnt", walks, slopes) + made[..., 0], walks


def vector_yule_walker(w: Array, order: int) -> Array:
    """Coefficients A_1 ... A_P of w_t = sum_j A_j w_{t-j} + e_t for each entity: centred w (N, T, M)  ->  (N, P, M, M).

    Autocovariances are divided by T, so that the autoregression is stationary.
    """
    n, t, m = w.shape
    if not order:
        return np.zeros((n, 0, m, m))
    gamma = np.stack([np.einsum("nta,ntb->nab", w[:, j:], w[:, : t - j]) / t for j in range(order + 1)], 1)

    def block(j: int) -> Array:                                               # E w_t w_{t-j}'
        return gamma[:, j] if j >= 0 else np.swapaxes(gamma[:, -j], 1, 2)

    matrix = np.concatenate([np.concatenate([block(c - r) for c in range(order)], 2) for r in range(order)], 1)
    right = np.concatenate([gamma[:, j] for j in range(1, order + 1)], 2)     # (N, M, P M): [Gamma_1 ... Gamma_P]
    stacked = np.swapaxes(np.linalg.solve(np.swapaxes(matrix, 1, 2), np.swapaxes(right, 1, 2)), 1, 2)
    return np.asarray(np.stack(np.split(stacked, order, axis=2), 1))
