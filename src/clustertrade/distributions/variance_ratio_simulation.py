"""Simulate the moments that standardise the variance ratios of Westerlund (2005).

``python -m clustertrade.distributions.variance_ratio_simulation`` writes ``data/variance_ratio_simulated.csv``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clustertrade.batch.ols import Array, ols

PERIODS, DRAWS, SEED, BLOCKS, MOST = 500, 40_000, 20260101, 40, 6
TABLE = Path(__file__).parent / "data" / "variance_ratio_simulated.csv"


def functionals(rng: np.random.Generator, trend: str, regressors: int, draws: int, periods: int) -> Array:
    """int (int Q)^2 and int Q^2 of independent walks, Q the residual of one on the others: (draws, 2)."""
    walks = rng.standard_normal((draws, periods, 1 + regressors)).cumsum(1)
    time = np.arange(1.0, periods + 1)
    terms = {"n": [], "c": [np.ones(periods)], "ct": [np.ones(periods), time]}[trend]
    fixed = [np.broadcast_to(term[None, :, None], (draws, periods, 1)) for term in terms]
    resid = ols(walks[:, :, 0], np.concatenate([walks[:, :, 1:], *fixed], -1), np.ones((draws, periods), dtype=bool))[2]
    return np.stack([(resid.cumsum(1) ** 2).sum(1) / periods**4, (resid**2).sum(1) / periods**2], 1)


def moments(sample: Array) -> dict[str, tuple[float, float]]:
    """Mean and variance of each statistic: group by averaging, panel by the delta method (the paper's theorem 1)."""
    top, bottom = sample.T
    mean, cov = sample.mean(0), np.cov(sample.T)
    slope = np.array([1 / mean[1], -mean[0] / mean[1] ** 2])
    ratio = top / bottom
    return {"VR-G": (float(ratio.mean()), float(ratio.var())),
            "VR-P": (float(mean[0] / mean[1]), float(slope @ cov @ slope))}


def simulate(trend: str, regressors: int, draws: int = DRAWS, periods: int = PERIODS) -> list[list[str]]:
    """Rows of the table for one cell: moments with standard errors from the spread over blocks of draws."""
    rng = np.random.default_rng([SEED, ("n", "c", "ct").index(trend), regressors])
    blocks = [functionals(rng, trend, regressors, draws // BLOCKS, periods) for _ in range(BLOCKS)]
    parts, whole = [moments(block) for block in blocks], moments(np.concatenate(blocks))
    rows = []
    for name in ("VR-G", "VR-P"):
        errors = np.std([part[name] for part in parts], axis=0, ddof=1) / np.sqrt(BLOCKS)
        cells = [trend, regressors, name, *(f"{v:.5g}" for pair in zip(whole[name], errors, strict=True) for v in pair)]
        rows.append([str(cell) for cell in cells])
    return rows


def main() -> None:
    """Write the table of every cell."""
    head = [f"# Simulated by variance_ratio_simulation.py: {DRAWS} draws of walks of {PERIODS} periods a cell, seed",
            f"# {SEED}; standard errors from {BLOCKS} blocks of draws.",
            "trend,x,statistic,mean,mean_se,variance,variance_se"]
    rows = [",".join(row) for trend in ("n", "c", "ct") for m in range(1, MOST + 1) for row in simulate(trend, m)]
    TABLE.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
