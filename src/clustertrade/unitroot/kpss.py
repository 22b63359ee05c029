"""The stationarity test of Kwiatkowski, Phillips, Schmidt and Shin."""

from __future__ import annotations

import math

from clustertrade.batch.longrun import long_run
from clustertrade.batch.stationarity import partial_sum_square
from clustertrade.batch.trend import TERMS, detrend
from clustertrade.distributions import kpss as law
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


@procedure(
    "kpss",
    family="unitroot",
    title="KPSS test",
    null="the series is stationary around its deterministic terms",
    alternative="the series has a unit root",
    reference="kwiatkowski1992",
    scope="series",
    needs=lambda options: Needs(t=TERMS[options["trend"]] + 2, within=True),
    choices={"trend": ("c", "ct")},
    conventions={"gretl": {}, "urca": {}},
    checked="60 cases of urca ur.kpss and 10 of tseries kpss.test (1e-9); the p-value against the table of the paper.",
)
def kpss(y: Panel, *, trend: str = "c", kernel: str = "bartlett", bandwidth: int | str = "auto",
         convention: str = "paper") -> TestResult:
    r"""Stationarity against a random walk beside the stationary part; large values reject.

    .. math:: \eta = \frac{T^{-2}\sum_{t=1}^T S_t^2}{\hat\omega^2},\qquad S_t = \sum_{s\le t}\hat e_s

    with :math:`\hat e` the residuals on the deterministic terms and :math:`\hat\omega^2` their long-run variance
    (products divided by T).

    Parameters
    ----------
    y : Panel of one time series
    trend : c or ct
        Level or trend stationarity (the paper's mu and tau).
    kernel : bartlett, parzen or qs
        Kernel of the long-run variance; the paper's is bartlett.
    bandwidth : int, or auto
        Newey and West (1994) by default.  The paper tries floor(k (T/100)^(1/4)) with k = 4 and 12, which urca calls
        short and long; 0 leaves serial correlation out.
    convention : paper, gretl or urca
        gretl and urca (ur.kpss) take the short bandwidth where none is given; urca prints the critical values of the
        paper, which were simulated.

    Returns
    -------
    TestResult
        ``eta`` with p and critical values of the limit, computed exactly: its 5 % value is 0.4614 and not the 0.463
        printed in 1992, with trend 0.1479 and not 0.146.  Programs that interpolate that table clip p at 0.01 and
        0.10.  Details: ``omega2``, ``sigma2``, ``bandwidth``.

    Raises
    ------
    InfeasibleError
        Too few periods; a constant series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"noise": noise, "walk": noise.cumsum()}))
    >>> kpss(panel["noise"]).pvalue > 0.1, kpss(panel["walk"]).pvalue < 0.05
    (True, True)
    """
    valid = y.complete
    resid = detrend(y.series, valid, trend)
    if convention != "paper" and bandwidth == "auto":
        bandwidth = math.floor(4 * (int(valid.sum()) / 100) ** 0.25)
    run = long_run(resid, valid, bandwidth, kernel)
    omega2 = float(run.omega[0, 0, 0])
    spread = float(y.series[valid].var()) * int(valid.sum())
    if omega2 <= 0 or float((resid**2).sum()) <= 1e-20 * spread:
        raise InfeasibleError(f"kpss: {y.name} is its deterministic terms (trend={trend}): nothing is left to test")
    value = float(partial_sum_square(resid, valid)[0]) / omega2
    return TestResult(
        statistics=(Statistic(name="eta", value=value, pvalue=law.pvalue(value, trend),
                              critical=law.PRINTED[trend] if convention == "urca" else law.critical(trend)),),
        nobs=int(valid.sum()),
        details={"omega2": omega2, "sigma2": float(run.sigma[0, 0, 0]), "bandwidth": float(run.bandwidth[0])},
    )
