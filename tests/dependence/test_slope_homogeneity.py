from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from clustertrade.dependence import slope_homogeneity as delta
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.dependence.panels import SIZES, holed, independent, panel
from tests.simulation.rates import within


def by_hand(y, x, partial=()):
    """S, delta, delta-adj with numpy, entity by entity; x and partial are lists of (N, T)."""
    n, k, k1 = len(y), len(x), len(partial)
    left = []
    for i in range(n):
        rows = np.isfinite(y[i]) & np.all([np.isfinite(v[i]) for v in [*x, *partial]], axis=0)
        basis = np.column_stack([np.ones(rows.sum()), *(v[i, rows] for v in partial)])
        take = np.eye(rows.sum()) - basis @ np.linalg.pinv(basis)
        left.append((take @ y[i, rows], take @ np.column_stack([v[i, rows] for v in x])))
    pooled = np.linalg.solve(sum(b.T @ b for _, b in left), sum(b.T @ a for a, b in left))
    s2 = [((a - b @ pooled) ** 2).sum() / (len(a) - k1 - 1) for a, b in left]
    wfe = np.linalg.solve(sum(b.T @ b / s for (_, b), s in zip(left, s2, strict=True)),
                          sum(b.T @ a / s for (a, b), s in zip(left, s2, strict=True)))
    parts, spread = [], []
    for (a, b), s in zip(left, s2, strict=True):
        gap = np.linalg.lstsq(b, a, rcond=None)[0] - wfe
        parts.append(gap @ (b.T @ b / s) @ gap)
        spread.append(2 * k * (len(a) - k - k1 - 1) / (len(a) - k1 + 1))
    parts = np.array(parts)
    return (parts.sum(), np.sqrt(n) * (parts.mean() - k) / np.sqrt(2 * k),
            ((parts - k) / np.sqrt(spread)).sum() / np.sqrt(n), wfe)


def data(rng, n=8, t=25):
    x, z = rng.standard_normal((2, n, t))
    return x, z, np.arange(n)[:, None] + 0.5 * x - z + independent(rng, n, t)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("partial", [(), ("z",)])
def test_delta_is_its_formula(gaps, partial):
    rng = np.random.default_rng(1)
    x, z, y = data(rng)
    y = holed(y, rng) if gaps else y
    given = panel(y=y, x=x, z=z)
    result = delta(given["y"], given[["x", "z"]], partial=list(partial))
    s, first, adjusted, slope = by_hand(y, [x], [z]) if partial else by_hand(y, [x, z])
    assert np.isclose(result.details["swamy"], s)
    assert np.allclose([result["delta"].value, result["delta-adj"].value], [first, adjusted])
    assert np.allclose(list(result.details["beta"].values()), slope)
    assert result.details["k"] == 2 - len(partial) and len(result.details["entities"]) == 8
    assert bool(result.warnings) == gaps


def test_robust_delta_is_its_formula():
    rng = np.random.default_rng(2)
    x, z, y = data(rng)
    given = panel(y=y, x=x, z=z)
    result = delta(given["y"], given[["x", "z"]], cov="newey-west", bandwidth=2)
    left = [(y[i] - y[i].mean(), np.column_stack([x[i] - x[i].mean(), z[i] - z[i].mean()])) for i in range(8)]
    pooled = np.linalg.solve(sum(b.T @ b for _, b in left), sum(b.T @ a for a, b in left))
    weight = []
    for a, b in left:
        u = b * (a - b @ pooled)[:, None]
        v = u.T @ u / 25
        for j in (1, 2):
            g = u[j:].T @ u[:-j] / 25
            v = v + (1 - j / 3) * (g + g.T)
        q = b.T @ b / 25
        weight.append(25 * q @ np.linalg.inv(v) @ q)
    own = [np.linalg.lstsq(b, a, rcond=None)[0] for a, b in left]
    common = np.linalg.solve(sum(weight), sum(w @ o for w, o in zip(weight, own, strict=True)))
    s = sum((o - common) @ w @ (o - common) for w, o in zip(weight, own, strict=True))
    assert np.isclose(result.details["swamy"], s) and result.details["bandwidth"] == 2
    assert np.isclose(result["delta"].value, np.sqrt(8) * (s / 8 - 2) / 2)


@pytest.mark.parametrize("kernel", ["bartlett", "parzen", "qs"])
def test_units_of_a_regressor_do_not_choose_the_bandwidth(kernel):
    rng = np.random.default_rng(3)
    x, z, y = data(rng)
    values = [delta(g["y"], g[["x", "z"]], cov="newey-west", kernel=kernel)["delta"].value
              for g in (panel(y=y, x=x, z=z), panel(y=y * 1000, x=x * 1000, z=z), panel(y=y, x=x, z=z / 1e4))]
    assert np.allclose(values, values[0], rtol=1e-8)


def test_slopes_of_entities_are_those_of_least_squares():
    rng = np.random.default_rng(4)
    x, z, y = data(rng)
    given = panel(y=y, x=x, z=z)
    rows = delta(given["y"], given[["x", "z"]]).details["entities"]
    fit = sm.OLS(y[3], sm.add_constant(np.column_stack([x[3], z[3]]))).fit()
    assert rows[3]["entity"] == "e003" and np.allclose([rows[3]["x"], rows[3]["z"]], fit.params[1:])


def test_wrong_partial_regressors_are_refused():
    rng = np.random.default_rng(5)
    x, z, y = data(rng)
    given = panel(y=y, x=x, z=z)
    with pytest.raises(UsageError, match="--partial q is not among"):
        delta(given["y"], given[["x", "z"]], partial="q")
    with pytest.raises(UsageError, match="no slope is left"):
        delta(given["y"], given["x"], partial=["x"])


def test_what_cannot_be_tested_is_refused():
    rng = np.random.default_rng(6)
    x, _, y = data(rng)
    exact = panel(y=2 * x + np.arange(8)[:, None], x=x)
    with pytest.raises(InfeasibleError, match="explain y exactly"):
        delta(exact["y"], exact["x"])
    holes = panel(y=holed(y, rng), x=x)
    delta(holes["y"], holes["x"])
    with pytest.raises(DataError, match="gaps in time"):
        delta(holes["y"], holes["x"], cov="newey-west")


@pytest.mark.parametrize(("n", "t"), SIZES)
def test_size_and_power(n, t):
    """delta-adj holds its size with independent errors, newey-west with autocorrelated ones."""
    rng = np.random.default_rng([20260101, n, t])
    rejected = np.zeros(3)
    for _ in range(200):
        u, x = independent(rng, n, t), rng.standard_normal((n, t))
        e, w = rng.standard_normal((2, n, t + 20))
        for s in range(1, t + 20):
            e[:, s] += 0.5 * e[:, s - 1]
            w[:, s] += 0.5 * w[:, s - 1]
        e, w = e[:, 20:], w[:, 20:]
        g = panel(x=x, y=x + u, z=(1 + 0.3 * rng.standard_normal((n, 1))) * x + u, w=w, v=w + e)
        rejected += [delta(g["y"], g["x"])["delta-adj"].pvalue < 0.05, delta(g["z"], g["x"])["delta-adj"].pvalue < 0.05,
                     delta(g["v"], g["w"], cov="newey-west")["delta-adj"].pvalue < 0.05]
    assert within(rejected[0], 200, 0.02, 0.10) and within(rejected[2], 200, 0.02, 0.10), rejected
    assert rejected[1] > 170
