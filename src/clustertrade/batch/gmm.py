"""Linear GMM on a panel whose entities are independent: one and two steps, corrected variance, tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, Mask

FULL_RANK = 3e-7                                           # of singular values of moments, relative to the largest


@dataclass(frozen=True)
class Rank:
    """When a matrix is singular: by its eigenvalues relative to the largest.

    With ``floor``, only where the smallest eigenvalue is below it, as R's plm decides.
    """

    tolerance: float = FULL_RANK**2
    floor: float | None = None

    def kept(self, eigenvalues: Array) -> Mask:
        """Which eigenvalues count, (L,) in any order."""
        if self.floor is not None and eigenvalues.min() >= self.floor:
            return np.ones(eigenvalues.size, dtype=bool)
        least = max(self.tolerance, eigenvalues.size * np.finfo(float).eps)
        return np.asarray(eigenvalues > least * eigenvalues.max())


EXACT = Rank()


@dataclass(frozen=True)
class Solution:
    """What linear GMM leaves behind.

    beta (K,) and resid (N, R) of the last step; ``beta1``, ``resid1`` those of the first.  moments (N, L) are Z_i'e_i
    of the last residuals; weight (L, L) and bread (K, K) = (X'Z W Z'X)^-1 those of the last step, ``weight1`` and
    ``bread1`` those of the first; zx (L, K).  rank1 and rank2 are the ranks of the two matrices that are inverted.
    """

    beta: Array
    resid: Array
    beta1: Array
    resid1: Array
    moments1: Array
    moments: Array
    weight1: Array
    weight2: Array
    bread1: Array
    bread: Array
    zx: Array
    rank1: int
    rank2: int
    steps: int

    @property
    def weight(self) -> Array:
        """The weighting matrix of the last step."""
        return self.weight1 if self.steps == 1 else self.weight2


def generalised(s: Array, rank: Rank = EXACT) -> tuple[Array, int]:
    """Moore-Penrose inverse of a symmetric non-negative matrix (L, L), and its rank."""
    value, vector = np.linalg.eigh((s + s.T) / 2)
    kept = rank.kept(value)
    v = vector[:, kept]
    return (v / value[kept]) @ v.T, int(kept.sum())


def inverse_of_products(moments: Array, rank: Rank = EXACT) -> tuple[Array, int]:
    """Moore-Penrose inverse of moments'moments (L, L), moments (N, L), and its rank, from the singular values."""
    _, s, vt = np.linalg.svd(moments, full_matrices=False)
    kept = rank.kept(np.append(s**2, np.zeros(moments.shape[1] - s.size)))[: s.size]
    v = vt[kept].T / s[kept]
    return v @ v.T, int(kept.sum())


def solve(y: Array, x: Array, z: Array, root: Array, steps: int, rank: Rank = EXACT) -> Solution:
    """One- or two-step GMM.

    y (N, R), x (N, R, K), z (N, R, L); root (N, R, T) with H_i = root root', the covariance of the errors of the first
    step up to scale.  The second step weighs by the inverse of sum_i Z_i'e_i e_i'Z_i.
    """
    n, r, columns = z.shape
    flat = z.reshape(n * r, columns)
    zx = flat.T @ x.reshape(n * r, -1)
    zy = flat.T @ y.reshape(-1)
    levels = np.matmul(root.transpose(0, 2, 1), z).reshape(-1, columns)          # root'Z: (N T, L)
    weight1, rank1 = generalised(levels.T @ levels, rank)
    beta1, bread1 = step(zx, zy, weight1)
    resid1 = y - x @ beta1
    moments1 = np.einsum("nrl,nr->nl", z, resid1, optimize=True)
    weight2, rank2 = inverse_of_products(moments1, rank)
    beta, bread, resid, moments = beta1, bread1, resid1, moments1
    if steps == 2:
        beta, bread = step(zx, zy, weight2)
        resid = y - x @ beta
        moments = np.einsum("nrl,nr->nl", z, resid, optimize=True)
    return Solution(beta, resid, beta1, resid1, moments1, moments, weight1, weight2, bread1, bread, zx, rank1, rank2,
                    steps)


def step(zx: Array, zy: Array, weight: Array) -> tuple[Array, Array]:
    """Coefficients (K,) and (X'Z W Z'X)^-1 (K, K) from Z'X (L, K), Z'y (L,) and W (L, L)."""
    cross = zx.T @ weight
    product = cross @ zx
    scale = np.sqrt(np.abs(np.diagonal(product)))
    unit = np.outer(scale, scale)
    if not scale.all() or np.linalg.eigvalsh(product / unit)[0] < 1e-13:
        raise np.linalg.LinAlgError("the instruments do not tell the regressors apart")
    bread = np.linalg.inv(product / unit) / unit
    return bread @ (cross @ zy), bread


def robust_one_step(found: Solution) -> Array:
    """Covariance (K, K) of the first step that allows for any covariance of the errors of an entity."""
    half = found.bread1 @ found.zx.T @ found.weight1 @ found.moments1.T
    return half @ half.T


def corrected(found: Solution, x: Array, z: Array) -> Array:
    """Covariance (K, K) of the second step with the correction of Windmeijer (2005).

    V + D V + V D' + D V1 D' with V = (X'Z W2 Z'X)^-1, V1 the robust covariance of the first step and column k of D
    -V X'Z W2 (dS/db_k) W2 Z'e2, dS/db_k = -sum_i Z_i'(x_ik e_i' + e_i x_ik')Z_i at the residuals of the first step.
    """
    g = found.weight2 @ found.moments.sum(0)
    zx = np.matmul(z.transpose(0, 2, 1), x)                                       # (N, L, K)
    derivative = (np.einsum("nlk,n->lk", zx, found.moments1 @ g)
                  + found.moments1.T @ np.einsum("nlk,l->nk", zx, g))
    d = found.bread @ found.zx.T @ found.weight2 @ derivative
    dv = d @ found.bread
    return found.bread + dv + dv.T + d @ robust_one_step(found) @ d.T


def overidentification(moments: Array, weight: Array) -> float:
    """e'Z W Z'e."""
    total = moments.sum(0)
    return float(total @ weight @ total)


def serial_correlation(resid: Array, x: Array, order: int, found: Solution, covariance: Array,
                       equal: tuple[float, Array, Array] | None = None) -> float | None:
    """m of Arellano and Bond (1991, equation 8): N(0, 1) without correlation of that order in differenced errors.

    resid (N, T) and x (N, T, K) of the differenced equation, zero where a row is missing; None where no two rows are
    that far apart or the estimated variance is not positive.  ``equal``, for independent errors of one variance in
    place of products of residuals: that variance, the differencing matrices (N, T, T), and root'Z (N, T, L).
    """
    w = np.zeros_like(resid)
    w[:, order:] = np.where(resid[:, order:] != 0, resid[:, :-order], 0.0)
    each = (w * resid).sum(1)
    if not np.count_nonzero(each):
        return None
    wx = np.einsum("nt,ntk->k", w, x, optimize=True)
    if equal is None:
        own, with_moments = float(each @ each), found.moments.T @ each
    else:
        levels = np.einsum("nst,ns->nt", equal[1], w, optimize=True)
        own = equal[0] * float((levels**2).sum())
        with_moments = equal[0] * np.einsum("ntl,nt->l", equal[2], levels, optimize=True)
    cross = found.bread @ (found.zx.T @ (found.weight @ with_moments))
    variance = own - 2 * wx @ cross + wx @ covariance @ wx
    return float(each.sum() / np.sqrt(variance)) if variance > 0 else None
