"""The Harris-Tzavalis test for panels with few periods."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.batch.lags import diff, lag
from clustertrade.batch.ols import Array, Collinear, Mask
from clustertrade.batch.trend import TERMS, detrend
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import LEVELS, bootstrapped, over_replications, walk_panels


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
            "from 4 to 60 (1e-10). Size at 5 %, N=20, T=50, walks from zero: 0.05 (n), 0.08 (c), 0.07 (ct); N=25, "
            "T=22: 0.05, 0.07, 0.06; power against a root of 0.9 there: 1.00, 0.86, 0.20. Under a common factor 0.3 to "
            "0.5, with --bootstrap 0.04 to 0.07; where the steps have autocorrelation -0.4, 0.3 to 1.0 with it too.",
)
def harris_tzavalis(y: Panel, *, trend: str = "c", demean: bool = False, bootstrap: int = 0,
                    seed: int = 20260101) -> TestResult:
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
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        from autoregressions by whole cross-sections (a sieve; Smeekes and Urbain 2014): entities may depend on each
        other and differ in variance.  With autocorrelated errors the test does not hold its size with this either.
        The p of the limit stands in ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.

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
    >>> noise = np.random.default_rng(2).standard_normal((20, 10))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 10), "t": list(range(10)) * 20, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> harris_tzavalis(panel["noise"]).pvalue < 0.01, harris_tzavalis(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    y = y.demean() if demean else y
    valid = y.complete
    x, cross, square, inner = _sums(y.series, valid, trend)
    flat = np.flatnonzero(square <= 1e-22 * (x**2).sum(1))
    if flat.size == y.n_entities or not square.any():
        raise Collinear(flat)
    if not np.diff(y.series, axis=1).any():
        raise InfeasibleError(f"harris-tzavalis: {y.name} does not vary over time in any entity")
    t, n = int(inner.sum(1)[0]), y.n_entities
    root = float(cross.sum() / square.sum())
    mean, variance = moments(trend, t)
    z = float(np.sqrt(n) * (root - mean) / np.sqrt(variance))
    far_mean, far_variance = LIMITS[trend]
    far = float(np.sqrt(n) * (t * root - far_mean) / np.sqrt(far_variance))
    rows = [{"entity": y.entities[i], "rho": 1 + float(cross[i] / square[i]) if square[i] > 0 else None, "nobs": t}
            for i in range(n)]
    statistics: tuple[Statistic, ...] = (Statistic(name="z", value=z, pvalue=float(ndtr(z)),
                                                    critical={f"{a:g}": float(ndtri(a)) for a in LEVELS}),)
    details: dict[str, Any] = {}
    warnings = []
    first, step = float((y.series[:, 0] ** 2).mean()), float((np.diff(y.series, axis=1) ** 2).mean())
    if trend == "n" and first > 4 * step:
        warnings.append("without a constant the test presumes series that start near zero; these start "
                        f"{np.sqrt(first / step):.1f} steps away (root mean square): it rejects too seldom; --trend c")
    if bootstrap:
        def again(series: Array, b: int) -> Array:
            _, above, below, _ = _sums(series, np.tile(valid, (b, 1)), trend)
            roots = above.reshape(b, n).sum(1) / below.reshape(b, n).sum(1)
            return np.sqrt(n) * (roots - mean) / np.sqrt(variance)

        drawn = over_replications(walk_panels(y.series, valid, trend, bootstrap, seed), again)
        statistics, details = bootstrapped("harris-tzavalis", statistics, drawn, ("left",))
    return TestResult(
        statistics=statistics,
        nobs=n * t,
        warnings=tuple(warnings),
        details={**details, "rho": 1 + root, "mean": mean, "variance": variance,
                 "large_t": {"z": far, "pvalue": float(ndtr(far))}, "entities": rows},
    )


def _sums(series: Array, valid: Mask, trend: str) -> tuple[Array, Array, Array, Mask]:
    """Lagged levels, their cross-products with the differences and squares less deterministic terms; their cells."""
    dy, inner = diff(series, valid)
    level, _ = lag(series, valid)
    x = detrend(level, inner, trend)
    return level, (x * dy).sum(1), (x**2).sum(1), inner
