"""Pedroni's moments simulated: a check of the printed table, with standard errors.

``python -m clustertrade.distributions.pedroni_simulation`` writes ``data/pedroni_simulated.csv``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clustertrade.batch.ols import Array, ols

PERIODS, DRAWS, SEED, BLOCKS = 1000, 20_000, 20260101, 40
STATISTICS = ("panel-v", "panel-rho", "panel-t", "group-rho", "group-t")
TABLE = Path(__file__).parent / "data" / "pedroni_simulated.csv"


def functionals(rng: np.random.Generator, trend: str, regressors: int, draws: int, periods: int) -> Array:
    """int Q^2, int Q dQ and 1 + b'b of independent walks, Q the residual of one on the others: (draws, 3)."""
    walks = rng.standard_normal((draws, periods, 1 + regressors)).cumsum(1)
    time = np.arange(1.0, periods + 1)
    terms = {"n": [], "c": [np.ones(periods)], "ct": [np.ones(periods), time]}[trend]
    fixed = [np.broadcast_to(term[None, :, None], (draws, periods, 1)) for term in terms]
    beta, _, resid, _ = ols(walks[:, :, 0], np.concatenate([walks[:, :, 1:], *fixed], -1),
                            np.ones((draws, periods), dtype=bool))
    before, change = resid[:, :-1], np.diff(resid, axis=1)
    slopes = beta[:, :regressors]
    return np.stack([(before**2).sum(1) / periods**2, (before * change).sum(1) / periods, 1 + (slopes**2).sum(1)], 1)


def moments(sample: Array) -> dict[str, tuple[float, float]]:
    """Mean and variance of each statistic: group by averaging, panel by the delta method (Pedroni 2004)."""
    a, b, c = sample.T
    mean, cov = sample.mean(0), np.cov(sample.T)
    out = {}
    for name, value, slope in (
            ("panel-v", 1 / mean[0], [-1 / mean[0] ** 2, 0, 0]),
            ("panel-rho", mean[1] / mean[0], [-mean[1] / mean[0] ** 2, 1 / mean[0], 0]),
            ("panel-t", mean[1] / np.sqrt(mean[0] * mean[2]),
             [-mean[1] / (2 * mean[0] ** 1.5 * mean[2] ** 0.5), (mean[0] * mean[2]) ** -0.5,
              -mean[1] / (2 * mean[0] ** 0.5 * mean[2] ** 1.5)])):
        out[name] = float(value), float(np.array(slope) @ cov @ np.array(slope))
    for name, each in (("group-rho", b / a), ("group-t", b / np.sqrt(a * c))):
        out[name] = float(each.mean()), float(each.var())
    return out


def simulate(trend: str, regressors: int, draws: int = DRAWS, periods: int = PERIODS) -> list[list[str]]:
    """Rows of the table for one cell: moments with standard errors from the spread over blocks of draws."""
    rng = np.random.default_rng([SEED, ("n", "c", "ct").index(trend), regressors])
    blocks = [functionals(rng, trend, regressors, draws // BLOCKS, periods) for _ in range(BLOCKS)]
    parts = [moments(block) for block in blocks]
    whole = moments(np.concatenate(blocks))
    rows = []
    for name in STATISTICS:
        errors = np.std([part[name] for part in parts], axis=0, ddof=1) / np.sqrt(BLOCKS)
        cells = [trend, regressors, name, *(f"{v:.4g}" for pair in zip(whole[name], errors, strict=True) for v in pair)]
        rows.append([str(cell) for cell in cells])
    return rows


def main() -> None:
    """Write the table of every cell."""
    head = [f"# Simulated by pedroni_simulation.py: {DRAWS} draws of walks of {PERIODS} periods a cell, seed {SEED};",
            "# standard errors from 40 blocks of draws.  The printed table is pedroni_moments.csv.",
            "trend,m,statistic,mean,mean_se,variance,variance_se"]
    rows = [",".join(row) for trend in ("n", "c", "ct") for m in range(1, 8) for row in simulate(trend, m)]
    TABLE.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
