"""Sensitivity to trends that are not parallel: sets and biases by linear programs, coverage in simulation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog, minimize
from scipy.stats import binomtest, multivariate_normal, norm

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.regression.honest import Leads, Smooth, _largest_of_two, accepted, folded, relative
from tests.estimators.staggered_data import CALL, staggered


def leads(rng, p=4, q=3):
    root = rng.standard_normal((p + 1, p + 1)) * 0.3 + np.eye(p + 1)
    weight = rng.random(q)
    return Leads(rng.standard_normal(p + 1), root @ root.T, weight / weight.sum())


def differences(p, q, order):
    """Differences (rows) of trends at the leads, the zero before the start and the periods after: columns p + q."""
    full = np.diff(np.eye(p + 1 + q), order, axis=0)
    return np.delete(full, p, axis=1)


def test_identified_set_of_relative_magnitudes_by_linear_programs():
    rng, m = np.random.default_rng(3), 0.7
    given = leads(rng)
    p, q = 4, 3
    certain = Leads(given.value, given.matrix * 1e-12, given.weight)
    step = differences(p, q, 1)
    ends = []
    largest = np.abs(np.diff(np.append(given.value[:p], 0))).max()
    for sign in (1, -1):
        found = linprog(-sign * np.append(np.zeros(p), given.weight), A_ub=np.vstack([step[p:], -step[p:]]),
                        b_ub=np.full(2 * q, m * largest), A_eq=np.eye(p, p + q), b_eq=given.value[:p],
                        bounds=[(None, None)] * (p + q))
        ends.append(-sign * found.fun)
    low, high = relative(certain, m, 0.05)
    assert_allclose([low, high], [given.value[-1] - ends[0], given.value[-1] - ends[1]], atol=1e-4)


@pytest.mark.parametrize("m", [0.0, 0.2, 1.5])
def test_smooth_interval_is_the_shortest_and_its_bias_that_of_a_linear_program(m):
    given = leads(np.random.default_rng(5))
    p, q = 4, 3
    flci = Smooth(given, 0.05)
    low, high = flci.interval(m)
    bend = differences(p, q, 2)

    def half(c):
        v = flci.base + flci.spread @ c
        whole = np.concatenate([v[:p], given.weight])
        if m > 0:
            worst = linprog(-whole, A_ub=np.vstack([bend, -bend]), b_ub=np.full(2 * len(bend), m),
                            bounds=[(None, None)] * (p + q))
            assert worst.status == 0                       # bounded: v removes linear trends
            bias = -worst.fun
            assert_allclose(bias, m * (flci.fixed + np.abs(c).sum()), rtol=1e-6, atol=1e-10)
        else:
            bias = 0.0
        sd = np.sqrt(v @ given.matrix @ v)
        return sd * folded(bias / sd, 0.05)

    best = min(minimize(half, start, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-10}).fun
               for start in (np.zeros(p - 1), np.ones(p - 1)))
    assert (high - low) / 2 <= best * (1 + 1e-6)
    assert_allclose((high - low) / 2, best, rtol=1e-4)


def test_quantiles_against_scipy():
    for rho in (-0.95, -0.3, 0.4, 0.9):
        c = _largest_of_two(rho, 0.05)
        assert_allclose(multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([c, c]), 0.95, atol=1e-5)
    for bias in (0.0, 0.7, 30.0):
        c = folded(bias, 0.05)
        assert_allclose(norm.cdf(c - bias) - norm.cdf(-c - bias), 0.95, atol=1e-9)


@pytest.mark.parametrize("pre", [(0.0, 0.0, 0.0, 0.0), (-1.5, -1.0, -0.5, -0.5), (0.0, 6.0, 0.0, 0.0)])
def test_sets_cover_averages_at_the_edge_of_the_bound(pre):
    rng = np.random.default_rng(8)
    given, m, reps = leads(rng), 1.0, 1500
    largest = np.abs(np.diff(np.append(pre, 0))).max()
    after = largest * np.arange(1, 4)                      # the trend goes on at the largest change
    mean = np.append(pre, after @ given.weight)            # the effect is zero
    covered = sum(bool(accepted(Leads(b, given.matrix, given.weight), m, np.zeros(1), 0.05)[0])
                  for b in rng.multivariate_normal(mean, given.matrix, reps))
    assert binomtest(covered, reps, 0.95, alternative="less").pvalue > 1e-3


def test_smooth_interval_covers_a_kink_and_is_exact_for_a_line():
    rng, reps = np.random.default_rng(9), 3000
    given = leads(rng)
    time = np.r_[np.arange(-4.0, 0), np.arange(1, 4)]
    for m, trend, exact in ((0.0, 0.4 * time, True), (0.5, 0.4 * time + 0.25 * time * np.abs(time), False)):
        mean = np.append(trend[:4], trend[4:] @ given.weight)
        inside = 0
        for b in rng.multivariate_normal(mean, given.matrix, 300 if m else reps):
            a, z = Smooth(Leads(b, given.matrix, given.weight), 0.05).interval(m)
            inside += a <= 0 <= z
        n = 300 if m else reps
        assert binomtest(inside, n, 0.95, alternative="two-sided" if exact else "less").pvalue > 1e-3


def test_output_and_breakdown():
    frame = staggered(np.random.default_rng(1))
    found = ct.estimate("event-study", frame, **CALL, cohort="first", sensitivity=True, leads=5)
    said = found.details["sensitivity"]
    assert said["leads"] == 4 and said["periods"] == 7
    for bound in ("relative_magnitudes", "smoothness"):
        rows = said[bound]["rows"]
        assert all(a["low"] > b["low"] and a["high"] < b["high"] for a, b in pairwise(rows))
        broken = said[bound]["breakdown"]
        assert [r["low"] <= 0 for r in rows] == [r["M"] >= broken for r in rows]
    att = found["att"]
    none = said["relative_magnitudes"]["rows"][0]         # parallel trends: the normal interval, but for the first step
    assert_allclose([none["low"], none["high"]], att.value + np.array([-1, 1]) * 1.96 * att.se, rtol=2e-3)
    plain = ct.estimate("event-study", frame, **CALL, cohort="first", leads=5)
    assert "sensitivity" not in plain.details


def test_refusals():
    frame = staggered(np.random.default_rng(1))
    with pytest.raises(UsageError, match="one before the start"):
        ct.estimate("event-study", frame, **CALL, cohort="first", method="imputation", sensitivity=True)
    with pytest.raises(InfeasibleError, match="second period before"):
        ct.estimate("event-study", frame, **CALL, cohort="first", leads=1, sensitivity=True)
    with pytest.raises(InfeasibleError, match="a smaller --leads"):
        ct.estimate("event-study", frame[frame["unit"] < 8], **CALL, cohort="first", sensitivity=True)
