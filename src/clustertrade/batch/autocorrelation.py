"""Moments and permutations of a sum over pairs, sum_ij w_ij c_ij: Moran's I and its kin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def cross_product_moments(w: Array, c: Array) -> tuple[float, float]:
    """Mean and variance of sum_ij w_ij c_pi(i)pi(j) over all permutations pi; diagonals do not count.

    w (N, N), c (N, N) symmetric; the moments of Mantel (1967) as in Cliff and Ord (1981).
    """
    n = len(w)
    c = c - np.diag(np.diagonal(c))
    w = w - np.diag(np.diagonal(w))
    s0, s1, s2 = _sums(w)
    t0, t1, t2 = _sums(c)
    mean = s0 * t0 / (n * (n - 1))
    two, three, four = n * (n - 1), n * (n - 1) * (n - 2), n * (n - 1) * (n - 2) * (n - 3)
    second = (s1 * t1 / (2 * two) + (s2 - 2 * s1) * (t2 - 2 * t1) / (4 * three)
              + (s0**2 + s1 - s2) * (t0**2 + t1 - t2) / four)
    return float(mean), float(second - mean**2)


def _sums(a: Array) -> tuple[float, float, float]:
    both = a + a.T
    return float(a.sum()), float((both**2).sum() / 2), float((both.sum(1) ** 2).sum())


def normal_variance(w: Array) -> float:
    """Variance of Moran's I of independent normal values (Cliff and Ord 1981)."""
    n = len(w)
    s0, s1, s2 = _sums(w)
    return float((n**2 * s1 - n * s2 + 3 * s0**2) / ((n**2 - 1) * s0**2) - 1 / (n - 1) ** 2)


def local_moments(w: Array, c: Array) -> tuple[Array, Array]:
    """Mean and variance (N,) of sum_j w_ij c_i pi(j), the others permuted over the places of the others.

    A linear statistic sum_k a_k b_pi(k) of M values has mean M a b (of the means) and variance
    sum (a - a)^2 sum (b - b)^2 / (M - 1).
    """
    n = len(w)
    off = ~np.eye(n, dtype=bool)
    a, b = w[off].reshape(n, n - 1), c[off].reshape(n, n - 1)
    mean = (n - 1) * a.mean(1) * b.mean(1)
    spread = ((a - a.mean(1, keepdims=True)) ** 2).sum(1) * ((b - b.mean(1, keepdims=True)) ** 2).sum(1)
    return mean, spread / (n - 2)


def permuted(w: Array, c: Array, replications: int, seed: int) -> Array:
    """sum_ij w_ij c_pi(i)pi(j) (B,) for random permutations."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(w)
    order = rng.permuted(np.tile(np.arange(len(w)), (replications, 1)), axis=1)
    return np.asarray(c[order[:, i], order[:, j]] @ w[i, j])


def permuted_local(w: Array, c: Array, replications: int, seed: int) -> Array:
    """Two-sided p (N,) of each row's sum_j w_ij c_ij among permutations of the others."""
    rng = np.random.default_rng([seed, 1])
    n = len(w)
    places = rng.permuted(np.tile(np.arange(n - 1), (replications, 1)), axis=1)
    found = np.empty(n)
    for i in range(n):
        others = np.delete(np.arange(n), i)
        a, b = w[i, others], c[i, others]
        value, mean = a @ b, a.sum() * b.mean()
        draws = b[places] @ a
        found[i] = (1 + (np.abs(draws - mean) >= abs(value - mean) * (1 - 1e-9)).sum()) / (replications + 1)
    return found
