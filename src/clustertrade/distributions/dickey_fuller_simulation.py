r"""The finite-sample law of the (augmented) Dickey-Fuller t statistic, by simulation around the exact limit.

``python -m clustertrade.distributions.dickey_fuller_simulation`` writes ``data/dickey_fuller_finite.csv``.

Gaussian random walks that start at zero; n observations in the regression of the difference on the lagged level, k
lagged differences and n, c or ct.  With z_inf the normal quantile of the asymptotic law and
u = sign(t) sqrt(df log(1 + t^2/df)), which takes away most of the heavy tails of few degrees of freedom, the normal
quantile of P(statistic <= t) is z_inf(u) + b_1/n + ... + b_6/n^6.  The b are fitted by weighted least squares over the
n of the design, for each z_inf on a grid; no constant is needed, which checks the asymptotic law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from clustertrade.distributions.dickey_fuller import TERMS, score_asymptotic

Array = NDArray[np.float64]
TABLE = Path(__file__).parent / "data" / "dickey_fuller_finite.csv"
SEED = 20260101
MOST = 8                                                   # lagged differences
# Millions of draws by n: with 0 ... 8 lagged differences from the same walks, and further ones without any.
DESIGN = dict.fromkeys((5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 25, 30, 40, 60, 100), 1.0) | {200: 0.5}
PLAIN = {5: 20, 6: 20, 7: 20, 8: 40, 10: 40, 12: 40, 15: 40, 20: 40, 25: 40, 30: 40, 40: 40, 60: 30, 100: 30, 200: 15}
EDGES = np.arange(-16.0, 10.0 + 1e-9, 0.05)
GRID = np.round(np.arange(-4, 4.001, 0.2), 1)              # of z_inf
POWERS = 6                                                 # of 1/n


def plain_statistics(rng: np.random.Generator, draws: int, n: int) -> dict[str, Array]:
    """Dickey-Fuller t statistics without lags by trend, each (draws,)."""
    e = rng.standard_normal((draws, n))
    x = np.cumsum(e, 1) - e                                # level before the change, zero at first
    one, time = np.ones(n), np.arange(n) - (n - 1) / 2
    xx, xe, ee = (np.einsum("ij,ij->i", a, b) for a, b in ((x, x), (x, e), (e, e)))
    out = {"n": _ratio(xx, xe, ee, n - 1)}
    for trend, column in (("c", one), ("ct", time)):
        a, b, size = x @ column, e @ column, column @ column
        xx, xe, ee = xx - a * a / size, xe - a * b / size, ee - b * b / size
        out[trend] = _ratio(xx, xe, ee, n - 1 - TERMS[trend])
    return out


def _ratio(xx: Array, xe: Array, ee: Array, df: int) -> Array:
    return xe / np.sqrt(xx * (ee - xe * xe / xx) / df)


def statistics(rng: np.random.Generator, draws: int, n: int, most: int = MOST) -> Iterator[tuple[str, int, Array]]:
    """(trend, lags, t statistics) for every trend and up to ``most`` lagged differences, from the same walks.

    Orders that leave fewer than three degrees of freedom are left out.

    Each order is the walk that starts at zero k + 1 periods before the first observation.
    """
    e = rng.standard_normal((draws, most + n))
    now = e[:, most:]
    z = np.empty((draws, n, most + 4))                     # 1, time, lags 1 ... most, level, change
    z[..., 0], z[..., 1] = 1.0, np.arange(n) - (n - 1) / 2
    for i in range(1, most + 1):
        z[..., 1 + i] = e[:, most - i : most - i + n]
    z[..., -2], z[..., -1] = np.cumsum(now, 1) - now, now
    gram = np.ascontiguousarray(np.moveaxis(np.swapaxes(z, 1, 2) @ z, 0, -1))
    level = most + 2
    for trend, terms in TERMS.items():
        if trend == "n":
            for k in range(min(most, n - 4) + 1):          # each order has its own first level
                g = gram.copy()
                start = e[:, most - k : most].sum(1)
                g[level] += start * g[0]
                g[:, level] += start * g[:, 0]
                for i in range(2, 2 + k):
                    _sweep(g, i)
                yield trend, k, _ratio(g[level, level], g[level, -1], g[-1, -1], n - 1 - k)
            continue
        g = gram.copy()
        for i in range(terms):
            _sweep(g, i)
        for k in range(min(most, n - terms - 4) + 1):
            if k:
                _sweep(g, 1 + k)
            yield trend, k, _ratio(g[level, level], g[level, -1], g[-1, -1], n - 1 - terms - k)


def _sweep(g: Array, i: int) -> None:
    g -= (g[:, i, None] * g[None, i]) / g[i, i]


def counts(design: Mapping[int, float], plain: Mapping[int, float], million: int = 1_000_000,
           block: int = 20_000) -> dict[tuple[str, int, int], Array]:
    """Histogram over EDGES by (trend, lags, n)."""
    found: dict[tuple[str, int, int], Array] = {}

    def add(key: tuple[str, int, int], t: Array) -> None:
        found[key] = found.get(key, 0) + np.histogram(np.clip(t, EDGES[0], EDGES[-1] - 1e-9), EDGES)[0]

    for n, size in design.items():
        rng = np.random.default_rng([SEED, n])
        for _ in range(round(size * million / block)):
            for trend, k, t in statistics(rng, block, n):
                add((trend, k, n), t)
    for n, size in plain.items():
        rng = np.random.default_rng([SEED, n, 1])
        for _ in range(round(size * million / block)):
            for trend, t in plain_statistics(rng, block, n).items():
                add((trend, 0, n), t)
    return found


def corrections(found: dict[tuple[str, int, int], Array], trend: str, lags: int) -> tuple[Array, Array, float, int]:
    """Coefficients (G, 6) on the grid, standard error of the score at n = 25 (G,), chi2 / df, and the smallest n."""
    sizes, gaps, errors = [], [], []
    for n in sorted(n for a, b, n in found if (a, b) == (trend, lags)):
        df = n - 1 - TERMS[trend] - lags
        if df < 3:
            continue
        histogram = found[trend, lags, n]
        total = histogram.sum()
        below = np.cumsum(histogram)[:-1] / total
        t, p = EDGES[1:-1][(below > 1e-6) & (below < 1 - 1e-6)], below[(below > 1e-6) & (below < 1 - 1e-6)]
        z = ndtri(p)
        base = score_asymptotic(np.sign(t) * np.sqrt(df * np.log1p(t * t / df)), trend)
        error = np.sqrt(p * (1 - p) / total) * np.sqrt(2 * np.pi) * np.exp(z * z / 2)
        sizes.append(float(n))
        gaps.append(np.interp(GRID, base, z - base))
        errors.append(np.interp(GRID, base, error))
    powers = np.array(sizes)[:, None] ** -np.arange(1.0, POWERS + 1)
    at = 25.0 ** -np.arange(1.0, POWERS + 1)
    coefficients, spread = np.empty((len(GRID), POWERS)), np.empty(len(GRID))
    misfit = 0.0
    for g in range(len(GRID)):
        weight = 1 / np.array(errors)[:, g]
        x, y = powers * weight[:, None], np.array(gaps)[:, g] * weight
        coefficients[g] = np.linalg.lstsq(x, y, rcond=None)[0]
        spread[g] = np.sqrt(at @ np.linalg.inv(x.T @ x) @ at)
        misfit += ((y - x @ coefficients[g]) ** 2).sum()
    return coefficients, spread, misfit / (len(GRID) * (len(sizes) - POWERS)), int(min(sizes))


def write(found: dict[tuple[str, int, int], Array]) -> None:
    """Write the table from the histograms."""
    head = ["# Finite-sample correction of the asymptotic law of the (augmented) Dickey-Fuller t statistic, by trend,",
            "# lagged differences and z, the normal quantile of that law at u: the score is z + b1/n + ... + b6/n^6.",
            f"# Simulated by dickey_fuller_simulation.py, seed {SEED}: 10^6 draws of each of",
            f"# n = {', '.join(str(n) for n in DESIGN)} (200: half as many); without lags",
            "# 15 to 40 million more of most.  se: standard error of the score at n = 25.",
            "trend,lags,smallest_n,z," + ",".join(f"b{j}" for j in range(1, POWERS + 1)) + ",se"]
    rows = []
    for trend in TERMS:
        for lags in range(MOST + 1):
            b, se, _, least = corrections(found, trend, lags)
            rows += [f"{trend},{lags},{least},{z:.1f},{','.join(f'{v:.6g}' for v in row)},{e:.1e}"
                     for z, row, e in zip(GRID, b, se, strict=True)]
    TABLE.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


def main() -> None:
    """Simulate and write the table (about half an hour of one core)."""
    write(counts(DESIGN, PLAIN))


if __name__ == "__main__":
    main()
