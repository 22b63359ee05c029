"""Simulated panels for the cases; seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.panel import Panel

SEED = 20260101


def walks(n: int, t: int, k: int = 1) -> pd.DataFrame:
    """k independent random walks for each of n units, and y that follows them with persistent errors."""
    rng = np.random.default_rng([SEED, n, t, k])
    x = rng.standard_normal((n, t, k)).cumsum(1)
    u = rng.standard_normal((n, t))
    for s in range(1, t):
        u[:, s] += 0.7 * u[:, s - 1]
    columns = {f"x{j + 1}": x[..., j].ravel() for j in range(k)}
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n),
                         "y": (x.sum(2) + u).ravel(), **columns})


def stationary(n: int, t: int) -> pd.DataFrame:
    """Two stationary series for each unit; x helps to predict y."""
    rng = np.random.default_rng([SEED, n, t])
    y, x = np.zeros((n, t)), np.zeros((n, t))
    e = rng.standard_normal((2, n, t))
    for s in range(1, t):
        x[:, s] = 0.5 * x[:, s - 1] + e[0, :, s]
        y[:, s] = 0.4 * y[:, s - 1] + 0.2 * x[:, s - 1] + e[1, :, s]
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": y.ravel(),
                         "x1": x.ravel()})


def panel(frame: pd.DataFrame) -> Panel:
    """The frame as a panel."""
    return Panel.from_frame(frame, entity="i", time="t")
