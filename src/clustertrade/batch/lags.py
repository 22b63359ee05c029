"""Lags, leads and differences along time, with the cells in which they exist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from clustertrade.batch.ols import Array, Mask


def lag(x: Array, valid: Mask, k: int = 1) -> tuple[Array, Mask]:
    """Values k periods earlier; a lead where k is negative.

    x (B, T) or (B, T, K), valid (B, T) bool  ->  the same shapes

    A cell is valid where the cell k periods earlier is; what is not valid is zero.

    Examples
    --------
    >>> lag(np.array([[1.0, 2.0, 3.0]]), np.array([[True, True, True]]))
    (array([[0., 1., 2.]]), array([[False,  True,  True]]))
    """
    there = shifted(valid, k, False)
    return np.where(_fit(there, x), shifted(x, k, 0.0), 0.0), there


def diff(x: Array, valid: Mask) -> tuple[Array, Mask]:
    """First differences; valid where a cell and the one before it are.

    x (B, T) or (B, T, K), valid (B, T) bool  ->  the same shapes

    Examples
    --------
    >>> diff(np.array([[1.0, 3.0, 6.0]]), np.array([[True, True, True]]))
    (array([[0., 2., 3.]]), array([[False,  True,  True]]))
    """
    before, there = lag(x, valid)
    there = there & valid
    return np.where(_fit(there, x), x - before, 0.0), there


def lag_columns(x: Array, valid: Mask, orders: Iterable[int]) -> tuple[Array, Mask]:
    """Several lags side by side; valid where all of them are.

    x (B, T) or (B, T, K), valid (B, T) bool, orders of length P  ->  (B, T, P) or (B, T, P * K), (B, T) bool

    For (B, T, K) the columns of one lag stand together: x1 at the first order, x2 at the first order, and so on.
    Negative orders are leads.  Without orders there are no columns, and every cell is valid.
    """
    wanted, there = list(orders), np.ones_like(valid)
    wide = x if x.ndim == 3 else x[..., None]
    m = wide.shape[-1]
    out = np.zeros((*valid.shape, m * len(wanted)))
    for i, k in enumerate(wanted):
        there = there & shifted(valid, k, False)
        if abs(k) < valid.shape[1]:                        # only what is valid is written, so that no NaN comes along
            to = slice(k, None) if k > 0 else slice(0, valid.shape[1] + k)
            of = slice(0, valid.shape[1] - k) if k > 0 else slice(-k, None)
            np.copyto(out[:, to, i * m : (i + 1) * m], wide[:, of], where=valid[:, of, None])
    return out, there


def _fit(there: Mask, x: Array) -> Mask:
    return there if x.ndim == 2 else there[..., None]


def shifted(x: Any, k: int, fill: float | bool) -> Any:
    """What stands k periods earlier (later, where k is negative) of (B, T) or (B, T, K); ``fill`` where nothing is."""
    if k == 0:
        return x
    out = np.full_like(x, fill)
    if abs(k) >= x.shape[1]:
        return out
    if k > 0:
        out[:, k:] = x[:, :-k]
    else:
        out[:, :k] = x[:, -k:]
    return out
