"""Instrumental variables against linearmodels on data without their effects, and what must hold of the tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError

Z = ["z0", "z1", "z2"]


def data(seed=1, n=30, t=8, strength=1.0, share=0.85):
    """x1 and x2 endogenous, w exogenous; y = x1 - x2/2 + w + 2u with effects of entities."""
    rng = np.random.default_rng([20260101, seed])
    z, w = rng.standard_normal((n, t, 3)), rng.standard_normal((n, t))
    u = rng.standard_normal((n, t)) * np.exp(0.5 * z[:, :, 0])
    x1 = strength * z @ [0.5, 0.3, 0.2] + u + rng.standard_normal((n, t))
    x2 = strength * z @ [-0.2, 0.5, 0.1] - u + rng.standard_normal((n, t))
    y = x1 - 0.5 * x2 + w + 2 * u + rng.standard_normal((n, 1))
    frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(), "x1": x1.ravel(),
                          "x2": x2.ravel(), "w": w.ravel(), **{f"z{j}": z[:, :, j].ravel() for j in range(3)}})
    return frame[rng.random(len(frame)) < share].reset_index(drop=True)


FRAME = data()
CALL = {"entity": "i", "time": "t", "y": "y", "x": ["w"], "instrument": Z}


def without_effects(frame, time=False):
    """Residuals of every column on dummies of entities (and periods)."""
    dummies = pd.get_dummies(frame["i"], dtype=float)
    if time:
        dummies = pd.concat([dummies, pd.get_dummies(frame["t"], dtype=float).iloc[:, 1:]], axis=1)
    d, v = dummies.to_numpy(), frame[["y", "x1", "x2", "w", *Z]]
    return v - d @ np.linalg.lstsq(d, v.to_numpy(), rcond=None)[0]


@pytest.mark.parametrize("effects", ["entity", "twoway"])
@pytest.mark.parametrize("endog", [["x1"], ["x1", "x2"]])
@pytest.mark.parametrize("method", ["2sls", "liml", "gmm"])
@pytest.mark.parametrize("cov", ["unadjusted", "robust", "clustered"])
def test_against_linearmodels(effects, endog, method, cov):
    from linearmodels.iv import IV2SLS, IVGMM, IVLIML

    if method == "gmm" and cov == "unadjusted":
        with pytest.raises(UsageError, match="it is 2sls"):
            ct.estimate("iv-fe", FRAME, **CALL, endog=endog, method=method)
        return
    ours = ct.estimate("iv-fe", FRAME, **CALL, endog=endog, method=method, cov=cov, effects=effects, hc=0)
    d = without_effects(FRAME, effects == "twoway")
    clusters = {"clusters": FRAME["i"]} if cov == "clustered" else {}
    weights = {"weight_type": cov, **clusters} if method == "gmm" else {}
    model = {"2sls": IV2SLS, "liml": IVLIML, "gmm": IVGMM}[method](d["y"], d[["w"]], d[endog], d[Z], **weights)
    theirs = model.fit(cov_type=cov, debiased=False, **clusters)
    names, n = ["w", *endog], len(FRAME)
    g, k = FRAME["i"].nunique(), 2 + len(endog)
    used = g + len(names) + (FRAME["t"].nunique() - 1 if effects == "twoway" else 0)
    factor = {"unadjusted": n / (n - used), "robust": 1.0, "clustered": g / (g - 1) * (n - 1) / (n - k)}[cov]
    assert_allclose(ours.params[names], theirs.params[names], rtol=1e-9)
    assert_allclose(ours.std_errors[names], theirs.std_errors[names] * np.sqrt(factor), rtol=1e-8)
    if method == "gmm" or (method == "2sls" and cov == "unadjusted"):
        theirs_j = theirs.j_stat.stat if method == "gmm" else theirs.sargan.stat
        assert_allclose(ours.details["overidentification"]["value"], theirs_j, rtol=1e-7)


def test_first_stage_is_a_fixed_effects_regression():
    for cov in ("unadjusted", "robust", "clustered"):
        r = ct.estimate("iv-fe", FRAME, **CALL, endog="x1", cov=cov)
        first = ct.estimate("fe", FRAME, entity="i", time="t", y="x1", x=["w", *Z], cov=cov, bootstrap=0)
        row = r.details["first_stage"][0]
        assert_allclose([c["value"] for c in row["coefficients"]], first.params[Z], rtol=1e-9)
        v, b = first.cov.loc[Z, Z], first.params[Z]
        assert_allclose(row["F"], b @ np.linalg.solve(v, b) / 3, rtol=1e-9)
        weak = r.details["identification"]
        if cov == "unadjusted":
            assert_allclose(weak["cragg_donald_f"], row["F"], rtol=1e-9)
            assert_allclose(weak["canonical_lm"]["value"], len(FRAME) * row["partial_r2"], rtol=1e-9)
        else:
            assert_allclose(weak["kp_rk_f"], row["F"], rtol=1e-8)


def test_rk_lm_of_one_regressor_is_a_score_test():
    """n R2 made robust: (z'x)' [sum z z' x^2]^-1 (z'x) with the exogenous w and the effects out of both."""
    d = without_effects(FRAME)
    w = d[["w"]].to_numpy()
    z, x = (v - w @ np.linalg.lstsq(w, v, rcond=None)[0] for v in (d[Z].to_numpy(), d["x1"].to_numpy()))
    s = z * x[:, None]
    want = s.sum(0) @ np.linalg.solve(s.T @ s, s.sum(0))
    r = ct.estimate("iv-fe", FRAME, **CALL, endog="x1", cov="robust").details["identification"]["kp_rk_lm"]
    assert_allclose(r["value"], want, rtol=1e-8)
    assert r["df"] == 3
    both = ct.estimate("iv-fe", FRAME, **CALL, endog=["x1", "x2"], cov="robust").details["identification"]
    assert both["kp_rk_lm"]["df"] == 2 and both["kp_rk_f"] < r["value"]


@pytest.mark.parametrize("cov", ["unadjusted", "robust", "clustered"])
def test_anderson_rubin_is_the_reduced_form(cov):
    """F of the instruments in a regression of y - b x on them; the ends of the interval have p equal to the level."""
    weak = data(3, strength=0.3)
    r = ct.estimate("iv-fe", weak, **CALL, endog="x1", cov=cov, level=0.1).details["anderson_rubin"]

    def reduced(b):
        frame = weak.assign(v=weak["y"] - b * weak["x1"])
        e = ct.estimate("fe", frame, entity="i", time="t", y="v", x=["w", *Z], cov=cov, bootstrap=0)
        return e.params[Z] @ np.linalg.solve(e.cov.loc[Z, Z], e.params[Z]) / 3

    assert_allclose(r["F"], reduced(0.0), rtol=1e-8)
    from scipy.stats import f

    ends = [e for piece in r["interval"] for e in piece if e is not None]
    assert ends
    for e in ends:
        assert f.sf(reduced(e), *r["df"]) == pytest.approx(0.1, abs=1e-6)


def test_exactly_identified():
    """One instrument: 2SLS, LIML and GMM are one estimator, J is none, and its LM and AR agree with the ratio."""
    call = {**CALL, "instrument": "z0"}
    values = [ct.estimate("iv-fe", FRAME, **call, endog="x1", method=m, cov="robust") for m in ("2sls", "liml", "gmm")]
    assert_allclose([v["x1"].value for v in values], values[0]["x1"].value, rtol=1e-9)
    assert_allclose(values[2]["x1"].se, values[0]["x1"].se, rtol=1e-9)
    assert values[0].details["overidentification"] is None


def test_endogenous_regressors_may_stand_among_x():
    a = ct.estimate("iv-fe", FRAME, **CALL, endog="x1")
    b = ct.estimate("iv-fe", FRAME, **{**CALL, "x": ["x1", "w"]}, endog="x1")
    assert_allclose(b.params[["w", "x1"]], a.params[["w", "x1"]], rtol=1e-10)


def test_weak_instruments_are_said():
    r = ct.estimate("iv-fe", data(4, strength=0.05), **CALL, endog="x1")
    assert "weak instruments: x1 (F = " in r.warnings[-1]
    assert r.details["anderson_rubin"]["interval"][0][0] is None          # unbounded, as it must be able to be


def test_endogeneity_is_found_and_not_found():
    exogenous = FRAME.assign(y=FRAME["x1"] + np.random.default_rng(1).standard_normal(len(FRAME)))
    assert ct.estimate("iv-fe", FRAME, **CALL, endog="x1").details["endogeneity"]["pvalue"] < 0.01
    assert ct.estimate("iv-fe", exogenous, **CALL, endog="x1").details["endogeneity"]["pvalue"] > 0.05


@pytest.mark.parametrize(("change", "error", "match"), [
    ({"endog": ["x1", "x2"], "instrument": "z0"}, InfeasibleError, "1 instruments for 2 endogenous"),
    ({"endog": "x1", "instrument": "w"}, UsageError, "neither y nor a regressor"),
    ({"endog": "x1", "hc": 3}, UsageError, "0 or 1"),
    ({"endog": "x1", "instrument": ["z0", "flat"]}, InfeasibleError, "flat does not vary within entities"),
    ({"endog": "x1", "instrument": ["z0", "twin"]}, InfeasibleError, "twin is an exact linear function"),
    ({}, UsageError, "needs --endog")])
def test_bad_requests(change, error, match):
    frame = FRAME.assign(flat=FRAME["i"] * 1.0, twin=FRAME["z0"] * 2 + FRAME["w"])
    with pytest.raises(error, match=match):
        ct.estimate("iv-fe", frame, **{**CALL, **change})


@pytest.mark.parametrize("method", ["2sls", "liml"])
@pytest.mark.parametrize("cov", ["unadjusted", "robust", "clustered"])
def test_weights_against_linearmodels_with_dummies(method, cov):
    from linearmodels.iv import IV2SLS, IVLIML

    frame = FRAME.assign(v=np.random.default_rng(3).uniform(0.2, 3.0, len(FRAME)))
    ours = ct.estimate("iv-fe", frame, **CALL, endog="x1", weights="v", method=method, cov=cov, hc=0)
    exog = pd.concat([frame[["w"]], pd.get_dummies(frame["i"], dtype=float)], axis=1)
    model = {"2sls": IV2SLS, "liml": IVLIML}[method](frame["y"], exog, frame[["x1"]], frame[Z], weights=frame["v"])
    clusters = {"clusters": frame["i"]} if cov == "clustered" else {}
    theirs = model.fit(cov_type=cov, debiased=False, **clusters)
    n, g = len(frame), frame["i"].nunique()
    factor = {"unadjusted": n / (n - g - 2), "robust": 1.0, "clustered": g / (g - 1) * (n - 1) / (n - 3)}[cov]
    assert_allclose(ours.params[["w", "x1"]], theirs.params[["w", "x1"]], rtol=1e-8)
    assert_allclose(ours.std_errors[["w", "x1"]], theirs.std_errors[["w", "x1"]] * np.sqrt(factor), rtol=1e-8)


def test_weights_that_are_alike_change_nothing():
    for method in ("2sls", "gmm"):
        plain, alike = (ct.estimate("iv-fe", FRAME.assign(v=3.0), **CALL, endog=["x1", "x2"], method=method,
                                    cov="robust", **extra).to_dict() for extra in ({}, {"weights": "v"}))
        for a, b in zip(plain["params"], alike["params"], strict=True):
            assert_allclose([a["value"], a["se"]], [b["value"], b["se"]], rtol=1e-10)
        assert_allclose(alike["fit"]["r2"], plain["fit"]["r2"], rtol=1e-10)
        assert_allclose(alike["details"]["identification"]["kp_rk_f"], plain["details"]["identification"]["kp_rk_f"],
                        rtol=1e-8)


def test_effective_f_and_its_critical_values():
    from scipy.stats import ncx2

    one = ct.estimate("iv-fe", FRAME, **{**CALL, "instrument": "z0"}, endog="x1", cov="clustered").details
    found = one["identification"]["effective_f"]
    assert_allclose(found["F"], one["first_stage"][0]["F"], rtol=1e-9)    # one instrument: the robust F
    for share, value in found["critical"].items():
        assert_allclose(value, ncx2.ppf(0.95, 1, 1 / float(share)), rtol=1e-9)
    plain = ct.estimate("iv-fe", FRAME, **CALL, endog="x1").details
    found = plain["identification"]["effective_f"]
    assert_allclose(found["F"], plain["first_stage"][0]["F"], rtol=1e-9)  # like errors: the F
    assert_allclose(found["critical"]["0.1"], ncx2.ppf(0.95, 3, 30) / 3, rtol=1e-9)

    d = without_effects(FRAME)
    z = d[Z].to_numpy() - np.outer(d["w"], d[Z].T @ d["w"] / (d["w"] @ d["w"]))
    z = np.linalg.qr(z)[0]
    x = (d["x1"] - d["w"] * (d["w"] @ d["x1"]) / (d["w"] @ d["w"])).to_numpy()
    pi = z.T @ x
    scores = z * (x - z @ pi)[:, None]
    w = scores.T @ scores
    k = np.trace(w) ** 2 * 21 / ((w**2).sum() + 20 * np.trace(w) * np.linalg.eigvalsh(w).max())
    details = ct.estimate("iv-fe", FRAME, **CALL, endog="x1", cov="robust", hc=0).details
    robust = details["identification"]["effective_f"]
    assert_allclose(robust["F"], pi @ pi / np.trace(w), rtol=1e-9)
    assert_allclose(robust["critical"]["0.1"], ncx2.ppf(0.95, k, 10 * k) / k, rtol=1e-7)
    assert "effective_f" not in ct.estimate("iv-fe", FRAME, **CALL, endog=["x1", "x2"]).details["identification"]
