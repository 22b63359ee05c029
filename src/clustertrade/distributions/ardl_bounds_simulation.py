"""The laws behind the bounds of Pesaran, Shin and Smith (2001) by simulation: quantiles as functions of sample size.

``python -m clustertrade.distributions.ardl_bounds_simulation`` writes ``data/ardl_bounds.csv``.

As in the paper y is a random walk, the k series x are independent of it, either white noise (I(0)) or random walks
(I(1)), and d.y is regressed on y and x of the period before and the deterministic terms.  One triangular factor of the
second moments, with x1, x2 ... in order and then y and d.y, holds the F and the t for every k.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.ols import Array
from clustertrade.distributions.engle_granger_simulation import fit

MOST = 10                                                                         # x that the table covers
SIZES = (20, 25, 30, 40, 50, 70, 100, 150, 250, 500, 1000)                        # n, periods of the regression
DRAWS, CELLS, SEED = 80_000, 1_500_000, 20260101
SCORES = np.arange(-3.0, 4.01, 0.5)                                               # quantiles at P = ndtr(score)
CASES = {1: (0, 0), 2: (1, 1), 3: (1, 0), 4: (2, 1), 5: (2, 0)}                   # terms, how many of them are tested
TABLE = Path(__file__).parent / "data" / "ardl_bounds.csv"


def statistics(rng: np.random.Generator, draws: int, n: int) -> dict[tuple[str, int, int, int], Array]:
    """Draws of F (cases 1 to 5) and -t (1, 3, 5): key statistic, case, number of x, order of integration of x."""
    e = rng.standard_normal((draws, n, 1 + MOST))
    level = np.zeros_like(e)
    level[:, 1:] = e[:, :-1].cumsum(1)                                            # z of the period before; z_0 = 0
    noise = np.concatenate([rng.standard_normal((draws, 1, MOST)), e[:, :-1, 1:]], 1)
    constant, trend = np.ones((draws, n, 1)), np.broadcast_to(np.linspace(-1, 1, n)[:, None], (draws, n, 1))
    out = {}
    for order, x in ((0, noise), (1, level[..., 1:])):
        z = np.concatenate([constant, trend, x, level[..., :1], e[..., :1]], -1)
        z = z / np.sqrt((z**2).sum(1, keepdims=True))
        moments = z.swapaxes(1, 2) @ z
        for terms in range(3):
            kept = [*range(terms), *range(2, z.shape[2])]
            lower = np.linalg.cholesky(moments[np.ix_(range(draws), kept, kept)])
            on_y, on_d = lower[:, -2, :-2], lower[:, -1, :-2]                     # loadings on the terms and the x
            yy, yd, dd = (whole[:, None] - np.pad((a * b).cumsum(1), ((0, 0), (1, 0)))
                          for whole, a, b in ((moments[:, -2, -2], on_y, on_y), (moments[:, -2, -1], on_y, on_d),
                                              (moments[:, -1, -1], on_d, on_d)))
            for k in range(1, MOST + 1):
                j, df = terms + k, n - terms - k - 1
                ssr = dd[:, j] - yd[:, j] ** 2 / yy[:, j]
                for case, (count, tested) in CASES.items():
                    if count == terms:
                        out["F", case, k, order] = (dd[:, terms - tested] - ssr) / (k + 1 + tested) / (ssr / df)
                        if not tested:
                            out["t", case, k, order] = -yd[:, j] / np.sqrt(yy[:, j] * ssr / df)
    return out


def quantiles(n: int, draws: int = DRAWS) -> dict[tuple[str, int, int, int], Array]:
    """Quantiles at SCORES, averaged over ten blocks of draws, and their standard errors: (2, len(SCORES))."""
    blocks, chunk = [], max(CELLS // n // (1 + MOST), 1)
    for block in range(10):
        rng = np.random.default_rng([SEED, n, block])
        sizes = [min(chunk, draws // 10 - first) for first in range(0, draws // 10, chunk)]
        parts = [statistics(rng, size, n) for size in sizes]
        blocks.append({key: np.quantile(np.concatenate([p[key] for p in parts]), ndtr(SCORES)) for key in parts[0]})
    return {key: np.stack([np.mean([b[key] for b in blocks], 0), np.std([b[key] for b in blocks], 0, ddof=1) / 10**0.5])
            for key in blocks[0]}


def main() -> None:
    """Simulate, fit quantile = b0 + b1/n + b2/n^2 + b3/n^3 by weighted least squares, write the table.

    b3 stays zero where it is not significant (|t| < 2).
    """
    found = {n: quantiles(n) for n in SIZES}
    lines = ["# Quantiles of the F and of minus the t of Pesaran, Shin and Smith (2001), doi:10.1002/jae.616, with k",
             "# series x of order of integration 0 or 1: b0 + b1/n + b2/n^2 + b3/n^3 at P = Phi(score), n the periods;",
             f"# se is the standard error of b0. Simulated by ardl_bounds_simulation.py: {DRAWS} draws at each of n =",
             f"# {', '.join(map(str, SIZES))} (from 15 + 2 k on); seed {SEED}.",
             "statistic,case,x,order,score,b0,b1,b2,b3,se"]
    for key in found[SIZES[0]]:
        sizes = np.array([n for n in SIZES if n >= 15 + 2 * key[2]], dtype=float)
        for j, score in enumerate(SCORES):
            value, error = np.array([found[int(n)][key][:, j] for n in sizes]).T
            b, se = fit(sizes, value, error, 4)
            if abs(b[3]) < 2 * se[3]:
                b, se = fit(sizes, value, error, 3)
            lines.append(",".join([key[0], *map(str, key[1:]), f"{score:g}", *(f"{v:.5g}" for v in (*b, se[0]))]))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
