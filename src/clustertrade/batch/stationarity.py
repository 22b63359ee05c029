"""Partial sums of residuals, for the stationarity tests of Kwiatkowski et al. and of Hadri."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array, Mask


def partial_sum_square(resid: Array, valid: Mask) -> Array:
    """n^-2 sum of the squared partial sums of every row: resid (B, T), valid (B, T) bool  ->  (B,)."""
    sums = np.cumsum(np.where(valid, resid, 0.0), 1)
    return np.where(valid, sums**2, 0.0).sum(1) / valid.sum(1).astype(float) ** 2
