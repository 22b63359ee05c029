"""Correlations between all pairs of rows over the cells that each pair shares, and what CD statistics make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.factors import Factors
from clustertrade.batch.ols import Array

DRAWS = 30                                                 # of the weights, as the Stata command xtcd2 advises


@dataclass(frozen=True)
class Correlations:
    """Correlations of N entities.

    rho (N, N), symmetric with a diagonal of zeros, so that sums over it count every pair twice and nothing else;
    shared (N, N), the periods behind each, or one number () where all entities have the same periods; left_out: the
    pairs that share too few periods, with zeros in both.
    """

    rho: Array
    shared: Array
    left_out: int = 0

    @property
    def n(self) -> int:
        """Number of entities."""
        return len(self.rho)

    @property
    def pairs(self) -> int:
        """Number of pairs that count."""
        return self.n * (self.n - 1) // 2 - self.left_out

    def mean(self, of_shared: Array) -> float:
        """Mean over pairs of a function of ``shared``."""
        if not of_shared.ndim:
            return float(of_shared)
        return float((of_shared.sum() - np.trace(of_shared)) / (2 * self.pairs))

    @property
    def cd(self) -> float:
        """Pesaran's CD: sqrt(2 / (N (N-1))) sum over pairs of sqrt(T_ij) rho_ij."""
        total = np.vdot(np.sqrt(self.shared), self.rho) if self.shared.ndim else np.sqrt(self.shared) * self.rho.sum()
        return float(total / np.sqrt(4 * self.pairs))

    @property
    def lm(self) -> float:
        """The LM statistic of Breusch and Pagan: sum over pairs of T_ij rho_ij^2."""
        if not self.shared.ndim:
            return float(self.shared * np.vdot(self.rho, self.rho) / 2)
        return float((self.shared * self.rho**2).sum() / 2)

    @property
    def scaled_lm(self) -> float:
        """sqrt(1 / (N (N-1))) sum over pairs of (T_ij rho_ij^2 - 1)."""
        return (self.lm - self.pairs) / float(np.sqrt(2 * self.pairs))

    def details(self) -> dict[str, Any]:
        """What every test of the family reports beside its statistics."""
        return {"mean_rho": float(self.rho.sum() / (2 * self.pairs)),
                "mean_abs_rho": float(np.abs(self.rho).sum() / (2 * self.pairs)), "pairs": self.pairs,
                **({"pairs_left_out": self.left_out} if self.left_out else {})}

    def enhancement(self) -> tuple[float, int]:
        """Sum of |rho| over the pairs above 2 sqrt(log N / T_ij), and their number: Fan, Liao and Yao (2015)."""
        strong = np.abs(self.rho) > 2 * np.sqrt(np.log(self.n) / self.shared)
        return float(np.abs(self.rho)[strong].sum() / 2), int(strong.sum() // 2)

    def signed_cd(self, order: NDArray[np.int64], seed: int) -> Array:
        """CD with random signs of entities, once for each draw (DRAWS,); signs go to entities in ``order``."""
        sign = np.empty((DRAWS, self.n))
        sign[:, order] = np.where(np.random.default_rng(seed).random((DRAWS, self.n)) < 0.5, -1.0, 1.0)
        return np.asarray(((sign @ (np.sqrt(self.shared) * self.rho)) * sign).sum(1)
                          / np.sqrt(2 * self.n * (self.n - 1)))

    def bias_corrected_cd(self, left: float) -> float:
        """CD* of residuals of common factors, left = 1 - theta: Pesaran and Xie (2021)."""
        return (self.cd + self.mean(np.sqrt(self.shared / 2)) * (1 - left)) / left


def correlations_of(series: Array, fewest: int = 0) -> Correlations:
    """Correlations of the rows of series (N, T), NaN where missing, over the periods that each pair shares.

    Pairs that share fewer periods than ``fewest`` are left out.
    """
    left_out = 0
    if np.isfinite(series).all():
        z = series - series.mean(1, keepdims=True)
        z -= z.mean(1, keepdims=True)                      # twice, for levels that dwarf the variation
        size = np.sqrt((z**2).sum(1, keepdims=True))
        z /= np.where(size > 0, size, 1.0)
        rho, shared = z @ z.T, np.asarray(float(series.shape[1]))
        np.clip(rho, -1, 1, out=rho)
    else:
        rho, counts = pairwise_correlations(series)
        few = counts < fewest
        rho, shared = np.where(few, 0.0, rho), np.where(few, 0.0, counts)
        left_out = int(np.triu(few, 1).sum())
    np.fill_diagonal(rho, 0.0)
    return Correlations(rho, shared, left_out)


def pairwise_correlations(series: Array) -> tuple[Array, NDArray[np.int64]]:
    """Correlations (N, N) over the periods that each pair shares, and the number of these periods (N, N).

    A pair in which one side does not vary over the shared periods has correlation zero.
    """
    there = np.isfinite(series)
    count = there.sum(1)[:, None].clip(1)
    centre = np.where(there, series, 0.0).sum(1, keepdims=True) / count
    z = np.where(there, series - centre, 0.0)              # centred by entity first, against cancellation
    size = np.sqrt((z**2).sum(1, keepdims=True) / count)
    z = z / np.where(size > 0, size, 1.0)
    w = there.astype(float)
    shared = w @ w.T
    n = np.where(shared > 0, shared, 1.0)
    mean = (z @ w.T) / n                                   # mean of row i over the periods shared with j
    cross = z @ z.T - n * mean * mean.T
    square = (z**2) @ w.T - n * mean**2
    norm = np.sqrt(square.clip(0) * square.clip(0).T)
    rho = np.where(norm > 1e-12 * n, cross / np.where(norm > 0, norm, 1.0), 0.0)
    return rho.clip(-1, 1), shared.astype(np.int64)


def one_minus_theta(parts: Factors, sigma: Array) -> float:
    """The mean of a_i^2 of the first panel of a batch; sigma (N,) are standard deviations of its residuals."""
    gamma = parts.loadings[0]                                                 # (N, m)
    gamma = gamma / np.sqrt((gamma**2).mean(0))                               # (1/N) gamma' gamma = I
    phi = (gamma / sigma[:, None]).mean(0)
    return float(((1 - sigma * (gamma @ phi)) ** 2).mean())


def data_order(series: Array) -> NDArray[np.int64]:
    """Entities in the order of their first value, then of their second, and so on: an order that is in the data."""
    return np.lexsort(np.nan_to_num(series).T[::-1])
