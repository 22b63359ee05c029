"""Detrending against unit-by-unit least squares."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.batch.trend import demean, deterministic, detrend


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("k", [None, 2])
def test_detrend_is_the_residual_of_a_regression(trend, k):
    rng = np.random.default_rng(5)
    x = 1e3 + rng.standard_normal((6, 30) if k is None else (6, 30, k)).cumsum(1)
    valid = rng.random((6, 30)) > 0.2
    got = detrend(np.where(valid if k is None else valid[..., None], x, np.nan), valid, trend)
    terms = deterministic(trend, 30)
    for i in range(6):
        at = valid[i]
        y = x[i, at]
        want = y - terms[at] @ np.linalg.lstsq(terms[at], y, rcond=None)[0] if terms.shape[1] else y
        np.testing.assert_allclose(got[i, at], want, atol=1e-10)
        assert (got[i, ~at] == 0).all()


def test_demean_survives_a_large_level():
    z = np.random.default_rng(6).standard_normal((3, 50))
    valid = np.ones((3, 50), dtype=bool)
    np.testing.assert_allclose(demean(z + 1e9, valid), z - z.mean(1, keepdims=True), atol=1e-6)
