"""The random effects estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtrc

from clustertrade.panel import Panel
from clustertrade.registry import procedure
from clustertrade.regression import models
from clustertrade.regression.components import METHODS, needs, random
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import group_means, rows_of
from clustertrade.regression.two_components import random_twoway
from clustertrade.results import Estimate


@procedure(
    "re",
    family="estimators",
    title="Random effects estimator",
    reference="baltagichang1994",
    needs=needs,
    conventions={"plm": {}, "gretl": {}},
    checked="plm (all four methods, balanced and unbalanced), gretl and linearmodels (coefficients, standard "
            "errors and variance components, 1e-6 and better).",
)
def re(y: Panel, x: Panel, *, effects: str = "entity", re_method: str = "swar", cov: str = "unadjusted", hc: int = 1,
       cluster: str = "entity", kernel: str = "bartlett", bandwidth: int | str = "auto", bootstrap: int = 999,
       seed: int = 0, level: float = 0.05, convention: str = "paper") -> Estimate:
    r"""Generalised least squares with random effects of entities.

    .. math:: y_{it} - \theta_i\bar y_i = (1-\theta_i)\alpha + (x_{it} - \theta_i\bar x_i)'\beta + \nu_{it}, \qquad
        \theta_i = 1 - \sqrt{\sigma_\epsilon^2 / (\sigma_\epsilon^2 + T_i\sigma_\mu^2)}

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed, but not with two-way effects.
    x : Panel of regressors
        Those that do not vary over time are allowed with swar and walhus.
    effects : entity, time or twoway
        Random effects of entities, of periods, or of both; both in balanced panels only.
    re_method : swar, amemiya, walhus or nerlove
        Variance components of Swamy and Arora (1972), Amemiya (1971), Wallace and Hussain (1969) or Nerlove (1971); in
        unbalanced panels the first three as in Baltagi and Chang (1994).
    cov : unadjusted, robust, clustered, driscoll-kraay, newey-west, pcse or wild
        Covariance of the estimates.  p from the normal distribution, with clusters from t(G - 1), Driscoll-Kraay
        t(T - 1).
    hc : 0 to 4
        Variant of ``robust``.
    cluster : entity, time or both
        Clusters of ``clustered`` and ``wild``, as of ``fe``.
    kernel : bartlett, parzen or qs
        Of ``driscoll-kraay`` and ``newey-west``.
    bandwidth : int or auto
        Largest lag of the kernel.
    bootstrap : int
        Replications of the wild cluster bootstrap, as of ``fe``, on the transformed data; 0 for none.
    seed : int
        Seed of the bootstrap.
    level : float
        1 - level is the coverage of the intervals.
    convention : paper, plm or gretl
        gretl: in unbalanced panels Swamy-Arora by the harmonic mean of the numbers of periods; balanced ones do not
        differ.  plm: clustered, Driscoll-Kraay and Newey-West errors without a small-sample factor, bandwidth T^(1/4).

    Returns
    -------
    Estimate
        ``const`` and a coefficient a regressor.  ``fit``: ``sigma`` is that of the errors, ``rho`` the share of the
        effects in the variance.  Details: ``sigma_e``, ``sigma_u`` (and ``sigma_t`` of two-way effects), ``theta`` (of
        each entity in ``entities`` where they differ; entity, time and total of two-way effects), ``breusch_pagan``,
        the LM test of no effects of entities (Breusch and Pagan 1980; unbalanced as Baltagi and Li 1990), of periods
        with ``effects="time"``; ``inference``, ``wild``.

    Raises
    ------
    InfeasibleError
        Too few entities for the variance of the effects; collinear regressors; amemiya or nerlove with regressors that
        do not vary over time.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaabbbccc"), "t": [1, 2, 3] * 3, "y": [1., 3, 4, 2, 5, 5, 7, 7, 9],
    ...                       "x": [1., 2, 4, 2, 2, 3, 2, 3, 4]})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(re(panel["y"], panel["x"]).details["theta"], 4)
    0.3292
    """
    rows = rows_of(y, x)
    if effects == "twoway":
        fit = random_twoway("re", rows, re_method)
        details, warnings = _two_components(fit, re_method)
    else:
        fit = random("re", rows, effects, re_method, convention)
        details, warnings = _components(fit, effects, re_method)
    details["breusch_pagan"] = _breusch_pagan(models.pooled("re", rows), fit.components["codes"])
    fitted = rows.x1 @ fit.beta
    effect = details["sigma_u"] ** 2 + details.get("sigma_t", 0.0) ** 2
    extra: dict[str, float | None] = {"sigma": details["sigma_e"], "rho": effect / (effect + details["sigma_e"] ** 2)}
    return estimate_of(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                             "bootstrap": bootstrap, "seed": seed, "level": level, "convention": convention},
                       observations=rows.observed(rows.y - fitted, fitted), details=details, warnings=warnings,
                       extra_fit=extra, likelihood=False)


def _components(fit: Fit, effects: str, method: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    parts: Any = fit.components["parts"]
    panel = fit.rows.panel
    found: dict[str, Any] = {"sigma_e": parts.errors**0.5, "sigma_u": parts.effects**0.5}
    if np.ptp(parts.theta) <= 1e-12:
        found["theta"] = float(parts.theta[0])
    elif effects == "entity":
        labels = [panel.entities[i] for i in np.unique(fit.rows.entity)]
        found["entities"] = [{"entity": e, "theta": float(v)} for e, v in zip(labels, parts.theta, strict=True)]
    else:
        labels = [panel.times[j] for j in np.unique(fit.rows.time)]
        found["periods"] = [{"period": p, "theta": float(v)} for p, v in zip(labels, parts.theta, strict=True)]
    if parts.raw > 0:
        return found, ()
    return found, (f"the {METHODS[method]} variance of the effects is negative ({parts.raw:.4g}) and set to zero: the "
                   "estimates are those of pooled least squares",)


def _two_components(fit: Fit, method: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    parts: Any = fit.components["parts"]
    names = [f"{what} ({raw:.4g})" for what, raw in zip(("entities", "periods"), parts.raw, strict=True) if raw <= 0]
    warnings = (f"the {METHODS[method]} variance of the effects of {' and '.join(names)} is negative and set to "
                "zero",) if names else ()
    return {"sigma_e": parts.errors**0.5, "sigma_u": parts.entity**0.5, "sigma_t": parts.time**0.5,
            "theta": dict(zip(("entity", "time", "total"), parts.theta, strict=True))}, warnings


def _breusch_pagan(fit: Fit, codes: Any) -> dict[str, float]:
    """LM = n^2 / (2 (sum T_i^2 - n)) (1 - sum_i (sum_t e)^2 / sum e^2)^2, chi-squared with 1 degree of freedom."""
    mean, size = group_means(fit.resid[:, None], codes)
    ratio = float(((mean[:, 0] * size) ** 2).sum()) / fit.rss
    statistic = fit.n**2 / (2 * (float(size @ size) - fit.n)) * (1 - ratio) ** 2
    return {"LM": statistic, "pvalue": float(chdtrc(1, statistic))}
