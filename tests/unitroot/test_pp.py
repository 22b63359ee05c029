"""Phillips-Perron: a second implementation, the paper's determinant, laws, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from arch.unitroot import PhillipsPerron

from clustertrade.distributions import quantiles
from clustertrade.unitroot import adf, pp
from tests.unitroot.panels import panel, walks


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("bandwidth", [1, 6])
def test_agrees_with_arch(trend, bandwidth):
    """With trend arch leaves out the factor 1 - 1/n^2 of the paper's D, which enters through the correction only."""
    y = walks(np.random.default_rng(1), 1, 90, ar=0.4)[0] + 5
    ours = pp(panel(y), trend=trend, bandwidth=bandwidth)
    for name, kind in (("Zt", "tau"), ("Zrho", "rho")):
        theirs = PhillipsPerron(y, lags=bandwidth, trend=trend, test_type=kind).stat
        plain = {"Zt": ours.details["t"] * np.sqrt(ours.details["sigma2"] / ours.details["omega2"]),
                 "Zrho": 89 * (ours.details["rho"] - 1)}[name]
        factor = {"Zt": np.sqrt(1 - 89**-2), "Zrho": 1 - 89**-2}[name] if trend == "ct" else 1
        assert plain + (ours[name].value - plain) * factor == pytest.approx(theirs, rel=1e-9)


def test_the_determinant_is_that_of_the_regressors():
    """Z(rho) = n (rho - 1) - n^6 (omega2 - sigma2) / (24 D_X) with trend."""
    y = walks(np.random.default_rng(2), 1, 40, ar=0.3)[0]
    n, x = 39, np.column_stack([np.ones(39), np.arange(39.0), y[:-1]])
    got = pp(panel(y), trend="ct", bandwidth=3)
    part = got.details
    want = n * (part["rho"] - 1) - n**6 * (part["omega2"] - part["sigma2"]) / (24 * np.linalg.det(x.T @ x))
    assert got["Zrho"].value == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_without_bandwidth_it_is_the_dickey_fuller_t(trend):
    y = panel(walks(np.random.default_rng(3), 1, 50)[0])
    assert pp(y, trend=trend, bandwidth=0)["Zt"].value == pytest.approx(adf(y, trend=trend, lags=0)["t"].value)


@pytest.mark.parametrize(("trend", "table"), [("n", (-7.3, -7.7, -7.9)), ("c", (-12.5, -13.3, -13.7)),
                                              ("ct", (-17.9, -19.8, -20.7))])
def test_simulated_values_are_those_of_fuller(trend, table):
    """Fuller (1976), table 8.5.1, T (rho - 1) at 5 % for T = 25, 50, 100, printed to one decimal."""
    for t, value in zip((25, 50, 100), table, strict=True):
        ours = quantiles.critical("dickey_fuller_rho", trend, t)["0.05"] * t / (t - 1)
        assert ours == pytest.approx(value, abs=0.2)


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_size_and_power(trend):
    """T = 100 without serial correlation: near 5 %; a root of 0.7 is found."""
    rng = np.random.default_rng(4)
    null = [[s.pvalue < 0.05 for s in pp(panel(y), trend=trend)] for y in walks(rng, 400, 100)]
    power = [[s.pvalue < 0.05 for s in pp(panel(y), trend=trend)] for y in walks(rng, 100, 100, root=0.7, start=50)]
    assert (np.mean(null, 0) < 0.12).all() and (np.mean(null, 0) > 0.02).all() and (np.mean(power, 0) > 0.9).all()
