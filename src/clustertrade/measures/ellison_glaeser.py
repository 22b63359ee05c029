"""The index of Ellison and Glaeser: geographic concentration beyond what the sizes of plants explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.measures.gini import reference_shares
from clustertrade.measures.location_quotient import region_totals
from clustertrade.measures.tidy import Array, Codes, Rows, Tidy, add_up, present, read, total_row, undefined_groups
from clustertrade.registry import procedure
from clustertrade.results import Measure

ROLES = ("industry", "time")
VARIANTS = ("agglomeration", "coagglomeration")


@procedure(
    "ellison-glaeser",
    family="measures",
    title="Ellison-Glaeser index",
    reference="ellison_glaeser1997",
    choices={"variant": VARIANTS},
)
def ellison_glaeser(data: pd.DataFrame, *, region: str | None = None, industry: str | None = None,
                    time: str | None = None, value: str | None = None, total: str | None = None,
                    unit: str | None = None, plants: str | None = None, herfindahl: str | None = None,
                    group: str | None = None, pairwise: bool = False, variant: str = "agglomeration") -> Measure:
    r"""Concentration of an industry over regions less that of its employment over plants, period by period.

    .. math:: \gamma_i = \frac{G_i/(1-\sum_j x_j^2) - H_i}{1-H_i},\quad G_i=\sum_j (s_{ij}-x_j)^2,\quad
        H_i = \sum_k z_{ik}^2

    with the shares s of regions in the industry, x in the whole, z of plants in the industry.  It is 0 on average
    where plants choose regions by their size alone, whatever the sizes of plants; the authors call industries above
    0.05 very localised, below 0.02 not very.  Under that hypothesis (their appendix)

    .. math:: Var(G) = 2\{H^2[\Sigma_2-2\Sigma_3+\Sigma_2^2]-\sum_k z_k^4[\Sigma_2-4\Sigma_3+3\Sigma_2^2]\},\quad
        \Sigma_m = \sum_j x_j^m

    Coagglomeration of industries with shares w in their group is

    .. math:: \gamma^c = \frac{G/(1-\Sigma_2) - H - \sum_i\gamma_iw_i^2(1-H_i)}{1-\sum_i w_i^2}
        = \frac{\sum_{i\ne k} w_iw_k\sum_j(s_{ij}-x_j)(s_{kj}-x_j)}{(1-\Sigma_2)(1-\sum_i w_i^2)}

    with G of the pooled group and :math:`H=\sum w_i^2H_i`: the sizes of plants cancel.

    Parameters
    ----------
    data : DataFrame
        A row a plant, or a row a region, industry and period.
    region, industry : column names
        Labels; the industry may be left out where ``total`` is given.
    time : column name, optional
        Periods, each by itself.
    value : column name
        Employment of the plant or of the row; zero or more.
    total : column name, optional
        Employment of the region in all industries, the same in all its rows of a period; by default the sum of
        ``value`` over the industries of the data.
    unit : column name, optional
        Plants.  With it, or where a region and industry stand in several rows of a period, each row is a plant.
    plants : column name, optional
        Number of plants behind a row: their sizes are taken as equal within it.  Rows may be size classes.
    herfindahl : column name, optional
        H itself, the same in all rows of an industry and period.
    group : column name, optional
        Groups of industries, for coagglomeration; by default all industries are one.
    pairwise : bool
        Coagglomeration of each pair of industries.
    variant : agglomeration or coagglomeration
        Of each industry by itself, or between industries.

    Returns
    -------
    Measure
        For each industry and period ``G``, ``H``, ``se`` (of the index where plants choose regions by their size),
        ``z`` (index over se) and ``value``; for coagglomeration ``se``, ``z``, ``value`` of each group, or pair.  Null,
        with a warning, where the industry has nothing or one plant.  Without plants (no ``unit``, ``plants`` or
        ``herfindahl``, one row a region and industry) every unit of value counts as a plant, H = 1/E, with a warning.

    Raises
    ------
    UsageError
        What ``measures.tidy`` refuses; one industry without total; options of the other variant.
    DataError
        What ``measures.tidy`` refuses; rows of employment without plants; an H outside [0, 1] or that differs within an
        industry; a total that differs within a region.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": list("AABBC"), "jobs": [10, 20, 5, 5, 10], "all": [50, 50, 30, 30, 20]})
    >>> result = ellison_glaeser(frame, region="region", value="jobs", total="all")
    >>> {name: round(number, 4) for name, number in result.rows[0].items()}
    {'G': 0.02, 'H': 0.26, 'se': 0.2891, 'z': -1.0647, 'value': -0.3078}
    """
    sample = read_plants("ellison-glaeser", data, region, industry, time, value, total, unit, plants, herfindahl,
                         group)
    refuse_foreign("ellison-glaeser", variant, group, pairwise)
    if variant == "coagglomeration":
        return coagglomeration(sample, pairwise, dartboard=True)
    s2 = sample.squares[np.arange(sample.size) % sample.n_times]
    gap = sample.add_up(sample.share * (sample.share - 2 * sample.x)) + s2
    # The mean of G is (1 - s2) H; from its variance that of the index, H known.
    s3 = sample.cubes[np.arange(sample.size) % sample.n_times]
    variance = 2 * (sample.h**2 * (s2 - 2 * s3 + s2**2) - sample.fourth * (s2 - 4 * s3 + 3 * s2**2))
    return indices(sample, gap, s2, variance)


@dataclass(frozen=True)
class Plants:
    """Regions and plants of each industry and period (a group); cells are regions of a group."""

    tidy: Tidy
    size: int                                              # groups that there may be
    n_times: int
    row_group: Codes                                       # (n,) group of each row
    whole: Array                                           # (size,) employment
    h: Array                                               # (size,) sums of z^2, z^3, z^4 over plants
    third: Array
    fourth: Array
    group: Codes                                           # (cells,)
    region: Codes                                          # (cells,)
    share: Array                                           # (cells,) of the region in the industry
    x: Array                                               # (cells,) of the region in the whole
    squares: Array                                         # (periods,) sums of x^2, x^3 over regions
    cubes: Array
    by_row: bool                                           # the cells are the rows
    warnings: tuple[str, ...]

    def add_up(self, value: Array) -> Array:
        """Sums of a value of the cells by group."""
        return self.tidy.total(value, *ROLES) if self.by_row else add_up(self.group, value, self.size)


def read_plants(name: str, data: pd.DataFrame, region: str | None, industry: str | None, time: str | None,
                value: str | None, total: str | None, unit: str | None, plants: str | None, herfindahl: str | None,
                group: str | None) -> Plants:
    """What both indices of plants are made of."""
    if industry is None and total is None:
        raise UsageError(f"{name} needs --industry, or --total with the total of the region over industries")
    if herfindahl is not None and (plants is not None or unit is not None):
        raise UsageError(f"{name} takes one of --herfindahl, --plants and --unit")
    tidy = read(name, data, {"region": region, "industry": industry, "time": time, "unit": unit, "group": group},
                {"value": value, "total": total, "plants": plants, "herfindahl": herfindahl},
                needed=("region", "value"), unique=unit is not None)
    if total is None and len(tidy.levels["industry"]) < 2:
        raise UsageError(f"{name} compares an industry with all: give several industries, or --total")
    code, size = tidy.group(*ROLES)
    amount = tidy.numbers["value"]
    whole = tidy.total(amount, *ROLES)
    several = not tidy.full and len(present(*tidy.group("region", *ROLES))) < tidy.n
    h, third, fourth, warnings = _plant_sums(tidy, code, size, whole, unit is not None or several)
    n_times = tidy.group("time")[1]
    of_region = region_totals(tidy)
    when = np.arange(len(of_region)) % n_times
    once = of_region / np.where(add_up(when, of_region, n_times) > 0, add_up(when, of_region, n_times), 1.0)[when]
    squares, cubes = add_up(when, once**2, n_times), add_up(when, once**3, n_times)
    if several:
        cells, cell_of = np.unique(tidy.group("region", *ROLES)[0], return_inverse=True)
        in_group, in_region = cells % size, cells // size
        share = add_up(cell_of.reshape(-1), amount, len(cells)) / np.where(whole > 0, whole, 1.0)[in_group]
        x = once[in_region * n_times + in_group % n_times]
    else:                                                  # the rows are the cells
        in_group, in_region = code, tidy.codes["region"]
        share = tidy.spread(1 / np.where(whole > 0, whole, 1.0), *ROLES) * amount
        x = tidy.spread(once, "region", "time")
    return Plants(tidy, size, n_times, code, whole, h, third, fourth, in_group, in_region, share, x, squares, cubes,
                  not several, (*warnings, *(() if several else total_row(tidy))))


def _plant_sums(tidy: Tidy, code: Codes, size: int, whole: Array, rows: bool) -> tuple[Array, Array, Array,
                                                                                       tuple[str, ...]]:
    """Sums over plants of their shares squared, cubed, to the fourth: each (size,); NaN where they are not known."""
    amount, safe = tidy.numbers["value"], np.where(whole > 0, whole, 1.0)
    if "herfindahl" in tidy.numbers:
        given = tidy.numbers["herfindahl"]
        h = np.zeros(size)
        h[code[::-1]] = given[::-1]
        if (odd := np.flatnonzero(given > 1)).size:
            raise DataError(f"{tidy.procedure}: a Herfindahl index lies between 0 and 1: "
                            f"{first_of(f'{tidy.label(i)} ({given[i]:g})' for i in odd)}")
        if (odd := np.flatnonzero(~np.isclose(given, h[code], rtol=1e-9))).size:
            raise DataError(f"{tidy.procedure}: the Herfindahl index of an industry differs between its rows of one "
                            f"period: {first_of(tidy.label(i) for i in odd)} ({odd.size} rows)")
        return h, np.full(size, np.nan), np.full(size, np.nan), (
            "no standard error: it needs the sizes of plants, not their Herfindahl index alone",)
    if "plants" in tidy.numbers:
        count = tidy.numbers["plants"]
        if (odd := np.flatnonzero((amount > 0) & (count < 1))).size:
            raise DataError(f"{tidy.procedure}: employment without plants in {odd.size} rows: "
                            f"{first_of(tidy.label(i) for i in odd)}")
        z = amount / np.maximum(count, 1) / safe[code]
        sums = [add_up(code, count * z**m, size) for m in (2, 3, 4)]
        return sums[0], sums[1], sums[2], (
            "H takes the plants of a row as equally large: it is a lower bound, and the index an upper one",)
    if rows:
        z = amount / safe[code]
        sums = [add_up(code, z**m, size) for m in (2, 3, 4)]
        return sums[0], sums[1], sums[2], ()
    return 1 / safe, 1 / safe**2, 1 / safe**3, (
        "no plants are given: every unit of value counts as one, H = 1/E, so that the index is an upper bound; "
        "--unit, --plants or --herfindahl tell of plants",)


def refuse_foreign(name: str, variant: str, group: str | None, pairwise: bool) -> None:
    """Options of coagglomeration without it, and both of them."""
    if variant != "coagglomeration" and (group is not None or pairwise):
        raise UsageError(f"{name} --group and --pairwise are for --variant coagglomeration")
    if group is not None and pairwise:
        raise UsageError(f"{name} takes --group or --pairwise, not both")


def indices(sample: Plants, gap: Array, s2: Array, variance: Array) -> Measure:
    """The measure of an index (gap/(1 - s2) - H)/(1 - H) for each group; ``variance`` is that of the gap."""
    tidy, h = sample.tidy, sample.h
    wide = (s2 < 1 - 1e-12) & (sample.whole > 0)
    fine = wide & (h < 1 - 1e-12)
    scale = np.where(fine, (1 - s2) * (1 - h), 1.0)
    index = np.where(fine, (gap - (1 - s2) * h) / scale, np.nan)
    se = np.where(fine, np.sqrt(np.maximum(variance, 0.0)) / scale, np.nan)
    warnings = (*undefined_groups(tidy, ROLES, sample.row_group, sample.whole == 0, "all amounts are zero"),
                *undefined_groups(tidy, ROLES, sample.row_group, (sample.whole > 0) & (s2 >= 1 - 1e-12),
                                  "there is one region"),
                *undefined_groups(tidy, ROLES, sample.row_group, wide & (h >= 1 - 1e-12), "there is one plant"))
    found = tidy.by_group(ROLES, sample.row_group, index)
    frame, there = found.to_frame(), present(sample.row_group, sample.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {"G": np.where(sample.whole > 0, gap, np.nan), "H": np.where(sample.whole > 0, h, np.nan), "se": se,
                   "z": np.where(se > 0, index / se, np.nan)}
    for name, column in columns.items():
        frame.insert(frame.shape[1] - 1, name, column[there])
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=(*warnings, *sample.warnings))


def coagglomeration(sample: Plants, pairwise: bool, dartboard: bool) -> Measure:
    """Between industries, of groups or of each pair: by the dartboard of Ellison and Glaeser, or Maurel and Sedillot.

    Both are a sum of w_i w_k times a product of regional shares over pairs of different industries; they differ in
    whether x is taken from these shares first.  Plants being independent, the variance of the sum is that of the
    pairs, and in the second form of the pairs that share a plant.
    """
    tidy = sample.tidy
    if "industry" not in tidy.codes or len(tidy.levels["industry"]) < 2:
        raise UsageError(f"{tidy.procedure} --variant coagglomeration needs --industry with at least two industries")
    n_regions, n_industries = len(tidy.levels["region"]), len(tidy.levels["industry"])
    member, groups = _members(tidy)
    names = tidy.levels["industry"]
    rows: list[dict[str, Any]] = []
    of_whole = reference_shares(tidy, np.arange(sample.n_times))[0]
    for t in range(sample.n_times):
        mine = sample.group % sample.n_times == t
        s, x = np.zeros((n_industries, n_regions)), np.zeros(n_regions)
        s[sample.group[mine] // sample.n_times, sample.region[mine]] = sample.share[mine]
        here = tidy.group("time")[0] == t
        x[tidy.codes["region"][here]] = of_whole[here]
        size, h = sample.whole[t :: sample.n_times], sample.h[t :: sample.n_times]
        s2, s3 = (x**2).sum(), (x**3).sum()
        when = {tidy.columns["time"]: tidy.levels["time"][t]} if "time" in tidy.columns else {}
        product = (s - x) @ (s - x).T if dartboard else s @ s.T - s2
        live = size > 0
        if pairwise:
            first, second = np.triu_indices(n_industries, k=1)
            live = live & (1 - s2 > 1e-12)
            value = product[first, second] / max(1 - s2, 1e-12)
            variance = h[first] * h[second] * (s2 - 2 * s3 + s2**2 if dartboard else s2 - s2**2)
            if not dartboard:
                variance = variance + (h[first] * (1 - h[second]) + h[second] * (1 - h[first])) * (s3 - s2**2)
            keys = [{tidy.columns["industry"]: names[i], f"{tidy.columns['industry']}_2": names[k], **when}
                    for i, k in zip(first, second, strict=True)]
            found = np.where(live[first] & live[second], value, np.nan)
            se = np.where(live[first] & live[second], np.sqrt(np.maximum(variance, 0.0)) / max(1 - s2, 1e-12), np.nan)
        else:
            weight = np.where(member == np.arange(len(groups))[:, None], size, 0.0)         # (groups, industries)
            weight = weight / np.where(weight.sum(1) > 0, weight.sum(1), 1.0)[:, None]
            apart = 1 - (weight**2).sum(1)
            q = weight**2 * h
            pairs = 2 * (q.sum(1) ** 2 - (q**2).sum(1))
            variance = pairs * (s2 - 2 * s3 + s2**2 if dartboard else s2 - s2**2)
            if not dartboard:
                variance = variance + 4 * (q * ((1 - weight) ** 2 - (q.sum(1)[:, None] - q))).sum(1) * (s3 - s2**2)
            cross = np.einsum("gi,ik,gk->g", weight, product, weight) - weight**2 @ np.diag(product)
            scale = np.where((apart > 1e-12) & (1 - s2 > 1e-12) & (x > 0).any(), apart * (1 - s2), np.nan)
            found, se = cross / scale, np.sqrt(np.maximum(variance, 0.0)) / scale
            keys = [{**({tidy.columns["group"]: g} if "group" in tidy.columns else {}), **when} for g in groups]
        rows += [{**key, "se": e, "z": v / e if e > 0 else np.nan, "value": v}
                 for key, v, e in zip(keys, found, se, strict=True)]
    frame = pd.DataFrame(rows)
    lacking = int(frame["value"].isna().sum())
    warnings = (f"no value for {lacking} groups: there are no two industries with employment, or one region",
                ) if lacking else ()
    return Measure(columns=tuple(map(str, frame.columns)), rows=Rows(frame), warnings=(*warnings, *sample.warnings))


def _members(tidy: Tidy) -> tuple[Codes, list[Any]]:
    """The group of each industry (I,), and their labels; DataError where an industry is in two of them."""
    n = len(tidy.levels["industry"])
    if "group" not in tidy.codes:
        return np.zeros(n, dtype=np.int64), [None]
    member = np.zeros(n, dtype=np.int64)
    member[tidy.codes["industry"]] = tidy.codes["group"]
    if (odd := np.flatnonzero(member[tidy.codes["industry"]] != tidy.codes["group"])).size:
        who = dict.fromkeys(str(tidy.levels["industry"][tidy.codes["industry"][i]]) for i in odd)
        raise DataError(f"{tidy.procedure}: an industry stands in two groups: {first_of(who)}")
    return member, list(tidy.levels["group"])
