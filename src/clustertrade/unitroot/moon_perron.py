"""The panel unit root tests of Moon and Perron, on data less their common factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.batch.factors import most_factors, number_of_factors, principal_components
from clustertrade.batch.longrun import long_run_variance, newey_west_1994
from clustertrade.batch.ols import Array, Collinear
from clustertrade.batch.trend import TERMS, deterministic, detrend
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import LEVELS, bootstrapped, over_replications, walk_panels

SCALE = {"c": (2.0, 1.0), "ct": (15 / 4, 4.0)}             # of t*a and t*b
PASSES = 5                                                 # of residuals and bias correction, where they depend
LARGEST_ROOT = 0.97                                        # of the prewhitening: Andrews and Monahan (1992)


def _needs(options: Mapping[str, Any]) -> Needs:
    k = options["factors"] if isinstance(options["factors"], int) else 1
    return Needs(n=max(k + 1, 3), t=max(k, 2) + TERMS[options["trend"]] + 3, balanced=True, within=True)


@procedure(
    "moon-perron",
    family="unitroot",
    title="Moon-Perron panel unit root test",
    null="every entity has a unit root after the common factors are removed",
    alternative="some entities are stationary after the common factors are removed",
    reference="moon_perron2004",
    needs=_needs,
    choices={"trend": ("c", "ct")},
    checked="no independent reference: against loops written from the formulas. Size of t*a, t*b at 5 %, c: 0.08, 0.05 "
            "at N=25, T=22 and 0.07, 0.04 at N=20, T=50, with one factor 0.22, 0.15 and 0.15, 0.10; ct: 0.07, 0.12 and "
            "0.06, 0.08, with a factor 0.10, 0.15 and 0.06, 0.08. With --bootstrap 0.04 to 0.06, with "
            "a factor 0.04 to 0.11 (c), 0.04 to 0.05 (ct). Power against roots of 0.9, c: 0.93, 0.89 "
            "and 1.00, 1.00; ct: none.",
)
def moon_perron(y: Panel, *, trend: str = "c", factors: int | str = "bic3", kernel: str = "bartlett",
                bandwidth: int | str = "auto", dfcor: bool = True, bootstrap: int = 0,
                seed: int = 20260101) -> TestResult:
    r"""Unit roots in all entities, from the pooled autoregression of what common factors leave.

    .. math:: t^*_a = \frac{\sqrt N T(\hat\rho^+ - 1)}{\sqrt{a\,\hat\phi^4/\hat\omega^4}},\qquad
        t^*_b = \sqrt N T(\hat\rho^+ - 1)\sqrt{\frac{b\,\hat\omega^2}{N T^2\hat\phi^4}
        \operatorname{tr}(Z_{-1}Q Z_{-1}')}\;\to N(0,1)

    with :math:`\hat\rho^+ = (\operatorname{tr}(Z_{-1}QZ') - NT\hat\lambda)/\operatorname{tr}(Z_{-1}QZ_{-1}')`, Q the
    projection off the loadings of the principal components of the residuals of the pooled regression of Z on
    :math:`Z_{-1}`, T the periods of the regression, and averages over entities of what Q leaves of the residuals:
    :math:`\hat\omega^2` of long-run variances, :math:`\hat\phi^4` of their squares, :math:`\hat\lambda` of one-sided
    ones.  With a constant Z is the series less its first value, a = 2, b = 1; with a trend Z and its lag are detrended,
    :math:`\hat\lambda = -\hat\sigma^2/2`, a = 15/4, b = 4.

    Parameters
    ----------
    y : Panel of one variable
        All entities over the same periods.
    trend : c or ct
        Deterministic terms of each entity.  With a trend the test has no power against roots close to one (Bai and Ng
        2010); panic has.
    factors : int or ic1, ic2, ic3, bic3
        Number of common factors, or the criterion of Bai and Ng (2002) that chooses it from 0 to the square root of
        the shorter dimension (at most 8), on the residuals of the pooled regression.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variances; residuals are prewhitened by an AR(1) (Andrews and Monahan 1992).
    bandwidth : int or auto
        auto: Newey and West (1994) for each entity.
    dfcor : bool
        With a trend: variances divided by T - 2, residuals of :math:`\hat\rho^+`, and the mean of the numerator exact
        in T (yes), or the printed formulas (no), which reject 30 % of true nulls at N = 20, T = 50.
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        from autoregressions by whole cross-sections (a sieve; Smeekes and Urbain 2014), with the number of factors of
        the data.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    TestResult
        ``t*a`` and ``t*b``; small values reject.  Details: ``factors``, ``rho_pool``, ``rho_plus``, ``omega2``,
        ``phi4``, ``lambda``, ``sigma2``, ``explained`` (share of the variance of the residuals), ``entities``:
        ``entity``, ``sigma2``, ``omega2``, ``bandwidth``.

    Raises
    ------
    InfeasibleError
        Unbalanced data; more factors than the panel holds; too few periods; an entity that the factors explain.

    Notes
    -----
    The paper leaves the constant in, as the limit does not see it; here the first value is taken off, so that adding
    one to a series changes nothing.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> noise, factor = rng.standard_normal((10, 40)), rng.standard_normal(40)
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 40), "t": list(range(40)) * 10,
    ...                       "noise": (noise + factor).ravel(), "walk": (noise + factor).cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> moon_perron(panel["noise"]).pvalue < 0.01, moon_perron(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    series, n = y.series, y.n_entities
    number = factors if isinstance(factors, int) else _number(series, trend, factors)
    found = _pooled(series[None], trend, number, kernel, bandwidth, dfcor)
    a, b = (float(v[0]) for v in (found.a, found.b))
    statistics: tuple[Statistic, ...] = tuple(
        Statistic(name=name, value=value, pvalue=float(ndtr(value)),
                  critical={f"{q:g}": float(ndtri(q)) for q in LEVELS}) for name, value in (("t*a", a), ("t*b", b)))
    details: dict[str, Any] = {}
    if bootstrap:
        def again(walks: Array, count: int) -> Array:
            drawn = _pooled(walks.reshape(count, n, -1), trend, number, kernel, bandwidth, dfcor)
            return np.stack([drawn.a, drawn.b], 1)

        drawn = over_replications(walk_panels(series, y.complete, trend, bootstrap, seed), again)
        statistics, details = bootstrapped("moon-perron", statistics, drawn, ("left", "left"))
    rows = [{"entity": y.entities[i], "sigma2": float(found.sigma2[0, i]), "omega2": float(found.omega2[0, i]),
             "bandwidth": float(found.bandwidth[0, i])} for i in range(n)]
    return TestResult(
        statistics=statistics,
        nobs=n * (y.n_periods - 1),
        details={**details, "factors": number, "rho_pool": float(found.rho_pool[0]),
                 "rho_plus": float(found.rho_plus[0]), "omega2": float(found.omega2.mean()),
                 "phi4": float((found.omega2**2).mean()), "lambda": float(found.one_sided[0]),
                 "sigma2": float(found.sigma2.mean()), "explained": found.explained, "entities": rows},
    )


@dataclass(frozen=True)
class _Pooled:
    """Statistics and what they are made of, for a batch: (B,), those of entities (B, N)."""

    a: Array
    b: Array
    rho_pool: Array
    rho_plus: Array
    one_sided: Array
    sigma2: Array
    omega2: Array
    bandwidth: Array
    explained: float


def _levels(series: Array, trend: str) -> tuple[Array, Array]:
    """Z and its lag (B, N, T - 1) of series (B, N, T), less deterministic terms."""
    if trend == "c":
        series = series - series[:, :, :1]
        return series[:, :, 1:], series[:, :, :-1]
    b, n, t = series.shape
    valid = np.ones((b * n, t - 1), dtype=bool)
    now, before = (detrend(z.reshape(b * n, t - 1), valid, trend).reshape(b, n, t - 1)
                   for z in (series[:, :, 1:], series[:, :, :-1]))
    return now, before


def _root(now: Array, before: Array) -> Array:
    return np.asarray((now * before).sum((1, 2)) / (before**2).sum((1, 2)))


def _number(series: Array, trend: str, criterion: str) -> int:
    now, before = _levels(series[None], trend)
    most = min(most_factors(*now.shape[1:]), now.shape[2] - TERMS[trend] - 2)
    return int(number_of_factors(now - _root(now, before)[:, None, None] * before, criterion, most)[0])


def _pooled(series: Array, trend: str, number: int, kernel: str, bandwidth: int | str, dfcor: bool) -> _Pooled:
    """The tests of every panel of a batch (B, N, T)."""
    now, before = _levels(series, trend)
    b, n, t = now.shape
    rho_pool = rho = _root(now, before)
    exact = dfcor and trend == "ct"
    divisor = t - TERMS[trend] if exact else t
    for _ in range(PASSES if exact else 1):
        error = now - rho[:, None, None] * before
        loadings = principal_components(error, number).loadings
        basis = np.linalg.qr(loadings)[0]                                      # (B, N, K)
        left, levels = (z - basis @ (np.swapaxes(basis, 1, 2) @ z) for z in (error, before))
        if (gone := np.flatnonzero(((left**2).sum(2) <= 1e-20 * (error**2).sum(2)).any(0))).size:
            raise Collinear(gone)
        omega2, width = _long_run(left.reshape(b * n, t), kernel, bandwidth)
        sigma2 = (left**2).sum(2) / divisor
        omega2 = omega2.reshape(b, n) * t / divisor
        one_sided = ((omega2 - sigma2) / 2).mean(1) if trend == "c" else _mean(t, trend, exact) * sigma2.mean(1)
        square = (levels**2).sum((1, 2))
        rho = ((levels * now).sum((1, 2)) - n * t * one_sided) / square
    mean2, mean4 = omega2.mean(1), (omega2**2).mean(1)
    distance, (scale_a, scale_b) = np.sqrt(n) * t * (rho - 1), SCALE[trend]
    return _Pooled(a=distance / np.sqrt(scale_a * mean4 / mean2**2),
                   b=distance * np.sqrt(scale_b * mean2 / mean4 * square / (n * t * t)),
                   rho_pool=rho_pool, rho_plus=rho, one_sided=one_sided, sigma2=sigma2, omega2=omega2,
                   bandwidth=width.reshape(b, n), explained=float(1 - (left**2).sum() / (error**2).sum()))


def _mean(t: int, trend: str, exact: bool) -> float:
    """E(sum of detrended lagged levels times errors) / (T sigma2) under the null: -1/2 in large T."""
    if not exact:
        return -0.5
    terms = deterministic(trend, t)
    basis = np.linalg.qr(terms)[0]
    return float(-(np.tril(np.ones((t, t)), -1) * (basis @ basis.T)).sum() / t)


def _long_run(resid: Array, kernel: str, bandwidth: int | str) -> tuple[Array, Array]:
    """Long-run variances of rows (B, T), prewhitened by an AR(1), and bandwidths (B,)."""
    now, before = resid[:, 1:], resid[:, :-1]
    root = np.clip((now * before).sum(1) / (before**2).sum(1), -LARGEST_ROOT, LARGEST_ROOT)
    white = now - root[:, None] * before
    valid = np.ones(white.shape, dtype=bool)
    width = (newey_west_1994(white, valid, kernel) if isinstance(bandwidth, str)
             else np.full(len(white), float(bandwidth)))
    return long_run_variance(white, valid, width, kernel) / (1 - root) ** 2, width
