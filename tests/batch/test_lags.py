"""Lags and differences against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustertrade.batch.lags import diff, lag, lag_columns


def holes(rng, b=7, t=15, k=None):
    x = rng.standard_normal((b, t) if k is None else (b, t, k))
    valid = rng.random((b, t)) > 0.2
    return np.where(valid if k is None else valid[..., None], x, np.nan), valid


@pytest.mark.parametrize("k", [-3, -1, 0, 1, 2, 14, 15, 40])
def test_lag_is_pandas_shift(k):
    x, valid = holes(np.random.default_rng(1))
    moved, there = lag(x, valid, k)
    want = pd.DataFrame(x).shift(k, axis=1).to_numpy()
    assert (there == np.isfinite(want)).all()
    assert (moved == np.nan_to_num(want)).all()


def test_diff_is_pandas_diff():
    x, valid = holes(np.random.default_rng(2))
    moved, there = diff(x, valid)
    want = pd.DataFrame(x).diff(axis=1).to_numpy()
    assert (there == np.isfinite(want)).all()
    np.testing.assert_allclose(moved, np.nan_to_num(want), atol=1e-15)


def test_several_columns_keep_their_order():
    x, valid = holes(np.random.default_rng(3), k=2)
    columns, there = lag_columns(x, valid, [0, 1, -1])
    assert columns.shape == (7, 15, 6)
    for at, k in enumerate([0, 1, -1]):
        for v in range(2):
            np.testing.assert_array_equal(columns[..., 2 * at + v], lag(x[..., v], valid, k)[0])
    assert (there == (valid & lag(x, valid, 1)[1] & lag(x, valid, -1)[1])).all()


def test_no_orders_are_no_columns():
    x, valid = holes(np.random.default_rng(4))
    columns, there = lag_columns(x, valid, [])
    assert columns.shape == (7, 15, 0) and there.all()
