"""Breitung: formulas by hand, transformations, unbalanced panels, dependence, size and power."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.helmert import helmert
from clustertrade.errors import InfeasibleError
from clustertrade.unitroot import breitung
from tests.unitroot.panels import in_band, panel, walks


def by_hand(y, trend):
    """The statistic without lags, entity by entity and period by period."""
    above = below = 0.0
    for row in y:
        t, dy = len(row) - 1, np.diff(row)
        s2 = dy.var(ddof=1) if trend == "ct" else (dy**2).mean()
        for k in range(1, t + 1):                          # y_k - y_{k-1}
            if trend != "ct":
                x, e = row[k - 1] - (row[0] if trend == "c" else 0), dy[k - 1]
            elif k < t:
                x = row[k - 1] - row[0] - (k - 1) / t * (row[-1] - row[0])
                e = np.sqrt((t - k) / (t - k + 1)) * (dy[k - 1] - dy[k:].mean())
            else:
                continue
            above, below = above + x * e / s2, below + x * x / s2
    return above / np.sqrt(below)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_is_its_formula(trend):
    y = walks(np.random.default_rng(1), 6, 20) * np.arange(1, 7)[:, None] + 3
    assert breitung(panel(y), trend=trend, lags=0)["lambda"].value == pytest.approx(by_hand(y, trend), rel=1e-10)


def test_entities_of_unequal_length_take_part_with_their_periods():
    y = walks(np.random.default_rng(2), 5, 30)
    y[0, :4] = y[3, 22:] = np.nan
    rows = [r[np.isfinite(r)] for r in y]
    assert breitung(panel(y), trend="ct", lags=0)["lambda"].value == pytest.approx(by_hand(rows, "ct"), rel=1e-10)
    got = breitung(panel(y), lags="bic", max_lags=2)
    assert [r["nobs"] + r["lags"] for r in got.details["entities"]] == [25, 29, 29, 21, 29]
    with pytest.raises(InfeasibleError, match="--balanced trim"):
        breitung(panel(y), cov="robust")


@pytest.mark.parametrize("t", [2, 3, 10])
def test_forward_deviations_are_orthonormal_and_free_of_the_mean(t):
    h = helmert(t)
    assert h @ h.T == pytest.approx(np.eye(t - 1), abs=1e-12) and h @ np.ones(t) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("lags", [0, 2])
def test_constants_and_trends_of_entities_change_nothing(trend, lags):
    y = walks(np.random.default_rng(3), 6, 25)
    moved = y + np.arange(6)[:, None] * (10 + (3 * np.arange(25) if trend == "ct" else 0))
    ours = [breitung(panel(v), trend=trend, lags=lags)["lambda"].value for v in (y, moved)]
    assert ours[0] == pytest.approx(ours[1], rel=1e-7)


def test_the_robust_variance_is_the_sandwich_over_periods():
    """Without constant and lags: sum_t x_t' Omega x_t with the covariance of the residuals."""
    y = walks(np.random.default_rng(4), 5, 40)
    x, e = y[:, :-1], np.diff(y)
    s = np.sqrt((e**2).mean(1, keepdims=True))
    x, e = x / s, e / s
    resid = e - (x * e).sum() / (x**2).sum() * x
    omega = resid @ resid.T / 39
    want = (x * e).sum() / np.sqrt(sum(x[:, k] @ omega @ x[:, k] for k in range(39)))
    got = [breitung(panel(y), trend="n", lags=0, cov=c)["lambda"].value for c in ("robust", "pcse")]
    assert got == pytest.approx([want, want], rel=1e-9)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("lags", [0, 1])
def test_size(trend, lags):
    rng = np.random.default_rng([5, lags])
    rejected = sum(breitung(panel(walks(rng, 20, 50, start=10)), trend=trend, lags=lags).pvalue < 0.05
                   for _ in range(300))
    assert in_band(rejected, 300), f"rejects {rejected / 300:.3f} of true nulls"


def test_dependence_between_neighbours():
    """Steps that share a half with all others, N = 10, T = 100: the plain statistic rejects too often, robust less."""
    rng = np.random.default_rng(6)

    def draw():
        common = rng.standard_normal((1, 100))
        return panel((rng.standard_normal((10, 100)) + 0.7 * common).cumsum(1))

    rates = np.mean([[breitung(y, lags=0, cov=c).pvalue < 0.05 for c in ("unadjusted", "robust")]
                     for y in (draw() for _ in range(300))], 0)
    assert rates[0] > 0.12 and rates[1] < rates[0] - 0.04


@pytest.mark.parametrize(("trend", "t", "low"), [("c", 22, 0.7), ("ct", 50, 0.6)])
def test_power(trend, t, low):
    """N = 25, a root of 0.9."""
    rng = np.random.default_rng(7)
    assert np.mean([breitung(panel(walks(rng, 25, t, root=0.9, start=50)), trend=trend, lags=0).pvalue < 0.05
                    for _ in range(100)]) > low
