"""Gini coefficients of spatial concentration: three different things that share a name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.hhi import units
from clustertrade.measures.location_quotient import quotients
from clustertrade.measures.tidy import Array, Codes, Tidy, read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure


@procedure(
    "gini",
    family="measures",
    title="Gini coefficient of spatial concentration",
    reference="gini1921",
    choices={"variant": ("lorenz", "locational", "squared", "normalised")},
)
def gini(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
         value: str | None = None, total: str | None = None, variant: str = "lorenz") -> Measure:
    r"""Concentration of an industry over regions, period by period, by one of three formulas.

    With shares :math:`s_j` of regions in the industry, :math:`x_j` in the whole, and :math:`R_j = s_j/x_j` sorted so
    that :math:`R_{(1)}\le\dots\le R_{(n)}`:

    .. math:: \text{lorenz}: \frac{2}{n^2\bar R}\sum_k k\,(R_{(k)}-\bar R);\qquad
        \text{locational}: \tfrac12 - \tfrac12\sum_k x_{(k)}(S_{k-1}+S_k),\; S_k=\sum_{l\le k}s_{(l)};\qquad
        \text{squared}: \sum_j (s_j-x_j)^2

    lorenz is the Gini coefficient of the location quotients, every region alike, from 0 to 1 - 1/n; locational the area
    between the Lorenz curve of s over x and the diagonal, regions by their size, from 0 to 0.5; squared is Krugman's
    and the G of Ellison and Glaeser (1997), from 0 to 2.  Without ``industry`` and ``total`` all x are 1/n: lorenz is
    then the usual Gini coefficient of the amounts.

    Parameters
    ----------
    data : DataFrame
        A row a region, industry and period.  A pair of region and industry without a row counts as zero.
    region : column name, optional
        Without it each row is a region.
    industry, time : column names, optional
        One coefficient for each industry and period.
    value : column name
        Amounts of zero or more.
    total : column name, optional
        The region's amount over all industries; by default the sum over ``industry``.
    variant : lorenz, locational, squared or normalised
        The formula; normalised is lorenz times n/(n - 1), so that it is 1 where one region has all.

    Returns
    -------
    Measure
        ``value`` for each industry and period, sorted.  Null, with a warning, where all amounts are zero.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; industry or total without region.

    Examples
    --------
    >>> round(gini(pd.DataFrame({"sales": [20, 50, 20, 10]}), value="sales").rows[0]["value"], 12)
    0.3
    """
    if region is None and (industry is not None or total is not None):
        raise UsageError("gini with --industry or --total needs --region")
    tidy = read("gini", data, {"region": region, "industry": industry, "time": time}, {"value": value, "total": total},
                needed=("value",), unique=region is not None)
    roles = ("industry", "time")
    code, size = tidy.group(*roles)
    whole = tidy.sums("value", code, size)
    warnings = undefined_groups(tidy, roles, code, whole == 0, "all amounts are zero")
    share = tidy.numbers["value"] / np.where(whole > 0, whole, 1.0)[code]
    period = np.arange(size) % tidy.group("time")[1]
    x, square, n = reference_shares(tidy, period)
    ratio = np.where(x > 0, share / np.where(x > 0, x, 1.0), 0.0)
    if variant == "squared":
        index = _squared(code, size, share, x, square)
    else:
        area = locational_area if variant == "locational" else _lorenz
        index = area(code, size, ratio, share, x, n)
    if variant == "normalised":
        warnings += undefined_groups(tidy, roles, code, (n < 2) & (whole > 0), "there is one region")
        index = np.where(n > 1, index * n / np.maximum(n - 1, 1), np.nan)
    return tidy.by_group(roles, code, np.where(whole > 0, index, np.nan), warnings=(*warnings, *total_row(tidy)))


def reference_shares(tidy: Tidy, period: Codes) -> tuple[Array, Array, Array]:
    """x of every row (n,); the sum of x^2 and the number of regions with x > 0 of every group (size,).

    x is the region's share in the whole; without industries and totals every region counts alike.
    """
    if "industry" not in tidy.codes and "total" not in tidy.numbers:
        n = units(tidy, "region")[tidy.group("time")[0]].astype(float)
        many = units(tidy, "region")[period].astype(float)
        return 1 / n, 1 / np.maximum(many, 1), many
    _, of_region, _ = quotients(tidy)                      # also refuses totals that differ
    here, n_here = tidy.group("region", "time")
    n_then = tidy.group("time")[1]
    cell, first = np.unique(here, return_index=True)
    amount, when = of_region[first], cell % n_then
    whole = np.bincount(when, amount, n_then)
    of_cell = amount / np.where(whole > 0, whole, 1.0)[when]
    x = np.zeros(n_here)
    x[cell] = of_cell
    square = np.bincount(when, of_cell**2, n_then).astype(float, copy=False)
    return x[here], square[period], np.bincount(when, of_cell > 0, n_then).astype(float)[period]


def _lorenz(code: Codes, size: int, ratio: Array, share: Array, x: Array, n: Array) -> Array:
    """Regions without a row have the ratio zero and stand first."""
    used = x > 0
    order = np.lexsort((ratio[used], code[used]))
    group, sorted_ratio = code[used][order], ratio[used][order]
    count = np.bincount(group, minlength=size)
    rank = np.arange(1, len(group) + 1) - (np.cumsum(count) - count)[group] + (n - count)[group]
    total = np.bincount(group, sorted_ratio, size)
    weighted = np.bincount(group, rank * sorted_ratio, size)
    safe, many = np.where(total > 0, total, 1.0), np.maximum(n, 1)
    return np.asarray(2 * weighted / (many * safe) - (many + 1) / many, dtype=float)


def locational_area(code: Codes, size: int, ratio: Array, share: Array, x: Array, n: Array) -> Array:
    """Regions without a row have S = 0 and add no area."""
    order = np.lexsort((ratio, code))
    group = code[order]
    upto = np.cumsum(share[order])
    count = np.bincount(group, minlength=size)
    before = np.concatenate([[0.0], upto])[np.cumsum(count) - count][group]            # of the groups before this one
    above = upto - before
    area = np.bincount(group, x[order] * (2 * above - share[order]), size)
    return np.asarray(0.5 - 0.5 * area, dtype=float)


def _squared(code: Codes, size: int, share: Array, x: Array, square: Array) -> Array:
    """Regions without a row add the square of their x."""
    return np.bincount(code, (share - x) ** 2 - x**2, size) + square
