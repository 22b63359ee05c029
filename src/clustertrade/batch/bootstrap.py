"""Resampling of panels by whole cross-sections, so that dependence between entities survives.

Every scheme draws periods (or a weight for each period) once for all entities.  Replications come in batches whose
size bounds memory; the numbers of a replication depend on the seed alone, not on the size of the batches.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clustertrade.batch.factors import number_of_factors, principal_components
from clustertrade.batch.ols import Array, Mask, TooShort
from clustertrade.batch.roots import less_bias
from clustertrade.batch.trend import detrend

SCHEMES = ("iid", "wild", "block", "sieve")
CELLS = 2_000_000                                          # numbers in one batch: 16 MB
BURN_IN = 50


def block_length(t: int) -> int:
    """Length of blocks for T periods: 1.75 T^(1/3), the rule of Palm, Smeekes and Urbain (2011)."""
    return max(int(1.75 * t ** (1 / 3)), 1)


def batches(replications: int, cells: int, most: int = CELLS) -> Iterator[int]:
    """Sizes of batches of replications of ``cells`` numbers each, so that none holds more than ``most`` numbers."""
    step = max(most // max(cells, 1), 1)
    for first in range(0, replications, step):
        yield min(step, replications - first)


def resampled(errors: Array, valid: Mask, scheme: str, replications: int, seed: int | np.random.Generator, *,
              length: int | None = None, block: int | None = None, order: Array | int | None = None,
              cells: int = CELLS) -> Iterator[Array]:
    """Pseudo-errors of a panel, batch by batch.

    errors (N, T), valid (N, T) bool  ->  arrays (b, N, L), b in all equal to ``replications``

    Parameters
    ----------
    errors, valid : (N, T)
        Errors of N entities; where not valid they are never read.
    scheme : str
        ``iid``: periods drawn with replacement.  ``block``: moving blocks of consecutive periods.  ``wild``: errors
        times a sign, one a period (one a block of periods with ``block``) for all entities; zero where not valid.
        ``sieve``: an autoregression for each entity (Yule-Walker, hence stationary), its innovations drawn ``iid``;
        it keeps dependence between the innovations of one period only (Smeekes and Urbain 2014).
    replications : int
        Number of pseudo-panels.
    seed : int or Generator
        Of the draws.
    length : int, optional
        Periods L of a pseudo-panel; T by default, and always for ``wild``.
    block : int, optional
        Length of blocks: by default ``block_length(T)`` for ``block``, 1 for ``wild``.
    order : (N,) int or int, optional
        Orders of the autoregressions of ``sieve``; by default floor(4 (T/100)^(2/9)).
    cells : int
        Bound of the numbers in one batch.

    Where entities have different periods, those are drawn that all have; errors are centred by entity over them.

    Raises
    ------
    TooShort
        No period (block: no run of periods) is common to all entities; with the entities that lack most.
    """
    n, t = errors.shape
    rng = np.random.default_rng(seed)
    length = t if length is None or scheme == "wild" else length
    if scheme == "wild":
        clean = np.where(valid, errors, 0.0)
        width = block or 1
        for b in batches(replications, n * t, cells):
            sign = np.where(rng.random((b, -(-t // width))) < 0.5, -1.0, 1.0)
            yield clean * np.repeat(sign, width, axis=1)[:, None, :t]
        return
    coefficients = None
    if scheme == "sieve":
        coefficients = yule_walker(errors, valid, int(4 * (t / 100) ** (2 / 9)) if order is None else order)
        errors, valid = _innovations(errors, valid, coefficients)
    shared = np.asarray(valid.all(0))
    starts = _starts(shared, (block or block_length(t)) if scheme == "block" else 1)
    if not starts.size:
        raise TooShort(np.flatnonzero(valid.sum(1) == valid.sum(1).min()))
    pool = np.where(shared, errors, 0.0)
    pool = np.where(shared, pool - pool.sum(1, keepdims=True) / shared.sum(), 0.0)
    width = (block or block_length(t)) if scheme == "block" else 1
    burn = BURN_IN if scheme == "sieve" else 0
    for b in batches(replications, n * (length + burn), cells):
        picked = starts[(rng.random((b, -(-(length + burn) // width))) * starts.size).astype(np.int64)]
        periods = (picked[..., None] + np.arange(width)).reshape(b, -1)[:, : length + burn]
        drawn = pool.T[periods]                                               # (b, L, N)
        if coefficients is not None:
            drawn = _recursion(drawn, coefficients)[:, burn:]
        yield np.swapaxes(drawn, 1, 2)


def resampled_dependence(errors: Array, valid: Mask, replications: int, seed: int | np.random.Generator, *,
                         length: int | None = None, block: int | None = None, cells: int = CELLS) -> Iterator[Array]:
    """Pseudo-errors in moving blocks of whole cross-sections, without the noise in sample correlations.

    errors (N, T), valid (N, T) bool, length L (T)  ->  arrays (b, N, L), b in all equal to ``replications``

    A pool of few cross-sections has correlations of the order of T^(-1/2) where there are none, and N entities add
    them up: pooled statistics of plain draws are as variable as if N were N/(1 + N/T), and tests reject far too seldom
    (at N = 25, T = 22 less than 1 % at 5 %).  Here the errors are split into common factors (number by BIC_3 of Bai and
    Ng 2002) and the rest.  Factors are drawn in blocks of whole cross-sections; the rest is the square root of a times
    such a draw plus that of 1 - a times blocks drawn for each entity on its own, so that its correlations are those of
    the sample shrunk by a, the share of their squares that is not sampling variance (Schaefer and Strimmer 2005).

    Where entities have different periods, those are drawn that all have; errors are centred by entity over them.

    Raises
    ------
    TooShort
        No run of periods is common to all entities; with the entities that lack most.
    """
    n, t = errors.shape
    length, width = length or t, block or block_length(t)
    shared = np.asarray(valid.all(0))
    starts = _starts(shared, width)
    if not starts.size:
        raise TooShort(np.flatnonzero(valid.sum(1) == valid.sum(1).min()))
    common, rest, kept = _split(np.where(valid, errors, 0.0)[:, shared])
    pools = np.zeros((2, n, t))
    pools[0][:, shared], pools[1][:, shared] = common + np.sqrt(kept) * rest, np.sqrt(1 - kept) * rest
    # draws go to entities in the order of their data, so that neither labels nor the order of rows matter
    place = np.argsort(np.lexsort(pools[1].T[::-1]))
    rng = np.random.default_rng(seed)
    for b in batches(replications, 2 * n * length, cells):
        picked = starts[(rng.random((b, 1 + n, -(-length // width))) * starts.size).astype(np.int64)]
        periods = (picked[..., None] + np.arange(width)).reshape(b, 1 + n, -1)[:, :, :length]
        own = pools[1][np.arange(n)[None, :, None], periods[:, 1 + place]]
        yield np.swapaxes(pools[0].T[periods[:, 0]], 1, 2) + own


def autoregressions(errors: Array, valid: Mask, coefficients: Array, replications: int,
                    seed: int | np.random.Generator, *, cells: int = CELLS) -> Iterator[Array]:
    """Stationary autoregressions whose innovations are drawn by ``resampled_dependence``, one period at a time.

    errors (N, T), valid (N, T) bool, coefficients (N, P)  ->  arrays (b, N, T)
    """
    innovations, there = _innovations(errors, valid, coefficients)
    for drawn in resampled_dependence(innovations, there, replications, seed, length=errors.shape[1] + BURN_IN, block=1,
                                      cells=cells):
        yield np.swapaxes(_recursion(np.swapaxes(drawn, 1, 2), coefficients)[:, BURN_IN:], 1, 2)


def corrected_yule_walker(errors: Array, valid: Mask, order: Array, trend: str, largest: float,
                          draws: int = 100) -> Array:
    """Yule-Walker coefficients of detrended errors less their bias in short samples (Kilian 1998).

    errors (N, T) of a regression on deterministic terms, valid (N, T) bool, order (N,), trend n, c or ct  ->  (N, P)

    The bias is that of the estimate in Gaussian autoregressions with the estimated coefficients, detrended alike; as
    much of the correction is made as leaves no root beyond ``largest``.
    """
    n, t = errors.shape
    first = yule_walker(errors, valid, order)
    most = first.shape[1]
    if not most:
        return first
    rng = np.random.default_rng(draws)
    drawn = _recursion(rng.standard_normal((draws, t + BURN_IN, n)), first)[:, BURN_IN:]
    rows, cells = np.swapaxes(drawn, 1, 2).reshape(-1, t), np.tile(valid, (draws, 1))
    again = yule_walker(detrend(rows, cells, trend), cells, np.tile(order, draws))
    return less_bias(first, again.reshape(draws, n, most).mean(0) - first, largest)


def _split(errors: Array) -> tuple[Array, Array, float]:
    """Common part and the rest (N, T), and the share a of the squared correlations of the rest that is not noise."""
    x = errors - errors.mean(1, keepdims=True)
    n, t = x.shape
    size = np.sqrt((x**2).mean(1, keepdims=True))
    z = (x / np.where(size > 0, size, 1.0))[None]
    number = int(number_of_factors(z, "bic3")[0])
    parts = principal_components(z, number)
    rest = parts.resid[0]
    spread = np.sqrt((rest**2).sum(1, keepdims=True))
    r = rest / np.where(spread > 0, spread, 1.0)
    off = (r @ r.T)[~np.eye(n, dtype=bool)] ** 2
    noise = ((1 - np.minimum(off, 1.0)) ** 2).sum() / max(t - number - 1, 1)
    kept = float(np.clip(1 - noise / off.sum(), 0.0, 1.0)) if off.sum() > 0 else 0.0
    return parts.common[0] * size, rest * size, kept


def pvalue(observed: float, drawn: Array, tail: str) -> float:
    """Share of the draws at least as extreme as the observed value, which counts as a draw itself.

    tail is left, right, or two (by absolute value).  Draws that are not finite do not count.
    """
    drawn = drawn[np.isfinite(drawn)]
    if tail == "two":
        observed, drawn = abs(observed), np.abs(drawn)
    beyond = drawn <= observed if tail == "left" else drawn >= observed
    return float((1 + beyond.sum()) / (1 + drawn.size))


def yule_walker(errors: Array, valid: Mask, order: Array | int) -> Array:
    """Coefficients of an autoregression for each entity, by the Yule-Walker equations.

    errors (N, T), valid (N, T) bool, order (N,) or a number  ->  (N, P), P the largest order; zero beyond one's own

    Autocovariances are divided by the number of valid cells, so that the autoregression is stationary.
    """
    n, t = errors.shape
    orders = np.minimum(np.broadcast_to(np.asarray(order), (n,)), np.maximum(valid.sum(1) - 2, 0))
    most = int(orders.max(initial=0))
    count = np.maximum(valid.sum(1), 1)
    z = np.where(valid, errors - np.where(valid, errors, 0.0).sum(1, keepdims=True) / count[:, None], 0.0)
    gamma = np.stack([(z[:, k:] * z[:, : t - k]).sum(1) for k in range(most + 1)], 1) / count[:, None]
    flat = gamma[:, 0] <= 0                                # a series without variation follows no autoregression
    gamma = gamma / np.where(flat, 1.0, gamma[:, 0])[:, None]
    used = (np.arange(most) < orders[:, None]) & ~flat[:, None]
    toeplitz = gamma[:, np.abs(np.subtract.outer(np.arange(most), np.arange(most)))]
    both = used[:, :, None] & used[:, None, :]
    matrix = np.where(both, toeplitz, np.eye(most))
    return np.linalg.solve(matrix, np.where(used, gamma[:, 1:], 0.0)[..., None])[..., 0]


def _starts(shared: Mask, width: int) -> np.ndarray:
    """First periods of the runs of ``width`` shared periods."""
    if width > shared.size:
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.lib.stride_tricks.sliding_window_view(shared, width).all(1))


def _innovations(errors: Array, valid: Mask, coefficients: Array) -> tuple[Array, Mask]:
    z = np.where(valid, errors, 0.0)
    z = np.where(valid, z - z.sum(1, keepdims=True) / np.maximum(valid.sum(1, keepdims=True), 1), 0.0)
    out, there = z.copy(), valid.copy()
    for k in range(1, coefficients.shape[1] + 1):
        out[:, k:] -= coefficients[:, k - 1, None] * z[:, :-k]
        there[:, k:] &= valid[:, :-k] | (coefficients[:, k - 1, None] == 0)
        there[:, :k] &= coefficients[:, k - 1, None] == 0
    return out, there


def _recursion(innovations: Array, coefficients: Array) -> Array:
    """Autoregressions grown from zero: innovations (b, L, N), coefficients (N, P)  ->  (b, L, N)."""
    series = innovations.copy()
    for s in range(1, series.shape[1]):
        for k in range(1, min(coefficients.shape[1], s) + 1):
            series[:, s] += coefficients[:, k - 1] * series[:, s - k]
    return series
