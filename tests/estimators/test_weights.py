"""Weighted least squares against statsmodels and linearmodels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from tests.estimators.panels import CALL, X, panel

HOLES = panel(2, share=0.8).assign(v=lambda d: np.random.default_rng(5).uniform(0.2, 3, len(d)))
MODELS = [("pooled", None), ("fe", "entity"), ("fe", "time"), ("twoway", "twoway")]


def ours(name, effects, frame=HOLES, **options):
    own = {"effects": effects} if name == "fe" else {}
    return ct.estimate(name, frame, **CALL, weights="v", **own, **options)


@pytest.mark.parametrize(("name", "effects"), MODELS)
def test_regression_with_dummies(name, effects):
    """Coefficients, errors, R2 and effects are those of weighted least squares with dummies."""
    import statsmodels.formula.api as smf

    dummies = {"entity": " + C(i)", "time": " + C(t)", "twoway": " + C(i) + C(t)"}.get(effects, "")
    for cov, kind in (("unadjusted", "nonrobust"), ("robust", "HC1")):
        theirs = smf.wls("y ~ a + b + c" + dummies, HOLES, weights=HOLES["v"] / HOLES["v"].mean()).fit(
            cov_type=kind, use_t=True)
        r = ours(name, effects, cov=cov)
        assert_allclose(r.params[X], theirs.params[X], rtol=1e-8)
        assert_allclose(r.std_errors[X], theirs.bse[X], rtol=1e-7)
        assert_allclose(r.resids, theirs.resid, atol=1e-9)
        assert_allclose(r.details.get("r2_lsdv", r.fit["r2"]), theirs.rsquared, rtol=1e-8)
        assert_allclose(r.fit["sigma"] ** 2, theirs.scale, rtol=1e-8)


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_clustered_against_linearmodels(effects):
    from linearmodels import PanelOLS

    data = HOLES.set_index(["i", "t"])
    theirs, equal = (PanelOLS(data["y"], data[X].assign(const=1.0), entity_effects=True,
                              time_effects=effects == "twoway", weights=w).fit(
        cov_type="clustered", cluster_entity=True, count_effects=False, group_debias=True) for w in (data["v"], None))
    r = ours("fe", effects, cov="clustered")
    plain = ct.estimate("fe", HOLES, **CALL, effects=effects, cov="clustered", bootstrap=0)
    factor = (equal.std_errors[X] / plain.std_errors[X]).mean()                   # its rule for degrees of freedom
    assert_allclose(r.params[X], theirs.params[X], rtol=1e-8)
    assert_allclose(r.std_errors[X] * factor, theirs.std_errors[X], rtol=1e-6)
    assert factor == pytest.approx(1) or effects == "twoway"
    assert "wild" not in r.details
    assert_allclose(r.fit["r2"], theirs.rsquared, rtol=1e-8)


@pytest.mark.parametrize(("name", "effects"), MODELS)
def test_equal_weights_are_none(name, effects):
    own = {"effects": effects} if name == "fe" else {}
    plain = ct.estimate(name, HOLES, **CALL, **own, cov="clustered", bootstrap=0)
    r = ours(name, effects, HOLES.assign(v=7.0), cov="clustered")
    assert_allclose(r.params, plain.params, rtol=1e-9)
    assert_allclose(r.std_errors, plain.std_errors, rtol=1e-9)
    assert_allclose(r.fit["r2"], plain.fit["r2"], rtol=1e-9)


def test_a_row_counted_twice_has_weight_two():
    """Coefficients of the data with rows repeated; effects of entities as well."""
    import pandas as pd
    import statsmodels.formula.api as smf

    frame = HOLES.assign(v=np.random.default_rng(6).integers(1, 4, len(HOLES)) * 1.0)
    long = pd.DataFrame(np.repeat(frame.to_numpy(), frame["v"].astype(int), axis=0), columns=frame.columns)
    long = long.astype(dict.fromkeys(("y", *X), float))
    theirs = smf.ols("y ~ a + b + c + C(i)", long).fit()
    assert_allclose(ours("fe", "entity", frame).params[X], theirs.params[X], rtol=1e-8)


def test_rows_of_weight_zero_fall_out():
    some = HOLES.assign(v=HOLES["v"].where(HOLES["t"] > 2003, 0.0))
    a, b = ours("fe", "twoway", some), ours("fe", "twoway", HOLES[HOLES["t"] > 2003])
    assert a.nobs == b.nobs
    assert_allclose(a.params, b.params)


def test_bad_requests():
    with pytest.raises(DataError, match="negative for u000 2001"):
        ours("fe", "entity", HOLES.assign(v=np.where(HOLES["i"] == "u000", -1.0, 1.0)))
    for options in ({"cov": "wild"}, {"cov": "pcse"}, {"cov": "robust", "hc": 3}):
        with pytest.raises(UsageError, match="--weights: not with"):
            ours("fe", "entity", **options)
    with pytest.raises(UsageError, match="not both"):
        ours("fe", "entity", HOLES.assign(g=HOLES["a"] > 0).astype({"g": float}), group="g")


@pytest.mark.parametrize("name", ["re", "be", "fd", "gmm-diff"])
def test_who_takes_no_weights_says_who_does(name):
    with pytest.raises(UsageError, match=r"does not take --weights.*; --weights is one of fe, iv-fe, pooled, twoway"):
        ct.estimate(name, HOLES, **CALL, weights="v")
