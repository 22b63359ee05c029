"""Theil's indices of inequality, and what of them lies between and within groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import xlogy

from clustertrade.errors import UsageError
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, present, read, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure

ROLES = ("industry", "time")


@procedure(
    "theil",
    family="measures",
    title="Theil index and its decomposition",
    reference="shorrocks1980",
    choices={"variant": ("T", "L")},
)
def theil(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None, time: str | None = None,
          value: str | None = None, weights: str | None = None, total: str | None = None, group: str | None = None,
          variant: str = "T") -> Measure:
    r"""Inequality of amounts over regions or other units, period by period, in all and between and within groups.

    With the share :math:`s_j = y_j/Y` of a unit in the amount and its share :math:`x_j` in the reference (1/n, or that
    of its weight or total):

    .. math:: T = \sum_j s_j \ln\frac{s_j}{x_j};\qquad L = \sum_j x_j \ln\frac{x_j}{s_j}

    T is Theil's index, L the mean logarithmic deviation, which some programs print as Theil's.  With groups g

    .. math:: T = \sum_g s_g \ln\frac{s_g}{x_g} + \sum_g s_g T_g;\qquad
        L = \sum_g x_g \ln\frac{x_g}{s_g} + \sum_g x_g L_g

    the first sum between, the second within them.

    Parameters
    ----------
    data : DataFrame
        A row a unit.
    region : column name, optional
        The units.  Where regions stand in several rows of a period, the rows are the units and regions are groups: a
        level of the decomposition, below ``group``.
    industry, time : column names, optional
        One index for each industry and period.
    value : column name
        Amounts of zero or more; with ``weights`` amounts per head.
    weights : column name, optional
        Population of each unit: the amount is value times weight, and x the share in the weights.
    total : column name, optional
        Amounts with which those of ``value`` are compared: x is the share in them.  Not together with weights.
    group : column name, optional
        Groups of units, for the decomposition.
    variant : T or L
        The index.

    Returns
    -------
    Measure
        ``value`` for each industry and period, sorted; before it, where there are groups, ``between`` and ``within``,
        which add up to it.  With two levels ``between`` lies between the groups, ``between_<region>`` between regions
        within their groups.  Details: ``groups``, a row a group of the first level: its own index ``T`` or ``L``,
        ``share`` and ``contribution`` of its inequality to the whole.  Null, with a warning, where all amounts are
        zero; L also where one of them is, or a total is zero where the amount is not.

    Raises
    ------
    UsageError, DataError
        What ``measures.tidy`` refuses; weights and total at once.

    Examples
    --------
    >>> frame = pd.DataFrame({"income": [10, 10, 10, 20, 50], "side": list("aaabb")})
    >>> round(theil(frame, value="income").rows[0]["value"], 4)
    0.2502
    >>> [round(v, 4) for v in theil(frame, value="income", group="side").rows[0].values()]
    [0.1838, 0.0664, 0.2502]
    """
    if weights is not None and total is not None:
        raise UsageError("theil takes --weights (value is per head) or --total (what value is compared with), not both")
    tidy = read("theil", data, {"group": group, "region": region, "industry": industry, "time": time},
                {"value": value, "weights": weights, "total": total}, needed=("value",), unique=False)
    roles = ROLES
    code, size = tidy.group(*roles)
    base = tidy.numbers.get("weights", tidy.numbers.get("total", np.ones(tidy.n)))
    amount = tidy.numbers["value"] * base if weights is not None else tidy.numbers["value"]
    levels = _levels(tidy)
    if not levels:
        return _alone(tidy, amount, base, weights is None and total is None, variant)
    splits = [(code, size)]
    for at in range(len(levels)):
        own, many = np.unique(tidy.group(*levels[: at + 1], *roles)[0], return_inverse=True)
        splits.append((many.reshape(-1), len(own)))
    rows = (np.arange(tidy.n), tidy.n)                     # every row is a unit
    parts = [_between(amount, base, inner, outer, splits[0], variant)
             for outer, inner in zip(splits, [*splits[1:], rows], strict=True)]
    whole = sum(parts[1:], parts[0])
    s, x = (np.bincount(code, v, size) for v in (amount, base))
    bad = ~np.isfinite(whole) & (s > 0)
    warnings = (*undefined_groups(tidy, roles, code, s == 0, "all amounts are zero"),
                *undefined_groups(tidy, roles, code, bad, "the logarithm of a share of zero is taken"))
    whole = np.where((s > 0) & (x > 0) & np.isfinite(whole), whole, np.nan)
    found = tidy.by_group(roles, code, whole, warnings=warnings, details=_details(
        tidy, levels, code, size, amount, base, whole, variant))
    frame, there = found.to_frame(), np.unique(code)
    names = ["between", *[f"between_{tidy.columns[r]}" for r in levels[1:]], "within"]
    for name, part in zip(names, parts, strict=True):
        frame.insert(frame.shape[1] - 1, name, np.where(np.isnan(whole), np.nan, part)[there])
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=warnings, details=found.details)


def _alone(tidy: Tidy, amount: Array, base: Array, alike: bool, variant: str) -> Measure:
    """The index without groups, from the ratio r of amount and base, each over its total: x r ln r, or -x ln r."""
    code, _ = tidy.group(*ROLES)
    y, b = tidy.total(amount, *ROLES), tidy.total(base, *ROLES)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = tidy.spread(b / np.where(y > 0, y, 1.0), *ROLES) * amount
        if not alike:
            ratio = np.where(base > 0, ratio / base, np.where(amount > 0, np.inf, 1.0))
        term = xlogy(ratio, ratio) if variant == "T" else -np.log(ratio)
        if not alike:
            term = np.where(base > 0, term * base, np.where(amount > 0, np.inf, 0.0))
        whole = tidy.total(term, *ROLES) / b
    warnings = (*undefined_groups(tidy, ROLES, code, y == 0, "all amounts are zero"),
                *undefined_groups(tidy, ROLES, code, ~np.isfinite(whole) & (y > 0),
                                  "the logarithm of a share of zero is taken"))
    return tidy.by_group(ROLES, code, np.where((y > 0) & np.isfinite(whole), whole, np.nan), warnings=warnings)


def _levels(tidy: Tidy) -> list[str]:
    """The roles that are groups of rows: ``group``, and regions where one stands in several rows of a period."""
    found = ["group"] if "group" in tidy.codes else []
    if "region" in tidy.codes and not tidy.full and len(present(
            *tidy.group("group", "region", "industry", "time"))) < tidy.n:
        found.append("region")
    return found


def _between(amount: Array, base: Array, inner: tuple[Codes, int], outer: tuple[Codes, int], top: tuple[Codes, int],
             variant: str) -> Array:
    """Inequality between inner groups within outer ones, as part of the index of each top group: (top size,).

    Shares are taken of the top group: s ln(s/x) of the inner less that of the outer groups, for these sums telescope.
    """
    s, x = _of_top(amount, inner, top), _of_top(base, inner, top)
    so, xo = _of_top(amount, outer, top), _of_top(base, outer, top)
    up = np.zeros(inner[1], dtype=np.int64)
    up[inner[0]] = outer[0]
    s_up, x_up = so[up], xo[up]                            # of the outer group around each inner one
    a, b, a_up, b_up = (s, x, s_up, x_up) if variant == "T" else (x, s, x_up, s_up)
    with np.errstate(divide="ignore", invalid="ignore"):
        term = np.where(a > 0, xlogy(a, a / np.where(a_up > 0, a_up, 1.0)) - xlogy(a, b / b_up), 0.0)
    place = np.zeros(inner[1], dtype=np.int64)
    place[inner[0]] = top[0]
    return np.bincount(place, term, top[1]).astype(float, copy=False)


def _of_top(amount: Array, split: tuple[Codes, int], top: tuple[Codes, int]) -> Array:
    """Share of each group of the split in its top group: (size,)."""
    whole = np.bincount(top[0], amount, top[1])
    share = amount / np.where(whole > 0, whole, 1.0)[top[0]]
    return np.bincount(split[0], share, split[1]).astype(float, copy=False)


def _details(tidy: Tidy, levels: Sequence[str], code: Codes, size: int, amount: Array, base: Array, whole: Array,
             variant: str) -> dict[str, Any]:
    """Rows of the first level: own index, share (of amounts for T, of the reference for L), contribution."""
    keys = (levels[0], "industry", "time")
    own, member = np.unique(tidy.group(*keys)[0], return_inverse=True)
    member = member.reshape(-1)
    split = (member, len(own))
    index = _between(amount, base, (np.arange(tidy.n), tidy.n), split, split, variant)
    share = _of_top(amount if variant == "T" else base, split, (code, size))
    first = np.zeros(len(own), dtype=np.int64)
    first[member[::-1]] = np.arange(tidy.n)[::-1]
    return {"groups": [
        {**{tidy.columns[r]: tidy.levels[r][tidy.codes[r][i]] for r in keys if r in tidy.codes}, variant: index[g],
         "share": share[g], "contribution": share[g] * index[g] / whole[code[i]] if whole[code[i]] > 0 else np.nan}
        for g, i in enumerate(first)]}
