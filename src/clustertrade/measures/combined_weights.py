"""Several weightings of indicators made one: by game theory, product, geometric or arithmetic mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError, first_of
from clustertrade.measures.indicators import SCHEMES, deliver, normalised, read_indicators, scheme_weights
from clustertrade.measures.indicators import VARIANTS as RESULTS
from clustertrade.measures.tidy import Array
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "combined-weights",
    family="measures",
    title="Combination of weightings",
    reference="hwang_yoon1981",
    choices={"variant": RESULTS, "scale": ("minmax", "none"), "combine": ("game", "product", "geometric", "linear")},
)
def combined_weights(data: pd.DataFrame, *, indicator: Sequence[str] = (), unit: str | None = None,
                     time: str | None = None, schemes: Sequence[str] = ("entropy", "critic"), combine: str = "game",
                     scale: str = "minmax", zero_rule: str = "zero", variant: str = "weights") -> Measure:
    r"""Weights between those of several schemes, and scores with them.

    .. math:: \text{product}: w_j\propto\prod_m w_{mj};\quad \text{geometric}: w_j\propto\Big(\prod_m w_{mj}\Big)^{1/M};
        \quad \text{linear}: w_j = \frac1M\sum_m w_{mj};\quad \text{game}: w_j = \sum_m\alpha_m w_{mj}

    game takes the :math:`\alpha` that solve :math:`\sum_l \alpha_l w_mw_l' = w_mw_m'` for every scheme m, the condition
    of the smallest distance to all of them, as absolute values that sum to one.

    Parameters
    ----------
    data : DataFrame
        A row a unit and period.
    indicator : COL:+, COL:- or COL:LOW..HIGH, several
        Indicators, and whether more of them is better (+) or worse (-), or values between two are best.  With a weight
        each (COL:+:0.4) these are one more scheme, called given.
    unit, time : column names, optional
        Keys; scores need the unit.
    schemes : equal, entropy, critic, cv, pca; several
        What is combined, beside the weights that are given.
    combine : game, product, geometric or linear
        How.
    scale : minmax or none
        As in ``entropy-weights``.
    zero_rule : zero, widened, shifted, edged, epsilon or pinned
        As in ``entropy-weights``.
    variant : weights, scores, weights-by-time or scores-by-time
        All rows pooled, so that scores can be compared over time; or everything within each period.

    Returns
    -------
    Measure
        ``indicator``, the weight by each scheme under its name, ``weight``; or unit, time, ``value``.  Details:
        ``alpha``, the share of each scheme in the game, a row a period (or one).  Details of scores: ``weights`` and
        ``sensitivity`` as in ``entropy-weights``.

    Raises
    ------
    UsageError
        Fewer than two schemes, or one that is not known; as ``entropy-weights``.
    DataError, InfeasibleError
        As ``entropy-weights``; with cv a mean that is not above zero.

    Examples
    --------
    >>> frame = pd.DataFrame({"gdp": [3.0, 5, 2, 7], "smoke": [10.0, 20, 15, 25]})
    >>> result = combined_weights(frame, indicator=["gdp:+:0.7", "smoke:-:0.3"], schemes=["critic"], combine="linear")
    >>> [round(row["weight"], 4) for row in result.rows]
    [0.6038, 0.3962]
    """
    found = read_indicators("combined-weights", data, indicator, unit, time, scale, zero_rule, variant, weighted=True)
    named = [str(s) for s in schemes]
    if unknown := [s for s in named if s not in SCHEMES]:
        raise UsageError(f"combined-weights --schemes {unknown[0]}: of {', '.join(SCHEMES)}")
    if found.parameters[0].weight is not None:
        named.append("given")
    named = list(dict.fromkeys(named))
    if len(named) < 2:
        raise UsageError(f"combined-weights combines at least two schemes; there is {first_of(named)}")
    each = np.stack([scheme_weights(found, s) for s in named])                         # (M, G, J)
    alpha = np.stack([_game(each[:, g]) for g in range(found.size)])                   # (G, M)
    if combine == "game":
        weight = np.einsum("gm,mgj->gj", alpha, each)
    elif combine == "linear":
        weight = each.mean(0)
    else:
        weight = normalised(each.prod(0) ** (1 if combine == "product" else 1 / len(named)))
    details = {"alpha": [dict(zip(named, a, strict=True)) for a in alpha]} if combine == "game" else {}
    return deliver(found, dict(zip(named, each, strict=True)), weight, variant, details)


def _game(each: Array) -> Array:
    """Shares (M,) of schemes (M, J); alike where schemes agree, so that no equation tells them apart."""
    cross = each @ each.T
    alpha = np.abs(np.linalg.lstsq(cross, np.diag(cross), rcond=1e-10)[0])
    return np.asarray(alpha / alpha.sum(), dtype=float)
