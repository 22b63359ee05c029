"""Printed critical values of Elliott, Rothenberg and Stock (1996), chosen by sample size as urca does."""

from __future__ import annotations

from functools import cache
from pathlib import Path

# Dickey-Fuller t without deterministic terms, the limit of the DF-GLS t with a constant: MacKinnon, J. G. (1991),
# Critical values for cointegration tests, in Engle and Granger (eds), Long-run economic relationships (no DOI),
# table 1: b0 + b1 / T + b2 / T^2, as urca has it.
SURFACE = {"0.01": (-2.5658, -1.960, -10.04), "0.05": (-1.9393, -0.398, 0.0), "0.1": (-1.6156, -0.181, 0.0)}
TABLE = Path(__file__).parent / "data" / "elliott1996.csv"


@cache
def _table() -> dict[tuple[str, str, str], tuple[float, ...]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split(",") for line in lines[1:]]
    return {(statistic, case, t): tuple(float(v) for v in values) for statistic, case, t, *values in rows}


def printed(statistic: str, case: str, periods: int) -> dict[str, float]:
    """Critical values of the DF-GLS ``t`` or of ``P-T`` by level, for c and ct.

    The row 50 below 50 periods, 100 below 100, 200 up to 200, the asymptotic row above; t with a constant from the
    response surface, to two decimals.
    """
    if (statistic, case) == ("t", "c"):
        return {level: round(a + b / periods + c / periods**2, 2) for level, (a, b, c) in SURFACE.items()}
    row = "50" if periods < 50 else "100" if periods < 100 else "200" if periods <= 200 else "inf"
    return dict(zip(("0.01", "0.05", "0.1"), _table()[statistic, case, row], strict=True))
