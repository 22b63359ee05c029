"""Weights of indicators by the CRITIC method: contrast times conflict."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.indicators import VARIANTS, critic, deliver, entropy, normalised, read_indicators
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "critic-weights",
    family="measures",
    title="CRITIC weights",
    reference="diakoulaki1995",
    choices={"variant": VARIANTS, "scale": ("minmax", "none"), "correlation": ("pearson", "spearman"),
             "method": ("deviation", "entropy")},
)
def critic_weights(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None,
                   time: str | None = None, scale: str = "minmax", correlation: str = "pearson",
                   method: str = "deviation", zero_rule: str = "zero", variant: str = "weights") -> Measure:
    r"""Weights that are larger the more an indicator varies and the less it goes with the others, and scores.

    .. math:: C_j = \sigma_j\sum_k (1-r_{jk}),\quad w_j = C_j\Big/\sum_k C_k,\qquad \text{score}_i=\sum_j w_j x'_{ij}

    with the standard deviation (n - 1) and correlations of the scaled indicators.  With entropy the contrast is
    :math:`1-e_j`, what the entropy of the indicator lacks of its largest value (``entropy-weights``), in place of
    :math:`\sigma_j`.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best.
    unit, time : column names, optional
        Keys; scores need the unit.
    scale : minmax or none
        x' = (x - min)/(max - min), or (max - x)/(max - min) for an indicator with -; none takes x as it is (zero or
        more, all +).
    correlation : pearson or spearman
        Of the values or of their ranks.
    method : deviation or entropy
        What the contrast of an indicator is.
    zero_rule : zero, widened, shifted, edged, epsilon or pinned
        Of the entropy, as in ``entropy-weights``; correlations are those of the values as they are scaled.
    variant : weights, scores, weights-by-time or scores-by-time
        All rows pooled, so that scores can be compared over time; or everything within each period.

    Returns
    -------
    Measure
        ``indicator``, ``sigma`` (or ``entropy``), ``conflict``, ``weight``; or unit, time, ``value``: the composite
        index from 0 to 1.  Details of scores: ``weights``; ``sensitivity``, a row for other weights: rank correlation
        with their ranking and the largest change of a rank.  An indicator that does not vary has weight 0, with a
        warning.

    Raises
    ------
    UsageError
        No indicator, or one without direction; what the variant needs and is not given; a zero rule without entropy.
    DataError
        What ``measures.tidy`` refuses; a unit that stands twice in a period; negative values without scaling.
    InfeasibleError
        Fewer than two rows; no indicator varies.

    Examples
    --------
    >>> frame = pd.DataFrame({"city": list("ABCD"), "gdp": [3.0, 5, 2, 7], "smoke": [10.0, 20, 15, 25]})
    >>> weights = critic_weights(frame, indicator=["gdp:+", "smoke:-"])
    >>> [(row["indicator"], round(row["weight"], 4)) for row in weights.rows]
    [('gdp', 0.5075), ('smoke', 0.4925)]
    """
    if zero_rule != "zero" and method != "entropy":
        raise UsageError("critic-weights --zero-rule is for --method entropy")
    found = read_indicators("critic-weights", data, indicator, unit, time, scale, "zero", variant)
    sigma, conflict, weight = critic(found.scaled, found.code, found.size, rank=correlation == "spearman")
    if method == "entropy":
        moved = read_indicators("critic-weights", data, indicator, unit, time, scale, zero_rule, variant)
        e = entropy(moved.scaled, moved.code, moved.size)[0]
        return deliver(found, {"entropy": e, "conflict": conflict}, normalised((1 - e) * conflict), variant)
    return deliver(found, {"sigma": sigma, "conflict": conflict}, weight, variant)
