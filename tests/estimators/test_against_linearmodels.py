"""Ours and linearmodels where both can do a thing: an implementation that shares no line."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from tests.estimators.panels import CALL, X, panel

FRAMES = {"balanced": panel(1), "holes": panel(2, share=0.8), "ragged": panel(3, share=0.7, gaps=False)}
COVARIANCES = {
    "unadjusted": ({"cov": "unadjusted"}, {"cov_type": "unadjusted"}),
    "robust": ({"cov": "robust"}, {"cov_type": "robust"}),
    "entity": ({"cov": "clustered"}, {"cov_type": "clustered", "cluster_entity": True}),
    "time": ({"cov": "clustered", "cluster": "time"}, {"cov_type": "clustered", "cluster_time": True}),
    "both": ({"cov": "clustered", "cluster": "both"},
             {"cov_type": "clustered", "cluster_entity": True, "cluster_time": True}),
    "bartlett": ({"cov": "driscoll-kraay", "bandwidth": 2}, {"cov_type": "kernel", "bandwidth": 2}),
    "parzen": ({"cov": "driscoll-kraay", "kernel": "parzen", "bandwidth": 3},
               {"cov_type": "kernel", "kernel": "parzen", "bandwidth": 3}),
    "qs": ({"cov": "driscoll-kraay", "kernel": "qs", "bandwidth": 2},
           {"cov_type": "kernel", "kernel": "qs", "bandwidth": 2}),
}


def theirs(model, frame):
    from linearmodels.panel import BetweenOLS, PanelOLS, PooledOLS, RandomEffects

    data = frame.assign(const=1.0).set_index(["i", "t"])
    y, x = data["y"], data[["const", *X]]
    effects = {"fe": {"entity_effects": True}, "twoway": {"entity_effects": True, "time_effects": True}}
    return {"pooled": lambda: PooledOLS(y, x), "be": lambda: BetweenOLS(y, x), "re": lambda: RandomEffects(y, x)}.get(
        model, lambda: PanelOLS(y, x, **effects[model]))()


@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt")     # linearmodels, of a negative variance
@pytest.mark.parametrize("cov", COVARIANCES)
@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("model", ["pooled", "fe", "twoway", "re"])
def test_coefficients_and_covariances(model, frame, cov):
    data = FRAMES[frame]
    ours_options, their_options = COVARIANCES[cov]
    ours = ct.estimate(model, data, **CALL, **ours_options, bootstrap=0)
    extra = {"small_sample": True} if model == "re" else {}
    own = {} if model == "re" or cov in ("unadjusted", "robust") else {"auto_df": False, "count_effects": False}
    if model == "pooled":
        own = {}
    group = {"group_debias": True} if "cluster" in str(their_options) else {}
    result = theirs(model, data).fit(**their_options, **extra, **own, **group)
    assert_allclose(ours.params, result.params, rtol=1e-9)
    scale = 1.0
    if their_options["cov_type"] == "kernel":              # linearmodels has no T/(T-1) (n-1)/n
        t, n = data["t"].nunique(), len(data)
        scale = np.sqrt(t / (t - 1) * (n - 1) / n)
    assert_allclose(ours.std_errors, result.std_errors * scale, rtol=1e-8)
    of_fe = model in ("fe", "twoway")                      # of random effects ours hold the effect, as y - x'b
    want = (result.idiosyncratic if of_fe else data.set_index(["i", "t"])[["y"]].sort_index().to_numpy()
            - result.fitted_values)
    assert_allclose(ours.resids, np.asarray(want).ravel(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("model", ["pooled", "fe", "twoway"])
def test_goodness(model, frame):
    data = FRAMES[frame]
    ours, result = ct.estimate(model, data, **CALL), theirs(model, data).fit()
    assert_allclose(ours.fit["r2"], result.rsquared, rtol=1e-9)
    assert_allclose(ours.fit["loglik"], result.loglik, rtol=1e-9)
    assert_allclose(ours.fit["f"], result.f_statistic.stat, rtol=1e-8)
    assert_allclose(ours.fit["f_pvalue"], result.f_statistic.pval, rtol=1e-6)
    assert_allclose(ours.fit["r2_between"], result.corr_squared_between, rtol=1e-9)
    assert_allclose(ours.fit["r2_overall"], result.corr_squared_overall, rtol=1e-9)
    if model != "twoway":
        assert_allclose(ours.fit["r2_within"], result.corr_squared_within, rtol=1e-9)
    assert_allclose(ours.fitted_values, np.asarray(result.fitted_values).ravel(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("model", ["fe", "twoway"])
def test_effects(model, frame):
    data = FRAMES[frame].sort_values(["i", "t"])
    ours, result = ct.estimate(model, data, **CALL), theirs(model, data).fit()
    total = data["i"].map({r["entity"]: r["effect"] for r in ours.details["entities"]})
    if model == "twoway":
        total = total + data["t"].astype(str).map({r["period"]: r["effect"] for r in ours.details["periods"]})
    assert_allclose(total, result.estimated_effects["estimated_effects"], atol=1e-9)


@pytest.mark.parametrize("frame", FRAMES)
def test_between(frame):
    data = FRAMES[frame]
    ours, result = ct.estimate("be", data, **CALL), theirs("be", data).fit()
    assert_allclose(ours.params, result.params, rtol=1e-9)
    assert_allclose(ours.std_errors, result.std_errors, rtol=1e-9)


@pytest.mark.parametrize("frame", FRAMES)
def test_random_effects_components(frame):
    data = FRAMES[frame]
    paper = theirs("re", data).fit(small_sample=True).variance_decomposition
    harmonic = theirs("re", data).fit().variance_decomposition
    for convention, want in (("paper", paper), ("gretl", harmonic)):
        details = ct.estimate("re", data, **CALL, convention=convention).details
        got = [details["sigma_u"] ** 2, details["sigma_e"] ** 2]
        assert_allclose(got, [want["Effects"], want["Residual"]], rtol=1e-9)


def test_newey_west_without_gaps():
    data = FRAMES["ragged"]
    ours = ct.estimate("pooled", data, **CALL, cov="newey-west", bandwidth=2)
    result = theirs("pooled", data).fit(cov_type="ac", kernel="bartlett", bandwidth=2)
    assert_allclose(ours.std_errors, result.std_errors, rtol=1e-9)


def test_first_differences_without_gaps():
    from linearmodels.panel import FirstDifferenceOLS

    data = FRAMES["ragged"].assign(trend=lambda d: d["t"].astype(float))
    indexed = data.set_index(["i", "t"])
    result = FirstDifferenceOLS(indexed["y"], indexed[["trend", *X]]).fit(     # the trend's difference is our constant
        cov_type="clustered", cluster_entity=True, group_debias=True)
    ours = ct.estimate("fd", data, **CALL, cov="clustered", bootstrap=0)
    assert_allclose(ours.params, result.params, rtol=1e-9)
    assert_allclose(ours.std_errors, result.std_errors, rtol=1e-8)


def test_a_gdp_in_yuan_beside_a_constant():
    """linearmodels takes such columns for collinear."""
    data = FRAMES["balanced"].assign(big=lambda d: 1e14 * np.exp(d["a"]), small=lambda d: np.exp(d["a"]))
    for model in ("pooled", "fe", "re"):
        call = {"entity": "i", "time": "t", "y": "y", "bootstrap": 0, "cov": "clustered"}
        big, small = (ct.estimate(model, data, **call, x=[v]) for v in ("big", "small"))
        assert_allclose(big["big"].stat, small["small"].stat, rtol=1e-8)
        assert_allclose(big["const"].value, small["const"].value, rtol=1e-8)
    with pytest.raises(ValueError, match="rank"):
        from linearmodels.panel import PooledOLS

        indexed = data.assign(const=1.0).set_index(["i", "t"])
        PooledOLS(indexed["y"], indexed[["const", "big"]])
