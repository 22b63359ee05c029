"""Forward orthogonal deviations."""

from __future__ import annotations

import numpy as np

from clustertrade.batch.ols import Array


def helmert(t: int) -> Array:
    """Matrix (t - 1, t) whose rows take from a period the mean of the later ones, with orthonormal rows.

    Examples
    --------
    >>> helmert(2)
    array([[ 0.70710678, -0.70710678]])
    """
    left = np.arange(t - 1, 0.0, -1)
    scale = np.sqrt(left / (left + 1))
    return np.triu(-np.outer(scale / left, np.ones(t)), 1) + np.eye(t - 1, t) * scale[:, None]
