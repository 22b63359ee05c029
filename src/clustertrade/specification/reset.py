"""Ramsey's RESET."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.goodness import joint
from clustertrade.regression.rows import Rows, rows_of
from clustertrade.regression.sandwich import covariance
from clustertrade.results import Statistic, TestResult


@procedure(
    "reset",
    family="specification",
    title="Ramsey RESET test",
    null="the functional form is right",
    alternative="powers of the fitted values belong in the model",
    reference="ramsey1969",
    scope="both",
    needs=lambda options: Needs(t=1, gaps=True),
    choices={"cov": ("unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west")},
    checked="statsmodels' linear_reset, pooled (1e-8). Rejections at 5 %, 1,000 samples, N=25, T=22 and N=20, T=50: "
            "pooled, unadjusted, 0.040 and 0.052; effects of entities, errors AR(0.5), clustered, 0.136 and 0.120 "
            "(few clusters); a slope of 0.1 on the square of x is found in 1.00.",
)
def reset(y: Panel, x: Panel, *, effects: str | None = None, power: int = 3, cov: str = "unadjusted", hc: int = 1,
          cluster: str = "entity", kernel: str = "bartlett", bandwidth: int | str = "auto") -> TestResult:
    r"""Do powers of the fitted values add to the regression?

    .. math:: y_{it} = x_{it}'\beta + \gamma_2 \hat y_{it}^2 + \dots + \gamma_p \hat y_{it}^p + u_{it}, \qquad
        \gamma_2 = \dots = \gamma_p = 0

    Parameters
    ----------
    y : Panel of one variable
        Unbalanced data and gaps are allowed; one time series too.
    x : Panel of regressors
        A constant is added.
    effects : entity, time or twoway, optional
        Effects in the regression; the powers are then those of x'b, effects left out.  None: pooled.
    power : int
        Highest power p, at least 2; 3 is that of R's resettest, 4 that of Stata's ovtest.
    cov : unadjusted, robust, clustered, driscoll-kraay or newey-west
        Covariance of the coefficients of the powers.
    hc, cluster, kernel, bandwidth : optional
        Of that covariance, as of ``fe``.

    Returns
    -------
    TestResult
        ``F`` with its two degrees of freedom.  Details: ``power``; ``inference``.

    Raises
    ------
    InfeasibleError
        Powers that are collinear with x, as those of one or two distinct fitted values are; too few rows.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 10), "t": np.tile(range(10), 20), "x": rng.uniform(0, 3, 200)})
    >>> frame["y"] = np.exp(frame["x"]) + rng.standard_normal(200)
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> reset(panel["y"], panel["x"]).pvalue < 1e-6
    True
    """
    if power < 2:
        raise UsageError(f"reset --power {power}: at least 2, the square of the fitted values")
    options = {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
               "convention": "paper"}
    return _reset(rows_of(y, x), effects, power, options)


def _reset(rows: Rows, effects: str | None, power: int, options: Mapping[str, Any]) -> TestResult:
    def regression(sample: Rows) -> Any:
        return models.within("reset", sample, effects) if effects else models.pooled("reset", sample)

    first = regression(rows)
    fitted = rows.x @ first.beta[1:]
    fitted = (fitted - fitted.mean()) / fitted.std()       # powers of any a + b y span the same space, and better
    names = [f"fitted^{p}" for p in range(2, power + 1)]
    powers = np.column_stack([fitted**p for p in range(2, power + 1)])
    try:
        fit = regression(Rows(rows.y, np.column_stack([rows.x, powers]), (*rows.names, *names), rows.entity, rows.time,
                              rows.panel))
    except InfeasibleError as wrong:
        raise InfeasibleError(f"{wrong} (powers of the fitted values, --power {power})") from wrong
    inference = covariance(fit, options)
    which = np.array([n in names for n in fit.names])
    value, pvalue = joint(fit, inference, which)
    if value is None:
        raise InfeasibleError(f"reset: the {options['cov']} covariance of the powers is singular")
    return TestResult(statistics=(Statistic(name="F", value=value, pvalue=pvalue,
                                            df=(len(names), inference.df or fit.df)),),
                      nobs=rows.n, n_entities=rows.n_entities, warnings=inference.warnings,
                      details={"power": power, "inference": {"df": inference.df, **inference.facts}})
