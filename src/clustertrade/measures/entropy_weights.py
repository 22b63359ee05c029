"""Weights of indicators by their entropy, and the composite index that they give."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clustertrade.measures.indicators import VARIANTS, deliver, entropy, read_indicators
from clustertrade.registry import procedure
from clustertrade.results import Measure


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
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best.
    unit, time : column names, optional
        Keys; scores need the unit.
    zero_rule : zero, widened, shifted, edged, epsilon or pinned
        What is done about a scaled value of zero, whose logarithm is not defined: 0 ln 0 = 0; scaled values from 0.002
        to 0.998; from 0.01 to 0.99; from 0.0001 to 0.9999; 1e-10 added; 0.002 and 0.998 for exact zeros and ones
        alone.  The rules change weights in the third digit.
    scale : minmax or none
        x' = (x - min)/(max - min), or (max - x)/(max - min) for an indicator with -; none takes x as it is, for
        indicators that are scaled already (zero or more, all +).  Of an indicator with a best span it
        is 1 inside, and falls to 0 at the value of the sample that is farthest from it.
    variant : weights, scores, weights-by-time or scores-by-time
        With weights and scores all rows are pooled: one minimum and maximum, one set of weights, and n is the number of
        rows (units times periods), so that scores can be compared over time.  The other two do everything within each
        period; their scores compare units, not periods.

    Returns
    -------
    Measure
        ``indicator``, ``entropy``, ``weight``; or unit, time, ``value``: the composite index from 0 to 1.  Weights by
        time have a row a period and indicator, their period first.  Details of scores: ``weights``, the rows that the
        weights variant has; ``sensitivity``, a row for other weights: rank correlation with their ranking and the
        largest change of a rank.  An indicator that does not vary has entropy 1 and weight 0, with a warning.

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
    found = read_indicators("entropy-weights", data, indicator, unit, time, scale, zero_rule, variant)
    value, weight = entropy(found.scaled, found.code, found.size)
    return deliver(found, {"entropy": value}, weight, variant)
