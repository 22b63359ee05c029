"""Bias of least squares with dummies in a dynamic panel, for a batch of samples at once.

Approximations of Bun and Kiviet (2003), for unbalanced panels as Bruno (2005): orders 1/T, 1/(NT), 1/(N T^2).
"""

from __future__ import annotations

import numpy as np

from clustertrade.batch import dynamic
from clustertrade.batch.ols import Array, Mask

RANK = 1e-12


def within(y: Array, w: Array, valid: Mask) -> Array:
    """Least squares with entity effects: y (B, N, T), w (B, N, T, K), valid (N, T)  ->  (B, K)."""
    moved = demeaned(w, valid)
    product = np.einsum("bntk,bntl->bkl", moved, moved, optimize=True)
    return np.linalg.solve(product, np.einsum("bntk,bnt->bk", moved, y * valid, optimize=True)[..., None])[..., 0]


def demeaned(values: Array, valid: Mask) -> Array:
    """Deviations (B, N, T, ...) from the entity means over valid rows, zero elsewhere."""
    there = valid.reshape(*valid.shape, *(1,) * (values.ndim - 3)).astype(float)
    count = np.maximum(valid.sum(1), 1).reshape(valid.shape[0], 1, *(1,) * (values.ndim - 3))
    kept = np.where(there > 0, values, 0.0)
    return kept - kept.sum(2, keepdims=True) / count * there


def initial(kind: str, y: Array, x: Array, valid: Mask) -> Array:
    """Consistent estimates of the slopes (B, 1 + K): y (B, N, T), x (N, T, K), valid (N, T).

    ``ah``: differences, instrument y two periods before (Anderson and Hsiao 1981); ``ab`` and ``bb``: one-step
    difference and system GMM with all lags from the second, one a lag (collapsed) where there are more than entities.
    """
    b, n, t = y.shape
    lag = _lagged(y)
    w = np.concatenate([lag[..., None], np.broadcast_to(x, (b, *x.shape))], -1)
    w = np.where(valid[..., None], w, 0.0)
    root = dynamic.differences(valid)
    rows = root.any(2)
    flat, everywhere = y.reshape(b * n, t), np.tile(rows, (b, 1))
    if kind == "ah":
        z = dynamic.lag_instruments(flat, everywhere, 2, 2, collapse=True)
    else:
        full = int(sum(min(r, t) - 1 for r in np.flatnonzero(rows.any(0)) if r >= 2))
        z = dynamic.lag_instruments(flat, everywhere, 2, t, collapse=full + x.shape[2] > n)
    z = np.concatenate([z.reshape(b, n, t, -1), np.broadcast_to(root @ np.where(valid[..., None], x, 0.0),
                                                                (b, *x.shape))], -1)
    if kind == "bb":
        z, root = _with_levels(y, x, valid, z, root)
    levels = np.matmul(root.transpose(0, 2, 1), z).reshape(b, -1, z.shape[-1])
    weight = np.linalg.pinv(levels.transpose(0, 2, 1) @ levels, rcond=RANK, hermitian=True)
    new_w, new_y = np.matmul(root, w), np.matmul(root, np.where(valid, y, 0.0)[..., None])
    if kind == "bb":                                       # effects need not have mean zero
        constant = np.concatenate([np.zeros((n, t)), valid], 1)[..., None]
        new_w = np.concatenate([new_w, np.broadcast_to(constant, (b, *constant.shape))], -1)
    flat_z = z.reshape(b, -1, z.shape[-1])
    zx = flat_z.transpose(0, 2, 1) @ new_w.reshape(b, -1, new_w.shape[-1])
    zy = flat_z.transpose(0, 2, 1) @ new_y.reshape(b, -1, 1)
    cross = zx.transpose(0, 2, 1) @ weight
    return np.linalg.solve(cross @ zx, cross @ zy)[:, : w.shape[-1], 0]


def _with_levels(y: Array, x: Array, valid: Mask, z: Array, root: Array) -> tuple[Array, Array]:
    """Instruments and transformation with the equation in levels beside the differenced one."""
    b, n, t = y.shape
    full = z.shape[-1] - x.shape[2] == t - 2
    change = (y - _lagged(y)).reshape(b * n, t)
    lower = dynamic.lag_instruments(change, np.tile(valid, (b, 1)), 1, 1, collapse=full).reshape(b, n, t, -1)
    k = x.shape[2]
    own = np.broadcast_to(np.where(valid[..., None], x, 0.0), (b, *x.shape))
    constant = np.broadcast_to(valid[..., None].astype(float), (b, n, t, 1))
    wide = z.shape[-1] - k + lower.shape[-1] + k + 1
    made = np.zeros((b, n, 2 * t, wide))
    first = z.shape[-1] - k
    made[:, :, :t, :first] = z[..., :first]
    made[:, :, t:, first: first + lower.shape[-1]] = lower
    made[:, :, :t, -k - 1: -1] = z[..., first:]
    made[:, :, t:, -k - 1: -1] = own
    made[:, :, t:, -1:] = constant
    return made, np.concatenate([root, np.where(valid[:, :, None], np.eye(t), 0.0)], 1)


def _lagged(y: Array) -> Array:
    moved = np.full_like(y, np.nan)
    moved[..., 1:] = y[..., :-1]
    return moved


def approximations(gamma: Array, resid: Array, w: Array, valid: Mask) -> tuple[Array, Array]:
    """Terms of the bias (B, 3, K) and variance of the errors (B,).

    gamma (B,) and resid (B, N, T) at consistent estimates, w (B, N, T, K) with the lag of y first, valid (N, T) whose
    first column is the first period with a row.  With M the within operator of the rows of an entity and Pi = M L G,
    G = (I - gamma L)^-1, and Q = (W'MW + s^2 tr(Pi'Pi) e1 e1')^-1, q = Q e1:

    c1 = s^2 tr(Pi) q;  c2 = -s^2 [Q W'Pi M W + tr(Q W'Pi M W) I + 2 s^2 q11 tr(Pi'Pi Pi) I] q;
    c3 = s^4 tr(Pi) {2 q11 Q W'Pi Pi'W q + [q'W'Pi Pi'W q + q11 tr(Q W'Pi Pi'W) + 2 q11^2 tr(Pi'Pi Pi'Pi)] q}.

    W stands at its expectation: from the lag of y goes L G M e.
    """
    b, _, t, k = w.shape
    power = np.subtract.outer(np.arange(t), np.arange(t)) - 1
    reach = np.where(power >= 0, gamma[:, None, None] ** np.maximum(power, 0), 0.0)     # L G, (B, T, T)
    centred = demeaned(resid, valid)
    free = int((valid.sum(1) - 1).clip(0).sum()) - k
    sigma2 = np.einsum("bnt,bnt->b", centred, centred) / free
    expected = np.where(valid[..., None], w, 0.0)
    expected[..., 0] -= np.matmul(reach[:, None], centred[..., None])[..., 0]
    traces = np.zeros((4, b))
    wmw, wpmw, wppw = np.zeros((3, b, k, k))
    patterns, which = np.unique(valid, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if not pattern.any():
            continue
        members = expected[:, np.flatnonzero(which.ravel() == number)]           # (B, n, T, K)
        count = members.shape[1]
        s = pattern.astype(float)
        m = np.diag(s) - np.outer(s, s) / s.sum()
        p = m @ reach
        pp = p.transpose(0, 2, 1) @ p
        for j, value in enumerate((p, pp, pp @ p, pp @ pp)):
            traces[j] += count * np.trace(value, axis1=1, axis2=2)
        wmw += _quadratic(members, np.broadcast_to(m, p.shape))
        wpmw += _quadratic(members, p @ m)
        wppw += _quadratic(members, p @ p.transpose(0, 2, 1))
    first = np.zeros((k, k))
    first[0, 0] = 1.0
    q = np.linalg.inv(wmw + (sigma2 * traces[1])[:, None, None] * first)
    q1, q11 = q[:, :, 0], q[:, 0, 0]
    one = sigma2 * traces[0]
    c1 = one[:, None] * q1
    qpm, qpp = q @ wpmw, q @ wppw
    inner = np.trace(qpm, axis1=1, axis2=2) + 2 * sigma2 * q11 * traces[2]
    c2 = -sigma2[:, None] * (np.einsum("bkl,bl->bk", qpm, q1) + inner[:, None] * q1)
    outer = (np.einsum("bk,bkl,bl->b", q1, wppw, q1) + q11 * np.trace(qpp, axis1=1, axis2=2)
             + 2 * traces[3] * q11**2)
    c3 = (sigma2 * one)[:, None] * (2 * q11[:, None] * np.einsum("bkl,bl->bk", qpp, q1) + outer[:, None] * q1)
    return np.stack([c1, c2, c3], 1), sigma2


def _quadratic(w: Array, a: Array) -> Array:
    """sum_i W_i' A W_i: w (B, n, T, K), a (B, T, T)  ->  (B, K, K)."""
    return np.einsum("bntk,bntl->bkl", w, np.matmul(a[:, None], w), optimize=True)


def corrected(kind: str, terms: int, y: Array, x: Array, valid: Mask) -> dict[str, Array]:
    """Estimates for a batch of samples: y (B, N, T), x (N, T, K), valid (N, T).

    ``beta`` (B, 1 + K) corrected by the first ``terms`` approximations, ``lsdv`` and ``initial`` (B, 1 + K), ``bias``
    (B, 3, 1 + K), ``sigma2`` (B,).
    """
    start = initial(kind, y, x, valid)
    w = np.concatenate([_lagged(y)[..., None], np.broadcast_to(x, (len(y), *x.shape))], -1)
    w = np.where(valid[..., None], w, 0.0)
    filled = np.where(valid, y, 0.0)
    lsdv = within(filled, w, valid)
    resid = filled - np.einsum("bntk,bk->bnt", w, start, optimize=True)
    span = slice(int(np.flatnonzero(valid.any(0))[0]), None)
    bias, sigma2 = approximations(start[:, 0], resid[:, :, span], w[:, :, span], valid[:, span])
    return {"beta": lsdv - bias[:, :terms].sum(1), "lsdv": lsdv, "initial": start, "bias": bias, "sigma2": sigma2}
