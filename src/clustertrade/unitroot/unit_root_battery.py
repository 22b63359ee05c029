"""Every panel test for a unit root on one variable and its differences, and the order of integration each supports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.adf import adf_regressions
from clustertrade.batch.correlations import DRAWS, correlations_of, data_order, one_minus_theta
from clustertrade.batch.factors import NotConverged, number_of_factors, principal_components
from clustertrade.batch.ols import Array, BatchError, Mask
from clustertrade.batch.trend import demean
from clustertrade.errors import DataError, InfeasibleError
from clustertrade.panel import Panel
from clustertrade.registry import Needs, Procedure, procedure
from clustertrade.results import Statistic, TestResult
from clustertrade.unitroot.breitung import breitung
from clustertrade.unitroot.cips import cips
from clustertrade.unitroot.fisher_adf import fisher_adf
from clustertrade.unitroot.fisher_pp import fisher_pp
from clustertrade.unitroot.hadri import hadri
from clustertrade.unitroot.harris_tzavalis import harris_tzavalis
from clustertrade.unitroot.ips import ips
from clustertrade.unitroot.llc import llc
from clustertrade.unitroot.moon_perron import moon_perron
from clustertrade.unitroot.panic import panic
from clustertrade.unitroot.unit_statistics import shortest

FIRST: tuple[Procedure, ...] = (llc, breitung, ips, fisher_adf, fisher_pp, hadri, harris_tzavalis)
SECOND: tuple[Procedure, ...] = (cips, panic, moon_perron)
TRENDS = ("c", "ct")
STATIONARITY = "hadri"                                     # its null is the others' alternative
SHARED = 3                                                 # periods that a pair must share for its correlation
INDEPENDENCE = ("llc, breitung, ips, fisher-adf, fisher-pp, hadri and harris-tzavalis presume independent entities; "
                "cips, panic and moon-perron allow common factors. All are reported, whatever CD says")


@procedure(
    "unit-root-battery",
    family="unitroot",
    title="Battery of unit root tests with the order of integration",
    null="as each test of the battery states",
    alternative="as each test of the battery states",
    reference="pesaran2007",
    # the differences have a period less
    needs=lambda options: Needs(n=2, t=shortest({**options, "trend": "ct"}) + 1, within=True),
    checked="each statistic is that of the procedure of its name; CD, CDw+ and CD* those of cd, cd-weighted and "
            "cd-star on the residuals.",
)
def unit_root_battery(y: Panel, *, lags: int | str = "aic", max_lags: int | None = None, kernel: str | None = None,
                      bootstrap: int = 0, seed: int = 20260101, level: float = 0.05) -> TestResult:
    r"""Unit roots in levels and differences, with and without trend, by tests of the first and the second generation.

    All tests are always run and shown: none is chosen by the outcome of another, and nothing is averaged.

    Parameters
    ----------
    y : Panel of one variable
        Entities may have different periods; tests that need the same for all are then not computed, and said so
        (``--balanced trim`` keeps the periods that all have).
    lags : int, or aic, bic, hqic, t
        Lagged differences of llc, breitung, ips, fisher-adf and panic; cips takes the number, with a criterion one lag.
    max_lags : int, optional
        Largest order that a criterion may choose; by default floor(4 (T/100)^(2/9)), T the shortest entity.
    kernel : bartlett, parzen or qs, optional
        Kernel of llc, fisher-pp, hadri and moon-perron; by default each one's own.  hadri has none by default, which
        presumes errors uncorrelated in time and rejects whatever is not; with a kernel it allows for them.
    bootstrap : int
        Replications of every test; 0 for none.  With them the first generation allows dependence too.
    seed : int
        Seed of the bootstraps and of the signs of CDw+.
    level : float
        Level at which tests decide on the order.

    Returns
    -------
    TestResult
        ``<procedure> <trend>`` for levels, ``d.<procedure> <trend>`` for differences: the first statistic of each
        procedure with its p; null where it could not be computed.  Details: ``orders``, a row a procedure:
        ``procedure``, ``generation``, ``presumes_independence``, ``order_c``, ``order_ct`` and ``order``, on which both
        agree, else null; 0 where the level is found stationary, 1 where its difference is, 2 where neither is (two or
        more).  ``results``, a row a test: ``variable``, ``procedure``, ``trend``, ``statistic``, ``value``, ``pvalue``,
        ``rejects``, ``reason`` (why there is none), ``lags``, ``n_periods``, ``options``, ``warnings``.
        ``dependence``, a row a trend: CD of the residuals of the entities' augmented Dickey-Fuller regressions in
        levels (Pesaran 2007), CDw+ and CD* beside it: ``trend``, ``CD``, ``pvalue``, ``CDw+``, ``pvalue_weighted``,
        ``CD*``, ``pvalue_star``, ``factors``, ``mean_rho``, ``mean_abs_rho``, ``pairs``.

    Raises
    ------
    InfeasibleError
        Fewer than two entities; too few periods for the Dickey-Fuller regressions of the differences.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> walks = np.random.default_rng(1).standard_normal((15, 40)).cumsum(1)
    >>> frame = pd.DataFrame({"i": np.repeat(range(15), 40), "t": list(range(40)) * 15, "walk": walks.ravel()})
    >>> result = unit_root_battery(Panel.from_frame(frame, entity="i", time="t")["walk"])
    >>> {row["procedure"]: row["order"] for row in result.details["orders"]}["cips"]
    1
    """
    found = list(_results(y, {"lags": lags, "max_lags": max_lags, "kernel": kernel, "bootstrap": bootstrap,
                              "seed": seed}, level))
    statistics = tuple(Statistic(name=f"{row['variable']}{row['procedure']} {row['trend']}", value=row["value"],
                                 pvalue=row["pvalue"], critical=row.pop("critical")) for row in found)
    rows = [{**row, "variable": row["variable"] + y.name} for row in found]
    missing = [s.name for s, row in zip(statistics, found, strict=True) if row["reason"]]
    warnings = [f"not computed: {', '.join(missing)}; why: details.results"] if missing else []
    return TestResult(
        statistics=statistics,
        nobs=int(y.complete.sum()),
        details={"orders": [_order(p, found, level) for p in (*FIRST, *SECOND)], "results": rows,
                 "dependence": [_dependence(y.series, y.complete, trend, lags, int(max_lags or 0), seed)
                                for trend in TRENDS]},
        warnings=(*warnings, *(() if bootstrap else (INDEPENDENCE,))),
    )


def _results(y: Panel, given: Mapping[str, Any], level: float) -> Iterator[dict[str, Any]]:
    """A row a test, in the order of the statistics; each test takes those of the options that it knows."""
    for prefix, variable in (("", y), ("d.", y.diff())):
        for test in (*FIRST, *SECOND):
            options = {k: v for k, v in given.items() if k in test.defaults}
            if test is cips and isinstance(options["lags"], str):
                del options["lags"], options["max_lags"]
            for trend in TRENDS:
                row: dict[str, Any] = {"variable": prefix, "procedure": test.name, "trend": trend, "statistic": None,
                                       "value": None, "pvalue": None, "rejects": None, "reason": None, "critical": {}}
                row |= {"lags": None, "n_periods": None, "options": {**test.defaults, **options, "trend": trend},
                        "warnings": []}
                try:
                    result = test(variable, trend=trend, **options)
                except (InfeasibleError, DataError) as wrong:
                    row["reason"] = str(wrong).removeprefix(test.name).lstrip(": ").split(". ")[0]
                else:
                    first: Statistic = result.statistics[0]
                    row |= {"statistic": first.name, "value": first.value, "pvalue": first.pvalue,
                            "rejects": None if first.pvalue is None else first.pvalue < level,
                            "critical": first.critical, "lags": result.lags, "n_periods": result.n_periods,
                            "options": dict(result.options), "warnings": list(result.warnings)}
                yield row


def _order(test: Procedure, found: list[dict[str, Any]], level: float) -> dict[str, Any]:
    """What a procedure says of the order of integration, for each trend."""
    stationary: dict[tuple[str, str], bool | None] = {}
    for row in found:
        if row["procedure"] == test.name:
            says = row["rejects"]
            stationary[row["variable"], row["trend"]] = says if says is None else says != (test.name == STATIONARITY)
    orders = {}
    for trend in TRENDS:
        in_levels, in_differences = stationary["", trend], stationary["d.", trend]
        orders[trend] = (0 if in_levels else None if in_levels is None or in_differences is None
                         else 1 if in_differences else 2)
    return {"procedure": test.name, "generation": "first" if test in FIRST else "second",
            "presumes_independence": test in FIRST, "order_c": orders["c"], "order_ct": orders["ct"],
            "order": orders["c"] if orders["c"] == orders["ct"] else None}


def _dependence(series: Array, valid: Mask, trend: str, lags: int | str, max_lags: int, seed: int) -> dict[str, Any]:
    """CD, CDw+ and CD* of the residuals of the entities' regressions; null where they do not exist."""
    names = ("CD", "pvalue", "CDw+", "pvalue_weighted", "CD*", "pvalue_star", "factors", "mean_rho", "mean_abs_rho",
             "pairs")
    row: dict[str, Any] = {"trend": trend, **dict.fromkeys(names)}
    try:
        fit = adf_regressions(series, valid, trend, lags, max_lags)
    except BatchError:
        return row
    there = fit.valid.astype(np.int64)
    if ((there @ there.T) < SHARED).any():
        return row
    resid = np.where(fit.valid, fit.resid, np.nan)
    pairs = correlations_of(resid)
    weighted = float(pairs.signed_cd(data_order(resid), seed).sum() / np.sqrt(DRAWS)) + pairs.enhancement()[0]
    row |= {**pairs.details(), **_tested("CD", "pvalue", pairs.cd), **_tested("CDw+", "pvalue_weighted", weighted)}
    return row | _star(demean(fit.resid, fit.valid)[None], fit.valid[None])


def _star(resid: Array, valid: Mask) -> dict[str, Any]:
    """CD* of one panel (1, N, T) less its common factors, as cd-star."""
    if min(resid.shape[1], resid.shape[2]) < 4:
        return {}
    try:
        number = max(int(number_of_factors(resid, "ic2", valid=valid)[0]), 1)
        parts = principal_components(resid, number, valid)
    except NotConverged:
        return {}
    sigma = np.sqrt((parts.resid[0] ** 2).sum(1) / valid[0].sum(1))
    if (sigma <= 1e-6 * np.sqrt((resid[0] ** 2).sum(1) / valid[0].sum(1))).any():
        return {}
    pairs = correlations_of(np.where(valid, parts.resid, np.nan)[0])
    return {"factors": number, **_tested("CD*", "pvalue_star", pairs.bias_corrected_cd(one_minus_theta(parts, sigma)))}


def _tested(name: str, p: str, value: float) -> Mapping[str, float]:
    return {name: value, p: float(2 * ndtr(-abs(value)))}
