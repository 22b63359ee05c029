"""Printed tables of critical values and moments: ``data/<name>.csv`` with their source in its first lines.

One rule: linear between the rows of each axis (towards a row ``inf``, linear in the inverse of the axis), the edge
beyond them, and the caller is told which points lay outside.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
FOLDER = Path(__file__).parent / "data"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a table, as printed."""
    text = (FOLDER / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(line for line in text if line and not line.startswith("#")))


@cache
def _grid(name: str, value: str, axes: tuple[str, ...], where: tuple[tuple[str, str], ...]) -> tuple[
        tuple[Array, ...], Array]:
    """The axes of the rows that match, and the values on their full grid."""
    chosen = [row for row in rows(name) if all(row[k] == v for k, v in where)]
    if not chosen:
        raise KeyError(f"{name}.csv has no rows with {dict(where)}")
    marks = tuple(np.unique([float(row[a]) for row in chosen]) for a in axes)
    cube = np.full([len(m) for m in marks], np.nan)
    for row in chosen:
        cell = tuple(int(np.searchsorted(m, float(row[a]))) for m, a in zip(marks, axes, strict=True))
        cube[cell] = float(row[value])
    if np.isnan(cube).any():
        raise KeyError(f"{name}.csv lacks cells of {axes} with {dict(where)}")
    return marks, cube


def lookup(name: str, value: str, at: Mapping[str, ArrayLike], where: Mapping[str, str] | None = None, *,
           infinity: float = np.inf, step: bool = False) -> tuple[Array, NDArray[np.bool_]]:
    """Values of a column at points of its axes, and whether each point lies outside the table.

    name of the file, value column, at: axis -> points (B,), where: column -> the row label  ->  (B,), (B,) bool

    With ``step`` the next row at or above the point is taken instead (the last one beyond it).  ``infinity`` is the
    number at which a row ``inf`` stands, for programs that place it somewhere.

    Examples
    --------
    >>> lookup("ips2003_table3", "mean", {"t": [20, 22.5]}, {"trend": "c", "lags": "0"})
    (array([-1.522, -1.521]), array([False, False]))
    """
    axes = tuple(at)
    marks, cube = _grid(name, value, axes, tuple(sorted((where or {}).items())))
    points = np.broadcast_arrays(*(np.asarray(at[a], dtype=float) for a in axes))
    outside = np.zeros(points[0].shape, dtype=bool)
    found = np.zeros(points[0].shape)
    corners: list[list[tuple[NDArray[np.int_], Array]]] = []
    for mark, x in zip(marks, points, strict=True):
        mark = np.where(np.isinf(mark), infinity, mark)
        outside |= (x < mark[0]) | (x > mark[-1])
        if step or len(mark) == 1:
            above = np.clip(np.searchsorted(mark, x), 0, len(mark) - 1)
            corners.append([(above, np.ones_like(found))])
            continue
        x = np.clip(x, mark[0], mark[-1])
        above = np.clip(np.searchsorted(mark, x), 1, len(mark) - 1)
        low, high = mark[above - 1], mark[above]
        with np.errstate(invalid="ignore"):
            share = np.where(np.isinf(high), 1 - low / x, (x - low) / (high - low))
        corners.append([(above - 1, 1 - share), (above, share)])
    for choice in np.ndindex(*(len(c) for c in corners)):
        picked = [corner[i] for corner, i in zip(corners, choice, strict=True)]
        found += cube[tuple(index for index, _ in picked)] * np.prod([weight for _, weight in picked], axis=0)
    return found, outside
