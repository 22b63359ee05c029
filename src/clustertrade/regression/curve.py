"""Many regressions of one sample at once: the coefficient of one x among choices of y, x and controls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

from clustertrade.batch.longrun import kernel_weights
from clustertrade.errors import InfeasibleError, first_of
from clustertrade.options import ESTIMATORS
from clustertrade.panel import Array, Panel
from clustertrade.regression.effects import Effects
from clustertrade.regression.rows import Rows, differences, rows_of

CHUNK = 256                                                # designs whose residuals are held at once


@dataclass(frozen=True)
class Design:
    """One regression: y on x and controls."""

    y: str
    x: str
    controls: tuple[str, ...]


@dataclass(frozen=True)
class Solved:
    """Designs of one size: coefficients beta (S,), weights v (S, n) with beta = v'y, residuals u (S, n).

    ``null`` (S, n) are the residuals without x; ``columns`` (S, K) number the regressors, x first; ``inverse``
    (S, K, K) is (X'X)^-1; ``scale`` (S,) is the ratio of the standard deviations of x and y.
    """

    at: list[int]
    beta: Array
    v: Array
    u: Array
    null: Array
    columns: Array
    inverse: Array
    scale: Array


class Curve:
    """The rows of a panel on which every variable is there, with one estimator's effects removed.

    The constant and the effects are projected out of all columns once; a regression is then a few rows and columns of
    one matrix of cross-products.
    """

    def __init__(self, panel: Panel, ys: Sequence[str], others: Sequence[str], estimator: str) -> None:
        self.estimator = estimator
        self.names = [*dict.fromkeys([*ys, *others])]
        y, x = panel[self.names[0]], panel[self.names[1:]]
        self.rows: Rows = differences(y, x) if estimator == "fd" else rows_of(y, x)
        if not self.rows.n:
            raise InfeasibleError(f"{estimator}: no row has all of {first_of(self.names, 12)}")
        values = np.column_stack([self.rows.y, self.rows.x])
        self.effects = Effects(ESTIMATORS[estimator], self.rows.entity, self.rows.time)
        z = self.effects.remove(values) if self.effects.kind else values - values.mean(0)
        self.size = np.sqrt((z**2).sum(0))
        flat = self.size <= 1e-9 * np.sqrt(((values - values.mean(0)) ** 2).sum(0))
        if flat.any():
            gone = [name for name, f in zip(self.names, flat, strict=True) if f]
            raise InfeasibleError(f"{estimator}: {first_of(gone)} do not vary beyond the effects; leave the estimator "
                                  "or the variable out")
        self.z = z / self.size
        self.entity = np.unique(self.rows.entity, return_inverse=True)[1]
        self.time = self.rows.time - self.rows.time.min()

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.rows.n

    @property
    def groups(self) -> int:
        """Number of entities."""
        return int(self.entity.max()) + 1

    def df(self, slopes: int) -> int:
        """Degrees of freedom that are left."""
        return self.n - slopes - 1 - max(self.effects.count - 1, 0)

    def solve(self, designs: Sequence[Design]) -> list[Solved]:
        """Every design, in groups of equal size.

        Raises
        ------
        InfeasibleError
            Collinear regressors, or no degrees of freedom.
        """
        by_size: dict[int, list[int]] = {}
        for i, d in enumerate(designs):
            by_size.setdefault(1 + len(d.controls), []).append(i)
        found = []
        for k, members in by_size.items():
            if self.df(k) <= 0:
                raise InfeasibleError(f"{self.estimator}: {self.n} rows leave no degrees of freedom for {k} regressors")
            for start in range(0, len(members), CHUNK):
                found.append(self._solve([designs[i] for i in members[start: start + CHUNK]],
                                         members[start: start + CHUNK]))
        return found

    def _solve(self, designs: Sequence[Design], at: list[int]) -> Solved:
        place = {name: i for i, name in enumerate(self.names)}
        columns = np.array([[place[d.x], *(place[c] for c in d.controls)] for d in designs])
        dependent = np.array([place[d.y] for d in designs])
        gram = self.z.T @ self.z
        inner = gram[columns[:, :, None], columns[:, None, :]]                            # (S, K, K)
        if (bad := np.flatnonzero(np.linalg.eigvalsh(inner)[:, 0] <= 1e-9)).size:
            d = designs[bad[0]]
            raise InfeasibleError(f"{self.estimator}: {first_of([d.x, *d.controls], 12)} are collinear; leave one out "
                                  f"({bad.size} specifications)")
        inverse = np.linalg.inv(inner)
        right = gram[columns, dependent[:, None]]                                         # (S, K)
        slopes = np.einsum("skl,sl->sk", inverse, right)
        x = self.z.T[columns]                                                             # (S, K, n)
        v = np.einsum("sk,skn->sn", inverse[:, 0], x)
        u = self.z.T[dependent] - np.einsum("sk,skn->sn", slopes, x)
        null = u + slopes[:, :1] * v / inverse[:, :1, 0]   # what x explains beyond the controls is in it again
        size_x, size_y = self.size[columns[:, 0]], self.size[dependent]
        return Solved(at, slopes[:, 0] * size_y / size_x, v / size_x[:, None], u * size_y[:, None],
                      null * size_y[:, None], columns, inverse, size_x / size_y)

    def inference(self, solved: Solved, cov: str, level: float) -> dict[str, Array]:
        """se, stat, pvalue, low, high (S,) of one kind of covariance, as the estimators have them."""
        k = solved.columns.shape[1]
        df, dfree = self.df(k), float(self.df(k))
        v, u = solved.v, solved.u
        if cov == "unadjusted":
            variance = (u**2).sum(1) / df * (v**2).sum(1)
        elif cov == "robust":
            variance = self.n / df * ((v * u) ** 2).sum(1)
        elif cov == "clustered":
            variance = self.factor(k) * (self.sums(v * u) ** 2).sum(1)
            dfree = self.groups - 1
        else:
            variance, dfree = self._driscoll_kraay(v * u, k)
        se = np.sqrt(variance)
        stat = solved.beta / se
        half = -stdtrit(dfree, level / 2) * se
        return {"se": se, "stat": stat, "pvalue": 2 * stdtr(dfree, -np.abs(stat)), "low": solved.beta - half,
                "high": solved.beta + half}

    def factor(self, slopes: int) -> float:
        """G/(G-1) (n-1)/(n-k), k slopes and constant."""
        g = self.groups
        return g / (g - 1) * (self.n - 1) / (self.n - slopes - 1)

    def sums(self, scores: Array) -> Array:
        """Sums (S, G) of the scores (S, n) of each entity; rows stand by entity."""
        return np.add.reduceat(scores, self._starts, axis=1)

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        return np.searchsorted(self.entity, np.arange(self.groups)).astype(np.int64)

    def _driscoll_kraay(self, scores: Array, slopes: int) -> tuple[Array, float]:
        periods = int(np.unique(self.time).size)
        span = int(self.time.max()) + 1
        bandwidth = min(math.floor(4 * (periods / 100) ** (2 / 9)), periods - 1)
        grid = np.zeros((len(scores), span))
        for t in range(span):
            grid[:, t] = scores[:, self.time == t].sum(1)
        weight = kernel_weights("bartlett", np.array([float(bandwidth)]), span - 1)[0]
        meat = np.zeros(len(scores))
        for lag in np.flatnonzero(weight):
            product = (grid[:, lag:] * grid[:, : span - lag]).sum(1)
            meat += weight[lag] * (product if lag == 0 else 2 * product)
        return periods / (periods - 1) * (self.n - 1) / (self.n - slopes - 1) * meat, periods - 1

    def signs(self, solved: Solved, draws: Array) -> tuple[Array, Array]:
        r"""Coefficients and their clustered t (B, S) where x has no effect and each entity's errors keep or turn sign.

        y* is what the controls fit plus ``draws`` (B, G) times the residuals without x, so that
        :math:`\beta^* = \sum_g w_g (v'\tilde u)_g`; the residuals of the new regression are linear in the draws too.
        """
        k = solved.columns.shape[1]
        own = self.sums(solved.v * solved.null)                                           # (S, G)
        x = self.z.T[solved.columns]
        there = np.stack([self.sums(solved.v * x[:, j]) for j in range(k)], -1)           # (S, G, K)
        moved = np.stack([self.sums(solved.null * x[:, j]) for j in range(k)], -1)
        change = np.einsum("sgk,skl,shl->sgh", there, solved.inverse, moved, optimize=True)
        if self.effects.kind is None:                      # the constant
            change += self.sums(solved.v)[:, :, None] * self.sums(solved.null)[:, None, :] / self.n
        elif self.effects.kind == "twoway":
            grid = np.zeros((2, len(own), self.groups, int(self.time.max()) + 1))
            grid[:, :, self.entity, self.time] = np.stack([solved.v, solved.null])
            change += grid[0] @ self._periods @ grid[1].swapaxes(-1, -2)
        beta = draws @ own.T
        scores = draws[None] * own[:, None, :] - draws @ change.swapaxes(-1, -2)          # (S, B, G)
        se = np.sqrt(self.factor(k) * (scores**2).sum(-1)).T
        return beta, beta / se

    @cached_property
    def _periods(self) -> Array:
        """The inverse of the cross-products of period dummies without entity effects."""
        dummies = np.eye(int(self.time.max()) + 1)[self.time]
        dummies = Effects("entity", self.rows.entity, self.rows.time).remove(dummies)
        return np.asarray(np.linalg.pinv(dummies.T @ dummies, rcond=1e-10, hermitian=True), dtype=float)


def stouffer(t: Array, df: Array) -> Array:
    """Z of each t by its p, averaged as Stouffer: sum Z / sqrt(K) over the last axis."""
    # The tail on the side of the sign, so that a large t does not round to one.
    tail = np.maximum(stdtr(df, -np.abs(t)), 1e-300)
    return np.asarray((-ndtri(tail) * np.sign(t)).sum(-1) / math.sqrt(t.shape[-1]))
