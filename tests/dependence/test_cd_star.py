from __future__ import annotations

import numpy as np
import pytest

from clustertrade.dependence import cd, cd_star
from clustertrade.errors import InfeasibleError
from tests.dependence.panels import SIZES, holed, independent, neighbours, panel, unit_residuals
from tests.simulation.rates import within


def by_hand(y, m):
    """CD* of a complete panel (N, T), from the singular value decomposition."""
    n, t = y.shape
    z = y - y.mean(1, keepdims=True)
    u, s, v = np.linalg.svd(z, full_matrices=False)
    gamma = np.sqrt(n) * u[:, :m]                                             # (1/N) gamma' gamma = I
    e = z - (u[:, :m] * s[:m]) @ v[:m]
    sigma = np.sqrt((e**2).mean(1))
    phi = sum(gamma[i] / sigma[i] for i in range(n)) / n
    theta = 1 - sum((1 - sigma[i] * phi @ gamma[i]) ** 2 for i in range(n)) / n
    plain = np.sqrt(2 * t / (n * (n - 1))) * np.corrcoef(e)[np.triu_indices(n, 1)].sum()
    return (plain + np.sqrt(t / 2) * theta) / (1 - theta), theta


@pytest.mark.parametrize("m", [1, 2, 3])
def test_cd_star_is_its_formula(m):
    rng = np.random.default_rng(1)
    y = independent(rng, 16, 30) + rng.standard_normal((16, 2)) @ rng.standard_normal((2, 30))
    result = cd_star(panel(y=y)["y"], factors=m)
    value, theta = by_hand(y, m)
    assert np.isclose(result["CD*"].value, value) and np.isclose(result.details["theta"], theta)
    assert result.details["factors"] == m


def test_no_factor_is_cd():
    data = panel(y=independent(np.random.default_rng(2), 15, 20))["y"]
    assert np.isclose(cd_star(data, factors=0)["CD*"].value, cd(data)["CD"].value)


def test_cd_star_of_residuals():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((15, 25))
    y = x + independent(rng, 15, 25)
    data = panel(y=y, x=x)
    assert np.isclose(cd_star(data["y"], data["x"], factors=1)["CD*"].value, by_hand(unit_residuals(y, [x]), 1)[0])


def test_a_few_missing_cells_change_little():
    rng = np.random.default_rng(4)
    y = independent(rng, 20, 40) + rng.uniform(0, 2, (20, 1)) * rng.standard_normal(40)
    whole, some = (cd_star(panel(y=v)["y"], factors=1) for v in (y, holed(y, rng, 0.02)))
    assert abs(whole["CD*"].value - some["CD*"].value) < 0.5
    assert abs(whole.details["theta"] - some.details["theta"]) < 0.05


def test_criteria_choose_at_least_one_factor():
    rng = np.random.default_rng(5)
    u = independent(rng, 25, 50)
    two = u + rng.standard_normal((25, 2)) @ rng.standard_normal((2, 50))
    for criterion in ("ic1", "ic2", "bic3"):
        assert cd_star(panel(y=u)["y"], factors=criterion).details["factors"] == 1
        assert cd_star(panel(y=two)["y"], factors=criterion).details["factors"] == 2


def test_factors_that_explain_an_entity_are_refused():
    rng = np.random.default_rng(6)
    y = np.outer(rng.standard_normal(8), rng.standard_normal(20))
    with pytest.raises(InfeasibleError, match=r"cd-star: 1 factors explain e000.* exactly"):
        cd_star(panel(y=y)["y"], factors=1)


def test_needs_leave_something_to_correlate():
    y = independent(np.random.default_rng(7), 5, 6)
    cd_star(panel(y=y)["y"], factors=3)
    with pytest.raises(InfeasibleError, match="at least 6 entities"):
        cd_star(panel(y=y)["y"], factors=4)
    with pytest.raises(InfeasibleError, match="at least 6 periods"):
        cd_star(panel(y=y[:, :5])["y"], factors=3)


def test_proportional_loadings_and_few_entities_are_warned_of():
    rng = np.random.default_rng(8)
    y = np.full((10, 1), 1.0) * rng.standard_normal(40) + rng.standard_normal((10, 40))
    said = " ".join(cd_star(panel(y=y)["y"], factors=1).warnings)
    assert "1 - theta is 0.0" in said and "fewer than 15 entities" in said


@pytest.mark.parametrize(("n", "t"), SIZES)
def test_size_and_power(n, t):
    """Right where CD itself rejects nearly always: its residuals miss the factor that was estimated."""
    rng = np.random.default_rng([20260101, n, t])
    rejected = np.zeros(3)
    for _ in range(300):
        u, common = independent(rng, n, t), rng.uniform(0, 2, (n, 1)) * rng.standard_normal(t)
        data = panel(f=common + u, n=common + neighbours(u), e=u)
        rejected += [cd_star(data[v]).pvalue < 0.05 for v in "fne"]
    assert within(rejected[0], 300, 0.02, 0.10) and within(rejected[2], 300, 0.02, 0.10), rejected
    assert rejected[1] > 60
