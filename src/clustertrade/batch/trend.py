"""Deterministic terms: columns for regressions, and their removal."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array, Mask

TERMS = {"n": 0, "c": 1, "ct": 2}


def deterministic(trend: str, t: int) -> Array:
    """The columns of a deterministic specification.

    trend n, c or ct; t periods  ->  (t, 0), (t, 1) constant, (t, 2) constant and 1 ... t

    Examples
    --------
    >>> deterministic("ct", 3)
    array([[1., 1.],
           [1., 2.],
           [1., 3.]])
    """
    return np.column_stack([np.ones(t), np.arange(1.0, t + 1)])[:, : TERMS[trend]]


def deterministic_columns(trend: str, valid: Mask) -> Array:
    """The columns of a deterministic specification for every row of a batch: valid (B, T)  ->  (B, T, d)."""
    terms = deterministic(trend, valid.shape[1])
    return np.broadcast_to(terms, (valid.shape[0], *terms.shape))


def unit_terms(trend: str, valid: Mask) -> Array:
    """A constant, and a trend that is 1 in the first valid cell of each row: valid (B, T)  ->  (B, T, d)."""
    first = np.argmax(valid, 1)
    count = np.arange(1.0, valid.shape[1] + 1)[None, :] - first[:, None]
    return np.stack([np.ones(valid.shape), count], -1)[..., : TERMS[trend]]


def demean(x: Array, valid: Mask) -> Array:
    """Each row less its mean over valid cells; zero where not valid.

    x (B, T) or (B, T, K), valid (B, T) bool  ->  the shape of x
    """
    there = valid if x.ndim == 2 else valid[..., None]
    count = np.maximum(valid.sum(1), 1).reshape(-1, *[1] * (x.ndim - 1))
    mean = np.where(there, x, 0.0).sum(1, keepdims=True) / count
    centred = np.where(there, x - mean, 0.0)               # twice, for levels that dwarf the variation
    return np.where(there, centred - centred.sum(1, keepdims=True) / count, 0.0)


def detrend(x: Array, valid: Mask, trend: str) -> Array:
    """Residuals of each row on its deterministic terms over valid cells; zero where not valid.

    x (B, T) or (B, T, K), valid (B, T) bool, trend n, c or ct  ->  the shape of x
    """
    there = valid if x.ndim == 2 else valid[..., None]
    if trend == "n":
        return np.where(there, x, 0.0)
    out = demean(x, valid)
    if trend == "c":
        return out
    t = np.arange(x.shape[1], dtype=float)
    slope_on = demean(np.broadcast_to(t, valid.shape), valid)
    slope_on = slope_on if x.ndim == 2 else slope_on[..., None]
    square = (slope_on**2).sum(1, keepdims=True)
    slope = (slope_on * out).sum(1, keepdims=True) / np.where(square > 0, square, 1.0)
    return np.where(there, out - slope * slope_on, 0.0)
