"""The Hausman and Mundlak tests: one question, several forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binomtest, chi2

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.regression.contrast import auxiliary, contrast
from clustertrade.regression.rows import rows_of
from tests.goldens.harness import frame


def panel(rng, n, t, slope=0.0, uneven=False):
    """Effects that are correlated with x where slope is not zero; ``uneven``: larger where x lies far from its mean."""
    effect, level = rng.standard_normal((2, n, 1))
    x = slope * effect + level + rng.standard_normal((n, t))
    y = x + effect * (level**2 if uneven else 1.0) + rng.standard_normal((n, t))
    return pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(), "x": x.ravel(),
                         "z": np.repeat(rng.standard_normal(n), t)})


CALL = {"entity": "i", "time": "t", "y": "y", "x": "x"}


def test_contrast_and_means_are_one_test():
    """Scaled by one residual variance both quadratic forms are the same number (Hausman and Taylor 1981)."""
    data = Panel.from_frame(panel(np.random.default_rng(1), 30, 6, 0.5), entity="i", time="t")
    rows = rows_of(data["y"], data[["x"]])
    both = contrast("hausman", rows, "entity", "swar", "paper")
    by_contrast = both.difference @ np.linalg.solve(both.variance(common=True), both.difference) * both.random.sigma2
    _, augmented, means = auxiliary("hausman", rows, "swar", "paper")
    gamma, bread = augmented.beta[means], augmented.bread[np.ix_(means, means)]
    assert_allclose(by_contrast, gamma @ np.linalg.solve(bread, gamma), rtol=1e-8)


@pytest.mark.parametrize("cov", ["unadjusted", "robust", "clustered", "driscoll-kraay", "newey-west"])
def test_other_covariances_are_answered_by_the_auxiliary_regression(cov):
    data = panel(np.random.default_rng(2), 30, 25, 0.5)
    h, m = ct.test("hausman", data, **CALL, cov=cov), ct.test("mundlak", data, **CALL, cov=cov)
    if cov == "unadjusted":
        assert h.details["form"] == "contrast" and m.details["form"] == "auxiliary"
    else:
        assert h.details["form"] == "auxiliary" and h["chi2"].value == m["chi2"].value
    assert h["chi2"].df == 1 and h.pvalue == pytest.approx(chi2.sf(h["chi2"].value, 1))


def test_regressors_that_do_not_vary_are_not_compared():
    data = panel(np.random.default_rng(3), 30, 6, 0.5)
    for name in ("hausman", "mundlak"):
        r = ct.test(name, data, entity="i", time="t", y="y", x=["x", "z"])
        compared = [row["name"].removeprefix("mean of ") for row in r.details["coefficients"]]
        assert r["chi2"].df == 1 and compared == ["x"]
        with pytest.raises(InfeasibleError, match="no regressor varies within entities"):
            ct.test(name, data, entity="i", time="t", y="y", x="z")


def test_a_difference_that_is_not_positive_definite():
    """Gasoline: each by its own variance gives 302.8, of no distribution; scaled alike it is a chi-squared."""
    call = {"entity": "country", "time": "year", "y": "lgaspcar", "x": ["lincomep", "lrpmg", "lcarpcap"]}
    data = frame("gasoline.csv")
    ours, plm = ct.test("hausman", data, **call), ct.test("hausman", data, **call, convention="plm")
    assert not ours.warnings and "no chi-squared distribution" in plm.warnings[-1]
    assert_allclose(plm["chi2"].value, 302.803748717299, rtol=1e-6)
    mundlak = ct.test("mundlak", data, **call, cov="unadjusted")
    assert_allclose(ours["chi2"].value, mundlak["chi2"].value, rtol=0.1)
    negative = ct.test("hausman", data, **call, convention="plm", re_method="walhus")
    assert any("chi2 is negative (-274.213)" in w for w in negative.warnings) and negative["chi2"].value > 0


def test_two_way_effects():
    data = frame("grunfeld.csv")
    call = {"entity": "firm", "time": "year", "y": "inv", "x": ["value", "capital"]}
    assert ct.test("hausman", data, **call, effects="twoway")["chi2"].df == 2
    with pytest.raises(UsageError, match="twoway"):
        ct.test("hausman", data, **call, effects="twoway", cov="clustered")


def rejections(name, cov, draws, slope, uneven, n=40):
    rng = np.random.default_rng([20260101, int(10 * slope), uneven, n])
    return sum(ct.test(name, panel(rng, n, 8, slope, uneven), **CALL, cov=cov).pvalue < 0.05 for _ in range(draws))


@pytest.mark.parametrize("draws", [100, pytest.param(2000, marks=pytest.mark.slow)])
def test_size_and_power(draws):
    """Both hold their size; where effects are heteroskedastic the contrast does not, and the clustered form does."""
    for name, cov in (("hausman", "unadjusted"), ("mundlak", "clustered")):
        low, high = binomtest(rejections(name, cov, draws, 0.0, False), draws).proportion_ci(0.999)
        assert low <= 0.10 and high >= 0.02, (name, cov)
        assert rejections(name, cov, draws, 0.5, False) > 0.5 * draws, (name, cov)
    low, high = binomtest(rejections("hausman", "clustered", draws, 0.0, True, 120), draws).proportion_ci(0.999)
    assert low <= 0.10 and high >= 0.02
    assert rejections("hausman", "unadjusted", draws, 0.0, True) > 0.12 * draws
