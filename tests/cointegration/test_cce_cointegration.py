"""The test on residuals of common correlated effects: a plain coding, printed critical values, decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustertrade.cointegration import cce_cointegration
from clustertrade.cointegration.cce_cointegration import null_law
from clustertrade.errors import UsageError
from clustertrade.estimators import cce_mg, cce_pooled
from clustertrade.panel import Panel
from clustertrade.unitroot import cips


def drawn(n, t, seed, rho, k=1):
    """One integrated factor in y and x; y - x - factor an autoregression with root rho."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal(t).cumsum()
    x = rng.standard_normal((n, t, k)).cumsum(1) + rng.uniform(0, 2, (n, 1, 1)) * factor[:, None]
    u = rng.standard_normal((n, t))
    for s in range(1, t):
        u[:, s] += rho * u[:, s - 1]
    return x.sum(-1) + rng.uniform(0, 2, (n, 1)) * factor + u, x


def panel(y, x):
    n, t = y.shape
    frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(),
                          **{f"x{j}": x[..., j].ravel() for j in range(x.shape[2])}})
    whole = Panel.from_frame(frame, entity="i", time="t")
    return whole["y"], whole[[f"x{j}" for j in range(x.shape[2])]]


def plain(y, x, terms, slopes, p, factors):
    """CADF_P regression by regression."""
    n, t = y.shape
    e = y - x @ slopes
    e = e - (terms @ np.linalg.lstsq(terms, e.T, rcond=None)[0]).T
    means = [e.mean(0), *(x[..., j].mean(0) for j in range(factors - 1))]
    found = []
    for i in range(n):
        rows = range(1 + p, t)
        z = np.array([[e[i, s - 1], *terms[s], *(m[s - 1] for m in means), *(m[s] - m[s - 1] for m in means),
                       *(v[s - j] - v[s - j - 1] for j in range(1, p + 1) for v in (e[i], *means))] for s in rows])
        left = np.array([e[i, s] - e[i, s - 1] for s in rows])
        beta = np.linalg.lstsq(z, left, rcond=None)[0]
        variance = ((left - z @ beta) ** 2).sum() / (t - z.shape[1]) * np.linalg.inv(z.T @ z)[0, 0]
        found.append(beta[0] / np.sqrt(variance))
    return np.array(found)


@pytest.mark.parametrize(("trend", "lags", "factors", "pooling"), [
    ("c", 0, 1, "pooled"), ("ct", 1, 1, "group"), ("c", 2, 2, "pooled"), ("ct", 1, 3, "pooled")])
def test_a_plain_coding_gives_the_same(trend, lags, factors, pooling):
    y, x = drawn(7, 35, 1, 0.7, k=2)
    left, right = panel(y, x)
    estimate = (cce_pooled if pooling == "pooled" else cce_mg)(left, right, trend=trend)
    slopes = np.array([estimate["x0"].value, estimate["x1"].value])
    terms = np.column_stack([np.ones(35), np.arange(35)][: 1 + (trend == "ct")])
    result = cce_cointegration(left, right, trend=trend, lags=lags, factors=factors, pooling=pooling, bootstrap=0)
    assert np.allclose([result.details["slopes"][v] for v in ("x0", "x1")], slopes, rtol=1e-8)
    found = plain(y, x, terms, slopes, lags, factors)
    assert np.allclose([row["t"] for row in result.details["entities"]], found, rtol=1e-7)
    assert result["CADF_P"].value == pytest.approx(found.mean(), rel=1e-8)
    assert result["CADF_P"].pvalue is None and any("no p-value" in w for w in result.warnings)


@pytest.mark.parametrize(("trend", "n", "t", "k", "lags", "five", "ten"), [
    ("c", 20, 30, 1, 0, -2.51, -2.41), ("c", 20, 30, 1, 2, -2.48, -2.34), ("c", 20, 50, 2, 1, -2.71, -2.60),
    ("ct", 20, 50, 3, 2, -3.09, -2.97), ("ct", 30, 30, 1, 1, -2.94, -2.83)])
def test_the_simulated_law_has_the_printed_critical_values(trend, n, t, k, lags, five, ten):
    """Banerjee and Carrion-i-Silvestre (2017), tables III and IV: as many factors as observables."""
    law = null_law(n, t, k, trend, lags, 0, 1 + k, "pooled", 999, 20260101)
    assert np.quantile(law, [0.05, 0.1]) == pytest.approx([five, ten], abs=0.04)


def test_a_long_run_is_found_behind_a_factor_and_no_other():
    together, apart = (cce_cointegration(*panel(*drawn(15, 50, 3, rho)), bootstrap=299) for rho in (0.3, 1.0))
    assert together.pvalue == pytest.approx(1 / 300) and apart.pvalue > 0.1
    assert together["CADF_P"].critical["0.01"] < together["CADF_P"].critical["0.1"]
    assert together.details["replications"] == 299


def test_slopes_and_the_factor_leave_the_statistic_alone():
    y, x = drawn(10, 40, 4, 0.8)
    base, moved = (cce_cointegration(*panel(v, x), bootstrap=0)["CADF_P"].value for v in (y, y - 3 * x[..., 0] + 7))
    assert moved == pytest.approx(base, rel=1e-9)


def test_lags_by_a_criterion_are_chosen_in_the_law_too():
    y, x = panel(*drawn(8, 40, 5, 0.8))
    chosen = cce_cointegration(y, x, lags="aic", max_lags=3, bootstrap=199)
    assert {row["lags"] for row in chosen.details["entities"]} <= {0, 1, 2, 3}
    fixed = cce_cointegration(y, x, lags=0, bootstrap=199)
    assert chosen["CADF_P"].critical["0.05"] < fixed["CADF_P"].critical["0.05"]


def test_there_are_no_more_factors_than_observables():
    y, x = panel(*drawn(8, 40, 5, 0.8))
    for factors in (0, 3, "ic1"):
        with pytest.raises(UsageError, match="factors"):
            cce_cointegration(y, x, factors=factors)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_without_x_it_is_cips_but_for_the_divisor(trend):
    y, _ = panel(*drawn(8, 40, 6, 0.9))
    ours, theirs = cce_cointegration(y, trend=trend, bootstrap=0), cips(y, trend=trend, lags=1)
    k = {"n": 0, "c": 1, "ct": 2}[trend] + 5
    assert ours["CADF_P"].value == pytest.approx(theirs["CIPS"].value * np.sqrt((40 - k) / (38 - k)), rel=1e-8)
    assert ours.details["slopes"] == {}
