"""Wald statistics of an error-correction model under its null hypotheses: the restricted recursive bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.ols import Array, BatchError
from clustertrade.batch.reducedrank import error_correction, reduced_rank

NAMES = ("joint", "short", "long")
CELLS = 2_000_000                                          # numbers in one batch of replications


def bootstrapped(levels: Array, lags: int, rank: int, case: int, replications: int, seed: int) -> dict[str, Array]:
    """Statistics under the null of each test: levels (T, P), the effect first  ->  name: (replications,).

    For each test (Cavaliere, Nielsen and Rahbek 2015):

    1. The model under its null.  Where the effect does not return (long, joint) the relations are those of the other
       equations given d.y, in which the likelihood then is (Johansen 1992); each equation is least squares given them.
    2. Its residuals, centred and times sqrt(n / (n - k)), k coefficients an equation, drawn by periods, all equations
       together.
    3. Series grow from the first lags + 1 periods; relations and tests are estimated anew without the restriction.

    A replication is NaN where a series overflows.
    """
    rng = np.random.default_rng(seed)
    parts = _parts(levels[None], lags, case)
    nobs = parts[0].shape[1]
    drawn = rng.integers(0, nobs, (replications, nobs), dtype=np.int_)
    return {name: _statistics_of(name, levels, parts, lags, rank, case, drawn) for name in NAMES
            if lags or name != "short"}


def _statistics_of(name: str, levels: Array, parts: tuple[Array, ...], lags: int, rank: int, case: int,
                   drawn: NDArray[np.int_]) -> Array:
    t, p = levels.shape
    beta, alpha, outer, errors = _restricted(name, parts, lags, rank)
    step = max(CELLS // (t * (p + 2) * (lags + 3)), 1)
    out = np.empty(len(drawn))
    for first in range(0, len(drawn), step):
        picked = errors[drawn[first:first + step]]                                     # (b, n, P)
        picked = picked - picked.mean(1, keepdims=True)
        series = _grown(levels, beta, alpha, outer, picked, lags, case)
        out[first:first + step] = statistics(series, lags, rank, case)[name]
    return out


def statistics(series: Array, lags: int, rank: int, case: int) -> dict[str, Array]:
    """Wald statistics of the equation of the first series, unrestricted: series (B, T, P)  ->  name: (B,).

    They do not depend on how the relations are normalised.
    """
    out = {name: np.full(len(series), np.nan) for name in NAMES}
    fine = np.flatnonzero(np.isfinite(series).all((1, 2)) & (np.abs(series) < 1e100).all((1, 2)))
    while fine.size:
        change, level, outside = _parts(series[fine], lags, case)
        try:
            fit = reduced_rank(change, level, outside, np.ones(change.shape[:2], dtype=bool))
            break
        except BatchError as wrong:
            fine = np.delete(fine, wrong.rows)
    if not fine.size:
        return out
    p = series.shape[2]
    errors = level @ fit.vectors[:, :, :rank]
    own = _own(p, lags, outside.shape[2])
    effect = change[..., :1]
    full = _ssr(effect, np.concatenate([errors, outside], 2))
    df = change.shape[1] - rank - outside.shape[2]
    without = {"long": outside, "joint": outside[..., own], "short": np.concatenate([errors, outside[..., own]], 2)}
    with np.errstate(all="ignore"):
        for name, z in without.items():
            out[name][fine] = np.maximum(_ssr(effect, z) - full, 0.0) / (full / df)
    return out


def _own(p: int, lags: int, width: int) -> Array:
    """Columns of ``outside`` that the effect's equation keeps without the causes' changes."""
    at = np.arange(width)
    return np.asarray((at >= p * lags) | (at % p == 0))


def _parts(series: Array, lags: int, case: int) -> tuple[Array, Array, Array]:
    """Changes (B, n, P), levels with the terms inside (B, n, Q), lagged changes with those outside (B, n, K)."""
    b, t, p = series.shape
    names = [str(j) for j in range(p)]
    _, _, inside, outside, _ = error_correction(np.zeros((t, p)), names, lags, case)
    terms = outside[:, p * lags:]
    change = np.diff(series, axis=1)
    n = t - 1 - lags
    short = [change[:, lags - k:lags - k + n] for k in range(1, lags + 1)]
    level = np.concatenate([series[:, lags:-1], np.broadcast_to(inside, (b, *inside.shape))], 2)
    return change[:, lags:], level, np.concatenate([*short, np.broadcast_to(terms, (b, *terms.shape))], 2)


def _restricted(name: str, parts: tuple[Array, ...], lags: int, rank: int) -> tuple[Array, Array, Array, Array]:
    """The model under a null: beta (Q, R), alpha (R, P), coefficients of ``outside`` (K, P), residuals (n, P)."""
    change, level, outside = parts
    n, p = change.shape[1:]
    there = np.ones((1, n), dtype=bool)
    if name == "short":
        fit = reduced_rank(change, level, outside, there)
    else:
        fit = reduced_rank(change[..., 1:], level, np.concatenate([outside, change[..., :1]], 2), there)
    beta = fit.vectors[0, :, :rank]
    z = np.concatenate([level[0] @ beta, outside[0]], 1)
    own = np.r_[np.full(rank, name == "short"),
                np.ones(outside.shape[2], dtype=bool) if name == "long" else _own(p, lags, outside.shape[2])]
    coefficients = np.zeros((z.shape[1], p))
    coefficients[:, 1:] = _least(z, change[0, :, 1:])
    coefficients[own, 0] = _least(z[:, own], change[0, :, 0])
    errors = change[0] - z @ coefficients
    lost = np.r_[own.sum(), np.full(p - 1, z.shape[1])]
    return beta, coefficients[:rank], coefficients[rank:], errors * np.sqrt(n / (n - lost))


def _least(z: Array, y: Array) -> Array:
    if not z.shape[1]:
        return np.zeros((0, *y.shape[1:]))
    size = np.sqrt((z**2).sum(0))
    return np.asarray((np.linalg.lstsq(z / size, y, rcond=None)[0].T / size).T)


def _grown(levels: Array, beta: Array, alpha: Array, outer: Array, errors: Array, lags: int, case: int) -> Array:
    """Series (b, T, P) that follow the model from the first lags + 1 periods of the data."""
    t, p = levels.shape
    series = np.empty((len(errors), t, p))
    series[:, : lags + 1] = levels[: lags + 1]
    _, level, outside = _parts(np.zeros((1, t, p)), lags, case)
    inside = level[0, :, p:] @ beta[p:]                                                # (n, R)
    fixed = outside[0, :, p * lags:] @ outer[p * lags:]                                # (n, P)
    with np.errstate(over="ignore", invalid="ignore"):
        for s in range(t - 1 - lags):
            now = s + lags
            moved = (series[:, now] @ beta[:p] + inside[s]) @ alpha + fixed[s] + errors[:, s]
            for k in range(1, lags + 1):
                moved += (series[:, now + 1 - k] - series[:, now - k]) @ outer[p * (k - 1): p * k]
            series[:, now + 1] = series[:, now] + moved
    return series


def _ssr(effect: Array, z: Array) -> Array:
    """Sums of squared residuals of effect (B, n, 1) on z (B, n, K)."""
    total = (effect**2).sum((1, 2))
    if not z.shape[2]:
        return total
    size = np.sqrt((z**2).sum(1, keepdims=True))
    q = np.linalg.qr(z / np.where(size > 0, size, 1.0))[0]
    return np.maximum(total - ((q.swapaxes(1, 2) @ effect) ** 2).sum((1, 2)), 0.0)
