"""Printed critical values of Zivot and Andrews (1992)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "zivot1992.csv"


@cache
def printed() -> dict[str, dict[str, float]]:
    """Critical values by case (level, trend, regime) and level."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    levels = lines[0].split(",")[1:]
    rows = [line.split(",") for line in lines[1:]]
    return {case: {k: float(v) for k, v in zip(levels, values, strict=True)} for case, *values in rows}
