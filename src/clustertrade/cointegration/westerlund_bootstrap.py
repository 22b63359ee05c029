"""Pseudo-panels without error correction: the bootstrap of Westerlund (2007, section 3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clustertrade.batch.bootstrap import resampled
from clustertrade.batch.errorcorrection import Orders, short_run
from clustertrade.batch.lags import diff
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.trend import TERMS, deterministic_columns


def panels_without_correction(y: Array, x: Array, valid: Mask, trend: str, lags: Orders, leads: Orders,
                              replications: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """Batches of pseudo-panels (b, N, T) of y and (b, N, T, M) of x; b in all equal to ``replications``.

    y (N, T), x (N, T, M), valid (N, T) bool, trend, lags and leads (N,) of each entity's regression

    d.y on the deterministic terms, its lags and d.x from leads to lags gives coefficients and errors; errors and d.x,
    centred, are drawn by period for all entities at once, so that dependence between entities stays; y and x are sums
    of what the coefficients make of them, without the deterministic terms.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the entities concerned; no period that all entities share.
    """
    (n, t), m = y.shape, x.shape[-1]
    p, q = int(lags.max()), int(leads.max())
    phi, gamma = np.zeros((n, p)), np.zeros((n, p + q + 1, m))                    # gamma from q leads to p lags
    errors, there = np.zeros_like(y), np.zeros_like(valid)
    for a, b in {(int(i), int(j)) for i, j in zip(lags, leads, strict=True)}:
        rows = np.flatnonzero((lags == a) & (leads == b))
        dy, past, around, cells = short_run(y[rows], x[rows], valid[rows], a, b)
        design = np.concatenate([past, around, deterministic_columns(trend, valid[rows])], -1)
        beta, _, errors[rows], _ = ols(dy, design, cells)
        there[rows] = cells
        phi[rows, :a] = beta[:, :a]
        end = beta.shape[1] - TERMS[trend]
        gamma[rows, q - b : q + 1 + a] = beta[:, a:end].reshape(len(rows), -1, m)
    dx, _ = diff(x, valid)
    pool = np.concatenate([errors[:, None], np.moveaxis(dx, 2, 1)], 1).reshape(n * (1 + m), t)
    cells = np.repeat(there, 1 + m, axis=0)
    for drawn in resampled(pool, cells, "iid", replications, seed, length=t + p + q):
        split = drawn.reshape(len(drawn), n, 1 + m, -1)
        error, move = split[:, :, 0, p : p + t], split[:, :, 1:]
        u = error.copy()
        for j in range(-q, p + 1):
            u += np.einsum("bnmt,nm->bnt", move[..., p - j : p - j + t], gamma[:, q + j])
        for s in range(1, t):
            for j in range(1, min(p, s) + 1):
                u[:, :, s] += phi[:, j - 1] * u[:, :, s - j]
        yield u.cumsum(2), np.moveaxis(move[..., p : p + t].cumsum(3), 2, 3)
