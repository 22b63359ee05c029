"""Averages over entities, period by period: what stands for common factors; and regressions that hold them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.batch.lags import diff, lag_columns
from clustertrade.batch.trend import TERMS
from clustertrade.errors import UsageError
from clustertrade.panel import Array, Mask


def averages(z: Array, valid: Mask) -> Array:
    """Means over the entities that have the period: z (N, T, K), valid (N, T)  ->  (T, K); zero where none has it."""
    count = valid.sum(0)
    total = np.where(valid[..., None], z, 0.0).sum(0)
    mean = total / np.maximum(count, 1)[:, None]
    left = np.where(valid[..., None], z - mean, 0.0).sum(0)                 # twice, for levels that dwarf the variation
    return np.asarray(mean + left / np.maximum(count, 1)[:, None])


@dataclass(frozen=True)
class Augmented:
    """Regressors of every entity: own (N, T, R) and averages (N, T, M) with their names; valid (N, T)."""

    own: Array
    own_names: tuple[str, ...]
    bars: Array
    bar_names: tuple[str, ...]
    valid: Mask


def average_lags(options: Mapping[str, Any], periods: int) -> int:
    """Lags of the averages: as given; else floor(T^(1/3)) with lags (Chudik and Pesaran 2015), 0 without."""
    if options["mean_lags"] is not None:
        return int(options["mean_lags"])
    return math.floor(periods ** (1 / 3) + 1e-9) if options["y_lags"] or options["lags"] else 0


def counted(options: Mapping[str, Any], mean_lags: int) -> tuple[int, int]:
    """Coefficients of an entity's regression, and periods that its lags take."""
    k, p, q = len(options["x"]), options["y_lags"], options["lags"]
    direct = options["variant"] == "cs-dl"
    own = k * (1 + q) + (0 if direct else p)
    bars = 1 + k * (1 + mean_lags) if direct else (1 + k) * (1 + mean_lags)
    return own + bars + TERMS[options["trend"]], max(p, q, mean_lags)


def fewest(options: Mapping[str, Any]) -> int:
    """Periods that an entity needs for one degree of freedom (in each half, with the jackknife)."""
    for t in range(3, 5000):
        many, lost = counted(options, average_lags(options, t))
        if t - lost >= (2 if options["jackknife"] else 1) * (many + 1):
            return t
    raise UsageError("cce-mg: so many lags need more than 5000 periods")


def augmented(y: Array, x: Array, names: Sequence[str], y_name: str, valid: Mask, options: Mapping[str, Any],
              mean_lags: int) -> Augmented:
    """Columns of an ARDL (static where no lags are asked) or a distributed lag, beside averages and their lags.

    y (N, T), x (N, T, K); ``options``: y_lags, lags, variant.
    """
    p, q = options["y_lags"], options["lags"]
    level = np.where(valid[..., None], x, 0.0)
    mean = averages(np.concatenate([y[..., None], x], -1), valid)
    wide = np.broadcast_to(mean, (*valid.shape, mean.shape[-1]))
    known = np.broadcast_to(valid.any(0), valid.shape)
    if options["variant"] == "cs-dl":
        moves, there = diff(x, valid)
        other, ok = lag_columns(moves, there, range(q))
        own, labels = np.concatenate([level, other], -1), [*names, *(f"{f'L{j}.' * (j > 0)}d.{v}" for j in range(q)
                                                                     for v in names)]
        later, fine = lag_columns(wide[..., 1:], known, range(mean_lags + 1))
        bars = np.concatenate([wide[..., :1], later], -1)
        bar_names = ["y.bar", *(f"{f'L{j}.' * (j > 0)}{v}.bar" for j in range(mean_lags + 1) for v in names)]
        used = valid & ok & fine if q else valid & fine
    else:
        before, first = lag_columns(y, valid, range(1, p + 1))
        other, second = lag_columns(x, valid, range(1, q + 1))
        own = np.concatenate([before, level, other], -1)
        labels = [*(f"L{j}.{y_name}" for j in range(1, p + 1)), *names,
                  *(f"L{j}.{v}" for j in range(1, q + 1) for v in names)]
        bars, fine = lag_columns(wide, known, range(mean_lags + 1))
        bar_names = [f"{f'L{j}.' * (j > 0)}{v}.bar" for j in range(mean_lags + 1) for v in ("y", *names)]
        used = valid & first & second & fine
    return Augmented(own, tuple(labels), bars, tuple(bar_names), used)


def long_run(beta: Array, labels: Sequence[str], names: Sequence[str], p: int, q: int) -> tuple[Array, Array]:
    """Each entity's long-run slopes (N, K) sum of its beta over 1 - sum of its lambda, and its speed (N,)."""
    at = {n: i for i, n in enumerate(labels)}
    speed = beta[:, :p].sum(1) - 1.0
    total = np.stack([sum(beta[:, at[f"L{j}.{v}" if j else v]] for j in range(q + 1)) for v in names], -1)
    return -total / speed[:, None], speed


def halves(valid: Mask) -> tuple[Mask, Mask]:
    """The first and the second half of each entity's cells; the middle one of an odd number is in both."""
    order = np.cumsum(valid, 1)
    count = valid.sum(1, keepdims=True)
    half = (count + 1) // 2
    return valid & (order <= half), valid & (order > count - half)
