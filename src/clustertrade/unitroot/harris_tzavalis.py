"""The Harris-Tzavalis test for panels with few periods."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.batch.lags import diff, lag
from clustertrade.batch.ols import Collinear
from clustertrade.batch.trend import TERMS, detrend
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult


def moments(trend: str, t: int) -> tuple[float, float]:
    """Mean of rho - 1 and variance of sqrt(N) (rho - 1), with t periods in the regression: theorems 1 to 3."""
    if trend == "n":
        return 0.0, 2 / (t * (t - 1))
    if trend == "c":
        return -3 / (t + 1), 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    return -15 / (2 * (t + 2)), 15 * (193 * t**2 - 728 * t + 1147) / (112 * (t + 2) ** 3 * (t - 2))


LIMITS = {"n": (0.0, 2.0), "c": (-3.0, 51 / 5), "ct": (-7.5, 2895 / 112)}         # of t (rho - 1) as t grows


@procedure(
    "harris-tzavalis",
    family="unitroot",
    title="Harris-Tzavalis panel unit root test",
    null="every entity has a unit root",
    alternative="every entity is stationary, with a common autoregressive root",
    reference="harristzavalis1999",
    needs=lambda options: Needs(n=2, t=TERMS[options["trend"]] + 3, balanced=True),
    checked="no independent reference: the moments equal those of the quadratic forms computed exactly for every T "
            "tried (1e-10).",
)
def harris_tzavalis(y: Panel, *, trend: str = "c", demean: bool = False) -> TestResult:
    r"""Unit root in a panel whose number of periods is fixed, from the pooled within estimate of the root.

    .. math:: z = \frac{\sqrt N(\hat\rho - 1 - B)}{\sqrt C}\to N(0,1)\quad(N\to\infty),\qquad
        \hat\rho = \frac{\sum_i\sum_t \tilde y_{i,t-1}\tilde y_{it}}{\sum_i\sum_t \tilde y_{i,t-1}^2}

    with :math:`\tilde y` less the deterministic terms of each entity.  B and C are exact in T, the periods of the
    regression (one fewer than the data): :math:`B = -3/(T+1), C = 3(17T^2-20T+17)/(5(T-1)(T+1)^3)` for a constant,
    :math:`-15/(2(T+2)), 15(193T^2-728T+1147)/(112(T+2)^3(T-2))` with trends, :math:`0, 2/(T(T-1))` without.

    Errors must be normal, uncorrelated in time and between entities, and of one variance in all entities; without a
    constant the series must start near zero.

    Parameters
    ----------
    y : Panel of one variable
        Balanced.
    trend : n, c or ct
        Deterministic terms, one set an entity.
    demean : bool
        Subtract cross-sectional means first, against a common time effect.

    Returns
    -------
    TestResult
        ``z`` with lower-tail p.  Details: ``rho``, ``mean`` (B) and ``variance`` (C); ``large_t``: z and p with the
        moments of large T, 0 and 2/T^2, -3/T and 51/(5 T^2), -15/(2T) and 2895/(112 T^2), which in short panels reject
        too seldom or too often; ``entities``: each one's own root.

    Raises
    ------
    InfeasibleError
        Unbalanced data; fewer than two entities; too few periods.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal((20, 10))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 10), "t": list(range(10)) * 20, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> harris_tzavalis(panel["noise"]).pvalue < 0.01, harris_tzavalis(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    y = y.demean() if demean else y
    valid = y.complete
    dy, inner = diff(y.series, valid)
    level, _ = lag(y.series, valid)
    x = detrend(level, inner, trend)
    square, cross = (x**2).sum(1), (x * dy).sum(1)
    if (flat := np.flatnonzero(square <= 1e-22 * (level**2).sum(1))).size == y.n_entities:
        raise Collinear(flat)
    t, n = int(inner.sum(1)[0]), y.n_entities
    root = float(cross.sum() / square.sum())
    mean, variance = moments(trend, t)
    z = float(np.sqrt(n) * (root - mean) / np.sqrt(variance))
    far_mean, far_variance = LIMITS[trend]
    far = float(np.sqrt(n) * (t * root - far_mean) / np.sqrt(far_variance))
    rows = [{"entity": y.entities[i], "rho": 1 + float(cross[i] / square[i]) if square[i] > 0 else None, "nobs": t}
            for i in range(n)]
    return TestResult(
        statistics=(Statistic(name="z", value=z, pvalue=float(ndtr(z)),
                              critical={f"{a:g}": float(ndtri(a)) for a in (0.01, 0.05, 0.1)}),),
        nobs=n * t,
        details={"rho": 1 + root, "mean": mean, "variance": variance, "large_t": {"z": far, "pvalue": float(ndtr(far))},
                 "entities": rows},
    )
