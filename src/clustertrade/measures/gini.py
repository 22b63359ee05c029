"""Gini coefficients of spatial concentration: three different things that share a name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clustertrade.errors import UsageError
from clustertrade.measures.hhi import units
from clustertrade.measures.location_quotient import region_totals
from clustertrade.measures.tidy import Array, Codes, Tidy, add_up, read, total_row, undefined_groups
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
    whole = tidy.total(tidy.numbers["value"], *roles)
    warnings = undefined_groups(tidy, roles, code, whole == 0, "all amounts are zero")
    period = np.arange(size) % tidy.group("time")[1]
    x, square, n = reference_shares(tidy, period)
    if tidy.full and region is not None and variant != "squared":
        index = _on_the_grid(tidy, x, n, variant)
    elif variant == "squared":                             # regions without a row add the square of their x
        share = tidy.spread(1 / np.where(whole > 0, whole, 1.0), *roles) * tidy.numbers["value"]
        index = tidy.total(share * (share - 2 * x), *roles) + square
    else:
        share = tidy.spread(1 / np.where(whole > 0, whole, 1.0), *roles) * tidy.numbers["value"]
        ratio = np.where(x > 0, share / np.where(x > 0, x, 1.0), 0.0)
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
    at_region = region_totals(tidy)                        # also refuses totals that differ
    n_then = tidy.group("time")[1]
    when = np.arange(len(at_region)) % n_then
    whole = add_up(when, at_region, n_then)
    of_cell = np.asarray(at_region / np.where(whole > 0, whole, 1.0)[when], dtype=np.float64)
    square, n = add_up(when, of_cell * of_cell, n_then), add_up(when, (of_cell > 0).astype(np.float64), n_then)
    return tidy.spread(of_cell, "region", "time"), square[period], n[period]


def _on_the_grid(tidy: Tidy, x: Array, n: Array, variant: str) -> Array:
    """The two Lorenz coefficients where every region has its row: sorted industry by industry, (groups,)."""
    axes = [r for r in ("industry", "time", "region") if r in tidy.columns]
    turn = [list(tidy.columns).index(r) for r in axes]
    size = [len(tidy.levels[r]) if r in tidy.columns else 1 for r in ("industry", "time", "region")]
    amounts = tidy.numbers["value"].reshape(tidy.shape).transpose(turn).reshape(size) if len(axes) < 3 else \
        tidy.numbers["value"].reshape(tidy.shape).transpose(turn)
    weights = x.reshape(tidy.shape).transpose(turn)
    weights = np.array((weights.reshape(size) if len(axes) < 3 else weights)[0])       # (T, R), alike for industries
    many, found = n[: size[1]], np.empty(size[:2])
    for i in range(size[0]):
        share = np.array(amounts[i])
        total = share.sum(1, keepdims=True)
        share /= np.where(total > 0, total, 1.0)
        ratio = np.divide(share, weights, out=np.zeros_like(share), where=weights > 0)
        if variant == "locational":
            order = ratio.argsort(1)
            s, w = np.take_along_axis(share, order, 1), np.take_along_axis(weights, order, 1)
            found[i] = 0.5 - 0.5 * (w * (2 * s.cumsum(1) - s)).sum(1)
            continue
        ratio.sort(axis=1)                                 # regions of nothing at all stand first, and do not count
        ranks = np.arange(1, size[2] + 1) - (size[2] - many)[:, None]
        scale = np.maximum(many, 1) * np.where(total[:, 0] > 0, ratio.sum(1), 1.0)
        found[i] = 2 * (ranks * ratio).sum(1) / scale - (many + 1) / np.maximum(many, 1)
    return found.ravel()


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
