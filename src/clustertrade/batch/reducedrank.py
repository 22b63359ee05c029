"""Reduced rank regression (Johansen's maximum likelihood) for a batch of systems at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.batch.ols import Array, Collinear, Mask, TooShort


@dataclass(frozen=True)
class ReducedRank:
    """Canonical correlations of z0 and z1 given z2 in every system."""

    eigenvalues: Array       # (B, P) squared canonical correlations, descending
    vectors: Array           # (B, Q, Q) with V' S11 V = I; the first P belong to the eigenvalues
    loadings: Array          # (B, P, Q) S01 V
    r0: Array                # (B, T, P) z0 without what z2 explains
    r1: Array                # (B, T, Q)
    s00: Array               # (B, P, P)
    nobs: Array              # (B,)


def reduced_rank(z0: Array, z1: Array, z2: Array, valid: Mask) -> ReducedRank:
    """Johansen (1995) chapter 6: z0 = alpha beta' z1 + gamma z2 + error.

    z0 (B, T, P), z1 (B, T, Q) with Q >= P, z2 (B, T, K) with K >= 0, valid (B, T) bool.  Cells where ``valid`` is
    False weigh nothing and are never read.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    nobs = valid.sum(-1)
    p, q = z0.shape[-1], z1.shape[-1]
    if (short := np.flatnonzero(nobs < p + q + z2.shape[-1])).size:
        raise TooShort(short)
    z0, z1, z2 = (np.where(valid[..., None], z, 0.0) for z in (z0, z1, z2))
    if z2.shape[-1]:
        basis, _ = _orthonormal(z2)
        z0, z1 = (z - basis @ (basis.swapaxes(1, 2) @ z) for z in (z0, z1))
    q0, _ = _orthonormal(z0)
    q1, upper = _orthonormal(z1)
    root = np.sqrt(nobs)[:, None, None]
    # correlations of the orthonormal bases are the canonical correlations: no moment matrix is inverted
    left, singular, _ = np.linalg.svd(q1.swapaxes(1, 2) @ q0)
    if (exact := np.flatnonzero(1 - singular[:, 0] ** 2 <= 1e-12)).size:           # levels that give a change exactly
        raise Collinear(exact)
    vectors = root * np.linalg.solve(upper, left)
    return ReducedRank(eigenvalues=singular[:, :p] ** 2, vectors=vectors,
                       loadings=(z0.swapaxes(1, 2) @ z1) @ vectors / root**2, r0=z0, r1=z1,
                       s00=z0.swapaxes(1, 2) @ z0 / root**2, nobs=nobs)


def _orthonormal(z: Array) -> tuple[Array, Array]:
    """QR with columns brought to unit length first, so that units of measurement do not decide the rank."""
    size = np.sqrt((z**2).sum(-2, keepdims=True))
    if (bad := np.flatnonzero((size == 0).any((-1, -2)))).size:
        raise Collinear(bad)
    q, r = np.linalg.qr(z / size)
    if (bad := np.flatnonzero((np.abs(np.diagonal(r, axis1=-2, axis2=-1)) <= 1e-10).any(-1))).size:
        raise Collinear(bad)
    return q, r * size


@dataclass(frozen=True)
class Relations:
    """The cointegrating relations of rank R, normalised so that the first R rows of beta are the identity."""

    beta: Array              # (B, Q, R)
    beta_se: Array           # (B, Q, R); zero where the normalisation fixes the coefficient
    alpha: Array             # (B, P, R)
    alpha_se: Array          # (B, P, R)


def relations(fit: ReducedRank, rank: int, df: int) -> Relations:
    """Beta, alpha and standard errors for a given rank; ``df`` = nobs less the coefficients of an equation.

    The free rows of beta are estimated by GLS given alpha, with covariance (alpha' W^-1 alpha)^-1 x (R12' R12)^-1,
    W the residual covariance by maximum likelihood (Johansen 1995, chapter 13); alpha by OLS of each equation given
    beta, with residual variances divided by ``df``.
    """
    top = fit.vectors[:, :rank, :rank]
    if (bad := np.flatnonzero(np.linalg.cond(top) > 1e10)).size:
        raise Collinear(bad)
    turn = np.linalg.inv(top)
    beta = fit.vectors[:, :, :rank] @ turn
    alpha = fit.loadings[:, :, :rank] @ np.linalg.inv(turn).swapaxes(1, 2)        # alpha beta' = loadings V'
    errors = fit.r0 - fit.r1 @ (beta @ alpha.swapaxes(1, 2))
    nobs = fit.nobs[:, None, None]
    moment = errors.swapaxes(1, 2) @ errors
    try:
        inner = np.linalg.inv(alpha.swapaxes(1, 2) @ np.linalg.solve(moment / nobs, alpha))
    except np.linalg.LinAlgError:                                                 # an equation without error
        raise Collinear(np.arange(len(alpha))) from None
    free = fit.r1[:, :, rank:]
    spread = np.linalg.inv(free.swapaxes(1, 2) @ free)
    beta_se = np.zeros_like(beta)
    beta_se[:, rank:] = np.sqrt(_diagonal(spread)[:, :, None] * _diagonal(inner)[:, None, :])
    level = fit.r1 @ beta
    around = np.linalg.inv(level.swapaxes(1, 2) @ level)
    alpha_se = np.sqrt(_diagonal(moment)[:, :, None] / df * _diagonal(around)[:, None, :])
    return Relations(beta, beta_se, alpha, alpha_se)


def _diagonal(matrix: Any) -> Any:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def error_correction(levels: Array, names: Sequence[str], lags: int,
                     case: int) -> tuple[Array, Array, Array, Array, tuple[str, ...]]:
    """The parts of an error-correction model of series (T, P) with ``lags`` lagged differences.

    Differences (n, P), lagged levels (n, P), terms inside the relations (n, 0 or 1: a constant in case 2, a trend in
    case 4), lagged differences with the terms outside (n, K), and the labels of these K; n = T - lags - 1.
    """
    change = np.diff(levels, axis=0)
    nobs = len(change) - lags
    one, time = np.ones((nobs, 1)), np.arange(lags + 2.0, lags + 2.0 + nobs)[:, None]
    inside = {2: one, 4: time}.get(case, np.empty((nobs, 0)))
    short = [change[lags - k:len(change) - k] for k in range(1, lags + 1)]
    outside = np.hstack([np.empty((nobs, 0)), *short, *[one] * (case >= 3), *[time] * (case == 5)])
    labels = tuple(f"L{k}.d.{n}" for k in range(1, lags + 1) for n in names)
    labels += ("const",) * (case >= 3) + ("trend",) * (case == 5)
    return change[lags:], levels[lags:-1], inside, outside, labels


def var_criterion(levels: Array, case: int, name: str, max_lags: int) -> dict[str, float]:
    """The criterion of a VAR in levels by lagged differences 0 .. max_lags, on their common sample."""
    t, p = levels.shape
    nobs = t - max_lags - 1
    weight = {"aic": 2.0, "bic": math.log(nobs), "hqic": 2 * math.log(math.log(nobs))}[name]
    terms = [np.ones((nobs, 1))] * (case >= 2) + [np.arange(1.0, nobs + 1)[:, None]] * (case >= 4)
    out = {}
    for lags in range(max_lags + 1):
        past = [levels[max_lags - j : t - 1 - j] for j in range(lags + 1)]
        basis, upper = np.linalg.qr(np.hstack([*past, *terms]))
        if np.abs(np.diagonal(upper)).min() <= 1e-12 * np.abs(np.diagonal(upper)).max():
            raise Collinear(np.array([0]))
        now = levels[max_lags + 1 :]
        errors = now - basis @ (basis.T @ now)
        _, logdet = np.linalg.slogdet(errors.T @ errors / nobs)
        out[str(lags)] = float(logdet + weight * p * basis.shape[1] / nobs)
    return out
