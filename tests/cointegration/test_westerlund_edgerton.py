"""The bootstrap test of the null of cointegration: statistic against arch, moments, sieve, decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustertrade.cointegration import westerlund_edgerton
from clustertrade.cointegration.cointegrated_panels import cointegrated_panels, vector_yule_walker
from clustertrade.cointegration.westerlund_edgerton import MOMENTS, partial_sums, rule
from clustertrade.errors import UsageError
from clustertrade.panel import Panel


def drawn(n, t, seed, *, together=True, k=1):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, t, k)).cumsum(1)
    u = rng.standard_normal((n, t)) + 0.5 * np.diff(x, axis=1, prepend=0.0).sum(-1)
    return x.sum(-1) + (u if together else u.cumsum(1)), x


def panel(y, x):
    n, t = y.shape
    frame = pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(),
                          **{f"x{j}": x[..., j].ravel() for j in range(x.shape[2])}})
    whole = Panel.from_frame(frame, entity="i", time="t")
    return whole["y"], whole[[f"x{j}" for j in range(x.shape[2])]]


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_the_statistic_is_that_of_fully_modified_residuals_of_arch(trend):
    from arch.unitroot.cointegration import FullyModifiedOLS

    y, x = drawn(3, 60, 1, k=2)
    result = westerlund_edgerton(*panel(y, x), trend=trend, bootstrap=0, bandwidth=3)
    for i, row in enumerate(result.details["entities"]):
        fit = FullyModifiedOLS(pd.Series(y[i], name="y"), pd.DataFrame(x[i], columns=["x0", "x1"]), trend=trend).fit(
            kernel="bartlett", bandwidth=3, force_int=True)
        beta = fit.params.iloc[:2].to_numpy()
        assert np.allclose([row["long_run"]["x0"], row["long_run"]["x1"]], beta, rtol=1e-6)
        terms = np.column_stack([np.ones(60), np.arange(60)][: 1 + (trend == "ct")])
        z = np.column_stack([terms, x[i]])
        first = y[i] - z @ np.linalg.lstsq(z, y[i], rcond=None)[0]
        steps = np.diff(x[i] - terms @ np.linalg.lstsq(terms, x[i], rcond=None)[0], axis=0)
        w = np.column_stack([first[1:], steps])
        gamma = [w[j:].T @ w[: 59 - j] / 59 for j in range(4)]
        omega = gamma[0] + sum((1 - j / 4) * (gamma[j] + gamma[j].T) for j in range(1, 4))
        gain = np.linalg.solve(omega[1:, 1:], omega[1:, 0])
        left = y[i, 1:] - steps @ gain - x[i, 1:] @ beta
        left = left - terms[1:] @ np.linalg.lstsq(terms[1:], left, rcond=None)[0]
        variance = omega[0, 0] - omega[0, 1:] @ gain
        assert row["LM"] == pytest.approx((np.cumsum(left) ** 2).sum() / (60**2 * variance), rel=1e-7)
    mean, variance = (a[2] for a in MOMENTS[trend])
    value = np.sqrt(3) * (result.details["LM"] - mean) / np.sqrt(variance)
    assert result["LM+"].value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(("trend", "k"), [("c", 0), ("c", 1), ("c", 2), ("ct", 0), ("ct", 1)])
def test_moments_are_those_of_long_cointegrated_series(trend, k):
    rng = np.random.default_rng(20260101)
    x = rng.standard_normal((3000, 300, k)).cumsum(1)
    lm = partial_sums(x.sum(-1) + rng.standard_normal((3000, 300)), x, trend, "bartlett", 4)[0]
    assert lm.mean() == pytest.approx(MOMENTS[trend][0][k], rel=0.05)


def test_vector_autoregressions_are_recovered_and_stationary():
    rng = np.random.default_rng(20260101)
    a = np.array([[[0.5, 0.2], [0.0, 0.3]], [[0.1, 0.0], [0.1, 0.1]]])
    w = rng.standard_normal((1, 50_000, 2))
    for t in range(2, w.shape[1]):
        w[0, t] += a[0] @ w[0, t - 1] + a[1] @ w[0, t - 2]
    assert np.allclose(vector_yule_walker(w, 2)[0], a, atol=0.02)
    short = rng.standard_normal((20, 15, 2)).cumsum(1)
    found = vector_yule_walker(short - short.mean(1, keepdims=True), 2)
    for i in range(20):
        companion = np.block([[found[i, 0], found[i, 1]], [np.eye(2), np.zeros((2, 2))]])
        assert np.abs(np.linalg.eigvals(companion)).max() < 1


def test_pseudo_panels_are_cointegrated_with_the_slopes_of_the_data():
    y, x = drawn(4, 50, 2)
    _, slopes, resid = partial_sums(y, x, "c", "bartlett", 3)
    batches = list(cointegrated_panels(resid, x, slopes, 2, 30, 1))
    made, walks = np.concatenate([b[0] for b in batches]), np.concatenate([b[1] for b in batches])
    assert made.shape == (30, 4, 50) and walks.shape == (30, 4, 50, 1)
    gap = made - np.einsum("bntk,nk->bnt", walks, slopes)
    assert gap.std() < 3 * resid[:, 1:].std() and gap[..., -1].std() < 3 * resid[:, 1:].std()
    assert np.corrcoef(walks[:, 0, -1, 0], walks[:, 1, -1, 0])[0, 1] < 0.5


def test_cointegration_is_kept_and_its_absence_found():
    held = westerlund_edgerton(*panel(*drawn(10, 40, 3)), bootstrap=199)
    away = westerlund_edgerton(*panel(*drawn(10, 40, 3, together=False)), bootstrap=199)
    assert held.pvalue > 0.1 and away.pvalue < 0.05
    assert held.lags == rule(40) == 3 and held.details["bandwidth"] == 3
    assert held["LM+"].critical["0.1"] < held["LM+"].critical["0.01"]
    again = westerlund_edgerton(*panel(*drawn(10, 40, 3)), bootstrap=199, seed=7)
    assert again.pvalue != held.pvalue and again["LM+"].value == held["LM+"].value


def test_a_common_shock_widens_the_bootstrap_but_not_the_limit():
    rng = np.random.default_rng(4)
    y, x = drawn(20, 40, 4)
    shared = y + 3 * rng.standard_normal(40)
    alone, together = (westerlund_edgerton(*panel(v, x), bootstrap=299) for v in (y, shared))
    spread = [r["LM+"].critical["0.05"] - r["LM+"].critical["0.1"] for r in (alone, together)]
    assert spread[1] > 1.5 * spread[0]


def test_what_it_does_not_take():
    y, x = panel(*drawn(5, 40, 5))
    with pytest.raises(UsageError, match="it takes a number"):
        westerlund_edgerton(y, x, lags="aic")
    with pytest.raises(UsageError, match="one of c, ct"):
        westerlund_edgerton(y, x, trend="n")
    assert any("rejects true nulls far too often" in w for w in westerlund_edgerton(y, x, bootstrap=0).warnings)


def test_without_x_it_asks_whether_y_is_stationary():
    rng = np.random.default_rng(6)
    noise, _ = panel(rng.standard_normal((10, 40)), np.zeros((10, 40, 1)))
    walk, _ = panel(rng.standard_normal((10, 40)).cumsum(1), np.zeros((10, 40, 1)))
    assert westerlund_edgerton(noise, bootstrap=199).pvalue > 0.1 > westerlund_edgerton(walk, bootstrap=199).pvalue
