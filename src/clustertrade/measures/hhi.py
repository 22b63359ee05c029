"""The Herfindahl-Hirschman index of concentration."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.measures.tidy import Codes, Tidy, present, read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "hhi",
    family="measures",
    title="Herfindahl-Hirschman index",
    reference="hirschman1964",
    choices={"variant": ("standard", "normalised", "equivalent")},
)
def hhi(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
        value: str | None = None, variant: str = "standard") -> Measure:
    r"""Concentration of an industry over regions: the sum of squared shares, period by period.

    .. math:: H_i = \sum_j s_{ij}^2,\quad s_{ij}=E_{ij}/E_i;\qquad
        H^*_i = \frac{H_i - 1/n}{1 - 1/n};\qquad 1/H_i

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region : column name, optional
        The units over which shares are taken.  Without it they are the industries of ``industry`` (how concentrated
        the structure of the whole is), and without that the rows.  For the specialisation of each region over
        industries give the two columns the other way round.
    industry, time : column names, optional
        One index for each industry and period.
    value : column name
        Amounts of zero or more.
    variant : standard, normalised or equivalent
        H from 1/n to 1; H* from 0 to 1, with n the regions that have a row in the period; 1/H, the number of equal
        regions that would give H.

    Returns
    -------
    Measure
        ``value`` for each industry and period, sorted.  Null, with a warning, where all amounts are zero, and for the
        normalised index of a single region.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses.

    Examples
    --------
    >>> hhi(pd.DataFrame({"share": [50, 30, 20]}), value="share").rows[0]["value"]
    0.38
    """
    tidy = read("hhi", data, {"region": region, "industry": industry, "time": time}, {"value": value},
                needed=("value",), unique=region is not None or industry is not None)
    roles = ("industry", "time") if region is not None else ("time",)
    code, size = tidy.group(*roles)
    whole = tidy.total(tidy.numbers["value"], *roles)
    share = tidy.numbers["value"] / tidy.spread(np.where(whole > 0, whole, 1.0), *roles)
    index = tidy.total(np.multiply(share, share, out=share), *roles)
    n = units(tidy, "region" if region is not None else "industry")[np.arange(size) % tidy.group("time")[1]]
    index = np.where(whole > 0, index, np.nan)
    warnings = undefined_groups(tidy, roles, code, whole == 0, "all amounts are zero")
    if variant == "normalised":
        warnings += undefined_groups(tidy, roles, code, (n == 1) & (whole > 0), "there is one region")
        index = np.where(n > 1, (index - 1 / np.maximum(n, 1)) / (1 - 1 / np.maximum(n, 2)), np.nan)
    elif variant == "equivalent":
        index = 1 / index
    return tidy.by_group(roles, code, index, warnings=(*warnings, *total_row(tidy)))


def units(tidy: Tidy, role: str) -> Codes:
    """How many units of the role have a row in each period: (periods,); the rows themselves without such a column."""
    n_times = tidy.group("time")[1]
    if role not in tidy.codes:
        return np.bincount(tidy.group("time")[0], minlength=n_times)
    if tidy.full:
        return np.full(n_times, len(tidy.levels[role]))
    return np.bincount(present(*tidy.group(role, "time")) % n_times, minlength=n_times)
