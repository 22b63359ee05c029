"""DF-GLS: a second implementation, the simulated table, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from arch.unitroot import DFGLS

from clustertrade.distributions import elliott, quantiles
from clustertrade.distributions import unitroot_simulation as simulation
from clustertrade.unitroot import adf, dfgls
from tests.unitroot.panels import panel, walks


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("lags", [0, 1, 5])
def test_agrees_with_arch(trend, lags):
    y = walks(np.random.default_rng(1), 1, 70, ar=0.4)[0] + 100
    assert dfgls(panel(y), trend=trend, lags=lags)["t"].value == pytest.approx(DFGLS(y, lags=lags, trend=trend).stat,
                                                                             rel=1e-9)


@pytest.mark.parametrize("case", ["c0", "ct0", "c3", "ct3"])
def test_the_simulation_computes_the_statistic(case):
    """What the committed script simulates is what the procedure reports."""
    draws = walks(np.random.default_rng(2), 5, 40)
    ours = [dfgls(panel(y), trend=case[:-1], lags=int(case[-1]))["t"].value for y in draws]
    assert simulation.dfgls(draws, case) == pytest.approx(ours, rel=1e-9)


def test_the_committed_table_comes_from_the_script():
    """Its median and 5 % value, simulated again with fewer draws of the same stream, within sampling error."""
    values, _ = simulation.simulate("dfgls", "ct2", 50, draws=20_000)
    for k in (15, 32):
        p = simulation.PROBABILITIES[k]
        error = np.sqrt(p * (1 - p) / 20_000)
        assert quantiles.pvalue("dfgls", "ct2", 50, values[k]) == pytest.approx(p, abs=5 * error)


@pytest.mark.parametrize("t", [50, 100, 200])
def test_simulated_values_are_those_of_the_paper(t):
    """Table I with trend, without lags, at 5 and 10 %; the rows hold for T of this size."""
    for level in ("0.05", "0.1"):
        printed = dict(zip(("0.01", "0.05", "0.1"), elliott._table()["t", "ct", str(t)], strict=True))[level]
        assert quantiles.critical("dfgls", "ct0", t)[level] == pytest.approx(printed, abs=0.03)


def test_a_longer_lag_or_sample_moves_the_critical_value_towards_the_limit():
    at = [quantiles.critical("dfgls", "c0", t)["0.05"] for t in (20, 50, 200, 1000)]
    assert at == sorted(at) and at[-1] == pytest.approx(-1.94, abs=0.04)
    assert quantiles.critical("dfgls", "c4", 50)["0.05"] > quantiles.critical("dfgls", "c0", 50)["0.05"]


@pytest.mark.parametrize("t", [9, 1200])
def test_a_sample_size_outside_of_the_table_is_said(t):
    result = dfgls(panel(walks(np.random.default_rng(4), 1, t)[0]), lags=0)
    assert "outside of the table" in result.warnings[0] and 0 < result.pvalue < 1


@pytest.mark.parametrize(("trend", "power"), [("c", 0.5), ("ct", 0.2)])
def test_size_and_power(trend, power):
    """T = 60, two lags; more power than the ordinary test against a root of 0.85."""
    rng = np.random.default_rng(3)
    null = np.mean([dfgls(panel(y), trend=trend, lags=2).pvalue < 0.05 for y in walks(rng, 500, 60, ar=0.3)])
    near = walks(rng, 200, 60, root=0.85)
    gls, ols = (np.mean([f(panel(y), trend=trend, lags=0).pvalue < 0.05 for y in near]) for f in (dfgls, adf))
    assert 0.02 < null < 0.09 and gls > ols and gls > power
