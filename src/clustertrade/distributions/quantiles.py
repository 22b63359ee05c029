"""Null distributions from tables of simulated quantiles: one file a statistic, one rule of interpolation.

A table ``data/<name>.csv`` has a row for each case and sample size T with the quantiles at the probabilities of its
head; comments say which script, seed and number of replications made it and the standard errors.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

Array = NDArray[np.float64]
FOLDER = Path(__file__).parent / "data"
LEVELS = (0.01, 0.05, 0.1)


@cache
def _table(name: str) -> tuple[Array, dict[str, tuple[Array, Array]]]:
    """Probabilities (P,), and for each case the sample sizes (S,) and quantiles (S, P)."""
    lines = [line for line in (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
             if line and not line.startswith("#")]
    probabilities = np.array(lines[0].split(",")[2:], dtype=float)
    cases: dict[str, list[list[float]]] = {}
    for line in lines[1:]:
        case, *rest = line.split(",")
        cases.setdefault(case, []).append([float(v) for v in rest])
    arrays = {case: np.array(rows) for case, rows in cases.items()}
    return probabilities, {case: (rows[:, 0], rows[:, 1:]) for case, rows in arrays.items()}


def _row(name: str, case: str, t: float) -> tuple[Array, Array]:
    """Probabilities and quantiles at sample size t: linear in 1/t between rows, the last row beyond them."""
    probabilities, cases = _table(name)
    sizes, quantiles = cases[case]
    x = np.clip(1 / t, 1 / sizes[-1], 1 / sizes[0])
    above = int(np.clip(np.searchsorted(sizes, 1 / x), 1, len(sizes) - 1))
    a, b = 1 / sizes[above - 1], 1 / sizes[above]
    weight = (a - x) / (a - b)
    return probabilities, (1 - weight) * quantiles[above - 1] + weight * quantiles[above]


def outside(name: str, case: str, t: float) -> tuple[str, ...]:
    """A warning where the table has no rows around sample size t, and the lookup takes its first or last one."""
    sizes = _table(name)[1][case][0]
    if sizes[0] <= t <= sizes[-1]:
        return ()
    edge = sizes[0] if t < sizes[0] else sizes[-1]
    return (f"T={t:g} is outside of the table of quantiles ({name}.csv: {sizes[0]:g} to {sizes[-1]:g}); p and critical "
            f"values are those of T={edge:g}",)


def pvalue(name: str, case: str, t: float, value: float, tail: str = "lower") -> float:
    """Tail probability of a statistic in a sample of size t.

    name of the table, case (a row label), t, value, tail lower or upper  ->  p in (0, 1)

    Normal scores of the probabilities are linear between neighbouring quantiles, and beyond the outermost two.
    """
    z = float(scores(name, case, t, value))
    return float(ndtr(z if tail == "lower" else -z))


def scores(name: str, case: str, t: float, values: ArrayLike) -> Array:
    """Normal quantiles of P(statistic <= value) for many values of one case and sample size; the shape of values."""
    probabilities, quantiles = _row(name, case, t)
    score, x = ndtri(probabilities), np.asarray(values, dtype=float)
    k = np.clip(np.searchsorted(quantiles, x), 1, len(quantiles) - 1)
    slope = (score[k] - score[k - 1]) / (quantiles[k] - quantiles[k - 1])
    return np.asarray(score[k - 1] + slope * (x - quantiles[k - 1]))


def critical(name: str, case: str, t: float, tail: str = "lower",
             levels: tuple[float, ...] = LEVELS) -> dict[str, float]:
    """Critical values by level, in a sample of size t."""
    probabilities, quantiles = _row(name, case, t)
    score = ndtri(probabilities)
    wanted = ndtri(np.array(levels) if tail == "lower" else 1 - np.array(levels))
    return {f"{level:g}": float(v) for level, v in zip(levels, np.interp(wanted, score, quantiles), strict=True)}
