"""The feasible point-optimal test of Elliott, Rothenberg and Stock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.adf import fewest_periods
from clustertrade.batch.gls import CBAR, gls_residuals
from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.lagselect import choose_order
from clustertrade.batch.ols import Array, Collinear, Mask, ols
from clustertrade.distributions import elliott, quantiles
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

MOST = 8                                                   # lagged differences of the simulated quantiles


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(t=max(fewest_periods("c", lags), 5), within=True)


@procedure(
    "ers",
    family="unitroot",
    title="Point-optimal test of Elliott, Rothenberg and Stock",
    null="the series has a unit root",
    alternative="the series is stationary around its deterministic terms",
    reference="elliott1996",
    scope="series",
    needs=_needs,
    choices={"trend": ("c", "ct")},
    conventions={"urca": {}},
    checked="60 cases of urca ur.ers under its convention (1e-9); critical values against the table of the paper.",
)
def ers(y: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
        convention: str = "paper") -> TestResult:
    r"""Unit root against the root 1 + c/T, by sums of squares in quasi-differences; small values reject.

    .. math:: P_T = \frac{S(\bar a) - \bar a\,S(1)}{\hat\omega^2},\qquad
        \hat\omega^2 = \frac{\hat\sigma^2_e}{(1-\sum_j\hat\psi_j)^2},\qquad
        \Delta y_t = \mu + \phi\,y_{t-1} + \sum_{j=1}^p\psi_j\,\Delta y_{t-j} + e_t

    S(a) is the sum of squared residuals of :math:`(y_1, y_2 - a y_1, \dots)` on the deterministic terms transformed
    likewise, :math:`\bar a = 1 + \bar c/T`, :math:`\bar c = -7` for a constant and -13.5 with a trend.

    Parameters
    ----------
    y : Panel of one time series
    trend : c or ct
        Deterministic terms.
    lags : int, or aic, bic, hqic, t
        Lagged differences p of the regression for the spectral density at zero.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    convention : paper or urca
        urca (ur.ers, type P-test) takes a number of lags above 1 as the largest order, and BIC, each order on its own
        sample, chooses from 1 on; with a trend it adds the change of a zeroth period, 0, to the differences of S(1),
        which makes it larger by the squared mean change; it prints the critical values of the paper's table by size.

    Returns
    -------
    TestResult
        ``P-T`` with p and critical values from simulated quantiles with p lags (8 for more) on T periods (at least
        100,000 draws).  The values of the paper hold without lags or in the limit: at T=100 with a constant the 5 %
        value is 3.17 without lags and 2.04 with 4.
        Details: ``omega2``, ``sigma2`` (divisor n - k), ``alpha_bar``, ``ssr`` at alpha_bar and at one, ``nobs`` of the
        regression.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; a constant series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"noise": noise, "walk": noise.cumsum()}))
    >>> ers(panel["noise"], lags=0).pvalue < 0.01, ers(panel["walk"], lags=0).pvalue > 0.1
    (True, True)
    """
    valid, urca = y.complete, convention == "urca"
    _, ssr, a = gls_residuals(y.series, valid, trend, CBAR[trend])
    _, ssr_one, _ = gls_residuals(y.series, valid, trend, 0.0)
    dy, inner = diff(y.series, valid)
    level, _ = lag(y.series, valid)
    base = np.stack([np.ones_like(level), level], -1)
    if urca and trend == "ct":
        ssr_one = ssr_one + ((dy**2).sum(1) - ssr_one) / valid.sum(1)
    if isinstance(lags, str):
        columns, there = lag_columns(dy, inner, range(1, int(max_lags or 0) + 1))
        order = int(choose_order(dy, base, columns, inner & there, lags)[0])
    else:
        order = _bic_on_own_samples(dy, base, inner, lags) if urca and lags > 1 else lags
    sigma2, psi, nobs = _autoregression(dy, base, inner, order)
    if sigma2 <= 1e-22 * float((dy**2).mean()):
        raise Collinear(np.array([0]))
    omega2 = sigma2 / (1 - psi.sum()) ** 2
    value = float((ssr[0] - a[0] * ssr_one[0]) / omega2)
    periods, case = int(valid.sum()), f"{trend}{min(order, MOST)}"
    critical = elliott.printed("P-T", trend, periods) if urca else quantiles.critical("ers", case, periods)
    return TestResult(
        statistics=(Statistic(name="P-T", value=value, pvalue=quantiles.pvalue("ers", case, periods, value),
                              critical=critical),),
        nobs=nobs,
        lags=order,
        warnings=quantiles.outside("ers", case, periods),
        details={"omega2": omega2, "sigma2": sigma2, "alpha_bar": float(a[0]),
                 "ssr": {"alpha_bar": float(ssr[0]), "one": float(ssr_one[0])}, "nobs": nobs,
                 "convention": "lags chosen by BIC on samples of their own, S(1) and critical values as urca's"
                 if urca else "of the paper"},
    )


def _autoregression(dy: Array, base: Array, inner: Mask, order: int) -> tuple[float, Array, int]:
    """Residual variance, coefficients of the lagged differences and number of observations of the regression."""
    columns, there = lag_columns(dy, inner, range(1, order + 1))
    sample = inner & there
    beta, _, resid, df = ols(dy, np.concatenate([base, columns], -1), sample)
    return float((resid**2).sum() / df[0]), beta[0, base.shape[-1]:], int(sample.sum())


def _bic_on_own_samples(dy: Array, base: Array, inner: Mask, most: int) -> int:
    """The order 1 ... most with the smallest n log(S/n) + n + k log n over its own n observations."""
    best = []
    for order in range(1, most + 1):
        sigma2, psi, n = _autoregression(dy, base, inner, order)
        k = base.shape[-1] + len(psi)
        best.append(n * np.log(sigma2 * (n - k) / n) + n * (1 + np.log(2 * np.pi)) + k * np.log(n))
    return 1 + int(np.argmin(best))
