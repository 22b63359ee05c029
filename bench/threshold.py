"""The panel threshold of Hansen (1999): 300 bootstrap replications, two thresholds, 31 entities over 22 periods.

python bench/threshold.py
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

import clustertrade as ct


def frame(n: int = 31, t: int = 22) -> pd.DataFrame:
    """Slopes 1, 1.7 and 1 between thresholds at -0.5 and 0.6."""
    rng = np.random.default_rng(1)
    q, x, e = rng.standard_normal((3, n, t))
    y = rng.standard_normal((n, 1)) + np.array([1.0, 1.7, 1.0])[np.searchsorted([-0.5, 0.6], q)] * x + e
    return pd.DataFrame({"i": np.repeat(range(n), t), "t": np.tile(range(t), n), "y": y.ravel(), "x": x.ravel(),
                         "q": q.ravel()})


def dummies(data: pd.DataFrame, n: int = 31) -> float:
    """Seconds of one search for one threshold, a least-squares fit a candidate."""
    y, x = (data[v].to_numpy().reshape(n, -1) for v in ("y", "x"))
    q = data["q"].to_numpy().reshape(n, -1)
    start = time.perf_counter()
    for g in np.unique(q):
        z = np.stack([x * (q <= g), x * (q > g)], -1)
        z = (z - z.mean(1, keepdims=True)).reshape(-1, 2)
        np.linalg.lstsq(z, (y - y.mean(1, keepdims=True)).ravel(), rcond=None)
    return time.perf_counter() - start


def main() -> None:
    """Print seconds of wall clock; one fit a candidate is scaled to the 900 searches that two F with 300 draws take."""
    data = frame()
    start = time.perf_counter()
    found = ct.estimate("threshold", data, entity="i", time="t", y="y", x=["x"], threshold_var="q", regimes=3,
                        bootstrap=300)
    print(f"clustertrade: thresholds {found.details['thresholds']}   {time.perf_counter() - start:7.2f} s")
    print(f"a fit a candidate, 300 + 2 x 300 searches (from 1)   {dummies(data) * 900:7.2f} s")


if __name__ == "__main__":
    main()
