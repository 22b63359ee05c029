"""The moments that standardise Pedroni's statistics, as printed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "pedroni_moments.csv"
MOST = 7                                                                          # regressors that the table covers


@cache
def _table() -> dict[tuple[str, int, str], tuple[float, float]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split(",") for line in lines[1:]]
    return {(trend, int(m), name): (float(mean), float(variance)) for trend, m, name, mean, variance in rows}


def moments(trend: str, regressors: int, statistic: str) -> tuple[float, float]:
    """Mean and variance of panel-v, panel-rho, panel-t, group-rho or group-t for n, c, ct and one to seven x."""
    return _table()[trend, regressors, statistic]
