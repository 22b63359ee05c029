r"""The null distributions of the KPSS statistics, computed and not simulated.

eta tends to the integral of a squared Brownian bridge (c) or second-level Brownian bridge (ct): a sum of weighted
chi-squared variables with weights 1/r_j, r_1 < r_2 < ... the roots of the Fredholm determinant

.. math:: D_c(u) = \frac{\sin\sqrt u}{\sqrt u}, \qquad D_{ct}(u) = \frac{3\sin z\,(\sin z - z\cos z)}{z^4},
          \quad z = \sqrt u / 2

(MacNeill 1978, Annals of Statistics 6), and Smirnov's formula gives the tail:

.. math:: P(\eta > x) = \frac1\pi\sum_k (-1)^{k+1}\int_{r_{2k-1}}^{r_{2k}} \frac{e^{-xu/2}}{u\sqrt{|D(u)|}}\,du .
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
INTERVALS, NODES = 60, 60
LEVELS = (0.01, 0.025, 0.05, 0.1)
# Kwiatkowski, Phillips, Schmidt and Shin (1992), table 1, doi:10.1016/0304-4076(92)90104-Y: simulated there.
PRINTED = {"c": {"0.01": 0.739, "0.025": 0.574, "0.05": 0.463, "0.1": 0.347},
           "ct": {"0.01": 0.216, "0.025": 0.176, "0.05": 0.146, "0.1": 0.119}}


@cache
def _intervals(trend: str) -> tuple[Array, Array]:
    """Square roots of the ends of the intervals (K,), (K,)."""
    k = np.arange(1, INTERVALS + 1)
    if trend == "c":
        return np.asarray((2 * k - 1) * np.pi, float), np.asarray(2 * k * np.pi, float)
    z = (k + 0.5) * np.pi
    root = z - 1 / z
    for _ in range(20):                                    # tan z = z, from below the pole, by Newton's method
        root = root - (np.sin(root) - root * np.cos(root)) / (root * np.sin(root))
    return np.asarray(2 * k * np.pi, float), 2 * root


@cache
def _nodes(trend: str) -> tuple[Array, Array]:
    """Points u and signed weights (K * M,): Gauss-Chebyshev, which takes the singular ends exactly."""
    low, high = (end[:, None] ** 2 for end in _intervals(trend))
    angle = (2 * np.arange(1, NODES + 1) - 1) * np.pi / (2 * NODES)
    u = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
    root = np.sqrt(u)
    z = root / 2
    d = np.sin(root) / root if trend == "c" else 3 * np.sin(z) * (np.sin(z) - z * np.cos(z)) / z**4
    weight = np.sqrt((u - low) * (high - u) / np.abs(d)) / u / NODES
    sign = np.where(np.arange(INTERVALS) % 2 == 0, 1.0, -1.0)[:, None]
    return u.ravel(), (sign * weight).ravel()


def pvalue(value: float, trend: str) -> float:
    """P(eta > value): trend c or ct.

    Examples
    --------
    >>> round(pvalue(0.463, "c"), 3), round(pvalue(0.146, "ct"), 3)
    (0.05, 0.052)
    """
    if value < 4e-3:                                       # below it has no probability: P < 1e-12
        return 1.0
    u, weight = _nodes(trend)
    return float(np.clip(np.exp(-value * u / 2) @ weight, 0.0, 1.0))


@cache
def critical(trend: str) -> dict[str, float]:
    """Values that are exceeded with probability 0.01, 0.025, 0.05 and 0.1."""
    out = {}
    for level in LEVELS:
        low, high = 0.0, 5.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if pvalue(middle, trend) > level else (low, middle)
        out[f"{level:g}"] = (low + high) / 2
    return out
