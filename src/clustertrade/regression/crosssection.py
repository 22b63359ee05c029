"""Averages over entities, period by period: what stands for common factors."""

from __future__ import annotations

import numpy as np

from clustertrade.panel import Array, Mask


def averages(z: Array, valid: Mask) -> Array:
    """Means over the entities that have the period: z (N, T, K), valid (N, T)  ->  (T, K); zero where none has it."""
    count = valid.sum(0)
    total = np.where(valid[..., None], z, 0.0).sum(0)
    mean = total / np.maximum(count, 1)[:, None]
    left = np.where(valid[..., None], z - mean, 0.0).sum(0)                 # twice, for levels that dwarf the variation
    return np.asarray(mean + left / np.maximum(count, 1)[:, None])
