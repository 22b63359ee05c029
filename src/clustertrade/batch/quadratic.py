"""Quadratic forms in the inverse of a covariance, in the scale of its own variances."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array

SMALLEST = 1e-10                                           # eigenvalue of correlations below which they are singular


def definite(matrix: Array, smallest: float = SMALLEST) -> bool:
    """Whether a covariance (K, K) has positive variances and correlations that are not singular."""
    variances = np.diagonal(matrix)
    if not (variances > 0).all():
        return False
    scale = np.sqrt(variances)
    return bool(np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] > smallest)


def quadratic(gap: Array, matrix: Array, smallest: float = SMALLEST) -> float | None:
    """gap' matrix^-1 gap of gap (K,) with covariance (K, K): a Wald statistic; None where that is not ``definite``."""
    if not definite(matrix, smallest):
        return None
    scale = np.sqrt(np.diagonal(matrix))
    return float(gap / scale @ np.linalg.solve(matrix / np.outer(scale, scale), gap / scale))
