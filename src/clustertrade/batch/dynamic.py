"""Equations and instruments of dynamic panel models: transformations of levels, lags as instruments.

Arrays (N, T, ...) on the full grid of entities and periods; a row of an equation that is not there is zero in all of
them, so panels of unequal length and with gaps share one batch.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clustertrade.batch.ols import Array, Mask


def differences(valid: Mask) -> Array:
    """Matrices that take first differences: valid (N, T)  ->  (N, T, T); row t is zero unless t and t-1 are there."""
    n, t = valid.shape
    there = np.zeros((n, t))
    there[:, 1:] = valid[:, 1:] & valid[:, :-1]
    return there[:, :, None] * (np.eye(t) - np.eye(t, k=-1))


def deviations(valid: Mask) -> Array:
    """Matrices that take forward orthogonal deviations: valid (N, T)  ->  (N, T, T).

    The deviation of period t from the mean of the later periods that are there stands in row t + 1, so that the same
    lags are instruments as for the difference of that row.  Rows are orthonormal (Arellano and Bover 1995).
    """
    n, t = valid.shape
    later: Array = np.cumsum(valid[:, ::-1], 1)[:, ::-1] - valid.astype(float)   # periods after t
    there = valid & (later > 0)
    left = np.where(there, later, 1)
    scale = np.where(there, np.sqrt(left / (left + 1.0)), 0.0)
    after = np.triu(np.ones((t, t)), 1)[None] * valid[:, None, :] / left[:, :, None]
    full = scale[:, :, None] * (np.eye(t) - after)
    return np.concatenate([np.zeros((n, 1, t)), full[:, :-1]], 1)


def lagged(z: Array, k: int) -> Array:
    """z (N, T, ...) k periods earlier; NaN before the first period."""
    moved = np.full_like(z, np.nan)
    if k < z.shape[1]:
        moved[:, k:] = z[:, : z.shape[1] - k]
    return moved


def lag_instruments(z: Array, rows: Mask, first: int, last: int, collapse: bool, first_again: bool = False) -> Array:
    """Lags of a variable as instruments: z (N, T), rows (N, T)  ->  (N, T, L).

    A column a period and lag (Holtz-Eakin, Newey and Rosen 1988), or a column a lag with ``collapse``; zero where the
    lag is missing.  Columns that are zero everywhere are left out.  ``first_again``: in the period whose first lag
    would be that before the sample, the first period stands in for it, as plm has it.
    """
    n, t = z.shape
    there = np.flatnonzero(rows.any(0))
    lags = range(first, min(last, t - 1) + 1)
    cells = [(r, lag) for r in there.tolist() for lag in lags
             if r - lag >= 0 or (first_again and lag == first == r + 1)]
    place = {lag: j for j, lag in enumerate(lags)}
    columns = len(place) if collapse else len(cells)
    made = np.zeros((n, t, columns))
    for j, (r, lag) in enumerate(cells):
        made[:, r, place[lag] if collapse else j] = np.where(rows[:, r], np.nan_to_num(z[:, max(r - lag, 0)]), 0.0)
    return made[:, :, made.any((0, 1))]


def distinct(columns: Array) -> list[int]:
    """Numbers of the columns of (N, R, L) that repeat no earlier one; lags of a variable and of its lag overlap."""
    seen: dict[bytes, int] = {}
    if not columns.size:
        return []
    flat = columns.reshape(-1, columns.shape[-1]).T + 0.0                         # -0 is 0
    for j, column in enumerate(flat):
        seen.setdefault(column.tobytes(), j)
    return sorted(seen.values())


def block(pieces: Iterable[tuple[Array, Array]]) -> Array:
    """Instruments of two equations: pairs (N, R1, L), (N, R2, L)  ->  (N, R1 + R2, sum of L)."""
    return np.concatenate([np.concatenate(pair, 1) for pair in pieces], 2)
