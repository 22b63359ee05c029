"""The battery: each number is that of its procedure, orders of known processes, dependence, what cannot be computed."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.adf import adf_regressions
from clustertrade.dependence import cd, cd_star, cd_weighted
from clustertrade.registry import load
from clustertrade.unitroot import unit_root_battery
from tests.unitroot.panels import panel, walks

NAMES = ("llc", "breitung", "ips", "fisher-adf", "fisher-pp", "hadri", "harris-tzavalis", "cips", "panic",
         "moon-perron")
WALKS = walks(np.random.default_rng(1), 12, 40) + np.random.default_rng(2).standard_normal(40).cumsum()


def test_each_number_is_that_of_the_procedure():
    y = panel(WALKS)
    result = unit_root_battery(y)
    assert [s.name for s in result] == [f"{d}{name} {trend}" for d in ("", "d.") for name in NAMES
                                        for trend in ("c", "ct")]
    for row in result.details["results"]:
        first = load(row["procedure"])(y.diff() if row["variable"] == "d.y" else y, trend=row["trend"]).statistics[0]
        assert (row["statistic"], row["value"], row["pvalue"]) == (first.name, first.value, first.pvalue)
        prefix = "d." if row["variable"] == "d.y" else ""
        assert result[f"{prefix}{row['procedure']} {row['trend']}"].value == first.value


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_dependence_is_that_of_the_residuals(trend):
    row = next(r for r in unit_root_battery(panel(WALKS), lags=1).details["dependence"] if r["trend"] == trend)
    fit = adf_regressions(WALKS, np.ones(WALKS.shape, dtype=bool), trend, 1)
    resid = panel(fit.resid[:, 2:])
    for name, p, test in (("CD", "pvalue", cd), ("CDw+", "pvalue_weighted", cd_weighted),
                          ("CD*", "pvalue_star", cd_star)):
        assert (row[name], row[p]) == pytest.approx((test(resid)[name].value, test(resid)[name].pvalue), rel=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_orders_of_known_processes(order):
    rng = np.random.default_rng([3, order])
    y = rng.standard_normal((20, 61))
    for _ in range(order):
        y = y.cumsum(1)
    orders = {row["procedure"]: row for row in unit_root_battery(panel(y[:, 1:])).details["orders"]}
    assert tuple(orders) == NAMES
    right = [row["order"] == order for row in orders.values()]
    assert sum(right) >= (7 if order < 2 else 5), orders
    assert orders["ips"]["order"] == orders["cips"]["order"] == order
    assert orders["cips"]["generation"] == "second" and not orders["cips"]["presumes_independence"]


def test_disagreement_is_shown():
    """Around a trend: no order on which both trends agree."""
    y = np.random.default_rng(4).standard_normal((12, 40)) + 0.5 * np.arange(40)
    row = next(r for r in unit_root_battery(panel(y)).details["orders"] if r["procedure"] == "ips")
    assert (row["order_c"], row["order_ct"], row["order"]) == (1, 0, None)
    said = " ".join(unit_root_battery(panel(y)).summary().split())
    assert "ips 1 (c) or 0 (ct)" in said and "CDw+" in said


def test_what_needs_balance_is_null_and_said():
    y = WALKS.copy()
    y[0, :3] = np.nan
    result = unit_root_battery(panel(y))
    assert result["cips c"].value is None and result["ips c"].value is not None
    assert "cips c" in result.warnings[0] and "details.results" in result.warnings[0]
    reason = next(r["reason"] for r in result.details["results"] if r["procedure"] == "cips")
    assert "same periods" in reason
    assert next(r for r in result.details["orders"] if r["procedure"] == "cips")["order"] is None
    trimmed = unit_root_battery(panel(y), balanced="trim")
    assert trimmed["cips c"].value is not None and trimmed.n_periods == 37


def test_the_note_on_independence_stands_unless_all_are_bootstrapped():
    plain = unit_root_battery(panel(WALKS))
    drawn = unit_root_battery(panel(WALKS), bootstrap=19, lags=1)
    assert "presume independent entities" in plain.warnings[-1]
    assert not any("presume" in w for w in drawn.warnings)
    assert drawn["ips c"].pvalue in [k / 20 for k in range(1, 21)]
