"""The null distribution of Johansen's trace and max-eig statistics: Doornik's gamma approximation."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import gammaincc, gammainccinv

TABLE = Path(__file__).parent / "data" / "doornik1998.csv"


@cache
def _coefficients() -> dict[tuple[int, str, str], np.ndarray]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split(",") for line in lines[1:]]
    return {(int(case), table, moment): np.array(rest, dtype=float) for case, table, moment, *rest in rows}


def moments(case: int, statistic: str, n: int, sample: int | None = None) -> tuple[float, float]:
    """Mean and variance of ``trace`` or ``max-eig`` with n common trends in deterministic case 1 to 5.

    With ``sample``, the periods less the parameters of an equation, the mean and variance in a sample of that size
    (trace only; Doornik 1998).
    """
    terms = np.array([n * n, n, 1, n == 1, n == 2, np.sqrt(n), 0, 0, 0, 0, 0], dtype=float)
    table = _coefficients()
    mean, variance = (float(table[case, statistic, moment] @ terms) for moment in ("mean", "variance"))
    if sample is None:
        return mean, variance
    terms = np.array([0, 0, 0, n == 1, n == 2, 0, np.sqrt(n) / sample, n / sample, (n / sample) ** 2,
                      (n == 1) / sample, n == 3], dtype=float)
    grow = [float(np.exp(table[case, "correction", moment] @ terms)) for moment in ("mean", "variance")]
    return mean * grow[0], variance * grow[1]


def pvalue(value: float, case: int, statistic: str, n: int, sample: int | None = None) -> float:
    """Upper tail probability of a trace or max-eig statistic."""
    mean, variance = moments(case, statistic, n, sample)
    return float(gammaincc(mean**2 / variance, max(value, 0.0) * mean / variance))


def critical(level: float, case: int, statistic: str, n: int, sample: int | None = None) -> float:
    """The value that is exceeded with probability ``level``."""
    mean, variance = moments(case, statistic, n, sample)
    return float(gammainccinv(mean**2 / variance, level) * variance / mean)
