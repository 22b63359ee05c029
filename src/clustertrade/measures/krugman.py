"""Krugman's index of specialisation: how far the structure of a region is from that of the others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.measures.hhi import units
from clustertrade.measures.tidy import Array, read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "krugman",
    family="measures",
    title="Krugman specialisation index",
    reference="krugman1991",
    choices={"variant": ("others", "rest", "whole")},
)
def krugman(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
            value: str | None = None, variant: str = "others") -> Measure:
    r"""Sum of absolute differences between the structure of a region and a reference structure, period by period.

    .. math:: K_j = \sum_i |s_{ij} - \bar s_{ij}|,\quad s_{ij}=E_{ij}/E_j

    from 0, the same structure, to 2, no industry in common.  Three references are met in practice:

    .. math:: \text{others}: \frac{1}{n-1}\sum_{k\ne j}s_{ik};\qquad
        \text{rest}: \frac{\sum_{k\ne j}E_{ik}}{\sum_{k\ne j}E_k};\qquad \text{whole}: \frac{\sum_k E_{ik}}{\sum_k E_k}

    others counts every other region alike, rest by its size; whole has the region itself in it, so that its upper
    bound is 2 (1 - the region's share).  Half of whole is the coefficient of specialisation.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region, industry : column names
        One index for each region.  For the concentration of each industry over regions give the two columns the other
        way round.
    time : column name, optional
        Periods, each by itself.
    value : column name
        Amounts of zero or more.
    variant : others, rest or whole
        The reference structure.

    Returns
    -------
    Measure
        ``value`` for each region and period, sorted.  Null, with a warning, where the region has nothing, and for a
        single region.  Regions of nothing are no others.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABB"), "industry": ["steel", "toys"] * 2, "jobs": [8, 2, 30, 10]})
    >>> [round(row["value"], 3) for row in krugman(frame, region="region", industry="industry", value="jobs").rows]
    [0.1, 0.1]
    """
    tidy = read("krugman", data, {"region": region, "industry": industry, "time": time}, {"value": value},
                needed=("region", "industry", "value"))
    roles = ("region", "time")
    here, n_here = tidy.group(*roles)
    made, n_made = tidy.group("industry", "time")
    n_times = tidy.group("time")[1]
    amount, of_region = tidy.numbers["value"], tidy.sums("value", here, n_here)
    period = np.arange(n_here) % n_times
    share = amount / np.where(of_region > 0, of_region, 1.0)[here]
    whole: Array = np.bincount(period, of_region, n_times).astype(float, copy=False)
    n = np.bincount(period, of_region > 0, n_times)
    # An industry without a row in the region adds its reference share: all of them, less those that have a row.
    if variant == "others":
        many = np.maximum(n - 1, 1)
        reference = (np.bincount(made, share, n_made)[made] - share) / many[period[here]]
        everything = (n / many)[period] - np.where(of_region > 0, 1.0, 0.0) / many[period]
    else:
        of_industry = tidy.sums("value", made, n_made)[made]
        own, ours = (amount, of_region) if variant == "rest" else (0.0, np.zeros(n_here))
        base = whole[period] - ours
        reference = (of_industry - own) / np.where(base > 0, base, 1.0)[here]
        everything = np.where(base > 0, 1.0, 0.0)
    index = np.bincount(here, np.abs(share - reference) - reference, n_here) + everything
    alone = (of_region > 0) & (n[period] < 2)
    warnings = (*undefined_groups(tidy, roles, here, of_region == 0, "the region has nothing"),
                *undefined_groups(tidy, roles, here, alone, "there is no other region"))
    if (units(tidy, "industry") < 2).any():
        warnings += ("there is one industry: every structure is the same",)
    return tidy.by_group(roles, here, np.where((of_region > 0) & ~alone, np.maximum(index, 0.0), np.nan),
                         warnings=(*warnings, *total_row(tidy)))
