"""The two-way difference in differences, and what it averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from clustertrade.errors import UsageError, first_of
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.bacon import decomposition, weights_of_cells
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.rows import rows_of
from clustertrade.regression.staggered import starts
from clustertrade.results import Estimate


@procedure(
    "did",
    family="estimators",
    title="Difference in differences",
    reference="goodman_bacon2021",
    needs=lambda options: Needs(n=2, t=2, gaps=True, longest=True),
    conventions={"plm": {}, "gretl": {}, "stata": {}},
    checked="as twoway, the same regression (1e-12); the pairs sum to its coefficient (1e-9), each is the difference "
            "of means, the weights of treated rows reproduce it from known effects (1e-9). Where three cohorts' "
            "effects of 1 to 3 grow by 0.5 a period it is 0.4 or more below their mean at N=40, T=10.",
)
def did(y: Panel, x: Panel | None = None, *, treat: Panel | None = None, cohort: Panel | None = None,
        cov: str = "unadjusted", hc: int = 1, cluster: str = "entity", kernel: str = "bartlett",
        bandwidth: int | str = "auto", bootstrap: int = 999, seed: int = 20260101, level: float = 0.05,
        convention: str = "paper") -> Estimate:
    r"""A treatment in a regression with effects of entities and periods.

    .. math:: y_{it} = \delta d_{it} + x_{it}'\beta + \mu_i + \lambda_t + \epsilon_{it}, \qquad
        \hat\delta = \sum_k w_k\,\hat\delta^{2\times2}_k

    Where treatments start in different periods and effects differ, some of the pairs that it averages compare with
    entities already treated: read ``details.decomposition``, and take ``event-study``.

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed.
    x : Panel of regressors, optional
        Covariates.
    treat : Panel of one variable
        The treatment: 0 or 1, or a dose such as the number of zones in force.
    cohort : Panel of one variable
        In place of ``treat``: the first period of treatment, 0 for none; the coefficient is called ``treated``.
    cov, hc, cluster, kernel, bandwidth, bootstrap, seed, level, convention : optional
        As of ``fe``; errors of one entity are correlated, which clustered errors allow for.

    Returns
    -------
    Estimate
        ``const``, the treatment, and a coefficient a regressor.  Details: ``decomposition`` (Goodman-Bacon 2021), a row
        a pair of cohorts with its kind, weight and estimate, where a treatment of 0 and 1 stays, data are balanced and
        there is no x; ``cell_weights`` (de Chaisemartin and D'Haultfoeuille 2020): how many treated rows have a
        negative weight and the sum of these; ``inference``, ``wild``.

    Raises
    ------
    InfeasibleError
        A treatment that does not vary beyond both effects.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> i, t = np.repeat(range(12), 6), np.tile(range(2001, 2007), 12)
    >>> on = (i % 2 == 0) & (t >= 2004)
    >>> frame = pd.DataFrame({"i": i, "t": t, "d": on * 1, "y": i + 0.5 * t + 2 * on + (i * t % 5) / 100})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(did(panel["y"], treat=panel["d"])["d"].value, 2)
    2.0
    """
    if treat is None:
        first = starts("did", y, None, cohort)
        treat = y.with_values((np.arange(y.n_periods) >= first[:, None])[:, :, None].astype(float), ("treated",))
    elif cohort is not None:
        starts("did", y, treat, cohort)                    # they must agree
    if x is not None and treat.name in x.variables:
        raise UsageError(f"did: {treat.name} is both --treat and --x")
    rows = rows_of(y, treat.join(x))
    fit = models.within("did", rows, "twoway")
    details: dict[str, Any] = {}
    dose = rows.x[:, 0]
    warnings: list[str] = []
    if np.isin(dose, (0.0, 1.0)).all():
        details["cell_weights"] = weights_of_cells(fit, dose)
        if (x is None or not x.n_variables) and fit.n == rows.n_entities * np.unique(rows.time).size and (
                pairs := decomposition(rows, dose)) is not None:
            details["decomposition"] = pairs
            already = sum(p["weight"] for p in pairs if p["kind"] == "later against earlier")
            if already > 0.005:
                warnings.append(f"{100 * already:.1f} % of the weight compares with entities already treated, whose "
                                "effects are subtracted (Goodman-Bacon 2021); event-study does not")
    count = np.bincount(rows.entity, minlength=y.n_entities)
    if alone := [e for e, n in zip(y.entities, count, strict=True) if n == 1]:
        warnings.append(f"{len(alone)} entities have one row, which says nothing about slopes: {first_of(alone)}")
    return estimate_of(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                             "bootstrap": bootstrap, "seed": seed, "level": level, "convention": convention},
                       details=details, warnings=tuple(warnings))
