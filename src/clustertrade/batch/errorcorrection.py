"""Conditional error correction regressions for a batch of units: d.y on the levels before and the differences."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.lags import diff, lag, lag_columns
from clustertrade.batch.lagselect import criterion_table
from clustertrade.batch.longrun import long_run_variance
from clustertrade.batch.ols import Array, Collinear, Mask, TooShort
from clustertrade.batch.trend import TERMS, deterministic_columns

Orders = NDArray[np.int_]


@dataclass(frozen=True)
class ErrorCorrections:
    """A row a unit.  d.y = alpha y_{t-1} + lambda'x_{t-1} + terms + p lags of d.y + d.x from q leads to p lags + e.

    alpha (B,); levels (B, M) lambda; square (B,) the sum of squares of y_{t-1} that the other regressors leave; ssr,
    nobs, df (B,); omega_u, omega_y (B,) long-run variances of the part of d.y that d.x and e make, and of d.y;
    collinear (B,) bool: rows that could not be computed (NaN).
    """

    alpha: Array
    levels: Array
    square: Array
    ssr: Array
    nobs: Orders
    df: Orders
    omega_u: Array
    omega_y: Array
    collinear: Mask

    @property
    def ratio(self) -> Array:
        """The long-run response alpha(1): sqrt(omega_u / omega_y)."""
        return np.sqrt(self.omega_u / self.omega_y)


def error_corrections(y: Array, x: Array, valid: Mask, trend: str, lags: Orders, leads: Orders, bandwidth: Array,
                      kernel: str = "bartlett", *, wide: bool = False) -> ErrorCorrections:
    """The regression of every row with its own orders.

    y (B, T), x (B, T, M), valid (B, T) bool without gaps inside a row, trend n, c or ct, lags and leads (B,), bandwidth
    (B,) and kernel of the long-run variances  ->  ErrorCorrections

    ``wide`` takes each long-run variance over all periods in which its variable exists, and d.y less its mean with
    trend ct, where otherwise both are taken over the periods of the regression.

    Raises
    ------
    TooShort
        With the numbers of the rows that have no degree of freedom.
    """
    parts: dict[tuple[int, int], tuple[Orders, ErrorCorrections]] = {}
    for p, q in {(int(a), int(b)) for a, b in zip(lags, leads, strict=True)}:
        rows = np.flatnonzero((lags == p) & (leads == q))
        try:
            parts[p, q] = rows, _same_orders(y[rows], x[rows], valid[rows], trend, p, q, bandwidth[rows], kernel, wide)
        except TooShort as wrong:
            raise TooShort(rows[wrong.rows]) from None
    whole: dict[str, Any] = {}
    for rows, part in parts.values():
        for f in fields(ErrorCorrections):
            value = getattr(part, f.name)
            whole.setdefault(f.name, np.empty((len(y), *value.shape[1:]), dtype=value.dtype))[rows] = value
    return ErrorCorrections(**whole)


def short_run(y: Array, x: Array, valid: Mask, lags: int, leads: int) -> tuple[Array, Array, Array, Mask]:
    """d.y, its lags 1 ... p, d.x from q leads to p lags (x by x at each), and the cells in which all exist."""
    dy, after = diff(y, valid)
    dx, _ = diff(x, valid)
    past, there = lag_columns(dy, after, range(1, lags + 1))
    around, inside = lag_columns(dx, after, range(-leads, lags + 1))
    return dy, past, around, after & there & inside


def _same_orders(y: Array, x: Array, valid: Mask, trend: str, p: int, q: int, bandwidth: Array, kernel: str,
                 wide: bool) -> ErrorCorrections:
    dy, past, around, cells = short_run(y, x, valid, p, q)
    before, _ = lag(x, valid)
    level, _ = lag(y, valid)
    rest = [before, deterministic_columns(trend, valid), past, around]
    design = np.concatenate([around, past, rest[1], before, level[..., None]], -1)         # y_{t-1} last
    k, m, s = design.shape[-1], x.shape[-1], around.shape[-1]
    nobs = cells.sum(1)
    if (short := np.flatnonzero(nobs <= k)).size:
        raise TooShort(short)
    used = np.where(cells[..., None], design, 0.0)
    size = np.sqrt((used**2).sum(1))
    flat = (size == 0).any(1) | ~np.isfinite(size).all(1)
    used = np.where(flat[:, None, None], 0.0, used / np.where(flat[:, None] | (size == 0), 1.0, size)[:, None])
    left = np.where(cells & ~flat[:, None], dy, 0.0)
    factor: Array = np.asarray(np.linalg.qr(np.concatenate([used, left[..., None]], -1), mode="r"))
    upper, right = factor[:, :k, :k], factor[:, :k, k]
    pivot = np.abs(np.diagonal(upper, axis1=1, axis2=2))
    collinear = flat | (pivot <= 1e-10).any(1)
    upper = np.where(collinear[:, None, None], np.eye(k), upper)
    beta = np.linalg.solve(upper, right[..., None])[..., 0] / np.where(size > 0, size, 1.0)
    beta = np.where(collinear[:, None], np.nan, beta)
    resid = np.where(cells, dy - np.einsum("btk,bk->bt", design, beta), 0.0)
    ssr = (resid**2).sum(1)
    if wide:
        after = diff(y, valid)[1]
        made = after & lag_columns(dy, after, range(1, p + 1))[1]
        part = np.where(made, dy - np.einsum("btk,bk->bt", design[..., s:], beta[:, s:]), 0.0)
        whole = dy - (dy.sum(1) / after.sum(1))[:, None] if TERMS[trend] == 2 else dy
    else:
        made = after = cells
        part, whole = np.where(cells, resid + np.einsum("btk,bk->bt", around, beta[:, :s]), 0.0), dy
    omega = [long_run_variance(v, c, bandwidth, kernel) for v, c in ((part, made), (whole, after))]
    return ErrorCorrections(
        alpha=beta[:, -1], levels=beta[:, k - 1 - m : k - 1], square=(pivot[:, -1] * size[:, -1]) ** 2, ssr=ssr,
        nobs=nobs, df=nobs - k, omega_u=omega[0], omega_y=omega[1], collinear=collinear)


def choose_orders(y: Array, x: Array, valid: Mask, trend: str, lags: int | str, leads: int | str, max_lags: int,
                  max_leads: int, *, own: bool = False) -> tuple[Orders, Orders]:
    """Lags and leads of every row: as given, or by a criterion on the sample that the largest of both leave.

    ``own``: each pair of orders on all its own periods, and the larger orders win ties.

    Raises
    ------
    TooShort, Collinear
        With the numbers of the rows concerned.
    """
    if isinstance(lags, int) and isinstance(leads, int):
        return np.full(len(y), lags), np.full(len(y), leads)
    name = lags if isinstance(lags, str) else str(leads)
    ps = range(max_lags + 1) if isinstance(lags, str) else [int(lags)]
    qs = range(max_leads + 1) if isinstance(leads, str) else [int(leads)]
    pairs = [(p, q) for p in ps for q in qs]
    largest = short_run(y, x, valid, ps[-1], qs[-1])[3]
    values = np.empty((len(y), len(pairs)))
    before, _ = lag(x, valid)
    level, _ = lag(y, valid)
    base = np.concatenate([level[..., None], before, deterministic_columns(trend, valid)], -1)
    for j, (p, q) in enumerate(pairs):
        dy, past, around, cells = short_run(y, x, valid, p, q)
        design = np.concatenate([base, past, around], -1)
        empty = np.zeros((*dy.shape, 0))
        values[:, j] = criterion_table(dy, design, empty, cells if own else largest, name)[:, 0]
        if own:
            values[:, j] += cells.sum(1) * (1 + np.log(2 * np.pi))
    best = values.shape[1] - 1 - np.argmin(values[:, ::-1], 1) if own else np.argmin(values, 1)
    chosen = np.array(pairs)[best]
    return chosen[:, 0], chosen[:, 1]


def refuse_collinear(fit: ErrorCorrections) -> None:
    """Collinear with the rows that could not be computed."""
    if fit.collinear.any():
        raise Collinear(np.flatnonzero(fit.collinear))
