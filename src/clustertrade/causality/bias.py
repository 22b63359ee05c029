"""The bias of least squares in the restricted equation of a bootstrap, taken off by simulation."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.lags import lag_columns
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.roots import less_bias
from clustertrade.causality.regression import Design

DRAWS = 100
SEED = 100                                                 # of the simulation, whatever the seed of the bootstrap


def without_bias(null: Design, y: Array, beta: Array, pool: Array, lags: int) -> Array:
    """Coefficients less their bias (Kilian 1998): null, y (B, T), beta (B, 1 + lags), pool (B, S)  ->  beta.

    ``null.own`` is a constant and the lags of y.  Series grow from the data's first values with residuals drawn from
    ``pool``; the mean of their estimates less beta is the bias.  As much of it is taken off, in twentieths, as leaves
    no root beyond one; the constant is then least squares given the rest.
    """
    there = null.valid
    rng = np.random.default_rng(SEED)
    errors = pool[:, rng.integers(0, pool.shape[1], (DRAWS, y.shape[1]))]
    series = grown(y, there, beta[:, 1:], np.where(there, beta[:, :1], 0.0), errors)
    flat, cells = series.reshape(-1, y.shape[1]), np.repeat(there, DRAWS, 0)
    flat = np.where(np.isfinite(flat), flat, 0.0)
    lagged, _ = lag_columns(flat, np.ones(flat.shape, dtype=bool), range(1, lags + 1))
    own = np.concatenate([np.ones((*flat.shape, 1)), lagged], -1)
    again = ols(np.where(cells, flat, 0.0), np.where(cells[..., None], own, 0.0), cells)[0]
    bias = again.reshape(len(y), DRAWS, -1).mean(1) - beta
    out = less_bias(beta, bias, 1 + 1e-9, slice(1, None))
    rest = null.effect - (null.own[..., 1:] @ out[:, 1:, None])[..., 0]
    out[:, 0] = np.where(there, rest, 0.0).sum(1) / there.sum(1)
    return out


def grown(y: Array, known: Mask, gamma: Array, fixed: Array, errors: Array) -> Array:
    """Series (n, R, T) that grow where the regression is known; before, and after the entity's end, as observed."""
    series = np.repeat(y[:, None, :], errors.shape[1], 1)
    with np.errstate(over="ignore", invalid="ignore"):
        for s in range(y.shape[1]):
            if not known[:, s].any():
                continue
            now = fixed[:, None, s] + errors[..., s]
            for k in range(1, gamma.shape[1] + 1):
                now = now + gamma[:, None, k - 1] * series[..., s - k]
            series[..., s] = np.where(known[:, None, s], now, series[..., s])
    return series
