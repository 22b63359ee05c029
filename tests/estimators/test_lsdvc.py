"""Bias-corrected dynamic fixed effects: the formulas in full, initial estimates, known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.batch import lsdv_bias
from clustertrade.errors import InfeasibleError
from tests.estimators.test_gmm import PANEL, dynamic_panel


def samples(seed, b=1, n=20, t=10, rho=0.5):
    """y (b, n, t) and a strictly exogenous x (n, t, 1)."""
    rng = np.random.default_rng([20260101, *np.atleast_1d(seed)])
    u, effect = rng.standard_normal((n, t + 30)), rng.standard_normal(n)
    e = rng.standard_normal((b, n, t + 30))
    x, y = np.zeros((n, t + 30)), np.zeros((b, n, t + 30))
    for s in range(1, t + 30):
        x[:, s] = 0.5 * x[:, s - 1] + u[:, s] + 0.3 * effect
        y[:, :, s] = rho * y[:, :, s - 1] + 0.5 * x[:, s] + (1 - rho) * effect + e[:, :, s]
    return y[:, :, 30:], x[:, 30:, None]


def frame_of(y, x):
    n, t = y.shape
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(2001, 2001 + t), n), "y": y.ravel(),
                         "x": x.ravel()}).dropna()


@pytest.mark.parametrize("unbalanced", [False, True])
def test_the_bias_with_matrices_in_full(unbalanced):
    """Bun and Kiviet (2003) with A, L and Gamma of all NT rows; Bruno (2005) with his selection."""
    y, x = samples(1, n=5, t=7)
    y, gamma, delta = y[0], 0.45, np.array([0.45, 0.4])
    valid = np.ones((5, 7), dtype=bool)
    valid[:, 0] = False
    if unbalanced:
        valid[0, :3] = valid[3, 6] = valid[4, 4] = False
    lag = np.concatenate([np.zeros((5, 1)), y[:, :-1]], 1)
    w = np.where(valid[..., None], np.stack([lag, x[:, :, 0]], -1), 0.0)[:, 1:]
    s = valid[:, 1:]
    resid = np.where(s, y[:, 1:], 0.0) - w @ delta
    bias, sigma2 = lsdv_bias.approximations(np.array([gamma]), resid[None], w[None], s)
    n, t = s.shape
    select = np.diag(s.ravel().astype(float))
    d = np.kron(np.eye(n), np.ones((t, 1)))
    a = select - select @ d @ np.linalg.inv(d.T @ select @ d) @ d.T @ select
    lower = np.kron(np.eye(n), np.eye(t, k=-1))
    c = lower @ np.linalg.inv(np.eye(n * t) - gamma * lower)
    p = a @ c
    e, flat = resid.ravel(), w.reshape(-1, 2)
    var = e @ a @ e / (s.sum() - n - 2)
    mean = flat - np.outer(c @ a @ e, [1.0, 0.0])
    e1 = np.array([1.0, 0.0])
    q = np.linalg.inv(mean.T @ a @ mean + var * np.trace(p.T @ p) * np.outer(e1, e1))
    q1, q11, eye = q @ e1, q[0, 0], np.eye(2)
    c1 = var * np.trace(p) * q1
    c2 = -var * (q @ mean.T @ p @ a @ mean + np.trace(q @ mean.T @ p @ a @ mean) * eye
                 + 2 * var * q11 * np.trace(p.T @ p @ p) * eye) @ q1
    g = mean.T @ p @ p.T @ mean
    c3 = var**2 * np.trace(p) * (2 * q11 * q @ g @ q1 + (q1 @ g @ q1 + q11 * np.trace(q @ g)
                                                        + 2 * np.trace(p.T @ p @ p.T @ p) * q11**2) * q1)
    assert_allclose(sigma2, var, rtol=1e-10)
    assert_allclose(bias[0], [c1, c2, c3], rtol=1e-9)


@pytest.mark.parametrize(("kind", "name"), [("ab", "gmm-diff"), ("bb", "gmm-system")])
@pytest.mark.parametrize(("n", "collapse"), [(60, False), (20, True)])
def test_initial_estimates_are_those_of_gmm(kind, name, n, collapse):
    y, x = samples(2, n=n, t=8)
    data = frame_of(y[0], x)
    data = data[~((data["i"] == 3) & (data["t"] < 2004)) & ~((data["i"] == 5) & (data["t"] == 2005))]
    ours = ct.estimate("lsdvc", data, **PANEL, initial=kind, bootstrap=0).details["initial"]
    theirs = ct.estimate(name, data, **PANEL, steps=1, collapse=collapse)
    assert_allclose([ours["L1.y"], ours["x"]], theirs.params[["L1.y", "x"]], rtol=1e-8)


def test_uncorrected_estimates_are_fixed_effects():
    y, x = samples(3)
    data = frame_of(y[0], x)
    ours = ct.estimate("lsdvc", data, **PANEL, bootstrap=0)
    fe = ct.estimate("fe", data.assign(l=data.groupby("i")["y"].shift()), entity="i", time="t", y="y", x=["l", "x"])
    assert_allclose([*ours.details["lsdv"].values()], fe.params[["l", "x"]], rtol=1e-10)
    assert ours["L1.y"].se is None and ours.cov_type == "none"


@pytest.mark.parametrize(("n", "t", "rho"), [(20, 10, 0.5), (20, 10, 0.8), (25, 22, 0.9)])
@pytest.mark.parametrize("kind", ["ab", "bb", "ah"])
def test_the_correction_removes_the_bias(n, t, rho, kind):
    y, x = samples([4, n, t], b=400, n=n, t=t, rho=rho)
    valid = np.ones((n, t), dtype=bool)
    valid[:, 0] = False
    found = lsdv_bias.corrected(kind, 3, y, x, valid)
    before, after = ((found[k] - [rho, 0.5]).mean(0)[0] for k in ("lsdv", "beta"))
    assert before < -0.05 and abs(after) < 0.25 * abs(before)
    one = lsdv_bias.corrected(kind, 1, y, x, valid)["beta"][:, 0].mean() - rho
    assert abs(one) < 0.3 * abs(before)


def test_bootstrap_errors_are_those_of_repeated_samples():
    y, x = samples(5, b=300, n=25, t=12, rho=0.6)
    valid = np.ones((25, 12), dtype=bool)
    valid[:, 0] = False
    spread = lsdv_bias.corrected("ab", 3, y, x, valid)["beta"].std(0)
    errors = np.mean([ct.estimate("lsdvc", frame_of(y[k], x), **PANEL, bootstrap=200).std_errors for k in range(6)], 0)
    assert_allclose(errors, spread, rtol=0.2)


def test_seed_and_periods():
    data = dynamic_panel(6, n=20, t=8)
    a, b = (ct.estimate("lsdvc", data, **PANEL, bootstrap=50, seed=s) for s in (1, 1))
    c = ct.estimate("lsdvc", data, **PANEL, bootstrap=50, seed=2, effects="time")
    assert (a.std_errors == b.std_errors).all() and (a.std_errors != c.std_errors).any()
    assert [row["period"] for row in c.details["periods"]] == [str(p) for p in range(2003, 2009)]
    assert list(c.params.index) == ["L1.y", "x"]


def test_what_cannot_be_estimated_is_said():
    data = dynamic_panel(7, n=10)
    data["z"], data["w"] = data["i"] * 1.0, 2 * data["x"] + data["i"]
    with pytest.raises(InfeasibleError, match="z does not vary within entities"):
        ct.estimate("lsdvc", data, entity="i", time="t", y="y", x=["x", "z"])
    with pytest.raises(InfeasibleError, match="w is an exact linear function"):
        ct.estimate("lsdvc", data, entity="i", time="t", y="y", x=["x", "w"])


def test_no_standard_errors_without_draws_is_said():
    y = np.random.default_rng(20260101).standard_normal((12, 10)).cumsum(1)
    frame = pd.DataFrame({"i": np.repeat(range(12), 10), "t": np.tile(range(10), 12), "y": y.ravel()})
    for draws in (0, 1):
        result = ct.estimate("lsdvc", frame, entity="i", time="t", y="y", bootstrap=draws)
        assert result["L1.y"].se is None and any("no standard errors" in w for w in result.warnings)
