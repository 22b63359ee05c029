"""Long-run covariances by kernels, with fixed or automatic bandwidths.

A bandwidth K means the weights 1 - j/(K+1) for the Bartlett kernel and z = j/(K+1) for Parzen's; the quadratic
spectral kernel takes z = j/K.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clustertrade.batch.ols import Array, Mask

# Kernel -> exponent q, constant of the optimal bandwidth, exponent of the pilot lag: Newey and West (1994), whose
# constants are those of Andrews (1991), equation 6.2.
RATES = {"bartlett": (1, 1.1447, 2 / 9), "parzen": (2, 2.6614, 4 / 25), "qs": (2, 1.3221, 2 / 25)}


@dataclass(frozen=True)
class LongRun:
    """Covariances of a batch: ``omega = sigma + lam + lam'``.

    sigma (B, K, K) contemporaneous; lam (B, K, K) = sum over j >= 1 of w_j Gamma_j with
    Gamma_j = (1/n) sum_t u_t u_{t-j}'; omega (B, K, K); bandwidth (B,).
    """

    omega: Array
    lam: Array
    sigma: Array
    bandwidth: Array

    @property
    def delta(self) -> Array:
        """One-sided covariance with lag zero: sigma + lam, (B, K, K)."""
        return self.sigma + self.lam


def kernel_weights(kernel: str, bandwidth: Array, lags: int) -> Array:
    """Weights of lags 0 ... lags: bandwidth (B,)  ->  (B, lags + 1)."""
    width = np.asarray(bandwidth, dtype=float)[:, None]
    j = np.arange(lags + 1, dtype=float)
    if kernel == "bartlett":
        return np.clip(1 - j / (width + 1), 0.0, None)
    if kernel == "parzen":
        z = j / (width + 1)
        return np.where(z <= 0.5, 1 - 6 * z**2 * (1 - z), 2 * np.clip(1 - z, 0.0, None) ** 3)
    z = 6 * np.pi / 5 * np.where(j == 0, 1.0, j) / np.where(width > 0, width, 1.0)
    weight = 3 / z**2 * (np.sin(z) / z - np.cos(z))
    return np.where(j == 0, 1.0, np.where(width > 0, weight, 0.0))


def newey_west_1994(u: Array, valid: Mask, kernel: str = "bartlett", *, pilot: str = "floor",
                    whole: bool = True) -> Array:
    """Automatic bandwidth of Newey and West (1994), without prewhitening.

    u (B, T) or (B, T, K), valid (B, T) bool  ->  bandwidth (B,), at most n - 1

    The columns of u enter with equal weights.  The pilot lag is the integer part of 4 (n/100)^r (``pilot="ceil"``:
    rounded up).  The bandwidth of the Bartlett and Parzen kernels is its integer part (``whole=False``: as it is);
    that of the quadratic spectral kernel is not rounded.
    """
    q, constant, rate = RATES[kernel]
    v = _columns(u, valid).sum(-1)
    n = valid.sum(1).astype(float)
    most = 4 * (n / 100) ** rate
    most = np.ceil(most) if pilot == "ceil" else np.floor(most)
    scale = np.abs(v).max(1)
    v = v / np.where(scale > 0, scale, 1.0)[:, None]
    s0 = (v**2).sum(1)
    sq = np.zeros_like(s0)
    for j in range(1, min(int(most.max(initial=0)), v.shape[1] - 1) + 1):
        twice = 2 * np.where(j <= most, (v[:, j:] * v[:, :-j]).sum(1), 0.0)
        s0, sq = s0 + twice, sq + j**q * twice
    ratio = np.divide(sq, s0, out=np.zeros_like(sq), where=s0 != 0)
    width = constant * (ratio**2 * n) ** (1 / (2 * q + 1))
    width = np.floor(width) if whole and kernel != "qs" else width
    return np.minimum(width, np.maximum(n - 1, 0))


def andrews_1991(u: Array, valid: Mask, kernel: str = "bartlett") -> Array:
    """Automatic bandwidth of Andrews (1991), by an AR(1) for each column, not rounded.

    u (B, T) or (B, T, K), valid (B, T) bool  ->  bandwidth (B,), at most n - 1

    Columns weigh equally (equations 6.2, 6.4).  Andrews' S is K + 1 for the Bartlett and Parzen kernels, K for the
    quadratic spectral; what is returned is K.
    """
    q, constant, _ = RATES[kernel]
    v = _columns(u, valid)
    n = valid.sum(1).astype(float)
    now, before, pair = v[:, 1:], v[:, :-1], (valid[:, 1:] & valid[:, :-1])[..., None]
    square = np.where(pair, before**2, 0.0).sum(1)
    rho = np.divide((now * before).sum(1), square, out=np.zeros_like(square), where=square > 0)
    rho = np.clip(rho, -0.97, 0.97)                        # as Andrews and Monahan (1992): the plug-in explodes at one
    error = np.where(pair, now - rho[:, None] * before, 0.0)
    s4 = ((error**2).sum(1) / np.maximum(pair.sum(1), 1)) ** 2
    s4 = s4 / np.where(s4.max(1, keepdims=True) > 0, s4.max(1, keepdims=True), 1.0)
    below = (s4 / (1 - rho) ** 4).sum(1)
    above = (4 * rho**2 * s4 / ((1 - rho) ** 8 if q == 2 else (1 - rho) ** 6 * (1 + rho) ** 2)).sum(1)
    alpha = np.divide(above, below, out=np.zeros_like(below), where=below > 0)
    width = constant * (alpha * n) ** (1 / (2 * q + 1)) - (kernel != "qs")
    return np.clip(width, 0.0, np.maximum(n - 1, 0))


def long_run(u: Array, valid: Mask, bandwidth: Array | float | str = "auto", kernel: str = "bartlett") -> LongRun:
    """Long-run covariance of every row of a batch.

    u (B, T) or (B, T, K), valid (B, T) bool, bandwidth a number, (B,), or ``auto`` (Newey-West 1994)  ->  LongRun

    u is taken as it is: residuals have mean zero already, differences are centred by the caller where the method
    says so.  Products are divided by n, the valid cells of the row; a lagged product counts where both cells are
    valid.
    """
    v = _columns(u, valid)
    n = np.maximum(valid.sum(1), 1).astype(float)
    width = newey_west_1994(u, valid, kernel) if isinstance(bandwidth, str) else np.broadcast_to(
        np.asarray(bandwidth, dtype=float), n.shape)
    most = v.shape[1] - 1 if kernel == "qs" else min(int(np.ceil(width.max(initial=0.0))), v.shape[1] - 1)
    weight = kernel_weights(kernel, width, most) / n[:, None]
    sigma = np.swapaxes(v, 1, 2) @ v / n[:, None, None]
    lam = np.zeros_like(sigma)
    for j in range(1, most + 1):
        lam += weight[:, j, None, None] * (np.swapaxes(v[:, j:], 1, 2) @ v[:, :-j])
    return LongRun(sigma + lam + np.swapaxes(lam, 1, 2), lam, sigma, width)


def long_run_variance(u: Array, valid: Mask, bandwidth: Array | float | str = "auto",
                      kernel: str = "bartlett") -> Array:
    """Long-run variance of every row: u (B, T), valid (B, T) bool  ->  (B,); as ``long_run``."""
    return long_run(u, valid, bandwidth, kernel).omega[:, 0, 0]


def _columns(u: Array, valid: Mask) -> Array:
    return np.where(valid[..., None], u if u.ndim == 3 else u[..., None], 0.0)
