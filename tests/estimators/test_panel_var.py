"""Panel VAR: other routes to the same numbers, known truth, orders, responses."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.batch import panel_var as algebra
from clustertrade.errors import InfeasibleError, UsageError

INPUTS = Path(__file__).parents[1] / "goldens" / "inputs"
COEFFICIENTS = np.array([[0.5, 0.2], [0.0, 0.6]])
OMEGA = np.array([[1.0, 0.3], [0.3, 1.0]])
CALL = {"entity": "i", "time": "t", "y": "y", "x": ["x"]}


def simulated(seed, n=31, t=22, a=COEFFICIENTS, second=None):
    """A stationary VAR with effects; x helps to predict y, y does not help to predict x."""
    rng = np.random.default_rng([20260101, *np.atleast_1d(seed)])
    m, factor = len(a), np.linalg.cholesky(OMEGA)
    z, effect = np.zeros((n, t + 50, m)), rng.standard_normal((n, m))
    for s in range(2, t + 50):
        z[:, s] = z[:, s - 1] @ a.T + effect + rng.standard_normal((n, m)) @ factor.T
        if second is not None:
            z[:, s] += z[:, s - 2] @ second.T
    z = z[:, 50:]
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(2001, 2001 + t), n),
                         "y": z[:, :, 0].ravel(), "x": z[:, :, 1].ravel()})


def matrix(result, p=1):
    """Coefficients (m, m) of a lag of order 1."""
    return np.array([[result[f"{e}:L{p}.{v}"].value for v in "yx"] for e in "yx"])


def test_one_step_is_difference_gmm_in_orthogonal_deviations():
    data = simulated(1, n=40, t=10)
    data = data[~((data["i"] == 2) & (data["t"] == 2005)) & ~((data["i"] == 4) & (data["t"] < 2004))]
    ours = ct.estimate("panel-var", data, **CALL, steps=1, gmm_lags="2:5")
    lagged = data[["i", "t", "x"]].assign(t=data["t"] + 1).rename(columns={"x": "l"})
    merged = data.merge(lagged, on=["i", "t"], how="outer")
    theirs = ct.estimate("gmm-diff", merged, entity="i", time="t", y="y", endog="l", steps=1, collapse=True,
                         deviations="orthogonal", gmm_lags="2:5,l=1:4")
    assert_allclose([ours["y:L1.y"].value, ours["y:L1.x"].value], theirs.params[["L1.y", "l"]], rtol=1e-6)


def test_two_steps_by_hand():
    """Stacked moments of both equations, weighted by the products of rows."""
    data = simulated(2, n=12, t=7)
    result = ct.estimate("panel-var", data, **CALL, gmm_lags="2:3", max_lags=1)
    v = data[["y", "x"]].to_numpy().reshape(12, 7, 2)
    rows = []
    for i, t in product(range(12), range(1, 6)):
        left = 6 - t
        scale = np.sqrt(left / (left + 1))
        rows.append((scale * (v[i, t] - v[i, t + 1:].mean(0)), scale * (v[i, t - 1] - v[i, t:-1].mean(0)),
                     np.concatenate([v[i, t - 1], v[i, t - 2] if t > 1 else np.zeros(2)])[[0, 2, 1, 3]]))
    y, x, z = (np.array(column) for column in zip(*rows, strict=True))
    w = np.linalg.inv(z.T @ z)
    first = np.linalg.solve(x.T @ z @ w @ z.T @ x, x.T @ z @ w @ z.T @ y)
    e = y - x @ first
    moments = np.einsum("rj,rl->rjl", e, z).reshape(len(y), -1)
    s = np.linalg.inv(moments.T @ moments)
    wide = np.kron(np.eye(2), z.T @ x)
    target = (z.T @ y).T.ravel()
    variance = np.linalg.inv(wide.T @ s @ wide)
    second = variance @ wide.T @ s @ target
    assert_allclose(result.params, second, rtol=1e-8)
    assert_allclose(result.covariance, variance, rtol=1e-7)
    left = target - wide @ second
    assert_allclose(result.details["hansen"]["statistic"], left @ s @ left, rtol=1e-8)
    assert result.details["hansen"]["df"] == 4


def test_least_squares_is_fixed_effects_equation_by_equation():
    data = simulated(3, n=15, t=9)
    ours = ct.estimate("panel-var", data, **CALL, variant="ols", order=2)
    lags = {f"L{k}.{v}": data.groupby("i")[v].shift(k) for k in (1, 2) for v in "yx"}
    wide = data.assign(**lags)
    for equation in "yx":
        fe = ct.estimate("fe", wide, entity="i", time="t", y=equation, x=[*lags])
        mine = [ours[f"{equation}:{name}"] for name in lags]
        assert_allclose([p.value for p in mine], fe.params[[*lags]], rtol=1e-9)
        assert_allclose([p.se for p in mine], fe.std_errors[[*lags]], rtol=1e-9)


def test_responses_and_decomposition_are_those_of_statsmodels():
    from statsmodels.tsa.api import VAR

    series = simulated(4, n=1, t=200)[["y", "x"]].to_numpy()
    fit = VAR(series).fit(2, trend="c")
    beta = np.concatenate([c.T for c in fit.coefs])[None]
    got = algebra.responses(beta, fit.sigma_u[None], 8)
    irf = fit.irf(8)
    assert_allclose(got["orthogonalised"][0], irf.orth_irfs, rtol=1e-9, atol=1e-12)
    assert_allclose(got["fevd"][0].transpose(1, 0, 2), fit.fevd(9).decomp, rtol=1e-9)
    assert_allclose(np.sort(algebra.moduli(beta)[0]), np.sort(1 / np.abs(fit.roots)), rtol=1e-8)
    general = np.einsum("hij,jk->hik", irf.irfs, fit.sigma_u) / np.sqrt(np.diag(fit.sigma_u))
    assert_allclose(got["generalised"][0], general, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("variant", "bound"), [("gmm", 0.05), ("bias-corrected", 0.03)])
@pytest.mark.parametrize(("n", "t"), [(31, 22), (60, 9)])
def test_known_truth(variant, bound, n, t):
    results = [ct.estimate("panel-var", simulated([5, k], n, t), **CALL, variant=variant) for k in range(40)]
    bias = np.mean([matrix(r) for r in results], 0) - COEFFICIENTS
    assert np.abs(bias).max() < bound + (0.02 if t < 10 else 0), bias
    wrong = np.mean([next(g["pvalue"] < 0.05 for g in r.details["granger"] if g["equation"] == "x") for r in results])
    found = np.mean([next(g["pvalue"] < 0.05 for g in r.details["granger"] if g["equation"] == "y") for r in results])
    assert wrong < 0.2 and found > (0.6 if t > 10 else 0.25)


def test_least_squares_is_biased_and_the_correction_removes_it():
    results = {v: np.mean([matrix(ct.estimate("panel-var", simulated([6, k], 60, 9), **CALL, variant=v))
                           for k in range(20)], 0) - COEFFICIENTS for v in ("ols", "bias-corrected")}
    assert np.diag(results["ols"]).max() < -0.15
    assert np.abs(results["bias-corrected"]).max() < 0.05


def test_the_order_is_found():
    second = np.diag([0.25, -0.3])
    for order, variant in product(("bic", "aic", "hqic"), ("gmm", "ols")):
        result = ct.estimate("panel-var", simulated(7, 80, 22, second=second), **CALL, order=order, max_lags=4,
                             variant=variant)
        assert len(result.details["order"]) == 4
        p = result.details["p"]                            # mild criteria may overfit, least squares by their bias
        assert p == 2 or (p > 2 and (order == "aic" or (order, variant) == ("hqic", "ols"))), (order, variant)
    one = ct.estimate("panel-var", simulated(8, 60, 20), **CALL, order="bic", max_lags=3)
    assert one.details["p"] == 1
    rows = one.details["order"]
    assert [r["df"] for r in rows] == [12, 8, 4] and len({r["nobs"] for r in rows}) == 1
    n, j = rows[0]["nobs"], rows[0]["J"]
    assert_allclose([rows[0]["MBIC"], rows[0]["MAIC"], rows[0]["MQIC"]],
                    [j - 12 * np.log(n), j - 24, j - 2.1 * 12 * np.log(np.log(n))])


def test_bands_hold_the_responses_and_do_not_depend_on_batches(monkeypatch):
    data = simulated(9)
    result = ct.estimate("panel-var", data, **CALL, bootstrap=200)
    truth = algebra.responses(COEFFICIENTS.T[None], OMEGA[None], 10)["orthogonalised"][0]
    inside = [r["orthogonalised_low"] <= truth[r["horizon"], "yx".index(r["response"]), "yx".index(r["impulse"])]
              <= r["orthogonalised_high"] for r in result.details["irf"]]
    zero = [r["orthogonalised"] == 0 == r["orthogonalised_low"] for r in result.details["irf"]
            if (r["impulse"], r["response"], r["horizon"]) == ("x", "y", 0)]
    assert np.mean(inside) > 0.8 and zero == [True]
    shares = pd.DataFrame(result.details["fevd"]).groupby(["response", "horizon"])["share"].sum()
    assert_allclose(shares, 1)
    module = sys.modules["clustertrade.estimators.panel_var"]           # the family's attribute is the procedure
    monkeypatch.setattr(module, "batches", lambda b, cells: iter([7] * (b // 7) + [b % 7]))
    again = ct.estimate("panel-var", data, **CALL, bootstrap=200)
    assert_allclose([r["generalised_high"] for r in again.details["irf"]],
                    [r["generalised_high"] for r in result.details["irf"]], rtol=1e-9)


def test_generalised_responses_do_not_depend_on_the_order_of_variables():
    data = simulated(10)
    a = ct.estimate("panel-var", data, **CALL).details["irf"]
    b = ct.estimate("panel-var", data, entity="i", time="t", y="x", x=["y"]).details["irf"]
    key = ["impulse", "response", "horizon"]
    both = pd.DataFrame(a).merge(pd.DataFrame(b), on=key)
    assert_allclose(both["generalised_x"], both["generalised_y"], rtol=1e-8, atol=1e-12)
    assert not np.allclose(both["orthogonalised_x"], both["orthogonalised_y"])


def test_units_and_period_means():
    data = simulated(11)
    a = ct.estimate("panel-var", data, **CALL, demean=True)
    b = ct.estimate("panel-var", data.assign(x=data["x"] * 1000 + data["t"]), **CALL, demean=True)
    assert_allclose([p["statistic"] for p in a.details["granger"]], [p["statistic"] for p in b.details["granger"]],
                    rtol=1e-7)
    assert_allclose(a["y:L1.x"].value, b["y:L1.x"].value * 1000, rtol=1e-7)


def test_an_unstable_system_is_said_to_be_one():
    a = np.array([[1.05, 0.0], [0.0, 0.5]])
    result = ct.estimate("panel-var", simulated(12, 31, 22, a=a), **CALL, variant="ols")
    assert not result.details["stability"]["stable"] and any("not stable" in w for w in result.warnings)


def test_what_cannot_be_estimated_is_said():
    data = simulated(13, 10, 8)
    with pytest.raises(InfeasibleError, match=r"as many instruments as coefficients|instruments for"):
        ct.estimate("panel-var", data, **CALL, order=2, gmm_lags="2:2")
    with pytest.raises(InfeasibleError, match="at least 9 periods"):
        ct.estimate("panel-var", data, **CALL, order=6)
    with pytest.raises(UsageError, match="gmm-lags"):
        ct.estimate("panel-var", data, **CALL, gmm_lags="5:2")


def test_the_example_of_panelvar():
    """Object ex1_dahlberg_data of R package panelvar 0.5.6 (Sigmund and Ferstl 2021), first step.

    265 Swedish municipalities, 1979 to 1987 (Dahlberg and Johansson 2000; data of the Journal of Applied Econometrics
    archive).  Its second step hangs on the tolerance of a generalised inverse: 252 moments of 265 municipalities.
    """
    data = pd.read_csv(INPUTS / "municipalities.csv")
    names = ["expenditures", "revenues", "grants"]
    ours = ct.estimate("panel-var", data, entity="id", time="year", y=names[0], x=names[1:], gmm_lags="2:99", steps=1,
                       collapse=False, cov="clustered", max_lags=1)
    value = [[0.2841178869809, -0.0438388930849, -1.682623056270], [0.2564035475792, 0.0607377112424, -2.246622073609],
             [0.0165566118307, -0.0403592109553, 0.318323522279]]
    error = [[0.0640472947953, 0.0610572209352, 0.2754515152512], [0.0773203699872, 0.0700693017741, 0.2796163019851],
             [0.0163173732644, 0.0141132413032, 0.0502265117522]]
    for i, e in enumerate(names):
        for j, v in enumerate(names):
            assert ours[f"{e}:L1.{v}"].value == pytest.approx(value[i][j], rel=1e-6)
            assert ours[f"{e}:L1.{v}"].se == pytest.approx(error[i][j], rel=1e-6)
    assert ours.nobs == 1855 and ours.n_entities == 265 and ours.fit["n_instruments"] == 84


def test_clustered_errors_go_with_gmm():
    data = simulated(3, n=40, t=8)
    with pytest.raises(UsageError, match="goes with gmm"):
        ct.estimate("panel-var", data, **CALL, variant="ols", cov="clustered")
    one, two = (ct.estimate("panel-var", data, **CALL, cov=c, bootstrap=20) for c in ("clustered", "robust"))
    assert one["y:L1.y"].value != two["y:L1.y"].value and one.cov_type == "clustered"
    assert one["y:L1.y"].value == pytest.approx(two["y:L1.y"].value, abs=0.2)
