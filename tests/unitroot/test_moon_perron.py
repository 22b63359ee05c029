"""Moon-Perron: hand computation, invariance, size and power."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.unitroot import moon_perron
from clustertrade.unitroot.moon_perron import _mean
from tests.unitroot.panels import in_band, panel, walks


def factor_walks(rng, n, t, root=1.0):
    return walks(rng, n, t, root=root, start=50) + rng.normal(1, 0.5, (n, 1)) * walks(rng, 1, t, root=root, start=50)


def by_hand(y, trend, k, bandwidth):
    """t*a and t*b as printed, a fixed bandwidth, by loops over entities."""
    n, t = y.shape[0], y.shape[1] - 1
    y = y - y[:, :1]
    z, before = y[:, 1:], y[:, :-1]
    if trend == "ct":
        on = np.column_stack([np.ones(t), np.arange(t)])
        m = np.eye(t) - on @ np.linalg.pinv(on)
        z, before = z @ m, before @ m
    e = z - (z * before).sum() / (before**2).sum() * before
    beta = np.linalg.svd(e, full_matrices=False)[0][:, :k]
    q = np.eye(n) - beta @ beta.T
    omega, sigma = [], []
    for u in q @ e:
        a = (u[1:] @ u[:-1]) / (u[:-1] @ u[:-1])
        w = u[1:] - a * u[:-1]
        total = w @ w
        for j in range(1, bandwidth + 1):
            total += 2 * (1 - j / (bandwidth + 1)) * (w[j:] @ w[:-j])
        omega.append(total / len(w) / (1 - a) ** 2)
        sigma.append(u @ u / t)
    omega, sigma = np.array(omega), np.array(sigma)
    lam = np.mean(omega - sigma) / 2 if trend == "c" else -sigma.mean() / 2
    square = np.trace(before.T @ q @ before)
    rho = (np.trace(before.T @ q @ z) - n * t * lam) / square
    a, b = {"c": (2, 1), "ct": (15 / 4, 4)}[trend]
    w2, phi4 = omega.mean(), (omega**2).mean()
    far = np.sqrt(n) * t * (rho - 1)
    return far / np.sqrt(a * phi4 / w2**2), far * np.sqrt(square / (n * t**2) * b * w2 / phi4)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("k", [0, 1, 2])
def test_is_the_formulas(trend, k):
    y = factor_walks(np.random.default_rng(1), 8, 30)
    got = moon_perron(panel(y), trend=trend, factors=k, bandwidth=2, dfcor=False)
    assert [s.value for s in got] == pytest.approx(by_hand(y, trend, k, 2), rel=1e-8)


def test_the_mean_of_the_numerator_is_exact():
    """The trace of the quadratic form in the errors of a walk, and its limit."""
    t = 12
    on = np.column_stack([np.ones(t), np.arange(t)])
    m = np.eye(t) - on @ np.linalg.pinv(on)
    assert _mean(t, "ct", True) == pytest.approx(np.trace(np.tril(np.ones((t, t)), -1).T @ m) / t, rel=1e-10)
    assert _mean(1500, "ct", True) == pytest.approx(_mean(1500, "ct", False), rel=0.01)


def test_constants_and_trends_of_entities_change_nothing():
    y = factor_walks(np.random.default_rng(2), 8, 30)
    moved = y + np.arange(8)[:, None] * 10
    assert [s.value for s in moon_perron(panel(moved))] == pytest.approx([s.value for s in moon_perron(panel(y))])
    moved = moved + np.arange(8)[:, None] * np.arange(30)
    assert [s.value for s in moon_perron(panel(moved), trend="ct")] == pytest.approx(
        [s.value for s in moon_perron(panel(y), trend="ct")], rel=1e-6)


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_size(trend):
    """N = 20, T = 50, no factor; with one t*a rejects more than a tenth with a constant, as the docstring says."""
    rng = np.random.default_rng(3)
    found = [moon_perron(panel(walks(rng, 20, 50)), trend=trend) for _ in range(300)]
    for s in ("t*a", "t*b"):
        assert in_band(sum(r[s].pvalue < 0.05 for r in found), 300)


def test_the_printed_formulas_with_a_trend_reject_too_often():
    rng = np.random.default_rng(4)
    assert np.mean([moon_perron(panel(walks(rng, 20, 50)), trend="ct", dfcor=False).pvalue < 0.05
                    for _ in range(100)]) > 0.2


def test_power():
    """N = 20, T = 50, roots of 0.9 with a constant."""
    rng = np.random.default_rng(5)
    assert np.mean([moon_perron(panel(factor_walks(rng, 20, 50, 0.9))).pvalue < 0.05 for _ in range(60)]) > 0.9
