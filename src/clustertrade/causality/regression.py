"""Regressions of an effect on lags of itself and of its causes, for a batch of entities at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.lags import lag_columns
from clustertrade.batch.lagselect import criterion_table
from clustertrade.batch.ols import Array, BatchError, Mask, ols
from clustertrade.batch.trend import deterministic_columns


class PerfectFit(BatchError):
    """Rows that the lags fit exactly, so that no test can be made."""


@dataclass(frozen=True)
class Design:
    """Effect, lags of the effect with the deterministic terms, lags of the causes; the cells in which all exist."""

    effect: Array                                          # (B, T)
    own: Array                                             # (B, T, D + K): deterministic terms, then lags 1 ... K
    causes: Array                                          # (B, T, K * M): all causes at lag 1, all at lag 2, ...
    valid: Mask                                            # (B, T)


@dataclass(frozen=True)
class Exclusion:
    """The Wald test that the coefficients of the causes are zero, one a row."""

    wald: Array                                            # (B,)
    nobs: NDArray[np.int_]                                 # (B,)
    df: NDArray[np.int_]                                   # (B,): cells less the coefficients of the full regression
    ssr: Array                                             # (B, 2): with the causes, without


def design(y: Array, x: Array, valid: Mask, order: int, trend: str = "c") -> Design:
    """The regression with ``order`` lags.

    y (B, T), x (B, T, M), valid (B, T) bool, order, trend  ->  Design

    A cell is valid where the effect and all lags are.
    """
    own, ok = lag_columns(y, valid, range(1, order + 1))
    causes, fine = lag_columns(x, valid, range(1, order + 1))
    terms = np.concatenate([deterministic_columns(trend, valid), own], -1)
    return Design(y, terms, causes, valid & ok & fine)


def exclusion(regression: Design) -> Exclusion:
    """The Wald statistic W = (SSR0 - SSR1) / (SSR1 / df) of each row.

    Raises
    ------
    TooShort, Collinear, PerfectFit
        With the numbers of the rows concerned.
    """
    full = np.concatenate([regression.own, regression.causes], -1)
    _, _, with_causes, df = ols(regression.effect, full, regression.valid)
    ssr1 = (with_causes**2).sum(-1)
    own = regression.own
    without = ols(regression.effect, own, regression.valid)[2] if own.shape[-1] else np.where(
        regression.valid, regression.effect, 0.0)
    ssr0 = (without**2).sum(-1)
    total = (np.where(regression.valid, regression.effect, 0.0) ** 2).sum(-1)
    if (exact := np.flatnonzero(ssr1 <= 1e-24 * total)).size:
        raise PerfectFit(exact)
    wald = np.maximum(ssr0 - ssr1, 0.0) / (ssr1 / df)
    return Exclusion(wald, regression.valid.sum(-1), df.astype(np.int_), np.stack([ssr1, ssr0], -1))


def order_criterion(y: Array, x: Array, valid: Mask, max_lags: int, criterion: str, trend: str = "c") -> Array:
    """The criterion of the full regression with 1 ... max_lags lags, on the sample that max_lags leaves: (B, P).

    y (B, T), x (B, T, M), valid (B, T) bool; aic, bic or hqic as in ``batch.lagselect``.
    """
    both = np.concatenate([y[..., None], x], -1)                           # y and every cause at lag 1, at lag 2, ...
    ordered, ok = lag_columns(both, valid, range(1, max_lags + 1))
    table = criterion_table(y, deterministic_columns(trend, valid), ordered, valid & ok, criterion)
    return table[:, both.shape[-1] :: both.shape[-1]]
