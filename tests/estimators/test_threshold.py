"""The panel threshold: Hansen's printed results, dummies, known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.batch.regimes import ThresholdSearch
from clustertrade.errors import InfeasibleError, UsageError
from tests.goldens.harness import agrees, frame

CALL = {"entity": "i", "time": "t", "y": "y", "threshold_var": "q"}


def panel(seed, n=31, t=22, thresholds=(0.3,), slopes=(1.0, 1.5)):
    """y switches its slope on x where q passes the thresholds; x is correlated with the effects and with q."""
    rng = np.random.default_rng([20260101, seed])
    q, z, e = rng.standard_normal((3, n, t))
    effect = rng.standard_normal((n, 1))
    x = rng.standard_normal((n, t)) + 0.3 * q + effect
    y = effect + np.array(slopes)[np.searchsorted(thresholds, q)] * x + 0.5 * z + e
    return pd.DataFrame({"i": np.repeat([f"u{k:02d}" for k in range(n)], t), "t": np.tile(np.arange(2001, 2001 + t), n),
                         "y": y.ravel(), "x": x.ravel(), "z": z.ravel(), "q": q.ravel()})


def printed(pairs):
    wrong = {want: got for got, want in pairs if not agrees(got, want, "algebraic")}
    assert not wrong, wrong


@pytest.fixture(scope="module")
def hansen():
    data = frame("hansen1999_lag.csv")
    data = data.assign(q2=data["q"] ** 2, q3=data["q"] ** 3, qd=data["q"] * data["d"])
    return ct.estimate("threshold", data, entity="firm", time="year", y="inva", x=["cf", "q", "q2", "q3", "d", "qd"],
                       threshold_var="d", regimes=3, convention="hansen", cov="robust", hc=0, bootstrap=40)


def test_every_number_of_hansens_output(hansen):
    """The output of the author's program, thresh.out; tables 2, 3 and 5 of the paper round the same numbers."""
    one, two = hansen.details["tests"]
    first, second = hansen.details["intervals"]
    printed([(one["ssr0"], "16.591220"), (one["ssr1"], "16.517795"), (one["estimate"], "0.015700000"),
             (one["F"], "32.649894"), (two["ssr1"], "16.459979"), (two["estimate"], "0.53616000"),
             (two["F"], "25.799434"), (first["low"], "0.013920000"), (first["high"], "0.018060000"),
             (second["low"], "0.53049000"), (second["high"], "0.56287000")])
    assert hansen.details["thresholds"] == [0.0157, 0.53616]
    rows = {"q": ("0.010285143", "0.0018833187"), "q2": ("-0.00019753392", "6.3768397e-005"),
            "q3": ("1.0466549e-006", "4.4786653e-007"), "d": ("-0.016489208", "0.0089750760"),
            "qd": ("0.0014806529", "0.0020687843"), "cf[1]": ("0.063153741", "0.013500229"),
            "cf[2]": ("0.097725900", "0.010292374"), "cf[3]": ("0.039209296", "0.031114460")}
    for name, (value, se) in rows.items():
        assert_allclose([hansen[name].value, hansen[name].se], [float(value), float(se)], rtol=5e-8)


def test_hansens_conclusion_from_the_bootstrap(hansen):
    """Printed: p 0.0067 and 0.0167 from 300 draws; 40 draws cannot be far from it."""
    assert all(row["pvalue"] <= 0.1 for row in hansen.details["tests"])
    assert 8 < hansen.details["tests"][0]["critical"]["0.05"] < 25           # printed: 16.9, table 2: 14.8


@pytest.mark.parametrize(("dropped", "strict"), [(False, False), (True, True)])
def test_running_sums_are_the_regressions_with_dummies(dropped, strict):
    """Every candidate against least squares on transformed columns, beside a threshold that is fixed."""
    rng = np.random.default_rng(5)
    n, t = 7, 6
    x, z = rng.standard_normal((n, t, 2)), rng.standard_normal((n, t, 1))
    y, q = rng.standard_normal((n, t, 2)), rng.integers(0, 9, (n, t)).astype(float)
    search = ThresholdSearch(x, z, q, np.arange(1.0, 8.0), strict=strict, dropped=dropped)
    found = search.ssr(y, (4.0,))[1]

    def low(g):
        return x * (q < g if strict else q <= g)[..., None]

    for j, g in enumerate(np.arange(1.0, 8.0)):
        columns = [x, z, low(4.0)] + ([low(g)] if g != 4.0 else [])
        moved = [v - v.mean(1, keepdims=True) for v in (np.concatenate(columns, -1), y)]
        a, b = (v[:, : t - dropped].reshape(n * (t - dropped), -1) for v in moved)
        if g == 4.0:
            assert np.isinf(found[j]).all()
        else:
            assert_allclose(found[j], ((b - a @ np.linalg.lstsq(a, b, rcond=None)[0]) ** 2).sum(0), rtol=1e-10)


def test_slopes_are_those_of_fixed_effects_with_the_split_columns():
    data = panel(1)
    r = ct.estimate("threshold", data, x=["x", "z"], bootstrap=0, cov="clustered", **CALL)
    low = data["q"] <= r.details["thresholds"][0]
    split = data.assign(a=data["x"].where(low, 0.0), b=data["x"].where(~low, 0.0))
    fe = ct.estimate("fe", split, entity="i", time="t", y="y", x=["a", "b", "z"], cov="clustered", bootstrap=0)
    assert_allclose([r["x[1]"].se, r["x[2]"].se, r["z"].value], [fe["a"].se, fe["b"].se, fe["z"].value], rtol=1e-12)


def test_two_thresholds_are_found_and_a_third_is_not():
    r = ct.estimate("threshold", panel(2, thresholds=(-0.5, 0.6), slopes=(1.0, 1.8, 1.0)), x=["x", "z"], regimes=4,
                    bootstrap=99, **CALL)
    p = [row["pvalue"] for row in r.details["tests"]]
    assert p[0] <= 0.05 and p[1] <= 0.05 and p[2] > 0.05
    two = ct.estimate("threshold", panel(2, thresholds=(-0.5, 0.6), slopes=(1.0, 1.8, 1.0)), x=["x", "z"], regimes=3,
                      bootstrap=0, **CALL)
    assert_allclose(two.details["thresholds"], [-0.5, 0.6], atol=0.1)
    assert_allclose([two[f"x[{k}]"].value for k in (1, 2, 3)], [1.0, 1.8, 1.0], atol=0.15)
    assert sum(row["rows"] for row in two.details["regimes"]) == 31 * 22


def test_intervals_cover_the_truth():
    inside = []
    for seed in range(40):
        row = ct.estimate("threshold", panel(seed + 10), x=["x", "z"], bootstrap=0, **CALL).details["intervals"][0]
        inside.append(row["low"] <= 0.3 <= row["high"])
    assert np.mean(inside) >= 0.85


def test_several_regressors_switch():
    r = ct.estimate("threshold", panel(3), x=["x", "z"], switching=["x", "z"], bootstrap=0, **CALL)
    assert [p.name for p in r.coefficients] == ["const", "x[1]", "x[2]", "z[1]", "z[2]"]
    assert abs(r["z[1]"].value - r["z[2]"].value) < 0.2


def test_the_threshold_variable_may_be_a_regressor_or_y_of_another_scale():
    data = panel(4)
    a = ct.estimate("threshold", data, x=["x", "q"], bootstrap=19, **CALL)
    b = ct.estimate("threshold", data.assign(x=data["x"] * 1e6, y=data["y"] / 1e3), x=["x", "q"], bootstrap=19, **CALL)
    assert a.details["thresholds"] == b.details["thresholds"]
    assert a.details["tests"][0]["pvalue"] == b.details["tests"][0]["pvalue"]
    assert_allclose(a.details["tests"][0]["F"], b.details["tests"][0]["F"], rtol=1e-8)


def test_names_of_entities_do_not_matter_to_the_bootstrap():
    data = panel(5)
    turned = data.assign(i="v" + (99 - data["i"].str[1:].astype(int)).astype(str))
    a, b = (ct.estimate("threshold", d, x=["x", "z"], bootstrap=49, **CALL).details["tests"] for d in (data, turned))
    assert a[0]["pvalue"] == b[0]["pvalue"]


def test_what_cannot_be_is_said():
    data = panel(6, n=6, t=8)
    with pytest.raises(InfeasibleError, match="needs every entity over the same periods"):
        ct.estimate("threshold", data.iloc[:-1], x=["x"], **CALL)
    with pytest.raises(InfeasibleError, match="4 regimes of at least 30% of the rows"):
        ct.estimate("threshold", data, x=["x"], regimes=4, trim=0.3, bootstrap=0, **CALL)
    with pytest.raises(UsageError, match="--switching z is not among --x"):
        ct.estimate("threshold", data, x=["x"], switching=["z"], **CALL)
    with pytest.raises(UsageError, match="threshold needs --threshold-var"):
        ct.estimate("threshold", data, entity="i", time="t", y="y", x=["x"])
