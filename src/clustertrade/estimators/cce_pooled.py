"""The common correlated effects pooled estimator."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import ols
from clustertrade.batch.trend import TERMS, unit_terms
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import heterogeneous as units
from clustertrade.regression.crosssection import averages
from clustertrade.results import Estimate


@procedure(
    "cce-pooled",
    family="estimators",
    title="Common correlated effects pooled estimator",
    reference="pesaran2006",
    needs=lambda options: Needs(n=2, t=2 * len(options["x"]) + TERMS[options["trend"]] + 2, gaps=True, within=True),
    conventions={"plm": {}},
    checked="plm pcce (8 cases, 1e-6) and one regression with the loadings of each entity. Coverage of 95 % intervals "
            "with one integrated factor and slopes of standard deviation 0.3: 0.93 at N=25, T=22, 0.94 at N=20, T=50, "
            "0.94 at N=10, T=22.",
)
def cce_pooled(y: Panel, x: Panel, *, trend: str = "c", level: float = 0.05,
               convention: str = "paper") -> Estimate:
    r"""One slope for all entities, beside entity-specific loadings of the cross-sectional averages of y and x.

    .. math:: \hat\beta = \Big(\sum_i X_i'\bar M_i X_i\Big)^{-1} \sum_i X_i'\bar M_i y_i, \qquad
        \widehat{Var}(\hat\beta) = \tfrac1N \Psi^{-1} R\, \Psi^{-1}, \quad
        \Psi = \tfrac1N \sum_i \tfrac{X_i'\bar M_i X_i}{T}, \quad R = \tfrac{1}{N-1} \sum_i
        \tfrac{X_i'\bar M_i X_i}{T} (\hat\beta_i - \hat\beta_{MG})(\hat\beta_i - \hat\beta_{MG})'
        \tfrac{X_i'\bar M_i X_i}{T}

    M takes deterministic terms and the averages out of each entity: Pesaran (2006, equations 65, 67, 69, with equal
    weights).  The covariance is robust to slopes that differ between entities at random.  p and intervals are of
    t(N - 1).

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; an average is over the entities that have the period.
    x : Panel of regressors
        Each must vary within every entity, and not be the same for all entities.
    trend : n, c or ct
        Deterministic terms of each entity.
    level : float
        1 - level is the coverage of the intervals.
    convention : paper or plm
        The same in balanced panels.  In others plm (pcce) divides R by the square of the shortest entity's periods but
        Psi by the mean of all, which makes standard errors larger by their ratio, and its ``adj_r2`` counts the periods
        of the panel for every entity.

    Returns
    -------
    Estimate
        A coefficient a regressor; residuals are what M leaves of y - x b.  ``adj_r2`` is that of Holly, Pesaran and
        Yamagata (2010).  Details: ``entities`` (each one's own slopes, as in cce-mg), ``residual_cd`` (Pesaran's CD
        of the residuals), ``inference``.

    Raises
    ------
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
    >>> abs(cce_pooled(panel["y"], panel["x"])["x"].value - 1.5) < 0.1
    True
    """
    valid = y.complete & x.complete
    n, k = y.n_entities, x.n_variables
    common = np.broadcast_to(averages(y.join(x).values, valid), (*valid.shape, 1 + k))
    basis = np.concatenate([unit_terms(trend, valid), common], -1)
    left = [ols(z, basis, valid)[2] for z in (y.series, *np.moveaxis(x.values, -1, 0))]
    my, mx = left[0], np.stack(left[1:], -1)
    full = units.unit_models(y.series, np.concatenate([x.values, common], -1),
                             (*x.variables, *(f"{v}.bar" for v in ("y", *x.variables))), trend, valid)
    own = full.of(x.variables)
    square = np.einsum("itk,itl->ikl", mx, mx)
    size = np.sqrt(np.einsum("ikk->k", square))                          # units of x must not decide the rank
    total = square.sum(0) / np.outer(size, size)
    if np.linalg.eigvalsh(total)[0] <= 1e-14:
        raise InfeasibleError(f"cce-pooled: {first_of(x.variables, 12)} are collinear beside the averages; leave "
                              "one out")
    bread = np.linalg.inv(total) / np.outer(size, size)
    beta = bread @ np.einsum("itk,it->k", mx, my)
    gap = np.einsum("ikl,il->ik", square, own - own.mean(0))
    covariance = n / (n - 1) * bread @ (gap.T @ gap) @ bread             # T cancels in Psi^-1 R Psi^-1 / N
    counts = valid.sum(1)
    if convention == "plm":
        covariance = covariance * (counts.mean() / counts.min()) ** 2
    resid = my - mx @ beta
    parameters = units.coefficients(x.variables, beta, covariance, level, n - 1)
    df = float(valid.sum()) - n * basis.shape[-1] - k
    quality = units.goodness(y.series, resid, valid, df)
    rows = valid.any(0).sum() * n if convention == "plm" else valid.sum()
    quality["adj_r2"] = units.holly_r2(y.series, resid, valid, float(rows) - n * (k + 2) - k, convention)
    return Estimate(
        coefficients=parameters, fit=quality, cov_type="mean-group", nobs=int(valid.sum()), n_entities=n,
        n_periods=int(valid.any(0).sum()), covariance=covariance, observations=units.observed(y, resid, valid),
        details={"entities": full.rows(y.entities, x.variables), "inference": {"df": n - 1},
                 "residual_cd": units.residual_dependence(resid, valid)},
        warnings=units.without_error(parameters))
