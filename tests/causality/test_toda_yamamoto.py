from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2, f

import clustertrade as ct
from clustertrade.causality.augmented import leveraged_wald, wald_statistics
from clustertrade.errors import InfeasibleError
from tests.simulation.rates import within


def walks(rng, r, t, beta=0.0):
    """Pairs of random walks (r, t, 2), y first; y also follows the past change of x by beta."""
    e = rng.standard_normal((r, t, 2))
    e[:, 2:, 0] += beta * e[:, 1:-1, 1]
    return e.cumsum(1)


@pytest.fixture(scope="module")
def data():
    z = walks(np.random.default_rng(7), 1, 70, 0.5)[0]
    return pd.DataFrame({"y": z[:, 0], "x": z[:, 1], "z": np.random.default_rng(8).standard_normal(70).cumsum()})


def wald_of(levels, order, extra, first_only=None, trend="c"):
    """The Wald statistic by plain least squares: the effect first; tested: lags 1 ... order of the others."""
    t, width = levels.shape
    lags = order + extra
    columns = [np.ones(t - lags)] if trend != "n" else []
    columns += [np.arange(lags + 1.0, t + 1)] if trend == "ct" else []
    at = []
    for k in range(1, lags + 1):
        for j in range(width):
            if k <= order and j > 0 and first_only in (None, j):
                at.append(len(columns))
            columns.append(levels[lags - k:t - k, j])
    fit = sm.OLS(levels[lags:, 0], np.column_stack(columns)).fit()
    b, v = fit.params[at], np.asarray(fit.cov_params())[np.ix_(at, at)]
    return float(b @ np.linalg.solve(v, b)), fit


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("integration", [0, 1, 2])
def test_least_squares_of_the_augmented_equation(data, trend, integration):
    ours = ct.test("toda-yamamoto", data, y="y", x=["x", "z"], order=2, integration=integration, trend=trend)
    levels = data.to_numpy()
    wald, fit = wald_of(levels, 2, integration, trend=trend)
    assert ours["chi2"].value == pytest.approx(wald, rel=1e-8) and ours["F"].value == pytest.approx(wald / 4, rel=1e-8)
    assert ours["chi2"].pvalue == pytest.approx(chi2.sf(wald, 4), abs=1e-10)
    assert ours["F"].pvalue == pytest.approx(f.sf(wald / 4, 4, fit.df_resid), abs=1e-10)
    for j, row in enumerate(ours.details["causes"], 1):
        assert row["chi2"] == pytest.approx(wald_of(levels, 2, integration, j, trend)[0], rel=1e-8)
    told = {p["name"]: p["value"] for p in ours.details["unrestricted"]["params"]}
    assert sorted(told.values()) == pytest.approx(sorted(fit.params), rel=1e-7)
    assert told["L1.y"] == pytest.approx(fit.params[{"n": 0, "c": 1, "ct": 2}[trend]], rel=1e-7)


def test_without_further_lags_it_is_granger(data):
    ours, plain = (ct.test(name, data, y="y", x="x", order=3, **more)
                   for name, more in (("toda-yamamoto", {"integration": 0}), ("granger", {})))
    assert ours["F"].value == pytest.approx(plain["F"].value, rel=1e-9)


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic"])
def test_order_by_the_criterion_of_the_system(data, criterion):
    from statsmodels.tsa.api import VAR

    ours = ct.test("toda-yamamoto", data, y="y", x=["x", "z"], order=criterion, max_lags=4)
    n = len(data) - 4
    want = {str(k): n * getattr(VAR(data.iloc[4 - k:]).fit(k, trend="c"), criterion) for k in range(1, 5)}
    least = min(want.values())
    shifted = {k: v - min(ours.details["criterion"].values()) for k, v in ours.details["criterion"].items()}
    assert shifted == pytest.approx({k: v - least for k, v in want.items()}, abs=1e-6)
    best = int(min(want, key=lambda k: want[k]))
    assert ours.lags == best and ours.nobs == 70 - best - 1


def naive(levels, order, extra, replications, seed):
    """The steps of Hacker and Hatemi-J one by one, on the same draws."""
    t, width = levels.shape
    z = np.array([[1, *np.concatenate([levels[s - k] for k in range(1, order + 1)])] for s in range(order, t)])
    beta, modified = np.zeros((z.shape[1], width)), np.zeros((t - order, width))
    for j in range(width):
        keep = [0, *range(1, z.shape[1], width)] if j == 0 else list(range(z.shape[1]))
        used = z[:, keep]
        hat = used @ np.linalg.inv(used.T @ used) @ used.T
        beta[keep, j] = np.linalg.lstsq(used, levels[order:, j], rcond=None)[0]
        modified[:, j] = (levels[order:, j] - hat @ levels[order:, j]) / np.sqrt(1 - np.diag(hat))
    drawn = np.random.default_rng(seed).integers(0, t - order, (replications, t - order - extra))
    out = []
    for periods in drawn:
        errors = modified[periods] - modified[periods].mean(0)
        series = list(levels[:order + extra])
        for e in errors:
            series.append(np.concatenate([[1.0], *series[:-order - 1:-1]]) @ beta + e)
        out.append(wald_of(np.array(series), order, extra)[0])
    return np.array(out)


@pytest.mark.parametrize(("order", "extra", "width"), [(1, 1, 2), (2, 1, 2), (2, 0, 3), (1, 2, 3)])
def test_bootstrap_is_the_procedure_of_the_paper(data, order, extra, width):
    levels = 100 + data.to_numpy()[:40, :width] * [1.0, 50.0, 0.1][:width]
    ours = leveraged_wald(levels, order, extra, "c", np.eye(order * (width - 1)), 20, 3)
    assert ours == pytest.approx(naive(levels, order, extra, 20, 3), rel=1e-6)


def test_bootstrapped_p_values(data):
    plain, drawn = (ct.test("toda-yamamoto", data, y="x", x="y", order=2, bootstrap=b, seed=5) for b in (0, 199))
    others = leveraged_wald(data[["x", "y"]].to_numpy(), 2, 1, "c", np.eye(2), 199, 5)
    share = (1 + (others >= plain["chi2"].value).sum()) / 200
    assert drawn["F"].pvalue == drawn["chi2"].pvalue == share and drawn["F"].value == plain["F"].value
    assert drawn["chi2"].critical["0.05"] == pytest.approx(np.quantile(others, 0.95))
    assert drawn["F"].critical["0.05"] == pytest.approx(np.quantile(others, 0.95) / 2)
    assert drawn.details["pvalues_asymptotic"] == {"F": plain["F"].pvalue, "chi2": plain["chi2"].pvalue}


def test_frequencies(data):
    """With two lags every frequency asks what the whole test asks; with four they differ, and by statsmodels' Wald."""
    whole = ct.test("toda-yamamoto", data, y="y", x="x", order=2)
    at = ct.test("toda-yamamoto", data, y="y", x="x", order=2, frequency=1.0)
    assert at["chi2"].value == pytest.approx(whole["chi2"].value, rel=1e-8)
    ours = ct.test("toda-yamamoto", data, y="y", x="x", order=4, frequency=0.7)
    fit = wald_of(data[["y", "x"]].to_numpy(), 4, 1)[1]
    r = np.zeros((2, 11))
    for k in range(1, 5):
        r[:, 2 * k] = np.cos(0.7 * k), np.sin(0.7 * k)
    assert ours["F"].value == pytest.approx(float(fit.f_test(r).fvalue), rel=1e-8) and ours["F"].df == (2, 54)
    assert len(ours.details["frequencies"]) == 33 and ours.details["frequencies"][-1]["df1"] == 1


def test_too_few_periods_name_the_limit(data):
    with pytest.raises(InfeasibleError, match=r"at least 14 periods.*With --order 2 all suffice"):
        ct.test("toda-yamamoto", data.iloc[:11], y="y", x="x", order=3)


def rejections(r, t, beta, draws=199):
    series = walks(np.random.default_rng([20260101, t]), r, t, beta)
    wald = wald_statistics(series, 1, 1, "c", np.eye(1))
    by_f = int((f.sf(wald, 1, t - 7) < 0.05).sum())
    by_bootstrap = sum((1 + (leveraged_wald(s, 1, 1, "c", np.eye(1), draws, i) >= w).sum()) / (1 + draws) <= 0.05
                       for i, (s, w) in enumerate(zip(series, wald, strict=True)))
    return by_f, by_bootstrap


def test_size_and_power():
    by_f, by_bootstrap = rejections(200, 50, 0.0)
    assert within(by_f, 200, 0.02, 0.10) and within(by_bootstrap, 200, 0.03, 0.075)
    assert rejections(100, 50, 0.8)[1] > 60


@pytest.mark.slow
@pytest.mark.parametrize(("t", "beta", "by_f", "by_bootstrap"), [
    (22, 0.0, 0.059, 0.054), (22, 0.5, 0.453, 0.439), (50, 0.0, 0.053, 0.048), (50, 0.5, 0.872, 0.855)])
def test_the_rates_that_are_quoted(t, beta, by_f, by_bootstrap):
    found = rejections(1000, t, beta)
    assert within(found[0], 1000, by_f - 0.01, by_f + 0.01)
    assert within(found[1], 1000, by_bootstrap - 0.01, by_bootstrap + 0.01)
