"""Rejection rates of simulated samples: the bands they are held to, and the files in which they are kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest


def within(count: int, draws: int, low: float, high: float) -> bool:
    """Whether the exact 99.9 % interval of a rate meets a band."""
    interval = binomtest(int(count), draws).proportion_ci(0.999)
    return bool(interval.low <= high and interval.high >= low)


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows that a file has; none where it is not there."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def append(file: Path, fields: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Add rows to a file, below the names of its columns."""
    fresh = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fields, lineterminator="\n")
        if fresh:
            writer.writeheader()
        writer.writerows(rows)
