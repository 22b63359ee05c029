from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from clustertrade.dependence import cross_section_exponent as exponent
from clustertrade.errors import InfeasibleError
from tests.dependence.panels import independent, pairs, panel, unit_residuals


def with_factor(rng, n, t, k):
    """One factor that k of n entities load on."""
    loading = np.where(np.arange(n) < k, rng.uniform(0.5, 1.5, n), 0.0)
    return np.outer(loading, rng.standard_normal(t)) + rng.standard_normal((n, t))


def by_hand(y, size=0.10):
    """alpha, its uncorrected forms and its standard error, step by step."""
    n, t = y.shape
    z = (y - y.mean(1, keepdims=True)) / y.std(1, ddof=1, keepdims=True)
    bar = z.mean(0)
    s2 = bar.var(ddof=1)
    hat = 1 + np.log(s2) / np.log(n) / 2
    u, s, v = np.linalg.svd(z, full_matrices=False)
    c = n * (z - (u[:, :4] * s[:4]) @ v[:4]).mean(0).var()
    tilde = hat - c / (2 * n * np.log(n) * s2)
    tstat = np.array([abs(sm.OLS(row, sm.add_constant(bar)).fit().tvalues[1]) for row in z])
    chosen, left = [], sorted(range(n), key=lambda i: -tstat[i])
    for step, i in enumerate(left):
        if tstat[i] < norm.ppf(1 - size / (n - step) / 2):
            break
        chosen.append(i)
    alpha = tilde - np.log(z[chosen].mean(0).var()) / np.log(n) / 2
    p = int(np.ceil(t ** (1 / 3)))
    w = (bar - bar.mean()) ** 2 / s2
    w = w - w.mean()
    past = np.column_stack([w[p - k : t - k] for k in range(1, p + 1)])
    fit = sm.OLS(w[p:], past).fit()
    v2 = (fit.resid @ fit.resid) / (t - p) / (1 - fit.params.sum()) ** 2
    unit = bar / np.sqrt(s2)
    slope = z @ unit / (unit @ unit)
    g = min(max(int(np.round(n**alpha)), 1), n)
    first = np.array(sorted(slope, key=lambda b: -abs(b))[:g])
    se = np.sqrt(v2 / t + 4 / n * n ** (1 - alpha) * first.var(ddof=1)) / (2 * np.log(n))
    return alpha, tilde, hat, se, len(chosen)


@pytest.mark.parametrize(("n", "t", "k"), [(20, 40, 20), (30, 25, 12), (15, 60, 10)])
def test_alpha_is_its_formula(n, t, k):
    y = with_factor(np.random.default_rng(n), n, t, k)
    result = exponent(panel(y=y)["y"], level=0.1)
    alpha, tilde, hat, se, chosen = by_hand(y)
    d = result.details
    assert np.allclose([result["alpha"].value, d["alpha_tilde"], d["alpha_hat"], d["se"]], [alpha, tilde, hat, se])
    assert d["significant"] == chosen and np.allclose(d["ci"], [alpha - 1.6448536 * se, alpha + 1.6448536 * se])
    assert result["alpha"].pvalue is None


@pytest.mark.parametrize("k", [10, 20, 50])
def test_alpha_is_found(k):
    rng = np.random.default_rng(k)
    found = [exponent(panel(y=with_factor(rng, 50, 50, k))["y"])["alpha"].value for _ in range(40)]
    assert abs(np.mean(found) - np.log(k) / np.log(50)) < 0.04


def test_independence_is_below_one_half_and_said_to_be_weak():
    rng = np.random.default_rng(1)
    results = [exponent(panel(y=rng.standard_normal((50, 50)))["y"]) for _ in range(20)]
    assert np.mean([r["alpha"].value for r in results]) < 0.5
    assert any("not identified" in w for r in results for w in r.warnings)


@pytest.mark.parametrize("gaps", [False, True])
def test_alpha_of_residuals_counts_significant_pairs(gaps):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((20, 40))
    y = x + with_factor(rng, 20, 40, 9)
    if gaps:
        y[3, :6], y[7, 35:] = np.nan, np.nan
    data = panel(y=y, x=x)
    critical = norm.ppf(1 - 0.05 / np.sqrt(190))
    count = sum(abs(rho) * np.sqrt(t) > critical for _, _, rho, t in pairs(unit_residuals(y, [x])))
    result = exponent(data["y"], data["x"])
    assert np.isclose(result["alpha"].value, np.log(20 + 2 * count) / (2 * np.log(20)))
    assert result.details["significant"] == count and result.details["se"] is None and result.warnings


def test_unequal_lengths_are_trimmed_only_when_asked():
    y = with_factor(np.random.default_rng(3), 12, 30, 12)
    y[0, :4] = np.nan
    data = panel(y=y)["y"]
    with pytest.raises(InfeasibleError, match="--balanced trim keeps the 26 periods"):
        exponent(data)
    assert exponent(data, balanced="trim").n_periods == 26


def test_four_components_leave_something():
    rng = np.random.default_rng(4)
    with pytest.raises(InfeasibleError, match="at least 6 entities"):
        exponent(panel(y=independent(rng, 5, 30))["y"])
