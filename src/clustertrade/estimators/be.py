"""The between estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.rows import rows_of
from clustertrade.results import Estimate


def _needs(options: Mapping[str, Any]) -> Needs:
    groups = len(options["x"]) + 2
    if options["effects"] == "time":
        return Needs(n=1, t=groups, gaps=True, longest=True)
    return Needs(n=groups, t=1, gaps=True)


@procedure(
    "be",
    family="estimators",
    title="Between estimator",
    reference="baltagi2021",
    needs=_needs,
    choices={"effects": ("entity", "time"), "cov": ("unadjusted", "robust")},
)
def be(y: Panel, x: Panel, *, effects: str = "entity", cov: str = "unadjusted", hc: int = 1,
       level: float = 0.05) -> Estimate:
    r"""Least squares on the means of the entities.

    .. math:: \bar y_i = \alpha + \bar x_i'\beta + \bar u_i

    Parameters
    ----------
    y : Panel of one variable
        Means are over the rows that are complete; each entity counts once.
    x : Panel of regressors
        A constant is added.
    effects : entity or time
        Means of entities, or of periods.
    cov : unadjusted or robust
        Covariance of the estimates; p from t(N - k).
    hc : 0 to 4
        Variant of ``robust``.
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        ``const`` and a coefficient a regressor; residuals are those of the means.

    Raises
    ------
    InfeasibleError
        Means that are collinear; fewer entities than coefficients.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aabbcc"), "t": [1, 2] * 3, "y": [1., 3, 4, 2, 5, 6], "x": [1., 2, 2, 2, 3, 3]})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(be(panel["y"], panel["x"])["x"].value, 6)
    2.357143
    """
    import pandas as pd

    rows = rows_of(y, x)
    fit = models.between("be", rows, effects)
    labels = [(y.entities[i], "") for i in np.unique(rows.entity)] if effects == "entity" else [
        ("", y.times[j]) for j in np.unique(rows.time)]
    means = pd.DataFrame(labels, columns=[y.entity_name or "entity", y.time_name or "time"])
    means = means.assign(resid=fit.resid, fitted=fit.x @ fit.beta)
    return estimate_of(fit, {"cov": cov, "hc": hc, "level": level, "convention": "paper"}, observations=means)
