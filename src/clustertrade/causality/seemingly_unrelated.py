"""Seemingly unrelated regressions of all entities of a panel, for a batch of panels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array


@dataclass(frozen=True)
class System:
    """Generalised least squares of N equations with K coefficients each.

    beta (B, N, K); wald (B, N), of the last coefficients of each equation; resid (B, N, T).  NaN where a panel has a
    singular residual covariance.
    """

    beta: Array
    wald: Array
    resid: Array


def seemingly_unrelated(y: Array, z: Array, tested: int) -> System:
    """Zellner's two-step estimator: y (B, N, T), z (B, N, T, K); the last ``tested`` coefficients are tested.

    The residual covariance is that of least squares equation by equation, divisor T.
    """
    b, n, t, k = z.shape
    size = np.sqrt((z**2).sum(2, keepdims=True))
    size = np.where(size > 0, size, 1.0)
    q, r = np.linalg.qr(z / size)                                                      # (B, N, T, K): orthonormal
    ols = q.swapaxes(2, 3) @ y[..., None]
    first = y - (q @ ols)[..., 0]
    sigma = first @ first.swapaxes(1, 2) / t
    scale = np.sqrt(np.diagonal(sigma, axis1=1, axis2=2))
    out = System(np.full((b, n, k), np.nan), np.full((b, n), np.nan), np.full((b, n, t), np.nan))
    with np.errstate(all="ignore"):
        unit = sigma / (scale[:, :, None] * scale[:, None, :])
        fine = np.isfinite(unit).all((1, 2)) & (np.abs(np.diagonal(r, axis1=2, axis2=3)).min((1, 2)) > 1e-10)
        fine[fine] = np.linalg.eigvalsh(unit[fine])[:, 0] > 1e-12
    if not fine.any():
        return out
    q, r, y, size = q[fine], r[fine], y[fine], size[fine]
    weight = np.linalg.inv(unit[fine]) / (scale[fine][:, :, None] * scale[fine][:, None, :])
    stacked = q.swapaxes(2, 3).reshape(-1, n * k, t)                                   # every regressor a row
    normal = (stacked @ stacked.swapaxes(1, 2)).reshape(-1, n, k, n, k) * weight[:, :, None, :, None]
    moment = (q.swapaxes(2, 3) @ (weight @ y)[..., None]).reshape(-1, n * k, 1)        # sum_j w_ij Q_i' y_j
    inverse = np.linalg.inv(normal.reshape(-1, n * k, n * k))
    coef = (inverse @ moment).reshape(-1, n, k)
    resid = y - np.einsum("bntk,bnk->bnt", q, coef)
    back = np.linalg.inv(r)                                                            # to coefficients of z
    beta = (back @ coef[..., None])[..., 0]
    own = inverse.reshape(-1, n, k, n, k)[:, np.arange(n), :, np.arange(n)].swapaxes(0, 1)
    covariance = back @ own @ back.swapaxes(2, 3)
    gap = beta[..., k - tested:, None]
    wald = (gap * np.linalg.solve(covariance[..., k - tested:, k - tested:], gap)).sum((2, 3))
    out.beta[fine], out.wald[fine], out.resid[fine] = beta / size[:, :, 0], wald, resid
    return out
