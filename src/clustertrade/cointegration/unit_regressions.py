"""The cointegrating regression of every entity by itself, and what its residuals say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.adf import AdfRegressions, adf_regressions
from clustertrade.batch.lags import diff, lag
from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Collinear, Mask, ols
from clustertrade.batch.trend import TERMS, deterministic_columns
from clustertrade.distributions import engle_granger as law


@dataclass(frozen=True)
class UnitRegressions:
    """y on x and deterministic terms, entity by entity, and Dickey-Fuller regressions of the residuals.

    beta (N, M + d) slopes first; resid, valid (N, T); periods T_i (N,); after (N, T): cells with a residual before.
    Of e_t = rho e_{t-1} + error: square (N,) = sum e_{t-1}^2, raw_cross (N,) = sum e_{t-1} d.e_t, lam (N,) the sum of
    the weighted autocovariances of the error, sigma2 (N,) its long-run variance.  adf: the augmented regression,
    adf_s2 (N,) its residual variance.  Variances divide by the periods, or are corrected (``corrected``).
    """

    beta: Array
    resid: Array
    valid: Mask
    periods: NDArray[np.int_]
    after: Mask
    rho: Array
    square: Array
    raw_cross: Array
    lam: Array
    sigma2: Array
    bandwidth: Array
    adf: AdfRegressions
    adf_s2: Array

    @property
    def cross(self) -> Array:
        """sum e_{t-1} d.e_t - (T_i - 1) lambda_i."""
        return self.raw_cross - self.after.sum(1) * self.lam

    @property
    def adf_square(self) -> Array:
        """Sum of squares of e_{t-1} left by the lagged differences."""
        return self.adf.sigma2 * (self.adf.t / self.adf.coef) ** 2

    @property
    def t_pp(self) -> Array:
        """Phillips-Perron t of each entity: cross / sqrt(sigma2 square)."""
        return self.cross / np.sqrt(self.sigma2 * self.square)

    @property
    def t_adf(self) -> Array:
        """Augmented Dickey-Fuller t of each entity, with the residual variance adf_s2."""
        return self.adf.coef * np.sqrt(self.adf_square / self.adf_s2)

    def corrected(self) -> UnitRegressions:
        """Variances divided by n - k, k the coefficients of the cointegrating and of the residual regression."""
        first, n = self.beta.shape[1], self.after.sum(1)
        scale = n / (n - 1 - first)
        adf_df = self.adf.df - first
        return replace(self, lam=self.lam * scale, sigma2=self.sigma2 * scale,
                       adf_s2=self.adf_s2 * self.adf.nobs / adf_df)


def unit_regressions(y: Array, x: Array, trend: str, lags: int | str, max_lags: int, kernel: str,
                     bandwidth: int | str) -> UnitRegressions:
    """Every entity at once.

    y (N, T), x (N, T, M), NaN outside of an entity's own periods, trend n, c or ct, lags of the augmented regression,
    kernel and bandwidth of the long-run variance  ->  UnitRegressions

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    valid = np.isfinite(y) & np.isfinite(x).all(-1)
    beta, _, resid, _ = ols(y, np.concatenate([x, deterministic_columns(trend, valid)], -1), valid)
    total = np.where(valid, y - np.nanmean(y, axis=1, keepdims=True), 0.0)
    if (exact := np.flatnonzero((resid**2).sum(1) <= 1e-20 * (total**2).sum(1))).size:
        raise Collinear(exact)
    before, there = lag(resid, valid)
    after = there & valid
    before = np.where(after, before, 0.0)
    change, _ = diff(resid, valid)
    square = (before**2).sum(1)
    raw = (before * change).sum(1)
    error = np.where(after, change - (raw / square)[:, None] * before, 0.0)       # e_t - rho e_{t-1}
    width = long_run(error, after, bandwidth, kernel)
    adf = adf_regressions(resid, valid, "n", lags, max_lags)
    return UnitRegressions(
        beta=beta, resid=resid, valid=valid, periods=valid.sum(1), after=after, rho=1 + raw / square, square=square,
        raw_cross=raw, lam=width.lam[:, 0, 0], sigma2=width.omega[:, 0, 0], bandwidth=width.bandwidth, adf=adf,
        adf_s2=adf.sigma2 * adf.df / adf.nobs)


def entity_rows(fit: UnitRegressions, entities: tuple[str, ...], names: list[str], trend: str) -> list[dict[str, Any]]:
    """A row an entity for ``details.entities``; p of the ADF t as of an Engle-Granger test of this entity alone."""
    labels = [*names, *("const", "trend")[: TERMS[trend]]]
    t_pp, variables = fit.t_pp, 1 + len(names)
    pvalues: Array = np.full(len(entities), np.nan)
    for n in np.unique(fit.adf.nobs) if variables <= law.MOST else ():
        same = fit.adf.nobs == n
        pvalues[same] = law.pvalue(fit.adf.t[same], trend, variables, float(n))
    return [{"entity": entity, "periods": int(fit.periods[i]),
             "coefficients": dict(zip(labels, fit.beta[i].tolist(), strict=True)),
             "rho": float(fit.rho[i]), "t_adf": float(fit.adf.t[i]),
             "pvalue": float(pvalues[i]) if variables <= law.MOST else None, "lags": int(fit.adf.lags[i]),
             "nobs": int(fit.adf.nobs[i]), "t_pp": float(t_pp[i]), "bandwidth": float(fit.bandwidth[i])}
            for i, entity in enumerate(entities)]
