"""Difference GMM."""

from __future__ import annotations

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.dynamic_panel import fit
from clustertrade.regression.gmm_estimate import gmm_estimate
from clustertrade.results import Estimate


@procedure(
    "gmm-diff",
    family="estimators",
    title="Difference GMM estimator of Arellano and Bond",
    reference="arellano_bond1991",
    needs=lambda options: Needs(n=2, t=options["y_lags"] + 2, gaps=True, longest=True, history=True),
    choices={"effects": ("time",), "cov": ("unadjusted", "robust")},
    conventions={"plm": {}, "gretl": {}},
    checked="plm pgmm (48 cases: both models, steps and covariances) and gretl dpanel (16 cases) to 1e-8; "
            "printed: Arellano and Bond (1991) table 4b, Windmeijer (2005) table 2, Stata's xtabond. Rejections at 5 % "
            "in two steps with Windmeijer's errors, 300 samples of y on its lag and an AR(0.5) x: slope of the lag "
            "0.027 at 200 x 8 with 22 instruments (0.093 uncorrected), 0.097 at 25 x 22 and 0.053 at 50 x 20 with 6 "
            "collapsed; Hansen 0.057, 0.037, 0.057; AR(2) 0.043, 0.050, 0.040. With an autoregression of 0.9, where "
            "levels are weak instruments of differences, 0.165 at 200 x 8.",
)
def gmm_diff(y: Panel, x: Panel | None = None, *, y_lags: int = 1, gmm_lags: str = "2:99", steps: int = 2,
             collapse: bool = False, deviations: str = "difference", endog: Panel | None = None,
             instrument: Panel | None = None, effects: str | None = None, cov: str = "unadjusted",
             level: float = 0.05, convention: str = "paper") -> Estimate:
    r"""A regression on lags of y whose entity effects are removed, by GMM with lagged levels as instruments.

    .. math:: \Delta y_{it} = \sum_{k=1}^p \alpha_k \Delta y_{i,t-k} + \Delta x_{it}'\beta + \Delta\epsilon_{it},
        \qquad E(y_{i,t-s}\,\Delta\epsilon_{it}) = 0, \; s \ge 2

    Valid where the errors in levels are serially uncorrelated: ``ar2`` must not reject.  Instruments are weak where y
    is close to a random walk; many of them overfit: keep their number below that of the entities.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; differences and lags are by the calendar.
    x : Panel of regressors, optional
        Exogenous unless named in ``endog``: each is its own instrument.
    y_lags : int
        Lags of y among the regressors.
    gmm_lags : text
        Lags A:B of y and of each ``endog`` that are instruments.  ``2:99`` takes all from the second: what is
        correlated with the error of its own period.  A predetermined regressor may start at 1; ``2:99,w=1:4`` gives w
        limits of its own, ``w=none`` no instruments.
    steps : 1 or 2
        Two-step estimates are efficient under heteroskedasticity; their errors need ``cov="robust"``.
    collapse : bool
        One instrument a lag (Roodman 2009) in place of one a lag and period.
    deviations : difference or orthogonal
        First differences, or forward orthogonal deviations (Arellano and Bover 1995), which lose less over gaps; a
        deviation stands at the period after its own.
    endog : Panel, optional
        Regressors that may be correlated with the errors, whether among x or not.
    instrument : Panel, optional
        Further exogenous instruments.
    effects : time, optional
        Effects of periods; they go to ``details.periods``, as levels relative to the first period that is used.
    cov : unadjusted or robust
        Robust: one-step errors that allow for any correlation within an entity, Windmeijer's (2005) correction in two
        steps.
    level : float
        1 - level is the coverage of the intervals, from the normal distribution.
    convention : paper, plm or gretl
        They differ in one-step results: paper has sigma^2 (X'ZWZ'X)^-1 with n - k for unadjusted errors and Sargan's
        statistic, and a serial-correlation test for errors of one variance, as Stata's xtabond; gretl divides by n; plm
        has (X'ZWZ'X)^-1 / N, an unscaled Sargan, Hansen's statistic at the estimates reported, and, where the first
        lag of an instrument lies before the sample, the first period in its place.

    Returns
    -------
    Estimate
        ``L1.y`` ... and a coefficient a regressor.  ``fit``: ``n_instruments``, ``n_groups``.  Details: ``ar1``,
        ``ar2`` (Arellano-Bond, in first differences), ``hansen``, ``sargan``, ``difference_hansen`` (for each group of
        instruments: Hansen's statistic without it, and the difference), ``instruments``, ``wald`` of the regressors,
        ``wald_time``, ``periods``, ``rows``.  Residuals are those of the transformed equation.

    Raises
    ------
    InfeasibleError
        Fewer instruments than coefficients; regressors that do not change over time, or are collinear, named.

    References
    ----------
    Windmeijer (2005), Journal of Econometrics 126, doi:10.1016/j.jeconom.2004.02.005; Roodman (2009), Stata Journal 9,
    doi:10.1177/1536867X0900900106; Arellano and Bover (1995), doi:10.1016/0304-4076(94)01642-D.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> y = rng.standard_normal((200, 8))
    >>> for t in range(1, 8):
    ...     y[:, t] += 0.5 * y[:, t - 1]
    >>> frame = pd.DataFrame({"i": np.repeat(range(200), 8), "t": np.tile(range(8), 200), "y": y.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> estimate = gmm_diff(panel["y"], cov="robust", collapse=True)
    >>> abs(estimate["L1.y"].value - 0.5) < 0.2, estimate.fit["n_instruments"]
    (True, 6)
    """
    model = fit("gmm-diff", y, x, system=False, y_lags=y_lags, gmm_lags=gmm_lags, steps=steps, collapse=collapse,
                endog=endog, instrument=instrument, effects=effects, deviations=deviations, cov=cov,
                convention=convention)
    return gmm_estimate(model, level)
