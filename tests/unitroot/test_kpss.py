"""KPSS: its exact law, a second implementation, conventions, invariance, power."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.integrate import quad
from statsmodels.tsa.stattools import kpss as reference

from clustertrade.distributions import kpss as law
from clustertrade.unitroot import kpss
from tests.unitroot.panels import panel, walks


@pytest.mark.parametrize(("trend", "mean", "second"), [("c", 1 / 6, 1 / 45 + 1 / 36),
                                                       ("ct", 1 / 15, 11 / 6300 + 1 / 225)])
def test_the_law_has_its_known_moments(trend, mean, second):
    """Mean and second moment of the integral of a squared bridge (Hadri 2000)."""
    assert quad(lambda x: law.pvalue(x, trend), 0, 8, limit=300)[0] == pytest.approx(mean, abs=1e-9)
    assert quad(lambda x: 2 * x * law.pvalue(x, trend), 0, 8, limit=300)[0] == pytest.approx(second, abs=1e-9)


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_critical_values_are_those_of_the_paper(trend):
    """Table 1 of 1992 was simulated: within 1.5 % of the exact values."""
    for level, value in law.PRINTED[trend].items():
        assert law.critical(trend)[level] == pytest.approx(value, rel=0.015)
        assert law.pvalue(law.critical(trend)[level], trend) == pytest.approx(float(level), abs=1e-12)


def test_the_law_falls_from_one_to_zero():
    grid = np.concatenate([np.linspace(0, 0.1, 200), np.linspace(0.1, 20, 200)])
    for trend in ("c", "ct"):
        p = np.array([law.pvalue(x, trend) for x in grid])
        assert p[0] == 1 and (np.diff(p) <= 1e-12).all() and 0 <= p[-1] < 1e-12


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("bandwidth", [0, 3, 10])
def test_agrees_with_statsmodels(trend, bandwidth):
    y = walks(np.random.default_rng(1), 1, 80)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                    # its p lies outside of its table
        theirs = reference(y, regression=trend, nlags=bandwidth, result_object=False)[0]
    assert kpss(panel(y), trend=trend, bandwidth=bandwidth)["eta"].value == pytest.approx(theirs, rel=1e-10)


def test_constant_and_trend_change_nothing():
    y = walks(np.random.default_rng(2), 1, 60)[0]
    moved = y + 100 - 3 * np.arange(60)
    before, after = (kpss(panel(v), trend="ct")["eta"].value for v in (y, moved))
    assert after == pytest.approx(before, rel=1e-9)


def test_urca_takes_its_own_bandwidth_and_prints_its_table():
    y = walks(np.random.default_rng(3), 1, 150)[0]
    ours, theirs = kpss(panel(y)), kpss(panel(y), convention="urca")
    assert theirs.details["bandwidth"] == 4 and theirs["eta"].critical["0.05"] == 0.463
    assert ours["eta"].critical["0.05"] == pytest.approx(0.46136, abs=1e-5)
    assert kpss(panel(y), convention="urca", bandwidth=7).details["bandwidth"] == 7


@pytest.mark.parametrize(("trend", "low"), [("c", 0.7), ("ct", 0.4)])
def test_size_and_power(trend, low):
    """White noise, T = 100: near 5 %; a random walk is found."""
    rng = np.random.default_rng(4)
    noise = np.mean([kpss(panel(e), trend=trend, bandwidth=0).pvalue < 0.05 for e in rng.standard_normal((400, 100))])
    walk = np.mean([kpss(panel(e), trend=trend).pvalue < 0.05 for e in walks(rng, 200, 100)])
    assert 0.02 <= noise <= 0.09 and walk > low
