"""Groups, groups by period and trends of entities against regressions with dummies and pyfixest."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from tests.estimators.panels import CALL, X, panel

HOLES = panel(2, share=0.8)
HOLES = HOLES.assign(v=np.random.default_rng(5).uniform(0.2, 3, len(HOLES)),
                     region=[f"r{k % 3}" for k in HOLES["i"].rank(method="dense").astype(int)],
                     firm=np.random.default_rng(6).choice(list("abcde"), len(HOLES)))
HOLES["tt"] = HOLES["t"].rank(method="dense")
CASES = {
    "region by year": ("entity", {"absorb": "region"}, "C(i) + C(region):C(t)"),
    "group beside both": ("twoway", {"absorb": "firm"}, "C(i) + C(t) + C(firm)"),
    "group of entities": ("time", {"absorb": "region"}, "C(t) + C(region)"),
    "trends": ("entity", {"trends": True}, "C(i) + C(i):tt"),
    "trends and periods": ("twoway", {"trends": True}, "C(i) + C(t) + C(i):tt"),
    "all": ("twoway", {"trends": True, "absorb": ["region", "firm"]}, "C(i) + C(i):tt + C(region):C(t) + C(firm)"),
}


@pytest.mark.parametrize("weights", [None, "v"])
@pytest.mark.parametrize("case", CASES)
def test_regression_with_dummies(case, weights):
    import patsy

    effects, options, formula = CASES[case]
    d = np.asarray(patsy.dmatrix(formula, HOLES))
    z = np.column_stack([HOLES[X], d])
    w = np.ones(len(HOLES)) if weights is None else (HOLES["v"] / HOLES["v"].mean()).to_numpy()
    root = np.sqrt(w)[:, None]
    beta, _, rank, _ = np.linalg.lstsq(z * root, HOLES["y"] * root[:, 0], rcond=1e-11)
    resid = HOLES["y"] - z @ beta
    inverse = np.linalg.pinv((z * root).T @ (z * root), rcond=1e-12, hermitian=True)
    n = len(HOLES)
    extra = {} if weights is None else {"weights": weights}
    r = ct.estimate("fe", HOLES, **CALL, effects=effects, **options, **extra)
    assert_allclose(r.params[X], beta[: len(X)], rtol=1e-8)
    scale = (w * resid) @ resid / (n - rank)
    assert_allclose(r.std_errors[X], np.sqrt(scale * np.diagonal(inverse)[: len(X)]), rtol=1e-7)
    assert_allclose(r.resids, resid, atol=1e-8)
    assert r.details["absorbed"]["parameters"] == rank - len(X)
    if weights is None:
        leverage = np.einsum("ij,jk,ik->i", z, inverse, z)
        score = z * (resid / (1 - leverage)).to_numpy()[:, None]
        hc3 = np.sqrt(np.diagonal(inverse @ score.T @ score @ inverse)[: len(X)])
        assert_allclose(ct.estimate("fe", HOLES, **CALL, effects=effects, **options, cov="robust", hc=3).std_errors[X],
                        hc3, rtol=1e-6)


def test_region_by_year_against_pyfixest():
    import pyfixest as pf

    theirs = pf.feols("y ~ a + b + c | i + region^t", HOLES, vcov={"CRV1": "i"}, ssc=pf.ssc(k_adj=False),
                      fixef_tol=1e-12)
    ours = ct.estimate("twoway", HOLES, **CALL, absorb="region", cov="clustered", bootstrap=0)
    n = len(HOLES)
    assert_allclose(ours.params[X], theirs.coef()[X], rtol=1e-7)
    assert_allclose(ours.std_errors[X], theirs.se()[X] * np.sqrt((n - 1) / (n - 1 - len(X))), rtol=1e-6)


def test_wild_bootstrap_is_that_of_effects_that_are_the_same():
    """Groups that are the periods: two ways to the same effects, and to the same draws."""
    frame = HOLES.assign(period=HOLES["t"])
    a = ct.estimate("fe", frame, **CALL, effects="entity", absorb="period", cov="clustered", bootstrap=199)
    b = ct.estimate("fe", frame, **CALL, effects="twoway", cov="clustered", bootstrap=199)
    for name in X:
        assert_allclose([a[name].value, a[name].se], [b[name].value, b[name].se], rtol=1e-9)
        assert a[name].extra["pvalue_wild"] == b[name].extra["pvalue_wild"]


def test_refusals():
    with pytest.raises(InfeasibleError, match="beyond the effects and trends"):
        ct.estimate("fe", HOLES.assign(a=HOLES["tt"] * HOLES["i"].rank()), **CALL, trends=True)
    with pytest.raises(UsageError, match="paper's convention"):
        ct.estimate("fe", HOLES, **CALL, absorb="region", convention="stata")
    with pytest.raises(InfeasibleError, match="at most 3000"):
        big = panel(3, n=400, t=10)
        ct.estimate("fe", big.assign(g=np.arange(len(big)) % 3500), **CALL, absorb="g")
