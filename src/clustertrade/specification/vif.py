"""Variance inflation factors."""

from __future__ import annotations

import numpy as np

from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.rows import rows_of
from clustertrade.results import Statistic, TestResult


@procedure(
    "vif",
    family="specification",
    title="Variance inflation factors",
    null="none: a measure of collinearity",
    alternative="none",
    reference="marquardt1970",
    scope="both",
    needs=lambda options: Needs(t=1, gaps=True),
)
def vif(y: Panel, x: Panel) -> TestResult:
    r"""By how much collinearity inflates the variance of each coefficient.

    .. math:: VIF_j = 1 / (1 - R_j^2)

    with R2 of x_j on a constant and the other x, over the rows in which y and every x are there.

    Parameters
    ----------
    y : Panel of one variable
        The dependent variable; only its missing values matter.
    x : Panel of regressors
        One regressor has the factor 1.

    Returns
    -------
    TestResult
        A statistic a regressor under its name, then ``mean``; no p.  Details: ``r2`` of each regressor on the others.

    Raises
    ------
    InfeasibleError
        Constant or exactly collinear regressors, named.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"i": list("aabb"), "t": [1, 2] * 2, "y": [1., 2, 4, 3], "x": [1., 2, 3, 4],
    ...                       "z": [1., 0, 2, 3]})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> round(vif(panel["y"], panel[["x", "z"]])["x"].value, 6)
    2.777778
    """
    rows = rows_of(y, x)
    centred = rows.x - rows.x.mean(0)
    # The diagonal of the inverse correlation matrix is the factors; from R of a QR nothing is squared.
    r = np.linalg.qr(centred / np.sqrt((centred**2).sum(0)), mode="r")
    factor = (np.linalg.inv(r) ** 2).sum(1)
    statistics = [Statistic(name=n, value=float(v)) for n, v in zip(rows.names, factor, strict=True)]
    return TestResult(statistics=(*statistics, Statistic(name="mean", value=float(factor.mean()))), nobs=rows.n,
                      details={"r2": {n: float(1 - 1 / v) for n, v in zip(rows.names, factor, strict=True)}})
