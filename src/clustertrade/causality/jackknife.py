"""The half-panel jackknife of pooled causality coefficients, for a batch of panels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, Collinear, Mask
from clustertrade.causality.regression import Design, design


@dataclass(frozen=True)
class Jackknife:
    """Coefficients (B, Q) of the lags of the causes: pooled, and bias-corrected; their covariance (B, Q, Q)."""

    pooled: Array
    corrected: Array
    covariance: Array
    wald: Array                                            # (B,)


def jackknife(y: Array, x: Array, valid: Mask, order: int, cov: str = "unadjusted") -> Jackknife:
    """Juodis, Karavias and Sarafidis (2021): one slope for all entities, constants and own lags of each its own.

    y (B, N, T), x (N, T, M), valid (N, T) bool, one run of periods an entity  ->  Jackknife

    Half-panels are the first floor(T_i / 2) periods of each entity and the others; each loses ``order`` periods to its
    lags.  cov: ``unadjusted``, ``robust`` (sums of an entity squared) or ``driscoll-kraay`` (sums of a period squared).
    A panel in which the slopes are collinear has NaN.
    """
    b, n, t = y.shape
    regression = design(y.reshape(-1, t), np.tile(x, (b, 1, 1)), np.tile(valid, (b, 1)), order)
    start, length = np.argmax(valid, 1)[:, None], valid.sum(1)[:, None]
    middle, period = start + length // 2, np.arange(t)
    cells = regression.valid
    halves = np.tile(period < middle, (b, 1)), np.tile(period >= middle + order, (b, 1))
    effect, causes = partialled(regression, cells, strict=b == 1)
    square, pooled = _pooled(effect, causes, b)
    first, second = (_pooled(*partialled(regression, cells & half), b)[1] for half in halves)
    corrected = 2 * pooled - (first + second) / 2                                      # eq. 7
    error = (effect - np.einsum("btq,bq->bt", causes, np.repeat(pooled, n, 0))).reshape(b, n, t)
    score = causes.reshape(b, n, t, -1) * error[..., None]
    df = float(cells[:n].sum() - n * (1 + order) - pooled.shape[1])
    with np.errstate(all="ignore"):
        inverse = _inverse(square)
        if cov == "unadjusted":
            covariance = inverse * ((error**2).sum((1, 2)) / df)[:, None, None]
        else:
            sums = score.sum(2 if cov == "robust" else 1)                              # by entity, or by period
            covariance = inverse @ (sums.swapaxes(1, 2) @ sums) @ inverse * (cells[:n].sum() / df)
        wald = (corrected[:, None] @ _inverse(covariance) @ corrected[..., None])[:, 0, 0]
    return Jackknife(pooled, corrected, covariance, wald)


def partialled(regression: Design, cells: Mask, *, strict: bool = False) -> tuple[Array, Array]:
    """Effect (B, T) and causes (B, T, Q) without what constant and own lags explain in the cells; zero elsewhere.

    Raises
    ------
    Collinear
        With ``strict``: rows whose own lags are collinear.
    """
    own = np.where(cells[..., None], regression.own, 0.0)
    effect = np.where(cells, regression.effect, 0.0)
    causes = np.where(cells[..., None], regression.causes, 0.0)
    count = np.maximum(cells.sum(1), 1)
    own[..., 1:] -= np.where(cells[..., None], (own[..., 1:].sum(1) / count[:, None])[:, None], 0.0)
    size = np.sqrt((own**2).sum(1))
    q, r = np.linalg.qr(own / np.where(size > 0, size, 1.0)[:, None, :])
    flat = np.abs(np.diagonal(r, axis1=1, axis2=2)) <= 1e-10
    if strict and (bad := np.flatnonzero(flat.any(1))).size:
        raise Collinear(bad)
    q = np.where(flat[:, None, :], 0.0, q)                 # what others explain explains nothing more
    both = np.concatenate([effect[..., None], causes], -1)
    left = np.where(cells[..., None], both - q @ (q.swapaxes(1, 2) @ both), 0.0)
    return left[..., 0], left[..., 1:]


def _pooled(effect: Array, causes: Array, b: int) -> tuple[Array, Array]:
    """Cross-products (B, Q, Q) of the causes over entities, and the pooled coefficients (B, Q)."""
    q = causes.shape[-1]
    z = causes.reshape(b, -1, q)
    square = z.swapaxes(1, 2) @ z
    moment = z.swapaxes(1, 2) @ effect.reshape(b, -1, 1)
    return square, (_inverse(square) @ moment)[..., 0]


def _inverse(square: Array) -> Array:
    """Inverse of every matrix after scaling to a unit diagonal; NaN where it is singular.

    Raises
    ------
    Collinear
        Where the batch is one panel.
    """
    scale = np.sqrt(np.abs(np.diagonal(square, axis1=1, axis2=2)))
    with np.errstate(all="ignore"):
        unit = square / (scale[:, :, None] * scale[:, None, :])
        fine = np.isfinite(unit).all((1, 2))
        fine[fine] = np.linalg.eigvalsh(unit[fine])[:, 0] > 1e-12
    if len(square) == 1 and not fine[0]:
        raise Collinear(np.array([], dtype=np.int_))
    out = np.full_like(square, np.nan)
    out[fine] = np.linalg.inv(unit[fine]) / (scale[fine][:, :, None] * scale[fine][:, None, :])
    return out
