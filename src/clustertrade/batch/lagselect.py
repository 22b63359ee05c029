"""How many of a row of nested regressors: information criteria, or the t-ratio of the last one.

All orders of a unit are compared on one common sample, so that their likelihoods are comparable; the caller then
estimates the chosen order on all periods that it has.
"""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.ols import Array, Collinear, Mask, TooShort

WEAK = 1e-2                                                # below it a pivot is too small for cross-products
T_STOP = 1.6448536269514722                                # two-sided 10 %: Ng and Perron (1995), section 4


def criterion_table(y: Array, base: Array, ordered: Array, valid: Mask, criterion: str, *, per: int = 1,
                    uncorrected: bool = False) -> Array:
    """The criterion of every order 0 ... P, smaller is better; for ``t`` the |t| of the last regressor.

    y (B, T), base (B, T, K), ordered (B, T, P * per), valid (B, T) bool, criterion  ->  (B, P + 1)

    One triangular factor of (base, ordered, y) holds the residual sum of squares of every order: the squares of the
    last column below the rows of that order.  With k coefficients, n cells and S the sum of squares, ``aic`` is
    n log(S/n) + 2 k, ``bic`` has k log n and ``hqic`` 2 k log log n in place of 2 k; ``t`` has a placeholder of
    infinity for order 0, and its residual variance divides by n - k, or by n (``uncorrected``).  An order adds ``per``
    columns, of which ``t`` looks at the last.  Orders that add a collinear regressor are infinite (``t``: zero).

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned: no degree of freedom at order P, or collinear ``base``.
    """
    k, p = base.shape[-1], ordered.shape[-1]               # p columns, p / per orders
    n = valid.sum(-1)
    if (short := np.flatnonzero(n <= k + p)).size:
        raise TooShort(short)
    periods = np.flatnonzero(valid.any(0))                 # none that all rows lack, such as those that lags take
    span = slice(periods[0], periods[-1] + 1)
    z = np.concatenate([base[:, span], ordered[:, span], y[:, span, None]], -1)
    if not valid[:, span].all():
        z[~valid[:, span]] = 0.0
    r, size = _triangle(z)
    pivot = np.abs(np.diagonal(r, axis1=-2, axis2=-1))[:, : k + p]
    if (bad := np.flatnonzero((pivot[:, :k] <= 1e-10).any(-1))).size:
        raise Collinear(bad)
    last = r[..., -1] * size[:, -1:]
    ssr = np.cumsum((last**2)[:, ::-1], 1)[:, ::-1][:, k:]                 # (B, P + 1): order j keeps rows k + j and on
    usable = np.concatenate([np.ones((len(y), 1), dtype=bool), np.cumprod(pivot[:, k:] > 1e-10, 1).astype(bool)], 1)
    usable, many, order = usable[:, ::per], n[:, None].astype(float), np.arange(0, p + 1, per)
    floor = np.maximum(ssr[:, ::per], np.finfo(float).tiny)              # a perfect fit is for the estimation to refuse
    if criterion == "t":
        divisor = many if uncorrected else many - k - order[1:]
        ratio = np.abs(last[:, k + per - 1 : k + p : per]) / np.sqrt(floor[:, 1:] / divisor)
        return np.concatenate([np.full((len(y), 1), np.inf), np.where(usable[:, 1:], ratio, 0.0)], 1)
    penalty = {"aic": np.full_like(many, 2.0), "bic": np.log(many), "hqic": 2 * np.log(np.log(many))}[criterion]
    return np.where(usable, many * np.log(floor / many) + penalty * (k + order), np.inf)


def _triangle(z: Array) -> tuple[Array, Array]:
    """Triangular factors (B, K, K) of columns (B, T, K) brought to unit length, and their lengths (B, K).

    From the cross-products, which is several times as fast, where they are well conditioned; else by reflections.
    """
    cross = z.swapaxes(1, 2) @ z
    size = np.sqrt(np.diagonal(cross, axis1=1, axis2=2))
    unit = np.where(size > 0, size, 1.0)
    r, weak = np.zeros_like(cross), np.ones(len(z), dtype=bool)
    with contextlib.suppress(np.linalg.LinAlgError):
        r = np.linalg.cholesky(cross / (unit[:, :, None] * unit[:, None, :])).swapaxes(1, 2).copy()
        weak = np.asarray((np.diagonal(r, axis1=1, axis2=2) < WEAK).any(1))
    if weak.any():
        rows = z[weak] / unit[weak, None, :]
        if rows.shape[1] < rows.shape[2]:                  # fewer periods than columns: the factor needs the rows
            rows = np.concatenate([rows, np.zeros((len(rows), rows.shape[2] - rows.shape[1], rows.shape[2]))], 1)
        r[weak] = np.linalg.qr(rows, mode="r")
    return r, size


def choose_order(y: Array, base: Array, ordered: Array, valid: Mask, criterion: str, stop: float = T_STOP, *,
                 least: int = 0, per: int = 1, uncorrected: bool = False) -> NDArray[np.int_]:
    """The order ``least`` ... P of each row.

    y (B, T), base (B, T, K) regressors of every order, ordered (B, T, P * per) of which each order takes ``per`` more,
    valid (B, T) bool: the common sample of each row, criterion aic, bic, hqic or t  ->  orders (B,)

    ``t`` goes from general to specific: the largest order whose last regressor has |t| of at least ``stop``.
    Ties go to the smaller order.

    Raises
    ------
    TooShort, Collinear
        As ``criterion_table``.
    """
    table = criterion_table(y, base, ordered, valid, criterion, per=per, uncorrected=uncorrected)[:, least:]
    if criterion == "t":
        table[:, 0] = np.inf
        return least + table.shape[1] - 1 - np.argmax(table[:, ::-1] >= stop, axis=1)
    return least + np.argmin(table, axis=1)
