"""The Zivot-Andrews test with one break at an unknown date."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.batch.breaks import COLUMNS, break_columns, break_profile
from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.ols import Collinear, ols
from clustertrade.distributions import quantiles, zivot
from clustertrade.panel import Panel
from clustertrade.registry import Needs, procedure
from clustertrade.results import Statistic, TestResult

TRIM = 0.15


def _needs(options: Mapping[str, Any]) -> Needs:
    lags = options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0
    return Needs(t=2 * lags + COLUMNS[options["break"]] + 6, within=True)


@procedure(
    "zivot-andrews",
    family="unitroot",
    title="Zivot-Andrews test with one break",
    null="the series has a unit root and no break",
    alternative="the series is stationary around deterministic terms with one break",
    reference="zivotandrews1992",
    scope="series",
    needs=_needs,
    conventions={"urca": {}},
    checked="60 cases of urca ur.za under its convention (1e-8), statsmodels and arch with the same lags (1e-8); "
            "critical values against the tables of the paper.",
)
def zivot_andrews(y: Panel, *, break_: str = "level", lags: int | str = "aic", max_lags: int | None = None,
                  convention: str = "paper") -> TestResult:
    r"""Unit root against stationarity around a trend that breaks once, at the date that favours stationarity most.

    .. math:: \Delta y_t = \mu + \beta t + \theta\,DU_t(k) + \gamma\,DT_t(k) + \phi\,y_{t-1} +
        \sum_{j=1}^p\psi_j\,\Delta y_{t-j} + e_t,\qquad t = \min_k t_{\hat\phi}(k)

    DU is one after period k, DT counts the periods after k.

    Parameters
    ----------
    y : Panel of one time series
    break_ : level, trend or regime
        What breaks (``--break``): the level (DU; the paper's model A), the slope (DT; B), both (C).
    lags : int, or aic, bic, hqic, t
        Lagged differences p.  A criterion chooses p for every break date, as the paper does (with t at 10 %), on the
        sample that ``max_lags`` leaves; statsmodels and arch choose once, without a break.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)).
    convention : paper or urca
        Break dates k from 15 to 85 % of the periods; urca (ur.za) takes every period from the first to the last but
        one, and prints the asymptotic critical values of the paper.

    Returns
    -------
    TestResult
        ``t`` with p and critical values from simulated quantiles with 15 % trimming on T periods without lags
        (200,000 draws a size; the asymptotic values of other programs reject too often in short series).  Details:
        ``break_period`` (the last period before the break) and ``break_position`` (counted from 1), ``coefficient``
        of the lagged level, ``params`` of the regression at that date with standard errors, ``profile``: t and lags
        by date.

    Raises
    ------
    InfeasibleError
        Too few periods for the lags; a constant series.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> noise = np.random.default_rng(1).standard_normal(100)
    >>> panel = Panel.from_frame(pd.DataFrame({"shifted": noise + 5 * (np.arange(100) >= 60)}))
    >>> result = zivot_andrews(panel["shifted"], lags=0)
    >>> result.pvalue < 0.01, result.details["break_period"]
    (True, '60')
    """
    series, periods, urca = y.series[0], y.n_periods, convention == "urca"
    most = int(max_lags or 0) if isinstance(lags, str) else lags
    low, high = (1, periods - 1) if urca else (math.ceil(TRIM * periods), math.floor((1 - TRIM) * periods))
    told = most + (2 if break_ == "level" else 3)          # a break before it is no break in the regression
    warnings = []
    if low < told and not urca:
        warnings.append(f"with {most} lags a break before {y.times[told - 1]} cannot be told from the constant and the "
                        "trend; these dates are left out")
    dates = np.arange(low if urca else max(low, told), high + 1)
    profile, order = break_profile(series, break_, dates, lags, most)
    best = int(np.argmin(profile))
    if not np.isfinite(profile[best]):
        raise Collinear(np.array([0]))
    value, last = float(profile[best]), int(dates[best])
    names, beta, se, nobs = _regression(series, break_, last, int(order[best]))
    critical = zivot.printed()[break_] if urca else quantiles.critical("zivot_andrews", break_, periods)
    return TestResult(
        statistics=(Statistic(name="t", value=value, critical=critical,
                              pvalue=quantiles.pvalue("zivot_andrews", break_, periods, value)),),
        nobs=nobs,
        lags=int(order[best]),
        warnings=(*warnings, *quantiles.outside("zivot_andrews", break_, periods)),
        details={"break_period": y.times[last - 1], "break_position": last, "coefficient": float(beta[0]),
                 "params": [{"name": n, "value": float(b), "se": float(s)}
                            for n, b, s in zip(names, beta, se, strict=True)],
                 "profile": [{"break_period": y.times[int(k) - 1], "t": float(t) if np.isfinite(t) else None,
                              "lags": int(p)} for k, t, p in zip(dates, profile, order, strict=True)]},
    )


def _regression(series: np.ndarray, kind: str, last: int, order: int) -> tuple[list[str], np.ndarray, np.ndarray, int]:
    """Names, coefficients and standard errors of the regression with a break after period ``last``."""
    levels, valid = series[None, :], np.ones((1, len(series)), dtype=bool)
    dy, inner = diff(levels, valid)
    level, _ = lag(levels, valid)
    columns, there = lag_columns(dy, inner, range(1, order + 1))
    dates = break_columns(kind, len(series), np.array([last]))
    fixed = np.stack([level, np.ones_like(level), np.arange(1.0, len(series) + 1)[None, :]], -1)
    names = ["L1.y", "const", "trend", *{"level": ["DU"], "trend": ["DT"], "regime": ["DU", "DT"]}[kind],
             *(f"L{j}.d.y" for j in range(1, order + 1))]
    x, sample = np.concatenate([fixed, dates, columns], -1), inner & there
    shared = x[0][sample[0]]
    kept = [0, 1, 2]
    for k in range(3, x.shape[2]):                         # as in the profile: a break that the others span is left out
        if np.linalg.matrix_rank(shared[:, [*kept, k]] / np.abs(shared[:, [*kept, k]]).max(0).clip(1e-300)) > len(kept):
            kept.append(k)
    beta, se, _, _ = ols(dy, x[..., kept], sample)
    return [names[k] for k in kept], beta[0], se[0], int(sample.sum())
