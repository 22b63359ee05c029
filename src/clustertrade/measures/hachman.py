"""Hachman's index: how close the structure of a region is to that of the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.location_quotient import quotients
from clustertrade.measures.tidy import read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "hachman",
    family="measures",
    title="Hachman index of diversity",
    reference="balland2017",
)
def hachman(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
            value: str | None = None, total: str | None = None) -> Measure:
    r"""Inverse of the mean location quotient of a region, its industries weighted by their shares, period by period.

    .. math:: 1 \Big/ \sum_i LQ_{ij}\, s_{ij},\qquad s_{ij}=E_{ij}/E_j,\quad LQ_{ij}=s_{ij}/x_i

    with the share x of the industry in all regions of the data.  It is 1 for a region with the structure of the whole,
    and close to 0 for one that holds a rare industry only.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region, industry : column names
        One index for each region.
    time : column name, optional
        Periods, each by itself.
    value : column name
        Amounts of zero or more.
    total : column name, optional
        The region's amount over all industries; by default the sum over ``industry``.  Industries then must be all that
        there are.

    Returns
    -------
    Measure
        ``value`` for each region and period, sorted.  Null, with a warning, where the region has nothing.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; a total that differs within a region and period.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABB"), "industry": ["steel", "toys"] * 2, "jobs": [8, 2, 4, 6]})
    >>> [round(row["value"], 4) for row in hachman(frame, region="region", industry="industry", value="jobs").rows]
    [0.8571, 0.8571]
    """
    tidy = read("hachman", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "total": total}, needed=("region", "industry", "value"))
    if len(tidy.levels["industry"]) < 2:
        raise UsageError("hachman compares structures: --industry needs at least two industries")
    quotient, of_region, _ = quotients(tidy)
    roles = ("region", "time")
    here, size = tidy.group(*roles)
    share = tidy.numbers["value"] / np.where(of_region > 0, of_region, 1.0)[here]
    # An industry that is zero everywhere has no quotient, and a share of zero in each region.
    mean = np.bincount(here, np.where(share > 0, quotient, 0.0) * share, size)
    warnings = undefined_groups(tidy, roles, here, mean == 0, "the region has nothing")
    return tidy.by_group(roles, here, np.where(mean > 0, 1 / np.where(mean > 0, mean, 1.0), np.nan),
                         warnings=(*warnings, *total_row(tidy)))
