"""Correlations between the rows of a batch over the cells that each pair shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.ols import Array


def pairwise_correlations(series: Array) -> tuple[Array, NDArray[np.int64]]:
    """Correlations (N, N) over the periods that each pair shares, and the number of these periods (N, N).

    A pair in which one side does not vary over the shared periods has correlation zero.
    """
    there = np.isfinite(series)
    count = there.sum(1)[:, None].clip(1)
    centre = np.where(there, series, 0.0).sum(1, keepdims=True) / count
    z = np.where(there, series - centre, 0.0)              # centred by entity first, against cancellation
    size = np.sqrt((z**2).sum(1, keepdims=True) / count)
    z = z / np.where(size > 0, size, 1.0)
    w = there.astype(float)
    shared = w @ w.T
    n = np.where(shared > 0, shared, 1.0)
    mean = (z @ w.T) / n                                   # mean of row i over the periods shared with j
    cross = z @ z.T - n * mean * mean.T
    square = (z**2) @ w.T - n * mean**2
    norm = np.sqrt(square.clip(0) * square.clip(0).T)
    rho = np.where(norm > 1e-12 * n, cross / np.where(norm > 0, norm, 1.0), 0.0)
    return rho.clip(-1, 1), shared.astype(np.int64)
