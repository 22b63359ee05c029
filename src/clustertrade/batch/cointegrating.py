"""Cointegrating regressions of every row of a batch: fully modified, canonical, and with leads and lags.

Each gives, for every row, the cross-product A of its regressors less deterministic terms, and c, so that its slopes are
A^-1 c and those of all rows together (sum w A)^-1 (sum w c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.lags import diff, lag_columns
from clustertrade.batch.longrun import LongRun, long_run, newey_west_1994
from clustertrade.batch.ols import Array, BatchError, Collinear, Mask, ols
from clustertrade.batch.trend import detrend, unit_terms

Orders = NDArray[np.int_]


class Singular(BatchError):
    """Rows whose long-run covariance is singular."""


@dataclass(frozen=True)
class Cointegrating:
    """square (B, K, K) and cross (B, K): A and c.

    y, x, z: what was regressed, (B, T), (B, T, K) and terms (B, T, d), over ``used`` (B, T); correction (B, K): what
    the second-order bias took off A^-1 c.
    """

    square: Array
    cross: Array
    y: Array
    x: Array
    z: Array
    used: Mask
    correction: Array

    @property
    def slopes(self) -> Array:
        """Slopes of every row, (B, K)."""
        return np.asarray(np.linalg.solve(self.square, self.cross[..., None])[..., 0])

    @property
    def theta(self) -> Array:
        """Deterministic coefficients and slopes of every row, (B, d + K)."""
        slopes = self.slopes
        if not self.z.shape[-1]:
            return slopes
        left = self.y - np.einsum("btk,bk->bt", self.x, slopes)
        return np.concatenate([ols(left, self.z, self.used)[0], slopes], -1)

    def inverse(self) -> Array:
        """(Z'Z)^-1 of every row, deterministic terms first, (B, d + K, d + K); times omega it is the covariance."""
        return inverse_cross(np.concatenate([self.z, self.x], -1), self.used)


@dataclass(frozen=True)
class LeadsAndLags:
    """products: A and c less leads and lags; theta (B, d + K), terms first, inverse: of Z'Z for them; df (B,)."""

    products: Cointegrating
    theta: Array
    inverse: Array
    df: Array


def _cross_products(y: Array, x: Array, trend: str, z: Array, used: Mask, bias: Array | None = None) -> Cointegrating:
    """A and c; z (B, T, d) are the terms of ``trend``; ``bias`` (B, K) is taken off X'y."""
    y, x = np.where(used, y, 0.0), np.where(used[..., None], x, 0.0)
    left, right = detrend(y, used, trend), detrend(x, used, trend)
    if (bad := np.flatnonzero((np.sqrt((right**2).sum(1)) <= 1e-10 * np.sqrt((x**2).sum(1))).any(-1))).size:
        raise Collinear(bad)
    size = np.sqrt((right**2).sum(1))
    r = np.linalg.qr(right / size[:, None, :], mode="r")
    if (bad := np.flatnonzero((np.abs(np.diagonal(r, axis1=1, axis2=2)) <= 1e-10).any(-1))).size:
        raise Collinear(bad)
    square = np.swapaxes(right, 1, 2) @ right
    cross = np.einsum("btk,bt->bk", right, left)
    shift = np.zeros_like(cross)
    if bias is not None:
        shift, cross = np.linalg.solve(square, bias[..., None])[..., 0], cross - bias
    return Cointegrating(square, cross, y, x, z, used, shift)


def first_stage(y: Array, x: Array, trend: str, valid: Mask, pooled: bool) -> Array:
    """Residuals (B, T) of least squares for each row, or with slopes common to all (``pooled``)."""
    if not pooled:
        return ols(y, np.concatenate([unit_terms(trend, valid), x], -1), valid)[2]
    fit = _cross_products(y, x, trend, unit_terms(trend, valid), valid)
    common = np.linalg.solve(fit.square.sum(0), fit.cross.sum(0))
    return np.where(valid, detrend(fit.y, valid, trend) - detrend(fit.x, valid, trend) @ common, 0.0)


def long_run_parts(resid: Array, x: Array, trend: str, valid: Mask, kernel: str,
                   bandwidth: int | str) -> tuple[Array, Mask, LongRun]:
    """(u_t, d.x_t) (B, T, 1 + K), its cells, and its long-run covariance; x is detrended before it is differenced.

    The automatic bandwidth of a row is Newey and West's for the columns brought to one length.

    Raises
    ------
    Singular
        With the numbers of the rows.
    """
    moves, used = diff(detrend(x, valid, trend), valid)
    w = np.concatenate([np.where(used, resid, 0.0)[..., None], moves], -1)
    size = np.sqrt((w**2).sum(1, keepdims=True))
    if (bad := np.flatnonzero((size[:, 0, 1:] == 0).any(-1))).size:
        raise Collinear(bad)
    scaled = w / np.where(size > 0, size, 1.0)
    width: Array | float = newey_west_1994(scaled, used, kernel) if isinstance(bandwidth, str) else float(bandwidth)
    found = long_run(scaled, used, width, kernel)
    values = np.linalg.eigvalsh(found.omega[:, 1:, 1:])
    if (bad := np.flatnonzero(values[:, 0] <= 1e-12 * values[:, -1])).size:
        raise Singular(bad)
    outer = np.swapaxes(size, 1, 2) * size
    return w, used, LongRun(found.omega * outer, found.lam * outer, found.sigma * outer, found.bandwidth)


def mean_covariance(found: LongRun) -> LongRun:
    """The mean over rows, for every row: Phillips and Moon's (1999) long-run average covariance."""
    def spread(a: Array) -> Array:
        return np.broadcast_to(a.mean(0), a.shape)

    return LongRun(spread(found.omega), spread(found.lam), spread(found.sigma), found.bandwidth)


def conditional_variance(found: LongRun) -> Array:
    """Long-run variance of u given d.x: omega_11 - omega_12 Omega_22^-1 omega_21, (B,)."""
    o = found.omega
    gain = np.linalg.solve(o[:, 1:, 1:], o[:, 1:, :1])[..., 0]
    return np.asarray(np.maximum(o[:, 0, 0] - np.einsum("bk,bk->b", o[:, 0, 1:], gain), 0.0))


def fully_modified(y: Array, x: Array, trend: str, z: Array, w: Array, used: Mask, found: LongRun) -> Cointegrating:
    """Phillips and Hansen (1990): y+ = y - Omega_12 Omega_22^-1 d.x, and X'y+ less n times the one-sided covariance."""
    o = found.omega
    gain = np.linalg.solve(o[:, 1:, 1:], o[:, 1:, :1])[..., 0]              # Omega_22^-1 omega_21 (B, K)
    plus = np.where(used, y - np.einsum("btk,bk->bt", w[..., 1:], gain), 0.0)
    one_sided = found.delta[:, :, 1:]                                       # sum over j >= 0 of E w_t d.x_{t-j}'
    bias = one_sided[:, 0] - np.einsum("bk,bkl->bl", gain, one_sided[:, 1:])
    return _cross_products(plus, x, trend, z, used, used.sum(1)[:, None] * bias)


def canonical(y: Array, x: Array, trend: str, z: Array, w: Array, used: Mask, found: LongRun,
              slopes: Array) -> Cointegrating:
    """Park (1992): least squares of y* on x*, both less what w_t says; ``slopes`` (B, K) are those of least squares."""
    o, one_sided = found.omega, found.delta[:, :, 1:]
    weight = np.linalg.solve(found.sigma, one_sided)                        # Sigma^-1 Delta_2 (B, 1 + K, K)
    gain = np.linalg.solve(o[:, 1:, 1:], o[:, 1:, :1])[..., 0]
    pull = np.einsum("bck,bk->bc", weight, slopes)
    pull[:, 1:] += gain
    return _cross_products(y - np.einsum("btc,bc->bt", w, pull), x - w @ weight, trend, z, used)


def leads_and_lags(y: Array, x: Array, trend: str, valid: Mask, leads: Orders, lags: Orders) -> LeadsAndLags:
    """Saikkonen (1991), Stock and Watson (1993): least squares beside d.x_{t+leads} ... d.x_{t-lags}.

    leads, lags (B,): orders of each row.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows.
    """
    terms = unit_terms(trend, valid)
    n, t, k = x.shape
    d = terms.shape[-1]
    left, right, used = np.zeros((n, t)), np.zeros((n, t, k)), np.zeros((n, t), dtype=bool)
    theta, inverse, df = np.zeros((n, d + k)), np.zeros((n, d + k, d + k)), np.zeros(n)
    for ahead, back in sorted({*zip(leads.tolist(), lags.tolist(), strict=True)}):
        at = np.flatnonzero((leads == ahead) & (lags == back))
        beside, ok = _beside(x[at], valid[at], ahead, back)
        z = np.concatenate([terms[at], x[at], beside], -1)
        basis = np.concatenate([terms[at], beside], -1)
        try:
            beta, _, _, df[at] = ols(y[at], z, ok)
            left[at] = ols(y[at], basis, ok)[2]
            for j in range(k):
                right[at, :, j] = ols(x[at][..., j], basis, ok)[2]
        except BatchError as wrong:
            raise type(wrong)(at[wrong.rows]) from wrong
        theta[at], inverse[at] = beta[:, : d + k], inverse_cross(z, ok)[:, : d + k, : d + k]
        used[at] = ok
    return LeadsAndLags(_cross_products(left, right, "n", terms[..., :0], used), theta, inverse, df)


def choose_leads_and_lags(y: Array, x: Array, trend: str, valid: Mask, most: int, criterion: str, leads: int | None,
                          lags: int | None) -> tuple[Orders, Orders]:
    """Leads and lags 0 ... most of each row by a criterion, on the cells that the largest orders have.

    ``leads`` and ``lags`` fix one of them.  Ties go to fewer terms.
    """
    ahead_most, back_most = (most if fixed is None else fixed for fixed in (leads, lags))
    beside, ok = _beside(x, valid, ahead_most, back_most)
    k = x.shape[-1]
    terms = unit_terms(trend, valid)
    n = ok.sum(1).astype(float)
    best, chosen = np.full(len(y), np.inf), np.zeros((len(y), 2), dtype=np.int_)
    each = {"aic": np.full_like(n, 2.0), "bic": np.log(n), "hqic": 2 * np.log(np.log(np.maximum(n, 3.0)))}[criterion]
    ahead_of, back_of = (range(most + 1) if fixed is None else (fixed,) for fixed in (leads, lags))
    for ahead, back in sorted(((a, b) for a in ahead_of for b in back_of), key=lambda pair: (sum(pair), pair)):
        columns = beside[..., (ahead_most - ahead) * k: (ahead_most + back + 1) * k]
        z = np.concatenate([terms, x, columns], -1)
        resid = ols(y, z, ok)[2]
        rss = np.maximum((resid**2).sum(1), np.finfo(float).tiny)
        value = n * np.log(rss / n) + each * z.shape[-1]
        better = ~np.isfinite(best) | (value < best - 1e-10 * np.abs(value))
        best = np.where(better, value, best)
        chosen[better] = (ahead, back)
    return chosen[:, 0], chosen[:, 1]


def _beside(x: Array, valid: Mask, ahead: int, back: int) -> tuple[Array, Mask]:
    """d.x_{t+ahead} ... d.x_{t-back} (B, T, K (ahead + back + 1)) and the cells that have them."""
    moves, there = diff(x, valid)
    columns, ok = lag_columns(moves, there, range(-ahead, back + 1))
    return columns, ok & valid


def inverse_cross(z: Array, valid: Mask) -> Array:
    """(Z'Z)^-1 of every row: z (B, T, P), valid (B, T)  ->  (B, P, P)."""
    z = np.where(valid[..., None], z, 0.0)
    size = np.sqrt((z**2).sum(1))
    r_inv = np.linalg.inv(np.linalg.qr(z / size[:, None, :], mode="r"))
    return np.asarray(r_inv @ np.swapaxes(r_inv, 1, 2) / (size[:, :, None] * size[:, None, :]))
