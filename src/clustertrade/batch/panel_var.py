"""Panel vector autoregressions: estimates, impulse responses and variance decompositions for a batch of resamples.

A resample gives each entity a count, so it reweighs sums over entities; nothing is drawn or copied.
K = m p coefficients an equation: lag 1 of all m variables, then lag 2, ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, Mask

RANK = 1e-12
STATIONARY = 0.98
ROUNDS = 25                                                # of the correction of bias, evaluated at its own result


@dataclass(frozen=True)
class System:
    """Rows of a panel VAR: y (N, R, m), x (N, R, K), z (N, R, L); zero where a row is missing; rows (N, R) bool.

    ``lost``: coefficients an equation loses to effects (entities of within estimation; 0 after deviations).
    """

    y: Array
    x: Array
    z: Array
    rows: Mask
    lost: int = 0

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.rows.sum())


@dataclass(frozen=True)
class Fitted:
    """beta (B, K, m), omega (B, m, m); of GMM further weight (B, mL, mL), variance (B, mK, mK) and J (B,)."""

    beta: Array
    omega: Array
    weight: Array | None = None
    variance: Array | None = None
    j: Array | None = None


def scaled_inverse(s: Array) -> Array:
    """Moore-Penrose inverses of symmetric matrices (B, L, L), found at a diagonal of ones."""
    d = np.sqrt(np.maximum(np.diagonal(s, axis1=-2, axis2=-1), 0.0))
    d = np.where(d > 0, d, 1.0)
    outer = d[..., :, None] * d[..., None, :]
    return np.linalg.pinv(s / outer, rcond=RANK, hermitian=True) / outer


def gmm(data: System, counts: Array, steps: int, clustered: bool = False) -> Fitted:
    """All equations together by GMM: counts (B, N).

    First step: two-stage least squares (deviations of errors of one variance are uncorrelated); second: the inverse of
    the sum over rows of products of moments of all equations, or over entities of products of their sums
    (``clustered``).
    """
    b, (n, r, m) = len(counts), data.y.shape
    columns, k = data.z.shape[2], data.x.shape[2]
    each = np.einsum("nrl,nrk->nlk", data.z, np.concatenate([data.x, data.y, data.z], 2), optimize=True)
    total = np.tensordot(counts, each, 1)
    zx, zy, zz = total[:, :, :k], total[:, :, k:k + m], total[:, :, k + m:]
    first = scaled_inverse(zz)
    cross = zx.transpose(0, 2, 1) @ first
    beta = np.linalg.solve(cross @ zx, cross @ zy)
    resid = data.y - data.x @ beta[:, None]                                       # (B, N, R, m)
    weighted = counts[:, :, None]
    products = (resid[..., :, None] * data.z[:, :, None, :]).reshape(b, n, r, m * columns)
    if clustered:
        products = products.sum(2, keepdims=True)
    s = np.matmul((products * weighted[..., None]).reshape(b, products.shape[1] * products.shape[2], -1).transpose(
        0, 2, 1), products.reshape(b, products.shape[1] * products.shape[2], -1))
    second = scaled_inverse(s)
    wide = np.zeros((b, m * columns, m * k))
    for j in range(m):
        wide[:, j * columns:(j + 1) * columns, j * k:(j + 1) * k] = zx
    target = zy.transpose(0, 2, 1).reshape(b, -1, 1)
    half = wide.transpose(0, 2, 1) @ second
    variance = np.linalg.inv(half @ wide)
    two = (variance @ (half @ target))[..., 0].reshape(b, m, k).transpose(0, 2, 1)
    moments = target[..., 0] - (wide @ two.transpose(0, 2, 1).reshape(b, -1, 1))[..., 0]
    statistic = np.einsum("bl,blj,bj->b", moments, second, moments, optimize=True)
    if steps == 2:
        beta = two
        resid = data.y - data.x @ beta[:, None]
        bread, weight = variance, second
    else:
        weight = np.zeros_like(second)
        for j in range(m):
            weight[:, j * columns:(j + 1) * columns, j * columns:(j + 1) * columns] = first
        outer = wide.transpose(0, 2, 1) @ weight
        inner = np.linalg.inv(outer @ wide) @ outer
        bread = inner @ s @ inner.transpose(0, 2, 1)
    omega = _omega(resid, counts, data)
    return Fitted(np.asarray(beta, dtype=float), omega, weight, np.asarray(bread, dtype=float), statistic)


def _omega(resid: Array, counts: Array, data: System) -> Array:
    total = (counts * data.rows.sum(1)).sum(1)
    lost = (counts > 0).sum(1) * (data.lost > 0)
    product = np.einsum("bnrj,bn,bnrl->bjl", resid, counts, resid, optimize=True)
    return product / np.maximum(total - lost - data.x.shape[2], 1.0)[:, None, None]


def least_squares(data: System, counts: Array, correct: bool) -> Fitted:
    """Least squares on rows less their entity means: counts (B, N).

    ``correct``: the bias -(X'X)^-1 sum_i (1/T_i) sum_{h=0}^{T_i-2} (T_i - 1 - h) F^h J'Omega of stationary effects
    (F companion matrix, J'Omega the covariance of errors with the lags' own), which Hahn and Kuersteiner (2002) have
    for large T as -(X'X / T)^-1 (I - F)^-1 J'Omega, is taken off, evaluated at the corrected estimates.
    """
    k, m = data.x.shape[2], data.y.shape[2]
    each = np.einsum("nrk,nrl->nkl", data.x, np.concatenate([data.x, data.y], 2), optimize=True)
    total = np.tensordot(counts, each, 1)
    inverse = scaled_inverse(total[:, :, :k])
    plain = inverse @ total[:, :, k:]
    omega = _omega(data.y - data.x @ plain[:, None], counts, data)
    beta = plain
    if correct:
        beta, omega = _without_bias(plain, inverse, counts, data)
    # the covariance of all coefficients, in the order of equations
    variance = np.einsum("bij,bkl->bikjl", omega, inverse).reshape(len(counts), m * k, m * k)
    if correct and len(counts) == 1:                       # a resample is for its estimate alone
        slope = _slope(plain, inverse, counts, data)
        variance = slope @ variance @ slope.T
    return Fitted(beta, omega, None, variance, None)


def _without_bias(plain: Array, inverse: Array, counts: Array, data: System) -> tuple[Array, Array]:
    """Corrected coefficients and the covariance of their errors."""
    lengths = data.rows.sum(1)
    beta, omega = plain, _omega(data.y - data.x @ plain[:, None], counts, data)
    for _ in range(ROUNDS):
        beta = plain + inverse @ _missed(beta, omega, counts, lengths)
        omega = _omega(data.y - data.x @ beta[:, None], counts, data)
    return beta, omega


def _slope(plain: Array, inverse: Array, counts: Array, data: System) -> Array:
    """Derivative (mK, mK) of corrected in uncorrected coefficients, by central differences."""
    _, k, m = plain.shape
    step = 1e-4 * np.sqrt(np.outer(np.diagonal(inverse[0]), np.ones(m)))           # small beside a standard error
    step = np.maximum(step * np.sqrt(np.diagonal(_omega(data.y - data.x @ plain[:, None], counts, data)[0])), 1e-300)
    moves = np.zeros((m * k, k, m))
    for j in range(m):
        for i in range(k):
            moves[j * k + i, i, j] = step[i, j]
    both = np.concatenate([plain + moves, plain - moves])
    found, _ = _without_bias(both, np.broadcast_to(inverse, (len(both), k, k)), np.tile(counts, (len(both), 1)), data)
    change = (found[: m * k] - found[m * k:]) / 2
    return (change.transpose(0, 2, 1).reshape(m * k, m * k) / step.T.reshape(-1, 1)).T


def _missed(beta: Array, omega: Array, counts: Array, lengths: Array) -> Array:
    """sum_i (1/T_i) sum_h (T_i - 1 - h) F^h J'Omega, (B, K, m)."""
    b, k, m = beta.shape
    # Where estimates are explosive the bias is evaluated at the largest modulus that is stationary enough.
    shrink = np.minimum(1.0, STATIONARY / np.maximum(moduli(beta)[:, 0], 1e-300))
    lag = np.repeat(np.arange(1, k // m + 1), m)
    f = companion(beta * (shrink[:, None] ** lag)[..., None])
    longest = int(lengths.max())
    weight = np.zeros((b, longest))
    for t in np.unique(lengths[lengths > 1]).tolist():
        share = counts[:, lengths == t].sum(1)
        weight[:, : t - 1] += share[:, None] * np.arange(t - 1, 0, -1) / t
    power = np.zeros((b, k, m))
    power[:, :m] = omega
    found = np.zeros((b, k, m))
    for h in range(longest - 1):
        found += weight[:, h, None, None] * power
        power = f @ power
    return found


def companion(beta: Array) -> Array:
    """Companion matrices (B, mp, mp) of coefficients (B, mp, m)."""
    b, k, m = beta.shape
    f = np.zeros((b, k, k))
    f[:, :m] = beta.transpose(0, 2, 1)
    f[:, m:, : k - m] = np.eye(k - m)
    return f


def moduli(beta: Array) -> Array:
    """Moduli of the eigenvalues of the companion matrices, descending (B, mp)."""
    return -np.sort(-np.abs(np.linalg.eigvals(companion(beta))), -1)


def responses(beta: Array, omega: Array, horizon: int) -> Mapping[str, Array]:
    """Responses to shocks of one standard deviation at 0 ... horizon: arrays (B, H + 1, m responses, m impulses).

    ``orthogonalised``: by the Cholesky factor of omega in the order of the variables; ``generalised`` (Pesaran and Shin
    1998), which no order changes; ``fevd``: shares of the orthogonalised shocks in the forecast error variance, the
    forecast of 1 ... horizon + 1 steps.
    """
    m = beta.shape[2]
    factor = np.linalg.cholesky(omega)
    general = omega / np.sqrt(np.diagonal(omega, axis1=1, axis2=2))[:, None, :]
    f, power = companion(beta), None
    orthogonal, generalised = [], []
    for _ in range(horizon + 1):
        power = np.broadcast_to(np.eye(f.shape[1]), f.shape) if power is None else f @ power
        phi = power[:, :m, :m]
        orthogonal.append(phi @ factor)
        generalised.append(phi @ general)
    found = np.stack(orthogonal, 1)
    squares = np.cumsum(found**2, 1)
    return {"orthogonalised": found, "generalised": np.stack(generalised, 1),
            "fevd": squares / squares.sum(-1, keepdims=True)}
