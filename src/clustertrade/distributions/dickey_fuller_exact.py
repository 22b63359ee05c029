r"""The asymptotic law of the Dickey-Fuller t statistic, computed and not simulated.

``python -m clustertrade.distributions.dickey_fuller_exact`` writes ``data/dickey_fuller_asymptotic.csv``.

With W a Wiener process, demeaned (c), detrended (ct) or as it is (n), the statistic tends to A / sqrt(B) with
A = int W dW and B = int W^2.  In every case A = (PQ - 1) / 2 for two normal variables: P = Q = W(1) for n,
P = W(1) - 2 int W and Q = W(1) for c, Q = W(1) - 12 int (r - 1/2) W for ct.  By Girsanov's theorem

.. math:: E[e^{-vB}; g \in dg] = e^{\lambda (g_1^2 - 1)/2 + v(g_2^2 + 12 g_3^2)} N(g; 0, \Sigma(\lambda)) dg,
          \qquad v = \lambda^2 / 2,

where g = (W(1), int W, int (r - 1/2) W) and Sigma is their covariance under an Ornstein-Uhlenbeck process of rate
lambda.  Integrating out what PQ does not fix leaves a modified Bessel function K0 of m = PQ; the transform in v is
inverted on a line in the right half-plane (Euler summation, Abate and Whitt 1992), and the integral over m is done by
tanh-sinh quadrature.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb, kve, ndtri

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
TABLE = Path(__file__).parent / "data" / "dickey_fuller_asymptotic.csv"
TRENDS = ("n", "c", "ct")
DAMPING, TERMS, EULER = 21.0, 40, 14                       # discretisation error below e^-21 = 8e-10, and see _below
NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)
NODES, WEIGHTS = (NODES + 1) / 2, WEIGHTS / 2


def _covariance(rate: Complex) -> Complex:
    """Sigma(lambda), (..., 3, 3), by Gauss quadrature of the kernels of g as integrals against dW."""
    lam, left = rate[..., None], 1 - NODES
    decay = np.exp(-lam * left)
    one = (1 - decay) / lam
    kernels = np.stack([decay, one, (NODES - 0.5) * one + (1 - decay * (1 + lam * left)) / lam**2], -2)
    return np.einsum("...is,...js,s->...ij", kernels, kernels, WEIGHTS, optimize=True)


def _transform(v: Complex, m: Array, trend: str) -> Complex:
    """E[exp(-v B); PQ in dm] / dm; v (..., j) belongs to m (...)."""
    lam = np.sqrt(2 * v)
    sigma = _covariance(lam)
    m = np.asarray(m)[..., None]
    if trend == "n":                                       # m = W(1)^2: two roots, density in m
        root = np.sqrt(np.maximum(m, 0.0))
        inverse = 1 / sigma[..., 0, 0] - lam
        value = np.exp(-lam / 2 - m * inverse / 2) / np.sqrt(2 * np.pi * sigma[..., 0, 0])
        return np.asarray(value / np.where(root > 0, root, np.inf), dtype=complex)
    size = {"c": 2, "ct": 3}[trend]
    sigma = sigma[..., :size, :size]
    precision = np.linalg.inv(sigma)
    precision[..., 0, 0] -= lam
    precision[..., 1, 1] -= 2 * v
    if trend == "ct":
        precision[..., 2, 2] -= 24 * v
        back = np.array([[0, 0, 1.0], [-0.5, 0, 0.5], [0, -1 / 12, 1 / 12]])          # g from (P, Q, W(1))
    else:
        back = np.array([[0, 1.0], [-0.5, 0.5]])                                      # g from (P, Q)
    form = back.T @ precision @ back
    power = 2 * size - 1                                   # det falls like lam^-power; out of the root, for its branch
    root_det = np.sqrt(np.linalg.det(sigma) * lam**power) / lam ** (power / 2)
    scale = np.exp(-lam / 2) * abs(np.linalg.det(back)) / root_det / (2 * np.pi)
    if trend == "ct":
        scale = scale / np.sqrt(form[..., 2, 2])
        form = form[..., :2, :2] - form[..., :2, 2:] * form[..., 2:, :2] / form[..., 2:, 2:]
    z = np.abs(m) * np.sqrt(form[..., 0, 0]) * np.sqrt(form[..., 1, 1])
    return scale * 2 * kve(0, z) * np.exp(-form[..., 0, 1] * m - z)


def _below(limit: Array, m: Array, trend: str) -> Array:
    """P(B <= limit; PQ in dm) / dm by inversion of the transform over v.

    The damping grows as the limit falls: the line then passes near the saddle point, and tails keep relative accuracy.
    """
    k = np.arange(TERMS + EULER + 1)
    damping = DAMPING + 0.5 / limit
    v: Complex = np.asarray((damping[..., None] + 2j * np.pi * k) / (2 * limit[..., None]), dtype=complex)
    terms = (_transform(v, m, trend) / v).real * np.where(k == 0, 0.5, 1.0) * (-1.0) ** k
    partial = np.cumsum(terms, -1)[..., TERMS:]
    binomial = comb(EULER, np.arange(EULER + 1)) / 2.0**EULER
    return np.exp(damping / 2) / limit * (partial @ binomial)


def _tanh_sinh(low: float, high: float, step: float = 0.07, reach: float = 3.2) -> tuple[Array, Array]:
    """Nodes and weights on (low, high)."""
    s = np.arange(-reach, reach + step / 2, step)
    x = np.tanh(np.pi / 2 * np.sinh(s))
    w = step * np.pi / 2 * np.cosh(s) / np.cosh(np.pi / 2 * np.sinh(s)) ** 2
    return (low + high) / 2 + (high - low) / 2 * x, (high - low) / 2 * w


def tail(t: float, trend: str, reach: float = 60.0) -> float:
    """P(statistic <= t) for t < 0, P(statistic > t) for t > 0.

    Examples
    --------
    >>> round(tail(-2.8615, "c"), 3)
    0.05
    """
    if t < 0:
        pieces = [(0.0, 1.0)] if trend == "n" else [(-reach, -4.0), (-4.0, 0.0), (0.0, 1.0)]
    else:
        pieces = [(1.0, 4.0), (4.0, reach)]
    total = 0.0
    for low, high in pieces:
        m, weight = _tanh_sinh(low, high)
        limit = np.minimum(((1 - m) / (2 * t)) ** 2, 30.0)         # B above this has no probability either
        use = (limit > 1e-3) & (m != 0)                    # B below this has no probability worth counting
        total += float(weight[use] @ _below(limit[use], m[use], trend))
    return total


def main() -> None:
    """Write the table: the normal quantile of P(statistic <= t) on a grid of t."""
    grid = np.round(np.arange(-9, 6.001, 0.02), 2)
    columns = [[f"{np.sign(-t if t else 1) * ndtri(tail(t if t else -1e-9, trend)):.8f}" for t in grid]
               for trend in TRENDS]
    head = ["# Asymptotic law of the Dickey-Fuller t statistic without (n), with constant (c), with constant and trend",
            "# (ct): the standard normal quantile of P(statistic <= t).  Computed by dickey_fuller_exact.py, without",
            "# simulation; relative error of the tail probabilities about 1e-6.",
            "t," + ",".join(TRENDS)]
    rows = [",".join([f"{t:.2f}", *cells]) for t, *cells in zip(grid, *columns, strict=True)]
    TABLE.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
