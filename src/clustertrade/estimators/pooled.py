"""Pooled least squares."""

from __future__ import annotations

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.rows import weighted_rows
from clustertrade.results import Estimate


@procedure(
    "pooled",
    family="estimators",
    title="Pooled least squares",
    reference="baltagi2021",
    scope="both",
    needs=lambda options: Needs(t=1, gaps=True),
    conventions={"plm": {}, "gretl": {}, "stata": {}},
    checked="plm, gretl, linearmodels, statsmodels and Stata's print of Grunfeld's data (coefficients and "
            "standard errors, 1e-6 and better).",
)
def pooled(y: Panel, x: Panel, *, cov: str = "unadjusted", hc: int = 1, cluster: str = "entity",
           kernel: str = "bartlett", bandwidth: int | str = "auto", bootstrap: int = 999, seed: int = 0,
           level: float = 0.05, weights: Panel | None = None,
           convention: str = "paper") -> Estimate:
    r"""Least squares on all rows alike.

    .. math:: y_{it} = \alpha + x_{it}'\beta + u_{it}

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; one time series too.
    x : Panel of regressors
        A constant is added.
    cov : unadjusted, robust, clustered, driscoll-kraay, newey-west, pcse or wild
        Covariance of the estimates.  p from t(n - k), with clusters from t(G - 1), Driscoll-Kraay t(T - 1).
    hc : 0 to 4
        Variant of ``robust``.
    cluster : entity, time or both
        Clusters of ``clustered`` and ``wild``: factor G/(G-1) (n-1)/(n-k), k slopes and constant; both as Cameron,
        Gelbach and Miller (2011).
    kernel : bartlett, parzen or qs
        Of ``driscoll-kraay`` and ``newey-west``.
    bandwidth : int or auto
        Largest lag of the kernel; auto is the integer part of 4 (T/100)^(2/9).
    bootstrap : int
        Replications of the restricted wild cluster bootstrap (Cameron, Gelbach and Miller 2008) behind
        ``pvalue_wild``, which stands beside every clustered p; 0 for none.  Rademacher weights, Webb's with fewer than
        12 clusters.
    seed : int
        Seed of the bootstrap.
    level : float
        1 - level is the coverage of the intervals.
    weights : Panel of one variable, optional
        Weights of the rows, up to scale, as of inverse variances; not with ``pcse``, ``wild`` or leverages, and without
        the wild bootstrap.
    convention : paper, plm, gretl or stata
        plm: clustered, Driscoll-Kraay and Newey-West errors without a small-sample factor, bandwidth T^(1/4).  gretl
        and stata: the default's clustered errors.

    Returns
    -------
    Estimate
        ``const`` and a coefficient a regressor.  Details: ``inference`` (degrees of freedom, clusters, bandwidth),
        ``wild`` (replications, clusters, weights, seed).

    Raises
    ------
    InfeasibleError
        Collinear regressors, named; too few rows or clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaabbb"), "t": [1, 2, 3] * 2, "y": [1., 3, 4, 2, 5, 5], "x": [1., 2, 3] * 2})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(pooled(panel["y"], panel["x"])["x"].value, 6)
    1.5
    """
    fit = models.pooled("pooled", weighted_rows("pooled", y, x, weights))
    return estimate_of(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                             "bootstrap": bootstrap, "seed": seed, "level": level, "convention": convention})
