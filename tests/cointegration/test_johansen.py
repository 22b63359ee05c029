"""Johansen's rank tests: invariances, relations with their errors, critical values, choice of lags, size and power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.cointegration import johansen
from clustertrade.distributions import doornik
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from tests.goldens.harness import frame, raw_cases


def walks(rng, t, p, drift=0.0):
    return (rng.standard_normal((t, p)) + drift).cumsum(0)


def cointegrated(rng, t, p, root=0.5):
    z, u, e = walks(rng, t, p, 0.3), np.zeros(t), rng.standard_normal(t)
    for s in range(1, t):
        u[s] = root * u[s - 1] + e[s]
    z[:, 0] = z[:, 1:].sum(1) + u
    return z


def run(z, **options):
    data = pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))])
    return ct.test("johansen", data, y="y", x=list(data.columns[1:]), **options)


def numbers(result):
    return np.array([s.value for s in result])


@pytest.mark.parametrize("case", [1, 2, 3, 4, 5])
def test_statistics_do_not_change_when_the_series_are_mixed(case):
    rng = np.random.default_rng(4)
    z = cointegrated(rng, 60, 3)
    first = run(z, case=case, lags=2)
    assert np.allclose(numbers(run(z @ rng.standard_normal((3, 3)), case=case, lags=2)), numbers(first), rtol=1e-8)
    if case >= 2:
        assert np.allclose(numbers(run(z + 1e3, case=case, lags=2)), numbers(first), rtol=1e-6)
    if case >= 4:
        trend = np.outer(np.arange(60.0), [3.0, -2.0, 1.0])
        assert np.allclose(numbers(run(z + trend, case=case, lags=2)), numbers(first), rtol=1e-6)


def test_trend_names_the_case():
    z = cointegrated(np.random.default_rng(5), 60, 2)
    for trend, case in (("n", 1), ("c", 3), ("ct", 5)):
        assert np.array_equal(numbers(run(z, trend=trend, lags=1)), numbers(run(z, case=case, lags=1)))


def test_names_order_and_critical_values():
    result = run(cointegrated(np.random.default_rng(6), 60, 3), lags=1)
    assert [s.name for s in result] == [f"{k} r<={r}" for k in ("trace", "max-eig") for r in range(3)]
    for s in result:
        assert s.critical["0.1"] < s.critical["0.05"] < s.critical["0.01"]
        assert (s.value > s.critical["0.05"]) == (s.pvalue < 0.05)


@pytest.mark.parametrize("ecdet", ["none", "const"])
@pytest.mark.parametrize("data", ["denmark", "finland", "uk", "rao", "ukci", "pepper"])
def test_relation_and_loadings_as_urca_cajorls(data, ecdet):
    raw = next(c for c in raw_cases("11_ts_coint") if c["id"] == f"cajorls/{data}/{ecdet}/K2r1")
    columns, want = raw["input"]["columns"], raw["expected"]
    series = frame(raw["input"]["file"])[columns].dropna()
    result = ct.test("johansen", series, y=columns[0], x=columns[1:], case=3 if ecdet == "none" else 2, lags=1, rank=1)
    beta = [row["value"] for row in result.details["beta"]]
    assert np.allclose(beta, [row["ect1"] for row in want["beta"]["values"]], rtol=1e-6)
    theirs = [eq["ect1"] for eq in want["by_eq"].values()]
    ours = result.details["alpha"]
    assert np.allclose([row["value"] for row in ours], [eq["coef"] for eq in theirs], rtol=1e-6)
    assert np.allclose([row["se"] for row in ours], [eq["se"] for eq in theirs], rtol=1e-6)


@pytest.mark.parametrize("rank", [1, 2])
def test_standard_errors_and_likelihood_as_statsmodels(rank):
    from statsmodels.tsa.vector_ar.vecm import VECM

    data = frame("denmark.csv")[["LRM", "LRY", "IBO", "IDE"]].dropna()
    theirs = VECM(data, k_ar_diff=1, coint_rank=rank, deterministic="ci").fit()
    ours = ct.test("johansen", data, y="LRM", x=["LRY", "IBO", "IDE"], case=2, lags=1, rank=rank)
    table = pd.DataFrame(ours.details["beta"]).pivot(index="relation", columns="variable", values="value")
    assert np.allclose(table[data.columns].to_numpy().T, theirs.beta, atol=1e-6)
    assert np.allclose(table["const"], theirs.det_coef_coint.ravel(), rtol=1e-6)
    errors = [row["se"] for row in ours.details["beta"] if row["se"] is not None]
    everything = np.concatenate([theirs.stderr_beta.ravel(), theirs.stderr_det_coef_coint.ravel()])
    assert np.allclose(np.sort(errors), np.sort(everything[everything > 0]), rtol=1e-6)
    assert np.isclose(ours.details["loglik"][rank], theirs.llf)


def test_first_rows_of_beta_are_fixed():
    details = run(cointegrated(np.random.default_rng(7), 60, 3), lags=1, rank=2).details
    fixed = [row for row in details["beta"] if row["se"] is None]
    assert [row["value"] for row in fixed] == pytest.approx([1, 0, 0, 1], abs=1e-12)
    assert details["normalisation"] == "on y, x1" and len(details["alpha"]) == 6


@pytest.mark.parametrize("rank", [0, 2])
def test_no_relation_to_report(rank):
    assert run(cointegrated(np.random.default_rng(8), 60, 2), lags=1, rank=rank).details["beta"] == []


@pytest.mark.parametrize(("case", "order"), [(1, -1), (3, 0), (5, 1)])
def test_critical_values_near_mackinnon_haug_michelis(case, order):
    from statsmodels.tsa.coint_tables import c_sja, c_sjt

    for n in range(1, 13):
        for kind, table in (("trace", c_sjt), ("max-eig", c_sja)):
            ours = [doornik.critical(a, case, kind, n) for a in (0.1, 0.05)]
            assert np.allclose(ours, table(n, order)[:2], rtol=0.015)


def test_p_and_critical_value_agree():
    for case in range(1, 6):
        for kind in ("trace", "max-eig"):
            assert np.isclose(doornik.pvalue(doornik.critical(0.03, case, kind, 4), case, kind, 4), 0.03)


@pytest.mark.parametrize("name", ["aic", "bic", "hqic"])
def test_lags_chosen_as_statsmodels(name):
    from statsmodels.tsa.vector_ar.var_model import VAR

    data = frame("denmark.csv")[["LRM", "LRY"]].dropna()
    theirs = VAR(data.to_numpy()).select_order(5, trend="c").ics[name]
    ours = ct.test("johansen", data, y="LRM", x="LRY", lags=name, max_lags=4)
    assert np.allclose(list(ours.details["criterion"].values()), theirs[1:], rtol=1e-9)
    assert ours.lags == int(np.argmin(theirs[1:]))


def test_refusals():
    z = cointegrated(np.random.default_rng(9), 40, 2)
    with pytest.raises(UsageError, match="at most 2"):
        run(z, lags=1, rank=3)
    with pytest.raises(UsageError, match="--lags t"):
        run(z, lags="t")
    with pytest.raises(InfeasibleError, match="exact linear function"):
        run(np.column_stack([z, z[:, 0] - 2 * z[:, 1]]), lags=1)
    with pytest.raises(InfeasibleError, match="needs at least 11 periods"):
        run(z[:10], lags=1, case=3)
    assert run(z[:11], lags=1, case=3).nobs == 9


def test_short_samples_are_said_to_be_short():
    rng = np.random.default_rng(20260101)
    said = [w for _ in range(60) for w in run(walks(rng, 23, 3, 0.3), lags=1).warnings]
    assert said and "corrected for the sample size" in said[0]


def rate(t, draws, true_null, small=False):
    rng = np.random.default_rng([20260101, t])
    rejected = 0
    for _ in range(draws):
        z = walks(rng, t, 2, 0.3) if true_null else cointegrated(rng, t, 2)
        panel = Panel.from_frame(pd.DataFrame(z, columns=["y", "x"]))
        result = johansen(panel["y"], panel["x"], lags=1)
        p = result.details["small_sample"]["trace_pvalues"][0] if small else result["trace r<=0"].pvalue
        rejected += p < 0.05
    return rejected, draws


def test_size_and_power():
    low, high = binomtest(*rate(100, 400, True)).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
    assert rate(100, 50, False)[0] >= 45


@pytest.mark.slow
@pytest.mark.parametrize(("t", "small", "expected"), [(23, False, 0.165), (23, True, 0.121), (50, False, 0.101),
                                                      (50, True, 0.091), (100, False, 0.066), (100, True, 0.064)])
def test_quoted_sizes(t, small, expected):
    low, high = binomtest(*rate(t, 2000, True, small)).proportion_ci(0.999)
    assert low - 0.015 <= expected <= high + 0.015
