"""Printed critical values of Elliott, Rothenberg and Stock (1996), chosen by sample size as urca does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "elliott1996.csv"


@cache
def _table() -> dict[tuple[str, str, str], tuple[float, ...]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split(",") for line in lines[1:]]
    return {(statistic, case, t): tuple(float(v) for v in values) for statistic, case, t, *values in rows}


def printed(statistic: str, case: str, periods: int) -> dict[str, float]:
    """Critical values of ``t`` (ct) or ``P-T`` (c, ct) by level: the row 50 below 50 periods, 100 below 100, 200 up to
    200, the asymptotic row above.
    """
    row = "50" if periods < 50 else "100" if periods < 100 else "200" if periods <= 200 else "inf"
    return dict(zip(("0.01", "0.05", "0.1"), _table()[statistic, case, row], strict=True))
