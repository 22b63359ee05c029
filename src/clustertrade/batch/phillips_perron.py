"""Phillips-Perron statistics for a batch of series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.adf import adf_regressions
from clustertrade.batch.lags import lag
from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.trend import detrend


@dataclass(frozen=True)
class PhillipsPerron:
    """A row a series: zt, zrho; t and rho of the regression; sigma2 (divisor n), omega2, bandwidth, nobs."""

    zt: Array
    zrho: Array
    t: Array
    rho: Array
    sigma2: Array
    omega2: Array
    bandwidth: Array
    nobs: NDArray[np.int_]


def phillips_perron(y: Array, valid: Mask, trend: str, kernel: str, bandwidth: float | str, *,
                    current: bool = False) -> PhillipsPerron:
    """Z(t) and Z(rho) of Phillips and Perron (1988) for every row.

    y (B, T), valid (B, T) bool without gaps inside a row, trend n, c or ct, kernel, bandwidth a number or auto
    ->  PhillipsPerron

    ``current`` takes the sum of squares of the level and not of its lag in the correction.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    fit = adf_regressions(y, valid, trend, 0)
    n = fit.nobs.astype(float)
    run = long_run(fit.resid, fit.valid, bandwidth, kernel)
    omega2, sigma2 = run.omega[:, 0, 0], run.sigma[:, 0, 0]
    level = y if current else lag(y, valid)[0]
    square = (detrend(level, fit.valid, trend) ** 2).sum(1) / n**2
    if trend == "ct":
        square = square * (1 - n**-2.0)                    # 12 D_X / n^6 with D_X the determinant of the regressors
    half = (omega2 - sigma2) / 2
    return PhillipsPerron(
        zt=np.sqrt(sigma2 / omega2) * fit.t - half / np.sqrt(omega2 * square),
        zrho=n * fit.coef - half / square,
        t=fit.t, rho=1 + fit.coef, sigma2=sigma2, omega2=omega2, bandwidth=run.bandwidth, nobs=fit.nobs)
