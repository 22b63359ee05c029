"""ADF: conventions, laws, invariance, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from arch.unitroot import ADF
from statsmodels.tsa.stattools import adfuller

from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.unitroot import adf
from tests.unitroot.panels import in_band, panel, walks


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("lags", [0, 3, "aic", "bic", "t"])
def test_statistic_is_that_of_statsmodels(trend, lags):
    y = walks(np.random.default_rng(1), 1, 80, ar=0.4)[0] + 50
    chosen = {"autolag": None, "maxlag": lags} if isinstance(lags, int) else {
        "autolag": {"aic": "AIC", "bic": "BIC", "t": "t-stat"}[lags], "maxlag": 4}
    want = adfuller(y, regression=trend, result_object=False, **chosen)
    got = adf(panel(y), trend=trend, lags=lags, max_lags=4)
    assert got["t"].value == pytest.approx(want[0], rel=1e-9)
    assert (got.lags, got.nobs) == (want[2], want[3])


def test_p_is_near_the_asymptotic_one_in_long_series_and_above_it_in_short_ones():
    """In a short series the same t is likelier under the null."""
    rng = np.random.default_rng(2)
    long = adf(panel(walks(rng, 1, 2000)[0]), lags=1)
    assert long.pvalue == pytest.approx(ADF(walks(np.random.default_rng(2), 1, 2000)[0], lags=1).pvalue, abs=5e-3)
    assert long.pvalue == pytest.approx(long.details["pvalue_asymptotic"], abs=3e-3)
    short = adf(panel(walks(rng, 1, 16)[0] - np.arange(16) * 0.5), lags=0)
    assert short["t"].critical["0.05"] < -3 < long["t"].critical["0.05"]


def test_a_choice_has_its_own_law():
    y = panel(walks(np.random.default_rng(3), 1, 22)[0])
    given, chosen = adf(y, trend="ct", lags=0), adf(y, trend="ct", lags="aic", max_lags=2)
    assert (given.details["law"], chosen.details["law"]) == ("finite", "selected")
    if chosen.lags == 0:
        assert chosen["t"].value == given["t"].value and chosen.pvalue > given.pvalue


def test_urca_offers_at_least_one_lag_and_keeps_the_sample():
    y = panel(walks(np.random.default_rng(40), 1, 60)[0])
    got = adf(y, lags="bic", max_lags=6, convention="urca")
    assert got.lags >= 1 and got.nobs == 60 - 7
    assert got["t"].critical == {"0.01": -3.51, "0.05": -2.89, "0.1": -2.58}
    assert adf(y, lags="bic", max_lags=6).lags == 0


def test_gretl_takes_the_asymptotic_p_where_lags_are_not_given_as_zero():
    y = panel(walks(np.random.default_rng(5), 1, 40)[0])
    for lags in (2, "aic"):
        got = adf(y, lags=lags, convention="gretl")
        assert got.pvalue == got.details["pvalue_asymptotic"]
    assert adf(y, lags=0, convention="gretl").pvalue == adf(y, lags=0).pvalue


def test_a_line_and_a_short_series_are_refused():
    with pytest.raises(InfeasibleError, match="exact linear trend"):
        adf(panel(2.0 + 3 * np.arange(30.0)), trend="ct", lags=1)
    with pytest.raises(InfeasibleError, match="at least 10 periods"):
        adf(panel(walks(np.random.default_rng(6), 1, 9)[0]), lags=3)
    with pytest.raises(UsageError, match="plm"):
        adf(panel(walks(np.random.default_rng(6), 1, 30)[0]), convention="plm")


@pytest.mark.parametrize(("trend", "t"), [("n", 25), ("c", 25), ("ct", 25), ("ct", 60)])
@pytest.mark.parametrize("lags", [1, "aic"])
def test_size_and_power(trend, t, lags):
    """The law is that of the procedure: 5 % also in short series and with chosen lags."""
    rng = np.random.default_rng([7, t])
    options = {"trend": trend, "lags": lags}
    rejected = sum(adf(panel(row), **options).pvalue < 0.05 for row in walks(rng, 400, t))
    assert in_band(rejected, 400, 0.03, 0.07), f"rejects {rejected / 400:.3f} of true nulls"
    power = sum(adf(panel(row), **options).pvalue < 0.05 for row in walks(rng, 100, 200, root=0.5, start=30))
    assert power > 95
