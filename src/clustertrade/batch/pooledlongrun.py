"""The likelihood of one long-run relation for all entities, with the short run of each concentrated out.

Pesaran, Shin and Smith (1999): d.y_i = phi_i (y_i(-1) - X_i theta) + W_i kappa_i + error_i, variance sigma_i^2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, Collinear, Mask, TooShort

CLOSE = 1e-11                                              # Newton decrement at which a maximum is reached
MOST = 300
MOST_STARTS = 40                                           # entities whose own long run a climb starts from


@dataclass(frozen=True)
class Moments:
    """Cross-products of each entity after W is projected out.

    a (N,) of d.y; level (N,) of y(-1); h_level (N,), h (N, K) of y(-1) and X with d.y; g (N, K) of X with y(-1);
    square (N, K, K) of X; periods (N,).  ``unit`` (K,) is the scale of X, by which theta is multiplied here.
    """

    a: Array
    level: Array
    h_level: Array
    h: Array
    g: Array
    square: Array
    periods: Array
    unit: Array


def moments(change: Array, level: Array, x: Array, short: Array, valid: Mask) -> Moments:
    """change, level (N, T), x (N, T, K), short (N, T, S) with deterministic terms, valid (N, T)  ->  Moments

    Raises
    ------
    TooShort, Collinear
        With the numbers of the entities.
    """
    n = valid.sum(1)
    if (few := np.flatnonzero(n <= 1 + x.shape[-1] + short.shape[-1])).size:
        raise TooShort(few)
    there = valid[..., None]
    z = np.where(there, np.concatenate([change[..., None], level[..., None], x], -1), 0.0)
    unit = np.sqrt((z[..., 2:] ** 2).sum((0, 1)) / n.sum())
    size = np.sqrt((z**2).sum(1))
    if short.shape[-1]:
        w = np.where(there, short, 0.0)
        scale = np.sqrt((w**2).sum(1))
        if (bad := np.flatnonzero((scale == 0).any(-1))).size:
            raise Collinear(bad)
        q, r = np.linalg.qr(w / scale[:, None, :])
        if (bad := np.flatnonzero((np.abs(np.diagonal(r, axis1=1, axis2=2)) <= 1e-10).any(-1))).size:
            raise Collinear(bad)
        for _ in range(2):                                 # twice: levels dwarf what is left of them
            z = z - q @ (np.swapaxes(q, 1, 2) @ z)
    left = np.sqrt((z**2).sum(1))
    if (bad := np.flatnonzero((left <= 1e-10 * size).any(-1))).size:
        raise Collinear(bad)
    z = z / np.concatenate([[1.0, 1.0], unit])
    s = np.swapaxes(z, 1, 2) @ z
    return Moments(s[:, 0, 0], s[:, 1, 1], s[:, 0, 1], s[:, 0, 2:], s[:, 1, 2:], s[:, 2:, 2:], n.astype(float), unit)


def _parts(theta: Array, m: Moments) -> tuple[Array, Array, Array, Array, Array]:
    """theta (S, K)  ->  phi, rss, q (S, N) and e, slope of phi (S, N, K)."""
    n, k = m.g.shape
    gx = m.g - (theta @ m.square.reshape(n * k, k).T).reshape(-1, n, k)     # X'(y(-1) - X theta)
    p = m.h_level - theta @ m.h.T
    q = m.level - theta @ m.g.T - np.einsum("snk,sk->sn", gx, theta)
    q = np.maximum(q, 1e-16 * m.level + np.finfo(float).tiny)               # rounding, where nothing is left of it
    phi = p / q
    e = m.h - phi[..., None] * gx
    return phi, np.maximum(m.a - p * phi, np.finfo(float).tiny), q, e, (phi[..., None] * gx - e) / q[..., None]


def loglik(theta: Array, m: Moments) -> Array:
    """Concentrated log-likelihood: theta (S, K) in units of ``m.unit``  ->  (S,); PSS equation 11."""
    rss = _parts(theta, m)[1]
    return np.asarray(-0.5 * (m.periods * (np.log(2 * np.pi * rss / m.periods) + 1)).sum(-1))


def derivatives(theta: Array, m: Moments) -> tuple[Array, Array]:
    """Gradient (S, K) and Hessian (S, K, K) of the concentrated log-likelihood."""
    phi, rss, q, e, slope = _parts(theta, m)
    weight = m.periods / rss                                                # 1 / sigma_i^2
    score = 2 * phi[..., None] * e                                          # derivative of rss
    gradient = -0.5 * np.einsum("sn,snk->sk", weight, score)
    k = theta.shape[1]
    ascent = (weight * phi**2) @ m.square.reshape(-1, k * k)                # the matrix that back-substitution inverts
    hessian = (np.swapaxes(slope * (weight * q)[..., None], 1, 2) @ slope - ascent.reshape(-1, k, k)
               + 0.5 * np.swapaxes(score * (weight / rss)[..., None], 1, 2) @ score)
    return gradient, hessian


def curvatures(theta: Array, m: Moments) -> Array:
    """Information of theta (K,) in each entity without that of its own parameters, (N, K, K), in units of ``m.unit``.

    phi_i^2 / sigma_i^2 X_i'(H_i - H_i xi_i (xi_i'H_i xi_i)^-1 xi_i'H_i) X_i; the inverse of the sum is the block of
    theta in the inverse of the information matrix of PSS (1999), theorem 1, for finite samples.
    """
    phi, rss, q, _, _ = _parts(theta[None], m)
    gx = m.g - np.einsum("nkl,l->nk", m.square, theta)
    inner = m.square - gx[:, :, None] * gx[:, None, :] / q[0][:, None, None]
    return np.asarray((m.periods / rss[0] * phi[0] ** 2)[:, None, None] * inner)


def sandwich(theta: Array, m: Moments) -> Array:
    """H^-1 (sum_i s_i s_i') H^-1 N / (N - 1), scores s_i of entities and the Hessian at theta (K,), in units."""
    phi, rss, _, e, _ = _parts(theta[None], m)
    score = (m.periods / rss[0] * phi[0])[:, None] * e[0]
    bread = np.linalg.inv(derivatives(theta[None], m)[1][0])
    n = len(m.a)
    return np.asarray(bread @ (score.T @ score) @ bread * n / (n - 1))


def maximise(starts: Array, m: Moments) -> tuple[Array, Array, Mask]:
    """Climb from every start: starts (S, K)  ->  theta (S, K), log-likelihood (S,), converged (S,).

    Newton steps; where the Hessian is not negative definite, its eigenvalues count by their absolute value, so that
    every step climbs.  Each is halved until the likelihood does not fall.  A climb that runs off to infinity does not
    converge.
    """
    theta = starts.copy()
    value = loglik(theta, m)
    done = np.zeros(len(theta), dtype=bool)
    lost = ~np.isfinite(value)
    for _ in range(MOST):
        live = np.flatnonzero(~(done | lost))
        if not live.size:
            break
        gradient, hessian = derivatives(theta[live], m)
        step, decrement, peak = _direction(gradient, hessian)
        arrived = peak & (decrement <= CLOSE)
        done[live[arrived]] = True                         # with one last full step, below
        rate = np.ones(len(live))
        for _ in range(40):
            trial = theta[live] + rate[:, None] * step
            new = loglik(trial, m)
            worse = ~(new >= value[live] - 1e-9 * np.abs(value[live]) * arrived) & ~arrived
            if not worse.any():
                break
            rate = np.where(worse, rate / 2, rate)
        keep = ~worse
        theta[live[keep]], value[live[keep]] = trial[keep], new[keep]
        lost[live[worse]] = True
        lost |= np.abs(theta).max(1) > 1e8
    return theta, value, done & ~lost


def starts(own: Array, fixed: Array) -> Array:
    """Starting points (S, K) of climbs, from the entities' own long runs (N, K) and that of fixed effects (K,).

    Entities evenly by rank of their first slope, their mean, their median, fixed effects, zero.
    """
    usable = own[np.isfinite(own).all(1)]
    order = usable[np.lexsort(usable.T[::-1])]
    some = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), MOST_STARTS)).round().astype(int))]
    return np.concatenate([some, usable.mean(0)[None], np.median(usable, 0)[None], fixed[None],
                           np.zeros((1, own.shape[1]))])


def _direction(gradient: Array, hessian: Array) -> tuple[Array, Array, Mask]:
    values, vectors = np.linalg.eigh(hessian)
    most = np.abs(values).max(1, keepdims=True)
    curve = np.maximum(np.abs(values), 1e-8 * np.maximum(most, np.finfo(float).tiny))
    step = np.einsum("skl,sl->sk", vectors, np.einsum("skl,sk->sl", vectors, gradient) / curve)
    return step, np.einsum("sk,sk->s", gradient, step), values[:, -1] < -1e-12 * most[:, 0]


def distinct(theta: Array, value: Array) -> list[int]:
    """Rows of theta (S, K) that are different maxima, the highest first."""
    found: list[int] = []
    for row in np.argsort(-value, kind="stable").tolist():
        near = [np.allclose(theta[row], theta[k], rtol=1e-5, atol=1e-6) for k in found]
        if not any(near):
            found.append(row)
    return found
