"""Regressions of each entity by itself, and what their mean says: the ground of every heterogeneous estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from clustertrade.batch.correlations import pairwise_correlations
from clustertrade.batch.ols import ols
from clustertrade.batch.trend import TERMS, demean, unit_terms
from clustertrade.errors import UsageError
from clustertrade.panel import Array, Mask, Panel
from clustertrade.results import Param

TERM_NAMES = ("const", "trend")


@dataclass(frozen=True)
class UnitModels:
    """Least squares of every entity: beta, se (N, K) in the order of ``names``; resid, valid (N, T); df (N,)."""

    names: tuple[str, ...]
    beta: Array
    se: Array
    resid: Array
    valid: Mask
    df: Array

    def of(self, names: Sequence[str]) -> Array:
        """The coefficients of some regressors, (N, k)."""
        return self.beta[:, [self.names.index(n) for n in names]]

    def rows(self, entities: Sequence[str], names: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of ``details.entities``: coefficients and their standard errors by name, periods."""
        at = [self.names.index(n) for n in names]
        return [{"entity": e, "nobs": int(self.valid[i].sum()),
                 "coefficients": dict(zip(names, self.beta[i, at].tolist(), strict=True)),
                 "se": dict(zip(names, self.se[i, at].tolist(), strict=True))} for i, e in enumerate(entities)]


def unit_models(y: Array, x: Array, names: Sequence[str], trend: str, valid: Mask) -> UnitModels:
    """Least squares of y (N, T) on deterministic terms and x (N, T, K), entity by entity.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the entities.
    """
    terms = unit_terms(trend, valid)
    beta, se, resid, df = ols(y, np.concatenate([terms[..., :1], x, terms[..., 1:]], -1), valid)
    order = (*TERM_NAMES[: min(TERMS[trend], 1)], *names, *TERM_NAMES[1: TERMS[trend]])
    return UnitModels(order, beta, se, resid, valid, df)


def refuse_reserved(asked: str, x: Panel) -> None:
    """A regressor must not have the name of a deterministic term."""
    if taken := [v for v in x.variables if v in TERM_NAMES]:
        raise UsageError(f"{asked}: a regressor is called {taken[0]}, the name of a term that is added; rename it")


def mean_group(beta: Array) -> tuple[Array, Array]:
    """Mean of the entities' coefficients (N, K) and its covariance (K, K).

    sum_i (b_i - b)(b_i - b)' / (N (N-1)): Pesaran and Smith (1995), Pesaran (2006, equation 58).
    """
    n = len(beta)
    gap = beta - beta.mean(0)
    return beta.mean(0), gap.T @ gap / (n * max(n - 1, 1))                  # one entity has no spread: zero


def coefficients(names: Sequence[str], value: Array, covariance: Array, level: float,
                 df: float | None = None) -> tuple[Param, ...]:
    """Parameters with standard error, ratio, p and interval, by t(df) or the normal distribution."""
    found = []
    quantile = float(-ndtri(level / 2) if df is None else -stdtrit(df, level / 2))
    for name, b, variance in zip(names, value.tolist(), np.diagonal(covariance).tolist(), strict=True):
        se = float(np.sqrt(max(variance, 0.0)))
        if not se > 1e-14 * abs(b):
            found.append(Param(name=name, value=b, se=None, stat=None, pvalue=None, ci=None))
            continue
        tail = ndtr(-abs(b / se)) if df is None else stdtr(df, -abs(b / se))
        found.append(Param(name=name, value=b, se=se, stat=b / se, pvalue=float(2 * tail),
                           ci=(b - quantile * se, b + quantile * se)))
    return tuple(found)


def without_error(parameters: Sequence[Param]) -> tuple[str, ...]:
    """The warning about coefficients that have no standard error."""
    exact = [p.name for p in parameters if p.se is None]
    return (f"no standard error for {', '.join(exact)}: the estimated variance is not positive",) if exact else ()


def goodness(y: Array, resid: Array, valid: Mask, df: float) -> dict[str, float | None]:
    """R2 of all rows about their mean, the same by degrees of freedom (``df`` of the residuals), residual deviation."""
    total = y[valid]
    tss, ssr = float(((total - total.mean()) ** 2).sum()), float((resid[valid] ** 2).sum())
    return {"r2": 1 - ssr / tss, "adj_r2": 1 - ssr / df / (tss / (total.size - 1)), "sigma": float(np.sqrt(ssr / df)),
            "n_groups": float(len(y))}


def holly_r2(y: Array, resid: Array, valid: Mask, df: float, convention: str = "paper") -> float | None:
    """R2 by degrees of freedom and the variance of y within entities: Holly, Pesaran and Yamagata (2010, section 4.1).

    plm averages the variances of y over entities.  None where no degrees of freedom are left.
    """
    within, spare = demean(y, valid) ** 2, valid.sum(1) - 1
    total = float((within.sum(1) / spare).mean() if convention == "plm" else within.sum() / spare.sum())
    return 1 - float((resid**2).sum()) / df / total if df > 0 else None


def observed(y: Panel, resid: Array, valid: Mask, fitted: Array | None = None) -> Any:
    """Residuals and fitted values with the labels of the data."""
    import pandas as pd

    i, j = np.nonzero(valid)
    entities, times = np.array(y.entities), np.array(y.times)
    fit = (y.series - resid)[valid] if fitted is None else fitted[valid]
    columns: dict[str, Any] = {} if y.is_series else {y.entity_name or "entity": entities[i]}
    return pd.DataFrame({**columns, y.time_name or "time": times[j], "resid": resid[valid], "fitted": fit})


def residual_dependence(resid: Array, valid: Mask) -> Mapping[str, float | int | None]:
    """Pesaran's CD of the residuals (N, T), over the pairs that share at least 3 periods.

    Returns
    -------
    Mapping
        ``CD``, ``pvalue``, ``mean_abs_rho``, ``pairs``; None where no pair has 3 periods.
    """
    rho, shared = pairwise_correlations(np.where(valid, resid, np.nan))
    upper = np.triu(np.ones(rho.shape, dtype=bool), 1) & (shared >= 3)
    pairs = int(upper.sum())
    if not pairs:
        return {"CD": None, "pvalue": None, "mean_abs_rho": None, "pairs": 0}
    value = float((np.sqrt(shared) * rho)[upper].sum() / np.sqrt(pairs))
    return {"CD": value, "pvalue": float(2 * ndtr(-abs(value))), "mean_abs_rho": float(np.abs(rho[upper]).mean()),
            "pairs": pairs}
