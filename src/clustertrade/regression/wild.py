"""The restricted wild cluster bootstrap of a t statistic, and the interval by inverting it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.panel import Array
from clustertrade.regression import wild_oneway
from clustertrade.regression.fit import Fit
from clustertrade.regression.rows import Codes
from clustertrade.regression.sandwich import cluster_codes, cluster_factor, score_sums

CELLS = 4_000_000                                          # of the largest array that is held at once
FEW = 12                                                   # below so many clusters, six-point weights
WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))


@dataclass(frozen=True)
class Draws:
    """Bootstrap t statistics of one coefficient as functions of the null value b.

    t*(b) = (n0 - b n1) / sqrt(q0 - 2 b q1 + b^2 q2), each (B,); the sample's t(b) = (beta - b) / se.
    """

    beta: float
    se: float
    numerator: tuple[Array, Array]
    square: tuple[Array, Array, Array]

    def pvalue(self, null: float = 0.0) -> float:
        """Two-sided symmetric p: (1 + number of |t*| >= |t|) / (B + 1)."""
        q0, q1, q2 = self.square
        n0, n1 = self.numerator
        variance = q0 - 2 * null * q1 + null**2 * q2
        size = self.se**2 * 1e-12
        t2 = np.where(variance > size, (n0 - null * n1) ** 2 / np.maximum(variance, size), np.inf)
        sample = ((self.beta - null) / self.se) ** 2
        return float((1 + (t2 >= sample * (1 - 1e-9)).sum()) / (t2.size + 1))

    def interval(self, level: float) -> tuple[float, float] | None:
        """The null values around beta whose p is above the level; None where they do not end."""
        ends = []
        for side in (-1.0, 1.0):
            inner, step = 0.0, 2.0
            while self.pvalue(self.beta + side * step * self.se) > level:
                inner, step = step, 2 * step
                if step > 1e4:
                    return None
            for _ in range(40):
                middle = (inner + step) / 2
                inner, step = (middle, step) if self.pvalue(self.beta + side * middle * self.se) > level else (
                    inner, middle)
            ends.append(self.beta + side * (inner + step) / 2 * self.se)
        return ends[0], ends[1]


def weights(groups: int, replications: int, seed: int) -> tuple[Array, str]:
    """Draws (B, G) of the multipliers: Rademacher, or Webb's six points with few clusters, and their name."""
    rng = np.random.default_rng(seed)
    if groups < FEW:
        return rng.choice(np.concatenate([-WEBB, WEBB]), size=(replications, groups)), "webb"
    return rng.choice(np.array([-1.0, 1.0]), size=(replications, groups)), "rademacher"


def bootstrap(fit: Fit, matrix: Array, cluster: str, convention: str, replications: int,
              seed: int) -> tuple[list[Draws], dict[str, object]]:
    r"""Draws for every coefficient, its null imposed (Cameron, Gelbach and Miller 2008).

    Residuals of the regression without the coefficient are multiplied by one draw a cluster; in models with effects
    these are removed from every bootstrap sample again.  Nothing is regressed twice: with Q the removal of effects,
    :math:`u^* = Q(w\circ\hat u) - x(x'x)^{-1}x'(w\circ\hat u)`, and both parts are linear in w and in the null.
    Two-way clusters draw over the dimension with fewer clusters and divide by the two-way standard error (MacKinnon,
    Nielsen and Webb 2021).

    Clusters take their draws in the order of their scores, so that names and order of entities do not matter.

    Returns
    -------
    list of Draws, and facts: clusters, replications, weights, seed
    """
    listed = cluster_codes(fit, cluster)
    own = min(listed[:2], key=lambda c: int(c.max()))
    groups = int(own.max()) + 1
    scores = (fit.x * np.sqrt(np.diagonal(fit.bread)))[:, fit.slopes].sum(1) * fit.resid
    order = np.argsort(np.bincount(own, scores), kind="stable")
    draws, name = weights(groups, replications, seed)
    draws = draws[:, np.argsort(order)]
    signs = [sign * cluster_factor(fit, codes, cluster, convention)
             for sign, codes in zip((1, 1, -1), listed, strict=False)]
    se = np.sqrt(np.maximum(np.diagonal(matrix), 0.0))
    found = [_draws(fit, j, float(se[j]), own, draws, listed, signs, cluster) for j in range(fit.k)]
    return found, {"clusters": groups, "replications": replications, "weights": name, "seed": seed}


def _draws(fit: Fit, j: int, se: float, own: Codes, draws: Array, listed: list[Codes], signs: list[float],
           cluster: str) -> Draws:
    others = np.delete(fit.x, j, 1)
    size = np.sqrt((others**2).sum(0))
    q = np.linalg.qr(others / np.where(size > 0, size, 1.0))[0] if others.shape[1] else np.zeros((fit.n, 0))
    # Restricted residuals at null b are u0 - b u1.
    u0, u1 = (v - q @ (q.T @ v) for v in (fit.y, fit.x[:, j]))
    a = fit.bread[:, j]
    v = fit.x @ a                                          # beta_j = v'y
    n0, n1 = (draws @ np.bincount(own, v * u) for u in (u0, u1))
    if wild_oneway.applies(fit.effects, cluster):
        square = wild_oneway.squares(fit, v, (u0, u1), own, draws, cluster, signs[0])
    else:
        square = squares_by_columns(fit, v, (u0, u1), own, draws, listed, signs)
    return Draws(float(fit.beta[j]), se, (n0, n1), square)


def squares_by_columns(fit: Fit, v: Array, residuals: tuple[Array, Array], own: Codes, draws: Array,
                       listed: list[Codes], signs: list[float]) -> tuple[Array, Array, Array]:
    """Variances of the draws by one bootstrap residual a column: for every clustering and all effects."""
    basis = int(own.max()) + 1 <= draws.shape[0]
    r0, r1 = (_score_draws(fit, v, u, own, draws, listed) for u in residuals)    # a list of (B or groups, G_c)

    def total(a: list[Array], b: list[Array]) -> Array:
        if basis:                                          # r = draws r_basis: sums of squares by the groups' products
            square = sum(sign * (p @ r.T) for sign, p, r in zip(signs, a, b, strict=True))
            return np.asarray(((draws @ square) * draws).sum(1))
        return np.asarray(sum(sign * (p * r).sum(1) for sign, p, r in zip(signs, a, b, strict=True)))

    return total(r0, r0), total(r0, r1), total(r1, r1)


def _score_draws(fit: Fit, v: Array, u: Array, own: Codes, draws: Array, listed: list[Codes]) -> list[Array]:
    """Sums over each cluster of v u*: a list of (M, G_c), M draws or one cluster at a time switched on.

    Linear in the draws, so whichever of the two are fewer say all.
    """
    groups = int(own.max()) + 1
    basis = np.eye(groups) if groups <= draws.shape[0] else draws.T              # (G, M)
    found = [np.zeros((basis.shape[1], int(codes.max()) + 1)) for codes in listed]
    chunk = max(CELLS // fit.n, 1)
    for start in range(0, basis.shape[1], chunk):
        part = slice(start, start + chunk)
        moved = u[:, None] * basis[own, part]                                    # w o u
        star = fit.effects.keep_mean(moved) - fit.x @ (fit.bread @ (fit.x.T @ moved))
        for sums, codes in zip(found, listed, strict=True):
            sums[part] = score_sums(v[:, None] * star, codes).T
    return found
