"""The exponent of cross-sectional dependence of Bailey, Kapetanios and Pesaran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtri

from clustertrade.batch.factors import principal_components, standardize
from clustertrade.dependence.correlations import correlations
from clustertrade.dependence.residuals import entity_residuals
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

COMPONENTS = 4                                             # taken out for the variance of the idiosyncratic average
SIZE = 0.10                                                # of the tests that pick the entities with the factor
SPREAD = 0.5                                               # that size is divided by pairs^SPREAD (residuals only)


def _needs(options: Mapping[str, Any]) -> Needs:
    if options["x"]:
        return Needs(n=COMPONENTS + 2, t=8 + 1 + len(options["x"]), within=True)
    return Needs(n=COMPONENTS + 2, t=8, balanced=True, within=True)


@procedure(
    "cross-section-exponent",
    family="dependence",
    title="Exponent of cross-sectional dependence",
    null="none: an estimate of how strong the dependence is",
    alternative="none",
    reference="bailey_kapetanios_pesaran2016",
    needs=_needs,
    checked="no independent reference: against a loop written from the formulas. Simulated mean, and coverage of the "
            "95 % interval, with one factor on N^alpha entities: 0.75, 0.87 for 0.745 and 0.89, 0.98 for 0.898 at "
            "N=25, T=22; 0.76, 0.78 for 0.733 and 0.91, 0.99 for 0.904 at N=20, T=50; 0.62, 0.64 for 0.605 at N=25, "
            "T=22.",
)
def cross_section_exponent(y: Panel, x: Panel | None = None, *, level: float = 0.05) -> TestResult:
    r"""How strong dependence is: the variance of the average over N entities falls like N to the 2 alpha - 2.

    .. math:: \mathring\alpha = 1 + \frac{\ln\hat\sigma^2_{\bar x}}{2\ln N} - \frac{\ln\hat\mu^2}{2\ln N}
        - \frac{\hat c_N}{2 N\ln N\,\hat\sigma^2_{\bar x}}

    One factor that N^alpha of the entities load on gives alpha: 1 is a strong factor, and down to 1/2 the estimate is
    consistent; below, dependence is weak and only that can be said.  Series are standardised; mu^2 is the variance
    of the average over the entities whose loading is significant (Holm 1979, size 0.1); c_N is that of the average
    of residuals from four principal components, times N.

    With ``x``, alpha of residuals (Bailey, Kapetanios and Pesaran 2019): the logarithm of the number of correlations
    that are significant (size 0.1, divided by the square root of the number of pairs), over 2 ln N; the N of entities
    with themselves count, so that without dependence it is near 1/2.

    Parameters
    ----------
    y : Panel of one variable
        Balanced, without x.
    x : Panel, optional
        With regressors, the residuals of unit-by-unit OLS of y on x and a constant are looked at; entities may have
        different first and last periods.
    level : float
        One minus the coverage of the interval.

    Returns
    -------
    TestResult
        ``alpha`` without a p-value.  Details: ``se``, ``ci``, ``alpha_hat`` (no correction), ``alpha_tilde`` (for
        c_N only), ``significant`` (entities; with x, pairs).  Residuals have neither ``se`` nor ``ci``: there is
        no formula for them.

    Raises
    ------
    InfeasibleError
        With x, where two entities share fewer than 3 periods.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> values = np.outer(1 + rng.random(20), rng.standard_normal(40)) + rng.standard_normal((20, 40))
    >>> frame = pd.DataFrame({"i": np.repeat(range(20), 40), "t": list(range(40)) * 20, "y": values.ravel()})
    >>> round(cross_section_exponent(Panel.from_frame(frame, entity="i", time="t")["y"])["alpha"].value, 2)
    1.0
    """
    if x is not None:
        return _of_residuals(y, x)
    n, t = y.series.shape
    z = standardize(y.series[None])[0] * np.sqrt((t - 1) / t)
    average = z.mean(0)
    variance = float(average.var(ddof=1))
    log_n = np.log(n)
    hat = 1 + np.log(variance) / (2 * log_n)
    noise = n * float(principal_components(z[None], COMPONENTS).resid[0].mean(0).var())            # c_N
    tilde = hat - noise / (2 * n * log_n * variance)
    chosen = _loading_on(average, z)
    strength = float(z[chosen].mean(0).var()) if chosen.any() else 1.0                              # mu^2
    alpha = float(tilde - np.log(strength) / (2 * log_n))
    se = _standard_error(average, z, alpha)
    half = float(ndtri(1 - level / 2)) * se
    warnings = []
    if alpha < 0.5:
        warnings.append(f"alpha = {alpha:.2f} is below 1/2, where it is not identified: dependence is weak")
    if not chosen.any():
        warnings.append("no entity loads significantly on the average: alpha is not corrected for the factor's size")
    return TestResult(
        statistics=(Statistic(name="alpha", value=alpha),),
        details={"se": se, "ci": [alpha - half, alpha + half], "alpha_hat": float(hat), "alpha_tilde": float(tilde),
                 "significant": int(chosen.sum())},
        warnings=tuple(warnings),
    )


def _loading_on(average: Array, z: Array) -> Array:
    """Which rows of z (N, T) have a significant slope on the average (T,), by Holm's step-down tests."""
    n, t = z.shape
    centred = average - average.mean()
    slope = z @ centred / (centred @ centred)
    left = z - slope[:, None] * centred                                       # rows of z have mean zero
    ratio = np.abs(slope) / np.sqrt((left**2).sum(1) / (t - 2) / (centred @ centred))
    order = np.argsort(-ratio, kind="stable")
    passed = ratio[order] >= ndtri(1 - SIZE / (2 * (n - np.arange(n))))
    chosen = np.zeros(n, dtype=bool)
    chosen[order[np.logical_and.accumulate(passed)]] = True
    return chosen


def _standard_error(average: Array, z: Array, alpha: float) -> float:
    """Equation B47 of the paper's online supplement."""
    n, t = z.shape
    lags = int(np.ceil(t ** (1 / 3)))
    unit = average / average.std(ddof=1)
    square = (unit - unit.mean()) ** 2
    square = square - square.mean()
    past = np.column_stack([square[lags - k : t - k] for k in range(1, lags + 1)])
    coefficient = np.linalg.lstsq(past, square[lags:], rcond=None)[0]
    error = square[lags:] - past @ coefficient
    of_factor = float(error @ error) / (t - lags) / (1 - coefficient.sum()) ** 2 / t
    loading = z @ unit / (unit @ unit)
    g = int(np.clip(np.round(n**alpha), 1, n))
    first = loading[np.argsort(-np.abs(loading), kind="stable")[:g]]
    spread = float(((first - first.mean()) ** 2).sum()) / max(g - 1, 1)
    return float(np.sqrt(of_factor + 4 / n * n ** (1 - alpha) * spread) / (2 * np.log(n)))


def _of_residuals(y: Panel, x: Panel) -> TestResult:
    series = entity_residuals("cross-section-exponent", y, x)
    found = correlations("cross-section-exponent", y, series)
    critical = ndtri(1 - SIZE / 2 / found.pairs**SPREAD) / np.sqrt(found.shared)
    kept = int((np.abs(found.rho) > critical).sum())                          # every pair twice
    alpha = float(np.log(found.n + kept) / (2 * np.log(found.n)))
    return TestResult(
        statistics=(Statistic(name="alpha", value=alpha),),
        nobs=int(np.isfinite(series).sum()),
        details={"se": None, "ci": None, "significant": kept // 2, **found.details()},
        warnings=("alpha of residuals comes without a standard error: there is no formula for it",),
    )
