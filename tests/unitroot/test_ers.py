"""The point-optimal test: its formula, the simulated table, conventions, size and power."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.distributions import elliott, quantiles
from clustertrade.distributions import unitroot_simulation as simulation
from clustertrade.unitroot import ers
from tests.unitroot.panels import panel, walks


def by_hand(y, trend, lags):
    """P-T with least squares by numpy."""
    t = len(y)
    z = np.column_stack([np.ones(t), np.arange(t)])[:, : 1 + (trend == "ct")]

    def ssr(a):
        moved = [np.concatenate([v[:1], v[1:] - a * v[:-1]]) for v in (y, z)]
        resid = moved[0] - moved[1] @ np.linalg.lstsq(moved[1], moved[0], rcond=None)[0]
        return resid @ resid

    a, dy = 1 + {"c": -7, "ct": -13.5}[trend] / t, np.diff(y)
    rows = np.arange(lags, t - 1)
    x = np.column_stack([np.ones(rows.size), y[rows], *(dy[rows - j] for j in range(1, lags + 1))])
    beta = np.linalg.lstsq(x, dy[rows], rcond=None)[0]
    s2 = ((dy[rows] - x @ beta) ** 2).sum() / (rows.size - x.shape[1])
    return (ssr(a) - a * ssr(1.0)) * (1 - beta[2:].sum()) ** 2 / s2


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("lags", [0, 1, 4])
def test_is_its_formula(trend, lags):
    y = walks(np.random.default_rng(1), 1, 60, ar=0.3)[0]
    assert ers(panel(y), trend=trend, lags=lags)["P-T"].value == pytest.approx(by_hand(y, trend, lags), rel=1e-8)


@pytest.mark.parametrize("case", ["c0", "ct0", "ct2"])
def test_the_simulation_computes_the_statistic(case):
    draws = walks(np.random.default_rng(2), 5, 40)
    ours = [ers(panel(y), trend=case[:-1], lags=int(case[-1]))["P-T"].value for y in draws]
    assert simulation.ers(draws, case) == pytest.approx(ours, rel=1e-9)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("t", [100, 200])
def test_simulated_values_are_those_of_the_paper(trend, t):
    printed = elliott._table()["P-T", trend, str(t)]
    ours = list(quantiles.critical("ers", f"{trend}0", t).values())
    assert ours == pytest.approx(printed, rel=0.04)


def test_urca_differs_by_the_mean_change_only():
    """With trend and one lag: S(1) larger by the squared mean difference times (T - 1) / T."""
    y = walks(np.random.default_rng(3), 1, 50)[0]
    ours, theirs = (ers(panel(y), trend="ct", lags=1, convention=c) for c in ("paper", "urca"))
    more = theirs.details["ssr"]["one"] - ours.details["ssr"]["one"]
    assert more == pytest.approx(np.diff(y).mean() ** 2 * 49 / 50, rel=1e-8)
    assert theirs["P-T"].critical == {"0.01": 4.26, "0.05": 5.64, "0.1": 6.79}


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_size_and_power(trend):
    rng = np.random.default_rng(4)
    null = np.mean([ers(panel(y), trend=trend, lags=2).pvalue < 0.05 for y in walks(rng, 500, 60)])
    power = np.mean([ers(panel(y), trend=trend, lags=0).pvalue < 0.05 for y in walks(rng, 200, 60, root=0.6)])
    assert 0.02 < null < 0.09 and power > 0.8
