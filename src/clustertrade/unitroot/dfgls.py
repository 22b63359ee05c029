"""The GLS-detrended Dickey-Fuller test of Elliott, Rothenberg and Stock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.adf import LagRule, adf_regressions, fewest_periods
from clustertrade.batch.gls import CBAR, gls_residuals
from clustertrade.batch.lags import lag
from clustertrade.batch.ols import Array, Mask
from clustertrade.distributions import elliott, quantiles
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

MOST = 8                                                   # lagged differences of the simulated quantiles


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(t=fewest_periods(options["trend"], lags), within=True)


@procedure(
    "dfgls",
    family="unitroot",
    title="DF-GLS test of Elliott, Rothenberg and Stock",
    null="the series has a unit root",
    alternative="the series is stationary around its deterministic terms",
    reference="elliott1996",
    scope="series",
    needs=_needs,
    choices={"trend": ("c", "ct")},
    conventions={"gretl": {}, "urca": {}},
    checked="60 cases of urca ur.ers and 24 of gretl adf --gls (statistics: 1e-9), arch DFGLS; critical values against "
            "the table of the paper (0.03).",
)
def dfgls(y: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
          convention: str = "paper") -> TestResult:
    r"""Unit root in a series whose constant or trend is removed by GLS under a root near one.

    .. math:: \Delta y^d_t = \phi\,y^d_{t-1} + \sum_{j=1}^p \psi_j\,\Delta y^d_{t-j} + e_t,\qquad
        y^d_t = y_t - \hat\beta' z_t

    with :math:`\hat\beta` from the regression of :math:`(y_1, y_2 - \bar a y_1, \dots)` on z transformed likewise,
    :math:`\bar a = 1 + \bar c/T`, :math:`\bar c = -7` for a constant and -13.5 with a trend.

    Parameters
    ----------
    y : Panel of one time series
    trend : c or ct
        What is removed; the test without deterministic terms is ``adf``.
    lags : int, or aic, bic, hqic, t
        Lagged differences p.  A criterion compares orders on the sample that ``max_lags`` leaves, and the chosen one
        is estimated on all periods.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    convention : paper, gretl or urca
        The statistic for given lags is the same.  urca (ur.ers, type DF-GLS) prints the critical values of the paper's
        table, and with a constant those of the Dickey-Fuller t without deterministic terms.  gretl chooses lags by the
        modified criteria of Ng and Perron (2001, doi:10.1111/1468-0262.00256) where aic or bic is asked for, and gives
        each order of the search by t its own periods; its p are asymptotic, these are not.

    Returns
    -------
    TestResult
        ``t`` with p and critical values from simulated quantiles of the regression with p lags (8 for more) on T
        periods (at least 100,000 draws).  The asymptotic p of gretl and arch ignores T: with a constant the 5 % value
        is -2.27 without lags at T=50, and -1.94 in the limit.  Details: ``coefficient`` of the lagged level,
        ``alpha_bar``, ``sigma2`` (divisor n - k), ``nobs``.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; a constant series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"noise": noise, "walk": noise.cumsum()}))
    >>> dfgls(panel["noise"], lags=0).pvalue < 0.01, dfgls(panel["walk"], lags=0).pvalue > 0.1
    (True, True)
    """
    valid = y.complete
    detrended, _, a = gls_residuals(y.series, valid, trend, CBAR[trend])
    if convention == "gretl" and lags in ("aic", "bic"):
        lags = _modified(detrended, valid, str(lags), int(max_lags or 0))
    fit = adf_regressions(detrended, valid, "n", lags, int(max_lags or 0), rule=LagRule(own=convention == "gretl"))
    periods, value = int(valid.sum()), float(fit.t[0])
    case = f"{trend}{min(int(fit.lags[0]), MOST)}"
    critical = (elliott.printed("t", trend, periods) if convention == "urca"
                else quantiles.critical("dfgls", case, periods))
    return TestResult(
        statistics=(Statistic(name="t", value=value, pvalue=quantiles.pvalue("dfgls", case, periods, value),
                              critical=critical),),
        nobs=int(fit.nobs[0]),
        lags=int(fit.lags[0]),
        warnings=quantiles.outside("dfgls", case, periods),
        details={"coefficient": float(fit.coef[0]), "alpha_bar": float(a[0]), "sigma2": float(fit.sigma2[0]),
                 "nobs": int(fit.nobs[0])},
    )


def _modified(detrended: Array, valid: Mask, name: str, max_lags: int) -> int:
    """The order of the smallest modified criterion on one sample (Ng and Perron 2001, eq. 11), series (1, T).

    It counts, beside the lags, the size of the coefficient of the lagged level, whose bias grows with too few lags.
    """
    found = []
    for order in range(max_lags + 1):
        fit = adf_regressions(detrended, valid, "n", order, max_lags, rule=LagRule(common=True))
        n = int(fit.nobs[0])
        variance = float(fit.sigma2[0] * fit.df[0]) / n
        level = lag(detrended, valid)[0][fit.valid]
        size = float(fit.coef[0] ** 2 * (level @ level)) / variance
        found.append(math.log(variance) + {"aic": 2.0, "bic": math.log(n)}[name] * (size + order) / n)
    return int(np.argmin(found))
