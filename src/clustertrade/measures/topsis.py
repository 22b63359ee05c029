"""TOPSIS: closeness to the best and distance from the worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.indicators import (
    SCHEMES,
    Indicators,
    rank_correlation,
    ranks,
    read_indicators,
    scheme_weights,
)
from clustertrade.measures.tidy import Array, Codes, Rows, add_up
from clustertrade.registry import procedure
from clustertrade.results import Measure

SCALES = ("vector", "minmax", "none")


@procedure(
    "topsis",
    family="measures",
    title="TOPSIS score",
    reference="hwang_yoon1981",
    choices={"variant": ("pooled", "by-time"), "scale": SCALES,
             "weighting": ("equal", "entropy", "critic", "cv", "pca")},
)
def topsis(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None, time: str | None = None,
           weighting: str = "equal", scale: str = "vector", zero_rule: str = "zero",
           variant: str = "pooled") -> Measure:
    r"""Relative closeness of each row to the best value of every indicator.

    .. math:: v_{ij} = w_j\,x_{ij}/\lVert x_j\rVert_2,\quad D_i^{\pm} = \sqrt{\sum_j (v_{ij}-v_j^{\pm})^2},\quad
        C_i = \frac{D_i^-}{D_i^+ + D_i^-}

    with the best and worst value :math:`v_j^{\pm}` of the rows, the smallest being best for an indicator with -.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best: these are
        scaled to closeness from 0 to 1 first.  Weights may follow: COL:+:0.6.
    unit, time : column names, optional
        Keys.
    weighting : equal, entropy, critic, cv or pca
        Weights where none are given.  entropy, critic and pca take values scaled to [0, 1] as ``entropy-weights`` does.
    scale : vector, minmax or none
        x over its Euclidean norm; (x - min)/(max - min); x as it is.
    zero_rule : zero, widened, shifted, edged, epsilon or pinned
        Of entropy weights.
    variant : pooled or by-time
        All rows in one, so that scores can be compared over time; or each period by itself.

    Returns
    -------
    Measure
        Unit, time, ``D+``, ``D-``, ``rank`` (1 the best, in its period where by-time) and ``value``, C from 0 to 1.
        Details: ``weights``; ``sensitivity``, a row for other scales and weights: rank correlation with their ranking
        and the largest change of a rank.

    Raises
    ------
    UsageError
        No indicator, or one without direction; by-time without time; weights for some indicators only.
    DataError
        What ``measures.tidy`` refuses; a unit that stands twice in a period.
    InfeasibleError
        Fewer than two rows; no indicator varies.

    Notes
    -----
    With the norm, and without a scale, ranks depend on where zero lies.  A row that is added changes all scores.

    Examples
    --------
    >>> frame = pd.DataFrame({"city": list("abc"), "gdp": [2.0, 5, 3], "smoke": [8.0, 1, 6]})
    >>> result = topsis(frame, indicator=["gdp:+:0.6", "smoke:-:0.4"], unit="city")
    >>> [round(row["value"], 4) for row in result.rows]
    [0.0, 1.0, 0.3111]
    """
    if variant == "by-time" and time is None:
        raise UsageError("topsis --variant by-time needs --time")
    found = read_indicators("topsis", data, indicator, unit, time, "minmax", zero_rule,
                            "scores-by-time" if variant == "by-time" and unit else
                            "weights-by-time" if variant == "by-time" else "weights", weighted=True)
    own = "given" if found.parameters[0].weight is not None else weighting
    weight = scheme_weights(found, own)
    far, near, value = closeness(found, weight, scale)
    place = ranks(value, found.code)
    tidy = found.tidy
    result = tidy.by_row(value)
    frame = result.to_frame()
    for name, column in (("D+", far), ("D-", near), ("rank", place)):
        frame.insert(frame.shape[1] - 1, name, column)
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=found.warnings, details={
        "weights": [{**({tidy.columns["time"]: tidy.levels["time"][g]} if found.by_time else {}), "indicator": c,
                     "weight": weight[g, j]} for g in range(found.size) for j, c in enumerate(found.names)],
        "sensitivity": _sensitivity(found, place, own)})


def closeness(found: Indicators, weight: Array, scale: str) -> tuple[Array, Array, Array]:
    """D+, D- and C of each row (n,)."""
    x = np.where([p.best is not None for p in found.parameters], found.scaled, found.values)
    code, size = found.code, found.size
    worse = np.array([p.direction == "-" for p in found.parameters])
    if scale == "vector":
        norm = np.sqrt(np.stack([add_up(code, column**2, size) for column in x.T], -1))
        x = x / np.where(norm > 0, norm, 1.0)[code]
    elif scale == "minmax":
        low, high = _extremes(x, code, size)
        x = (x - low[code]) / np.where(high > low, high - low, 1.0)[code]
    v = weight[code] * x
    low, high = _extremes(v, code, size)
    best, worst = np.where(worse, low, high), np.where(worse, high, low)
    far, near = (np.sqrt(((v - end[code]) ** 2).sum(1)) for end in (best, worst))
    both = far + near
    return far, near, np.where(both > 0, near / np.where(both > 0, both, 1.0), 0.5)


def _extremes(x: Array, code: Codes, size: int) -> tuple[Array, Array]:
    low, high = np.full((size, x.shape[1]), np.inf), np.full((size, x.shape[1]), -np.inf)
    np.minimum.at(low, code, x)
    np.maximum.at(high, code, x)
    return low, high


def _sensitivity(found: Indicators, place: Array, own: str) -> list[dict[str, Any]]:
    """A row a scale and weighting: how far its ranking is from this one."""
    rows = []
    for scheme in [*SCHEMES, *(["given"] if own == "given" else [])]:
        if scheme == "cv" and (found.values.mean(0) <= 0).any():
            continue
        weight = scheme_weights(found, scheme) if scheme != "cv" else SCHEMES["cv"](found)
        if not np.isfinite(weight).all():
            continue
        for scale in SCALES[:2]:
            theirs = ranks(closeness(found, weight, scale)[2], found.code)
            rows.append({"weights": scheme, "scale": scale, "spearman": rank_correlation(place, theirs),
                         "largest_change": float(np.abs(place - theirs).max())})
    return rows
