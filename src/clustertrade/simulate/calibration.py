"""What simulated panels take from given ones: autoregressions, variances, correlation of shocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.lags import lag_columns
from clustertrade.batch.lagselect import choose_order
from clustertrade.batch.ols import Array, Mask, ols
from clustertrade.batch.roots import largest_root

LARGEST_ROOT = 0.98                                        # of a stationary series; a larger estimate is held at this


@dataclass(frozen=True)
class Autoregressions:
    """Autoregressions with a constant, one a row: lags that a row does not have are zero."""

    coefficients: Array                                    # (S, P)
    constant: Array                                        # (S,)
    resid: Array                                           # (S, T), NaN where there is none
    held: int                                              # rows whose root was brought down to LARGEST_ROOT


def fit_autoregressions(series: Array, valid: Mask, order: int | None = None,
                        beside: Array | None = None) -> Autoregressions:
    """An autoregression of each row: series (S, T), valid (S, T).

    The order is chosen for each row by BIC, up to floor(4 (T/100)^(2/9)), unless given.  ``beside`` (S, T, B) are
    further regressors whose coefficients are estimated and forgotten.
    """
    shortest = int(valid.sum(1).min())
    most = order if order is not None else int(4 * (shortest / 100) ** (2 / 9))
    most = max(min(most, (shortest - 2 - (0 if beside is None else beside.shape[-1])) // 2), 0)
    base = np.ones((*series.shape, 1))
    if beside is not None:
        base = np.concatenate([base, beside], -1)
    lags, there = lag_columns(series, valid, range(1, most + 1))
    there &= valid
    chosen = np.full(len(series), most) if order is not None else choose_order(series, base, lags, there, "bic")
    coefficients, constant = np.zeros((len(series), most)), np.zeros(len(series))
    resid = np.full(series.shape, np.nan)
    for p in np.unique(chosen):
        rows = chosen == p
        own = lag_columns(series, valid, range(1, p + 1))[1][rows] & valid[rows]
        beta, _, left, _ = ols(series[rows], np.concatenate([base, lags[..., :p]], -1)[rows], own)
        constant[rows], coefficients[rows, :p] = beta[:, 0], beta[:, base.shape[-1]:]
        resid[rows] = np.where(own, left, np.nan)
    root = largest_root(coefficients)
    shrink = np.minimum(1.0, LARGEST_ROOT / np.maximum(root, 1e-12))[:, None]
    power = np.arange(1, coefficients.shape[1] + 1)        # roots of phi_k c^k are c times those of phi_k
    return Autoregressions(coefficients * shrink**power, constant, resid, int((root > LARGEST_ROOT).sum()))


@dataclass(frozen=True)
class Shocks:
    """Normal shocks with given variances and correlations, which differ within and between entities.

    Between entities correlations are shrunk to zero by the intensity of Schaefer and Strimmer (2005), so that those
    which a short sample shows by chance do not count; within an entity they are as estimated.
    """

    scale: Array                                           # (N, M): standard deviations
    common: Array                                          # (T, N * M): unit columns; their products are correlations
    factor: Array                                          # (N, M, M): the square root of the correlations of an entity
    shrunk: float                                          # intensity, 0 to 1

    def draw(self, rng: np.random.Generator, periods: int) -> Array:
        """Shocks (N, M, periods)."""
        n, m = self.scale.shape
        joint = (rng.standard_normal((periods, len(self.common))) @ self.common).T.reshape(n, m, periods)
        alone = np.einsum("nkm,nkt->nmt", self.factor, rng.standard_normal((n, m, periods)))
        return self.scale[..., None] * (np.sqrt(1 - self.shrunk) * joint + np.sqrt(self.shrunk) * alone)


def fit_shocks(resid: Array, degrees_lost: int = 1) -> Shocks:
    """Shocks like residuals (N, M, T), NaN where there are none."""
    n, m, t = resid.shape
    there = np.isfinite(resid)
    count = there.sum(-1)
    centred = np.where(there, resid, 0.0)
    centred = np.where(there, centred - centred.sum(-1, keepdims=True) / count[..., None], 0.0)
    square = (centred**2).sum(-1)
    unit = (centred / np.sqrt(square)[..., None]).reshape(n * m, t).T                  # (T, N * M)
    correlation = unit.T @ unit
    apart = np.kron(~np.eye(n, dtype=bool), np.ones((m, m), dtype=bool))
    r2 = correlation[apart] ** 2
    noise = ((1 - r2) ** 2 / (np.median(count) - 1)).sum()
    shrunk = float(min(1.0, noise / r2.sum())) if r2.size and r2.sum() > 0 else 1.0
    blocks = unit.reshape(t, n, m).transpose(1, 0, 2)
    scale = np.sqrt(square / np.maximum(count - degrees_lost, 1))
    return Shocks(scale, unit, _root(np.einsum("ntk,ntm->nkm", blocks, blocks)), shrunk)


def _root(correlation: Array) -> Array:
    """Symmetric square root of each matrix (N, M, M)."""
    value, vector = np.linalg.eigh(correlation)
    return np.einsum("nij,nj,nkj->nik", vector, np.sqrt(np.maximum(value, 0.0)), vector)


def filtered(shocks: Array, coefficients: Array) -> Array:
    """v_t = sum_k phi_k v_{t-k} + e_t from zero: shocks (S, T), coefficients (S, P)."""
    out = shocks.copy()
    for s in range(1, out.shape[1]):
        for k in range(1, min(coefficients.shape[1], s) + 1):
            out[:, s] += coefficients[:, k - 1] * out[:, s - k]
    return out
