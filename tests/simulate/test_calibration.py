"""Simulated panels have what was taken from the given one."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.roots import largest_root
from clustertrade.simulate.calibration import LARGEST_ROOT, filtered, fit_autoregressions, fit_shocks
from clustertrade.simulate.designs import DESIGNS


def test_autoregressions_are_least_squares():
    rng = np.random.default_rng(1)
    y = filtered(rng.standard_normal((3, 200)), np.array([[0.5, 0.2]] * 3)) + 10
    y[2, :50] = np.nan
    valid = np.isfinite(y)
    ours = fit_autoregressions(np.where(valid, y, 0.0), valid, 2)
    for row, first in ((0, 0), (2, 50)):
        own = y[row, first:]
        z = np.c_[np.ones(len(own) - 2), own[1:-1], own[:-2]]
        beta, *_ = np.linalg.lstsq(z, own[2:], rcond=None)
        assert [ours.constant[row], *ours.coefficients[row]] == pytest.approx(list(beta))
        assert np.isnan(ours.resid[row, : first + 2]).all()
        assert ours.resid[row, first + 2:] == pytest.approx(own[2:] - z @ beta)
    assert ours.held == 0


def test_orders_are_chosen_by_row():
    rng = np.random.default_rng(2)
    coefficients = np.array([[0.0, 0.0], [0.8, 0.0], [0.0, 0.7]])
    y = filtered(rng.standard_normal((3, 400)), coefficients)
    ours = fit_autoregressions(y, np.ones(y.shape, dtype=bool)).coefficients
    assert ours[:, :2] == pytest.approx(coefficients, abs=0.12) and (ours[0] == 0).all() and ours[1, 1] == 0


def test_roots_are_held_below_one():
    assert largest_root(np.array([[0.5, 0.0], [1.2, -0.2], [0.0, -0.81]])) == pytest.approx([0.5, 1.0, 0.9])
    walk = 1.1 ** np.arange(60)[None] + np.random.default_rng(3).standard_normal((1, 60))
    ours = fit_autoregressions(walk, np.ones(walk.shape, dtype=bool), 2)
    assert ours.held == 1 and largest_root(ours.coefficients)[0] == pytest.approx(LARGEST_ROOT)


def shocks_of(n, t, m=2, load=1.0, inner=0.6, seed=4):
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((n, m, t))
    e[:, 1] = inner * e[:, 0] + np.sqrt(1 - inner**2) * e[:, 1]
    return (e + load * rng.standard_normal((1, 1, t))) * np.arange(1, n + 1)[:, None, None]


def test_variances_and_correlations_of_shocks():
    given = shocks_of(6, 400)
    fitted = fit_shocks(given)
    drawn = fitted.draw(np.random.default_rng(5), 40_000)
    assert drawn.std(-1) == pytest.approx(fitted.scale, rel=0.03)
    assert fitted.scale == pytest.approx(given.std(-1, ddof=1))
    want, ours = np.corrcoef(given.reshape(12, -1)), np.corrcoef(drawn.reshape(12, -1))
    assert fitted.shrunk < 0.05 and np.abs(ours - want).max() < 0.06


def test_correlation_by_chance_is_shrunk_but_not_within_entities():
    given = shocks_of(25, 20, load=0.0)
    fitted = fit_shocks(given)
    assert fitted.shrunk > 0.7
    drawn = fitted.draw(np.random.default_rng(5), 20_000)
    within = [np.corrcoef(e)[0, 1] for e in drawn]
    assert within == pytest.approx([np.corrcoef(e)[0, 1] for e in given], abs=0.05)
    between = np.corrcoef(drawn[:, 0])[np.triu_indices(25, 1)]
    assert (between**2).mean() < 0.3 * (np.corrcoef(given[:, 0])[np.triu_indices(25, 1)] ** 2).mean()
    one = fit_shocks(given[:1])
    assert one.shrunk == 1.0 and np.isfinite(one.draw(np.random.default_rng(1), 5)).all()


def panel(n=8, t=300, seed=6):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, t, 1)).cumsum(1)
    u = filtered(rng.standard_normal((n, t)), np.full((n, 1), 0.4))
    return x[..., 0] * 2 + u, x, np.ones((n, t), dtype=bool)


def test_designs_have_the_root_that_is_asked_for():
    y, x, valid = panel()
    for family, given, take in (("unitroot", x[..., 0], lambda y, x: y),
                                ("cointegration", y, lambda y, x: y - 2 * x[..., 0])):
        design = DESIGNS[family](given, x, valid, {})
        for rho in (1.0, 0.8):
            u = take(*design.draw(np.random.default_rng(7), rho))
            centred = u - u.mean(1, keepdims=True)
            root = (centred[:, 1:] * centred[:, :-1]).sum() / (centred[:, :-1] ** 2).sum()
            assert root == pytest.approx(rho, abs=0.03), family


def test_the_null_of_a_cointegrated_panel_has_no_trace_of_its_cointegration():
    """Differences of the deviation are white under the null, although those of the data are not."""
    y, x, valid = panel()
    effect, cause = DESIGNS["cointegration"](y, x, valid, {}).draw(np.random.default_rng(8), 1.0)
    step = np.diff(effect - 2 * cause[..., 0])
    assert abs(np.corrcoef(step[:, 1:].ravel(), step[:, :-1].ravel())[0, 1]) < 0.08


def test_causality_and_dependence():
    rng = np.random.default_rng(9)
    n, t = 6, 400
    x = filtered(rng.standard_normal((n, t)), np.full((n, 1), 0.5))
    y = filtered(3 * rng.standard_normal((n, t)), np.full((n, 1), 0.3))
    valid = np.ones((n, t), dtype=bool)
    for rho in (0.0, 0.4):
        effect, cause = DESIGNS["causality"](y, x[..., None], valid, {"order": 1}).draw(np.random.default_rng(1), rho)
        z = np.stack([effect[:, :-1], cause[:, :-1, 0]], -1)
        both = np.linalg.solve(np.einsum("ntk,ntm->nkm", z, z), np.einsum("ntk,nt->nk", z, effect[:, 1:])[..., None])
        assert both.mean(0)[:, 0] == pytest.approx([0.3, 3 * rho], abs=0.12)
    design = DESIGNS["dependence"](y, None, valid, {})
    for rho in (0.0, 0.3):
        drawn, _ = design.draw(np.random.default_rng(1), rho)
        assert np.corrcoef(drawn)[np.triu_indices(n, 1)].mean() == pytest.approx(rho, abs=0.06)
