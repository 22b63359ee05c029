"""Moments of Levin, Lin and Chu for short panels, and a check of those that are printed.

``python -m clustertrade.distributions.llc_simulation`` writes ``data/llc_simulated.csv``.

For one entity with T observations let a = sum(v e) / (T s^2), d = sum(v^2) / (T^2 s^2), r = long-run over short-run
standard deviation, e and v the difference and the lagged level of a Gaussian walk less their deterministic terms, s^2
the residual variance (divisor T), the long-run variance by the Bartlett kernel with bandwidth floor(3.21 (T + 1)^(1/3))
of the differences as they are (n, c) or centred (ct).  Over many entities the numerator of t* has mean zero for
mu* = E[a] / E[r] and t* has variance one for sigma* = sd(a - mu* r) / sqrt(E[d]).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clustertrade.batch.longrun import long_run_variance
from clustertrade.batch.ols import Array
from clustertrade.batch.trend import TERMS, detrend

TABLE = Path(__file__).parent / "data" / "llc_simulated.csv"
SIZES = (5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 22, 25, 30, 50, 100)
DRAWS, BLOCKS, SEED = 400_000, 20, 20260101
CENTRED = {"n": "n", "c": "n", "ct": "c"}


def parts(rng: np.random.Generator, draws: int, t: int, trend: str) -> Array:
    """a, d and r of as many entities: (draws, 3)."""
    change = rng.standard_normal((draws, t))
    level = np.cumsum(change, 1) - change
    valid = np.ones_like(change, dtype=bool)
    e, v = detrend(change, valid, trend), detrend(level, valid, trend)
    vv, ve, ee = (v * v).sum(1), (v * e).sum(1), (e * e).sum(1)
    variance = (ee - ve**2 / vv) / t
    width = min(np.floor(3.21 * (t + 1) ** (1 / 3)), t - 1)
    long = long_run_variance(detrend(change, valid, CENTRED[trend]), valid, width)
    return np.stack([ve / (t * variance), vv / (t * t * variance), np.sqrt(np.maximum(long, 0) / variance)], 1)


def adjustments(sample: Array) -> tuple[float, float]:
    """mu* and sigma* from a sample of a, d and r."""
    a, d, r = sample.T
    mean = float(a.mean() / r.mean())
    return mean, float((a - mean * r).std() / np.sqrt(d.mean()))


def main() -> None:
    """Write the table."""
    lines = ["# Mean and standard deviation adjustments of Levin, Lin and Chu (2002) by trend and observations t.",
             f"# Simulated by llc_simulation.py: {DRAWS} entities a cell, seed {SEED}; standard errors from {BLOCKS} "
             "blocks.",
             "# The printed table (llc2002.csv) starts at t = 25; rows from 25 on are here to be compared with it.",
             "trend,t,mean,sd,mean_se,sd_se"]
    for trend in TERMS:
        for t in SIZES:
            if t - 1 - TERMS[trend] < 5:                   # below, a has no variance or one that no draw shows
                continue
            rng = np.random.default_rng([SEED, t, TERMS[trend]])
            blocks = [parts(rng, DRAWS // BLOCKS, t, trend) for _ in range(BLOCKS)]
            each = np.array([adjustments(block) for block in blocks])
            mean, sd = adjustments(np.concatenate(blocks))
            error = each.std(0, ddof=1) / np.sqrt(BLOCKS)
            lines.append(f"{trend},{t},{mean:.4f},{sd:.4f},{error[0]:.1e},{error[1]:.1e}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
