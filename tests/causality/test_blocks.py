"""Block tests of granger: unequal orders, robust covariances, both directions, against statsmodels and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import f
from statsmodels.tsa.api import VAR

import clustertrade as ct


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(8)
    z = np.zeros((90, 3))
    for t in range(1, 90):
        z[t] = [[0.4, 0.3, 0.0], [0.1, 0.3, 0.2], [0.0, 0.0, 0.5]] @ z[t - 1]
        z[t] += (1 + 0.5 * abs(z[t - 1, 0])) * rng.multivariate_normal([0, 0, 0], [[1, .4, 0], [.4, 1, .2], [0, .2, 1]])
    return pd.DataFrame(z, columns=["y", "x", "w"])


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize(("trend", "theirs"), [("c", "c"), ("ct", "ct"), ("n", "n")])
def test_blocks_are_those_of_statsmodels(data, order, trend, theirs):
    """statsmodels tests equations of any effects; its df2 counts the cells of all equations."""
    ours = ct.test("granger", data, y="y", x=["x", "w"], order=order, trend=trend).details["blocks"]
    fit = VAR(data).fit(order, trend=theirs)
    for row in ours:
        told = fit.test_causality(row["effects"], [row["cause"]], kind="f")
        assert row["F"] == pytest.approx(told.test_statistic, rel=1e-8)
        assert (row["df1"], row["df2"]) == told.df
        assert row["pvalue"] == pytest.approx(told.pvalue, abs=1e-9)


@pytest.mark.parametrize("hc", [0, 1, 2, 3])
def test_robust_blocks_stack_the_equations(data, hc):
    """The covariance of two equations by hand from the residuals of statsmodels; in one equation it is its HC."""
    order = 2
    ours = ct.test("granger", data, y="y", x=["x", "w"], order=order, cov="robust", hc=hc)
    z = np.column_stack([np.ones(len(data) - order), *(data.to_numpy()[order - k:len(data) - k] for k in (1, 2))])
    fits = [sm.OLS(data[c].to_numpy()[order:], z).fit(cov_type=f"HC{hc}") for c in data]
    at = [1, 4]                                            # lags of y
    half = (np.linalg.inv(z.T @ z) @ z.T)[at]
    hat = np.einsum("ij,jk,ik->i", z, np.linalg.inv(z.T @ z), z)
    n, k = z.shape
    weight = {0: np.ones(n), 1: np.full(n, n / (n - k)), 2: 1 / (1 - hat), 3: 1 / (1 - hat) ** 2}[hc]
    blocks = [[(half * (weight * fits[a].resid * fits[b].resid)) @ half.T for b in (1, 2)] for a in (1, 2)]
    gap = np.r_[fits[1].params[at], fits[2].params[at]]
    chi2 = gap @ np.linalg.solve(np.block(blocks), gap)
    row = next(b for b in ours.details["blocks"] if b["cause"] == "y")
    assert row["chi2"] == pytest.approx(chi2, rel=1e-8) and row["df1"] == 4
    assert row["pvalue"] == pytest.approx(f.sf(chi2 / 4, 4, 3 * (n - k)), abs=1e-9)
    restriction = np.eye(k)[[2, 5, 3, 6]]
    assert ours["F"].value == pytest.approx(float(np.squeeze(fits[0].f_test(restriction).fvalue)), rel=1e-8)


def test_identities_have_no_blocks(data):
    told = ct.test("granger", data.assign(v=data["x"].shift(1).fillna(0.0)), y="y", x=["x", "v"], order=1)
    rows = {r["cause"]: r for r in told.details["blocks"]}
    assert rows["y"]["F"] is None and rows["v"]["F"] > 0 and rows["v"]["instantaneous"]["chi2"] is None
    assert told["F"].pvalue is not None


def test_several_causes_are_the_block_of_the_rest(data):
    """The test of all causes in the equation of y and the rows of single causes, as gretl prints for each equation."""
    ours = ct.test("granger", data, y="y", x=["x", "w"], order=3)
    fit = VAR(data).fit(3)
    assert ours["F"].value == pytest.approx(fit.test_causality("y", ["x", "w"], kind="f").test_statistic, rel=1e-8)
    for row in ours.details["causes"]:
        assert row["F"] == pytest.approx(fit.test_causality("y", row["cause"], kind="f").test_statistic, rel=1e-8)
