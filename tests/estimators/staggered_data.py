"""Panels with a treatment that starts in different periods."""

from __future__ import annotations

import numpy as np
import pandas as pd

CALL = {"entity": "unit", "time": "t", "y": "y"}


def staggered(rng, n=40, t=10, growth=0.5, scale=1.0, share=1.0, never=True, trend=0.0):
    """Effects that differ: cohort k of three gets k + growth e after e periods; a fourth is not treated.

    ``trend`` lets treated entities drift before they are treated.  Returns the frame, with the true effect of each row.
    """
    start = np.array([3, 5, 8, 0 if never else 9])[np.arange(n) % 4]
    i, period = np.repeat(range(n), t), np.tile(range(t), n)
    begun = start[i] * 1.0
    on = (begun > 0) & (period >= begun)
    effect = on * (1.0 + (i % 4) + growth * (period - begun))
    y = (rng.standard_normal(n)[i] + rng.standard_normal(t)[period] + effect + scale * rng.standard_normal(n * t)
         + trend * (begun > 0) * period)
    frame = pd.DataFrame({"unit": i, "t": period + 2001, "y": y, "on": on * 1.0,
                          "first": np.where(begun > 0, begun + 2001, 0).astype(int), "effect": effect,
                          "w": rng.standard_normal(n * t)})
    return frame if share == 1.0 else frame[rng.random(n * t) < share].reset_index(drop=True)
