"""Sizes outside of their bands: where simulation found that a test does not keep its level.

``sizes.csv`` holds those rows of docs/validation/size-power.csv that lie outside; both are written by
``python -m tests.simulation.size_power``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
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


def nearest_design(designs: Iterable[tuple[int, int]], n: int, t: int) -> tuple[int, int]:
    """Of simulated (N, T) the one that is nearest to n and t, by ratios."""
    return min(designs, key=lambda d: (abs(math.log(d[0] / n)) + abs(math.log(d[1] / t)), d))


def nearest(sizes: Sequence[Size], n: int, t: int) -> list[Size]:
    """Those of the design whose N and T are nearest by ratio; of several errors the one farthest from 5 %."""
    if not sizes:
        return []
    best = nearest_design({(s.n, s.t) for s in sizes}, n, t)
    found: dict[str, Size] = {}
    for s in sorted((s for s in sizes if (s.n, s.t) == best), key=lambda s: -abs(s.rate - LEVEL)):
        found.setdefault(s.statistic, s)
    return list(found.values())
