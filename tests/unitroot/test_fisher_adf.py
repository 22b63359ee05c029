"""Fisher-ADF: combinations, p-values of entities, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import combine_pvalues, norm, t

from clustertrade.unitroot import adf, fisher_adf
from tests.unitroot.panels import in_band, panel, walks


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_combines_the_p_values_of_adf(trend):
    y = walks(np.random.default_rng(1), 8, 35)
    got = fisher_adf(panel(y), trend=trend, lags="aic", max_lags=3)
    p = np.array([adf(panel(row), trend=trend, lags="aic", max_lags=3).pvalue for row in y])
    np.testing.assert_allclose([r["pvalue"] for r in got.details["entities"]], p, rtol=1e-9)
    for name, method in (("P", "fisher"), ("Z", "stouffer")):
        want = combine_pvalues(p, method=method)
        assert got[name].pvalue == pytest.approx(want.pvalue, rel=1e-8)
    k = 3 * 44 / (np.pi**2 * 8 * 42)
    logit = np.sqrt(k) * np.log(p / (1 - p)).sum()
    assert got["L*"].value == pytest.approx(logit, rel=1e-8) and got["L*"].df == 44
    assert got["L*"].pvalue == pytest.approx(t(44).cdf(logit), rel=1e-8)
    assert got["Pm"].value == pytest.approx((-2 * np.log(p) - 2).sum() / (2 * np.sqrt(8)), rel=1e-8)
    assert got["Pm"].pvalue == pytest.approx(norm.sf(got["Pm"].value), rel=1e-8)
    assert [s.name for s in got] == ["Z", "Pm", "L*", "P"]


def test_extreme_statistics_stay_finite():
    rng = np.random.default_rng(2)
    y = np.vstack([rng.standard_normal((3, 300)), np.exp(np.arange(300) / 20) + rng.standard_normal((3, 300))])
    got = fisher_adf(panel(y), lags=0)
    assert all(np.isfinite(s.value) and 0 <= s.pvalue <= 1 for s in got)


def test_entities_of_unequal_length():
    y = walks(np.random.default_rng(3), 5, 40)
    y[1, :15] = np.nan
    got = fisher_adf(panel(y), lags=1)
    assert [r["nobs"] for r in got.details["entities"]] == [38, 23, 38, 38, 38] and got.nobs == 38 * 4 + 23
    assert got.details["entities"][1]["pvalue"] == pytest.approx(adf(panel(y[1, 15:]), lags=1).pvalue)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize(("n", "t"), [(20, 50), (25, 22)])
@pytest.mark.parametrize("lags", [1, "aic"])
def test_size(trend, n, t, lags):
    """Each of the four statistics."""
    rng = np.random.default_rng([4, n, t])
    found = [fisher_adf(panel(walks(rng, n, t)), trend=trend, lags=lags) for _ in range(160)]
    for name in ("Z", "Pm", "L*", "P"):
        rejected = sum(r[name].pvalue < 0.05 for r in found)
        assert in_band(rejected, 160, 0.02, 0.09), f"{name} rejects {rejected / 160:.3f} of true nulls"


def test_power():
    rng = np.random.default_rng(5)
    assert sum(fisher_adf(panel(walks(rng, 20, 50, root=0.9, start=30))).pvalue < 0.05 for _ in range(100)) > 85
