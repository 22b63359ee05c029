"""Density: an amount per unit of area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, first_of
from clustertrade.measures.tidy import read
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "density",
    family="measures",
    title="Density of economic activity",
    reference="ciccone_hall1996",
    invariant=False,
    why_not_invariant="it is a quantity per area, in the units of value and area",
)
def density(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
            value: str | None = None, area: str | None = None) -> Measure:
    r"""Amount of a region over its area.

    .. math:: D_{ijt} = E_{ijt} / A_j

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.
    region, industry, time : column names
        Keys; industry and time where there are several.
    value : column name
        The amount; zero or more.
    area : column name
        The area of the region, above zero.

    Returns
    -------
    Measure
        ``value`` of every row in the order of the data, in units of value by unit of area.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; an area of zero.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["A", "B"], "jobs": [30.0, 10.0], "km2": [10.0, 20.0]})
    >>> density(frame, region="region", value="jobs", area="km2").to_frame()["value"].tolist()
    [3.0, 0.5]
    """
    tidy = read("density", data, {"region": region, "industry": industry, "time": time},
                {"value": value, "area": area}, needed=("region", "value", "area"))
    areas = tidy.numbers["area"]
    if (none := np.flatnonzero(areas == 0)).size:
        raise DataError(f"density: column {area} is zero in {none.size} rows: {first_of(tidy.label(i) for i in none)}")
    return tidy.by_row(tidy.numbers["value"] / areas)
