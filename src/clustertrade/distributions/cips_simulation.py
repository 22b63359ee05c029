"""Quantiles of CIPS and CIPS* by trend, lags, entities and observations, by simulation.

``python -m clustertrade.distributions.cips_simulation`` writes ``data/cips_simulated.csv``.

Independent Gaussian random walks that start at zero (the law does not depend on the loadings of a common factor:
Pesaran 2007, theorem 3.1); N entities with n observations in the regression of the difference on its lagged level, the
lagged mean over entities, the difference of that mean, k lags of both differences and n, c or ct.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from clustertrade.batch.ols import Array
from clustertrade.batch.trend import TERMS
from clustertrade.distributions.cips import CUTS

TABLE = Path(__file__).parent / "data" / "cips_simulated.csv"
SEED, MOST = 20260101, 3
ENTITIES = {5: 10_000, 10: 10_000, 20: 8_000, 30: 6_000, 50: 5_000, 100: 3_000, 200: 2_000}                 # draws
SIZES = (10, 12, 15, 20, 30, 50, 100, 200)
LEVELS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999)


def statistics(rng: np.random.Generator, draws: int, entities: int, n: int) -> dict[tuple[str, int], Array]:
    """t statistics by (trend, lags), each (draws, entities), from the same walks; three degrees of freedom or more."""
    e = rng.standard_normal((draws, entities, MOST + n))
    now = e[:, :, MOST:]
    level = np.cumsum(now, 2) - now                        # from zero at the first observation
    mean_level, mean_e = level.mean(1, keepdims=True), e.mean(1, keepdims=True)
    # shared columns: 1, time, lagged mean, change of the mean, its lags; own ones: lag j, level, change
    time = np.broadcast_to(np.arange(n) - (n - 1) / 2, (draws, 1, n))
    shared = [np.ones_like(time), time, mean_level, mean_e[:, :, MOST:]]
    shared += [mean_e[:, :, MOST - j : MOST - j + n] for j in range(1, MOST + 1)]
    own = [e[:, :, MOST - j : MOST - j + n] for j in range(1, MOST + 1)] + [level, now]
    z = np.stack([np.broadcast_to(c, now.shape) for c in shared] + own, -1).reshape(draws * entities, n, -1)
    gram = np.ascontiguousarray(np.moveaxis(np.swapaxes(z, 1, 2) @ z, 0, -1))
    first = len(shared)
    found = {}
    for trend, terms in TERMS.items():
        for k in range(MOST + 1):
            df = n - 3 - terms - 2 * k
            if df < 3:
                break
            g = gram.copy()
            if trend == "n":                               # the walk of order k starts at zero k + 1 periods before
                start = e[:, :, MOST - k : MOST].sum(2)
                for i, value in ((2, np.broadcast_to(start.mean(1, keepdims=True), start.shape)), (-2, start)):
                    g[i] += value.ravel() * g[0]
                    g[:, i] += value.ravel() * g[:, 0]
            for i in [*range(terms), 2, 3, *range(4, 4 + k), *range(first, first + k)]:
                g -= (g[:, i, None] * g[None, i]) / g[i, i]
            xx, xy, yy = g[-2, -2], g[-2, -1], g[-1, -1]
            found[trend, k] = (xy / np.sqrt(xx * (yy - xy * xy / xx) / df)).reshape(draws, entities)
    return found


def main() -> None:
    """Write the table (about half an hour of one core)."""
    lines = ["# Quantiles of CIPS and CIPS* by trend, lags k, entities N and observations n of the regression.",
             f"# Simulated by cips_simulation.py, seed {SEED}; draws by N: "
             + ", ".join(f"{n}: {d}" for n, d in ENTITIES.items()) + ".",
             "# Standard error of the 5 % quantile (se05) from ten blocks of draws.",
             "trend,lags,n,t,statistic," + ",".join(f"{p:g}" for p in LEVELS) + ",se05"]
    for entities, draws in ENTITIES.items():
        for n in SIZES:
            rng = np.random.default_rng([SEED, entities, n])
            block = max(1, min(draws, 40_000 // entities))
            parts = [statistics(rng, block, entities, n) for _ in range(-(-draws // block))]
            for trend, k in parts[0]:
                t = np.concatenate([p[trend, k] for p in parts])
                for name, mean in (("CIPS", t.mean(1)), ("CIPS*", np.clip(t, *CUTS[trend]).mean(1))):
                    blocks = [np.quantile(b, 0.05) for b in np.array_split(mean, 10)]
                    cells = [f"{q:.4f}" for q in np.quantile(mean, LEVELS)]
                    lines.append(f"{trend},{k},{entities},{n},{name},{','.join(cells)},"
                                 f"{np.std(blocks, ddof=1) / np.sqrt(10):.1e}")
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
