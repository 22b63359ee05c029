from __future__ import annotations

import numpy as np
import pytest

from clustertrade.dependence import cd
from clustertrade.errors import InfeasibleError
from tests.dependence.panels import SIZES, holed, independent, pairs, panel, unit_residuals
from tests.simulation.rates import within


def by_hand(series):
    n = len(series)
    return np.sqrt(2 / (n * (n - 1))) * sum(np.sqrt(t) * rho for _, _, rho, t in pairs(series))


@pytest.mark.parametrize("gaps", [False, True])
def test_cd_is_its_formula(gaps):
    rng = np.random.default_rng(1)
    y = independent(rng, 8, 30) + 0.5 * rng.standard_normal(30)
    y = holed(y, rng) if gaps else y
    result = cd(panel(y=y)["y"])
    assert np.isclose(result["CD"].value, by_hand(y), rtol=1e-10)
    rho = [r for _, _, r, _ in pairs(y)]
    assert np.isclose(result.details["mean_rho"], np.mean(rho))
    assert np.isclose(result.details["mean_abs_rho"], np.mean(np.abs(rho)))
    assert result.details["pairs"] == 28 and result.nobs == np.isfinite(y).sum()


@pytest.mark.parametrize("gaps", [False, True])
def test_cd_of_residuals(gaps):
    rng = np.random.default_rng(2)
    x, z = rng.standard_normal((2, 6, 25))
    y = x - z + independent(rng, 6, 25)
    y = holed(y, rng) if gaps else y
    data = panel(y=y, x=x, z=z)
    assert np.isclose(cd(data["y"], data[["x", "z"]])["CD"].value, by_hand(unit_residuals(y, [x, z])), rtol=1e-9)


def test_levels_that_dwarf_the_variation_cost_no_digits():
    y = independent(np.random.default_rng(3), 5, 30)
    assert np.isclose(cd(panel(y=y + 1e8)["y"])["CD"].value, cd(panel(y=y)["y"])["CD"].value, rtol=1e-6)


def test_an_entity_that_does_not_vary_has_no_correlation_and_is_left_out():
    y = independent(np.random.default_rng(4), 4, 20)
    y[2] = 7.0
    found = cd(panel(y=y)["y"])
    assert found["CD"].value == cd(panel(y=np.delete(y, 2, 0))["y"])["CD"].value and found.n_entities == 3
    assert "1 entities in which y is constant are left out: e002" in found.warnings
    short = np.where(np.arange(20) > 0, np.nan, y)
    with pytest.raises(InfeasibleError, match="at least 3 periods"):
        cd(panel(y=np.vstack([y, short[:1]]))["y"])
    y[:3] = [[1.0], [2.0], [7.0]]
    with pytest.raises(InfeasibleError, match="constant for 3 of 4 entities: e000, e001, e002"):
        cd(panel(y=y)["y"])


def test_strangers_are_named():
    y = independent(np.random.default_rng(5), 3, 20)
    y[0, :12], y[1, 10:] = np.nan, np.nan
    with pytest.raises(InfeasibleError, match=r"cd: every pair.*e000-e001 \(0\) have fewer"):
        cd(panel(y=y)["y"])


def test_regressors_that_explain_everything_leave_nothing():
    x = np.random.default_rng(6).standard_normal((4, 20))
    data = panel(y=2 * x + np.arange(4.0)[:, None], x=x)
    with pytest.raises(InfeasibleError, match="explains y exactly in 4 of 4 entities"):
        cd(data["y"], data["x"])


def test_a_regressor_constant_within_an_entity_is_named():
    rng = np.random.default_rng(7)
    x = rng.standard_normal((4, 20))
    x[1] = 3.0
    data = panel(y=rng.standard_normal((4, 20)), x=x)
    with pytest.raises(InfeasibleError, match=r"x is constant for 1 of 4: e001"):
        cd(data["y"], data["x"])


@pytest.mark.parametrize(("n", "t"), SIZES)
def test_size_and_power(n, t):
    rng = np.random.default_rng([20260101, n, t])
    rejected = np.zeros(3)
    for _ in range(300):
        u, x = independent(rng, n, t), rng.standard_normal((n, t))
        data = panel(u=u, x=x, y=x + u, f=u + 0.3 * rng.standard_normal(t))
        rejected += [cd(data["u"]).pvalue < 0.05, cd(data["y"], data["x"]).pvalue < 0.05, cd(data["f"]).pvalue < 0.05]
    assert within(rejected[0], 300, 0.02, 0.10) and within(rejected[1], 300, 0.02, 0.10) and rejected[2] > 270
