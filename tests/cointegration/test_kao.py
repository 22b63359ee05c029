"""Kao's tests: the formulas by hand, invariances, size and power, and what serial correlation does."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from clustertrade.cointegration import kao
from clustertrade.errors import InfeasibleError, UsageError
from tests.cointegration.panels import cointegrated, rejections, run, walks

NAMES = ["ADF", "MDF", "DF", "UMDF", "UDF"]


def numbers(result):
    return np.array([s.value for s in result])


@pytest.mark.parametrize(("lags", "bandwidth"), [(0, 0), (1, 3), (2, 5)])
def test_formulas_by_hand(lags, bandwidth):
    import statsmodels.api as sm

    n, t, m = 6, 30, 2
    z = walks(np.random.default_rng(1), n, t, m)
    result = run(kao, z, lags=lags, bandwidth=bandwidth)
    centred = (z - z.mean(1, keepdims=True)).reshape(n * t, -1)
    resid = sm.OLS(centred[:, 0], centred[:, 1:]).fit().resid.reshape(n, t)
    pairs = sm.OLS(resid[:, 1:].ravel(), resid[:, :-1].ravel()).fit()
    rho, t_rho = pairs.params[0], (pairs.params[0] - 1) / pairs.bse[0]
    change = np.diff(resid, axis=1)
    columns = [resid[:, lags:-1]] + [change[:, lags - j : t - 1 - j] for j in range(1, lags + 1)]
    adf = sm.OLS(change[:, lags:].ravel(), np.column_stack([c.ravel() for c in columns])).fit()
    w = np.diff(z, axis=1)
    cells = n * (t - 1)
    sigma = sum(w[i].T @ w[i] for i in range(n)) / cells
    omega = sigma.copy()
    for i in range(n):
        for j in range(1, bandwidth + 1):
            cross = w[i, j:].T @ w[i, :-j]
            omega += (1 - j / (bandwidth + 1)) * (cross + cross.T) / cells
    short, long = (a[0, 0] - a[0, 1:] @ np.linalg.solve(a[1:, 1:], a[1:, 0]) for a in (sigma, omega))
    shift, scale = np.sqrt(6 * n * short / long) / 2, np.sqrt(long / (2 * short) + 3 * short / (10 * long))
    want = {"ADF": (adf.tvalues[0] + shift) / scale, "DF": (t_rho + shift) / scale,
            "MDF": (n**0.5 * t * (rho - 1) + 3 * n**0.5 * short / long) / np.sqrt(3 + 7.2 * short**2 / long**2),
            "UMDF": (n**0.5 * t * (rho - 1) + 3 * n**0.5) / np.sqrt(10.2),
            "UDF": np.sqrt(1.25) * t_rho + np.sqrt(1.875 * n)}
    assert [s.name for s in result] == NAMES
    for s in result:
        assert s.value == pytest.approx(want[s.name], rel=1e-9) and s.pvalue == pytest.approx(norm.cdf(s.value))
    assert (result.details["sigma_v2"], result.details["sigma_0v2"]) == pytest.approx((short, long))
    assert result.details["adf_own"]["value"] == pytest.approx((adf.tvalues[0] + np.sqrt(6 * n) / 2) / np.sqrt(0.8))


def test_invariances():
    rng = np.random.default_rng(2)
    z = cointegrated(rng, 7, 40, 2)
    first = numbers(run(kao, z))
    assert np.allclose(numbers(run(kao, z[rng.permutation(7)])), first, atol=1e-10)
    assert np.allclose(numbers(run(kao, z * [1000.0, 0.01, 7.0])), first, rtol=1e-8)
    assert np.allclose(numbers(run(kao, z + 100 * rng.standard_normal((7, 1, 1)))), first, rtol=1e-7)
    mixed = z.copy()
    mixed[:, :, 1] += 3 * z[:, :, 2]
    assert np.allclose(numbers(run(kao, mixed)), first, rtol=1e-8)


def test_common_time_effect_is_removed_by_demeaning():
    rng = np.random.default_rng(3)
    z = walks(rng, 6, 40)
    effect = 10 * rng.standard_normal((1, 40, 2)).cumsum(1)
    assert np.allclose(numbers(run(kao, z, demean=True)), numbers(run(kao, z + effect, demean=True)), rtol=1e-7)


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic", "t"])
def test_lags_by_a_criterion_are_those_of_the_number(criterion):
    z = walks(np.random.default_rng(4), 10, 40, serial=0.6)
    chosen = run(kao, z, lags=criterion, max_lags=4)
    assert np.allclose(numbers(run(kao, z, lags=chosen.lags)), numbers(chosen))


def test_entities_have_their_own_regressions():
    from clustertrade.cointegration import pedroni

    z = cointegrated(np.random.default_rng(5), 5, 40)
    assert run(kao, z, lags=1).details["entities"] == run(pedroni, z, lags=1).details["entities"]


def test_serial_correlation_is_said():
    rng = np.random.default_rng(6)
    assert "serially correlated" in run(kao, walks(rng, 30, 60, serial=0.6)).warnings[0]
    assert not run(kao, walks(rng, 30, 60)).warnings


def test_refusals():
    z = walks(np.random.default_rng(7), 5, 30, 2)
    with pytest.raises(UsageError, match="--trend ct: one of c"):
        run(kao, z, trend="ct")
    unequal = z.copy()
    unequal[0, :5] = np.nan
    with pytest.raises(InfeasibleError, match="--balanced trim"):
        run(kao, unequal)
    assert run(kao, unequal, balanced="trim").n_periods == 25
    fixed = z.copy()
    fixed[:, :, 2] = fixed[:, :, 1] + np.arange(5.0)[:, None]
    with pytest.raises(InfeasibleError, match="collinear within entities"):
        run(kao, fixed)
    exact = z.copy()
    exact[:, :, 0] = exact[:, :, 1] + np.arange(5.0)[:, None]
    with pytest.raises(InfeasibleError, match="exact function"):
        run(kao, exact)
    need = 2 * 1 + 3 + 2 + 2
    assert np.isfinite(numbers(run(kao, z[:, :need], lags=1))).all()
    with pytest.raises(InfeasibleError, match=f"at least {need} periods"):
        run(kao, z[:, : need - 1], lags=1)


def test_size_and_power():
    draws = 200
    count = rejections(kao, lambda rng: walks(rng, 20, 50), draws, 20260101)
    for name in NAMES:
        low, high = binomtest(count[name], draws).proportion_ci(0.999)
        assert low <= 0.12 and high >= 0.02, (name, count[name])
    power = rejections(kao, lambda rng: cointegrated(rng, 25, 22, root=0.5), 20, 1)
    assert min(power.values()) >= 14


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "quoted"), [(20, 50, [0.08, 0.07, 0.06, 0.12, 0.10]),
                                                (25, 22, [0.07, 0.04, 0.07, 0.11, 0.10])])
def test_quoted_sizes(n, t, quoted):
    draws = 1000
    count = rejections(kao, lambda rng: walks(rng, n, t), draws, [20260101, n, t])
    for name, size in zip(NAMES, quoted, strict=True):
        low, high = binomtest(count[name], draws).proportion_ci(0.999)
        assert low - 0.01 <= size <= high + 0.01, (name, count[name])


@pytest.mark.slow
def test_printed_adf_loses_its_size_with_serial_correlation_and_its_own_ratio_does_not():
    rng = np.random.default_rng(20260101)
    printed = own = 0
    for _ in range(300):
        result = run(kao, walks(rng, 20, 50, serial=0.4), lags=1)
        printed += result["ADF"].pvalue < 0.05
        own += result.details["adf_own"]["pvalue"] < 0.05
    assert printed > 75 and binomtest(own, 300).proportion_ci(0.999)[0] <= 0.10
