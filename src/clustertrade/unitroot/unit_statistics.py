"""Augmented Dickey-Fuller statistics of every entity, as the programs choose lags, variances and p-values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from clustertrade.batch.adf import AdfRegressions, LagRule, adf_regressions, fewest_periods
from clustertrade.batch.ols import Array, Mask
from clustertrade.distributions import dickey_fuller, dickey_fuller_selected
from clustertrade.panel import Panel

PLM_STOP = 1.96                                            # of lags=t in plm; the others take the 10 % point


@dataclass(frozen=True)
class UnitStatistics:
    """fit of every entity; t (N,) with the divisor that was asked for; score (N,) the normal quantile of its p."""

    fit: AdfRegressions
    t: Array
    score: Array
    law: str                                               # finite | selected | asymptotic


def lag_rule(convention: str, dfcor: bool = True) -> LagRule:
    """How a criterion chooses under a convention.

    plm: |t| of at least 1.96, residual variances of the t divided as dfcor says.  gretl: each order of the search by t
    has its own periods.  urca: at least one lag, and the chosen order on the sample of the comparison.
    """
    return {"plm": LagRule(stop=PLM_STOP, uncorrected=not dfcor), "gretl": LagRule(own=True),
            "urca": LagRule(least=1, common=True)}.get(convention, LagRule())


def unit_statistics(y: Panel, trend: str, lags: int | str, max_lags: int | None, convention: str,
                    dfcor: bool = True) -> UnitStatistics:
    """Regressions, statistics and p-values of every entity.

    p-values are those of the finite-sample law: of n observations and k lagged differences where the number is given or
    a convention says so, of the choice where a criterion chose.  plm takes the asymptotic law, gretl too unless the
    number of lags is given as 0.
    """
    return row_statistics(y.series, y.complete, trend, lags, max_lags, convention, dfcor)


def row_statistics(series: Array, valid: Mask, trend: str, lags: int | str, max_lags: int | None,
                   convention: str, dfcor: bool = True) -> UnitStatistics:
    """As ``unit_statistics``, for rows (B, T): those of pseudo-panels below each other, each with its own lags."""
    fit = adf_regressions(series, valid, trend, lags, int(max_lags or 0), rule=lag_rule(convention, dfcor))
    t = fit.t if dfcor else fit.t * np.sqrt(fit.nobs / fit.df)
    if convention == "plm" or (convention == "gretl" and lags != 0):
        return UnitStatistics(fit, t, dickey_fuller.score_asymptotic(t, trend), "asymptotic")
    if convention == "paper" and isinstance(lags, str) and max_lags:
        score = dickey_fuller_selected.score(t, trend, valid.sum(1), lags, max_lags)
        return UnitStatistics(fit, t, score, "selected")
    return UnitStatistics(fit, t, dickey_fuller.score_finite(t, trend, fit.nobs, fit.lags), "finite")


def entity_rows(y: Panel, units: UnitStatistics, **more: Array) -> list[dict[str, Any]]:
    """A row an entity: entity, lags, nobs, coef, t, pvalue and what else is given."""
    fit, p = units.fit, ndtr(units.score)
    columns = {"entity": list(y.entities), "lags": fit.lags.tolist(), "nobs": fit.nobs.tolist(),
               "coef": fit.coef.tolist(), "t": units.t.tolist(), "pvalue": p.tolist(),
               **{k: v.tolist() for k, v in more.items()}}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def largest_order(options: Mapping[str, Any]) -> int:
    """The lag order that the data must allow: the number, or the largest that a criterion may choose."""
    return options["lags"] if isinstance(options["lags"], int) else options["max_lags"] or 0


def shortest(options: Mapping[str, Any], spare: int = 0) -> int:
    """Periods that an entity needs: one degree of freedom, and ``spare`` more."""
    return fewest_periods(options["trend"], largest_order(options)) + spare


def reported_lags(lags: NDArray[np.int_]) -> tuple[int, ...] | int:
    """The lags (N,) as a result reports them: one number where all entities have the same."""
    orders = tuple(int(k) for k in lags)
    return orders if len(set(orders)) > 1 else orders[0]


def lag_warning(fit: AdfRegressions, lags: int | str, max_lags: int | None) -> tuple[str, ...]:
    """Says so where most entities take the largest order that the criterion was offered."""
    if isinstance(lags, str) and max_lags and (share := (fit.lags >= max_lags).mean()) > 0.5:
        return (f"{share:.0%} of the entities take the largest lag order offered ({max_lags}); a larger --max-lags may "
                "be needed",)
    return ()
