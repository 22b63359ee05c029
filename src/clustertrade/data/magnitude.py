"""Slipped units: a figure, or a whole variable, that is a power of ten away from where it was.

Each figure is compared with up to two neighbours on either side in its own series (d: distance to their median in
powers of ten, s: their own spread).  A clear slip is quarantined: d within 0.25 of a whole number, at least 1.5, and
s below 0.3; or d above 3.7 and s below 1; or more than 10^1.5 beyond the extremes that ``datapackage.json`` records.
What only looks odd (d above 1.3, s below 0.7 d) is kept with the flag ``unusual_magnitude``: such figures are
published, and a currency reform leaves the shares of its year intact.  Shares, rates, ratios and indices are not
screened, nor are counts below 50.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clustertrade.data import codebook, units

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from clustertrade.data.datapackage import Package
    from clustertrade.data.quarantine import Quarantine

FLAG = "unusual_magnitude"
_SCREENED = {"currency", "local currency", "person", "person-year", "count", "mass", "energy", "length", "area"}
_BEYOND = 1.5  # powers of ten beyond the recorded median or extremes


def screen(tidy: pd.DataFrame, package: Package, rejected: Quarantine) -> pd.DataFrame:
    """Tidy rows without slipped figures, which go to the quarantine; odd ones carry a flag."""
    tidy = _variables(tidy, package, rejected)
    tidy = _extremes(tidy, package, rejected)
    return _series(tidy, package, rejected)


def _recorded(package: Package, key: str) -> dict[str, float]:
    """``file|variable`` -> recorded size (``median``, ``minimum``, ``maximum``) in the base unit."""
    sizes: dict[str, float] = {}
    for resource in package.resources:
        for v in resource.variables.values() if resource.spec["role"] == "data" else ():
            unit = units.find(v["unit"])
            if unit is not None and v.get(key):
                sizes[f"{resource.name}|{v['name']}"] = float(v[key]) * float(unit.factor)
    return sizes


def _variables(tidy: pd.DataFrame, package: Package, rejected: Quarantine) -> pd.DataFrame:
    medians = _recorded(package, "median")
    key = tidy["file"] + "|" + tidy["variable"]
    known = key.isin(list(medians)) & tidy["level"].isin(["province", "national", "country"]) & (tidy["value"] != 0)
    if not known.any():
        return tidy
    sizes = tidy.loc[known, "value"].abs().groupby(key[known])
    found = sizes.median()[sizes.size() >= 5]  # the median of a handful moves with each of them
    ratios = {name: size / medians[name] for name, size in found.items()}
    out = {name: ratio for name, ratio in ratios.items() if abs(math.log10(ratio)) > _BEYOND}
    for name, ratio in out.items():
        for row in tidy[key == name].itertuples():
            rejected.add(row.file, row.row, "value", row.published, "magnitude-of-variable",
                         f"the median of {row.variable} is {ratio:.3g} times the one recorded in datapackage.json")
    return tidy[~key.isin(list(out))].reset_index(drop=True) if out else tidy


def _extremes(tidy: pd.DataFrame, package: Package, rejected: Quarantine) -> pd.DataFrame:
    low, high = _recorded(package, "minimum"), _recorded(package, "maximum")
    if not low or tidy.empty:
        return tidy
    size, key = tidy["value"].abs(), tidy["file"] + "|" + tidy["variable"]
    main = tidy["level"].isin(["province", "national", "country"]) & (size > 0)
    least, most = (key.map(by_name).astype("float64") for by_name in (low, high))
    bad = main & ((size > most * 10**_BEYOND) | (size < least / 10**_BEYOND)) & ~_accepted(tidy, package)
    for row in tidy[bad].itertuples():
        name = f"{row.file}|{row.variable}"
        rejected.add(row.file, row.row, "value", row.published, "magnitude-jump",
                     f"{codebook.label(row.variable)} lies between {low[name]:.3g} and {high[name]:.3g} {row.unit}, "
                     f"{row.region_en} {row.period} has {row.value:.3g}")
    return tidy[~bad].reset_index(drop=True) if bad.any() else tidy


def _accepted(tidy: pd.DataFrame, package: Package) -> np.ndarray:
    """Which rows the description lists as right although they look odd."""
    import numpy as np

    mask = np.zeros(len(tidy), dtype=bool)
    for resource in package.resources:
        for a in resource.spec.get("accepted", []):
            mask |= ((tidy["variable"] == a["variable"]) & (tidy["region_code"] == a["region_code"])
                     & (tidy["period"] == a["period"])).to_numpy(dtype=bool)
    return mask


def _series(tidy: pd.DataFrame, package: Package, rejected: Quarantine) -> pd.DataFrame:
    import numpy as np

    dimensions = {u.base: u.dimension for u in units.table().values()}
    dimension = tidy["unit"].map(dimensions)
    counted = dimension.isin(["count", "person"]) & (tidy["value"] < 50)
    chosen = tidy[(tidy["freq"] == "A") & tidy["level"].isin(["province", "national", "country"]) & (tidy["value"] > 0)
                  & dimension.isin(list(_SCREENED)) & ~counted]
    if len(chosen) < 3:
        return tidy
    chosen = chosen.sort_values(["variable", "region_code", "year"], kind="stable")
    distance, spread = _distance(
        np.log10(chosen["value"].to_numpy()),
        (chosen["variable"] + "|" + chosen["region_code"]).to_numpy(), chosen["year"].to_numpy(dtype="int64"),
    )
    size = np.abs(distance)
    slipped = ((np.abs(distance - np.rint(distance)) < 0.25) & (size > 1.5) & (spread < 0.3)) | (
        (size > 3.7) & (spread < 1))
    bad = slipped & ~_accepted(chosen, package)
    odd = (((size > 1.3) & (spread < 0.7 * size)) | slipped) & ~bad
    for row, d in zip(chosen[bad].itertuples(), distance[bad], strict=True):
        name = codebook.label(row.variable)
        rejected.add(row.file, row.row, "value", row.published, "magnitude-jump",
                     f"{name} of {row.region_en} in {row.period} is 10^{d:.1f} times its neighbours in time")
    if odd.any():
        tidy = tidy.copy()
        flags = tidy.loc[chosen.index[odd], "flag"]
        tidy.loc[chosen.index[odd], "flag"] = [f"{f};{FLAG}" if f else FLAG for f in flags]
    return tidy.drop(index=chosen.index[bad]).reset_index(drop=True) if bad.any() else tidy


def _distance(log: np.ndarray, series: np.ndarray, year: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance of each figure to the median of its neighbours, and their range; 0 and infinity with fewer than two."""
    import numpy as np

    near = np.full((4, len(log)), np.nan)
    for k, step in enumerate((-2, -1, 1, 2)):
        at = np.arange(len(log)) + step
        inside = (at >= 0) & (at < len(log))
        at = np.clip(at, 0, len(log) - 1)
        same = inside & (series[at] == series) & (np.abs(year[at] - year) <= 3)
        near[k, same] = log[at][same]
    enough = np.isfinite(near).sum(axis=0) >= 2
    distance, spread = np.zeros(len(log)), np.full(len(log), np.inf)
    kept = near[:, enough]
    distance[enough] = log[enough] - np.nanmedian(kept, axis=0)
    spread[enough] = np.nanmax(kept, axis=0) - np.nanmin(kept, axis=0)
    return distance, spread
