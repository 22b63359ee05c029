"""The variance ratios of Westerlund (2005): how far residuals wander, against how far they are spread."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.trend import deterministic_columns

NAMES = ("VR-G", "VR-P")


def variance_ratios(y: Array, x: Array, valid: Mask, trend: str, rows: int = 1) -> tuple[Array, Array, Array]:
    """VR-G and VR-P (rows, 2) of panels whose entities stand one after the other, and of every entity (B,).

    y (B, T), x (B, T, M), valid (B, T); also the slopes (B, M).  Residuals e of each entity's regression on x and
    deterministic terms, E their partial sums, R = sum e^2: the mean over entities of sum E^2 / R, and sum E^2 over sum
    R of all entities together, both over T^2 (equations 4 and 5).

    Raises
    ------
    TooShort, Collinear
        With the numbers of the entities.
    """
    beta, _, resid, _ = ols(y, np.concatenate([x, deterministic_columns(trend, valid)], -1), valid)
    periods = valid.sum(1).astype(float)
    wander = (np.cumsum(resid, 1) ** 2 * valid).sum(1) / periods**4
    spread = (resid**2).sum(1) / periods**2
    each = wander / np.where(spread > 0, spread, np.nan)
    shaped = [a.reshape(rows, -1) for a in (each, wander, spread)]
    pooled = shaped[1].sum(1) / shaped[2].sum(1)
    return np.stack([shaped[0].mean(1), pooled], 1), each, beta[:, : x.shape[-1]]
