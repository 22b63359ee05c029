"""Zivot-Andrews: second implementations, the profile date by date, the simulated table, edges, size and power."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from arch.unitroot import ZivotAndrews
from statsmodels.tsa.stattools import zivot_andrews as reference

from clustertrade.batch.breaks import break_columns, break_profile
from clustertrade.distributions import quantiles, zivot
from clustertrade.distributions import unitroot_simulation as simulation
from clustertrade.unitroot import zivot_andrews
from tests.unitroot.panels import panel, walks

THEIRS = {"level": "c", "trend": "t", "regime": "ct"}


def by_hand(y, kind, last, lags):
    """t of the lagged level with a break after period ``last``."""
    dy, t = np.diff(y), len(y)
    rows = np.arange(lags, t - 1)
    d = break_columns(kind, t, np.array([last]))[0, rows + 1]
    x = np.column_stack([y[rows], np.ones(rows.size), rows, d, *(dy[rows - j] for j in range(1, lags + 1))])
    beta = np.linalg.lstsq(x, dy[rows], rcond=None)[0]
    s2 = ((dy[rows] - x @ beta) ** 2).sum() / (rows.size - x.shape[1])
    return beta[0] / np.sqrt(s2 * np.linalg.inv(x.T @ x)[0, 0])


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
@pytest.mark.parametrize("lags", [1, 4])
def test_agrees_with_statsmodels_and_arch(kind, lags):
    y = walks(np.random.default_rng(1), 1, 80, ar=0.3)[0]
    ours = zivot_andrews(panel(y), break_=kind, lags=lags)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = reference(y, trim=0.15, maxlag=lags, regression=THEIRS[kind], autolag=None)[0]
        again = ZivotAndrews(y, lags=lags, trend=THEIRS[kind]).stat
    assert ours["t"].value == pytest.approx(theirs, rel=1e-8) and ours["t"].value == pytest.approx(again, rel=1e-8)
    assert ours.details["params"][0]["value"] / ours.details["params"][0]["se"] == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_the_profile_is_the_regression_of_every_date(kind):
    y = walks(np.random.default_rng(2), 1, 40)[0]
    dates = np.arange(8, 34)
    got, _ = break_profile(y, kind, dates, 2)
    assert got == pytest.approx([by_hand(y, kind, k, 2) for k in dates], rel=1e-8)


def test_a_criterion_chooses_for_every_date():
    """The order of a date is the one that minimises the criterion with that break; t is then on all periods."""
    y = walks(np.random.default_rng(3), 1, 60, ar=0.6)[0]
    result = zivot_andrews(panel(y), lags="aic", max_lags=4)
    rows = result.details["profile"]
    assert {r["lags"] for r in rows} <= set(range(5)) and result.lags == next(
        r["lags"] for r in rows if r["break_period"] == result.details["break_period"])
    for row in rows[::7]:
        assert row["t"] == pytest.approx(by_hand(y, "level", int(row["break_period"]), row["lags"]), rel=1e-8)


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_the_simulation_computes_the_statistic(kind):
    draws = walks(np.random.default_rng(4), 4, 30)
    ours = [zivot_andrews(panel(y), break_=kind, lags=0)["t"].value for y in draws]
    assert simulation.zivot_andrews(draws, kind) == pytest.approx(ours, rel=1e-8)


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_simulated_values_tend_to_those_of_the_paper(kind):
    """Tables 2 to 4 are asymptotic, without trimming: 0.06 at most."""
    ours = quantiles.critical("zivot_andrews", kind, 1000)
    assert list(ours.values()) == pytest.approx(list(zivot.printed()[kind].values()), abs=0.06)


def test_the_break_is_found():
    rng = np.random.default_rng(5)
    y = rng.standard_normal(100) + 6 * (np.arange(100) >= 40)
    found = zivot_andrews(panel(y), lags=0)
    assert found.details["break_period"] == "40" and found.pvalue < 0.01
    step = next(p for p in found.details["params"] if p["name"] == "DU")
    assert step["value"] / step["se"] > 5


def test_dates_that_lags_hide_are_left_out_and_said():
    y = walks(np.random.default_rng(6), 1, 22)[0]
    result = zivot_andrews(panel(y), break_="regime", lags=3)
    assert any("left out" in w for w in result.warnings) and result.details["profile"][0]["break_period"] == "6"


@pytest.mark.parametrize("kind", ["level", "trend", "regime"])
def test_urca_searches_every_period(kind):
    """A break column that the others span is left out, as lm does; the rest is the same profile."""
    y = walks(np.random.default_rng(7), 1, 40)[0]
    wide, narrow = (zivot_andrews(panel(y), break_=kind, lags=2, convention=c) for c in ("urca", "paper"))
    assert len(wide.details["profile"]) == 39 and wide["t"].value <= narrow["t"].value + 1e-12
    ours = {r["break_period"]: r["t"] for r in wide.details["profile"]}
    assert all(ours[r["break_period"]] == pytest.approx(r["t"], rel=1e-9) for r in narrow.details["profile"])


def test_size_and_power():
    """T = 50, lags fixed: near 5 %; a stationary series with a break is found."""
    rng = np.random.default_rng(8)
    null = np.mean([zivot_andrews(panel(y), lags=1).pvalue < 0.05 for y in walks(rng, 400, 50)])
    shifted = rng.standard_normal((100, 50)) + 3 * (np.arange(50) >= 25)
    assert 0.02 < null < 0.1 and np.mean([zivot_andrews(panel(y), lags=1).pvalue < 0.05 for y in shifted]) > 0.8
