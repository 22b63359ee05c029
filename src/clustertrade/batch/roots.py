"""Roots of autoregressions, and estimates less as much of their bias as the roots allow."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array

STEPS = 20                                                 # parts of the bias of which as many are taken off as fit


def largest_root(coefficients: Array) -> Array:
    """Modulus of the largest root of each autoregression: (S, P) -> (S,)."""
    s, p = coefficients.shape
    if not p:
        return np.zeros(s)
    companion = np.zeros((s, p, p))
    companion[:, 0] = coefficients
    companion[:, np.arange(1, p), np.arange(p - 1)] = 1.0
    return np.asarray(np.abs(np.linalg.eigvals(companion)).max(-1))


def less_bias(estimates: Array, bias: Array, largest: float, slopes: slice = slice(None)) -> Array:
    """Estimates less their bias (S, K), each less as many twentieths of it as leave no root beyond ``largest``.

    ``slopes`` are the columns of the autoregressions (Kilian 1998).
    """
    out, left = estimates.copy(), np.ones(len(estimates), dtype=bool)
    for share in np.linspace(1, 0, STEPS + 1):
        trial = estimates - share * bias
        fits = left & (largest_root(trial[:, slopes]) <= largest)
        out[fits], left = trial[fits], left & ~fits
    return out
