"""Quantiles by moments: against the steps done by other means, and in simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog
from scipy.stats import binomtest, norm

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError

CALL = {"entity": "i", "time": "t", "y": "y", "x": ["x", "z"]}


def data(rng, n=40, t=20, share=1.0):
    """Location 1, -1, scale effects 0.5 and 0.3 on x and z, which are positive; U is normal."""
    i = np.repeat(range(n), t)
    x, z = rng.uniform(0, 2, (2, n * t))
    effect, spread = rng.standard_normal(n)[i], rng.uniform(0.5, 1.5, n)[i]
    y = effect + x - z + (spread + 0.5 * x + 0.3 * z) * rng.standard_normal(n * t)
    frame = pd.DataFrame({"i": i, "t": np.tile(range(t), n), "y": y, "x": x, "z": z})
    return frame if share == 1.0 else frame[rng.random(n * t) < share].reset_index(drop=True)


FRAME = data(np.random.default_rng(1), share=0.9)


@pytest.mark.parametrize("tau", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_step_by_step(tau, effects):
    """Location and scale by dummies in statsmodels, q by linear programming of the check function."""
    import statsmodels.formula.api as smf

    dummies = "C(i)" + (" + C(t)" if effects == "twoway" else "")
    location = smf.ols(f"y ~ x + z + {dummies}", FRAME).fit()
    scale = smf.ols(f"a ~ x + z + {dummies}", FRAME.assign(a=location.resid.abs())).fit()
    sigma, resid, n = scale.fittedvalues.to_numpy(), location.resid.to_numpy(), len(FRAME)
    solved = linprog(np.concatenate([[0.0], np.full(n, tau), np.full(n, 1 - tau)]),
                     A_eq=np.column_stack([sigma, np.eye(n), -np.eye(n)]), b_eq=resid,
                     bounds=[(None, None), *[(0, None)] * (2 * n)])
    r = ct.estimate("quantile-fe", FRAME, **CALL, quantile=tau, effects=effects)
    assert_allclose(r.details["q"], solved.x[0], rtol=1e-7)
    names = ["x", "z"]
    assert_allclose(r.params[names], location.params[names] + solved.x[0] * scale.params[names], rtol=1e-7)
    assert_allclose([r.details["scale"][v] for v in names], scale.params[names], rtol=1e-9)


def test_where_the_scale_is_negative_the_sides_are_exchanged():
    from clustertrade.estimators.quantile_fe import _weighted_quantile

    rng = np.random.default_rng(2)
    resid, sigma = rng.standard_normal(301), rng.standard_normal(301)

    def loss(q):
        e = resid - sigma * q
        return np.maximum(0.3 * e, -0.7 * e).sum()

    q = _weighted_quantile(resid, sigma, 0.3)
    assert all(loss(q) <= loss(q + d) for d in np.linspace(-1, 1, 201))


def test_quantiles_do_not_cross_and_the_scale_tells_them_apart():
    r = [ct.estimate("quantile-fe", FRAME, **CALL, quantile=q) for q in (0.1, 0.5, 0.9)]
    assert r[0].details["q"] < r[1].details["q"] < r[2].details["q"]
    assert r[0]["x"].value < r[1]["x"].value < r[2]["x"].value
    assert (np.diff([e.fitted_values.to_numpy() for e in r], axis=0) > 0).all()
    assert (r[2].resids < 0).mean() == pytest.approx(0.9, abs=0.03)


def test_bootstrap_agrees_with_the_formula():
    boot = ct.estimate("quantile-fe", FRAME, **CALL, quantile=0.7, bootstrap=199)
    own = ct.estimate("quantile-fe", FRAME, **CALL, quantile=0.7)
    assert_allclose(boot.std_errors[["x", "z"]], own.std_errors[["x", "z"]], rtol=0.25)    # const: of new entities
    turned = FRAME.assign(i=99 - FRAME["i"])
    again = ct.estimate("quantile-fe", turned, **CALL, quantile=0.7, bootstrap=199)
    assert_allclose(again.std_errors, boot.std_errors, rtol=1e-8)


def test_bad_requests_and_warnings():
    with pytest.raises(UsageError, match="between"):
        ct.estimate("quantile-fe", FRAME, **CALL, quantile=1.5)
    with pytest.raises(InfeasibleError, match="within entities"):
        ct.estimate("quantile-fe", FRAME.assign(z=FRAME["i"] * 1.0), **CALL)
    short = data(np.random.default_rng(3), 60, 4)
    assert any("biased of order 1/T" in w for w in ct.estimate("quantile-fe", short, **CALL).warnings)


@pytest.mark.parametrize("draws", [80, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("cov", ["unadjusted", "clustered"])
def test_known_truth(draws, cov):
    """Intervals of the slope at the 0.75 quantile hold, and its mean is right but for a bias of order 1/T."""
    rng, truth = np.random.default_rng(20260101), 1 + 0.5 * norm.ppf(0.75)
    found = [ct.estimate("quantile-fe", data(rng), **CALL, quantile=0.75, cov=cov)["x"] for _ in range(draws)]
    values = np.array([p.value for p in found])
    assert abs(values.mean() - truth) < 0.03 + 3 * values.std() / np.sqrt(draws)
    low, high = binomtest(sum(not p.ci[0] <= truth <= p.ci[1] for p in found), draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
    assert values.std() == pytest.approx(np.mean([p.se for p in found]), rel=0.25)
