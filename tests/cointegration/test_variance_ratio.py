"""The variance ratios of Westerlund (2005): a plain coding, moments, size and power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from clustertrade.cointegration import westerlund
from clustertrade.cointegration.variance_ratio import NAMES, variance_ratios
from clustertrade.distributions.variance_ratio import moments
from clustertrade.distributions.variance_ratio_simulation import functionals
from clustertrade.distributions.variance_ratio_simulation import moments as simulated
from clustertrade.errors import UsageError
from clustertrade.panel import Panel


def drawn(n, t, seed, rho, k=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, t, k)).cumsum(1)
    u = rng.standard_normal((n, t))
    for s in range(1, t):
        u[:, s] += rho * u[:, s - 1]
    return x.sum(-1) + u, x


def panel(y, x, short=0):
    n, t = y.shape
    frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(),
                          **{f"x{j}": x[..., j].ravel() for j in range(x.shape[2])}})
    whole = Panel.from_frame(frame[(frame["i"] > 0) | (frame["t"] >= short)], entity="i", time="t")
    return whole["y"], whole[[f"x{j}" for j in range(x.shape[2])]]


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_a_plain_coding_gives_the_same(trend):
    y, x = drawn(6, 40, 1, 0.8, k=2)
    top, bottom, each = 0.0, 0.0, []
    for i in range(6):
        z = np.column_stack([x[i], np.ones(40), np.arange(40)][: {"n": 1, "c": 2, "ct": 3}[trend]])
        e = y[i] - z @ np.linalg.lstsq(z, y[i], rcond=None)[0]
        sums = np.cumsum(e)
        each.append((sums**2).sum() / (e**2).sum() / 1600)
        top, bottom = top + (sums**2).sum(), bottom + (e**2).sum()
    result = westerlund(*panel(y, x), variant="vr", trend=trend)
    assert result.details["ratios"] == pytest.approx({"VR-G": np.mean(each), "VR-P": top / bottom / 1600}, rel=1e-9)
    for name in NAMES:
        mean, variance = moments(name, trend, 2)
        z = np.sqrt(6) * (result.details["ratios"][name] - mean) / np.sqrt(variance)
        assert result[name].value == pytest.approx(z, rel=1e-9) and result[name].pvalue == pytest.approx(ndtr(z))


@pytest.mark.parametrize(("trend", "k"), [("n", 1), ("c", 1), ("c", 3), ("ct", 2)])
def test_moments_are_those_of_other_walks(trend, k):
    found = simulated(functionals(np.random.default_rng(1), trend, k, 2000, 400))
    for name in NAMES:
        mean, variance = moments(name, trend, k)
        assert found[name][0] == pytest.approx(mean, rel=0.12)
        assert found[name][1] == pytest.approx(variance, rel=0.25 if name == "VR-G" else 0.8)      # a heavy tail


@pytest.mark.parametrize(("n", "t", "power"), [(25, 22, 0.5), (20, 50, 0.95)])
def test_size_and_power(n, t, power):
    rejected = []
    for rho in (1.0, 0.8):
        panels = [drawn(n, t, s, rho) for s in range(300)]
        y, x = (np.concatenate([p[j] for p in panels]) for j in (0, 1))
        ratios = variance_ratios(y, x, np.ones(y.shape, bool), "c", 300)[0]
        z = [np.sqrt(n) * (ratios[:, i] - moments(name, "c", 1)[0]) / np.sqrt(moments(name, "c", 1)[1])
             for i, name in enumerate(NAMES)]
        rejected.append([np.mean(ndtr(v) < 0.05) for v in z])
    assert max(rejected[0]) < 0.09 and min(rejected[1]) > power


def test_unequal_lengths_the_bootstrap_and_what_is_refused():
    y, x = drawn(8, 40, 2, 0.3)
    full, shorter = westerlund(*panel(y, x), variant="vr"), westerlund(*panel(y, x, short=10), variant="vr")
    assert [r["nobs"] for r in shorter.details["entities"]] == [30, *[40] * 7]
    assert [r["ratio"] for r in shorter.details["entities"]][1:] == [r["ratio"] for r in full.details["entities"]][1:]
    robust = westerlund(*panel(y, x), variant="vr", bootstrap=199)
    assert robust["VR-G"].value == full["VR-G"].value and robust["VR-G"].pvalue < 0.05
    assert robust.details["pvalues_asymptotic"]["VR-P"] == full["VR-P"].pvalue
    assert westerlund(*panel(*drawn(8, 40, 2, 1.0)), variant="vr", bootstrap=199)["VR-G"].pvalue > 0.05
    with pytest.raises(UsageError, match="one of ecm, vr"):
        westerlund(*panel(y, x), variant="kpss")
