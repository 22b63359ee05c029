"""Augmented Dickey-Fuller regressions for a batch of series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.lags import diff, lag, lag_columns, shifted
from clustertrade.batch.lagselect import T_STOP, choose_order, criterion_table
from clustertrade.batch.ols import Array, BatchError, Collinear, Mask, ols
from clustertrade.batch.trend import TERMS, deterministic_columns


@dataclass(frozen=True)
class AdfRegressions:
    """One regression a row: d.y on L1.y, deterministic terms and ``lags`` lagged differences.

    lags, nobs, df, coef (of L1.y) with its se and t, sigma2 (divisor df) are (B,); resid and valid (B, T), resid zero
    where not valid.
    """

    lags: NDArray[np.int_]
    coef: Array
    se: Array
    t: Array
    sigma2: Array
    nobs: NDArray[np.int_]
    df: NDArray[np.int_]
    resid: Array
    valid: Mask


@dataclass(frozen=True)
class LagRule:
    """How a criterion chooses, where programs differ.

    stop: the |t| that keeps the last lag; least: the smallest order; common: estimate the chosen order on the sample of
    the comparison; uncorrected: residual variances of the t ratios divide by the observations; own: each order of the
    search by t has all its own periods.
    """

    stop: float = T_STOP
    least: int = 0
    common: bool = False
    uncorrected: bool = False
    own: bool = False


def adf_regressions(y: Array, valid: Mask, trend: str, lags: int | str | NDArray[np.int_], max_lags: int = 0, *,
                    rule: LagRule = LagRule(), x: Array | None = None,
                    x_ordered: Array | None = None) -> AdfRegressions:
    """Augmented Dickey-Fuller regression of every row, with lag orders given or chosen by a criterion.

    y (B, T), valid (B, T) bool without gaps inside a row, trend n, c or ct, lags: a number, one a row (B,), or aic,
    bic, hqic, t with ``max_lags``  ->  AdfRegressions

    A criterion compares the orders 0 ... max_lags on the sample that max_lags leaves; the chosen order is estimated
    on all periods of the row, unless ``rule`` says otherwise.  x (B, T, M) are further regressors of every order;
    x_ordered (B, T, P, M) come in with the lag of each order.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned; Collinear also for a regression that fits without error.
    """
    dy, _ = diff(y, valid)
    level, after = lag(y, valid)
    after = after & valid
    fixed = [level[..., None], deterministic_columns(trend, valid)] + ([] if x is None else [x])
    base, per = np.concatenate(fixed, -1), 1 if x_ordered is None else 1 + x_ordered.shape[-1]
    most = int(np.max(lags, initial=0)) if not isinstance(lags, str) else max_lags
    most = max(most, max_lags) if rule.common else most
    lagged, there = lag_columns(dy, after, range(1, most + 1))
    if x_ordered is not None:                              # the lag of y last, for the criterion t
        lagged = np.concatenate([x_ordered[:, :, :most], lagged[..., None]], -1).reshape(*y.shape, most * per)
    shared = after & there
    reached = [after]                                      # cells in which the first p lags exist too
    for p in range(1, most + 1):
        reached.append(reached[-1] & shifted(after, p, False))

    def sample(rows: NDArray[np.int_], p: int) -> Mask:
        return (shared if rule.common else reached[p])[rows]

    if not isinstance(lags, str):
        order = np.broadcast_to(np.asarray(lags, dtype=int), y.shape[:1])
    elif lags == "t" and rule.own:
        order = np.zeros(len(y), dtype=int)
        for p in range(1, most + 1):                       # the largest order whose last lag stays
            columns = lagged[..., : p * per]
            table = criterion_table(dy, base, columns, sample(np.arange(len(y)), p), "t", per=per)
            order = np.where(table[:, p] >= rule.stop, p, order)
    else:
        order = choose_order(dy, base, lagged, shared, lags, rule.stop, least=min(rule.least, most), per=per,
                             uncorrected=rule.uncorrected)
    coef, spread, sigma2 = (np.empty(len(y)) for _ in range(3))
    df = np.empty(len(y), dtype=int)
    resid, used = np.zeros_like(y), np.zeros_like(valid)
    for p in np.unique(order):
        rows = np.flatnonzero(order == p)
        cells = sample(rows, p)
        periods = np.flatnonzero(cells.any(0))             # without those that no row of the group has
        span = slice(periods[0], periods[-1] + 1) if periods.size else slice(0, 0)
        try:
            mine, inside = dy[rows, span], cells[:, span]
            regressors = np.concatenate([base[rows, span], lagged[rows, span, : p * per]], -1)
            beta, se, errors, df[rows] = ols(mine, regressors, inside)
        except BatchError as wrong:
            raise type(wrong)(rows[wrong.rows]) from None
        resid[rows, span] = errors
        sigma2[rows] = np.einsum("bt,bt->b", errors, errors) / df[rows]
        if (exact := sigma2[rows] <= 1e-22 * np.einsum("bt,bt,bt->b", mine, mine, inside)).any():
            raise Collinear(rows[exact])
        coef[rows], spread[rows], used[rows] = beta[:, 0], se[:, 0], cells
    return AdfRegressions(order.copy(), coef, spread, coef / spread, sigma2, used.sum(1), df, resid, used)


def adf_beside_means(values: Array, means: Array, trend: str, lags: int | str, max_lags: int) -> AdfRegressions:
    """Regressions of panels beside means that all entities of a panel share (Pesaran 2007), a row an entity.

    values (B, N, T) without holes, means (B, T, Q): their lag, their change, and with each lagged difference of the
    entity their own  ->  rows (B N)
    """
    b, n, t = values.shape
    q, most = means.shape[-1], lags if isinstance(lags, int) else max_lags
    flat = np.moveaxis(means, 2, 1).reshape(-1, t)
    change, there = diff(flat, np.ones(flat.shape, dtype=bool))
    level = lag(flat, np.ones(flat.shape, dtype=bool))[0]
    shared = np.concatenate([level.reshape(b, q, t), change.reshape(b, q, t)], 1)
    ordered = lag_columns(change, there, range(1, most + 1))[0].reshape(b, q, t, most)
    return adf_regressions(values.reshape(-1, t), np.ones((b * n, t), dtype=bool), trend, lags, max_lags,
                           x=np.repeat(np.moveaxis(shared, 1, 2), n, axis=0),
                           x_ordered=np.repeat(np.transpose(ordered, (0, 2, 3, 1)), n, axis=0))


def fewest_periods(trend: str, lags: int) -> int:
    """Periods that leave one degree of freedom with so many lagged differences: 2 p + d + 3."""
    return 2 * lags + TERMS[trend] + 3
