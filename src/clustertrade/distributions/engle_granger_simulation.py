"""The law of the Engle-Granger t statistic by simulation: quantiles as functions of the sample size.

``python -m clustertrade.distributions.engle_granger_simulation`` writes ``data/engle_granger.csv``.

Under the null y and the x are independent random walks.  Nothing but two moment matrices of a draw is needed: the
residual is a linear combination of the walks and the deterministic terms, so its Dickey-Fuller regression follows from
theirs.  One draw of eight walks serves every number of variables and every deterministic case.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import ndtr

from clustertrade.batch.ols import Array

MOST = 8                                                                          # variables, y included
SIZES = (15, 20, 25, 30, 40, 50, 70, 100, 150, 250, 500, 1000)                    # n, periods of the DF regression
DRAWS, CHUNK, SEED = 2_000_000, 20_000, 20260101
SCORES = np.arange(-4.0, 3.51, 0.25)                                              # quantiles at P = ndtr(score)
TERMS = {"n": [], "c": [0], "ct": [0, 1]}                                         # columns: 1, trend, y, x1, x2 ...
TABLE = Path(__file__).parent / "data" / "engle_granger.csv"


def statistics(rng: np.random.Generator, draws: int, n: int) -> dict[tuple[str, int], Array]:
    """Draws of the statistic for every trend and number of variables, with n periods in the DF regression."""
    t = n + 1
    z = np.empty((draws, t, 2 + MOST))
    z[:, :, 0], z[:, :, 1] = 1.0, np.linspace(-1.0, 1.0, t)
    z[:, :, 2:] = rng.standard_normal((draws, t, MOST)).cumsum(1)
    moment = z.swapaxes(1, 2) @ z
    lagged = z[:, 1:].swapaxes(1, 2) @ z[:, :-1]
    first, last = z[:, 0], z[:, -1]
    out = {}
    for trend, terms in TERMS.items():
        for variables in range(2, MOST + 1):
            columns = [*terms, *range(3, 2 + variables)]
            beta = np.linalg.solve(moment[np.ix_(range(draws), columns, columns)], moment[:, columns, 2][..., None])
            a = np.zeros((draws, 2 + MOST))
            a[:, 2], a[:, columns] = 1.0, -beta[..., 0]
            total = np.einsum("bi,bij,bj->b", a, moment, a)
            before = total - (a * last).sum(1) ** 2                               # sum of e_{t-1}^2
            now = total - (a * first).sum(1) ** 2
            cross = np.einsum("bi,bij,bj->b", a, lagged, a)
            s2 = (now - cross**2 / before) / (n - 1)
            out[trend, variables] = (cross - before) / np.sqrt(s2 * before)
    return out


def quantiles(n: int, draws: int = DRAWS) -> dict[tuple[str, int], Array]:
    """Quantiles at SCORES, averaged over ten blocks of draws, and their standard errors: (2, len(SCORES))."""
    blocks = []
    for block in range(10):
        rng = np.random.default_rng([SEED, n, block])
        parts = [statistics(rng, min(CHUNK, draws // 10), n) for _ in range(max(draws // 10 // CHUNK, 1))]
        blocks.append({key: np.quantile(np.concatenate([p[key] for p in parts]), ndtr(SCORES)) for key in parts[0]})
    return {key: np.stack([np.mean([b[key] for b in blocks], 0), np.std([b[key] for b in blocks], 0, ddof=1) / 10**0.5])
            for key in blocks[0]}


def fit(sizes: Array, value: Array, error: Array, terms: int) -> tuple[Array, Array]:
    """Coefficients of powers of 1/n, padded to four, and their standard errors."""
    powers = sizes[:, None] ** -np.arange(float(terms))
    inverse = np.linalg.inv((powers / error[:, None] ** 2).T @ powers)
    b = inverse @ (powers / error[:, None] ** 2).T @ value
    return np.pad(b, (0, 4 - terms)), np.sqrt(np.diag(inverse))


def main() -> None:
    """Simulate, fit quantile = b0 + b1/n + b2/n^2 + b3/n^3 by weighted least squares, write the table.

    b3 stays zero where it is not significant (|t| < 2).
    """
    found = {n: quantiles(n) for n in SIZES}
    lines = ["# Quantiles of the Engle-Granger t statistic: b0 + b1/n + b2/n^2 + b3/n^3 at P = Phi(score), n the",
             "# periods of the Dickey-Fuller regression; se is the standard error of b0, the asymptotic quantile.",
             f"# Simulated by engle_granger_simulation.py: {DRAWS} draws at each of n = {', '.join(map(str, SIZES))};",
             f"# seed {SEED}.",
             "trend,variables,score,b0,b1,b2,b3,se"]
    for key in found[SIZES[0]]:
        sizes = np.array([n for n in SIZES if n >= 15 + 5 * (key[1] > 4)], dtype=float)
        for j, score in enumerate(SCORES):
            value, error = np.array([found[int(n)][key][:, j] for n in sizes]).T
            b, se = fit(sizes, value, error, 4)
            if abs(b[3]) < 2 * se[3]:
                b, se = fit(sizes, value, error, 3)
            lines.append(",".join([key[0], str(key[1]), f"{score:g}", *(f"{v:.6g}" for v in (*b, se[0]))]))
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
