"""Lag orders against a loop over statsmodels, with units of unequal length."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.tsa.stattools import adfuller

from clustertrade.batch.adf import LagRule, adf_regressions, fewest_periods
from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.lagselect import choose_order, criterion_table
from clustertrade.batch.ols import Collinear, TooShort
from clustertrade.batch.trend import deterministic_columns


def walks(seed, b=8, t=70):
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((b, t))
    e[:, 2:] += 0.6 * e[:, :-2]
    first, last = rng.integers(0, 15, (b, 1)), rng.integers(t - 15, t + 1, (b, 1))
    valid = (np.arange(t) >= first) & (np.arange(t) < last)
    return np.where(valid, 500 + e.cumsum(1), np.nan), valid


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic", "t"])
def test_table_is_a_loop_over_statsmodels(trend, criterion):
    y, valid = walks(1)
    dy, _ = diff(y, valid)
    level, after = lag(y, valid)
    base = np.concatenate([level[..., None], deterministic_columns(trend, valid)], -1)
    ordered, there = lag_columns(dy, after & valid, range(1, 6))
    sample = after & valid & there
    table = criterion_table(dy, base, ordered, sample, criterion)
    for i in range(len(y)):
        for p in range(6):
            x = np.concatenate([base[i], ordered[i, :, :p]], -1)[sample[i]]
            fit = sm.OLS(dy[i, sample[i]], x).fit()
            if criterion == "t":
                want = abs(fit.tvalues[-1]) if p else np.inf
            else:
                n, k = x.shape
                penalty = {"aic": 2.0, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
                want = n * np.log(fit.ssr / n) + penalty * k
            np.testing.assert_allclose(table[i, p], want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("criterion", ["aic", "bic", "t"])
def test_adf_is_statsmodels_adfuller(trend, criterion):
    y, valid = walks(2)
    fit = adf_regressions(y, valid, trend, criterion, 5)
    for i in range(len(y)):
        name = {"aic": "AIC", "bic": "BIC", "t": "t-stat"}[criterion]
        want = adfuller(y[i, valid[i]], maxlag=5, regression=trend, autolag=name, result_object=False)
        assert (fit.lags[i], fit.nobs[i]) == (want[2], want[3])
        np.testing.assert_allclose(fit.t[i], want[0], rtol=1e-9)


def test_adf_with_its_own_order_a_row():
    y, valid = walks(3)
    orders = np.arange(8) % 4
    fit = adf_regressions(y, valid, "ct", orders)
    for i in range(8):
        want = adfuller(y[i, valid[i]], maxlag=orders[i], regression="ct", autolag=None, result_object=False)
        np.testing.assert_allclose(fit.t[i], want[0], rtol=1e-9)
        assert fit.df[i] == want[3] - 3 - orders[i]


def test_common_sample_keeps_the_periods_of_the_largest_order():
    y, valid = walks(4)
    fit = adf_regressions(y, valid, "c", "bic", 5, rule=LagRule(common=True))
    assert (fit.nobs == valid.sum(1) - 6).all()


def test_shortest_rows_run_and_one_period_less_does_not():
    y = np.random.default_rng(5).standard_normal((2, 40))
    for trend in ("n", "c", "ct"):
        t = fewest_periods(trend, 3)
        valid = np.arange(40) < np.array([[t], [40]])
        assert adf_regressions(y, valid, trend, 3).df[0] == 1
        adf_regressions(y, valid, trend, "aic", 3)
        for lags, most in ((3, 0), ("aic", 3)):
            with pytest.raises(TooShort) as wrong:
                adf_regressions(y, np.arange(40) < np.array([[t - 1], [40]]), trend, lags, most)
            assert wrong.value.rows.tolist() == [0]


def test_a_trend_that_fits_without_error_is_refused():
    y = np.stack([np.random.default_rng(6).standard_normal(30).cumsum(), 2.0 + 3.0 * np.arange(30)])
    with pytest.raises(Collinear) as wrong:
        adf_regressions(y, np.ones_like(y, dtype=bool), "ct", 1)
    assert wrong.value.rows.tolist() == [1]


def test_collinear_candidates_are_never_chosen():
    rng = np.random.default_rng(7)
    y, base = rng.standard_normal((3, 30)), np.ones((3, 30, 1))
    column = rng.standard_normal((3, 30, 1))
    valid = np.ones((3, 30), dtype=bool)
    ordered = np.concatenate([column, 2 * column], -1)
    assert (choose_order(y + 5 * column[..., 0], base, ordered, valid, "aic") == 1).all()


@pytest.mark.parametrize("criterion", ["aic", "t"])
def test_pairs_of_columns_an_order(criterion):
    """Orders that add two columns: the even columns of the table with one column an order."""
    rng = np.random.default_rng(8)
    y, base, ordered = rng.standard_normal((4, 40)), np.ones((4, 40, 1)), rng.standard_normal((4, 40, 6))
    valid = np.ones((4, 40), dtype=bool)
    single, pairs = (criterion_table(y, base, ordered, valid, criterion, per=per) for per in (1, 2))
    np.testing.assert_allclose(pairs, single[:, ::2])


def test_own_samples_and_the_smallest_order():
    """With ``own`` the t of each order has all its periods; ``least`` is the smallest order of a search."""
    y, valid = walks(9)
    fit = adf_regressions(y, valid, "c", "t", 4, rule=LagRule(own=True))
    for i in range(len(y)):
        p = 4
        while p and abs(adfuller(y[i, valid[i]], maxlag=p, regression="c", autolag=None, regresults=True,
                                 result_object=False)[3].resols.tvalues[p]) < 1.6448536269514722:
            p -= 1
        assert fit.lags[i] == p
    assert adf_regressions(y, valid, "c", "bic", 4, rule=LagRule(least=2)).lags.min() == 2


def test_further_regressors_are_those_of_statsmodels():
    rng = np.random.default_rng(10)
    y, valid = rng.standard_normal((3, 40)).cumsum(1), np.ones((3, 40), dtype=bool)
    x, pair = rng.standard_normal((3, 40, 2)), rng.standard_normal((3, 40, 2, 1))
    fit = adf_regressions(y, valid, "ct", 2, x=x, x_ordered=pair)
    for i in range(3):
        dy = np.diff(y[i])
        z = np.column_stack([y[i, 2:-1], np.ones(37), np.arange(37), x[i, 3:], pair[i, 3:, :, 0], dy[1:-1], dy[:-2]])
        np.testing.assert_allclose(fit.t[i], sm.OLS(dy[2:], z).fit().tvalues[0], rtol=1e-8)
