"""How well a regression fits: the keys of ``fit`` in a result."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, fdtrc

from clustertrade.batch.quadratic import quadratic
from clustertrade.panel import Array, Mask
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import Rows, group_means
from clustertrade.regression.sandwich import Inference


def goodness(fit: Fit, inference: Inference, *, correlations: bool = True,
             likelihood: bool = True) -> dict[str, float | None]:
    """R2, squared correlations within, between and overall, F, the Gaussian log-likelihood and its criteria.

    ``r2`` is that of the regression as run, so within for fixed effects, as plm, linearmodels and Stata's xtreg have
    it; ``f`` tests all slopes by the covariance in use, ``sigma`` is the residual standard deviation.
    """
    # A squared correlation: in unbalanced random effects the constant does not centre the residuals.
    r2 = squared_correlation(np.column_stack([fit.y, fit.y - fit.resid])) or 0.0
    if fit.rows.weight is not None:
        y = (fit.y / fit.rows.root)[:, None]
        r2 = 1 - fit.rss / float(fit.rows.weight @ ((y - fit.rows.mean(y)) ** 2)[:, 0])
    found: dict[str, float | None] = {"r2": r2}
    if correlations:
        found |= squared_correlations(fit.rows, fit.beta[fit.slopes])
    if fit.effects.kind:
        found["r2_within"] = r2
    f, f_pvalue = joint(fit, inference, fit.slopes)
    found |= {"adj_r2": 1 - (1 - r2) * (fit.n - 1) / fit.df, "f": f, "f_pvalue": f_pvalue,
              "sigma": math.sqrt(fit.sigma2), "n_groups": fit.rows.n_entities}
    if likelihood and fit.rss > 0:
        loglik = -fit.n / 2 * (math.log(2 * math.pi * fit.rss / fit.n) + 1)
        used = fit.n - fit.df
        found |= {"loglik": loglik, "aic": 2 * used - 2 * loglik, "bic": math.log(fit.n) * used - 2 * loglik}
    return found


def squared_correlations(rows: Rows, slopes: Array) -> dict[str, float | None]:
    """Squared correlations of y and x'b: of deviations from entity means, of the means, of the rows, as Stata's.

    One of which a side does not vary, such as the one within entities in a cross-section, is left out.
    """
    pair = np.column_stack([rows.y, rows.x @ slopes])
    means, size = group_means(pair, rows.entity)
    within, between = pair - means[rows.entity], means[size > 0]
    found = {name: squared_correlation(z) for name, z in
             (("r2_within", within), ("r2_between", between), ("r2_overall", pair))}
    return {name: value for name, value in found.items() if value is not None}


def squared_correlation(pair: Array) -> float | None:
    """Of the two columns of ``pair`` (n, 2); None where one of them does not vary."""
    z = pair - pair.mean(0)
    size = (z**2).sum(0)
    if (size <= 1e-24 * (pair**2).sum(0)).any() or not size.all():
        return None
    return float((z[:, 0] @ z[:, 1]) ** 2 / (size[0] * size[1]))


def wald(fit: Fit, inference: Inference, which: Mask) -> float | None:
    """Wald statistic of the coefficients ``which`` (K,) bool being zero; None where their covariance is singular."""
    return quadratic(fit.beta[which], inference.matrix[np.ix_(which, which)], 1e-12)


def joint(fit: Fit, inference: Inference, which: Mask) -> tuple[float | None, float | None]:
    """F of the coefficients being zero together, and its p."""
    q = int(which.sum())
    statistic = wald(fit, inference, which) if q else None
    if statistic is None:
        return None, None
    return statistic / q, float(fdtrc(q, inference.df or fit.df, statistic / q))


def chi2(statistic: float | None, df: int) -> float | None:
    """Upper tail of chi-squared."""
    return None if statistic is None else float(chdtrc(df, statistic))
