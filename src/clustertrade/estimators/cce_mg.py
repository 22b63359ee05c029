"""The common correlated effects mean group estimator."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.trend import TERMS
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import heterogeneous as units
from clustertrade.regression.crosssection import averages
from clustertrade.results import Estimate


@procedure(
    "cce-mg",
    family="estimators",
    title="Common correlated effects mean group estimator",
    reference="pesaran2006",
    needs=lambda options: Needs(n=2, t=2 * len(options["x"]) + TERMS[options["trend"]] + 2, gaps=True, within=True),
    checked="plm pmg and pcce (16 cases, 1e-6) and statsmodels entity by entity. Coverage of 95 % intervals with one "
            "integrated factor and slopes of standard deviation 0.3: 0.94 at N=25, T=22, 0.94 at N=20, T=50, 0.93 at "
            "N=10, T=22.",
)
def cce_mg(y: Panel, x: Panel, *, trend: str = "c", level: float = 0.05) -> Estimate:
    r"""Mean group in regressions that hold the cross-sectional averages of y and x, which stand for common factors.

    .. math:: y_{it} = \alpha_i + \delta_i t + x_{it}'\beta_i + \bar y_t a_i + \bar x_t' c_i + u_{it}, \qquad
        \hat\beta = \tfrac1N \sum_i \hat\beta_i, \qquad
        \widehat{Var}(\hat\beta) = \tfrac{1}{N(N-1)} \sum_i (\hat\beta_i - \hat\beta)(\hat\beta_i - \hat\beta)'

    Pesaran (2006, equations 53, 58); unobserved factors may move y and x with other loadings for each entity.  p and
    intervals are of t(N - 1).  In unbalanced panels an average is over the entities that have the period.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors
        Each must vary within every entity, and not be the same for all entities.
    trend : n, c or ct
        Deterministic terms of each entity's regression; the trend is 1 in an entity's first period.
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``const``, a coefficient a regressor, ``trend``; residuals are those of the entities' regressions.  ``adj_r2``
        is that of Holly, Pesaran and Yamagata (2010): variance within entities, T - 2k - 2 degrees of freedom.
        Details: ``averages`` (mean coefficients of the averages, ``y.bar`` and a name a regressor, with standard
        errors), ``entities``, ``residual_cd`` (Pesaran's CD of the residuals), ``inference``.

    Raises
    ------
    UsageError
        For a regressor that is called const or trend.
    InfeasibleError
        Where an entity has too few periods, or an x is the same for all entities and so equals its average.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> factor = rng.standard_normal(40).cumsum()
    >>> x = rng.uniform(0, 2, (20, 1)) * factor + rng.standard_normal((20, 40))
    >>> y = 1.5 * x + rng.uniform(0, 2, (20, 1)) * factor + rng.standard_normal((20, 40))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 40), "t": list(range(40)) * 20, "y": y.ravel(), "x": x.ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> abs(cce_mg(panel["y"], panel["x"])["x"].value - 1.5) < 0.1
    True
    """
    units.refuse_reserved("cce-mg", x)
    valid = y.complete & x.complete
    common = np.broadcast_to(averages(y.join(x).values, valid), (*valid.shape, 1 + x.n_variables))
    bars = tuple(f"{v}.bar" for v in ("y", *x.variables))
    fit = units.unit_models(y.series, np.concatenate([x.values, common], -1), (*x.variables, *bars), trend, valid)
    own = tuple(n for n in fit.names if n not in bars)
    value, covariance = units.mean_group(fit.of(own))
    parameters = units.coefficients(own, value, covariance, level, y.n_entities - 1)
    mean, spread = units.mean_group(fit.of(bars))
    quality = units.goodness(y.series, fit.resid, valid, float(fit.df.sum()))
    quality["adj_r2"] = units.holly_r2(y.series, fit.resid, valid, float(valid.sum())
                                       - y.n_entities * (2 * x.n_variables + 2))
    return Estimate(
        coefficients=parameters, fit=quality, cov_type="mean-group", nobs=int(valid.sum()), n_entities=y.n_entities,
        n_periods=int(valid.any(0).sum()), covariance=covariance, observations=units.observed(y, fit.resid, valid),
        details={"averages": [p.to_dict() for p in units.coefficients(bars, mean, spread, level, y.n_entities - 1)],
                 "entities": fit.rows(y.entities, fit.names), "inference": {"df": y.n_entities - 1},
                 "residual_cd": units.residual_dependence(fit.resid, valid)},
        warnings=units.without_error(parameters))
