"""The augmented Dickey-Fuller test."""

from __future__ import annotations

from scipy.special import ndtr

from clustertrade.distributions import dickey_fuller
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.unit_statistics import shortest, unit_statistics


@procedure(
    "adf",
    family="unitroot",
    title="Augmented Dickey-Fuller test",
    null="the series has a unit root",
    alternative="the series is stationary around its deterministic terms",
    reference="saiddickey1984",
    scope="series",
    needs=lambda options: Needs(t=shortest(options), within=True),
    conventions={"gretl": {}, "urca": {}},
    checked="statistics: urca ur.df, tseries adf.test and gretl adf (1e-6); p-values: the asymptotic law is exact, "
            "gretl's within 3.5e-4.",
)
def adf(y: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None,
        convention: str = "paper") -> TestResult:
    r"""Unit root in a series, with lagged differences against serial correlation.

    .. math:: \Delta y_t = \phi\,y_{t-1} + \beta' d_t + \sum_{j=1}^p \psi_j\,\Delta y_{t-j} + e_t,\qquad
        t = \hat\phi / \mathrm{se}(\hat\phi)

    Parameters
    ----------
    y : Panel of one time series
    trend : n, c or ct
        Deterministic terms :math:`d_t`: none, constant, constant and trend.
    lags : int, or aic, bic, hqic, t
        Lagged differences p.  A criterion compares orders on the sample that ``max_lags`` leaves, and the chosen one
        is estimated on all periods; ``t`` drops lags from the largest order until the last one is significant at 10 %.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    convention : paper, gretl or urca
        ``urca``: a criterion offers at least one lag and the chosen order is estimated on the sample of the comparison;
        critical values of Fuller (1976).  ``gretl``: ``t`` gives each order its own periods; p of the finite-sample law
        where lags are given as 0, else of the asymptotic one.

    Returns
    -------
    TestResult
        ``t`` with p and critical values (MacKinnon 2010, for the observations of the regression; small values reject).
        p comes from the law of the statistic with n observations and p lagged differences of a random walk: the
        asymptotic law computed exactly, and its correction for n and p from 10^6 to 4 10^7 simulated walks a sample
        size.  Where a criterion chooses p, it is the law of the statistic with the choice (2 10^5 walks for each
        criterion, max_lags and T): at T = 22 with aic and a trend the other rejects 9.5 % at 5 %.  statsmodels' p
        (MacKinnon 1994) is off by up to 0.004 in the asymptotic law itself.  Details: ``coefficient`` of the lagged
        level, ``pvalue_asymptotic``, ``law`` (finite, selected, asymptotic), ``sigma2`` (divisor n - k), ``nobs``.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; a constant series; a series that its own lags fit without error.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"noise": noise, "walk": noise.cumsum()}))
    >>> adf(panel["noise"], lags=0).pvalue < 0.01, adf(panel["walk"], lags=0).pvalue > 0.1
    (True, True)
    """
    units = unit_statistics(y, trend, lags, max_lags, convention)
    fit, t = units.fit, float(units.t[0])
    critical = (dickey_fuller.critical_fuller(trend, y.n_periods - 1) if convention == "urca"
                else dickey_fuller.critical(trend, int(fit.nobs[0])))
    return TestResult(
        statistics=(Statistic(name="t", value=t, pvalue=float(ndtr(units.score[0])), critical=critical),),
        nobs=int(fit.nobs[0]),
        lags=int(fit.lags[0]),
        details={"coefficient": float(fit.coef[0]), "pvalue_asymptotic": float(dickey_fuller.pvalue(t, trend)),
                 "law": units.law, "sigma2": float(fit.sigma2[0]), "nobs": int(fit.nobs[0])},
    )
