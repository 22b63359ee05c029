"""Panels with known effects, balanced and not."""

from __future__ import annotations

import numpy as np
import pandas as pd

X = ["a", "b", "c"]


def panel(seed=1, n=14, t=9, share=1.0, gaps=True):
    """y on a, b, c with entity and period effects that are correlated with a; some rows missing."""
    rng = np.random.default_rng([20260101, seed])
    effect, period = rng.standard_normal((n, 1)), rng.standard_normal((1, t))
    a = effect + 0.5 * period + rng.standard_normal((n, t))
    b, c = rng.standard_normal((2, n, t)).cumsum(2)
    y = 1 + a + 0.5 * b - 0.3 * c + effect + period + rng.standard_normal((n, t)) * (1 + 0.3 * np.abs(a))
    names, periods = [f"u{k:03d}" for k in range(n)], np.arange(2001, 2001 + t)
    frame = pd.DataFrame({"i": np.repeat(names, t), "t": np.tile(periods, n), "y": y.ravel(),
                          "a": a.ravel(), "b": b.ravel(), "c": c.ravel()})
    if share == 1.0:
        return frame
    if gaps:
        return frame[rng.random(len(frame)) < share].reset_index(drop=True)
    last = 2001 + np.repeat(rng.integers(3, t, n), t)      # entities that end early, without holes
    return frame[frame["t"] <= last].reset_index(drop=True)


CALL = {"entity": "i", "time": "t", "y": "y", "x": X}
