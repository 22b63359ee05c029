"""What each estimator does with the data: effects, gaps, missing values, regressors that cannot be told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from clustertrade.regression.effects import Effects
from tests.estimators.panels import CALL, X, panel

HOLES = panel(2, share=0.8)


@pytest.mark.parametrize("kind", ["entity", "time", "twoway"])
@pytest.mark.parametrize(("n", "t"), [(9, 6), (5, 11)])
def test_projection_off_the_dummies(kind, n, t):
    rng = np.random.default_rng(3)
    kept = rng.random((n, t)) < 0.7
    entity, time = np.nonzero(kept)
    effects = Effects(kind, entity, time)
    d = np.column_stack([np.eye(n)[entity], np.eye(t)[time]])[:, {"entity": slice(n), "time": slice(n, n + t),
                                                                 "twoway": slice(n + t)}[kind]]
    p = d @ np.linalg.pinv(d)
    z = rng.standard_normal((entity.size, 2))
    assert_allclose(effects.remove(z), z - p @ z, atol=1e-12)
    assert_allclose(effects.leverage, np.diag(p), atol=1e-12)
    assert effects.count == np.linalg.matrix_rank(d)


def test_two_blocks_that_share_no_period_lose_one_more_parameter():
    entity, time = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 2, 3, 2, 3])
    assert Effects("twoway", entity, time).count == 6


def test_twoway_is_fe_under_its_own_name():
    a, b = ct.estimate("twoway", HOLES, **CALL), ct.estimate("fe", HOLES, **CALL, effects="twoway")
    assert a.name == "twoway" and b.name == "fe" and a.options["effects"] == "twoway"
    assert_allclose(a.params, b.params)
    with pytest.raises(UsageError, match="twoway"):
        ct.estimate("twoway", HOLES, **CALL, effects="entity")


def test_fixed_effects_add_up_to_y():
    r = ct.estimate("twoway", HOLES, **CALL)
    data = HOLES.sort_values(["i", "t"])
    effect = data["i"].map({row["entity"]: row["effect"] for row in r.details["entities"]}) + data["t"].astype(str).map(
        {row["period"]: row["effect"] for row in r.details["periods"]})
    assert_allclose(data["y"], r.fitted_values.to_numpy() + effect + r.resids.to_numpy(), atol=1e-10)
    assert abs(effect.mean()) < 1e-12 and r["const"].value == pytest.approx(
        data["y"].mean() - (data[X].mean() * r.params[X]).sum())
    assert 0 < r.fit["rho"] < 1


def test_slopes_of_fe_and_re_when_means_are_added():
    """Mundlak (1978): random effects with the entity means has the slopes of fixed effects, in balanced panels."""
    frame = panel(1)
    means = frame.groupby("i")[X].transform("mean").add_prefix("m_")
    r = ct.estimate("re", frame.join(means), **{**CALL, "x": [*X, *means.columns]})
    assert_allclose(r.params[X], ct.estimate("fe", frame, **CALL).params[X], rtol=1e-9)


@pytest.mark.parametrize("method", ["swar", "amemiya", "walhus", "nerlove"])
@pytest.mark.parametrize("share", [1.0, 0.7])
def test_variance_components_find_the_truth(method, share):
    rng = np.random.default_rng([20260101, int(10 * share)])
    n, t = 400, 8
    effect = 2 * rng.standard_normal((n, 1))
    u = effect + rng.standard_normal((n, t))
    x, z = rng.standard_normal((2, n, t))
    frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": (x + z + u).ravel(),
                          "x": x.ravel(), "z": z.ravel()})[rng.random(n * t) < share]
    r = ct.estimate("re", frame, entity="i", time="t", y="y", x=["x", "z"], re_method=method)
    nerlove = method == "nerlove"                          # his estimates are those of 1971, biased by 1/T
    want = [effect.var() + nerlove / (t * share), 1 - nerlove / (t * share)]
    assert_allclose([r.details["sigma_u"] ** 2, r.details["sigma_e"] ** 2], want, rtol=0.06)
    assert r.details["breusch_pagan"]["pvalue"] < 1e-6 and r.fit["rho"] == pytest.approx(0.81, abs=0.04)


def test_negative_variance_of_effects_is_pooled_least_squares():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"i": np.repeat(range(10), 6), "t": np.tile(range(6), 10), "y": rng.standard_normal(60),
                          "x": rng.standard_normal(60)})
    frame["y"] -= frame.groupby("i")["y"].transform("mean")
    call = {"entity": "i", "time": "t", "y": "y", "x": "x"}
    r = ct.estimate("re", frame, **call)
    assert_allclose(r.params, ct.estimate("pooled", frame, **call).params, rtol=1e-10)
    assert r.details["theta"] == 0 and any("negative" in w for w in r.warnings)
    assert r.fit["rho"] == 0


def test_two_way_random_effects_need_balance():
    assert {"entity", "time", "total"} == set(ct.estimate("re", panel(1), **CALL, effects="twoway").details["theta"])
    with pytest.raises(InfeasibleError, match="balanced trim"):
        ct.estimate("re", panel(3, share=0.7, gaps=False), **CALL, effects="twoway")
    with pytest.raises(DataError, match="gaps in time"):
        ct.estimate("re", HOLES, **CALL, effects="twoway")


@pytest.mark.parametrize("model", ["fe", "twoway"])
def test_regressors_that_the_effects_absorb_are_named(model):
    frame = HOLES.assign(region=lambda d: d["i"].str[1:].astype(int) % 3 + 1e6, trend=lambda d: d["t"] * 1.0)
    with pytest.raises(InfeasibleError, match=rf"{model}: region does not vary .*(entity|twoway) effects"):
        ct.estimate(model, frame, **{**CALL, "x": ["a", "region"]})
    if model == "twoway":
        with pytest.raises(InfeasibleError, match="region, trend do not vary beyond"):
            ct.estimate(model, frame, **{**CALL, "x": ["region", "a", "trend"]})
    with pytest.raises(InfeasibleError, match="walhus"):
        ct.estimate("re", frame, **{**CALL, "x": ["a", "region"]}, re_method="nerlove")
    assert ct.estimate("re", frame, **{**CALL, "x": ["a", "region"]})["region"].se > 0


def test_regressors_that_are_collinear_without_the_effects_are_named():
    frame = HOLES.assign(d=lambda f: f["a"] + f["i"].str[1:].astype(int))
    with pytest.raises(InfeasibleError, match="d is an exact linear function of const, a"):
        ct.estimate("fe", frame, **{**CALL, "x": ["a", "d"]})


def test_y_that_does_not_vary_within():
    frame = HOLES.assign(y=lambda f: f["i"].str[1:].astype(float))
    with pytest.raises(InfeasibleError, match="y does not vary within entities"):
        ct.estimate("fe", frame, **CALL)


def test_too_few_rows_is_said_with_the_numbers():
    two = HOLES[HOLES["i"].isin(["u000", "u001"])].groupby("i").head(3).iloc[:5]
    with pytest.raises(InfeasibleError, match="5 rows leave no degrees of freedom for 4 coefficients and 2 effects"):
        ct.estimate("fe", two, **{**CALL, "x": X})


def test_a_perfect_fit_leaves_nothing_to_infer_from():
    """Exact within entities, though not on the rows as they are."""
    frame = panel(1).assign(y=lambda f: f["a"] + f["i"].str[1:].astype(int) ** 2)
    with pytest.raises(InfeasibleError, match="a fit y exactly"):
        ct.estimate("fe", frame, **{**CALL, "x": "a"})


def test_a_regressor_called_const():
    with pytest.raises(UsageError, match="rename"):
        ct.estimate("pooled", HOLES.rename(columns={"a": "const"}), **{**CALL, "x": ["const", "b"]})


def test_missing_values_are_reported_and_fall_out():
    frame = HOLES.copy()
    frame.loc[[3, 20], "a"] = np.nan
    r = ct.estimate("fe", frame, **CALL)
    assert_allclose(r.params, ct.estimate("fe", frame.dropna(), **CALL).params)
    assert r.nobs == len(HOLES) - 2 and any(w.startswith("2 rows fall out for missing values") for w in r.warnings)


def test_differences_go_by_the_calendar():
    """A hole in 2005 loses 2005 and 2006 of that entity, and it is said."""
    frame = panel(1)
    holed = frame[~((frame["i"] == "u003") & (frame["t"] == 2005))]
    r = ct.estimate("fd", holed, **CALL)
    n, t = frame["i"].nunique(), frame["t"].nunique()
    assert r.nobs == n * (t - 1) - 2
    assert any("1 rows after a gap" in w and "u003 2006" in w for w in r.warnings)
    changes = frame.set_index(["i", "t"]).groupby("i").diff().dropna()
    changes = changes.drop([("u003", 2005), ("u003", 2006)])
    x = np.column_stack([np.ones(len(changes)), changes[X]])
    assert_allclose(r.params, np.linalg.lstsq(x, changes["y"], rcond=None)[0], rtol=1e-9)
    assert ("u003", "2006") not in r.resids.index and ("u003", "2007") in r.resids.index


def test_differences_with_period_effects_are_those_with_dummies():
    frame = panel(1)
    r = ct.estimate("fd", frame, **CALL, effects="time", cov="clustered", bootstrap=0, convention="stata")
    changes = frame.set_index(["i", "t"]).groupby("i").diff().dropna()
    years = pd.get_dummies(changes.index.get_level_values("t"), drop_first=True, dtype=float).to_numpy()
    x = np.column_stack([np.ones(len(changes)), changes[X], years])
    import statsmodels.api as sm

    want = sm.OLS(changes["y"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(changes.index.get_level_values("i"))[0]}, use_t=True)
    assert_allclose(r.params[X], want.params[1:4], rtol=1e-9)
    assert_allclose(r.std_errors[X], want.bse[1:4], rtol=1e-9)
    assert_allclose(r.pvalues[X], want.pvalues[1:4], rtol=1e-7)


def test_two_periods_differences_are_fixed_effects_with_period_dummies():
    frame = panel(1)[lambda f: f["t"] < 2003]
    changes, effects = (ct.estimate(model, frame, **CALL).params[X] for model in ("fd", "twoway"))
    assert_allclose(changes, effects, rtol=1e-8)


def test_a_cross_section_and_a_time_series():
    one_year = panel(5, n=40, t=1)
    r = ct.estimate("pooled", one_year, **CALL, cov="robust", hc=3)
    assert r.nobs == 40 and r.n_periods == 1
    series = panel(5, n=1, t=40)
    r = ct.estimate("pooled", series, time="t", y="y", x=X, cov="newey-west")
    assert r.nobs == 40 and list(r.resids.index.names) == ["entity", "t"]
    with pytest.raises(InfeasibleError, match="at least 2 periods"):
        ct.estimate("fe", one_year, **CALL)


def test_between_counts_every_entity_once():
    means = HOLES.groupby("i")[["y", *X]].mean().reset_index().assign(t=1)
    a, b = ct.estimate("be", HOLES, **CALL, cov="robust"), ct.estimate("pooled", means, **CALL, cov="robust")
    assert_allclose(a.params, b.params, rtol=1e-10)
    assert_allclose(a.std_errors, b.std_errors, rtol=1e-10)
    assert a.nobs == HOLES["i"].nunique() and len(a.resids) == a.nobs


def test_coverage():
    """Intervals of a fixed effects slope hold the truth: classical ones where errors are independent."""
    rng = np.random.default_rng(20260101)
    draws, hit = 200, {"fe": 0, "twoway": 0, "re": 0}
    for _ in range(draws):
        x = rng.standard_normal((12, 8))
        y = 0.5 * x + rng.standard_normal((12, 1)) + rng.standard_normal((12, 8))
        frame = pd.DataFrame({"i": np.repeat(range(12), 8), "t": np.tile(range(8), 12), "y": y.ravel(), "x": x.ravel()})
        for model in hit:
            low, high = ct.estimate(model, frame, entity="i", time="t", y="y", x="x")["x"].ci
            hit[model] += low <= 0.5 <= high
    for model, count in hit.items():
        assert 0.90 <= count / draws <= 0.985, (model, count)


def test_periods_count_together_in_a_regression_of_their_means():
    """An entity of few periods does not stop a between regression of periods; plm gives the same."""
    frame = panel(4, n=8, t=9)
    short = frame[(frame["i"] != frame["i"].iloc[0]) | (frame["t"] < frame["t"].min() + 2)]
    means = short.groupby("t")[["y", *X]].mean()
    beta = np.linalg.lstsq(np.column_stack([np.ones(len(means)), means[X]]), means["y"], rcond=None)[0]
    found = ct.estimate("be", short, **CALL, effects="time")
    assert_allclose(found.params[["const", *X]], beta, rtol=1e-9)
