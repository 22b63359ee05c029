"""The wild cluster bootstrap against a bootstrap that regresses every sample, and its size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest

import clustertrade as ct
from clustertrade.panel import Panel
from clustertrade.regression import models, wild, wild_oneway
from clustertrade.regression.components import random
from clustertrade.regression.rows import rows_of
from clustertrade.regression.sandwich import cluster_codes, cluster_factor, clustered
from tests.estimators.panels import CALL, X, panel


def fitted(model, frame):
    data = Panel.from_frame(frame, entity="i", time="t")
    rows = rows_of(data["y"], data[X])
    if model == "re":
        return random("re", rows, "entity", "swar")
    return models.pooled("pooled", rows) if model == "pooled" else models.within(model, rows, model)


def with_dummies(fit, y):
    """Slopes and residuals of y on x and the effects as dummies."""
    columns = [fit.x]
    columns += [np.eye(int(c.max()) + 1)[c] for c in fit.effects.codes]
    x = np.column_stack(columns)
    resid = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    slopes = [j for j, s in enumerate(fit.slopes) if s] if fit.effects.kind else range(fit.k)
    own = fit.x[:, slopes] if not fit.effects.kind else fit.effects.remove(fit.x)[:, slopes]
    return np.linalg.solve(own.T @ own, own.T @ y), resid, own, list(slopes)


@pytest.mark.parametrize("cluster", ["entity", "time", "both"])
@pytest.mark.parametrize("model", ["pooled", "entity", "time", "twoway", "re"])
def test_every_draw_is_that_of_a_regression(model, cluster):
    """The t statistics of the draws, by regressing each bootstrap sample with its dummies."""
    fit = fitted(model, panel(6, n=13, t=7, share=0.85))
    inference = clustered(fit, cluster, "paper")
    draws, _ = wild.bootstrap(fit, inference.matrix, cluster, "paper", 20, 7)
    j = fit.names.index("b")
    listed = cluster_codes(fit, cluster)
    own = min(listed[:2], key=lambda c: int(c.max()))
    # The multipliers in the order in which clusters take them.
    multipliers, _ = wild.weights(int(own.max()) + 1, 20, 7)
    score = (fit.x * np.sqrt(np.diagonal(fit.bread)))[:, fit.slopes].sum(1) * fit.resid
    multipliers = multipliers[:, np.argsort(np.argsort(np.bincount(own, score), kind="stable"))]
    null = 0.2
    others = np.delete(fit.x, j, 1)
    moved = fit.y - null * fit.x[:, j]
    restricted = others @ np.linalg.lstsq(others, moved, rcond=None)[0]
    u = moved - restricted
    signs = [s * cluster_factor(fit, c, cluster, "paper") for s, c in zip((1, 1, -1), listed, strict=False)]
    found, want = draws[j], []
    for w in multipliers:
        y = restricted + null * fit.x[:, j] + w[own] * u
        beta, resid, x, slopes = with_dummies(fit, y)
        bread = np.linalg.inv(x.T @ x)
        own_score = x @ bread[:, slopes.index(j)] * resid
        variance = sum(s * (np.bincount(c, own_score) ** 2).sum() for s, c in zip(signs, listed, strict=True))
        want.append((beta[slopes.index(j)] - null, variance))
    q0, q1, q2 = found.square
    n0, n1 = found.numerator
    assert_allclose(n0 - null * n1, [b for b, _ in want], rtol=1e-8, atol=1e-12)
    assert_allclose(q0 - 2 * null * q1 + null**2 * q2, [v for _, v in want], rtol=1e-7, atol=1e-14)


@pytest.mark.parametrize("model", ["pooled", "entity", "time", "twoway"])
def test_both_ways_of_computing_agree(model):
    fit = fitted(model, panel(7, n=15, t=6, share=0.8))
    own = cluster_codes(fit, "entity")[0]
    draws, _ = wild.weights(int(own.max()) + 1, 30, 1)
    v, u = fit.x @ fit.bread[:, 2], (fit.resid, fit.x[:, 2])
    assert wild_oneway.applies(fit.effects, "entity")
    for a, b in zip(wild_oneway.squares(fit, v, u, own, draws, "entity", 1.5),
                    wild.squares_by_columns(fit, v, u, own, draws, [own], [1.5]), strict=True):
        assert_allclose(a, b, rtol=1e-10)


def test_seed_decides_and_names_do_not():
    frame = panel(8, n=20, t=6)
    first = ct.estimate("twoway", frame, **CALL, cov="clustered", bootstrap=199, seed=3)
    again = ct.estimate("twoway", frame.sample(frac=1, random_state=1), **CALL, cov="clustered", bootstrap=199, seed=3)
    turned = frame.assign(i="v" + (999 - frame["i"].str[1:].astype(int)).astype(str), y=frame["y"] * 1000)
    third = ct.estimate("twoway", turned, **CALL, cov="clustered", bootstrap=199, seed=3)
    other = ct.estimate("twoway", frame, **CALL, cov="clustered", bootstrap=199, seed=4)
    p = [{c.name: c.extra["pvalue_wild"] for c in r.coefficients} for r in (first, again, third, other)]
    assert p[0] == p[1] == p[2] and p[0] != p[3]
    assert first.details["wild"] == {"clusters": 20, "replications": 199, "weights": "rademacher", "seed": 3}


def test_it_stands_beside_every_clustered_p_and_nowhere_else():
    frame = panel(8, n=10, t=6)
    for model in ("pooled", "fe", "twoway", "re", "fd"):
        for cluster in ("entity", "time", "both"):
            result = ct.estimate(model, frame, **CALL, cov="clustered", cluster=cluster, bootstrap=99)
            assert all(0 < p["pvalue_wild"] <= 1 for p in result.to_dict()["params"] if p["se"] is not None)
            assert "pvalue_wild" in result.to_dict()["params"][1]
        assert result.details["wild"]["weights"] == "webb"
        assert "pvalue_wild" not in ct.estimate(model, frame, **CALL).to_dict()["params"][0]
        assert "wild" not in ct.estimate(model, frame, **CALL, cov="clustered", bootstrap=0).details


def test_interval_by_inversion():
    """At its ends the bootstrap p crosses the level, inside it lies above."""
    frame = panel(9, n=20, t=6)
    result = ct.estimate("fe", frame, **CALL, cov="wild", bootstrap=399)
    fit = fitted("entity", frame)
    draws, _ = wild.bootstrap(fit, clustered(fit, "entity", "paper").matrix, "entity", "paper", 399, 0)
    for name in X:
        p, d = result[name], draws[fit.names.index(name)]
        assert p.pvalue == p.extra["pvalue_wild"] == d.pvalue()
        low, high = p.ci
        assert low < p.value < high
        assert d.pvalue(low - 1e-6) <= 0.05 < d.pvalue(low + 1e-6) or d.pvalue(low + 1e-6) <= 0.06
        assert d.pvalue((low + p.value) / 2) > 0.05 and d.pvalue(high + 0.05 * (high - low)) <= 0.06


def clustered_panel(rng, n=25, t=22):
    """No effect of x, which is a walk in every entity; errors of an entity are correlated and differ in size."""
    x = rng.standard_normal((n, t)).cumsum(1)
    u = np.zeros((n, t))
    shocks = rng.standard_normal((n, t)) * rng.uniform(0.5, 2, (n, 1))
    for s in range(t):
        u[:, s] = 0.8 * u[:, s - 1] + shocks[:, s] if s else shocks[:, s] / 0.6
    return pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": u.ravel(), "x": x.ravel()})


def rejections(model, n, t, draws):
    rng = np.random.default_rng([20260101, n, t])
    found = {"classical": 0, "clustered": 0, "wild": 0}
    for _ in range(draws):
        frame = clustered_panel(rng, n, t)
        call = {"entity": "i", "time": "t", "y": "y", "x": "x"}
        robust = ct.estimate(model, frame, **call, cov="clustered", bootstrap=199)["x"]
        found["clustered"] += robust.pvalue < 0.05
        found["wild"] += robust.extra["pvalue_wild"] <= 0.05
        found["classical"] += ct.estimate(model, frame, **call)["x"].pvalue < 0.05
    return found


@pytest.mark.parametrize(("n", "draws"), [(25, 300), pytest.param(8, 300, marks=pytest.mark.slow),
                                          pytest.param(25, 2000, marks=pytest.mark.slow)])
def test_size(n, draws):
    """Classical errors reject far too often; clustered ones are near 5 %, the bootstrap nearer with few clusters."""
    found = rejections("fe", n, 22, draws)
    low, high = binomtest(found["wild"], draws).proportion_ci(0.999)
    assert low <= 0.075 and high >= 0.03, found
    low, high = binomtest(found["clustered"], draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02, found
    assert found["classical"] / draws > 0.25
