"""The Gregory-Hansen tests: cointegration in which the relation changes once, at an unknown date."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from clustertrade.batch.adf import adf_regressions, fewest_periods
from clustertrade.batch.lags import diff, lag
from clustertrade.batch.longrun import long_run
from clustertrade.batch.ols import Array, ols
from clustertrade.distributions.lookup import rows
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.regression.integration import stationary_levels
from clustertrade.results import Statistic, TestResult

MOST = 4                                                   # x that the table covers
TRIM = 0.15
LEVELS = ("0.01", "0.05", "0.1")
NAMES = {"ADF*": "t", "Zt*": "t", "Za*": "a"}


@cache
def critical(kind: str, regressors: int, law: str) -> dict[str, float]:
    """Printed critical values by level."""
    row = next(r for r in rows("gregory_hansen1996") if (r["break"], r["m"], r["law"]) == (kind, str(regressors), law))
    return {level: float(row[level]) for level in LEVELS}


def pvalue(value: float, kind: str, regressors: int, law: str) -> float:
    """Between and beyond the printed critical values, the normal score on a line."""
    at = np.array([critical(kind, regressors, law)[level] for level in LEVELS])
    scores = ndtri(np.array([float(level) for level in LEVELS]))
    k = 1 if value > at[1] else 0
    slope = (scores[k + 1] - scores[k]) / (at[k + 1] - at[k])
    return float(ndtr(scores[k] + slope * (value - at[k])))


def _columns(kind: str, m: int) -> int:
    return {"level": 2, "trend": 3, "regime": 2 + m}[kind] + m


def _dates(t: int) -> np.ndarray:
    """Last period before the break, counted from 1: 15 % of the periods stay on either side."""
    return np.arange(int(np.floor(TRIM * t)), int(np.ceil((1 - TRIM) * t)) + 1)


def _enough(t: int, options: Mapping[str, Any]) -> bool:
    m = len(options["x"])
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    first, last = _dates(t)[[0, -1]]
    apart = 1 + m if options["break"] == "regime" else 1
    return bool(t >= _columns(options["break"], m) + 2 + fewest_periods("n", lags)
                and first >= apart and t - last >= apart)


def _needs(options: Mapping[str, Any]) -> Needs:
    return Needs(t=next(t for t in range(4, 1000) if all(_enough(s, options) for s in range(t, t + 8))), within=True,
                 x_max=MOST)


@procedure(
    "gregory-hansen",
    family="cointegration",
    title="Gregory-Hansen cointegration test with one break",
    null="no cointegration",
    alternative="the series are cointegrated with one break in the relation",
    reference="gregoryhansen1996",
    scope="series",
    needs=_needs,
    checked="every date against statsmodels (ADF, 1e-8) and a coding of the paper (Zt, Za); no independent program. "
            "Size at 5 % with one x, break level and the defaults, independent walks (ADF*, Zt*, Za*), by asymptotic "
            "critical values: 0.23, 0.22, 0.00 at T=23; 0.17, 0.09, 0.00 at T=50; 0.08, 0.05, 0.02 at T=100; without "
            "lags 0.03, 0.05, 0.04 at T=300; power against a break of 5 and an error with root 0.5: 0.59, 0.61, 0.00, "
            "then 0.95, 0.88, 0.27, then 1.00. Outside of 0.02-0.10 below 100 periods.",
)
def gregory_hansen(y: Panel, x: Panel, *, break_: str = "level", lags: int | str = "aic", max_lags: int | None = None,
                   kernel: str = "bartlett", bandwidth: int | str = "auto") -> TestResult:
    r"""No cointegration, against a relation between y and the x that changes once.

    .. math:: y_t = \mu_1 + \mu_2\varphi_{t\tau} + \beta t + \alpha_1'x_t + \alpha_2'x_t\varphi_{t\tau} + e_{t\tau},
        \qquad \varphi_{t\tau} = 1(t > \tau)

    The smallest over the dates tau of the augmented Dickey-Fuller t, and of Phillips' Z, of the residuals; 15 % of the
    periods at each end are no candidates.

    Parameters
    ----------
    y : Panel of one time series
    x : Panel of one to four further series on the same periods
    break_ : level, trend or regime
        ``level`` (C in the paper): the constant breaks, no trend; ``trend`` (C/T): the constant breaks, beside a trend;
        ``regime`` (C/S): the constant and the slopes break, no trend.
    lags : int, or aic, bic, hqic, t
        Lagged differences in the augmented regression; a criterion chooses at each date.
    max_lags : int, optional
        Largest number that a criterion may choose.
    kernel : bartlett, parzen or qs
        Kernel of the long-run variances in Zt* and Za*.
    bandwidth : int or auto
        Its bandwidth; auto is Newey and West (1994) at each date.

    Returns
    -------
    TestResult
        ``ADF*`` ``Zt*`` ``Za*``, small values reject: critical values as printed (asymptotic), p from lines between
        and beyond their normal scores, so that p far from 0.01 to 0.1 is rough.  Details: ``breaks``: the last period
        before the break by statistic; ``lags`` at the date of ADF*; ``coefficients`` of the relation at the date of
        ADF*, those with suffix ``[2]`` added after the break; ``path``: a row a date with the three statistics.

    Raises
    ------
    InfeasibleError
        Too few periods; y an exact function of x.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> walk = rng.standard_normal(120).cumsum()
    >>> y = walk + 8 * (np.arange(120) > 50) + rng.standard_normal(120)
    >>> panel = Panel.from_frame(pd.DataFrame({"y": y, "x": walk}))
    >>> result = gregory_hansen(panel["y"], panel["x"], lags=1)
    >>> result["ADF*"].pvalue < 0.01
    True
    """
    left, right = y.series[0], x.values[0]
    t, m = right.shape
    dates = _dates(t)
    design, names = _design(right, break_, dates, list(x.variables))
    there = np.ones((len(dates), t), dtype=bool)
    beta, _, resid, _ = ols(np.broadcast_to(left, there.shape), design, there)
    if ((resid**2).sum(1) <= 1e-20 * ((left - left.mean()) ** 2).sum()).any():
        raise InfeasibleError(f"gregory-hansen: {y.name} is an exact function of x: no residual is left to test")
    adf = adf_regressions(resid, there, "n", lags, int(max_lags or 0))
    zt, za = _phillips(resid, kernel, bandwidth)
    paths = {"ADF*": adf.t, "Zt*": zt, "Za*": za}
    at = {name: int(np.argmin(path)) for name, path in paths.items()}
    statistics = tuple(Statistic(name=name, value=float(path[at[name]]),
                                 pvalue=pvalue(float(path[at[name]]), break_, m, NAMES[name]),
                                 critical=critical(break_, m, NAMES[name])) for name, path in paths.items())
    best, labels = at["ADF*"], [y.times[d - 1] for d in dates]
    return TestResult(
        statistics=statistics, nobs=int(adf.nobs[best]), n_periods=t, lags=int(adf.lags[best]),
        details={"breaks": {name: labels[k] for name, k in at.items()}, "lags": int(adf.lags[best]),
                 "coefficients": dict(zip(names, beta[best].tolist(), strict=True)),
                 "path": [{"last_before": label, **{name: float(path[k]) for name, path in paths.items()}}
                          for k, label in enumerate(labels)]},
        warnings=tuple(stationary_levels(y.join(x), "ct" if break_ == "trend" else "c")))


def _design(x: Array, kind: str, dates: np.ndarray, variables: list[str]) -> tuple[Array, list[str]]:
    """Regressors of every date (L, T, K), and their names."""
    t = len(x)
    after = (np.arange(1, t + 1) > dates[:, None]).astype(float)[..., None]       # (L, T, 1)
    whole = np.broadcast_to(x, (len(dates), *x.shape))
    parts, names = [whole, np.ones_like(after), after], [*variables, "const", "const[2]"]
    if kind == "trend":
        parts.append(np.broadcast_to(np.arange(1.0, t + 1)[:, None], after.shape))
        names.append("trend")
    if kind == "regime":
        parts.append(whole * after)
        names += [f"{v}[2]" for v in variables]
    return np.concatenate(parts, -1), names


def _phillips(resid: Array, kernel: str, bandwidth: int | str) -> tuple[Array, Array]:
    """Zt and Za of every row of residuals (Gregory and Hansen 1996, section 3)."""
    there = np.ones(resid.shape, dtype=bool)
    before, after = lag(resid, there)
    change, _ = diff(resid, there)
    square = (before**2).sum(1)
    rho = (before * np.where(after, resid, 0.0)).sum(1) / square
    error = np.where(after, change - (rho - 1)[:, None] * before, 0.0)
    run = long_run(error, after, bandwidth, kernel)
    n = after.sum(1)
    shifted = rho - 1 - n * run.lam[:, 0, 0] / square                             # bias-corrected rho, less one
    return shifted * np.sqrt(square / run.omega[:, 0, 0]), n * shifted
