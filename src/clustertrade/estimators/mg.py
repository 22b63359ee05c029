"""The mean group estimator."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.trend import TERMS
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import heterogeneous as units
from clustertrade.results import Estimate


@procedure(
    "mg",
    family="estimators",
    title="Mean group estimator",
    reference="pesaran_smith1995",
    needs=lambda options: Needs(n=2, t=len(options["x"]) + TERMS[options["trend"]] + 1, gaps=True, within=True),
    conventions={"plm": {}},
    checked="plm pmg, demeaned too (24 cases with those of single entities, 1e-6) and statsmodels entity by entity. "
            "Coverage of 95 % intervals, slopes with standard deviation 0.3: 0.94 at N=25, T=22, 0.96 at N=20, T=50.",
)
def mg(y: Panel, x: Panel, *, trend: str = "c", demean: bool = False, level: float = 0.05,
       convention: str = "paper") -> Estimate:
    r"""The mean of the coefficients of a regression for each entity.

    .. math:: y_{it} = \alpha_i + \delta_i t + x_{it}'\beta_i + u_{it}, \qquad
        \hat\beta = \tfrac1N \sum_i \hat\beta_i, \qquad
        \widehat{Var}(\hat\beta) = \tfrac{1}{N(N-1)} \sum_i (\hat\beta_i - \hat\beta)(\hat\beta_i - \hat\beta)'

    Slopes may differ between entities; each entity weighs the same.  p and intervals are of t(N - 1), which is exact
    where the entities' estimates are normal with equal variances.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors
        Each must vary within every entity.
    trend : n, c or ct
        Deterministic terms of each entity's regression; the trend is 1 in an entity's first period.
    demean : bool
        Subtract the mean of all entities in each period from y and x first (demeaned mean group).
    level : float
        1 - level is the coverage of the intervals.
    convention : paper or plm
        plm (pmg) computes the same.

    Returns
    -------
    Estimate
        ``const``, a coefficient a regressor, ``trend``; residuals are those of the entities' regressions.  Details:
        ``entities`` (coefficients, conventional standard errors and periods of each), ``residual_cd`` (Pesaran's CD of
        the residuals), ``inference``.

    Raises
    ------
    UsageError
        For a regressor that is called const or trend.
    InfeasibleError
        Where an entity has too few periods or collinear regressors.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aaaabbbb"), "t": [1, 2, 3, 4] * 2, "y": [1., 2, 3, 5, 2, 5, 8, 10],
    ...                       "x": [1., 2, 3, 4, 1, 2, 3, 4]})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(mg(panel["y"], panel["x"])["x"].value, 6)
    2.0
    """
    units.refuse_reserved("mg", x)
    valid = y.complete & x.complete
    if demean:
        both = y.join(x)
        both = both.with_values(np.where(valid[..., None], both.values, np.nan)).demean()
        left, right = both.values[..., 0], both.values[..., 1:]
    else:
        left, right = y.series, x.values
    fit = units.unit_models(left, right, x.variables, trend, valid)
    value, covariance = units.mean_group(fit.beta)
    parameters = units.coefficients(fit.names, value, covariance, level, y.n_entities - 1)
    return Estimate(
        coefficients=parameters, fit=units.goodness(left, fit.resid, valid, float(fit.df.sum())),
        cov_type="mean-group", nobs=int(valid.sum()), n_entities=y.n_entities, n_periods=int(valid.any(0).sum()),
        covariance=covariance, observations=units.observed(y, fit.resid, valid),
        details={"entities": fit.rows(y.entities, fit.names), "inference": {"df": y.n_entities - 1},
                 "residual_cd": units.residual_dependence(fit.resid, valid)},
        warnings=units.without_error(parameters))
