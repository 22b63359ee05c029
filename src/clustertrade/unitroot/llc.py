"""The panel unit root test of Levin, Lin and Chu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from clustertrade.batch.lags import diff
from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, Mask
from clustertrade.batch.trend import detrend
from clustertrade.distributions.lookup import lookup
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.resampling import bootstrapped, over_replications, walk_panels
from clustertrade.unitroot.unit_statistics import (
    UnitStatistics,
    entity_rows,
    lag_warning,
    reported_lags,
    row_statistics,
    shortest,
    unit_statistics,
)

LEVELS = (0.01, 0.05, 0.1)
PRINTED = 25                                               # the first row of table 2; below it the table is simulated
# What is taken out of the differences before their long-run variance; see the notes of the procedure.
CENTRED = {"n": "n", "c": "n", "ct": "c"}


@procedure(
    "llc",
    family="unitroot",
    title="Levin-Lin-Chu panel unit root test",
    null="every entity has a unit root",
    alternative="all entities are stationary, with one coefficient",
    reference="levin_lin_chu2002",
    needs=lambda options: Needs(n=2, t=shortest(options, 4 if options["convention"] == "paper" else 0), within=True),
    conventions={"plm": {"dfcor": False}, "gretl": {"dfcor": False}},
    checked="plm and gretl (1e-6) under their conventions; table 2 of the paper against its simulation; size at 5 %: "
            "8 % at N = 20, T = 50 and 7 % (ct: 10 %) at N = 25, T = 22 with aic, 1 to 6 % with given lags "
            "(n: up to 9 %); with a trend and hqic 13 % at N = 50, T = 30, outside the band of 2 to 10 %. Under a "
            "common factor 22 to 43 %, with --bootstrap 3 to 8 %.",
)
def llc(y: Panel, *, trend: str = "c", lags: int | str = "aic", max_lags: int | None = None, kernel: str = "bartlett",
        bandwidth: int | str | None = None, dfcor: bool = False, demean: bool = False, bootstrap: int = 0,
        seed: int = 20260101, convention: str = "paper") -> TestResult:
    r"""Unit roots in all entities against one common coefficient, by a pooled regression.

    .. math:: t^* = \frac{t_\delta - N\tilde T\,\hat S_N\,\hat\sigma^{-2}\,\mathrm{se}(\hat\delta)\,\mu^*_{\tilde T}}
        {\sigma^*_{\tilde T}} \to N(0,1)

    :math:`\hat\delta` pools the residuals e and v of the difference and the lagged level on lagged differences and
    deterministic terms, each entity divided by its regression's :math:`\hat\sigma_i`; :math:`\hat S_N` is the mean
    ratio of long-run to short-run standard deviation, :math:`\tilde T` the mean number of observations.

    Parameters
    ----------
    y : Panel of one variable
        Entities may have different periods; they must be independent.
    trend : n, c or ct
        Deterministic terms, one set an entity.
    lags : int, or aic, bic, hqic, t
        Lagged differences; a criterion chooses for each entity, on the sample that ``max_lags`` leaves it.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)), T the shortest entity.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variance of the differences.
    bandwidth : int or auto, optional
        By default floor(3.21 T^(1/3)), the paper's; ``auto`` is Newey and West (1994) for each entity.
    dfcor : bool
        Divide residual variances by n - k (yes) or n (no: the paper).
    demean : bool
        Subtract cross-sectional means first, against a common time effect.
    bootstrap : int
        Replications; 0 for none.  Then p and critical values are those of panels of random walks whose steps are drawn
        in blocks of whole cross-sections (Palm, Smeekes and Urbain 2011), lags chosen again in each, valid where
        entities depend on each other; the p of the limit stands in ``details.pvalues_asymptotic``.
    seed : int
        Seed of the bootstrap.
    convention : paper, plm or gretl
        ``plm`` and ``gretl`` take the deterministic terms of the regression out of the differences before their
        long-run variance, which is not what the moments were made for and over-rejects; their moments
        stop at T = 25.  plm takes them at T (not at the number of observations) and rounds the bandwidth; gretl takes
        the next row of the table, and the observations in place of T in the bandwidth.

    Returns
    -------
    TestResult
        ``t*`` with p from N(0,1); small values reject.  Details: ``delta``, ``se``, ``t_delta``, ``S_N``, ``sigma2``
        (of the pooled regression), ``T_mean``, ``mean_adjustment``, ``sd_adjustment``, ``entities``: ``entity``,
        ``lags``, ``nobs``, ``coef``, ``t``, ``pvalue``, ``bandwidth``, ``short_run_sd``, ``long_run_sd``.

    Raises
    ------
    InfeasibleError
        Fewer than two entities; too few periods; an entity that is constant or fits without error.

    Notes
    -----
    Simulation of the moments of table 2 returns the printed ones with the differences as they are for n and c and
    centred for ct, the variance that is right under the null.  Centred further, as programs do it, the ratio is biased
    downwards and the size at N = 20, T = 50 is 23 % with a constant and 53 % with a trend.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal((10, 30))
    >>> frame = pd.DataFrame({"i": np.repeat(range(10), 30), "t": list(range(30)) * 10, "noise": noise.ravel(),
    ...                       "walk": noise.cumsum(1).ravel()})
    >>> panel = Panel.from_frame(frame, entity="i", time="t")
    >>> llc(panel["noise"]).pvalue < 0.01, llc(panel["walk"]).pvalue > 0.1
    (True, True)
    """
    y = y.demean() if demean else y
    units = unit_statistics(y, trend, lags, max_lags, convention, dfcor)
    n, total = y.n_entities, int(units.fit.nobs.sum())
    mean_t = total / n
    mean, sd = _adjustments(trend, mean_t, y.n_periods, convention)
    found = _pooled(units, y.series, y.complete, n, trend, kernel, bandwidth, dfcor, convention)
    value = float(found.statistic(mean, sd)[0])
    statistics: tuple[Statistic, ...] = (Statistic(name="t*", value=value, pvalue=float(ndtr(value)),
                                                   critical={f"{a:g}": float(ndtri(a)) for a in LEVELS}),)
    details: dict[str, Any] = {}
    if bootstrap:
        def again(walks: Array, b: int) -> Array:
            valid = np.tile(y.complete, (b, 1))
            rows = row_statistics(walks, valid, trend, lags, max_lags, convention, dfcor)
            panels = _pooled(rows, walks, valid, n, trend, kernel, bandwidth, dfcor, convention)
            if not isinstance(lags, str):
                return panels.statistic(mean, sd)
            moments = np.array([_adjustments(trend, float(m), y.n_periods, convention) for m in panels.total / n])
            return panels.statistic(*moments.T)

        drawn = over_replications(walk_panels(y.series, y.complete, trend, bootstrap, seed, scheme="block"), again)
        statistics, details = bootstrapped("llc", statistics, drawn, ("left",))
    return TestResult(
        statistics=statistics,
        nobs=total,
        lags=reported_lags(units.fit.lags),
        details={**details, "delta": float(found.delta[0]), "se": float(found.se[0]),
                 "t_delta": float(found.delta[0] / found.se[0]), "S_N": float(found.ratio[0]),
                 "sigma2": float(found.sigma2[0]), "T_mean": mean_t, "mean_adjustment": mean, "sd_adjustment": sd,
                 "entities": entity_rows(y, units, bandwidth=found.bandwidth, short_run_sd=np.sqrt(found.short),
                                         long_run_sd=found.long)},
        warnings=(*lag_warning(units.fit, lags, max_lags), *_size_warning(trend, n, y.n_periods, convention)),
    )


@dataclass(frozen=True)
class _Pooled:
    """Pooled regressions of a batch of panels (B,); bandwidth, short-run variance and long-run sd of rows (B * N,)."""

    delta: Array
    se: Array
    ratio: Array
    sigma2: Array
    total: Array
    bandwidth: Array
    short: Array
    long: Array

    def statistic(self, mean: Array | float, sd: Array | float) -> Array:
        """t* with the adjustments of the table."""
        return (self.delta / self.se - self.total * self.ratio / self.sigma2 * self.se * mean) / sd


def _pooled(units: UnitStatistics, series: Array, valid: Mask, n: int, trend: str, kernel: str,
            bandwidth: int | str | None, dfcor: bool, convention: str) -> _Pooled:
    """The pooled regression of every n rows of a batch."""
    fit = units.fit
    short = fit.sigma2 if dfcor else fit.sigma2 * fit.df / fit.nobs
    width, long = _long_run_sd(series, valid, trend, fit.nobs, kernel, bandwidth, convention)
    # Frisch and Waugh: sums of v^2, v e and e^2 of an entity are in its regression, so that nothing is run again.
    vv = fit.sigma2 / fit.se**2 / short
    ve = fit.coef * vv
    ee = fit.sigma2 * fit.df / short + fit.coef * ve
    vv, ve, ee, total = (v.reshape(-1, n).sum(1) for v in (vv, ve, ee, fit.nobs))
    delta = ve / vv
    squares = ee - delta * ve
    return _Pooled(delta=delta, se=np.sqrt(squares / (total - 1 if dfcor else total) / vv),
                   ratio=(long / np.sqrt(short)).reshape(-1, n).mean(1), sigma2=squares / total, total=total,
                   bandwidth=width, short=short, long=long)


def _size_warning(trend: str, n: int, periods: int, convention: str) -> tuple[str, ...]:
    """What simulation says of the size of the test as it was run."""
    if convention != "paper" and trend != "n":
        return (f"--convention {convention}: a 5 % test rejects 23 % of true nulls (c) or 53 % (ct) at N = 20, T = 50, "
                "more in shorter panels: its long-run variances are not those that the moments were made for",)
    if convention == "paper" and n > 2 * periods:
        return (f"N = {n} is not small against T = {periods}, which the limit of the test needs; compare ips",)
    return ()


def _long_run_sd(y: Array, valid: Mask, trend: str, nobs: NDArray[np.int_], kernel: str, bandwidth: int | str | None,
                 convention: str) -> tuple[Array, Array]:
    """Bandwidths and long-run standard deviations (N,) of the differences."""
    change, there = diff(y, valid)
    if bandwidth is None:
        rule = 3.21 * (nobs if convention == "gretl" else valid.sum(1)) ** (1 / 3)
        most = np.maximum(nobs - 3, 0) if convention == "gretl" else there.sum(1) - 1
        bandwidth = np.minimum(np.round(rule) if convention == "plm" else np.floor(rule), most)
    terms = CENTRED[trend] if convention == "paper" else trend
    found = long_run(detrend(change, there, terms), there, bandwidth, kernel)
    return found.bandwidth, np.sqrt(np.maximum(found.omega[:, 0, 0], 0.0))


def _adjustments(trend: str, mean_t: float, periods: int, convention: str) -> tuple[float, float]:
    """mu* and sigma* at the mean number of observations; plm takes T, places infinity at 500 and stops at 25."""
    if convention == "paper":
        name = "llc2002" if mean_t >= PRINTED else "llc_simulated"
        found = [lookup(name, column, {"t": [mean_t]}, {"trend": trend})[0][0] for column in ("mean", "sd")]
    elif convention == "plm":
        found = [lookup("llc2002", column, {"t": [periods]}, {"trend": trend}, infinity=500.0)[0][0]
                 for column in ("mean", "sd")]
    else:
        found = [lookup("llc2002", column, {"t": [mean_t]}, {"trend": trend}, step=True)[0][0]
                 for column in ("mean", "sd")]
    return float(found[0]), float(found[1])
