"""The Phillips-Perron tests."""

from __future__ import annotations

import math

from clustertrade.batch.adf import fewest_periods
from clustertrade.batch.phillips_perron import phillips_perron
from clustertrade.distributions import dickey_fuller, quantiles
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


@procedure(
    "pp",
    family="unitroot",
    title="Phillips-Perron test",
    null="the series has a unit root",
    alternative="the series is stationary around its deterministic terms",
    reference="phillipsperron1988",
    scope="series",
    needs=lambda options: Needs(t=fewest_periods(options["trend"], 0), within=True),
    conventions={"urca": {}},
    checked="80 cases of urca ur.pp under its convention and 20 of tseries pp.test (1e-9); arch PhillipsPerron (1e-10; "
            "with trend up to the factor of the paper's determinant).",
)
def pp(y: Panel, *, trend: str = "c", kernel: str = "bartlett", bandwidth: int | str = "auto",
       convention: str = "paper") -> TestResult:
    r"""Unit root with a correction for serial correlation and changing variance in place of lagged differences.

    .. math:: Z_t = \frac{\hat\sigma}{\hat\omega}\,t_{\hat\rho} -
        \frac{\hat\omega^2-\hat\sigma^2}{2\,\hat\omega\sqrt{D}},\qquad
        Z_\rho = n(\hat\rho - 1) - \frac{\hat\omega^2-\hat\sigma^2}{2D}

    from the regression of y on its lag and the deterministic terms over n observations; :math:`\hat\sigma^2` is the
    mean of the squared residuals, :math:`\hat\omega^2` their long-run variance, D is :math:`n^{-2}` times the sum of
    squares of the lagged level less its deterministic terms, with trend times :math:`1 - n^{-2}`, which is
    :math:`12 D_X/n^6` with the determinant of the regressors :math:`D_X`.

    Parameters
    ----------
    y : Panel of one time series
    trend : n, c or ct
        Deterministic terms.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variance; bartlett is usual.
    bandwidth : int, or auto
        Newey and West (1994) by default; 0 leaves serial correlation out.
    convention : paper or urca
        urca (ur.pp) takes the sum of squares of the level and not of its lag in D, and floor(4 (n/100)^(1/4)) where no
        bandwidth is given.  tseries (pp.test) is the paper's with that bandwidth.  arch, and the textbook form, leave
        the factor of D with trend out: at n=25 Z_rho differs by 0.2 % of its correction.

    Returns
    -------
    TestResult
        ``Zt``, p from the law of the Dickey-Fuller t with n observations, critical values of MacKinnon (2010);
        ``Zrho``, p and critical values from simulated quantiles of n(rho - 1) (200,000 draws a size).  Details:
        ``rho``, ``t`` (uncorrected), ``sigma2``, ``omega2``, ``bandwidth``, ``nobs``.

    Raises
    ------
    InfeasibleError
        Too few periods; a constant series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"noise": noise, "walk": noise.cumsum()}))
    >>> pp(panel["noise"]).pvalue < 0.01, pp(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    valid, urca = y.complete, convention == "urca"
    periods = int(valid.sum())
    n = periods - 1
    if urca and bandwidth == "auto":
        bandwidth = math.floor(4 * (n / 100) ** 0.25)
    fit = phillips_perron(y.series, valid, trend, kernel, bandwidth, current=urca)
    zt, zrho = float(fit.zt[0]), float(fit.zrho[0])
    return TestResult(
        statistics=(
            Statistic(name="Zt", value=zt, pvalue=float(dickey_fuller.pvalue(zt, trend, n)),
                      critical=dickey_fuller.critical(trend, n)),
            Statistic(name="Zrho", value=zrho, pvalue=quantiles.pvalue("dickey_fuller_rho", trend, periods, zrho),
                      critical=quantiles.critical("dickey_fuller_rho", trend, periods))),
        nobs=n,
        warnings=quantiles.outside("dickey_fuller_rho", trend, periods),
        details={"rho": float(fit.rho[0]), "t": float(fit.t[0]), "sigma2": float(fit.sigma2[0]),
                 "omega2": float(fit.omega2[0]), "bandwidth": float(fit.bandwidth[0]), "nobs": n},
    )
