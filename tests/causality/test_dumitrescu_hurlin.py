"""Against loops written from the papers; size and power.  Agreement with plm stands in tests/goldens."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

import clustertrade as ct
from clustertrade.causality import resampling
from clustertrade.causality.dumitrescu_hurlin import moments, standardised
from clustertrade.causality.regression import design, exclusion
from clustertrade.causality.resampling import resampled_wald
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.simulation.rates import within


def panels(replications, n, t, rho=0.5, beta=0.0, load=0.0, seed=20260101):
    """y and x (R, N, T): autoregressions, x causes y by beta, both may load on a common shock."""
    rng = np.random.default_rng([seed, n, t])
    shocks = rng.standard_normal((2, replications, n, t + 50))
    shocks += load * rng.standard_normal((2, replications, 1, t + 50))
    y, x = np.zeros((2, replications, n, t + 50))
    for s in range(1, t + 50):
        x[..., s] = rho * x[..., s - 1] + shocks[1, ..., s]
        y[..., s] = rho * y[..., s - 1] + beta * x[..., s - 1] + shocks[0, ..., s]
    return y[..., 50:], x[..., 50:]


def frame(y, x, first=2001):
    n, t = y.shape
    return pd.DataFrame({"id": np.repeat([f"u{i:02d}" for i in range(n)], t), "year": np.tile(first + np.arange(t), n),
                         "y": y.ravel(), "x": x.ravel()})


def test(data, **options):
    return ct.test("dumitrescu-hurlin", data, entity="id", time="year", y="y", x="x", **options)


test.__test__ = False


def wald_of_one(y, x, k):
    """W of one entity by least squares."""
    rows = range(k, len(y))
    own = np.array([[1, *(y[t - j] for j in range(1, k + 1))] for t in rows])
    full = np.c_[own, [[x[t - j] for j in range(1, k + 1)] for t in rows]]
    ssr = [((y[k:] - z @ np.linalg.lstsq(z, y[k:], rcond=None)[0]) ** 2).sum() for z in (own, full)]
    return (ssr[0] - ssr[1]) / (ssr[1] / (len(y) - k - full.shape[1]))


@pytest.mark.parametrize("k", [1, 2])
def test_unbalanced_panels_average_the_moments_of_entities(k):
    y, x = (a[0] for a in panels(1, 5, 30))
    data = frame(y, x)
    data = data[~((data["id"] == "u01") & (data["year"] < 2008)) & ~((data["id"] == "u03") & (data["year"] > 2020))]
    ours = test(data, order=k)
    periods = data.groupby("id").size().to_numpy()
    w = np.array([wald_of_one(g["y"].to_numpy(), g["x"].to_numpy(), k) for _, g in data.groupby("id")])
    assert [r["W"] for r in ours.details["entities"]] == pytest.approx(list(w), rel=1e-9)
    assert [r["nobs"] for r in ours.details["entities"]] == list(periods - k) and ours.nobs == (periods - k).sum()
    t = periods - k                                                   # Dumitrescu and Hurlin's T
    mean = k * (t - 2 * k - 1) / (t - 2 * k - 3)
    variance = 2 * k * (t - 2 * k - 1) ** 2 * (t - k - 3) / ((t - 2 * k - 3) ** 2 * (t - 2 * k - 5))
    assert ours["W-bar"].value == pytest.approx(w.mean())
    assert ours["Z-bar"].value == pytest.approx(np.sqrt(5 / (2 * k)) * (w.mean() - k))
    assert ours["Z-bar-tilde"].value == pytest.approx(np.sqrt(5) * (w.mean() - mean.mean()) / np.sqrt(variance.mean()))
    assert ours["Z-bar"].pvalue == pytest.approx(2 * ndtr(-abs(ours["Z-bar"].value)))


@pytest.mark.parametrize(("k", "w_bar", "z_bar", "z_tilde"), [(1, 1.2909, 0.6504, 0.2590), (2, 1.7302, -0.4266, None)])
def test_printed_example_of_lopez_and_weber(k, w_bar, z_bar, z_tilde):
    """Stata Journal 17(4), section 4: the data of Dumitrescu and Hurlin, N=10, T=20; W-bar as printed, to 4 digits."""
    ours = standardised(np.full(10, w_bar), k, 20)
    assert ours["Z-bar"] == pytest.approx(z_bar, abs=2e-4)
    assert z_tilde is None or ours["Z-bar-tilde"] == pytest.approx(z_tilde, abs=2e-4)


def test_moments_are_those_of_the_f_distribution_at_their_limit():
    """K F(K, T - 3K - 1) has this mean exactly; the variance of Dumitrescu and Hurlin is that of K F too."""
    from scipy.stats import f

    for k, t in ((1, 22), (2, 30), (3, 60)):
        mean, variance = moments(k, t)
        assert mean == pytest.approx(k * f.mean(k, t - 3 * k - 1))
        assert variance == pytest.approx(k**2 * f.var(k, t - 3 * k - 1))


def naive_bootstrap(y, x, k, replications, seed, block=1):
    """The steps of Lopez and Weber one by one, on the same draws; NaN before and after an entity's own periods.

    Series are grown over all periods; the regression of an entity takes its own.
    """
    n, t = y.shape
    rng = np.random.default_rng(seed)
    residual, coefficient = np.full((n, t), np.nan), np.empty((n, k + 1))
    for i in range(n):
        rows = [s for s in range(k, t) if np.isfinite(y[i, s - k:s + 1]).all()]
        z = np.array([[1, *(y[i, s - j] for j in range(1, k + 1))] for s in rows])
        coefficient[i] = np.linalg.lstsq(z, y[i, rows], rcond=None)[0]
        residual[i, rows] = y[i, rows] - z @ coefficient[i]
    shared = np.flatnonzero(np.isfinite(residual).all(0))
    starts = rng.integers(0, len(shared) - block + 1, (replications, -(-(t - k) // block)))
    drawn = np.array([[shared[s + j] for s in row for j in range(block)][:t - k] for row in starts])
    start = shared[rng.integers(0, len(shared), replications)]
    wald = np.empty((replications, n))
    for b in range(replications):
        for i in range(n):
            new = list(y[i, start[b] - k:start[b]])
            for s in range(t - k):
                past = [new[-j] for j in range(1, k + 1)]
                new.append(coefficient[i, 0] + coefficient[i, 1:] @ past + residual[i, drawn[b, s]])
            own = np.isfinite(x[i])
            wald[b, i] = wald_of_one(np.array(new)[own], x[i, own], k)
    return wald


@pytest.mark.parametrize(("k", "block"), [(1, 1), (2, 1), (3, 1), (1, 4), (2, 3)])
@pytest.mark.parametrize("balanced", [True, False])
def test_bootstrap_is_the_procedure_of_the_paper(k, block, balanced):
    y, x = (a[0] for a in panels(1, 4, 24))
    y = 1000 + y * np.array([[1.0], [10.0], [0.1], [5.0]])
    valid = np.ones(y.shape, dtype=bool)
    if not balanced:
        valid[1, :3], valid[2, 20:] = False, False
    y, x = np.where(valid, y, np.nan), np.where(valid, x, np.nan)
    ours = resampled_wald(design(y, x[..., None], valid, k), k, 30, 7, block)
    assert ours == pytest.approx(naive_bootstrap(y, x, k, 30, 7, block), rel=1e-6, abs=1e-8)


def test_bootstrap_does_not_depend_on_memory_or_on_the_order_of_entities(monkeypatch):
    y, x = (a[0] for a in panels(1, 6, 25, beta=0.2))
    d = design(y, x[..., None], np.ones(y.shape, dtype=bool), 1)
    whole = resampled_wald(d, 1, 50, 1)
    monkeypatch.setattr(resampling, "CELLS", 30)
    assert np.array_equal(resampled_wald(d, 1, 50, 1), whole)
    turned = design(y[::-1], x[::-1, :, None], np.ones(y.shape, dtype=bool), 1)
    assert resampled_wald(turned, 1, 50, 1)[:, ::-1] == pytest.approx(whole, rel=1e-8)


def test_bootstrapped_p_values():
    y, x = (a[0] for a in panels(1, 10, 25, beta=0.25))
    data = frame(y, x)
    plain, drawn = test(data), test(data, bootstrap=199, seed=5)
    assert [s.value for s in plain] == [s.value for s in drawn]
    d = design(y, x[..., None], np.ones(y.shape, dtype=bool), 1)
    others = standardised(resampled_wald(d, 1, 199, 5), 1, 25)
    for s in drawn:
        assert s.pvalue == (1 + (np.abs(others[s.name]) >= abs(s.value)).sum()) / 200
        assert s.critical["0.05"] == pytest.approx(np.quantile(np.abs(others[s.name]), 0.95))
    assert drawn.details["pvalues_normal"]["Z-bar"] == plain["Z-bar"].pvalue and plain["W-bar"].pvalue is None
    assert test(data, bootstrap=199, seed=6).pvalue != drawn.pvalue or drawn.pvalue < 0.01
    assert test(data, bootstrap=199, seed=5).to_dict() == drawn.to_dict()


def test_bootstrap_needs_shared_periods():
    y, x = (a[0] for a in panels(1, 4, 30))
    data = frame(y, x)
    data = data[~((data["id"] == "u00") & (data["year"] > 2012)) & ~((data["id"] == "u01") & (data["year"] < 2012))]
    assert test(data)["W-bar"].value > 0
    with pytest.raises(InfeasibleError, match=r"whole cross-sections.*shared by all entities; 7 are needed"):
        test(data, bootstrap=99)


def test_order_by_the_mean_criterion():
    y, x = (a[0] for a in panels(1, 6, 40))
    y[:, 2:] += 0.8 * x[:, :-2]
    data = frame(y, x)
    ours = test(data, order="bic", max_lags=3)
    each = [ct.test("granger", g[["y", "x"]], y="y", x="x", order="bic", max_lags=3).details["criterion"]
            for _, g in data.groupby("id")]
    assert ours.details["criterion"] == pytest.approx({k: np.mean([e[k] for e in each]) for k in "123"})
    assert ours.lags == 2 and ours["W-bar"].value == test(data, order=2)["W-bar"].value


def test_short_panels_are_refused_with_the_limit_and_warned_about():
    y, x = (a[0] for a in panels(1, 5, 22))
    data = frame(y, x)
    with pytest.raises(InfeasibleError, match=r"at least 12 periods an entity with order=2.*With --order 1 all"):
        test(data[data["year"] < 2012], order=2)
    short = test(data[data["year"] < 2012])
    assert any("normal p-values reject true nulls too often" in w for w in short.warnings)
    assert any("little power" in w for w in short.warnings)
    assert any("--bootstrap 999" in w for w in test(data).warnings)
    assert not any("normal p-values" in w for w in test(data, bootstrap=99).warnings)
    assert not test(frame(*(a[0] for a in panels(1, 5, 40)))).warnings


def test_wrong_input():
    y, x = (a[0] for a in panels(1, 4, 20))
    data = frame(y, x)
    with pytest.raises(InfeasibleError, match="x is constant for 1 of 4: u02"):
        test(data.assign(x=data["x"].where(data["id"] != "u02", 1.0)))
    with pytest.raises(InfeasibleError, match="fits exactly for u01"):
        lagged = data.groupby("id")["x"].shift(1).fillna(0.7)
        test(data.assign(y=data["y"].where(data["id"] != "u01", lagged)))
    with pytest.raises(DataError, match=r"gaps in time: u01 \(2005\)"):
        test(data[~((data["id"] == "u01") & (data["year"] == 2005))])
    with pytest.raises(InfeasibleError, match="at most 1 x"):
        ct.test("dumitrescu-hurlin", data.assign(z=data["x"] ** 2), entity="id", time="year", y="y", x=["x", "z"])
    with pytest.raises(UsageError, match="--trend"):
        test(data, trend="ct")


def rejected(y, x, k=1):
    """Rejections of Z-bar-tilde at 5 % by the normal distribution, all replications at once."""
    r, n, t = y.shape
    w = exclusion(design(y.reshape(-1, t), x.reshape(-1, t, 1), np.ones((r * n, t), dtype=bool), k)).wald
    return int((2 * ndtr(-np.abs(standardised(w.reshape(r, n), k, t)["Z-bar-tilde"])) < 0.05).sum())


def rejected_by_bootstrap(y, x, k=1, replications=199):
    r, n, t = y.shape
    count = 0
    for i in range(r):
        d = design(y[i], x[i][..., None], np.ones((n, t), dtype=bool), k)
        z = standardised(exclusion(d).wald, k, t)["Z-bar-tilde"]
        other = standardised(resampled_wald(d, k, replications, i), k, t)["Z-bar-tilde"]
        count += (1 + (np.abs(other) >= abs(z)).sum()) / (1 + replications) <= 0.05
    return count


def test_size_and_power():
    assert within(rejected(*panels(500, 20, 50)), 500, 0.02, 0.10)
    assert rejected(*panels(200, 20, 50, beta=0.2)) > 180
    assert within(rejected_by_bootstrap(*panels(150, 25, 22)), 150, 0.03, 0.075)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "rho", "load", "normal", "bootstrapped"), [
    (25, 22, 0.5, 0, 0.092, 0.056), (25, 22, 0.9, 0, 0.461, 0.109), (25, 22, 0.5, 1, 0.145, 0.053),
    (20, 50, 0.5, 0, 0.064, 0.053), (20, 50, 0.9, 0, 0.309, 0.073), (20, 50, 0.5, 1, 0.118, 0.052),
    (25, 11, 0.5, 0, 0.095, 0.063), (25, 11, 0.9, 0, 0.287, 0.101)])
def test_the_sizes_that_are_quoted(n, t, rho, load, normal, bootstrapped):
    """Within the simulation error of the numbers in ``checked``, the docstring and the warning."""
    assert within(rejected(*panels(4000, n, t, rho, load=load)), 4000, normal - 0.01, normal + 0.01)
    assert within(rejected_by_bootstrap(*panels(1000, n, t, rho, load=load)), 1000, bootstrapped - 0.01,
                  bootstrapped + 0.01)


@pytest.mark.slow
def test_the_power_that_is_quoted():
    assert within(rejected_by_bootstrap(*panels(1000, 25, 22, beta=0.2)), 1000, 0.67, 0.71)
