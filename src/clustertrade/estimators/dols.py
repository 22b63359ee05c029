"""Least squares beside leads and lags of the changes of x, of one series or a panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch import cointegrating as batch
from clustertrade.batch.longrun import long_run
from clustertrade.batch.trend import TERMS
from clustertrade.checks import default_max_lags
from clustertrade.errors import UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import equilibrium
from clustertrade.regression.heterogeneous import refuse_reserved
from clustertrade.results import Estimate


def _needs(options: Mapping[str, Any]) -> Needs:
    lags, leads = (options["max_lags"] or 0 if isinstance(k, str) else k for k in (options["lags"], options["leads"]))
    around = lags + (lags if leads is None else leads)
    return Needs(n=1, t=1 + around + TERMS[options["trend"]] + len(options["x"]) * (around + 2) + 1, within=True)


@procedure(
    "dols",
    family="estimators",
    title="Dynamic least squares",
    reference="mark_sul2003",
    needs=_needs,
    scope="both",
    choices={"cov": ("unadjusted", "robust"), "lags": ("aic", "bic", "hqic"), "leads": ("aic", "bic", "hqic")},
    checked="arch (three trends, 1e-8), cointReg (27 cases of slopes, group means and t, 1e-6) and panel forms "
            "written out. Design of fmols: group mean bias 0.03 at N=25, T=22, 0.02 at N=20, T=50, coverage of 95 % "
            "intervals 0.57, 0.32, with --cov robust 0.95, 0.95; one slope for all, pooled: bias 0.01, 0.01, coverage "
            "0.75, 0.85.",
)
def dols(y: Panel, x: Panel, *, trend: str = "c", pooling: str = "group", lags: int | str = 1,
         leads: int | str | None = None, max_lags: int | None = None, kernel: str = "bartlett",
         bandwidth: int | str = "auto", dfcor: bool = False, demean: bool = False, cov: str = "unadjusted",
         level: float = 0.05) -> Estimate:
    r"""The long run of y and integrated x, rid of endogeneity by leads and lags of the changes of x.

    .. math:: y_{it} = \alpha_i + \delta_i t + x_{it}'\beta_i
        + \sum_{j=-q_1}^{q_2} \Delta x_{i,t-j}'\gamma_{ij} + e_{it}

    Saikkonen (1991), Stock and Watson (1993).  For panels: the mean of the entities' estimates (``group``, Pedroni
    2001), one slope beside each entity's own leads and lags (``pooled``, Kao and Chiang 2000, Mark and Sul 2003), or
    the same with each entity weighed by 1 / omega, its long-run error variance (``weighted``).

    Parameters
    ----------
    y : Panel of one variable
        A series, or a panel whose entities may have other periods; no gaps.
    x : Panel of integrated regressors
        Not cointegrated among themselves.
    trend : n, c or ct
        Deterministic terms of each entity.
    pooling : group, pooled or weighted
        Panels only.
    lags : int, or aic, bic, hqic
        Lags of the changes; a criterion chooses them for each entity, and the leads too unless those are given.
    leads : int, or aic, bic, hqic, optional
        Leads of the changes; by default as many as lags.
    max_lags : int, optional
        Largest number of leads and of lags that a criterion may choose.
    kernel : bartlett, parzen or qs
        Of the long-run variance omega of the errors.
    bandwidth : int or auto
        For every entity; auto is Newey and West (1994), an entity at a time.
    dfcor : bool
        Multiply omega by n / (n - k), k all coefficients of the entity's regression.
    demean : bool
        Subtract the mean of all entities in each period first.
    cov : unadjusted or robust
        As of ``fmols``.
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``const`` and ``trend`` (series and group), a coefficient a regressor; residuals are the equilibrium errors, y
        less its long run.  p of a series from t(n - k), k without leads and lags, of panels normal, robust group
        t(N - 1).  Details: ``entities`` (coefficients, standard errors, omega, bandwidth, leads, lags, ``ec``),
        ``error_correction``, ``residual_cd``, ``inference``, as of ``fmols``.

    Raises
    ------
    InfeasibleError
        Too few periods, collinear regressors.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> e = rng.standard_normal((10, 200))
    >>> x = (rng.standard_normal((10, 200)) + e).cumsum(1)
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 200), "t": list(range(200)) * 10, "y": (2 * x + e).ravel(),
    ...                       "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> abs(dols(panel["y"], panel["x"])["x"].value - 2) < 0.01
    True
    """
    refuse_reserved("dols", x)
    y, x = equilibrium.less_means(y, x, demean)
    valid = y.complete & x.complete
    words = {k for k in (lags, leads) if isinstance(k, str)}
    if len(words) > 1:
        raise UsageError(f"dols --lags {lags} --leads {leads}: one criterion chooses both")
    if words:
        fixed = [k if isinstance(k, int) else None for k in (leads, lags)]
        most = max_lags if max_lags is not None else default_max_lags(y.join(x))
        ahead, back = batch.choose_leads_and_lags(y.series, x.values, trend, valid, most, words.pop(), *fixed)
    else:
        back = np.full(y.n_entities, lags)
        ahead = back if leads is None else np.full(y.n_entities, leads)
    fit = batch.leads_and_lags(y.series, x.values, trend, valid, ahead, back)
    products, d = fit.products, TERMS[trend]
    slopes = fit.theta[:, d:]
    if pooling != "group" and not y.is_series:
        common = np.linalg.solve(products.square.sum(0), products.cross.sum(0))
        slopes = np.broadcast_to(common, slopes.shape)
    resid = np.where(products.used, products.y - np.einsum("ntk,nk->nt", products.x, slopes), 0.0)
    found = long_run(resid, products.used, bandwidth, kernel)
    omega = found.omega[:, 0, 0]
    if dfcor:
        omega = omega * products.used.sum(1) / fit.df
    relations = equilibrium.Relations(fit.theta, fit.inverse, omega)
    return equilibrium.conclude(y, x, trend, valid, products, relations, pooling, level, cov,
                                own=[{"bandwidth": float(k), "leads": int(a), "lags": int(b)}
                                     for k, a, b in zip(found.bandwidth, ahead, back, strict=True)])
