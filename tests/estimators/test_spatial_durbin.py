"""The spatial Durbin model: spreg's maximum likelihood, numerical derivatives, known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError

KEYS = {"entity": "i", "time": "t", "y": "y"}
N = 20
PAIRS = [(f"u{k:02d}", f"u{(k + 1) % N:02d}") for k in range(N)] + [("u00", "u07"), ("u03", "u12"), ("u05", "u16")]


def weights():
    w = np.zeros((N, N))
    for a, b in PAIRS:
        w[int(a[1:]), int(b[1:])] = w[int(b[1:]), int(a[1:])] = 1
    return w / w.sum(1, keepdims=True)


def panel(seed, t=12, rho=0.4, theta=0.5, period=0.0):
    rng = np.random.default_rng([20260101, seed])
    w = weights()
    x, z, e = rng.standard_normal((3, N, t))
    x = x + rng.standard_normal((N, 1)) + period * rng.standard_normal((1, t))
    lam = period * rng.standard_normal((1, t))
    y = np.linalg.solve(np.eye(N) - rho * w, x + theta * w @ x - 0.5 * z + rng.standard_normal((N, 1)) + lam + e)
    return pd.DataFrame({"i": np.repeat([f"u{k:02d}" for k in range(N)], t), "t": np.tile(range(2001, 2001 + t), N),
                         "y": y.ravel(), "x": x.ravel(), "z": z.ravel()})


def test_is_spregs_lag_model_with_lagged_regressors():
    """spreg counts all NT deviations; the likelihood, slopes and variances are the same then."""
    from libpysal.weights import W
    from spreg import Panel_FE_Lag

    data = panel(1)
    ours = ct.estimate("spatial-durbin", data, x=["x", "z"], neighbours=PAIRS, dfcor=False, **KEYS)
    w = weights()
    wide = {v: data.pivot(index="i", columns="t", values=v).to_numpy() for v in ("y", "x", "z")}
    stacked = np.column_stack([v.T.reshape(-1) for v in (wide["x"], wide["z"], w @ wide["x"], w @ wide["z"])])
    near = {k: list(np.flatnonzero(w[k])) for k in range(N)}
    theirs = Panel_FE_Lag(wide["y"].T.reshape(-1, 1), stacked, W(near, {k: list(w[k][near[k]]) for k in near}))
    names = ["x", "z", "W.x", "W.z", "rho"]
    assert_allclose([ours[k].value for k in names], theirs.betas.ravel(), rtol=2e-5)
    assert_allclose([ours[k].se for k in names], np.sqrt(np.diagonal(theirs.vm)), rtol=2e-3)
    # spreg 1.9 takes the logarithm of the sum of squares where that of the variance belongs: NT/2 ln NT apart.
    assert_allclose(ours.fit["loglik"], float(theirs.logll.item()) + 120 * np.log(240), rtol=1e-6)


def test_correction_keeps_slopes_and_widens_errors():
    data = panel(2, t=4)
    plain = ct.estimate("spatial-durbin", data, x=["x", "z"], neighbours=PAIRS, dfcor=False, **KEYS)
    fair = ct.estimate("spatial-durbin", data, x=["x", "z"], neighbours=PAIRS, **KEYS)
    assert_allclose(plain["rho"].value, fair["rho"].value, atol=1e-7)
    assert_allclose(fair["x"].se / plain["x"].se, np.sqrt(4 / 3), rtol=1e-5)
    assert_allclose(fair.details["sigma2"] / plain.details["sigma2"], 4 / 3, rtol=1e-5)


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_effects_are_those_of_the_inverse_and_their_errors_of_its_derivatives(effects):
    r = ct.estimate("spatial-durbin", panel(3), x=["x", "z"], neighbours=PAIRS, effects=effects, **KEYS)
    w = weights()

    def of(p):
        s = np.linalg.inv(np.eye(N) - p[0] * w) @ (p[1] * np.eye(N) + p[3] * w)
        return np.array([np.trace(s) / N, s.sum() / N - np.trace(s) / N, s.sum() / N])

    at = np.array([r[k].value for k in ("rho", "x", "z", "W.x", "W.z")])
    row = r.details["effects"][0]
    assert_allclose([row["direct"], row["indirect"], row["total"]], of(at), rtol=1e-10)
    jacobian = np.array([(of(at + h) - of(at - h)) / 2e-6 for h in 1e-6 * np.eye(5)]).T
    se = np.sqrt(np.diagonal(jacobian @ r.covariance @ jacobian.T))
    assert_allclose([row["direct_se"], row["indirect_se"], row["total_se"]], se, rtol=1e-6)
    assert_allclose(row["total"], (r["x"].value + r["W.x"].value) / (1 - r["rho"].value), rtol=1e-9)


@pytest.mark.parametrize(("effects", "period"), [("entity", 0.0), ("twoway", 1.0)])
def test_the_truth_is_recovered_and_covered(effects, period):
    found = []
    for seed in range(60):
        r = ct.estimate("spatial-durbin", panel(seed + 20, t=6, period=period), x=["x", "z"], neighbours=PAIRS,
                        effects=effects, **KEYS)
        found.append([r[k].value for k in ("rho", "x", "W.x")] + [r[k].ci[0] <= v <= r[k].ci[1] for k, v in
                                                                   (("rho", 0.4), ("x", 1.0), ("W.x", 0.5))])
    found = np.array(found, dtype=float)
    assert_allclose(found[:, :3].mean(0), [0.4, 1.0, 0.5], atol=0.05)
    assert (found[:, 3:].mean(0) > 0.85).all()


def test_wald_tests_of_simpler_models():
    lag = ct.estimate("spatial-durbin", panel(4, t=30, theta=0.0), x=["x"], neighbours=PAIRS, **KEYS)
    tests = {row["model"]: row["pvalue"] for row in lag.details["tests"]}
    assert tests["spatial lag"] > 0.05 and tests["spatial error"] < 0.01


def test_entities_without_neighbours_are_refused():
    with pytest.raises(InfeasibleError, match="u19 has no neighbour"):
        ct.estimate("spatial-durbin", panel(5), x=["x"], neighbours=[p for p in PAIRS if "u19" not in p], **KEYS)
