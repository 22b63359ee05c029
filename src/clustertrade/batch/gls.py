"""Detrending by generalised least squares under a root near one, for a batch of series."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.lags import lag
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.trend import deterministic_columns

CBAR = {"c": -7.0, "ct": -13.5}                            # Elliott, Rothenberg and Stock (1996)


def quasi_difference(x: Array, valid: Mask, a: Array) -> Array:
    """First value, then x_t - a x_{t-1}: x (B, T) or (B, T, K), valid (B, T) without gaps, a (B,)  ->  shape of x."""
    before, _ = lag(x, valid)
    a = a.reshape(-1, *[1] * (x.ndim - 1))
    return np.where(valid if x.ndim == 2 else valid[..., None], x - a * before, 0.0)


def gls_residuals(y: Array, valid: Mask, trend: str, cbar: float) -> tuple[Array, Array, Array]:
    """Series less their deterministic terms, estimated in quasi-differences with a = 1 + cbar / n.

    y (B, T), valid (B, T) bool without gaps inside a row, trend c or ct, cbar  ->  detrended (B, T), zero where not
    valid; sum of squares in quasi-differences (B,); a (B,)

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    a = 1 + cbar / valid.sum(1)
    z = np.where(valid[..., None], deterministic_columns(trend, valid), 0.0)
    beta, _, resid, _ = ols(quasi_difference(y, valid, a), quasi_difference(z, valid, a), valid)
    return np.where(valid, y - np.einsum("btk,bk->bt", z, beta), 0.0), (resid**2).sum(1), a
