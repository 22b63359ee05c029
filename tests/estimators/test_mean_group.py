"""mg, cce-mg and cce-pooled: against statsmodels entity by entity, and against the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from tests.estimators.panels import CALL, X, panel

SHAPES = {"balanced": {"t": 16}, "ends": {"t": 40, "share": 0.9, "gaps": False, "seed": 7},
          "gaps": {"t": 24, "share": 0.9, "seed": 3}}


def long_enough(frame, least=14):
    return frame[frame.groupby("i")["t"].transform("size") >= least]


def by_entity(frame, trend, averages):
    """Coefficients (N, K) and residuals of statsmodels, an entity at a time."""
    import statsmodels.api as sm

    beta, resid = [], []
    means = frame.groupby("t")[["y", *X]].transform("mean").add_suffix(".bar")
    for _, rows in frame.join(means).groupby("i"):
        z = rows[X + ([f"{v}.bar" for v in ("y", *X)] if averages else [])]
        z = sm.add_constant(z) if trend != "n" else z
        if trend == "ct":
            z = z.assign(trend=rows["t"] - rows["t"].min() + 1)
        fit = sm.OLS(rows["y"], z).fit()
        beta.append(fit.params)
        resid.append(fit.resid)
    return pd.DataFrame(beta), pd.concat(resid)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "trend"), [("mg", "n"), ("mg", "c"), ("mg", "ct"), ("cce-mg", "c"), ("cce-mg", "ct")])
def test_the_mean_of_regressions_of_statsmodels(shape, name, trend):
    frame = long_enough(panel(**SHAPES[shape]))
    r = ct.estimate(name, frame, **CALL, trend=trend)
    beta, resid = by_entity(frame, trend, averages=name == "cce-mg")
    n = len(beta)
    own = list(r.params.index)
    assert own == [*(["const"] if trend != "n" else []), *X, *(["trend"] if trend == "ct" else [])]
    assert_allclose(r.params, beta[own].mean(), rtol=1e-9, atol=1e-10)
    assert_allclose(r.std_errors, beta[own].std(ddof=1) / np.sqrt(n), rtol=1e-9)
    assert_allclose(r.cov, beta[own].cov() / n, rtol=1e-8, atol=1e-12)
    assert_allclose(r.resids, resid, atol=1e-9)
    if name == "cce-mg":
        bars = [row["value"] for row in r.details["averages"]]
        assert_allclose(bars, beta[[row["name"] for row in r.details["averages"]]].mean(), rtol=1e-7, atol=1e-9)
    assert r.nobs == len(frame) and r.n_entities == n


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("trend", ["c", "ct"])
def test_pooled_cce_is_least_squares_with_loadings_of_each_entity(shape, trend):
    """One regression of all rows, on x and on each entity's own constant, trend and averages."""
    frame = long_enough(panel(**SHAPES[shape])).reset_index(drop=True)
    r = ct.estimate("cce-pooled", frame, **CALL, trend=trend)
    means = frame.groupby("t")[["y", *X]].transform("mean")
    terms = np.column_stack([np.ones(len(frame)), means, *([frame["t"]] if trend == "ct" else [])])
    member = pd.get_dummies(frame["i"]).to_numpy(dtype=float)
    z = np.concatenate([frame[X], *(member[:, [j]] * terms for j in range(member.shape[1]))], 1)
    beta, *_ = np.linalg.lstsq(z, frame["y"], rcond=None)
    assert_allclose(r.params, beta[:3], rtol=1e-8)
    assert_allclose(r.resids, frame["y"] - z @ beta, atol=1e-8)


def test_equal_slopes_give_the_pooled_covariance_of_the_paper():
    """Equation 69 written out an entity at a time."""
    frame = panel(t=20, seed=5)
    r = ct.estimate("cce-pooled", frame, **CALL)
    means = frame.groupby("t")[["y", *X]].transform("mean").to_numpy()
    psi, parts, slopes = np.zeros((3, 3)), [], []
    for _, rows in frame.groupby("i"):
        h = np.column_stack([np.ones(20), means[rows.index]])
        m = np.eye(20) - h @ np.linalg.pinv(h)
        x = rows[X].to_numpy()
        q = x.T @ m @ x / 20
        slopes.append(np.linalg.solve(q, x.T @ m @ rows["y"] / 20))
        parts.append(q)
        psi += q / 14
    centre = np.mean(slopes, 0)
    middle = sum(q @ np.outer(b - centre, b - centre) @ q for q, b in zip(parts, slopes, strict=True)) / 13
    assert_allclose(r.cov, np.linalg.inv(psi) @ middle @ np.linalg.inv(psi) / 14, rtol=1e-7)


def test_demeaning_is_that_of_the_rows_in_use():
    frame = long_enough(panel(**SHAPES["gaps"]))
    less = frame.assign(**{v: frame[v] - frame.groupby("t")[v].transform("mean") for v in ("y", *X)})
    assert_allclose(ct.estimate("mg", frame, **CALL, demean=True).params, ct.estimate("mg", less, **CALL).params,
                    rtol=1e-9)


@pytest.mark.parametrize("name", ["mg", "cce-mg", "cce-pooled"])
def test_units_of_the_data(name):
    frame = panel(t=16)
    first = ct.estimate(name, frame, **CALL)
    scaled = ct.estimate(name, frame.assign(y=frame["y"] * 1e3, a=frame["a"] * 1e-6), **CALL)
    assert_allclose(scaled["a"].value, first["a"].value * 1e9, rtol=1e-8)
    assert_allclose(scaled["a"].stat, first["a"].stat, rtol=1e-8)
    assert_allclose(scaled.details["residual_cd"]["CD"], first.details["residual_cd"]["CD"], rtol=1e-6)


@pytest.mark.parametrize("name", ["mg", "cce-mg", "cce-pooled"])
def test_residual_cd_is_that_of_the_cd_test(name):
    frame = panel(t=24)
    r = ct.estimate(name, frame, **CALL)
    test = ct.test("cd", r.resids.rename("e").reset_index(), entity="i", time="t", y="e")
    assert_allclose(r.details["residual_cd"]["CD"], test["CD"].value, rtol=1e-10)
    assert_allclose(r.details["residual_cd"]["pvalue"], test["CD"].pvalue, rtol=1e-8)


def test_a_regressor_that_all_entities_share_is_its_own_average():
    frame = panel(t=16)
    frame = frame.assign(a=frame.groupby("t")["a"].transform("mean"))
    with pytest.raises(InfeasibleError, match="collinear"):
        ct.estimate("cce-mg", frame, **CALL)
    with pytest.raises(InfeasibleError, match="collinear"):
        ct.estimate("cce-pooled", frame, **CALL)


def test_a_regressor_cannot_be_called_trend():
    with pytest.raises(UsageError, match="trend"):
        ct.estimate("mg", panel(t=16).rename(columns={"a": "trend"}), entity="i", time="t", y="y", x=["trend"])


def factor_panel(rng, n, t, loading):
    """Slopes of mean 1 that differ, a factor that moves y and x where ``loading`` is not zero."""
    factor = loading * rng.standard_normal(t).cumsum()
    x = rng.uniform(0, 2, (n, 1)) * factor + rng.standard_normal((n, t))
    slope = 1 + 0.3 * rng.standard_normal((n, 1))
    y = rng.standard_normal((n, 1)) + slope * x + rng.uniform(0, 2, (n, 1)) * factor + rng.standard_normal((n, t))
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": y.ravel(),
                         "x": x.ravel()})


def coverage(name, n, t, loading, draws, seed):
    rng = np.random.default_rng([20260101, seed, n, t])
    found = [ct.estimate(name, factor_panel(rng, n, t, loading), entity="i", time="t", y="y", x="x")["x"]
             for _ in range(draws)]
    inside = sum(p.ci[0] <= 1 <= p.ci[1] for p in found)
    return inside, float(np.mean([p.value for p in found])) - 1


@pytest.mark.parametrize(("name", "loading"), [("mg", 0.0), ("cce-mg", 1.0), ("cce-pooled", 1.0)])
def test_intervals_cover_the_mean_slope(name, loading):
    from scipy.stats import binomtest

    inside, bias = coverage(name, 12, 22, loading, 150, 1)
    low, high = binomtest(inside, 150).proportion_ci(0.999)
    assert low <= 0.95 <= high, f"{inside} of 150"
    assert abs(bias) < 0.04


def test_mean_group_is_biased_by_a_factor_and_cce_is_not():
    biased = coverage("mg", 12, 22, 1.0, 40, 2)[1]
    assert biased > 0.3 and abs(coverage("cce-mg", 12, 22, 1.0, 40, 2)[1]) < 0.06


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t"), [(10, 22), (25, 22), (25, 50)])
@pytest.mark.parametrize(("name", "loading"), [("mg", 0.0), ("cce-mg", 1.0), ("cce-pooled", 1.0)])
def test_coverage_at_many_replications(name, loading, n, t):
    from scipy.stats import binomtest

    inside, bias = coverage(name, n, t, loading, 1000, 3)
    low, high = binomtest(inside, 1000).proportion_ci(0.999)
    assert low <= 0.965 and high >= 0.93 and abs(bias) < 0.02
