"""Correlations between all pairs of entities, on which every test of this family stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clustertrade.batch.correlations import pairwise_correlations
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.panel import Array, Panel
from clustertrade.registry import Needs

SHORTEST = 3                                               # periods that two entities must share


@dataclass(frozen=True)
class Correlations:
    """Correlations of N entities.

    rho (N, N), symmetric with a diagonal of zeros, so that sums over it count every pair twice and nothing else;
    shared (N, N), the periods behind each, or one number () where all entities have the same periods.
    """

    rho: Array
    shared: Array

    @property
    def n(self) -> int:
        """Number of entities."""
        return len(self.rho)

    @property
    def pairs(self) -> int:
        """Number of pairs."""
        return self.n * (self.n - 1) // 2

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
                "mean_abs_rho": float(np.abs(self.rho).sum() / (2 * self.pairs)), "pairs": self.pairs}


def pairwise_needs(options: Mapping[str, Any]) -> Needs:
    """Two entities, three shared periods; with x as many more as each regression has coefficients."""
    return Needs(n=2, t=SHORTEST + (1 + len(options["x"]) if options["x"] else 0), gaps=True, within=bool(options["x"]))


def correlations(asked: str, y: Panel, series: Array) -> Correlations:
    """Correlations of the rows of series (N, T), NaN where missing, over the periods that each pair shares.

    Raises
    ------
    InfeasibleError
        Where two entities share fewer than 3 periods.
    """
    there = np.isfinite(series)
    if there.all():
        z = series - series.mean(1, keepdims=True)
        z -= z.mean(1, keepdims=True)                      # twice, for levels that dwarf the variation
        size = np.sqrt((z**2).sum(1, keepdims=True))
        z /= np.where(size > 0, size, 1.0)
        rho, shared = z @ z.T, np.asarray(float(series.shape[1]))
        np.clip(rho, -1, 1, out=rho)
    else:
        rho, counts = pairwise_correlations(series)
        shared = counts.astype(float)
        _refuse_strangers(asked, y, counts)
    np.fill_diagonal(rho, 0.0)
    return Correlations(rho, shared)


def _refuse_strangers(asked: str, y: Panel, shared: NDArray[np.int64]) -> None:
    i, j = np.nonzero(np.triu(shared < SHORTEST, k=1))
    if i.size:
        who = [f"{y.entities[a]}-{y.entities[b]} ({shared[a, b]})" for a, b in zip(i, j, strict=True)]
        raise InfeasibleError(f"{asked}: every pair of entities needs at least {SHORTEST} shared periods; "
                              f"{first_of(who)} have fewer. Leave out the entities with the shortest series")
