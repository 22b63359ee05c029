"""Covariances against statsmodels on dummies, and by their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from tests.estimators.panels import CALL, X, panel

BALANCED, HOLES = panel(1), panel(2, share=0.8)


def dummies(frame, effects):
    """Least squares with the effects as dummies, by statsmodels."""
    import statsmodels.api as sm

    parts = [frame[X], *(pd.get_dummies(frame[c], prefix=c, drop_first=c == "t" and "i" in effects, dtype=float)
                         for c in effects)]
    return sm.OLS(frame["y"], pd.concat(parts, axis=1) if effects else sm.add_constant(frame[X]))


@pytest.mark.parametrize("hc", [0, 1, 2, 3])
@pytest.mark.parametrize(("model", "effects"), [("pooled", ""), ("fe", "i"), ("twoway", "it")])
def test_robust_is_that_of_the_regression_with_dummies(model, effects, hc):
    result = dummies(HOLES, list(effects)).fit(cov_type=f"HC{hc}")
    ours = ct.estimate(model, HOLES, **CALL, cov="robust", hc=hc)
    assert_allclose(ours.std_errors[X], result.bse[X], rtol=1e-9)


def test_hc4_by_its_definition():
    x = np.column_stack([np.ones(len(HOLES)), HOLES[X]])
    bread = np.linalg.inv(x.T @ x)
    h = np.einsum("ij,jk,ik->i", x, bread, x)
    e = HOLES["y"] - x @ bread @ x.T @ HOLES["y"]
    weight = e**2 / (1 - h) ** np.minimum(4, h / h.mean())               # Cribari-Neto (2004)
    want = np.sqrt(np.diag(bread @ (x.T * weight.to_numpy()) @ x @ bread))
    assert_allclose(ct.estimate("pooled", HOLES, **CALL, cov="robust", hc=4).std_errors, want, rtol=1e-10)


def test_an_entity_with_one_row_adds_nothing_to_hc3():
    """Its dummy fits it: leverage 1, residual 0."""
    alone = pd.DataFrame({"i": ["zz"], "t": [2003], "y": [5.0], "a": [1.0], "b": [2.0], "c": [0.5]})
    with_it = ct.estimate("fe", pd.concat([HOLES, alone]), **CALL, cov="robust", hc=3)
    without = ct.estimate("fe", HOLES, **CALL, cov="robust", hc=3)
    assert_allclose(with_it.std_errors[X], without.std_errors[X], rtol=1e-8)
    assert any("1 entities have one row" in w and "zz" in w for w in with_it.warnings)


def test_periods_count_for_stata_and_gretl_where_they_are_not_nested():
    paper, stata = (ct.estimate("twoway", BALANCED, **CALL, cov="clustered", bootstrap=0, convention=c)["a"].se
                    for c in ("paper", "stata"))
    n, t = len(BALANCED), BALANCED["t"].nunique()
    assert_allclose((stata / paper) ** 2, (n - 4) / (n - 4 - (t - 1)), rtol=1e-10)
    for model, convention in (("fe", "stata"), ("pooled", "stata"), ("pooled", "gretl")):
        own = ct.estimate(model, BALANCED, **CALL, cov="clustered", bootstrap=0, convention=convention)["a"].se
        assert_allclose(own, ct.estimate(model, BALANCED, **CALL, cov="clustered", bootstrap=0)["a"].se, rtol=1e-12)


def test_small_sample_factor_and_degrees_of_freedom():
    ours = ct.estimate("fe", BALANCED, **CALL, cov="clustered", bootstrap=0)
    bare = ct.estimate("fe", BALANCED, **CALL, cov="clustered", bootstrap=0, convention="plm")
    n, g, k = len(BALANCED), BALANCED["i"].nunique(), 4
    assert_allclose((ours["a"].se / bare["a"].se) ** 2, g / (g - 1) * (n - 1) / (n - k), rtol=1e-12)
    from scipy import stats

    assert_allclose(ours["a"].pvalue, 2 * stats.t.sf(abs(ours["a"].stat), g - 1), rtol=1e-10)
    assert_allclose(ours["a"].ci, ours["a"].value + np.array([-1, 1]) * stats.t.ppf(0.975, g - 1) * ours["a"].se)
    assert ours.details["inference"] == {"df": g - 1, "clusters": g}


def test_newey_west_pairs_by_the_calendar():
    """A hole: rows two years apart are not one lag apart."""
    frame = BALANCED[BALANCED["t"] != 2005]
    ours = ct.estimate("pooled", frame, **CALL, cov="newey-west", bandwidth=1, convention="plm")
    x = np.column_stack([np.ones(len(frame)), frame[X]])
    bread = np.linalg.inv(x.T @ x)
    score = x * (frame["y"] - x @ bread @ x.T @ frame["y"]).to_numpy()[:, None]
    meat = score.T @ score
    keys = list(zip(frame["i"], frame["t"], strict=True))
    place = {k: r for r, k in enumerate(keys)}
    for (i, t), r in place.items():
        if (i, t - 1) in place:
            other = np.outer(score[r], score[place[i, t - 1]])
            meat += 0.5 * (other + other.T)
    assert_allclose(ours.std_errors, np.sqrt(np.diag(bread @ meat @ bread)), rtol=1e-10)


def test_two_way_covariance_that_is_not_positive_is_cut():
    rng = np.random.default_rng(5)
    n, t = 4, 4
    for _ in range(200):
        x, u = rng.standard_normal((2, n, t))
        frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": u.ravel(), "x": x.ravel()})
        result = ct.estimate("pooled", frame, entity="i", time="t", y="y", x="x", cov="clustered", cluster="both",
                             bootstrap=0)
        if any("not positive" in w for w in result.warnings):
            assert result["x"].se is None or result["x"].se > 0
            return
    pytest.fail("no draw had a negative variance")


def test_bandwidth_and_cluster_errors():
    with pytest.raises(InfeasibleError, match="bandwidth 9 needs more than 9 periods; there are 9"):
        ct.estimate("pooled", BALANCED, **CALL, cov="driscoll-kraay", bandwidth=9)
    one = BALANCED[BALANCED["i"] == "u000"]
    with pytest.raises(InfeasibleError, match="one cluster"):
        ct.estimate("pooled", one, **CALL, cov="clustered")
    with pytest.raises(UsageError, match="--bootstrap"):
        ct.estimate("pooled", BALANCED, **CALL, cov="wild", bootstrap=0)
    assert any("rest on many periods" in w for w in ct.estimate("fe", BALANCED, **CALL, cov="driscoll-kraay").warnings)


def test_fewer_clusters_than_regressors_is_said():
    few = panel(4, n=3, t=30)
    result = ct.estimate("pooled", few, **CALL, cov="clustered")
    assert result.fit["f"] is None and any("singular" in w for w in result.warnings)
