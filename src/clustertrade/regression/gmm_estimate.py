"""From a dynamic panel model solved by GMM to an Estimate."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from clustertrade.panel import Array, Mask
from clustertrade.regression.dynamic_panel import Model
from clustertrade.regression.rows import CONSTANT
from clustertrade.results import Estimate, Param


def cautions(model: Model) -> list[str]:
    """What is to be said about instruments, ranks and standard errors."""
    said = []
    count, groups = model.n_instruments, len(model.valid)
    if count > groups:
        said.append(f"{count} instruments for {groups} groups: the weighting matrix of the second step is singular and "
                    "its generalised inverse is used; Hansen's test is weak and two-step errors are unreliable; "
                    "--collapse or fewer --gmm-lags help")
    if model.solution.rank1 < min(count, groups):
        said.append(f"{count} instruments have rank {model.solution.rank1}; the degrees of freedom count the rank")
    if model.solution.steps == 2 and model.options["cov"] == "unadjusted":
        said.append("two-step standard errors without Windmeijer's correction are too small; --cov robust has it")
    return said


def normal_param(name: str, value: float, variance: float, level: float) -> Param:
    """A coefficient with inference from the normal distribution."""
    if not variance > 0:
        return Param(name=name, value=value, se=None, stat=None, pvalue=None, ci=None)
    se = variance**0.5
    half = float(-ndtri(level / 2)) * se
    return Param(name=name, value=value, se=se, stat=value / se, pvalue=float(2 * ndtr(-abs(value / se))),
                 ci=(value - half, value + half))


def wald(beta: Array, matrix: Array) -> dict[str, Any] | None:
    """Chi-squared test that coefficients (K,) with covariance (K, K) are zero together."""
    if not len(beta) or np.linalg.matrix_rank(matrix) < len(beta):
        return None
    value = float(beta @ np.linalg.solve(matrix, beta))
    return {"statistic": value, "df": len(beta), "pvalue": float(chdtrc(len(beta), value))}


def gmm_estimate(model: Model, level: float) -> Estimate:
    """The result: slopes (and the constant of the system), tests of the instruments and of serial correlation."""
    beta, matrix = model.solution.beta, model.covariance
    slopes = [j for j, n in enumerate(model.names) if j not in model.dummies and n != CONSTANT]
    shown = [j for j in range(len(beta)) if j not in model.dummies]
    parameters = tuple(normal_param(model.names[j], float(beta[j]), float(matrix[j, j]), level) for j in shown)
    said = cautions(model)
    details: dict[str, Any] = {}
    for order in (1, 2):
        value, pvalue = model.serial(order)
        details[f"ar{order}"] = {"statistic": value, "pvalue": pvalue}
        if value is None:
            said.append(f"no AR({order}): no two rows are so far apart, or its estimated variance is not positive")
    for key, (value, pvalue, df) in (("hansen", model.hansen()), ("sargan", model.sargan())):
        details[key] = {"statistic": value, "df": df, "pvalue": pvalue if df > 0 else None}
    details["difference_hansen"] = model.difference_hansen()
    details["wald"] = wald(beta[slopes], matrix[np.ix_(slopes, slopes)])
    details["instruments"] = [{"group": g.name, "count": g.columns.shape[2]} for g in model.groups]
    details["rows"] = int(model.rows.sum())
    if model.dummies:
        at = list(model.dummies)
        details["wald_time"] = wald(beta[at], matrix[np.ix_(at, at)])
        details["periods"] = [{"period": model.names[j], "effect": float(beta[j]),
                               "se": float(max(matrix[j, j], 0.0) ** 0.5)} for j in at]
    t = model.valid.shape[1]
    at_rows = slice(t, None) if model.system else slice(0, t)
    there = model.valid if model.system else model.rows
    resid, fitted = model.solution.resid[:, at_rows], (model.x @ beta)[:, at_rows]
    return Estimate(coefficients=parameters,
                    fit={"sigma": model.sigma2**0.5, "n_instruments": model.n_instruments,
                         "n_groups": len(model.valid)},
                    cov_type=model.options["cov"], nobs=model.n, n_entities=len(model.valid),
                    n_periods=int(there.any(0).sum()), covariance=matrix[np.ix_(shown, shown)],
                    observations=_observed(model, there, resid, fitted), details=details, warnings=tuple(said))


def _observed(model: Model, there: Mask, resid: Array, fitted: Array) -> Any:
    import pandas as pd

    entity, time = np.nonzero(there)
    panel = model.panel
    return pd.DataFrame({panel.entity_name or "entity": np.array(panel.entities)[entity],
                         panel.time_name or "time": np.array(panel.times)[time],
                         "resid": resid[entity, time], "fitted": fitted[entity, time]})
