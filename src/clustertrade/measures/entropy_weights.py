"""Weights of indicators by their entropy, and the composite index that they give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import xlogy

from clustertrade.errors import DataError, InfeasibleError, UsageError, first_of
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, read
from clustertrade.registry import procedure
from clustertrade.results import Measure

VARIANTS = ("weights", "scores", "weights-by-time", "scores-by-time")
# Where scaled values lie, and what is added to them: the rules met in practice, by name.
ZERO_RULES = {"zero": (0.0, 1.0, 0.0), "widened": (0.002, 0.998, 0.0), "shifted": (0.01, 0.99, 0.0),
              "epsilon": (0.0, 1.0, 1e-10)}


@procedure(
    "entropy-weights",
    family="measures",
    title="Entropy weights and composite index",
    reference="hwang_yoon1981",
    choices={"variant": VARIANTS, "scale": ("minmax", "none")},
)
def entropy_weights(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None,
                    time: str | None = None, zero_rule: str = "zero", scale: str = "minmax",
                    variant: str = "weights") -> Measure:
    r"""Weights that are larger the more unevenly an indicator is spread over the rows, and scores with these weights.

    .. math:: p_{ij}=\frac{x'_{ij}}{\sum_i x'_{ij}},\quad e_j=-\frac1{\ln n}\sum_i p_{ij}\ln p_{ij},\quad
        w_j=\frac{1-e_j}{\sum_k(1-e_k)},\qquad \text{score}_i=\sum_j w_j x'_{ij}

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+ or COL:-, several
        Indicators, and whether more of them is better (+) or worse (-).
    unit, time : column names, optional
        Keys; scores need the unit.
    zero_rule : zero, widened, shifted or epsilon
        What is done about a scaled value of zero, whose logarithm is not defined: 0 ln 0 = 0; scaled values from 0.002
        to 0.998; from 0.01 to 0.99; 1e-10 added.  The rules change weights in the third digit.
    scale : minmax or none
        x' = (x - min)/(max - min), or (max - x)/(max - min) for an indicator with -; none takes x as it is, for
        indicators that are scaled already (zero or more, all +).
    variant : weights, scores, weights-by-time or scores-by-time
        With weights and scores all rows are pooled: one minimum and maximum, one set of weights, and n is the number of
        rows (units times periods), so that scores can be compared over time.  The other two do everything within each
        period; their scores compare units, not periods.

    Returns
    -------
    Measure
        ``indicator``, ``entropy``, ``weight``; or unit, time, ``value``: the composite index from 0 to 1.  Weights by
        time have a row a period and indicator, their period first.  Details of scores: ``weights``, the rows that the
        weights variant has.  An indicator that does not vary has entropy 1 and weight 0, with a warning.

    Raises
    ------
    UsageError
        No indicator, or one without direction; what the variant needs and is not given.
    DataError
        What ``measures.tidy`` refuses; a unit that stands twice in a period; negative values without scaling.
    InfeasibleError
        Fewer than two rows; no indicator varies.

    Notes
    -----
    Minimum and maximum are those of the sample: another year or region changes all scores.  Entropy measures spread,
    not importance.

    Examples
    --------
    >>> frame = pd.DataFrame({"city": list("ABCD"), "gdp": [3.0, 5, 2, 7], "smoke": [10.0, 20, 15, 25]})
    >>> weights = entropy_weights(frame, indicator=["gdp:+", "smoke:-"], zero_rule="widened")
    >>> [(row["indicator"], round(row["weight"], 4)) for row in weights.rows]
    [('gdp', 0.5453), ('smoke', 0.4547)]
    """
    directions = _directions(indicator)
    if variant.endswith("by-time") and time is None:
        raise UsageError(f"entropy-weights --variant {variant} needs --time")
    if variant.startswith("scores") and unit is None:
        raise UsageError(f"entropy-weights --variant {variant} needs --unit")
    if scale == "none" and "-" in directions.values():
        raise UsageError("entropy-weights --scale none takes indicators as they are: all must have the direction +")
    tidy = read("entropy-weights", data, {"unit": unit, "time": time}, {c: c for c in directions},
                signed=tuple(directions) if scale == "minmax" else (), unique=unit is not None)
    code, size = tidy.group("time") if variant.endswith("by-time") else (np.zeros(tidy.n, dtype=np.int64), 1)
    values = np.column_stack([tidy.numbers[c] for c in directions])                    # (n, J)
    scaled, warnings = scaled_values(tidy, values, list(directions.values()), code, size, scale, zero_rule)
    entropy, weight = weights(scaled, code, size)                                      # (G, J)
    names = list(directions)
    periods = [{time: t} for t in tidy.levels["time"]] if size > 1 or variant.endswith("by-time") else [{}]
    rows = [{**p, "indicator": c, "entropy": entropy[g, j], "weight": weight[g, j]}
            for g, p in enumerate(periods) for j, c in enumerate(names)]
    if variant.startswith("weights"):
        columns = (*periods[0], "indicator", "entropy", "weight")
        return Measure(columns=tuple(map(str, columns)), rows=Rows(pd.DataFrame(rows)), warnings=warnings)
    return tidy.by_row((weight[code] * scaled).sum(1), warnings=warnings, details={"weights": rows})


def _directions(indicator: Sequence[str]) -> dict[str, str]:
    if not indicator:
        raise UsageError("entropy-weights needs --indicator COL:+ or COL:-, at least two of them")
    found: dict[str, str] = {}
    for pair in indicator:
        column, _, direction = str(pair).rpartition(":")
        if direction not in ("+", "-") or not column:
            raise UsageError(f"entropy-weights --indicator {pair}: COL:+ where more is better, COL:- where it is worse")
        if column in found:
            raise UsageError(f"entropy-weights: indicator {column} is given twice")
        found[column] = direction
    return found


def scaled_values(tidy: Tidy, values: Array, directions: Sequence[str], code: Codes, size: int, scale: str,
                  zero_rule: str) -> tuple[Array, tuple[str, ...]]:
    """x' (n, J) within each group of rows, and warnings; an indicator that is constant in its group is zero there."""
    low, high, plus = ZERO_RULES[zero_rule]
    if (n := np.bincount(code, minlength=size).min()) < 2:
        raise InfeasibleError(f"entropy-weights compares rows and needs at least 2{' a period' if size > 1 else ''}; "
                              f"there {'is' if n == 1 else 'are'} {n}")
    if scale == "none" and values.max() > 1 and zero_rule in ("widened", "shifted"):
        raise DataError(f"entropy-weights --scale none --zero-rule {zero_rule}: indicators must lie in [0, 1]; the "
                        f"largest value is {values.max():g}")
    bottom, top = np.full((size, values.shape[1]), np.inf), np.full((size, values.shape[1]), -np.inf)
    np.minimum.at(bottom, code, values)
    np.maximum.at(top, code, values)
    flat = top - bottom <= 1e-13 * np.maximum(np.abs(top), np.abs(bottom))
    if flat.all(1).any():
        when = f" in {first_of(tidy.levels['time'][np.flatnonzero(flat.all(1))])}" if size > 1 else ""
        raise InfeasibleError(f"entropy-weights: no indicator varies{when}")
    unit = (values - bottom[code]) / np.where(flat, 1.0, top - bottom)[code] if scale == "minmax" else values
    unit = np.where(np.array(directions) == "-", 1 - unit, unit)
    # Values that come scaled are moved only where the rule asks for it: 0 and 1 to its limits.
    inner = low + (high - low) * unit if scale == "minmax" else np.clip(unit, low, high) if low > 0 else unit
    warnings = []
    names = list(tidy.numbers)
    for j in np.flatnonzero(flat.any(0)):
        when = f" in {first_of(tidy.levels['time'][np.flatnonzero(flat[:, j])])}" if size > 1 else ""
        warnings.append(f"{names[j]} does not vary{when}: its weight is 0")
    return np.where(flat[code], 0.0, inner + plus), tuple(warnings)


def weights(scaled: Array, code: Codes, size: int) -> tuple[Array, Array]:
    """Entropy and weight (G, J) of scaled values (n, J); a column of zeros has entropy 1."""
    total = np.stack([np.bincount(code, column, size) for column in scaled.T], -1)
    share = scaled / np.where(total > 0, total, 1.0)[code]
    count = np.bincount(code, minlength=size)[:, None]                                 # n of the logarithm: rows pooled
    information = np.stack([np.bincount(code, column, size) for column in -xlogy(share, share).T], -1)
    entropy = np.where(total > 0, information / np.log(count), 1.0)
    spread = np.maximum(1 - entropy, 0.0)
    return entropy, spread / spread.sum(1, keepdims=True)
