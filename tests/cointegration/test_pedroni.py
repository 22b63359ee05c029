"""Pedroni's tests: invariances, unequal lengths, what each entity says, size and power, the printed moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from clustertrade.batch.ols import ols
from clustertrade.cointegration import pedroni
from clustertrade.distributions import pedroni as table
from clustertrade.distributions.lookup import rows
from clustertrade.distributions.pedroni_simulation import functionals, moments
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, panel, rejections, run, walks

SEVEN = ["group-ADF", "panel-ADF", "group-PP", "panel-PP", "group-rho", "panel-rho", "panel-v"]
WEIGHTED = ["panel-ADF-w", "panel-PP-w", "panel-rho-w", "panel-v-w"]


def numbers(result):
    return np.array([s.value for s in result])


def test_order_of_statistics_and_tails():
    result = run(pedroni, walks(np.random.default_rng(1), 6, 30))
    assert [s.name for s in result] == SEVEN + WEIGHTED
    for s in result:
        tail = norm.sf(s.value) if s.name.startswith("panel-v") else norm.cdf(s.value)
        assert s.pvalue == pytest.approx(tail, abs=1e-14)
        beyond = s.value > s.critical["0.05"] if s.name.startswith("panel-v") else s.value < s.critical["0.05"]
        assert beyond == (s.pvalue < 0.05)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_invariances(trend):
    rng = np.random.default_rng(2)
    z = cointegrated(rng, 7, 40, 2)
    options = {"trend": trend, "lags": "bic"}
    first = numbers(run(pedroni, z, **options))
    assert np.allclose(numbers(run(pedroni, z[rng.permutation(7)], **options)), first, atol=1e-10)
    assert np.allclose(numbers(run(pedroni, z * [1000.0, 0.01, 7.0], **options)), first, rtol=1e-8)
    mixed = z.copy()
    mixed[:, :, 1] += 3 * z[:, :, 2]
    assert np.allclose(numbers(run(pedroni, mixed, **options)), first, rtol=1e-8)
    if trend != "n":
        assert np.allclose(numbers(run(pedroni, z + rng.standard_normal((7, 1, 1)) * 100, **options)), first, rtol=1e-6)


def test_weighted_forms_do_not_depend_on_the_scale_of_an_entity():
    rng = np.random.default_rng(3)
    z = walks(rng, 8, 40)
    first, other = (run(pedroni, v, lags=1) for v in (z, z * np.exp(rng.standard_normal((8, 1, 1)))))
    for name in [*WEIGHTED, "group-ADF", "group-PP", "group-rho"]:
        assert other[name].value == pytest.approx(first[name].value, rel=1e-9)
    assert other["panel-v"].value != pytest.approx(first["panel-v"].value, rel=1e-3)


def test_standardisation_by_hand():
    z = walks(np.random.default_rng(4), 9, 40, 3)
    result = run(pedroni, z, lags=1, trend="ct")
    for name, key in (("group-ADF", "group-t"), ("panel-PP-w", "panel-t"), ("panel-rho", "panel-rho"),
                      ("panel-v-w", "panel-v")):
        mean, variance = table.moments("ct", 3, key)
        assert result[name].value == pytest.approx((result.details["raw_corrected"][name] - 3 * mean) / variance**0.5)


def test_divisor_of_variances():
    z = walks(np.random.default_rng(5), 9, 40)
    as_printed = run(pedroni, z, lags=1, dfcor=False)
    assert as_printed.details["raw"] == as_printed.details["raw_corrected"]
    corrected = run(pedroni, z, lags=1)
    assert corrected.details["raw"] == as_printed.details["raw"]
    # 38 periods, of which 2 coefficients of the residual regression and 2 of the cointegrating one
    ratio = np.sqrt((38 - 4) / 38)
    assert corrected.details["raw_corrected"]["group-ADF"] == pytest.approx(
        ratio * as_printed.details["raw"]["group-ADF"])


def test_entities_have_their_own_regressions():
    import statsmodels.api as sm
    from statsmodels.tsa.stattools import adfuller

    z = cointegrated(np.random.default_rng(6), 5, 50, 2)
    result = run(pedroni, z, lags="aic", max_lags=3)
    for i, row in enumerate(result.details["entities"]):
        own = sm.OLS(z[i, :, 0], sm.add_constant(z[i, :, 1:])).fit()
        assert [row["coefficients"][k] for k in ("const", "x1", "x2")] == pytest.approx(list(own.params))
        stat, _, lags, nobs, *_ = adfuller(own.resid, maxlag=row["lags"], autolag=None, regression="n",
                                             result_object=False)
        assert (row["t_adf"], row["lags"], row["nobs"]) == pytest.approx((stat, lags, nobs))
    assert result.lags == tuple(row["lags"] for row in result.details["entities"])


def test_entities_of_unequal_length():
    rng = np.random.default_rng(7)
    z = cointegrated(rng, 6, 50)
    short = z.copy()
    short[0, :12], short[1, 40:] = np.nan, np.nan
    result = run(pedroni, short, lags=1)
    assert [row["periods"] for row in result.details["entities"]] == [38, 40, 50, 50, 50, 50]
    alone = run(pedroni, np.stack([z[0, 12:], z[0, 12:]]), lags=1).details["entities"][0]
    assert alone["t_adf"] == pytest.approx(result.details["entities"][0]["t_adf"])
    with pytest.raises(InfeasibleError, match="trim"):
        p = panel(short)
        pedroni(p["y"], p["x1"], balanced="require")
    trimmed = run(pedroni, short, lags=1, balanced="trim")
    assert trimmed.n_periods == 28 and "trim" in trimmed.warnings[0]


def test_common_time_effect_is_removed_by_demeaning():
    rng = np.random.default_rng(8)
    z = walks(rng, 6, 40)
    effect = 10 * rng.standard_normal((1, 40, 2)).cumsum(1)
    first, other = (numbers(run(pedroni, v, lags=1, demean=True)) for v in (z, z + effect))
    assert np.allclose(first, other, rtol=1e-7)


@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "qs"])
@pytest.mark.parametrize("bandwidth", [0, 4, "auto"])
def test_kernels_and_bandwidths(kernel, bandwidth):
    result = run(pedroni, walks(np.random.default_rng(9), 6, 40), kernel=kernel, bandwidth=bandwidth, lags=0)
    assert np.isfinite(numbers(result)).all()
    if bandwidth == 0:      # no autocovariances: rho is the mean of T (rho_i - 1)
        entities = result.details["entities"]
        assert result.details["raw"]["group-rho"] == pytest.approx(
            40 * sum(row["rho"] - 1 for row in entities) / 6**0.5)


def test_drift_is_said():
    z = walks(np.random.default_rng(10), 6, 60)
    z[:3, :, 0] += 2 * np.arange(60)
    warned = run(pedroni, z, trend="ct", lags=1).warnings
    assert "drift" in warned[0] and "u000, u001, u002" in warned[0]


def test_refusals():
    z = walks(np.random.default_rng(11), 4, 30)
    with pytest.raises(InfeasibleError, match="at most 7 x"):
        run(pedroni, walks(np.random.default_rng(1), 4, 60, 8))
    with pytest.raises(InfeasibleError, match="at least 2 entities"):
        run(pedroni, z[:1])
    with pytest.raises(InfeasibleError, match=r"u002 \(1 of 4"):
        exact = z.copy()
        exact[2, :, 0] = 2 + 3 * exact[2, :, 1]
        run(pedroni, exact)
    with pytest.raises(UsageError, match="--kernel"):
        run(pedroni, z, kernel="tukey")
    for m, trend, lags in ((1, "c", 0), (3, "ct", 2)):
        need = max(2 * lags + 3, lags + 2) + m + len(trend.replace("n", "")) + 1
        z = walks(np.random.default_rng(12), 4, need, m)
        assert np.isfinite(numbers(run(pedroni, z, trend=trend, lags=lags))).all()
        with pytest.raises(InfeasibleError, match=f"at least {need} periods"):
            run(pedroni, z[:, 1:], trend=trend, lags=lags)


@pytest.mark.parametrize(("trend", "m"), [("c", 1), ("ct", 2), ("n", 4)])
def test_printed_moments_are_those_of_the_limit(trend, m):
    sample = functionals(np.random.default_rng([20260101, m]), trend, m, 1500, 400)
    for name, (mean, variance) in moments(sample).items():
        printed = table.moments(trend, m, name)
        assert mean == pytest.approx(printed[0], rel=0.06) and variance == pytest.approx(printed[1], rel=0.35)


def test_simulated_table_agrees_with_the_printed_one():
    """All cells but those that the docstring names."""
    odd = {("n", "1", "group-rho", "mean"), ("ct", "1", "panel-v", "variance"), ("ct", "1", "panel-rho", "variance")}
    for row in rows("pedroni_simulated"):
        cell = (row["trend"], row["m"], row["statistic"])
        printed = table.moments(row["trend"], int(row["m"]), row["statistic"])
        for part, value, slack in (("mean", printed[0], 0.009), ("variance", printed[1], 0.02)):
            error = 5 * float(row[f"{part}_se"]) + slack * abs(value)
            agrees = abs(float(row[part]) - value) <= error
            assert agrees == ((*cell, part) not in odd), cell


def test_simulated_functionals_are_least_squares():
    rng = np.random.default_rng(13)
    sample = functionals(np.random.default_rng(13), "c", 2, 3, 50)
    z = rng.standard_normal((3, 50, 3)).cumsum(1)
    beta, _, resid, _ = ols(z[:, :, 0], np.concatenate([z[:, :, 1:], np.ones((3, 50, 1))], -1), np.ones((3, 50), bool))
    assert sample[:, 0] == pytest.approx((resid[:, :-1] ** 2).sum(1) / 2500)
    assert sample[:, 2] == pytest.approx(1 + (beta[:, :2] ** 2).sum(1))


def test_size_and_power():
    draws = 200
    count = rejections(pedroni, lambda rng: walks(rng, 20, 50), draws, 20260101, lags=1)
    for name in SEVEN:
        low, high = binomtest(count[name], draws).proportion_ci(0.999)
        assert low <= 0.10 and high >= 0.01, (name, count[name])
    power = rejections(pedroni, lambda rng: cointegrated(rng, 25, 22, root=0.5), 20, 1)
    assert all(power[name] >= 15 for name in SEVEN if name not in ("panel-v", "group-rho"))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "quoted"), [
    (20, 50, [0.12, 0.09, 0.09, 0.08, 0.04, 0.10, 0.04, 0.18, 0.18, 0.21, 0.03]),
    (25, 22, [0.16, 0.11, 0.07, 0.06, 0.00, 0.05, 0.03, 0.31, 0.25, 0.21, 0.02])])
def test_quoted_sizes(n, t, quoted):
    draws = 1000
    count = rejections(pedroni, lambda rng: walks(rng, n, t), draws, [20260101, n, t])
    for name, size in zip(SEVEN + WEIGHTED, quoted, strict=True):
        low, high = binomtest(count[name], draws).proportion_ci(0.999)
        assert low - 0.02 <= size <= high + 0.02, (name, count[name])


@pytest.mark.slow
def test_quoted_power():
    count = rejections(pedroni, lambda rng: cointegrated(rng, 25, 22, root=0.8), 500, [20260101, 25, 22])
    for name, power in zip(SEVEN, [0.87, 0.91, 0.71, 0.86, 0.34, 0.96, 0.90], strict=True):
        assert count[name] / 500 == pytest.approx(power, abs=0.08)
