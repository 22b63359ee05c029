"""PANIC: hand computation, the simulated laws, what it tells apart, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from clustertrade.distributions import quantiles
from clustertrade.distributions.panic_simulation import bridge, mq
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.unitroot import panic
from tests.unitroot.panels import in_band, panel, walks


def one_factor(rng, n, t, root=1.0, factor_root=1.0):
    """Loadings around one on a common factor; roots of the parts apart."""
    return (walks(rng, n, t, root=root, start=50)
            + rng.normal(1, 0.5, (n, 1)) * walks(rng, 1, t, root=factor_root, start=50))


def by_hand(y, trend, k, lags, bandwidth):
    """Unit t, MQc and MQf of k factors by loops over units and periods."""
    x = np.diff(y, axis=1)
    if trend == "ct":
        x = x - x.mean(1, keepdims=True)
    t = x.shape[1]
    vectors = np.linalg.svd(x.T, full_matrices=False)[0][:, :k]
    f = np.sqrt(t) * vectors
    e = np.cumsum(x - (x @ f / t) @ f.T, 1)
    unit = []
    for series in e:
        d = np.diff(series)
        z = np.column_stack([series[lags:-1], *(d[lags - j: len(d) - j] for j in range(1, lags + 1))])
        beta, resid = np.linalg.lstsq(z, d[lags:], rcond=None)[:2]
        s2 = float(resid[0]) / (len(z) - z.shape[1])
        unit.append(beta[0] / np.sqrt(s2 * np.linalg.inv(z.T @ z)[0, 0]))
    level = np.cumsum(f, 0)
    on = np.column_stack([np.ones(t), np.arange(t)])[:, : 1 + (trend == "ct")]
    level = level - on @ np.linalg.lstsq(on, level, rcond=None)[0]
    now, before = level[1:], level[:-1]
    beta = np.linalg.lstsq(before, now, rcond=None)[0]
    xi, both = now - before @ beta, np.zeros((k, k))
    for s in range(1, t):
        both += 0.5 * (np.outer(level[s], level[s - 1]) + np.outer(level[s - 1], level[s]))
    sigma = np.zeros((k, k))
    for j in range(1, bandwidth + 1):
        for s in range(j, len(xi)):
            sigma += (1 - j / (bandwidth + 1)) * np.outer(xi[s - j], xi[s])
    c = t * (np.linalg.eigvals((both - (sigma + sigma.T) / 2) @ np.linalg.inv(before.T @ before)).real.min() - 1)
    steps = np.diff(level, axis=0)
    pi = np.linalg.lstsq(steps[:-1], steps[1:], rcond=None)[0]
    g = level[1:] - level[:-1] @ pi
    half = g[1:].T @ g[:-1]
    ff = len(g) * (np.linalg.eigvals((half + half.T) / 2 @ np.linalg.inv(g[:-1].T @ g[:-1])).real.min() - 1)
    return np.array(unit), c, ff


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("k", [1, 2])
def test_is_the_formulas(trend, k):
    y = one_factor(np.random.default_rng(1), 8, 25)
    got = panic(panel(y), trend=trend, factors=k, lags=1, bandwidth=3)
    unit, c, f = by_hand(y, trend, k, 1, 3)
    assert [row["t"] for row in got.details["entities"]] == pytest.approx(unit, rel=1e-8)
    assert (got["MQc"].value, got["MQf"].value) == pytest.approx((c, f), rel=1e-8)
    p = np.array([row["pvalue"] for row in got.details["entities"]])
    assert got["P"].value == pytest.approx(-2 * np.log(p).sum(), rel=1e-8)
    assert got["Pm"].value == pytest.approx((got["P"].value - 16) / 32**0.5, rel=1e-8)


def test_the_law_with_a_trend_is_that_of_a_brownian_bridge():
    """The integral of a squared bridge is the sum of chi-squared over (pi j)^2: Anderson and Darling (1952)."""
    rng = np.random.default_rng(2)
    weight = 1 / (np.pi * np.arange(1, 200)) ** 2
    draws = -0.5 / np.sqrt((rng.standard_normal((40_000, weight.size)) ** 2 @ weight) + 1 / (200 * np.pi**2))
    for p in (0.05, 0.1, 0.5, 0.9):
        got = quantiles.scores("panic_bridge", "given0", 1e9, np.quantile(draws, p))
        assert got == pytest.approx(ndtri(p), abs=0.08)


def test_the_tables_meet_fresh_draws():
    drawn = bridge(22, 20_000)
    for case in ("given0", "given2", "aic2", "bic4", "t3"):
        got = quantiles.scores("panic_bridge", case, 22, np.quantile(drawn[case], [0.05, 0.5, 0.95]))
        assert got == pytest.approx(ndtri([0.05, 0.5, 0.95]), abs=0.04)
    for trend, m, t in (("c", 1, 25), ("ct", 2, 50), ("c", 4, 100)):
        got = quantiles.scores("panic_mq", f"{trend}{m}", t, np.quantile(mq(trend, m, t, 10_000), [0.05, 0.5, 0.9]))
        assert got == pytest.approx(ndtri([0.05, 0.5, 0.9]), abs=0.06)


def test_tells_a_stationary_factor_from_stationary_parts():
    rng = np.random.default_rng(3)
    walk = panic(panel(one_factor(rng, 20, 100, root=0.3)), factors=1)
    assert walk["Pm"].pvalue < 0.001 and walk["MQc"].pvalue > 0.05 and walk.details["trends_mqc"] == 1
    still = panic(panel(one_factor(rng, 20, 100, factor_root=0.3)), factors=1)
    assert still["Pm"].pvalue > 0.05 and still["MQc"].pvalue < 0.01 and still.details["trends_mqf"] == 0
    assert still.details["factor_adf"]["pvalue"] < 0.01


def test_without_factors_there_is_nothing_to_say_of_them():
    result = panic(panel(walks(np.random.default_rng(4), 20, 50)))
    assert result.details["factors"] == 0 and result["MQc"].value is None and result["MQf"].pvalue is None
    assert "no common factor" in result.warnings[0] and result["Pm"].pvalue > 0.01


def test_constants_and_trends_of_entities_change_nothing():
    y = one_factor(np.random.default_rng(5), 8, 30)
    moved = y + np.arange(8)[:, None] * (10 + 3 * np.arange(30))
    for s in ("Pm", "MQc", "MQf"):
        assert panic(panel(moved), trend="ct")[s].value == pytest.approx(panic(panel(y), trend="ct")[s].value, rel=1e-6)
        assert panic(panel(y + 7))[s].value == pytest.approx(panic(panel(y))[s].value, rel=1e-6)


def test_too_many_factors_are_refused():
    with pytest.raises(UsageError, match="at most 8"):
        panic(panel(walks(np.random.default_rng(6), 12, 40)), factors=9)
    y = panel(walks(np.random.default_rng(6), 6, 30))
    with pytest.raises(InfeasibleError, match="at least 8 entities"):
        panic(y, factors=7)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize(("n", "t"), [(25, 22), (20, 50)])
def test_size(trend, n, t):
    """Lags and factors chosen; MQf is conservative where orders are chosen."""
    rng = np.random.default_rng([7, n, t])
    found = [panic(panel(one_factor(rng, n, t)), trend=trend) for _ in range(150)]
    assert in_band(sum(r["Pm"].pvalue < 0.05 for r in found), 150)
    for s in ("MQc", "MQf"):
        assert in_band(sum(r[s].pvalue is not None and r[s].pvalue < 0.05 for r in found), 150, low=0.0)


def test_power():
    """N = 20, T = 50, roots of 0.9 with a constant."""
    rng = np.random.default_rng(8)
    assert np.mean([panic(panel(one_factor(rng, 20, 50, 0.9, 0.9))).pvalue < 0.05 for _ in range(50)]) > 0.85
