"""How many common stochastic trends a set of factors has: the MQ statistics of Bai and Ng (2004), section 3.2."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.ols import Array
from clustertrade.batch.trend import detrend


def strongest_directions(factors: Array, trend: str) -> Array:
    """Factors less their deterministic terms, rotated so that the most variable direction comes first.

    factors (B, T, K), trend c or ct  ->  (B, T, K)
    """
    valid = np.ones(factors.shape[:2], dtype=bool)
    y = detrend(factors, valid, trend)
    _, vectors = np.linalg.eigh(np.swapaxes(y, 1, 2) @ y)
    return np.asarray(y @ vectors[:, :, ::-1])


def mq_c(y: Array, bandwidth: int) -> Array:
    """T (nu - 1) with the serial correlation of the steps taken out by a Bartlett kernel: y (B, T, M)  ->  (B,).

    nu is the smallest eigenvalue of 0.5 (sum(Y_t Y_{t-1}' + Y_{t-1} Y_t') - T (Sigma_1 + Sigma_1'))
    (sum Y_{t-1} Y_{t-1}')^{-1}; Sigma_1 the weighted autocovariances of the residuals of Y on its lag.
    """
    now, before = y[:, 1:], y[:, :-1]
    square = np.swapaxes(before, 1, 2) @ before
    cross = np.swapaxes(now, 1, 2) @ before
    resid = now - before @ np.linalg.solve(square, np.swapaxes(cross, 1, 2))
    for j in range(1, min(bandwidth, resid.shape[1] - 1) + 1):
        cross = cross - (1 - j / (bandwidth + 1)) * np.swapaxes(resid[:, :-j], 1, 2) @ resid[:, j:]
    return y.shape[1] * (_smallest(cross, square) - 1)


def mq_f(y: Array, order: int) -> Array:
    """T (nu - 1) of the series filtered by an autoregression of their steps: y (B, T, M), order p  ->  (B,)."""
    if order:
        steps = np.diff(y, axis=1)
        y = y[:, order:] - _lags(y, order, order) @ _autoregression(_lags(steps, order, order), steps[:, order:])
    now, before = y[:, 1:], y[:, :-1]
    return y.shape[1] * (_smallest(np.swapaxes(now, 1, 2) @ before, np.swapaxes(before, 1, 2) @ before) - 1)


def autoregressive_order(y: Array, most: int, criterion: str) -> NDArray[np.int_]:
    """The order 0 ... most of the autoregression of the steps of y, on one sample: y (B, T, M)  ->  (B,).

    criterion aic, bic or hqic: n log det of the residual covariance with 2, log n or 2 log log n a coefficient.
    """
    steps = np.diff(y, axis=1)
    n, m = steps.shape[1] - most, y.shape[2]
    penalty = {"aic": 2.0, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
    table = []
    for p in range(most + 1):
        resid = steps[:, most:]
        if p:
            lagged = _lags(steps, p, most)
            resid = resid - lagged @ _autoregression(lagged, resid)
        table.append(n * np.linalg.slogdet(np.swapaxes(resid, 1, 2) @ resid / n)[1] + penalty * m * m * p)
    return np.argmin(table, axis=0)


def _lags(x: Array, order: int, first: int) -> Array:
    """Lags 1 ... order of x (B, T, M) side by side, from row ``first`` on: (B, T - first, M order)."""
    return np.concatenate([x[:, first - j: x.shape[1] - j] for j in range(1, order + 1)], 2)


def _autoregression(lagged: Array, now: Array) -> Array:
    across = np.swapaxes(lagged, 1, 2)
    return np.asarray(np.linalg.solve(across @ lagged, across @ now))


def _smallest(cross: Array, square: Array) -> Array:
    """The smallest root of |(C + C')/2 - nu S| = 0."""
    lower = np.linalg.inv(np.linalg.cholesky(square))
    both = (cross + np.swapaxes(cross, 1, 2)) / 2
    return np.asarray(np.linalg.eigvalsh(lower @ both @ np.swapaxes(lower, 1, 2))[:, 0])
