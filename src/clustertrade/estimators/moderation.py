"""An interaction: how the effect of x on y changes with a moderator, or with x itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression import models
from clustertrade.regression.estimate import estimate_of
from clustertrade.regression.rows import Rows, rows_of
from clustertrade.regression.ushape import u_test
from clustertrade.results import Estimate

POINTS = 41                                                # of the curve of marginal effects


@procedure(
    "moderation",
    family="estimators",
    title="Moderation analysis",
    reference="brambor2006",
    needs=lambda options: Needs(n=2, t=2, gaps=True, longest=True),
    conventions={"plm": {}, "gretl": {}, "stata": {}},
    checked="coefficients and slopes against fixed effects with the product centred elsewhere (1e-8); the test for a U "
            "by hand",
)
def moderation(y: Panel, x: Panel, *, moderator: Panel, effects: str = "entity", cov: str = "unadjusted", hc: int = 1,
               cluster: str = "entity", kernel: str = "bartlett", bandwidth: int | str = "auto", bootstrap: int = 999,
               seed: int = 20260101, level: float = 0.05, convention: str = "paper") -> Estimate:
    r"""Fixed effects with an interaction, and the effect of x along the moderator.

    .. math:: y_{it} = \beta_1 x_{it} + \beta_2 m_{it} + \beta_3 (x_{it}-\bar x)(m_{it}-\bar m) + \gamma' z_{it}
        + \mu_i + \epsilon_{it}, \qquad \frac{\partial y}{\partial x} = \beta_1 + \beta_3 (m - \bar m)

    The product is of deviations from the means over all rows, so that the coefficients of x and m are the effects at
    the mean of the other.  With x itself as moderator the product is the square of x as it stands, and the effect
    :math:`\beta_1 + 2\beta_3 x` is tested for a U by Lind and Mehlum (2010).

    Parameters
    ----------
    y : Panel of one variable
        The outcome.
    x : Panel of regressors
        The effect of the first is moderated; the others are controls.
    moderator : Panel of one variable
        m, which may be among x; the first x itself for a quadratic.
    effects, cov, hc, cluster, kernel, bandwidth, bootstrap, seed, convention : as for ``fe``
        Effects and covariance.
    level : float
        1 - level is the coverage of the intervals.

    Returns
    -------
    Estimate
        The x, the moderator and ``x*m`` (``x^2`` for a quadratic).  Details: ``marginal``, the effect of x with its
        interval at points over the range of the moderator; ``slopes``, at its mean and one standard deviation to
        each side; ``means``; ``switch``, the moderator at which the effect is zero, where that is within its range;
        ``u_test`` of a quadratic: ``shape``, ``extreme`` with Fieller's interval, ``t`` and ``pvalue`` of the test.

    Raises
    ------
    InfeasibleError
        The moderator is y, or the effects absorb a regressor.

    References
    ----------
    Lind and Mehlum (2010), doi:10.1111/j.1468-0084.2009.00569.x

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x, m, e = rng.standard_normal((3, 30, 10))
    >>> frame = pd.DataFrame({"i": np.repeat(range(30), 10), "t": np.tile(range(10), 30), "m": m.ravel(),
    ...                       "x": x.ravel(), "y": (x + 0.5 * x * m + 0.1 * e).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> found = moderation(panel["y"], panel["x"], moderator=panel["m"])
    >>> [(row["at"], round(row["effect"], 1)) for row in found.details["slopes"]]
    [('mean - sd', 0.5), ('mean', 1.0), ('mean + sd', 1.5)]
    """
    cause, m = x.variables[0], moderator.name
    if m == y.name:
        raise InfeasibleError(f"moderation: the moderator {m} is y")
    joined = x if m in x.variables else x.join(moderator)
    rows = rows_of(y, joined)
    own = m == cause
    name = f"{cause}^2" if own else f"{cause}*{m}"
    if name in joined.variables:
        raise UsageError(f"moderation: --x {name} has the name of the product; leave it out")
    first, second = rows.x[:, joined.variables.index(cause)], rows.x[:, joined.variables.index(m)]
    means = (0.0, 0.0) if own else (float(first.mean()), float(second.mean()))
    product = (first - means[0]) * (second - means[1])
    order = list(dict.fromkeys([cause, m, *joined.variables]))
    at = [joined.variables.index(v) for v in order]
    lead = 1 if own else 2
    columns = np.column_stack([rows.x[:, at[:lead]], product, rows.x[:, at[lead:]]])
    names = (*order[:lead], name, *order[lead:])
    fit = models.within("moderation", Rows(rows.y, columns, names, rows.entity, rows.time, rows.panel), effects)
    found = estimate_of(fit, {"cov": cov, "hc": hc, "cluster": cluster, "kernel": kernel, "bandwidth": bandwidth,
                              "bootstrap": bootstrap, "seed": seed, "level": level, "convention": convention})
    pick = [fit.names.index(cause), fit.names.index(name)]
    beta, covariance = fit.beta[pick], np.asarray(found.covariance)[np.ix_(pick, pick)]
    df = found.details["inference"]["df"]
    weight = 2.0 if own else 1.0                           # the derivative of a square
    spread = float(second.std(ddof=1))
    centre = float(second.mean())
    curve = np.linspace(second.min(), second.max(), POINTS)
    low, high = float(second.min()), float(second.max())
    details: dict[str, Any] = {
        "means": {cause: float(first.mean()), m: centre},
        "marginal": _effects(curve, beta, covariance, means[1], weight, df, level),
        "slopes": [{"at": label, **row} for label, row in zip(("mean - sd", "mean", "mean + sd"), _effects(
            centre + spread * np.array([-1.0, 0.0, 1.0]), beta, covariance, means[1], weight, df, level), strict=True)]}
    switch = means[1] - float(beta[0] / (weight * beta[1]))
    details["switch"] = switch if low < switch < high else None
    if own:
        details["u_test"] = u_test(beta, covariance, low, high, df, level)
    return replace(found, details={**found.details, **details})


def _effects(points: Array, beta: Array, covariance: Array, centre: float, weight: float, df: float | None,
             level: float) -> list[dict[str, float | None]]:
    """The effect of x at values of the moderator, with its interval."""
    gradient = np.column_stack([np.ones(points.size), weight * (points - centre)])
    effect = gradient @ beta
    se = np.sqrt(np.maximum(np.einsum("pi,ij,pj->p", gradient, covariance, gradient), 0.0))
    half = (-ndtri(level / 2) if df is None else -stdtrit(df, level / 2)) * se
    ratio = np.abs(effect) / np.where(se > 0, se, np.nan)
    p = 2 * (ndtr(-ratio) if df is None else stdtr(df, -ratio))
    return [{"moderator": float(v), "effect": float(b), "se": float(s), "low": float(b - h), "high": float(b + h),
             "pvalue": float(q)} for v, b, s, h, q in zip(points, effect, se, half, p, strict=True)]
