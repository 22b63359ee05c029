"""Weights of indicators by principal components."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clustertrade.measures.indicators import VARIANTS, components, deliver, read_indicators
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "pca-weights",
    family="measures",
    title="Principal component weights",
    reference="hotelling1933",
    choices={"variant": VARIANTS, "scale": ("minmax", "none")},
)
def pca_weights(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None, time: str | None = None,
                scale: str = "minmax", variant: str = "weights") -> Measure:
    r"""Weights by the coefficients of the leading principal components, and scores with these weights.

    .. math:: w_j \propto \sum_{i:\lambda_i>1} \eta_i |a_{ji}|,\quad \eta_i=\lambda_i/J,\qquad
        \text{score}_i=\sum_j w_j x'_{ij}

    with eigenvalues :math:`\lambda` and unit eigenvectors a of the correlation matrix; the first component is kept in
    any case.  Absolute values make weights positive, whatever the sign of a component.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best.
    unit, time : column names, optional
        Keys; scores need the unit.
    scale : minmax or none
        As in ``entropy-weights``; it concerns scores, correlations do not depend on it.
    variant : weights, scores, weights-by-time or scores-by-time
        All rows pooled, so that scores can be compared over time; or everything within each period.

    Returns
    -------
    Measure
        ``indicator``, ``communality``, ``weight``; or unit, time, ``value``: the composite index from 0 to 1.  Details:
        ``components``, a row a period (or one): ``eigenvalues``, their ``share``, number of ``components`` kept,
        ``kmo`` (Kaiser, Meyer and Olkin; below 0.5 components are of little use), ``bartlett`` with
        ``bartlett_df`` and ``bartlett_pvalue`` (null hypothesis: no correlation); null where correlations are singular.
        Details of scores: ``weights`` and ``sensitivity`` as in ``entropy-weights``.  An indicator that does not vary
        has weight 0, with a warning.

    Raises
    ------
    UsageError
        No indicator, or one without direction; what the variant needs and is not given.
    DataError
        What ``measures.tidy`` refuses; a unit that stands twice in a period; negative values without scaling.
    InfeasibleError
        Fewer than two rows; no indicator varies.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2, 3, 4, 6], "b": [2.0, 3, 5, 6, 9], "c": [3.0, 1, 4, 1, 5]})
    >>> [round(row["weight"], 3) for row in pca_weights(frame, indicator=["a:+", "b:+", "c:+"]).rows]
    [0.365, 0.371, 0.264]
    """
    found = read_indicators("pca-weights", data, indicator, unit, time, scale, "zero", variant)
    common, weight, facts = components(found.scaled, found.code, found.size)
    if found.by_time:
        facts = [{found.tidy.columns["time"]: t, **f} for t, f in zip(found.tidy.levels["time"], facts, strict=True)]
    return deliver(found, {"communality": common}, weight, variant, {"components": facts})
