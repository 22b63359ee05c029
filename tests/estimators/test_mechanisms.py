"""Mediation and moderation: their regressions one by one, known truth, what is said about identification."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from clustertrade.estimators.mediation import cross_products, paths
from clustertrade.panel import Panel
from clustertrade.regression.rows import rows_of
from clustertrade.regression.ushape import u_test

KEYS = {"entity": "i", "time": "t", "y": "y"}


def panel(seed, n=25, t=22, a=0.5, b=0.4, direct=0.3, curve=0.0, common=0.0):
    """m = a x + effect, y = direct x + b m + curve x m; ``common`` is in both errors."""
    rng = np.random.default_rng([20260101, seed])
    effect, lam = rng.standard_normal((n, 1)), rng.standard_normal((1, t))
    x, z, e, u, f = rng.standard_normal((5, n, t))
    x = x + effect + 0.5 * lam
    m = a * x + effect + 0.2 * z + e + common * f
    y = direct * x + b * m + 0.5 * z - effect + lam + u + common * f + curve * x * m
    return pd.DataFrame({"i": np.repeat([f"u{k:02d}" for k in range(n)], t), "t": np.tile(np.arange(2001, 2001 + t), n),
                         **{k: v.ravel() for k, v in {"y": y, "x": x, "m": m, "z": z}.items()}})


@pytest.mark.parametrize("effects", ["entity", "time", "twoway"])
def test_three_steps_are_fixed_effects_regressions_on_the_same_rows(effects):
    data = panel(1)
    data.loc[[3, 77, 200], "m"] = np.nan
    r = ct.estimate("mediation", data, x=["x", "z"], mediator="m", effects=effects, bootstrap=0,
                    cov="clustered", **KEYS)
    whole = data.dropna()
    run = {"entity": "i", "time": "t", "effects": effects, "cov": "clustered", "bootstrap": 0}
    c = ct.estimate("fe", whole, y="y", x=["x", "z"], **run)["x"]
    a = ct.estimate("fe", whole, y="m", x=["x", "z"], **run)["x"]
    last = ct.estimate("fe", whole, y="y", x=["x", "z", "m"], **run)
    b, d = last["m"], last["x"]
    for ours, theirs in ((r["total"], c), (r["a"], a), (r["b"], b), (r["direct"], d)):
        assert_allclose([ours.value, ours.se, ours.pvalue], [theirs.value, theirs.se, theirs.pvalue], rtol=1e-9)
    assert_allclose(r["total"].value, r["direct"].value + r["indirect"].value, rtol=1e-9)
    assert_allclose(r["indirect"].se, np.sqrt(b.value**2 * a.se**2 + a.value**2 * b.se**2), rtol=1e-9)
    assert any(w.startswith("3 rows fall out") for w in r.warnings)


@pytest.mark.parametrize("effects", ["entity", "time", "twoway"])
def test_bootstrap_samples_are_regressions_on_drawn_entities(effects):
    data = panel(2, n=8, t=6).drop(index=[4, 30, 31])
    p = Panel.from_frame(data, entity="i", time="t")
    gram, scale = cross_products(rows_of(p["y"], p[["x", "z", "m"]]), effects)
    weight = np.array([2, 0, 1, 1, 0, 3, 1, 0])
    ours = paths(np.tensordot(weight[None].astype(float), gram, 1), scale)[0]
    names = sorted(data["i"].unique())
    drawn = pd.concat([data[data["i"] == name].assign(i=f"{name}-{copy}")
                       for name, times in zip(names, weight, strict=True) for copy in range(times)])
    r = ct.estimate("mediation", drawn, x=["x", "z"], mediator="m", effects=effects, bootstrap=0, **KEYS)
    assert_allclose(ours, [r[k].value for k in ("indirect", "total", "direct")], rtol=1e-8)


def test_the_interval_covers_the_product_and_a_null_path_is_not_found():
    covered, found = 0, 0
    for seed in range(40):
        row = ct.estimate("mediation", panel(seed + 10, t=10), x=["x", "z"], mediator="m", bootstrap=199,
                          effects="twoway", **KEYS)["indirect"]
        covered += row.ci[0] <= 0.2 <= row.ci[1]
        none = ct.estimate("mediation", panel(seed + 10, t=10, a=0.0), x=["x", "z"], mediator="m", bootstrap=199,
                           effects="twoway", **KEYS)["indirect"]
        found += none.extra["pvalue_bootstrap"] < 0.05
    assert covered >= 33 and found <= 6


def test_share_mediated_and_where_there_is_none():
    r = ct.estimate("mediation", panel(3, n=60), x=["x", "z"], mediator="m", effects="twoway", bootstrap=199,
                    **KEYS)
    share = r.details["share"]
    assert abs(share["value"] - 0.4) < 0.08 and share["low"] < share["value"] < share["high"]
    opposed = ct.estimate("mediation", panel(3, n=60, direct=-0.6), x=["x", "z"], mediator="m", bootstrap=0, **KEYS)
    assert opposed.details["share"]["value"] is None and any("no share mediated" in w for w in opposed.warnings)


def test_sensitivity_names_the_correlation_that_undoes_the_effect():
    """An unobserved cause alone, b = 0: the statement's correlation is that of the errors."""
    r = ct.estimate("mediation", panel(4, n=200, b=0.0, common=1.0), x=["x", "z"], mediator="m", effects="twoway",
                    bootstrap=0, **KEYS)
    assert r["indirect"].pvalue < 1e-6                     # the three steps are misled
    assert abs(r.details["sensitivity"]["rho"] - 0.5) < 0.05
    curve = {round(row["rho"], 1): row["indirect"] for row in r.details["sensitivity"]["curve"]}
    assert_allclose(curve[0.0], r["indirect"].value, rtol=1e-9)
    assert abs(curve[0.5]) < 0.05
    said = f"correlates their errors by {r.details['sensitivity']['rho']:.2f}"
    assert any("do not identify a mechanism" in w and said in w for w in r.warnings)


def test_names_of_entities_do_not_matter_to_the_bootstrap():
    data = panel(5)
    turned = data.assign(i="v" + (99 - data["i"].str[1:].astype(int)).astype(str))
    a, b = (ct.estimate("mediation", d, x=["x"], mediator="m", bootstrap=99, **KEYS)["indirect"]
            for d in (data, turned))
    assert_allclose(a.ci, b.ci, rtol=1e-9)


def test_a_mediator_beside_y_and_x():
    with pytest.raises(InfeasibleError, match="the mediator x is y or among x"):
        ct.estimate("mediation", panel(6), x=["x"], mediator="x", **KEYS)


def test_an_interaction_is_the_regression_with_the_centred_product():
    data = panel(7, curve=0.25)
    data = data.assign(p=(data["x"] - data["x"].mean()) * (data["m"] - data["m"].mean()))
    r = ct.estimate("moderation", data, x=["x", "z"], moderator="m", cov="clustered", bootstrap=0, **KEYS)
    fe = ct.estimate("fe", data, entity="i", time="t", y="y", x=["x", "m", "p", "z"], cov="clustered", bootstrap=0)
    assert [p.name for p in r.coefficients] == ["const", "x", "m", "x*m", "z"]
    assert_allclose([p.value for p in r.coefficients], [p.value for p in fe.coefficients], rtol=1e-8)
    assert_allclose([p.se for p in r.coefficients], [p.se for p in fe.coefficients], rtol=1e-8)
    slopes = {row["at"]: row for row in r.details["slopes"]}
    assert_allclose([slopes["mean"]["effect"], slopes["mean"]["se"], slopes["mean"]["pvalue"]],
                    [fe["x"].value, fe["x"].se, fe["x"].pvalue], rtol=1e-8)
    # The slope one standard deviation up is the coefficient of x where m is centred there.
    up = data["m"].mean() + data["m"].std()
    moved = data.assign(p=(data["x"] - data["x"].mean()) * (data["m"] - up))
    other = ct.estimate("fe", moved, entity="i", time="t", y="y", x=["x", "m", "p", "z"], cov="clustered",
                        bootstrap=0)["x"]
    assert_allclose([slopes["mean + sd"]["effect"], slopes["mean + sd"]["se"]], [other.value, other.se], rtol=1e-8)
    assert_allclose(r["x*m"].value, 0.25, atol=0.05)
    curve = r.details["marginal"]
    assert curve[0]["moderator"] == data["m"].min() and curve[-1]["moderator"] == data["m"].max()
    zero = r.details["switch"]
    assert_allclose(np.interp(zero, [c["moderator"] for c in curve], [c["effect"] for c in curve]), 0.0, atol=1e-9)


def test_a_quadratic_has_its_test_for_a_u():
    data = panel(8, n=40)
    data = data.assign(y=data["y"] - 0.7 * data["m"] + 1.0 * data["x"] - 0.4 * (data["x"] - 0.5) ** 2)
    r = ct.estimate("moderation", data, x=["x", "z"], moderator="x", cov="clustered", bootstrap=0, **KEYS)
    assert [p.name for p in r.coefficients] == ["const", "x", "x^2", "z"]
    u = r.details["u_test"]
    assert u["shape"] == "inverted U" and u["inside"] and u["pvalue"] < 0.01
    assert u["interval"][0] < u["extreme"] < u["interval"][1]
    assert_allclose(u["extreme"], -r["x"].value / (2 * r["x^2"].value), rtol=1e-12)


def test_the_u_test_by_hand():
    """Slopes 2 - 2x and their t at 0 and 3; the interval solves Fieller's quadratic."""
    v = np.array([[0.04, -0.01], [-0.01, 0.01]])
    u = u_test(np.array([2.0, -1.0]), v, 0.0, 3.0, None, 0.05)
    assert u["extreme"] == 1.0 and u["shape"] == "inverted U"
    t = [2 / 0.2, -4 / np.sqrt(0.04 - 0.12 + 0.36)]
    assert_allclose([e["t"] for e in u["ends"]], t, rtol=1e-12)
    assert_allclose(u["t"], abs(t[1]), rtol=1e-12)
    for end in u["interval"]:
        gradient = np.array([1.0, 2 * end])
        ratio = (gradient @ [2.0, -1.0]) ** 2 / (gradient @ v @ gradient)
        assert_allclose(ratio, 1.959963984540054**2, rtol=1e-9)


def test_a_straight_line_is_no_u():
    data = panel(9)
    u = ct.estimate("moderation", data.assign(y=data["y"] + 2 * data["x"]), x=["x"], moderator="x", **KEYS)
    assert u.details["u_test"]["pvalue"] > 0.05
