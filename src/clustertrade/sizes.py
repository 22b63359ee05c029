"""Sizes outside of their bands: where simulation found that a test does not keep its level.

``sizes.csv`` holds those rows of docs/validation/size-power.csv that lie outside; both are written by
``python -m tests.simulation.size_power``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

PATH = Path(__file__).parent / "sizes.csv"
LEVEL = 0.05
BANDS = {"asymptotic": (0.02, 0.10), "bootstrap": (0.03, 0.075)}                # of a 5 % test


class Size(NamedTuple):
    """Share of true nulls that a test rejects at 5 %: of N entities and T periods, errors independent or factor."""

    test: str
    statistic: str
    trend: str
    n: int
    t: int
    errors: str
    version: str
    rate: float


@cache
def outside(test: str) -> tuple[Size, ...]:
    """The sizes of a test that lie outside of their band."""
    with PATH.open(encoding="utf-8", newline="") as lines:
        return tuple(Size(r["test"], r["statistic"], r["trend"], int(r["N"]), int(r["T"]), r["errors"], r["version"],
                          float(r["rate"])) for r in csv.DictReader(lines) if r["test"] == test)


def nearest(sizes: Sequence[Size], n: int, t: int) -> list[Size]:
    """Those of the design whose N and T are nearest by ratio; of several errors the one farthest from 5 %."""
    if not sizes:
        return []
    far = {(s.n, s.t): abs(math.log(s.n / n)) + abs(math.log(s.t / t)) for s in sizes}
    best = min(far, key=lambda cell: (far[cell], cell))
    found: dict[str, Size] = {}
    for s in sorted((s for s in sizes if (s.n, s.t) == best), key=lambda s: -abs(s.rate - LEVEL)):
        found.setdefault(s.statistic, s)
    return list(found.values())
