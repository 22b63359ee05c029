from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.bootstrap import (
    SCHEMES,
    autoregressions,
    batches,
    block_length,
    corrected_yule_walker,
    pvalue,
    resampled,
    resampled_dependence,
    yule_walker,
)
from clustertrade.batch.ols import TooShort
from clustertrade.batch.trend import detrend

FULL = np.ones((4, 60), dtype=bool)


def dependent(rng, n=4, t=60, rho=0.6):
    """Autocorrelated errors with one common factor."""
    e = 0.8 * rng.standard_normal(t) + 0.6 * rng.standard_normal((n, t))
    for s in range(1, t):
        e[:, s] += rho * e[:, s - 1]
    return e


def drawn(errors, valid, scheme, replications, seed=1, **options):
    return np.concatenate(list(resampled(errors, valid, scheme, replications, seed, **options)))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_size_of_batches_and_the_seed(scheme):
    errors = dependent(np.random.default_rng(1))
    whole = drawn(errors, FULL, scheme, 20)
    assert whole.shape == (20, 4, 60)
    assert np.array_equal(whole, drawn(errors, FULL, scheme, 20, cells=3 * 4 * 110))
    assert not np.array_equal(whole, drawn(errors, FULL, scheme, 20, seed=2))
    assert max(b.size for b in resampled(errors, FULL, scheme, 50, 1, cells=1000)) <= 1000


@pytest.mark.parametrize("scheme", SCHEMES)
def test_dependence_between_entities_survives(scheme):
    errors = dependent(np.random.default_rng(2))
    wanted = np.corrcoef(errors)[np.triu_indices(4, 1)].mean()
    series = drawn(errors, FULL, scheme, 400)
    got = np.mean([np.corrcoef(s)[np.triu_indices(4, 1)].mean() for s in series])
    assert abs(got - wanted) < 0.08, (got, wanted)


@pytest.mark.parametrize(("scheme", "kept"), [("iid", False), ("wild", False), ("block", True), ("sieve", True)])
def test_autocorrelation_survives_where_it_is_meant_to(scheme, kept):
    errors = dependent(np.random.default_rng(3))
    series = drawn(errors, FULL, scheme, 400, **({"block": 12} if scheme == "block" else {}))
    rho = np.mean((series[..., 1:] * series[..., :-1]).sum(-1) / (series**2).sum(-1))
    assert (rho > 0.35) if kept else abs(rho) < 0.1


def test_iid_draws_whole_centred_cross_sections():
    errors = dependent(np.random.default_rng(4))
    centred = errors - errors.mean(1, keepdims=True)
    for column in drawn(errors, FULL, "iid", 2, length=30).transpose(0, 2, 1).reshape(-1, 4):
        assert np.isclose(centred.T, column).all(1).any()


def test_blocks_are_runs_of_periods():
    errors = np.arange(10.0) + np.array([[0.0], [100.0]])
    series = drawn(errors, np.ones((2, 10), dtype=bool), "block", 50, block=5)
    assert np.allclose(np.diff(series[..., :5], axis=-1), 1) and np.allclose(np.diff(series[..., 5:], axis=-1), 1)


def test_wild_signs_are_common_to_entities_and_blocks():
    errors = 1 + np.random.default_rng(5).random((4, 60))
    valid = FULL.copy()
    valid[0, :5] = False
    sign = drawn(np.where(valid, errors, np.nan), valid, "wild", 30, block=4) / errors
    assert (sign[:, 0, :5] == 0).all()
    assert np.isin(np.round(sign[:, 1:], 12), (-1, 1)).all() and np.allclose(sign[:, 1:], sign[:, 1:2])
    assert np.allclose(sign[:, 1].reshape(30, 15, 4), sign[:, 1].reshape(30, 15, 4)[..., :1])


def test_entities_of_unequal_length_draw_from_their_common_periods():
    errors = dependent(np.random.default_rng(6))
    valid = FULL.copy()
    valid[0, :20] = False
    valid[3, 50:] = False
    for scheme in ("iid", "block", "sieve"):
        series = drawn(np.where(valid, errors, np.nan), valid, scheme, 10)
        assert np.isfinite(series).all() and series.shape == (10, 4, 60)
    common = errors[:, 20:50] - errors[:, 20:50].mean(1, keepdims=True)
    assert np.isclose(common.T, drawn(errors, valid, "iid", 1)[0, :, 0]).all(1).any()


def test_no_common_period_is_said():
    valid = FULL.copy()
    valid[0, :40] = False
    valid[1, 20:] = False
    for scheme in ("iid", "block", "sieve"):
        with pytest.raises(TooShort):
            drawn(dependent(np.random.default_rng(7)), valid, scheme, 1)


def test_yule_walker_recovers_an_autoregression_and_is_stationary():
    rng = np.random.default_rng(8)
    e = rng.standard_normal((2, 5000))
    for s in range(2, 5000):
        e[:, s] += np.array([0.5, 0.9]) * e[:, s - 1] + np.array([0.3, 0.0]) * e[:, s - 2]
    phi = yule_walker(e, np.ones(e.shape, dtype=bool), np.array([2, 1]))
    assert np.allclose(phi, [[0.5, 0.3], [0.9, 0.0]], atol=0.05) and phi[1, 1] == 0
    walk = rng.standard_normal((1, 200)).cumsum(1)
    assert np.abs(np.roots([1, *-yule_walker(walk, np.ones(walk.shape, dtype=bool), 3)[0]])).max() < 1


def test_pvalue_counts_the_observed_value():
    draws = np.array([-2.0, -1.0, 0.0, 3.0, np.nan])
    assert pvalue(-1.0, draws, "left") == 3 / 5
    assert pvalue(3.5, draws, "right") == 1 / 5
    assert pvalue(-2.0, draws, "two") == 3 / 5


def test_batches_and_block_length():
    assert list(batches(10, 300, 1000)) == [3, 3, 3, 1] and list(batches(2, 5000, 1000)) == [1, 1]
    assert block_length(27) == 5 and block_length(1) == 1


def shrunk(errors, valid, replications, seed=1, **options):
    return np.concatenate(list(resampled_dependence(errors, valid, replications, seed, **options)))


def test_shrunk_draws_depend_on_the_seed_and_not_on_batches_or_the_order_of_entities():
    errors = dependent(np.random.default_rng(11))
    whole = shrunk(errors, FULL, 20)
    assert whole.shape == (20, 4, 60) and np.array_equal(whole, shrunk(errors, FULL, 20, cells=3 * 4 * 60 * 2))
    assert not np.array_equal(whole, shrunk(errors, FULL, 20, seed=2))
    assert np.allclose(whole[:, ::-1], shrunk(errors[::-1], FULL, 20), atol=1e-10)


def test_shrunk_draws_keep_a_factor_variances_and_autocorrelation():
    errors = dependent(np.random.default_rng(12), t=200) * np.array([[1.0], [2.0], [3.0], [4.0]])
    series = shrunk(errors, np.ones(errors.shape, dtype=bool), 200)
    pairs = np.triu_indices(4, 1)
    assert np.mean([np.corrcoef(s)[pairs] for s in series], 0) == pytest.approx(np.corrcoef(errors)[pairs], abs=0.06)
    assert series.std((0, 2)) == pytest.approx(errors.std(1), rel=0.05)
    assert np.mean(series[:, 0, 1:] * series[:, 0, :-1]) / series[:, 0].var() > 0.35


def test_noise_in_sample_correlations_is_not_resampled():
    """Sums over 25 independent entities of 22 periods have the variance of independence, not twice it."""
    errors = np.random.default_rng(13).standard_normal((25, 22))
    valid = np.ones(errors.shape, dtype=bool)
    sizes = [(np.mean([np.corrcoef(s)[np.triu_indices(25, 1)] for s in draw(errors, valid, 300)], 0) ** 2).mean()
             for draw in (shrunk, lambda e, v, r: drawn(e, v, "block", r))]
    assert sizes[0] < 0.005 and sizes[1] > 0.02


def test_shrunk_draws_need_a_common_run_of_periods():
    valid = FULL.copy()
    valid[0, :30] = valid[1, 30:] = False
    with pytest.raises(TooShort):
        shrunk(np.random.default_rng(14).standard_normal((4, 60)), valid, 2)


def test_the_correction_takes_the_bias_of_short_samples_off():
    """AR(1) with 0.6 in 25 periods less their trends: Yule-Walker finds little more than half of it."""
    rng = np.random.default_rng(15)
    e = rng.standard_normal((400, 60))
    for s in range(1, 60):
        e[:, s] += 0.6 * e[:, s - 1]
    valid = np.ones((400, 25), dtype=bool)
    resid = detrend(e[:, -25:], valid, "ct")
    plain = yule_walker(resid, valid, 1).mean()
    corrected = corrected_yule_walker(resid, valid, np.ones(400), "ct", 0.99).mean()
    assert plain < 0.42 and 0.5 < corrected < 0.65


def test_autoregressions_follow_their_coefficients():
    errors = np.random.default_rng(16).standard_normal((3, 200))
    valid = np.ones(errors.shape, dtype=bool)
    series = np.concatenate(list(autoregressions(errors, valid, np.array([[0.5], [-0.5], [0.0]]), 100, 1)))
    assert series.shape == (100, 3, 200)
    got = (series[:, :, 1:] * series[:, :, :-1]).mean((0, 2)) / series.var((0, 2))
    assert got == pytest.approx([0.5, -0.5, 0.0], abs=0.05)
