"""Harris-Tzavalis: exact moments, hand computation, size and power."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.errors import InfeasibleError
from clustertrade.unitroot import harris_tzavalis
from clustertrade.unitroot.harris_tzavalis import LIMITS, moments
from tests.unitroot.panels import in_band, panel, walks


def exact(trend, t):
    """Mean and variance by the quadratic forms in the t errors of a walk from zero, under normality.

    rho - 1 = u'Au / u'Bu; B = E / E of the denominators, C = Var(u'(A - mean B)u) / E(u'Bu)^2.
    """
    lag = np.tril(np.ones((t, t)), -1)                                        # y_{t-1} = lag u
    z = np.column_stack([np.ones(t), np.arange(t)])[:, : {"n": 0, "c": 1, "ct": 2}[trend]]
    m = np.eye(t) - (z @ np.linalg.pinv(z) if z.size else 0)
    a, b = lag.T @ m, lag.T @ m @ lag
    mean = np.trace(a) / np.trace(b)
    form = (a + a.T) / 2 - mean * b
    return mean, 2 * np.trace(form @ form) / np.trace(b) ** 2


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("t", [4, 5, 10, 21, 60])
def test_the_moments_are_exact(trend, t):
    assert moments(trend, t) == pytest.approx(exact(trend, t), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_the_moments_tend_to_their_limits(trend):
    mean, variance = moments(trend, 100_000)
    assert (mean * 1e5, variance * 1e10) == pytest.approx(LIMITS[trend], rel=1e-3)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_is_the_pooled_regression_with_dummies(trend):
    y = walks(np.random.default_rng(1), 6, 12)
    got = harris_tzavalis(panel(y), trend=trend)
    z = np.column_stack([np.ones(11), np.arange(11)])[:, : {"n": 0, "c": 1, "ct": 2}[trend]]
    x = np.column_stack([y[:, :-1].ravel(), np.kron(np.eye(6), z)])
    rho = np.linalg.lstsq(x, y[:, 1:].ravel(), rcond=None)[0][0]
    mean, variance = exact(trend, 11)
    assert got.details["rho"] == pytest.approx(rho, rel=1e-9)
    assert got["z"].value == pytest.approx(6**0.5 * (rho - 1 - mean) / variance**0.5, rel=1e-8)


def test_constants_and_trends_of_entities_change_nothing():
    y = walks(np.random.default_rng(2), 6, 12)
    moved = y + np.arange(6)[:, None] * (10 + 3 * np.arange(12))
    assert harris_tzavalis(panel(moved), trend="ct")["z"].value == pytest.approx(
        harris_tzavalis(panel(y), trend="ct")["z"].value, rel=1e-7)


def test_a_start_far_from_zero_is_said():
    y = walks(np.random.default_rng(6), 6, 12)
    assert not harris_tzavalis(panel(y), trend="n").warnings
    assert "start near zero" in harris_tzavalis(panel(y + 10), trend="n").warnings[0]


def test_unbalanced_panels_are_refused():
    y = walks(np.random.default_rng(3), 6, 12)
    y[2, :3] = np.nan
    with pytest.raises(InfeasibleError, match="--balanced trim"):
        harris_tzavalis(panel(y))
    assert harris_tzavalis(panel(y), balanced="trim").n_periods == 9


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize(("n", "t"), [(50, 6), (25, 22), (20, 50)])
def test_size(trend, n, t):
    """Also with six periods: the moments are exact in T."""
    rng = np.random.default_rng([4, n, t])
    rejected = sum(harris_tzavalis(panel(walks(rng, n, t)), trend=trend).pvalue < 0.05 for _ in range(400))
    assert in_band(rejected, 400), f"rejects {rejected / 400:.3f} of true nulls"


def test_power():
    """N = 25, T = 22, a root of 0.9 with a constant."""
    rng = np.random.default_rng(5)
    assert np.mean([harris_tzavalis(panel(walks(rng, 25, 22, root=0.9, start=50))).pvalue < 0.05
                    for _ in range(150)]) > 0.7
