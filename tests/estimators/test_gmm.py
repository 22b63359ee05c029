"""Difference and system GMM: printed results, equivalences, known truth, what is refused."""

from __future__ import annotations

from math import isclose

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.batch import dynamic, gmm
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.regression.dynamic_panel import limits
from tests.goldens.harness import agrees, frame


def employment(*lagged):
    """Arellano and Bond's firms: n, w, k, ys, and lags as columns such as w1."""
    data = frame("empluk.csv").sort_values(["firm", "year"])
    data = data.assign(**{new: np.log(data[old]) for new, old in zip("nwky", ("emp", "wage", "capital", "output"),
                                                                    strict=True)})
    return data.assign(**{name: data.groupby("firm")[name[0]].shift(int(name[1])) for name in lagged})


FIRMS = {"entity": "firm", "time": "year", "y": "n"}
TABLE_4B = {**FIRMS, "x": ["w", "w1", "k", "y", "y1"], "y_lags": 2, "effects": "time"}
TABLE_4A = {**FIRMS, "x": ["w", "w1", "k", "k1", "k2", "y", "y1", "y2"], "y_lags": 2, "effects": "time"}


def dynamic_panel(seed, n=60, t=8, rho=0.5, beta=0.5, same=0.0):
    """y on its lag and on x, which follows past errors of y (and with ``same`` those of its period); stationary."""
    rng = np.random.default_rng([20260101, seed])
    effect = rng.standard_normal(n)
    y, x = np.zeros((2, n, t + 40))
    e, u = rng.standard_normal((2, n, t + 40))
    for s in range(1, t + 40):
        x[:, s] = 0.5 * x[:, s - 1] + 0.3 * effect + 0.2 * e[:, s - 1] + u[:, s] + same * e[:, s]
        y[:, s] = rho * y[:, s - 1] + beta * x[:, s] + (1 - rho) * effect + e[:, s]
    y, x = y[:, 40:], x[:, 40:]
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(2001, 2001 + t), n), "y": y.ravel(),
                         "x": x.ravel()})


PANEL = {"entity": "i", "time": "t", "y": "y", "x": ["x"]}


def test_arellano_and_bond_table_4b_and_the_correction_of_windmeijer():
    """Arellano and Bond (1991), table 4, column (b); corrected errors: Windmeijer (2005), table 2."""
    data = employment("w1", "y1")
    plain = ct.estimate("gmm-diff", data, **TABLE_4B)
    printed = {"L1.n": (".474", ".085", ".185"), "L2.n": ("-.053", ".027", ".052"), "w": ("-.513", ".049", ".146"),
               "w1": (".225", ".080", ".142"), "k": (".293", ".039", ".063"), "y": (".610", ".109", ".156"),
               "y1": ("-.446", ".125", ".217")}
    corrected = ct.estimate("gmm-diff", data, **TABLE_4B, cov="robust")
    wrong = {name: want for name, want in printed.items()
             if not all(agrees(v, w, "algebraic") for v, w in zip((plain[name].value, plain[name].se,
                                                                   corrected[name].se), want, strict=True))}
    assert not wrong
    assert agrees(plain.details["hansen"]["statistic"], "30.11", "algebraic") and plain.details["hansen"]["df"] == 25
    assert any("Windmeijer" in w for w in plain.warnings) and not any("Windmeijer" in w
                                                                       for w in corrected.warnings)


def test_one_step_as_in_the_manual_of_xtabond():
    """Stata manual, xtabond, examples 1 and 2 (Arellano and Bond's column a1), as quoted in plm's tests."""
    data = employment("w1", "k1", "k2", "y1", "y2")
    plain = ct.estimate("gmm-diff", data, **TABLE_4A, steps=1)
    robust = ct.estimate("gmm-diff", data, **TABLE_4A, steps=1, cov="robust")
    got = [r.details[k]["statistic"] for r in (plain, robust) for k in ("ar1", "ar2")]
    assert all(agrees(g, w, "algebraic") for g, w in zip(got, ("-3.9394", "-.5424", "-3.5996", "-.51603"),
                                                         strict=True))
    assert agrees(plain.details["sargan"]["statistic"], "65.82", "algebraic")


def test_orthogonal_deviations_equal_differences_in_one_step_on_balanced_panels():
    """Arellano and Bover (1995): with all lags as instruments the two transformations give the same estimates."""
    data = dynamic_panel(1).assign(x=0.0)
    data["x"] = np.random.default_rng(3).standard_normal(len(data))
    call = {k: v for k, v in PANEL.items() if k != "x"}
    a, b = (ct.estimate("gmm-diff", data, **call, steps=1, deviations=d) for d in ("difference", "orthogonal"))
    assert_allclose(a.params, b.params, rtol=1e-10)
    assert_allclose(a.std_errors, b.std_errors, rtol=0.2)


def test_deviations_are_orthonormal_over_gaps_and_orthogonal_to_a_constant():
    rng = np.random.default_rng(4)
    valid = rng.random((6, 9)) < 0.7
    m = dynamic.deviations(valid)
    assert_allclose(m @ np.where(valid, 1.0, 0.0)[:, :, None], 0, atol=1e-12)
    product = m @ m.transpose(0, 2, 1)
    there = m.any(2)
    assert (there.sum(1) == np.maximum(valid.sum(1) - 1, 0)).all()
    assert_allclose(product, np.eye(9) * there[:, :, None], atol=1e-12)
    assert (m[:, 1:][~np.broadcast_to(valid[:, :-1, None], m[:, 1:].shape)] == 0).all()


def test_two_steps_by_hand():
    """A small system of moments written out entity by entity."""
    data = dynamic_panel(2, n=20, t=5)
    result = ct.estimate("gmm-diff", data, **PANEL, gmm_lags="2:2", steps=2, cov="robust")
    y, x = (data[c].to_numpy().reshape(20, 5) for c in "yx")
    zx, zy, h = np.zeros((4, 2)), np.zeros(4), np.zeros((4, 4))
    pieces = []
    for i in range(20):
        dy, dx = np.diff(y[i]), np.diff(x[i])
        z = np.column_stack([np.diag(y[i, :3]), dx[1:]])
        r = np.column_stack([dy[:-1], dx[1:]])
        pieces.append((z, r, dy[1:]))
        zx, zy = zx + z.T @ r, zy + z.T @ dy[1:]
        h += z.T @ (2 * np.eye(3) - np.eye(3, k=1) - np.eye(3, k=-1)) @ z
    first = np.linalg.inv(zx.T @ np.linalg.inv(h) @ zx) @ zx.T @ np.linalg.inv(h)
    b1 = first @ zy
    moments = np.array([z.T @ (d - r @ b1) for z, r, d in pieces])
    s = np.linalg.inv(moments.T @ moments)
    b2 = np.linalg.solve(zx.T @ s @ zx, zx.T @ s @ zy)
    assert_allclose(result.params, b2, rtol=1e-9)
    g = s @ (zy - zx @ b2)
    v2 = np.linalg.inv(zx.T @ s @ zx)
    d = np.column_stack([-v2 @ zx.T @ s @ sum(-(z.T @ np.outer(r[:, k], e) @ z + z.T @ np.outer(e, r[:, k]) @ z)
                                             for (z, r, y_), e in zip(pieces, [d - r @ b1 for z, r, d in pieces],
                                                                     strict=True)) @ g for k in range(2)])
    v1 = first @ moments.T @ moments @ first.T
    assert_allclose(result.covariance, v2 + d @ v2 + v2 @ d.T + d @ v1 @ d.T, rtol=1e-8)
    j = result.details["hansen"]
    assert isclose(j["statistic"], float((zy - zx @ b2) @ g), rel_tol=1e-9) and j["df"] == 2


def test_gretl_and_paper_differ_in_sargan_alone():
    data = employment("w1", "y1")
    ours, gretl = (ct.estimate("gmm-diff", data, **TABLE_4B, cov="robust", convention=c) for c in ("paper", "gretl"))
    assert_allclose(ours.params, gretl.params, rtol=1e-9)
    ratio = gretl.details["sargan"]["statistic"] / ours.details["sargan"]["statistic"]
    assert isclose(ratio, 611 / (611 - 13), rel_tol=1e-9)


@pytest.mark.parametrize(("name", "rho"), [("gmm-diff", 0.5), ("gmm-system", 0.5), ("gmm-system", 0.9)])
def test_known_truth(name, rho):
    """x follows past errors of y: predetermined, so its first lag is an instrument."""
    draws = [ct.estimate(name, dynamic_panel([7, k], n=150, rho=rho), **PANEL, endog="x", gmm_lags="2:4,x=1:3",
                         cov="robust") for k in range(25)]
    bias = np.mean([d.params.to_numpy()[:2] for d in draws], 0) - (rho, 0.5)
    assert np.abs(bias).max() < 0.05, bias
    inside = np.mean([p.ci[0] < truth < p.ci[1] for d in draws for p, truth in zip(d.coefficients, (rho, 0.5),
                                                                                strict=False)])
    assert inside > 0.82
    assert np.mean([d.details["hansen"]["pvalue"] < 0.05 for d in draws]) < 0.25
    assert all(d.details["ar1"]["pvalue"] < 0.05 for d in draws)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rho", "most"), [("gmm-diff", 0.5, 0.12), ("gmm-diff", 0.9, 0.22),
                                                   ("gmm-system", 0.9, 0.12)])
def test_size_of_the_corrected_t(name, rho, most):
    """Near a unit root levels are weak instruments of differences, and the t of difference GMM rejects too often."""
    rejected = []
    for k in range(400):
        d = ct.estimate(name, dynamic_panel([8, k], n=200, rho=rho), **PANEL, endog="x", gmm_lags="2:4,x=1:3",
                        cov="robust")
        rejected.append([abs(d["L1.y"].value - rho) > 1.96 * d["L1.y"].se, d.details["hansen"]["pvalue"] < 0.05])
    t, hansen = np.mean(rejected, 0)
    assert 0.02 < t < most and 0.02 < hansen < 0.09


def test_an_x_that_moves_with_the_error_is_found_out_and_endog_repairs_it():
    data = dynamic_panel(9, n=500, t=7, same=0.8)
    wrong = ct.estimate("gmm-diff", data, **PANEL, cov="robust")
    right = ct.estimate("gmm-diff", data, **PANEL, cov="robust", endog="x")
    assert wrong.details["hansen"]["pvalue"] < 0.001 and abs(wrong["x"].value - 0.5) > 5 * wrong["x"].se
    assert right.details["hansen"]["pvalue"] > 0.01 and abs(right["x"].value - 0.5) < 3 * right["x"].se


def test_more_instruments_than_groups_warn_and_collapse_helps():
    data = dynamic_panel(11, n=12, t=12)
    many = ct.estimate("gmm-diff", data, **PANEL, cov="robust")
    few = ct.estimate("gmm-diff", data, **PANEL, cov="robust", collapse=True, gmm_lags="2:4")
    assert many.fit["n_instruments"] == 56 and any("56 instruments for 12 groups" in w for w in many.warnings)
    assert few.fit["n_instruments"] == 4 and not few.warnings
    assert many.details["difference_hansen"] == []


def test_difference_in_hansen_of_an_invalid_level_equation():
    """Where y starts far from its mean, the lagged differences are no instruments in levels."""
    n, t = 1000, 6
    rng = np.random.default_rng(12)
    y = np.zeros((n, t))
    effect = rng.standard_normal(n)
    for s in range(t):
        y[:, s] = (0.8 * y[:, s - 1] if s else 0) + effect + rng.standard_normal(n)
    data = pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": y.ravel()})
    result = ct.estimate("gmm-system", data, entity="i", time="t", y="y", cov="robust")
    rows = {row["group"]: row for row in result.details["difference_hansen"]}
    whole = result.details["hansen"]
    for row in rows.values():
        assert isclose(row["statistic"] + row["excluding"]["statistic"], whole["statistic"], rel_tol=1e-9)
        assert row["statistic"] >= 0 and row["df"] + row["excluding"]["df"] == whole["df"]
    assert rows["levels"]["pvalue"] < 0.001


def test_a_lag_of_x_brings_no_instrument_twice():
    data = employment("w1")
    call = {**FIRMS, "cov": "robust"}
    once = ct.estimate("gmm-diff", data, **call, x=["w", "w1"], endog=["w", "w1"], gmm_lags="2:99,w=3:99,w1=none")
    twice = ct.estimate("gmm-diff", data, **call, x=["w", "w1"], endog=["w", "w1"], gmm_lags="2:99,w=3:99,w1=2:99")
    assert once.fit["n_instruments"] == twice.fit["n_instruments"]
    assert_allclose(once.params, twice.params, rtol=1e-7)
    outside = ct.estimate("gmm-diff", data, **call, x=["w1"], endog=["w", "w1"], gmm_lags="2:99,w=3:99,w1=none")
    assert_allclose(outside.params[once.params.index], once.params, rtol=1e-9)


def test_rows_over_gaps_fall_out_and_deviations_keep_more():
    data = dynamic_panel(13, n=80, t=9)
    holed = data[~((data["i"] % 2 == 0) & (data["t"] == 2005))]
    difference, orthogonal = (ct.estimate("gmm-diff", holed, **PANEL, cov="robust", deviations=d)
                              for d in ("difference", "orthogonal"))
    assert difference.nobs == 40 * 7 + 40 * 4 and orthogonal.nobs == 40 * 7 + 40 * 5
    assert abs(difference["L1.y"].value - 0.5) < 0.25 and abs(orthogonal["L1.y"].value - 0.5) < 0.25


@pytest.mark.parametrize("text", ["2", "a:b", "3:2", "2:99,q=1:2", "=2:3", "none"])
def test_lag_limits_that_make_no_sense(text):
    if text == "2":
        assert limits(text, ["y"]) == {"y": (2, 2)}
        return
    with pytest.raises(UsageError, match="gmm-lags"):
        limits(text, ["y"])


def test_what_cannot_be_estimated_is_said():
    data = dynamic_panel(14)
    data["z"] = data["i"] * 1.0
    with pytest.raises(InfeasibleError, match=r"z does not change over time"):
        ct.estimate("gmm-diff", data, entity="i", time="t", y="y", x=["x", "z"])
    with pytest.raises(InfeasibleError, match=r"1 instruments for 2 coefficients"):
        ct.estimate("gmm-diff", data, entity="i", time="t", y="y", x=[], endog="x", gmm_lags="2:2,x=none",
                    collapse=True)
    with pytest.raises(UsageError, match="is a regressor"):
        ct.estimate("gmm-diff", data, **PANEL, instrument="x")


def test_generalised_inverse_is_the_pseudo_inverse():
    rng = np.random.default_rng(15)
    m = rng.standard_normal((6, 10))
    inverse, rank = gmm.inverse_of_products(m)
    again, same = gmm.generalised(m.T @ m)
    assert rank == same == 6
    assert_allclose(inverse, np.linalg.pinv(m.T @ m), atol=1e-10)
    assert_allclose(again, inverse, atol=1e-10)
