"""The Engle-Granger test: its law, invariances, the error correction, size and power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.distributions import engle_granger as law
from clustertrade.distributions.engle_granger_simulation import statistics
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, walks
from tests.goldens.harness import raw_cases


def run(z, **options):
    data = pd.DataFrame(z, columns=["y", *(f"x{i}" for i in range(1, z.shape[1]))])
    return ct.test("engle-granger", data, y="y", x=list(data.columns[1:]), **options)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_invariances(trend):
    z = cointegrated(np.random.default_rng(1), 1, 60, 2)[0]
    first = run(z, trend=trend, lags=2)["t"]
    mixed = z * [1000.0, 0.01, 7.0]
    mixed[:, 0] += 3 * mixed[:, 1]
    mixed[:, 2] -= mixed[:, 1]
    if trend != "n":
        mixed += [5.0, -3.0, 2.0]
    if trend == "ct":
        mixed += np.outer(np.arange(60.0), [1.0, 2.0, -1.0])
    other = run(mixed, trend=trend, lags=2)["t"]
    assert other.value == pytest.approx(first.value, rel=1e-7) and other.pvalue == pytest.approx(first.pvalue, abs=1e-8)


def test_statistic_as_statsmodels_and_p_near_its_approximation():
    from statsmodels.tsa.stattools import coint

    rng = np.random.default_rng(2)
    for m, trend in ((1, "c"), (2, "ct"), (4, "c"), (1, "n")):
        z = walks(rng, 1, 200, m)[0]
        stat, p, _ = coint(z[:, 0], z[:, 1:], trend=trend, maxlag=3, autolag=None)
        ours = run(z, trend=trend, lags=3)
        assert ours["t"].value == pytest.approx(stat, rel=1e-9)
        assert ours.details["pvalue_asymptotic"] == pytest.approx(p, abs=2e-3)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("variables", [2, 3, 5, 8])
def test_critical_values_near_mackinnon_2010(trend, variables):
    from statsmodels.tsa.adfvalues import mackinnoncrit

    for n in (25, 50, 200, np.inf):
        theirs = mackinnoncrit(variables, trend, n)
        ours = [law.critical(a, trend, variables, n) for a in (0.01, 0.05, 0.1)]
        assert np.allclose(ours, theirs, atol=0.02 if n > 25 else 0.06), (n, ours, theirs)


def test_p_is_the_inverse_of_the_critical_value_and_grows():
    for trend in ("n", "c", "ct"):
        for variables in (2, 4, 8):
            for n in (20, 60, np.inf):
                assert law.pvalue(law.critical(0.07, trend, variables, n), trend, variables, n) == pytest.approx(0.07)
                p = law.pvalue(np.linspace(-12, 4, 400), trend, variables, n)
                assert (np.diff(p) >= 0).all() and 0 <= p[0] < 1e-4 and p[-1] > 0.999


def test_table_agrees_with_a_simulation_of_its_own():
    drawn = statistics(np.random.default_rng(3), 20_000, 30)
    for (trend, variables), values in drawn.items():
        for level in (0.05, 0.5):
            share = (values < law.critical(level, trend, variables, 30)).mean()
            assert share == pytest.approx(level, abs=4.5 * (level * (1 - level) / 20_000) ** 0.5 + 0.001)


def test_simulated_statistic_is_that_of_the_procedure():
    rng = np.random.default_rng(4)
    drawn = statistics(np.random.default_rng(4), 3, 29)
    z = rng.standard_normal((3, 30, 8)).cumsum(1)
    for trend in ("n", "c", "ct"):
        for i in range(3):
            assert run(z[i, :, :3], trend=trend, lags=0)["t"].value == pytest.approx(drawn[trend, 3][i], rel=1e-8)


def test_law_by_convention():
    z = walks(np.random.default_rng(5), 1, 40)[0]
    ours, gretl = run(z, lags=1), run(z, lags=1, convention="gretl")
    assert ours["t"].value == gretl["t"].value
    assert gretl["t"].pvalue == ours.details["pvalue_asymptotic"] < ours["t"].pvalue
    assert run(z, lags=0)["t"].pvalue == run(z, lags=0, convention="gretl")["t"].pvalue
    with pytest.raises(UsageError, match="stata"):
        run(z, convention="stata")


@pytest.mark.parametrize("raw", [c for c in raw_cases("26_gretl") if c["method"] == "Engle-Granger with p-value"][::4],
                         ids=lambda c: c["id"])
def test_p_of_gretl_within_the_error_of_both_simulations(raw):
    from tests.goldens.maps.g26_engle_granger import to_case

    result = to_case(raw).run()
    assert result["t"].pvalue == pytest.approx(raw["expected"]["pvalue"], abs=6e-4)


def test_error_correction_as_statsmodels():
    import statsmodels.api as sm

    z = cointegrated(np.random.default_rng(6), 1, 80, root=0.6)[0]
    result = run(z, lags=1)
    levels = sm.OLS(z[:, 0], sm.add_constant(z[:, 1])).fit()
    assert list(result.details["coefficients"].values()) == pytest.approx(levels.params[::-1])
    assert result.details["r2"] == pytest.approx(levels.rsquared)
    dy, dx = np.diff(z[:, 0]), np.diff(z[:, 1])
    x = np.column_stack([levels.resid[1:-1], dy[:-1], dx[1:], dx[:-1], np.ones(78)])
    own = sm.OLS(dy[1:], x).fit()
    rows = result.details["ecm"]
    assert [r["name"] for r in rows] == ["L1.e", "L1.d.y", "d.x1", "L1.d.x1", "const"]
    assert [r["value"] for r in rows] == pytest.approx(own.params)
    assert [r["se"] for r in rows] == pytest.approx(own.bse)
    assert result.details["half_life"] == pytest.approx(np.log(0.5) / np.log(1 + own.params[0]))


def test_half_life_only_where_there_is_one():
    rng = np.random.default_rng(7)
    z = walks(rng, 1, 60)[0]
    z[:, 0] = z[:, 1] + 0.2 * rng.standard_normal(60) * (-1.0) ** np.arange(60) + 3 * (-1.0) ** np.arange(60)
    details = run(z, lags=0).details
    assert details["half_life"] is None and details["half_life_note"] in ("oscillates", "does not return")


def test_lags_by_a_criterion():
    z = walks(np.random.default_rng(8), 1, 100, serial=0.7)[0]
    for name in ("aic", "bic", "hqic", "t"):
        chosen = run(z, lags=name, max_lags=6)
        assert chosen["t"].value == pytest.approx(run(z, lags=chosen.lags)["t"].value)


def test_refusals():
    z = walks(np.random.default_rng(9), 1, 40)[0]
    with pytest.raises(InfeasibleError, match="exact linear function"):
        run(np.column_stack([2 * z[:, 1] + 1, z[:, 1]]))
    with pytest.raises(InfeasibleError, match="at most 7 x"):
        run(walks(np.random.default_rng(1), 1, 60, 8)[0])
    need = 2 * 2 + 3 + 1 + 1 + 1
    assert np.isfinite(run(z[:need], lags=2)["t"].value)
    with pytest.raises(InfeasibleError, match=f"at least {need} periods"):
        run(z[: need - 1], lags=2)
    assert "too few for the error correction" in run(z[:need], lags=2).warnings[0]


def share(make, draws, t, **options):
    rng = np.random.default_rng([20260101, t])
    return sum(run(make(rng)[0], **options)["t"].pvalue < 0.05 for _ in range(draws)), draws


def test_size_and_power():
    low, high = binomtest(*share(lambda rng: walks(rng, 1, 50), 300, 50)).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
    assert share(lambda rng: cointegrated(rng, 1, 100), 40, 100)[0] >= 36


@pytest.mark.slow
@pytest.mark.parametrize(("t", "quoted"), [(23, 0.07), (50, 0.07), (100, 0.06)])
def test_quoted_sizes(t, quoted):
    low, high = binomtest(*share(lambda rng: walks(rng, 1, t), 3000, t)).proportion_ci(0.999)
    assert low <= quoted <= high
