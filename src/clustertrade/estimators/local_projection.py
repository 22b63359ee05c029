"""Local projections."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import params
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import rows_of
from clustertrade.regression.sandwich import covariance
from clustertrade.results import Estimate

SHORT = 50                                                 # periods below which the bias of fixed effects is said


def _needs(options: Mapping[str, Any]) -> Needs:
    k = len(options["x"])
    lost = options["order"] + options["horizon"]
    if options["entity"] is None:
        return Needs(t=lost + k + (k + 1) * options["order"] + 3, gaps=True)
    return Needs(n=2, t=lost + 4, gaps=True, longest=True)


@procedure(
    "local-projection",
    family="estimators",
    title="Local projections",
    reference="jorda2005",
    scope="both",
    needs=_needs,
    choices={"order": (), "effects": ("entity", "twoway"), "variant": ("fe", "jackknife"),
             "cov": ("unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west")},
    checked="each horizon by fe, a series by statsmodels (HAC, 1e-9). Coverage of 95 % intervals at horizons 0 to 4, "
            "150 to 200 samples, Driscoll-Kraay: jackknife 0.90 to 0.78 at 25 x 22, 0.91 to 0.85 at 20 x 50 (clustered "
            "0.91 to 0.86, 0.91 to 0.89); fe 0.93 to 0.66, 0.93 to 0.76.",
)
def local_projection(y: Panel, x: Panel, *, horizon: int = 5, order: int = 1, effects: str = "entity",
                     variant: str = "fe", cov: str = "driscoll-kraay", hc: int = 1, cluster: str = "entity",
                     kernel: str = "bartlett", bandwidth: int | str = "auto", level: float = 0.05) -> Estimate:
    r"""Responses of y to a change of x, by one regression a horizon: a check of those of a vector autoregression.

    .. math:: y_{i,t+h} = \mu_i^h + \beta_h x_{it} + \sum_{k=1}^{p} (\gamma_{hk} y_{i,t-k} + \delta_{hk}' x_{i,t-k})
        + c_h' w_{it} + e_{i,t+h}

    The first x is the impulse, the others w are controls; all enter with p lags.  beta_h is the response at horizon h
    where x does not react to y within its period: that of a Cholesky factor with x first.  Errors of horizon h are
    moving averages of order h: kernels reach so far.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; one time series too.
    x : Panel of regressors
        The impulse, and controls.
    horizon : int
        Largest horizon H.
    order : int
        Lags p of y and of every x.
    effects : entity or twoway
        Fixed effects of each regression; a series has a constant.  With few periods the lags of y bias the estimates
        as in any dynamic regression with fixed effects.
    variant : fe or jackknife
        Plain, or less its bias by twice the estimate minus the mean of those of the two halves of the periods (Dhaene
        and Jochmans 2015), with the errors of the plain estimate.
    cov : driscoll-kraay, newey-west, clustered, robust or unadjusted
        Covariance of each regression.
    hc, cluster, kernel : optional
        Of that covariance, as of ``fe``.
    bandwidth : int or auto
        Largest lag of the kernel; auto is the larger of h and the integer part of 4 (T/100)^(2/9).
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``h0:x`` ... ``hH:x``.  Details: ``irf`` (a row a horizon: ``impulse``, ``response``, ``horizon``, ``value``,
        ``se``, ``low``, ``high``, ``nobs``, ``bandwidth``).  Residuals are those of horizon 0.

    Raises
    ------
    InfeasibleError
        Regressors that the effects absorb or that are collinear, too few rows at the largest horizon.

    References
    ----------
    Driscoll and Kraay (1998), Review of Economics and Statistics 80, doi:10.1162/003465398557825; Dhaene and Jochmans
    (2015), Review of Economic Studies 82, doi:10.1093/restud/rdv007.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> shock, y = rng.standard_normal((2, 20, 30))
    >>> for t in range(1, 30):
    ...     y[:, t] += 0.6 * y[:, t - 1] + shock[:, t]
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 30), "t": np.tile(range(30), 20), "y": y.ravel(),
    ...                       "x": shock.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> estimate = local_projection(panel["y"], panel["x"], horizon=2)
    >>> [round(p.value, 1) for p in estimate.coefficients]
    [0.9, 0.5, 0.2]
    """
    lags = [p for k in range(1, order + 1) for p in (y.lag(k), x.lag(k))]
    right = x
    for lag in lags:
        right = right.join(lag)
    found, irf, said, first = [], [], [], None
    for h in range(horizon + 1):
        fit = _projection(_lead(y, h), right, effects)
        width = bandwidth
        if bandwidth == "auto":
            periods = int(np.unique(fit.time).size)
            width = min(max(h, math.floor(4 * (periods / 100) ** (2 / 9))), periods - 1)
        inference = covariance(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": width,
                                     "convention": "paper"})
        at = fit.names.index(x.variables[0])
        if variant == "jackknife" and not y.is_series:
            fit = replace(fit, beta=2 * fit.beta - _mean_of_halves(fit, _lead(y, h), right, effects))
        one = replace(params(fit, inference, level)[0][at], name=f"h{h}:{x.variables[0]}")
        found.append(one)
        low, high = one.ci or (None, None)
        irf.append({"impulse": x.variables[0], "response": y.name, "horizon": h, "value": one.value, "se": one.se,
                    "low": low, "high": high, "nobs": fit.n, "bandwidth": inference.facts.get("bandwidth")})
        said += [w for w in inference.warnings if w not in said]
        first = first or fit
    assert first is not None
    rows = first.rows
    fitted = rows.y - first.resid
    if variant == "fe" and not y.is_series and rows.n / rows.n_entities < SHORT:
        said.append(f"{rows.n / rows.n_entities:.0f} periods an entity: fixed effects bias local projections at longer "
                    "horizons; --variant jackknife takes most of that off")
    return Estimate(coefficients=tuple(found), fit={"sigma": first.sigma2**0.5, "n_groups": rows.n_entities},
                    cov_type=cov, nobs=first.n, n_entities=rows.n_entities,
                    n_periods=int(np.unique(rows.time).size), details={"irf": irf},
                    observations=rows.observed(first.resid, fitted), warnings=tuple(_fewest(said)))


def _lead(y: Panel, h: int) -> Panel:
    """y of h periods later, under its own name."""
    moved = np.full_like(y.values, np.nan)
    moved[:, : y.n_periods - h] = y.values[:, h:]
    return y.with_values(moved)


def _projection(y: Panel, x: Panel, effects: str) -> Fit:
    rows = rows_of(y, x)
    if y.is_series:
        return models.pooled("local-projection", rows)
    return models.within("local-projection", rows, effects)


def _mean_of_halves(fit: Fit, y: Panel, x: Panel, effects: str) -> Array:
    """Mean of the coefficients of the earlier and the later half of the periods of the regression."""
    periods = np.unique(fit.time)
    cut = periods[len(periods) // 2]
    halves = []
    for early in (True, False):
        keep = (np.arange(y.n_periods) < cut) == early
        half = y.with_values(np.where(keep[None, :, None], y.values, np.nan))
        halves.append(_projection(half, x, effects).beta)
    return (halves[0] + halves[1]) / 2


def _fewest(said: list[str]) -> list[str]:
    """Of warnings that differ in the number of periods alone, that of the fewest: the last."""
    kept = {w.rstrip("0123456789"): w for w in said}
    return list(kept.values())
