"""Weights of indicators by their coefficient of variation."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clustertrade.measures.indicators import VARIANTS, deliver, read_indicators, scheme_weights, variation
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "cv-weights",
    family="measures",
    title="Coefficient-of-variation weights",
    reference="hwang_yoon1981",
    choices={"variant": VARIANTS},
)
def cv_weights(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None, time: str | None = None,
               variant: str = "weights") -> Measure:
    r"""Weights in proportion to standard deviation over mean, and scores with these weights.

    .. math:: w_j = \frac{\sigma_j/\bar x_j}{\sum_k\sigma_k/\bar x_k},\qquad \text{score}_i=\sum_j w_j x'_{ij}

    of the indicators as they are; scores take them scaled from 0 to 1, as ``entropy-weights`` does.  The weight depends
    on where zero lies, so an indicator should have a natural one.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best.
    unit, time : column names, optional
        Keys; scores need the unit.
    variant : weights, scores, weights-by-time or scores-by-time
        All rows pooled, so that scores can be compared over time; or everything within each period.

    Returns
    -------
    Measure
        ``indicator``, ``cv``, ``weight``; or unit, time, ``value``: the composite index from 0 to 1.  Details of
        scores: ``weights``; ``sensitivity``, a row for other weights: rank correlation with their ranking and the
        largest change of a rank.  An indicator that does not vary has weight 0, with a warning.

    Raises
    ------
    UsageError
        No indicator, or one without direction; what the variant needs and is not given.
    DataError
        What ``measures.tidy`` refuses; a unit that stands twice in a period; a mean that is not above zero.
    InfeasibleError
        Fewer than two rows; no indicator varies.

    Examples
    --------
    >>> frame = pd.DataFrame({"gdp": [10.0, 20, 15], "jobs": [5.0, 10, 8]})
    >>> [round(row["weight"], 4) for row in cv_weights(frame, indicator=["gdp:+", "jobs:+"]).rows]
    [0.5038, 0.4962]
    """
    found = read_indicators("cv-weights", data, indicator, unit, time, "minmax", "zero", variant)
    weight = scheme_weights(found, "cv")
    return deliver(found, {"cv": variation(found.values, found.code, found.size)[0]}, weight, variant)
