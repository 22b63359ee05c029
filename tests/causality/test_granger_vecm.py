from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2
from statsmodels.tsa.vector_ar.vecm import VECM

import clustertrade as ct
from clustertrade.causality.granger_vecm import granger_vecm
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from tests.simulation.rates import within


def cointegrated(rng, t, toward_x=0.0, toward_y=0.3, change=0.0):
    """y and x with the relation y = x; y returns to it by ``toward_x`` and follows past changes of x by ``change``."""
    e = rng.standard_normal((t + 50, 2))
    z = np.zeros((t + 50, 2))
    for s in range(2, t + 50):
        gap = z[s - 1, 0] - z[s - 1, 1]
        z[s, 0] = z[s - 1, 0] - toward_x * gap + change * (z[s - 1, 1] - z[s - 2, 1]) + e[s, 0]
        z[s, 1] = z[s - 1, 1] + toward_y * gap + e[s, 1]
    return pd.DataFrame(z[50:], columns=["y", "x"])


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(11)
    frame = cointegrated(rng, 90, 0.3, 0.2, 0.3)
    return frame.assign(z=frame["x"].shift(1).fillna(0.0) + rng.standard_normal(90), w=rng.standard_normal(90).cumsum())


@pytest.mark.parametrize(("case", "deterministic"), [(1, "n"), (2, "ci"), (3, "co"), (4, "coli"), (5, "colo")])
@pytest.mark.parametrize(("lags", "rank"), [(1, 1), (2, 1), (2, 2)])
def test_equation_given_the_relations_of_statsmodels(data, case, deterministic, lags, rank):
    columns = ["y", "x", "z"]
    ours = ct.test("granger-vecm", data, y="y", x=["x", "z"], lags=lags, rank=rank, case=case)
    fit = VECM(data[columns], k_ar_diff=lags, coint_rank=rank, deterministic=deterministic).fit()
    level = data[columns].to_numpy()
    change = np.diff(level, axis=0)
    n = len(change) - lags
    ec = level[lags:-1] @ fit.beta
    if case in (2, 4):
        ec = ec + (np.ones(n) if case == 2 else np.arange(n) + lags)[:, None] * fit.det_coef_coint
    z = np.hstack([ec, *(change[lags - k:len(change) - k] for k in range(1, lags + 1)),
                   *([np.ones((n, 1))] if case >= 3 else []), *([np.arange(n)[:, None]] if case == 5 else [])])
    other = sm.OLS(change[lags:, 0], z).fit()
    delta = [rank + 3 * k + j for k in range(lags) for j in (1, 2)]
    for name, at in (("joint", [*range(rank), *delta]), ("short", delta), ("long", list(range(rank)))):
        b, v = other.params[at], np.asarray(other.cov_params())[np.ix_(at, at)]
        want = b @ np.linalg.solve(v, b)
        assert ours[name].value == pytest.approx(want, rel=2e-5)
        assert ours[name].df == len(at) and ours[name].pvalue == pytest.approx(chi2.sf(want, len(at)), abs=1e-5)
    assert [r["value"] for r in ours.details["error_correction"]] == pytest.approx(list(fit.alpha[0]), rel=2e-5)
    assert [r["pvalue"] for r in ours.details["error_correction"]] == pytest.approx(other.pvalues[:rank], abs=1e-5)
    told = {(r["relation"], r["variable"]): r["value"] for r in ours.details["beta"]}
    assert [told[1, c] for c in columns] == pytest.approx(list(fit.beta[:, 0]), rel=1e-5, abs=1e-8)


def test_two_variables_need_no_rows_of_causes_apart(data):
    ours = ct.test("granger-vecm", data, y="y", x="x", lags=2)
    assert ours.details["causes"][0]["chi2"] == pytest.approx(ours["short"].value)
    assert ours.details["error_correction"][0]["stat"] ** 2 == pytest.approx(ours["long"].value)
    assert ours["joint"].value >= max(ours["short"].value, ours["long"].value)


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic"])
def test_lags_by_the_criterion_of_the_system_in_levels(data, criterion):
    from statsmodels.tsa.api import VAR

    ours = ct.test("granger-vecm", data, y="y", x="x", lags=criterion, max_lags=3)
    want = [getattr(VAR(data[["y", "x"]].iloc[4 - k:]).fit(k, trend="c"), criterion) for k in (2, 3, 4)]
    assert ours.lags == 1 + int(np.argmin(want)) and set(ours.details["criterion"]) == {"1", "2", "3"}
    assert np.diff(list(ours.details["criterion"].values())) == pytest.approx(np.diff(want) * 86, abs=1e-6)


def test_what_is_said_of_weak_relations_and_of_no_short_run(data):
    apart = ct.test("granger-vecm", data, y="y", x="w")
    assert any("does not find 1 cointegrating" in w and "toda-yamamoto" in w for w in apart.warnings)
    ours = ct.test("granger-vecm", data, y="y", x="x")
    assert len(ours.warnings) == 1 and "reject true nulls too often" in ours.warnings[0]     # 88 periods
    johansen = ct.test("johansen", data, y="y", x="x", lags=1)
    assert ours.details["trace_pvalues"]["r<=0"] == pytest.approx(johansen["trace r<=0"].pvalue, abs=1e-12)
    noise = pd.DataFrame(np.random.default_rng(3).standard_normal((90, 2)), columns=["y", "x"])
    assert any("look stationary" in w and "granger does" in w
               for w in ct.test("granger-vecm", noise, y="y", x="x").warnings)
    none = ct.test("granger-vecm", data, y="y", x="x", lags=0)
    assert none["short"].value is None and none["joint"].value == pytest.approx(none["long"].value)
    assert any("no short-run test" in w for w in none.warnings)


def test_wrong_ranks_and_short_series(data):
    with pytest.raises(UsageError, match="between 1 and 1"):
        ct.test("granger-vecm", data, y="y", x="x", rank=2)
    with pytest.raises(InfeasibleError, match="periods"):
        ct.test("granger-vecm", data.iloc[:8], y="y", x="x", lags=2)


def test_the_bootstrap_keeps_the_statistics_and_is_seeded(data):
    one = ct.test("granger-vecm", data, y="y", x=["x", "z"], lags=2, rank=2, bootstrap=199)
    two = ct.test("granger-vecm", data, y="y", x=["x", "z"], lags=2, rank=2)
    assert [s.value for s in one] == [s.value for s in two]
    assert one.details["pvalues_asymptotic"] == {s.name: s.pvalue for s in two}
    assert one.details["bootstrap_replications"] == 199
    again = ct.test("granger-vecm", data, y="y", x=["x", "z"], lags=2, rank=2, bootstrap=199)
    assert [s.pvalue for s in again] == [s.pvalue for s in one]
    assert all(200 * s.pvalue == pytest.approx(round(200 * s.pvalue)) for s in one)
    assert ct.test("granger-vecm", data, y="y", x="x", lags=0, bootstrap=99)["short"].pvalue is None


@pytest.mark.parametrize("case", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(("lags", "rank"), [(0, 1), (1, 1), (2, 2)])
def test_the_batch_of_the_bootstrap_has_the_same_statistics(data, case, lags, rank):
    from clustertrade.causality.corrected import statistics

    ours = ct.test("granger-vecm", data, y="y", x=["x", "z"], lags=lags, rank=rank, case=case)
    levels = data[["y", "x", "z"]].to_numpy()
    found = statistics(np.stack([levels, 3 * levels]), lags, rank, case)
    for s in ours:
        if s.value is not None:
            assert found[s.name] == pytest.approx([s.value] * 2, rel=1e-8)


def test_the_bootstrap_keeps_its_size_in_short_series():
    count = dict.fromkeys(("joint", "short", "long"), 0)
    for i in range(120):
        panel = Panel.from_frame(cointegrated(np.random.default_rng([7, i]), 22))
        for s in granger_vecm(panel["y"], panel["x"], bootstrap=99, seed=i):
            count[s.name] += s.pvalue <= 0.05
    assert all(within(c, 120, 0.03, 0.08) for c in count.values())


def rates(r, t, **causes):
    count = dict.fromkeys(("joint", "short", "long"), 0)
    for i in range(r):
        panel = Panel.from_frame(cointegrated(np.random.default_rng([20260101, t, i]), t, **causes))
        for s in granger_vecm(panel["y"], panel["x"]):
            count[s.name] += s.pvalue < 0.05
    return count


def test_size_and_power():
    assert all(within(c, 150, 0.02, 0.10) for c in rates(150, 60).values())
    power = rates(60, 60, toward_x=0.3, toward_y=0.0)
    assert power["long"] > 50 and power["joint"] > 45


@pytest.mark.slow
@pytest.mark.parametrize(("t", "causes", "quoted"), [
    (22, {}, {"joint": 0.293, "short": 0.112, "long": 0.31}),
    (50, {}, {"joint": 0.125, "short": 0.058, "long": 0.142}),
    (22, {"toward_x": 0.3, "toward_y": 0.0}, {"long": 0.71}),
    (50, {"toward_x": 0.3, "toward_y": 0.0}, {"long": 0.959})])
def test_the_rates_that_are_quoted(t, causes, quoted):
    found = rates(1000, t, **causes)
    assert all(within(found[name], 1000, rate - 0.01, rate + 0.01) for name, rate in quoted.items())
