"""The exact and the simulated laws of the Dickey-Fuller t against published values, programs and fresh simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from statsmodels.tsa.adfvalues import mackinnoncrit, mackinnonp

from clustertrade.batch.adf import adf_regressions
from clustertrade.distributions import dickey_fuller, dickey_fuller_selected
from clustertrade.distributions.dickey_fuller_exact import tail
from clustertrade.distributions.dickey_fuller_selection import chosen
from clustertrade.distributions.dickey_fuller_simulation import plain_statistics, statistics
from clustertrade.distributions.lookup import rows

TRENDS = ("n", "c", "ct")


@pytest.mark.parametrize("trend", TRENDS)
def test_asymptotic_critical_values_are_mackinnons(trend):
    """His simulated quantiles (2010) meet the exact law within 2e-5 of a probability."""
    for value, level in zip(mackinnoncrit(1, trend, np.inf), (0.01, 0.05, 0.1), strict=True):
        assert tail(value, trend) == pytest.approx(level, abs=3e-5)
        assert float(dickey_fuller.pvalue(value, trend)) == pytest.approx(level, abs=3e-5)


@pytest.mark.parametrize("trend", TRENDS)
@pytest.mark.parametrize("t", [-8.0, -4.01, -1.23, 0.77, 3.3])
def test_table_is_the_computed_law(trend, t):
    want = tail(t, trend)
    got = float(ndtr(np.sign(-t) * dickey_fuller.score_asymptotic(t, trend)))
    assert got == pytest.approx(want, rel=1e-3) and got == pytest.approx(want, abs=1e-5)


def test_without_terms_the_middle_is_known():
    """P(t <= 0) = P(W(1)^2 <= 1)."""
    assert float(dickey_fuller.pvalue(0.0, "n")) == pytest.approx(2 * ndtr(1) - 1, abs=1e-6)


@pytest.mark.parametrize("trend", TRENDS)
def test_statsmodels_polynomial_is_near(trend):
    """The approximation of MacKinnon (1994) is a few thousandths off and no more."""
    grid = np.linspace(-5, 0.5, 50)
    gap = np.abs(dickey_fuller.pvalue(grid, trend) - [mackinnonp(t, trend, 1) for t in grid])
    assert 1e-3 < gap.max() < 5e-3


@pytest.mark.parametrize("trend", TRENDS)
@pytest.mark.parametrize("n", [50, 100, 250])
def test_finite_critical_values_are_mackinnons(trend, n):
    """His response surfaces (2010) for n observations, within 2e-3 of a probability."""
    for level, value in dickey_fuller.critical(trend, n).items():
        assert float(dickey_fuller.pvalue(value, trend, n)) == pytest.approx(float(level), abs=2e-3)
    ours = list(dickey_fuller.critical(trend, n).values())
    np.testing.assert_allclose(ours, mackinnoncrit(1, trend, n), rtol=1e-12)


@pytest.mark.parametrize(("n", "seed"), [(13, 1), (23, 2), (80, 3)])
def test_finite_law_meets_fresh_walks(n, seed):
    """Uniform p: sizes at 1, 5, 10 and 50 % from walks that did not make the table, with and without lags."""
    rng = np.random.default_rng([77, seed])
    draws = [(trend, 0, t) for trend, t in plain_statistics(rng, 40_000, n).items()]
    draws += list(statistics(rng, 10_000, n, 4))
    for trend, k, t in draws:
        p = dickey_fuller.pvalue(t, trend, n, k)
        for level in (0.01, 0.05, 0.1, 0.5):
            error = np.sqrt(level * (1 - level) / len(t))
            assert abs((p < level).mean() - level) < 4.5 * error + 1e-3, (trend, k, level)


def test_simulated_statistics_are_those_of_the_regressions():
    n, most = 20, 8
    e = np.random.default_rng(5).standard_normal((30, most + n))
    for trend, k, t in statistics(np.random.default_rng(5), 30, n):
        y = np.concatenate([np.zeros((30, 1)), np.cumsum(e[:, most - k :], 1)], 1)
        np.testing.assert_allclose(adf_regressions(y, np.ones_like(y, dtype=bool), trend, k).t, t, rtol=1e-6)


@pytest.mark.parametrize("trend", TRENDS)
def test_chosen_statistics_are_those_of_the_regressions(trend):
    e = np.random.default_rng(3).standard_normal((19, 40))
    y = np.concatenate([np.zeros((1, 40)), np.cumsum(e, 0)]).T
    for name, most, t in chosen(np.random.default_rng(3), 40, 20, trend):
        fit = adf_regressions(y, np.ones_like(y, dtype=bool), trend, name, most)
        np.testing.assert_allclose(fit.t, t, rtol=1e-6)


@pytest.mark.parametrize(("trend", "periods"), [("c", 25), ("ct", 20), ("ct", 60), ("n", 40)])
def test_law_of_a_choice_meets_fresh_walks(trend, periods):
    """Between the sample sizes of the table too: sizes at 1, 5, 10 and 50 %, mean and variance."""
    for name, most, t in chosen(np.random.default_rng([88, periods]), 10_000, periods, trend):
        if 2 * most > periods // 2:                        # below the smallest sample of the table for so many lags
            continue
        p = ndtr(dickey_fuller_selected.score(t, trend, np.full(len(t), periods), name, most))
        for level in (0.01, 0.05, 0.1, 0.5):
            error = np.sqrt(level * (1 - level) / len(t))
            assert abs((p < level).mean() - level) < 4.5 * error + 2e-3, (name, most, level)
        mean, variance = dickey_fuller_selected.moments(trend, [periods], name, most)
        assert abs(t.mean() - mean[0]) < 5 * t.std() / 100 + 0.005
        if most <= periods // 8:                           # with few degrees of freedom variances hardly average out
            assert t.var() == pytest.approx(variance[0], rel=0.08)


def test_printed_moments_are_those_of_the_law():
    """Tables 1 and 3 of Im, Pesaran and Shin (2003), cell by cell."""
    for row in rows("ips2003_table3"):
        mean, variance = dickey_fuller.moments(row["trend"], int(row["t"]), int(row["lags"]))
        assert float(row["mean"]) == pytest.approx(mean, abs=0.011), row
        if (row["trend"], row["t"]) != ("ct", "10"):       # three degrees of freedom: no fourth moment to average out
            assert float(row["variance"]) == pytest.approx(variance, rel=0.025), row
    for row in rows("ips2003_table1"):
        if row["t"] != "inf":
            mean, variance = dickey_fuller.moments("c", int(row["t"]), 0)
            assert float(row["mean"]) == pytest.approx(mean, abs=0.011), row
            assert float(row["variance"]) == pytest.approx(variance, rel=0.025), row


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_printed_critical_values_of_t_bar_are_those_of_the_law(trend):
    """Table 2 of the paper against means of draws from the law by inversion, where t has five degrees of freedom."""
    rng = np.random.default_rng(9)
    for t in (10, 15, 25, 50, 100):
        grid = np.sinh(np.linspace(-5, 5, 3001)) / 2
        score = dickey_fuller.score_finite(grid, trend, t)
        for n in (5, 10, 25, 100):
            means = np.interp(rng.standard_normal((8_000, n)), score, grid).mean(1)
            for level, slack in (("0.01", 0.06), ("0.05", 0.035), ("0.1", 0.03)):
                printed = next(float(r["value"]) for r in rows("ips2003_table2") if (r["trend"], r["level"], r["n"],
                               r["t"]) == (trend, level, str(n), str(t)))
                assert printed == pytest.approx(np.quantile(means, float(level)), abs=slack), (t, n, level)


def test_tails_are_monotone_and_finite():
    for trend in TRENDS:
        t = np.linspace(-60, 60, 2001)
        for score in (dickey_fuller.score_asymptotic(t, trend), dickey_fuller.score_finite(t, trend, 15, 2),
                      dickey_fuller_selected.score(t, trend, np.full(t.shape, 15), "aic", 2)):
            assert np.isfinite(score).all() and (np.diff(score) > 0).all()


def test_quantiles_invert_the_law():
    p = np.array([0.001, 0.05, 0.5, 0.9])
    for trend in TRENDS:
        np.testing.assert_allclose(ndtri(p), dickey_fuller.score_asymptotic(dickey_fuller.quantile(p, trend), trend),
                                   atol=1e-9)
