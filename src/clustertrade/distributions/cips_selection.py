"""Mean and standard deviation of CIPS and CIPS* when a criterion chooses the lags of each entity, by simulation.

``python -m clustertrade.distributions.cips_selection`` writes ``data/cips_selected.csv``.

As ``dickey_fuller_selection.py``: Gaussian random walks from zero go through the whole procedure, orders 0 ... max_lags
compared on the sample that max_lags leaves, the chosen one estimated on all periods.  max_lags = 0 is the law without
lags; that of a choice has nearly its shape, at another place and scale.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from clustertrade.batch.ols import Array
from clustertrade.batch.trend import TERMS
from clustertrade.distributions.cips import CUTS

TABLE = Path(__file__).parent / "data" / "cips_selected.csv"
SEED, MOST = 20260101, 4
ENTITIES = {5: 6_000, 10: 5_000, 20: 4_000, 30: 3_000, 50: 2_500, 100: 1_500}                             # draws
SIZES = (12, 15, 18, 22, 30, 50, 100, 200)                 # periods
CRITERIA = ("aic", "bic", "hqic", "t")
STOP = 1.6448536269514722                                  # as batch.lagselect
LEVEL, FIRST = 4, 5                                        # columns: the lagged level, the first pair of lags


def largest(trend: str, periods: int) -> int:
    """The largest max_lags that leaves three degrees of freedom on its own sample."""
    return min(MOST, (periods - 4 - TERMS[trend] - 3) // 3)


def chosen(rng: np.random.Generator, draws: int, entities: int, periods: int,
           trend: str) -> Iterator[tuple[str, int, Array]]:
    """(criterion, max_lags, t (draws, entities)) for every criterion and 0 ... largest; same walks."""
    e = rng.standard_normal((periods - 1, draws, entities))
    level = np.cumsum(e, 0) - e
    most, terms, size = largest(trend, periods), TERMS[trend], draws * entities
    mean_e, mean_level = (np.broadcast_to(v.mean(2, keepdims=True), v.shape) for v in (e, level))
    z = np.zeros((periods - 1, FIRST + 2 * most + 1, size))
    z[:, 0], z[:, 1] = 1.0, (np.arange(periods - 1) / periods - 0.5)[:, None]
    for i, column in ((2, mean_level), (3, mean_e), (LEVEL, level), (-1, e)):
        z[:, i] = column.reshape(periods - 1, size)
    for j in range(1, most + 1):
        z[j:, FIRST + 2 * j - 2], z[j:, FIRST + 2 * j - 1] = z[:-j, 3], z[:-j, -1]
    gram = np.einsum("tir,tjr->ijr", z[most:], z[most:], optimize=True)
    squares: dict[int, Array] = {}
    ratios: dict[int, Array] = {}
    t = np.empty((most + 1, size))
    for p in range(most, -1, -1):
        if p < most:
            gram = gram + z[p][:, None] * z[p][None]
        g = gram.copy()
        for i in (*range(terms), 2, 3):
            _sweep(g, i)
        h = g.copy()
        _sweep(h, LEVEL)
        nested, last = [h[-1, -1].copy()], []
        for j in range(1, p + 1):
            _sweep(h, FIRST + 2 * j - 2)
            between = h[-1, -1].copy()
            _sweep(h, FIRST + 2 * j - 1)
            nested.append(h[-1, -1].copy())
            last.append(between - nested[-1])              # what the own lag takes after that of the mean
        squares[p], ratios[p] = np.array(nested), np.array(last)
        for i in range(FIRST, FIRST + 2 * p):
            _sweep(g, i)
        xx, xy, yy = g[LEVEL, LEVEL], g[LEVEL, -1], g[-1, -1]
        t[p] = xy / np.sqrt(xx * (yy - xy * xy / xx) / (periods - 4 - 3 * p - terms))
    yield "none", 0, t[0].reshape(draws, entities)
    for p in range(1, most + 1):
        n, k = periods - 1 - p, 3 + terms + 2 * np.arange(p + 1.0)[:, None]
        for name in CRITERIA:
            if name == "t":
                ratio = ratios[p] / (squares[p][1:] / (n - k[1:]))
                keep = np.concatenate([np.ones((1, size), dtype=bool), ratio >= STOP**2])
                order = p - np.argmax(keep[::-1], 0)
            else:
                penalty = {"aic": 2.0, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[name]
                order = np.argmin(n * np.log(squares[p]) + penalty * k, 0)
            yield name, p, np.take_along_axis(t, order[None], 0)[0].reshape(draws, entities)


def _sweep(g: Array, i: int) -> None:
    g -= (g[:, i, None] * g[None, i]) / g[i, i]


def main() -> None:
    """Write the table (about a quarter of an hour of one core)."""
    drawn = ", ".join(f"{n}: {d}" for n, d in ENTITIES.items())
    lines = ["# Mean and standard deviation of CIPS and CIPS* by trend, criterion, max_lags, entities N and periods T,",
             f"# where the criterion chooses the lags of each entity.  Simulated by cips_selection.py, seed {SEED};",
             f"# draws by N: {drawn}; standard error of a mean: sd / sqrt(draws).",
             "trend,criterion,max_lags,n,t,mean,sd,mean*,sd*"]
    for trend in TERMS:
        for entities, draws in ENTITIES.items():
            for periods in SIZES:
                rng = np.random.default_rng([SEED, TERMS[trend], entities, periods])
                block = max(1, 4_000 // entities)
                parts: dict[tuple[str, int], list[Array]] = {}
                for _ in range(-(-draws // block)):
                    for name, p, t in chosen(rng, block, entities, periods, trend):
                        cut = np.clip(t, *CUTS[trend])
                        parts.setdefault((name, p), []).append(np.stack([t.mean(1), cut.mean(1)], 1))
                for (name, p), each in parts.items():
                    found = np.concatenate(each)
                    cells = [v for pair in zip(found.mean(0), found.std(0), strict=True) for v in pair]
                    lines.append(f"{trend},{name},{p},{entities},{periods}," + ",".join(f"{v:.4f}" for v in cells))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
