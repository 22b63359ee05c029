"""The location quotient: how much larger an industry is in a region than in the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.measures.tidy import Array, Tidy, read, total_row, undefined
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "location-quotient",
    family="measures",
    title="Location quotient",
    reference="billings_johnson2012",
)
def location_quotient(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None,
                      time: str | None = None, value: str | None = None, total: str | None = None) -> Measure:
    r"""Share of an industry in its region over its share in all regions of the data, period by period.

    .. math:: LQ_{ij} = \frac{E_{ij}/E_j}{E_i/E},\qquad E_i=\sum_j E_{ij},\quad E=\sum_j E_j

    with industry i and region j.  The whole is the sum of the regions in the data, so a row of national totals must
    not stand among them.  Without ``industry`` the data is about one, and ``total`` is needed.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region, industry, time : column names
        Keys; industry and time where there are several.
    value : column name
        Employment, value added or the like of the industry in the region; zero or more.
    total : column name, optional
        The same of all industries of the region, the same in all its rows of a period; by default the sum of ``value``
        over industries.

    Returns
    -------
    Measure
        ``value`` of every row in the order of the data; above 1 the region is specialised in the industry.  Null, with
        a warning, where the region's total or the industry is zero everywhere.

    Raises
    ------
    UsageError, DataError
        Neither industry nor total; what ``measures.tidy`` refuses; a total that differs within a region and period.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABB"), "industry": ["steel", "toys"] * 2, "jobs": [30, 10, 10, 50]})
    >>> lq = location_quotient(frame, region="region", industry="industry", value="jobs")
    >>> [round(row["value"], 3) for row in lq.rows]
    [1.875, 0.417, 0.417, 1.389]
    """
    if industry is None and total is None:
        raise UsageError("location-quotient needs --industry, or --total with the total of the region over industries")
    tidy = read("location-quotient", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "total": total}, needed=("region", "value"))
    quotient, of_region, of_industry = quotients(tidy)
    warnings = [*undefined(tidy, of_region == 0, "the region has nothing"),
                *undefined(tidy, (of_industry == 0) & (of_region > 0), "the industry is zero in all regions"),
                *total_row(tidy)]
    if total is not None and (above := np.flatnonzero(tidy.numbers["value"] > tidy.numbers["total"] * (1 + 1e-9))).size:
        warnings.append(f"{value} exceeds {total} in {above.size} rows: {first_of(tidy.label(i) for i in above)}")
    return tidy.by_row(quotient, warnings=tuple(warnings))


def quotients(tidy: Tidy) -> tuple[Array, Array, Array]:
    """Quotient, total of the region and total of the industry for every row: each (n,); NaN where not defined."""
    here, n_here = tidy.group("region", "time")
    then, n_then = tidy.group("time")
    made, n_made = tidy.group("industry", "time")
    if "total" in tidy.numbers:
        at_region = np.zeros(n_here)
        at_region[here[::-1]] = tidy.numbers["total"][::-1]     # the first row of a region and period stays
        _refuse_unequal_totals(tidy, at_region[here])
    else:
        at_region = tidy.sums("value", here, n_here)
    cell = np.unique(here)                                 # regions with a row in a period, once each
    when = cell % n_then                                   # time is the last part of the code
    whole = np.bincount(when, at_region[cell], n_then)
    of_region, of_industry = at_region[here], tidy.sums("value", made, n_made)[made]
    fine = (of_region > 0) & (of_industry > 0)
    share = tidy.numbers["value"] / np.where(fine, of_region, 1.0)
    quotient = np.where(fine, share * whole[then] / np.where(fine, of_industry, 1.0), np.nan)
    return quotient, of_region, of_industry


def _refuse_unequal_totals(tidy: Tidy, first: Array) -> None:
    if (differ := np.flatnonzero(~np.isclose(tidy.numbers["total"], first, rtol=1e-9, atol=0))).size:
        raise DataError(f"location-quotient: the total of a region differs between its rows of one period: "
                        f"{first_of(tidy.label(i) for i in differ)} ({differ.size} rows)")
