"""Bootstrap p-values of panel tests: what the pseudo-panels keep, and size under a common factor."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from clustertrade.batch.bootstrap import pvalue
from clustertrade.unitroot import (
    breitung,
    cips,
    fisher_adf,
    fisher_pp,
    hadri,
    harris_tzavalis,
    ips,
    llc,
    moon_perron,
    panic,
)
from clustertrade.unitroot.resampling import stationary_panels, walk_panels
from tests.unitroot.panels import panel, walks

RIGHT = ("Pm", "P")


def factor_steps(rng, n, t, ar=0.0):
    """Steps that share a strong factor."""
    e = rng.standard_normal((n, t + 20)) + 1.5 * rng.standard_normal((1, t + 20))
    for s in range(1, t + 20):
        e[:, s] += ar * e[:, s - 1]
    return e[:, 20:]


def test_walks_keep_the_dependence_between_entities():
    y = factor_steps(np.random.default_rng(1), 4, 300).cumsum(1)
    steps = np.diff(np.concatenate(list(walk_panels(y, np.ones_like(y, dtype=bool), "c", 40, 1))), axis=2)
    got = np.mean([np.corrcoef(s) for s in steps], 0)
    want = np.corrcoef(np.diff(y))
    assert got == pytest.approx(want, abs=0.05)


def test_stationary_panels_are_stationary_also_where_the_data_are_not():
    y = walks(np.random.default_rng(2), 3, 100)
    resid, valid = y - y.mean(1, keepdims=True), np.ones_like(y, dtype=bool)
    drawn = np.concatenate(list(stationary_panels(resid, valid, "c", 200, 1)))
    assert drawn[:, :, -20:].var() < 3 * drawn[:, :, :40].var() and np.isfinite(drawn).all()


@pytest.mark.parametrize("procedure", [harris_tzavalis, breitung, fisher_pp, hadri, llc, ips, fisher_adf, cips, panic,
                                       moon_perron])
def test_the_seed_decides_and_the_limit_is_kept(procedure):
    y = panel(walks(np.random.default_rng(3), 8, 30))
    fixed = {"factors": 1} if procedure is panic else {}
    first, again, plain = (procedure(y, **o, **fixed) for o in ({"bootstrap": 99}, {"bootstrap": 99}, {}))
    assert [s.pvalue for s in first] == [s.pvalue for s in again] and first.details["bootstrap_replications"] == 99
    assert first.details["pvalues_asymptotic"] == {s.name: s.pvalue for s in plain}
    assert [s.value for s in first] == [s.value for s in plain]
    assert [s.critical for s in procedure(y, bootstrap=99, seed=1, **fixed)] != [s.critical for s in first]


@pytest.mark.parametrize("procedure", [breitung, fisher_pp, hadri, llc, ips, fisher_adf])
def test_unbalanced_panels(procedure):
    y = walks(np.random.default_rng(4), 6, 40)
    y[0, :5] = y[3, 34:] = np.nan
    result = procedure(panel(y), bootstrap=49)
    assert all(0 < s.pvalue <= 1 for s in result)


def assert_size(results):
    """Warp speed (Giacomini, Politis and White 2013): the critical value from one draw of every replication."""
    for k, s in enumerate(results[0]):
        drawn = np.array([r.statistics[k].critical["0.05"] for r in results])           # of one draw: the draw
        p = np.array([pvalue(r.statistics[k].value, drawn, "right" if s.name in RIGHT else "left") for r in results])
        low, high = binomtest(int((p <= 0.05).sum()), len(results)).proportion_ci(0.999)
        assert low <= 0.075 and high >= 0.03, s.name


@pytest.mark.parametrize(("procedure", "options"), [
    (harris_tzavalis, {}), (harris_tzavalis, {"trend": "ct"}), (breitung, {"lags": 1}), (fisher_pp, {}), (llc, {}),
    (ips, {}), (ips, {"trend": "ct"}), (fisher_adf, {}), (moon_perron, {"factors": 0})])
def test_size_under_a_factor(procedure, options):
    """N = 10, T = 22: the limit is far off."""
    rng = np.random.default_rng(5)
    results = [procedure(panel(factor_steps(rng, 10, 22).cumsum(1)), bootstrap=1, seed=i, **options)
               for i in range(200)]
    assert_size(results)
    assert np.mean([next(iter(r.details["pvalues_asymptotic"].values())) < 0.05 for r in results]) > 0.1


@pytest.mark.parametrize(("procedure", "options"), [(cips, {}), (panic, {"factors": 1}), (moon_perron, {"factors": 1})])
def test_size_of_tests_that_allow_a_factor(procedure, options):
    rng = np.random.default_rng(6)
    assert_size([procedure(panel(factor_steps(rng, 10, 22).cumsum(1)), bootstrap=1, seed=i, **options)
                 for i in range(150)])


@pytest.mark.parametrize(("procedure", "options"), [(ips, {}), (harris_tzavalis, {}), (moon_perron, {"factors": 0})])
def test_size_where_entities_are_many_and_independent(procedure, options):
    """N = 25, T = 22, where draws of whole cross-sections alone would hardly ever reject."""
    rng = np.random.default_rng(7)
    assert_size([procedure(panel(walks(rng, 25, 22)), bootstrap=1, seed=i, **options) for i in range(250)])


@pytest.mark.slow
def test_size_by_the_double_loop():
    """One cell in full: 199 replications for each of 400 panels."""
    rng = np.random.default_rng(9)
    rejected = sum(ips(panel(factor_steps(rng, 10, 22).cumsum(1)), bootstrap=199, seed=i).pvalue <= 0.05
                   for i in range(400))
    low, high = binomtest(rejected, 400).proportion_ci(0.999)
    assert low <= 0.075 and high >= 0.03, rejected / 400


def test_power():
    """N = 10, T = 40, roots of 0.6 and a factor."""
    rng = np.random.default_rng(8)
    for procedure in (llc, ips, cips):
        found = []
        for i in range(30):
            y = factor_steps(rng, 10, 60)
            for s in range(1, 60):
                y[:, s] += 0.6 * y[:, s - 1]
            found.append(procedure(panel(y[:, 20:]), bootstrap=99, seed=i).pvalue < 0.05)
        assert np.mean(found) > 0.5, procedure.name


def test_size_of_stationarity_under_a_factor_with_autocorrelation():
    """Hadri at N = 10, T = 50, autocorrelation 0.5: the limit rejects always."""
    rng = np.random.default_rng(6)
    results = [hadri(panel(factor_steps(rng, 10, 50, 0.5)), bootstrap=1, seed=i) for i in range(250)]
    drawn = np.array([r["Z"].critical["0.05"] for r in results])
    p = np.array([pvalue(r["Z"].value, drawn, "right") for r in results])
    low, high = binomtest(int((p <= 0.05).sum()), 250).proportion_ci(0.999)
    assert low <= 0.075 and high >= 0.03
    assert np.mean([r.details["pvalues_asymptotic"]["Z"] < 0.05 for r in results]) > 0.7
