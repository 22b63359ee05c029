"""The Haken model: which of two quantities is the order parameter that the other follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.measures.dynamics import Fit, Paths, fit, read_paths
from clustertrade.measures.tidy import Array, Codes, Rows
from clustertrade.registry import procedure
from clustertrade.results import Measure

SYMBOLS = ("lambda1", "a", "lambda2", "b")


@procedure(
    "haken",
    family="measures",
    title="Haken model of order parameters",
    reference="haken1983",
    choices={"effects": ("entity",)},
)
def haken(data: pd.DataFrame, *, subsystem: Sequence[str] = (), indicator: Sequence[str] = (), unit: str | None = None,
          time: str | None = None, effects: str | None = None, level: float = 0.05, bootstrap: int = 0,
          seed: int = 20260101) -> Measure:
    r"""Parameters of the slaving principle between two quantities, for both of their orders.

    .. math:: \dot q_1=-\lambda_1q_1-a\,q_1q_2,\qquad \dot q_2=-\lambda_2q_2+b\,q_1^2

    in steps of one period, :math:`q_1(t+1)=(1-\lambda_1)q_1(t)-a\,q_1(t)q_2(t)` and
    :math:`q_2(t+1)=(1-\lambda_2)q_2(t)+b\,q_1(t)^2`, each by least squares without a constant.  Where
    :math:`\lambda_2>0` and :math:`|\lambda_2|>|\lambda_1|` the second quantity is damped faster and follows the first,
    :math:`q_2=\frac{b}{\lambda_2}q_1^2`, which is then the order parameter with

    .. math:: \dot q_1=-\lambda_1q_1-\frac{ab}{\lambda_2}q_1^3,\qquad
        V(q_1)=\frac{\lambda_1}{2}q_1^2+\frac{ab}{4\lambda_2}q_1^4.

    Parameters
    ----------
    data : DataFrame
        A row a period, or a unit and period.
    indicator, subsystem : COL or NAME=COL, two together
        The two quantities, on one scale: products of them enter, so a change of scale changes the results.
    unit, time : column names
        Keys; the steps of all units are pooled.
    effects : entity, optional
        Takes unit means out of both sides of each equation (region dummies).
    level : float
        Of significance and intervals.
    bootstrap : int
        Replications of the residual bootstrap behind the intervals; Student's t without.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Measure
        A row an order: ``q1``, ``q2``, ``lambda1``, ``a``, ``lambda2``, ``b``, first as given, then exchanged.
        Details: ``order_parameter`` (null where no order, or both, have significant coefficients and meet the
        condition) and ``models``: for each order standard errors, t, p and intervals; ``r2``; ``condition``; the
        potential's coefficients, its stationary points q1 and whether these are minima.

    Raises
    ------
    UsageError
        Not two quantities; no time.
    DataError
        What ``measures.tidy`` refuses; a missing period.
    InfeasibleError
        Fewer than three steps; quantities that do not vary.

    Notes
    -----
    Signs: a < 0, q2 promotes q1; b > 0, q1 promotes q2; lambda < 0, a quantity reinforces itself.  The stationary
    points :math:`q_1^2=-\lambda_1\lambda_2/(ab)` are minima of V, a new steady state, only if :math:`\lambda_1<0`
    and :math:`ab/\lambda_2>0`; with :math:`\lambda_1>0` they are maxima, and 0 is the minimum.  Regressors are lagged
    levels, so intervals hold in large samples; with ten periods they cover less than they say
    (docs/validation/coordination.md).

    References
    ----------
    Haken, H. (1983), Synergetics: An Introduction. https://doi.org/10.1007/978-3-642-88338-5

    Examples
    --------
    >>> q1, q2 = [0.5], [0.3]
    >>> for _ in range(9):
    ...     q1, q2 = [*q1, q1[-1] * (0.94 + 0.12 * q2[-1])], [*q2, 0.65 * q2[-1] + 0.2 * q1[-1] ** 2]
    >>> frame = pd.DataFrame({"year": range(10), "cluster": q1, "cbec": q2})
    >>> row = haken(frame, indicator=["cluster", "cbec"], time="year").rows[0]
    >>> [round(row[s], 6) for s in ("lambda1", "a", "lambda2", "b")]
    [0.06, -0.12, 0.35, 0.2]
    """
    paths = read_paths("haken", data, subsystem, indicator, unit, time, signed=True, most=2)
    rows, models = [], []
    for first in (0, 1):
        model = _model(paths, first, effects, bootstrap, seed)
        names = (paths.names[first], paths.names[1 - first])
        values = dict(zip(SYMBOLS, map(float, model.beta.ravel()), strict=True))
        rows.append({"q1": names[0], "q2": names[1], **values})
        models.append({"q1": names[0], "q2": names[1], **_described(model, values, level)})
    meet = [m["q1"] for m in models if m["condition"] and m["significant"]]
    details = {"order_parameter": meet[0] if len(meet) == 1 else None, "models": models, "steps": len(paths.unit)}
    warnings = [] if len(meet) == 1 else [
        "no order parameter: " + ("both orders have significant coefficients and meet the condition" if meet else
                                  "neither order has significant coefficients and meets lambda2 > 0, |lambda2| > "
                                  "|lambda1|")]
    if len(paths.unit) < 20:
        warnings.append(f"{len(paths.unit)} steps: what four coefficients say on so few is uncertain beyond their "
                        "intervals")
    return Measure(columns=("q1", "q2", *SYMBOLS), rows=Rows(pd.DataFrame(rows)), details=details,
                   warnings=tuple(warnings))


def _model(paths: Paths, first: int, effects: str | None, replications: int, seed: int) -> Fit:
    """lambda1 and a, lambda2 and b: two equations of two coefficients."""
    q1, q2 = paths.before[:, first], paths.before[:, 1 - first]
    y = (paths.after - paths.before)[:, [first, 1 - first]].T
    x = np.stack([np.column_stack([-q1, -q1 * q2]), np.column_stack([-q2, q1**2])])
    lost = 0
    if effects == "entity":
        y, x = _within(y, paths.unit), _within(x.swapaxes(1, 2), paths.unit).swapaxes(1, 2)
        lost = len(np.unique(paths.unit))
    names = [paths.names[first], paths.names[1 - first]]
    return fit("haken", names, y, x, np.ones(y.shape, dtype=bool), replications, seed, lost=lost)


def _within(values: Array, unit: Codes) -> Array:
    """Deviations from the means of each unit, along the last axis."""
    member = (unit[:, None] == np.unique(unit)) * 1.0
    return values - (values @ member / member.sum(0)) @ member.T


def _described(model: Fit, values: dict[str, float], level: float) -> dict[str, Any]:
    low, high = model.interval(level)
    exact = bool((np.abs(model.resid) < 1e-12).all())      # no error at all: t is without bound
    p = np.where(model.se > 0, model.pvalues, 0.0)
    coefficients = [{"symbol": s, "value": values[s], "se": float(model.se.ravel()[i]),
                     "stat": None if exact else float(model.beta.ravel()[i] / model.se.ravel()[i]),
                     "pvalue": 0.0 if exact else float(p.ravel()[i]),
                     "ci": [float(low.ravel()[i]), float(high.ravel()[i])]}
                    for i, s in enumerate(SYMBOLS)]
    quartic = values["a"] * values["b"] / values["lambda2"] if values["lambda2"] else np.nan
    square = -values["lambda1"] / quartic if quartic else np.nan
    there = bool(np.isfinite(square) and square > 0)
    return {
        "coefficients": coefficients, "r2": [float(r) for r in model.r2],
        "condition": bool(values["lambda2"] > 0 and abs(values["lambda2"]) > abs(values["lambda1"])),
        "significant": exact or bool((p < level).all()),
        "slaved": values["b"] / values["lambda2"] if values["lambda2"] else None,
        "potential": {"square": values["lambda1"] / 2, "quartic": float(quartic) / 4 if np.isfinite(quartic) else None},
        "stationary": float(np.sqrt(square)) if there else None,
        "stationary_is_minimum": bool(values["lambda1"] < 0 and quartic > 0) if there else None,
        "second_derivative": -2 * values["lambda1"] if there else None,
        "zero_is_minimum": bool(values["lambda1"] > 0),
    }
