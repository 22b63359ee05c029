"""Hoover's index of localisation, and the area under his curve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.gini import locational_area, reference_shares
from clustertrade.measures.tidy import read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "hoover",
    family="measures",
    title="Hoover index",
    reference="hoover1936",
    choices={"variant": ("index", "percent", "gini")},
)
def hoover(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
           value: str | None = None, total: str | None = None, variant: str = "index") -> Measure:
    r"""Share of an industry that would have to move for it to be spread as the whole is, period by period.

    .. math:: \text{index}: \tfrac12\sum_j|s_{ij}-x_j|;\qquad \text{percent}: 100\ \text{times this};\qquad
        \text{gini}: 1 - \sum_k x_{(k)}(S_{k-1}+S_k),\; S_k=\sum_{l\le k}s_{(l)}

    with shares s of regions in the industry and x in the whole.  gini is twice the area between the diagonal and the
    localisation curve, regions sorted by s/x, from 0 to 1; ``gini --variant locational`` is the area itself.  Without
    ``industry`` and ``total`` all x are 1/n.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region : column name, optional
        Without it each row is a region.
    industry, time : column names, optional
        One index for each industry and period.  With the columns of region and industry the other way round, and
        without ``total``, the index is the coefficient of specialisation of each region.
    value : column name
        Amounts of zero or more.
    total : column name, optional
        What the industry is compared with: the region's amount over all industries, or its population; by default the
        sum over ``industry``.
    variant : index, percent or gini
        The formula.

    Returns
    -------
    Measure
        ``value`` for each industry and period, sorted.  Null, with a warning, where all amounts are zero.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; industry without region.

    Examples
    --------
    >>> frame = pd.DataFrame({"jobs": [0, 10, 10, 30, 50], "people": [10, 15, 20, 25, 30]})
    >>> round(hoover(frame, value="jobs", total="people").rows[0]["value"], 4)
    0.25
    """
    if region is None and (industry is not None or time is not None):
        raise UsageError("hoover with --industry or --time needs --region")
    if region is None:                                     # each row is a region
        region = "(row)"
        data = data.reset_index(drop=True).assign(**{region: np.arange(len(data))})
    tidy = read("hoover", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "total": total}, needed=("value",))
    roles = ("industry", "time")
    code, size = tidy.group(*roles)
    whole = tidy.sums("value", code, size)
    share = tidy.numbers["value"] / np.where(whole > 0, whole, 1.0)[code]
    x, _, n = reference_shares(tidy, np.arange(size) % tidy.group("time")[1])
    if variant == "gini":
        ratio = np.where(x > 0, share / np.where(x > 0, x, 1.0), np.where(share > 0, np.inf, 0.0))
        index = 2 * locational_area(code, size, ratio, share, x, n)
    else:                                                  # regions without a row add their x
        index = (np.bincount(code, np.abs(share - x) - x, size) + 1) / 2 * (100 if variant == "percent" else 1)
    warnings = undefined_groups(tidy, roles, code, whole == 0, "all amounts are zero")
    return tidy.by_group(roles, code, np.where(whole > 0, index, np.nan), warnings=(*warnings, *total_row(tidy)))
