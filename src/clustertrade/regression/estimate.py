"""From a fitted regression to an Estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from clustertrade.errors import UsageError
from clustertrade.panel import Array
from clustertrade.regression.fit import Fit
from clustertrade.regression.goodness import goodness
from clustertrade.regression.sandwich import CLUSTERED, Inference, covariance
from clustertrade.regression.wild import Draws, bootstrap
from clustertrade.results import Estimate, Param


def estimate_of(fit: Fit, options: Mapping[str, Any], *, fitted: Array | None = None, observations: Any = None,
                details: Mapping[str, Any] | None = None, extra_fit: Mapping[str, float | None] | None = None,
                warnings: tuple[str, ...] = (), inference: Inference | None = None, **facts: Any) -> Estimate:
    """The result of a regression: coefficients with their inference, fit, residuals.

    ``options``: cov, hc, cluster, kernel, bandwidth, bootstrap, seed, level, convention, as far as the covariance
    needs them.  With clustered errors every coefficient carries
    ``pvalue_wild``; with ``cov="wild"`` its p and interval are the bootstrap's.  ``inference`` is given
    where the covariance is not one of ``covariance``; ``facts`` go to ``goodness``.
    """
    if fit.rows.weight is not None:
        options, facts = _weighted(fit.asked, options), {**facts, "likelihood": False}
    inference = inference or covariance(fit, options)
    known: dict[str, Any] = {**(details or {}), "inference": {"df": inference.df, **inference.facts}}
    said = [*warnings, *inference.warnings]
    draws: list[Draws] = []
    if options["cov"] in CLUSTERED and options["bootstrap"]:
        draws, known["wild"] = bootstrap(fit, inference.matrix, options["cluster"], options["convention"],
                                         options["bootstrap"], options["seed"])
    elif options["cov"] == "wild":
        raise UsageError(f"{fit.asked} --cov wild needs --bootstrap of at least 1, such as 999")
    parameters, unbounded = params(fit, inference, options["level"], draws, options["cov"] == "wild")
    if unbounded:
        said.append(f"the bootstrap interval of {', '.join(unbounded)} has no end: with so few clusters no value far "
                    "away is rejected")
    if exact := [p.name for p in parameters if p.se is None]:
        said.append(f"no standard error for {', '.join(exact)}: the estimated variance is not positive")
    quality = {**goodness(fit, inference, **facts), **(extra_fit or {})}
    if quality["f"] is None and fit.slopes.any():
        said.append("no F: the covariance of the slopes is singular")
    if observations is None:
        fitted = fit.rows.x1 @ fit.beta if fitted is None else fitted
        observations = fit.rows.observed(fit.errors, fitted)
    return Estimate(coefficients=parameters, fit=quality, cov_type=options["cov"], nobs=fit.n,
                    n_entities=fit.rows.n_entities, n_periods=int(np.unique(fit.rows.time).size),
                    covariance=inference.matrix, observations=observations, details=known, warnings=tuple(said))


def _weighted(asked: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without what weights are not offered with: leverages, panel-corrected errors, the wild bootstrap."""
    if options["cov"] in ("pcse", "wild") or (options["cov"] == "robust" and options["hc"] > 1):
        kind = f"robust --hc {options['hc']}" if options["cov"] == "robust" else options["cov"]
        raise UsageError(f"{asked} --weights: not with --cov {kind}; take robust --hc 1, clustered, driscoll-kraay or "
                         "newey-west")
    return {**options, "bootstrap": 0}


def params(fit: Fit, inference: Inference, level: float, draws: list[Draws] | tuple[()] = (),
           by_bootstrap: bool = False) -> tuple[tuple[Param, ...], list[str]]:
    """Coefficients with standard error, ratio, p and interval; and those whose bootstrap interval does not end."""
    se = np.sqrt(np.maximum(np.diagonal(inference.matrix), 0.0))
    quantile = -ndtri(level / 2) if inference.df is None else -stdtrit(inference.df, level / 2)
    found: list[Param] = []
    unbounded: list[str] = []
    for j, name in enumerate(fit.names):
        value = float(fit.beta[j])
        if not se[j] > 0:
            found.append(Param(name=name, value=value, se=None, stat=None, pvalue=None, ci=None))
            continue
        ratio = value / se[j]
        tail = ndtr(-abs(ratio)) if inference.df is None else stdtr(inference.df, -abs(ratio))
        pvalue = float(2 * tail)
        ci: tuple[float, float] | None = (float(value - quantile * se[j]), float(value + quantile * se[j]))
        extra = {}
        if draws:
            extra["pvalue_wild"] = draws[j].pvalue()
            if by_bootstrap:
                pvalue, ci = extra["pvalue_wild"], draws[j].interval(level)
                if ci is None:
                    unbounded.append(name)
        found.append(Param(name=name, value=value, se=float(se[j]), stat=float(ratio), pvalue=pvalue,
                           ci=ci, extra=extra))
    return tuple(found), unbounded
