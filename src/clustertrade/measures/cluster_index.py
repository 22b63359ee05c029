"""The cluster index of Litzenberger and Sternberg: density, specialisation and number of establishments in one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, first_of
from clustertrade.measures.tidy import Array, Rows, Tidy, read, total_row, undefined, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "cluster-index",
    family="measures",
    title="Cluster index",
    reference="litzenberger_sternberg2006",
)
def cluster_index(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None,
                  time: str | None = None, value: str | None = None, area: str | None = None,
                  population: str | None = None, plants: str | None = None) -> Measure:
    r"""Relative density times relative stock over relative size of establishments, period by period.

    .. math:: CI_{ij} = \frac{ID_{ij}\, IS_{ij}}{PS_{ij}},\quad
        ID = \frac{e_{ij}/e_i}{a_j/a},\quad IS = \frac{e_{ij}/e_i}{p_j/p},\quad PS = \frac{e_{ij}/e_i}{b_{ij}/b_i}

    with employment e, area a, population p and number of establishments b.  It is 1 where the region has its share of
    everything, and above 64 (each of the three four times the average, the authors' threshold is 4 x 4 x 4) a cluster.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  The whole is the sum of the regions that stand in a period.
    region : column name
        Regions.
    industry, time : column names, optional
        Where there are several.
    value : column name
        Employment of the industry in the region.
    area, population : column names
        Of the region, the same in all its rows of a period.
    plants : column name
        Establishments of the industry in the region.

    Returns
    -------
    Measure
        ``ID``, ``IS``, ``PS`` and ``value`` of every row in the order of the data.  A region without the industry has
        the value 0 and no size of establishments.  Null, with a warning, where the industry has nothing anywhere.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; an area or population of zero, or one that differs within a region and period;
        employment without establishments or the other way round.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["j", "others"], "jobs": [1743, 3997], "km2": [50, 526],
    ...                       "people": [488, 4133], "firms": [35, 18]})
    >>> result = cluster_index(frame, region="region", value="jobs", area="km2", population="people", plants="firms")
    >>> round(result.rows[0]["value"], 5)
    21.87491
    """
    tidy = read("cluster-index", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "area": area, "population": population, "plants": plants},
                needed=("region", "value", "area", "population", "plants"))
    amount, plant = tidy.numbers["value"], tidy.numbers["plants"]
    if (odd := np.flatnonzero((amount > 0) != (plant > 0))).size:
        raise DataError(f"cluster-index: {value} and {plants} must be zero together; they are not in {odd.size} rows: "
                        f"{first_of(tidy.label(i) for i in odd)}")
    made, size = tidy.group("industry", "time")
    e, b = (tidy.sums(r, made, size)[made] for r in ("value", "plants"))
    share, firms = amount / np.where(e > 0, e, 1.0), plant / np.where(b > 0, b, 1.0)
    density, stock = share / region_share(tidy, "area"), share / region_share(tidy, "population")
    some = amount > 0
    ratio = np.where(some, share / np.where(some, firms, 1.0), np.nan)
    index = np.where(e > 0, np.where(some, density * stock / np.where(some, ratio, 1.0), 0.0), np.nan)
    warnings = (*undefined_groups(tidy, ("industry", "time"), made, tidy.sums("value", made, size) == 0,
                                  "the industry is zero in all regions"),
                *undefined(tidy, (amount == 0) & (e > 0), "PS of a region without establishments"), *total_row(tidy))
    found = tidy.by_row(index, warnings=warnings)
    frame = found.to_frame()
    for name, part in (("ID", density), ("IS", stock), ("PS", ratio)):
        frame.insert(frame.shape[1] - 1, name, np.where(e > 0, part, np.nan))
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings)


def region_share(tidy: Tidy, role: str) -> Array:
    """Share of each row's region in the sum over the regions of its period: (n,)."""
    here, n_here = tidy.group("region", "time")
    n_times = tidy.group("time")[1]
    own = np.zeros(n_here)
    own[here[::-1]] = tidy.numbers[role][::-1]             # the first row of a region and period stays
    if (differ := np.flatnonzero(~np.isclose(tidy.numbers[role], own[here], rtol=1e-9, atol=0))).size:
        raise DataError(f"{tidy.procedure}: the {role} of a region differs between its rows of one period: "
                        f"{first_of(tidy.label(i) for i in differ)} ({differ.size} rows)")
    if (none := np.flatnonzero(own[here] == 0)).size:
        raise DataError(f"{tidy.procedure}: the {role} is zero in {none.size} rows: "
                        f"{first_of(tidy.label(i) for i in none)}")
    cell = np.unique(here)
    whole = np.bincount(cell % n_times, own[cell], n_times)
    return np.asarray(own[here] / whole[here % n_times], dtype=float)
