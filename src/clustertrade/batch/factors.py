"""Principal components of panels, and the number of factors by the criteria of Bai and Ng (2002).

A batch is (B, N, T): B panels of N entities and T periods, as in a bootstrap.  The model of each is
x_it = loadings_i' factors_t + e_it; what x is (levels, differences, standardised or not) is the caller's choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, BatchError, Mask

CRITERIA = ("ic1", "ic2", "ic3", "bic3")


class NotConverged(BatchError):
    """Rows of the batch whose missing cells the iteration could not settle."""


@dataclass(frozen=True)
class Factors:
    """Common and idiosyncratic parts of a batch of panels.

    factors (B, T, R) with F'F/T = I, strongest first, each signed so that its largest loading is positive;
    loadings (B, N, R), orthogonal; resid (B, N, T), zero where not valid.
    """

    factors: Array
    loadings: Array
    resid: Array

    @property
    def common(self) -> Array:
        """The common component, (B, N, T)."""
        return self.loadings @ np.swapaxes(self.factors, 1, 2)


def most_factors(n: int, t: int) -> int:
    """The most factors that a criterion is offered: the square root of the shorter dimension, at most 8.

    Bai and Ng (2002) take 8 for panels of 40 and more; a short panel cannot tell that many from noise.
    """
    return int(min(8, np.sqrt(min(n, t))))


def standardize(x: Array, valid: Mask | None = None) -> Array:
    """Each entity with mean zero and variance one over its valid cells; zero where not valid.

    x (B, N, T), valid (B, N, T) bool  ->  (B, N, T).  A constant entity stays zero.
    """
    there = np.ones(x.shape, dtype=bool) if valid is None else valid
    count = np.maximum(there.sum(-1, keepdims=True), 1)
    centred = np.where(there, x - np.where(there, x, 0.0).sum(-1, keepdims=True) / count, 0.0)
    centred = np.where(there, centred - centred.sum(-1, keepdims=True) / count, 0.0)
    spread = np.sqrt((centred**2).sum(-1, keepdims=True) / count)
    return centred / np.where(spread > 0, spread, 1.0)


def principal_components(x: Array, number: int, valid: Mask | None = None, tolerance: float = 1e-9) -> Factors:
    """The first ``number`` principal components of every panel of a batch.

    x (B, N, T), number R < min(N, T), valid (B, N, T) bool  ->  Factors

    Missing cells are filled by their common component until the sum of squares no longer falls (the EM algorithm of
    Stock and Watson 2002, appendix A), by ``tolerance`` of itself in one step; a panel without them is decomposed once.

    Raises
    ------
    NotConverged
        With the numbers of the panels whose missing cells did not settle.

    Examples
    --------
    >>> x = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0, 0.0])[None]
    >>> bool(np.allclose(principal_components(x, 1).common, x))
    True
    """
    if valid is None or valid.all():
        factors, loadings = _decompose(x, number)
        return Factors(factors, loadings, x - loadings @ np.swapaxes(factors, 1, 2))
    filled = _filled(x, number, valid, tolerance)
    factors, loadings = _decompose(filled, number)
    return Factors(factors, loadings, np.where(valid, filled - loadings @ np.swapaxes(factors, 1, 2), 0.0))


def number_of_factors(x: Array, criterion: str, most: int | None = None, valid: Mask | None = None) -> Array:
    """The number of factors of every panel of a batch, 0 ... most.

    x (B, N, T), criterion ic1, ic2, ic3 or bic3, valid (B, N, T) bool  ->  (B,) int

    Bai and Ng (2002), section 5, with V(k) the mean squared residual of k factors:
    ln V(k) + k g for the IC_p1, IC_p2, IC_p3 of equation 9; V(k) + k V(most) (N+T-k) ln(NT)/(NT) for BIC_3.
    """
    _, n, t = x.shape
    most = most_factors(n, t) if most is None else min(most, min(n, t) - 1)
    k = np.arange(most + 1)
    if valid is None or valid.all():
        left = np.clip(_eigenvalues(x), 0.0, None)                            # (B, min(N, T)), largest first
        total = left.sum(-1, keepdims=True)
        v = np.concatenate([total, total - np.cumsum(left[:, :most], -1)], 1) / (n * t)
    else:
        cells = valid.sum((1, 2))
        v = np.stack([(principal_components(x, r, valid, 1e-6).resid ** 2).sum((1, 2)) / cells for r in k], 1)
    v = np.maximum(v, 1e-15 * v[:, :1] + np.finfo(float).tiny)                # a perfect fit is a perfect fit
    size, small = n * t, min(n, t)
    if criterion == "bic3":
        return np.argmin(v + k * v[:, -1:] * (n + t - k) * np.log(size) / size, axis=1)
    penalty = {"ic1": (n + t) / size * np.log(size / (n + t)), "ic2": (n + t) / size * np.log(small),
               "ic3": np.log(small) / small}[criterion]
    return np.argmin(np.log(v) + k * penalty, axis=1)


def _gram(x: Array) -> Array:
    """x x' or x' x, whichever is smaller."""
    return x @ np.swapaxes(x, 1, 2) if x.shape[1] <= x.shape[2] else np.swapaxes(x, 1, 2) @ x


def _eigenvalues(x: Array) -> Array:
    return np.asarray(np.linalg.eigvalsh(_gram(x))[:, ::-1], dtype=np.float64)


def _decompose(x: Array, number: int) -> tuple[Array, Array]:
    """Factors (B, T, R) with F'F/T = I and loadings (B, N, R) = x F/T."""
    b, n, t = x.shape
    if number == 0:
        return np.zeros((b, t, 0)), np.zeros((b, n, 0))
    _, vectors = np.linalg.eigh(_gram(x))
    first = vectors[:, :, : -number - 1 : -1]                                 # (B, N or T, R)
    if n <= t:
        first = np.swapaxes(x, 1, 2) @ first
        size = np.sqrt((first**2).sum(1, keepdims=True))
        first = first / np.where(size > 0, size, 1.0)
    factors = np.sqrt(t) * first
    loadings = x @ factors / t
    at = np.abs(loadings).argmax(1)[:, None, :]                               # the sign of a component is free
    sign = np.where(np.take_along_axis(loadings, at, 1) < 0, -1.0, 1.0)
    return factors * sign, loadings * sign


def _filled(x: Array, number: int, valid: Mask, tolerance: float, most: int = 5000) -> Array:
    """x with missing cells at their common component; stops where the sum of squares no longer falls."""
    filled = np.where(valid, x, 0.0)
    if number == 0:
        return filled
    total = (filled**2).sum((1, 2))
    before = total.copy()
    moving = np.flatnonzero(~valid.all((1, 2)) & (total > 0))
    for _ in range(most):
        if not moving.size:
            return filled
        factors, loadings = _decompose(filled[moving], number)
        common = loadings @ np.swapaxes(factors, 1, 2)
        left = np.where(valid[moving], x[moving] - common, 0.0)
        now = (left**2).sum((1, 2))
        filled[moving] = common + left
        still = before[moving] - now > tolerance * now + 1e-16 * total[moving]
        before[moving] = now
        moving = moving[still]
    raise NotConverged(moving)
