"""CIPS: regressions by hand, truncation, a common factor, size and power."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from clustertrade.errors import InfeasibleError
from clustertrade.unitroot import cips
from tests.unitroot.panels import in_band, panel, walks


def factor_panel(rng, n, t, root=1.0, start=0):
    """One common factor with loadings from -1 to 3 in the steps of every entity."""
    e = rng.standard_normal((n, t + start)) + rng.uniform(-1, 3, (n, 1)) * rng.standard_normal(t + start)
    y = e.copy()
    for s in range(1, t + start):
        y[:, s] += root * y[:, s - 1]
    return y[:, start:]


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("lags", [0, 2])
def test_is_the_mean_of_regressions_with_means(trend, lags):
    y = factor_panel(np.random.default_rng(1), 7, 40) + np.arange(7)[:, None]
    mean, found = y.mean(0), []
    dm, t = np.diff(mean), 40
    for row in y:
        dy, n = np.diff(row), t - 1 - lags
        z = [row[lags:-1], mean[lags:-1], dm[lags:], np.ones(n), np.arange(n)][: 3 + {"n": 0, "c": 1, "ct": 2}[trend]]
        z += [d[lags - j : t - 1 - j] for j in range(1, lags + 1) for d in (dy, dm)]
        found.append(sm.OLS(dy[lags:], np.column_stack(z)).fit().tvalues[0])
    got = cips(panel(y), trend=trend, lags=lags)
    np.testing.assert_allclose([r["t"] for r in got.details["entities"]], found, rtol=1e-7)
    assert got["CIPS"].value == pytest.approx(np.mean(found), rel=1e-8)


def test_extreme_statistics_are_truncated():
    rng = np.random.default_rng(2)
    y = rng.standard_normal((8, 60))
    got = cips(panel(y), lags=0)
    rows = got.details["entities"]
    assert min(r["t"] for r in rows) < -6.19 and min(r["truncated"] for r in rows) == -6.19
    assert got["CIPS*"].value > got["CIPS"].value and got["CIPS*"].pvalue < 0.01


def test_critical_values_are_printed_ones():
    got = cips(panel(walks(np.random.default_rng(3), 20, 50)), lags=0)
    assert got["CIPS"].critical == {"0.01": -2.36, "0.05": -2.2, "0.1": -2.11}
    simulated = got.details["critical_simulated"]["CIPS"]
    assert all(simulated[k] == pytest.approx(v, abs=0.03) for k, v in got["CIPS"].critical.items())


def test_common_factors_and_levels_of_entities_hardly_matter():
    """Levels not at all with a constant; the law does not depend on loadings."""
    y = factor_panel(np.random.default_rng(4), 8, 30)
    moved = y + 100 * np.arange(8)[:, None]
    assert cips(panel(moved))["CIPS"].value == pytest.approx(cips(panel(y))["CIPS"].value, rel=1e-6)


def test_unbalanced_data_are_refused_with_the_remedy():
    y = walks(np.random.default_rng(5), 8, 30)
    y[0, :3] = np.nan
    with pytest.raises(InfeasibleError, match="--balanced trim"):
        cips(panel(y))
    assert cips(panel(y), balanced="trim").nobs == 8 * (27 - 2)


def test_a_choice_has_its_own_law_and_outside_points_a_warning():
    y = panel(walks(np.random.default_rng(6), 10, 22))
    got = cips(y, lags="aic")
    assert got.options["max_lags"] == 2 and got.details["critical_simulated"] == {}
    assert any("outside" in w for w in cips(panel(walks(np.random.default_rng(6), 5, 12)), lags=1).warnings)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize(("n", "t"), [(20, 50), (25, 22)])
@pytest.mark.parametrize("lags", [1, "aic"])
def test_size_under_a_common_factor(trend, n, t, lags):
    rng = np.random.default_rng([7, n, t])
    rejected = sum(cips(panel(factor_panel(rng, n, t)), trend=trend, lags=lags).pvalue < 0.05 for _ in range(150))
    assert in_band(rejected, 150, 0.02, 0.09), f"rejects {rejected / 150:.3f} of true nulls"


def test_power():
    rng = np.random.default_rng(8)
    assert sum(cips(panel(factor_panel(rng, 20, 50, root=0.8, start=30))).pvalue < 0.05 for _ in range(100)) > 90
