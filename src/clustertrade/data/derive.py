"""What is computed from several sources together: the stock of pilot zones by province and year."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.data import clean, datapackage, lists, quality, reconcile, regions

if TYPE_CHECKING:
    import pandas as pd

ZONES = "derived-cbec-zones"
FIRST, LAST = 2010, 2024
LOWER = "lower_bound_16_names_of_batch7_unknown"


def zone_sources(root: Path) -> list[Path]:
    """Folders of ``data/raw`` that list pilot zones."""
    return [f for f in datapackage.folders(root)
            if any(r.layout["kind"] == "zones" for r in datapackage.load(f).resources)]


def zone_stock(parts: Sequence[clean.Cleaned]) -> clean.Cleaned:
    """Pilot zones in force at each year end by province, counted from the lists.

    A batch whose list was cut leaves open the provinces from the last one listed onwards, because the replies name
    zones in the order of the administrative codes; from its year on their counts are lower bounds.

    Parameters
    ----------
    parts : sequence of Cleaned
        The cleaned sources that list zones (:func:`zone_sources`).

    Returns
    -------
    Cleaned
        ``cbec_zones_stock_end_of_year``, the years before the first incomplete batch, and
        ``cbec_zones_stock_lower_bound``, all years; 31 provinces from 2010 on, zeros included; ``source_id`` is
        ``derived-cbec-zones``.

    """
    import pandas as pd

    zones = pd.concat([p.tables["zones"] for p in parts], ignore_index=True)
    batches = pd.concat([p.tables["batches"] for p in parts], ignore_index=True)
    open_from = _open_provinces(zones, batches)
    exact_to = min((year for year, _ in open_from), default=LAST + 1) - 1
    file = ";".join(sorted(zones["file"].unique()))
    rows = []
    for region in regions.provinces():
        own = zones[zones["region_code"] == region.code]
        for year in range(FIRST, LAST + 1):
            n = int(((own["year"] <= year) & ~((own["revoked"] == 1) & (year >= 2025))).sum())
            lower = any(year >= y and region.code >= code for y, code in open_from)
            where = (region.code, region.name_en, region.name_zh, "province", str(year), year, "A")
            for variable, flag in (("cbec_zones_stock_end_of_year", ""),
                                   ("cbec_zones_stock_lower_bound", LOWER if lower else "")):
                if variable.endswith("lower_bound") or year <= exact_to:
                    rows.append((ZONES, *where, variable, float(n), "count", str(n), "count", flag, file, 0))
    tidy = clean.frame(sorted(rows, key=lambda r: (r[8], r[1], r[5])))
    checks = [c for c in _checks(tidy, batches) if c is not None]
    empty = clean.Quarantine().frame()
    report = {
        "source_id": ZONES, "title": "Zone counts by province and year", "kind": "derived", "files": [], "cells": 0,
        "tidy": len(tidy), "records": 0, "missing": [], "coverage": quality.coverage(tidy),
        "flags": {LOWER: int((tidy["flag"] == LOWER).sum())}, "ranges": quality.ranges(tidy), "quarantine": {},
        "notes": [], "warnings": [], "reconciliation": checks,
        "breaks": ["Exact to 2021; from 2022 a lower bound where names of batch 7 were not seen."],
    }
    return clean.Cleaned(ZONES, tidy, empty, report, lists.frames({}) | {"zones": zones, "batches": batches})


def _open_provinces(zones: pd.DataFrame, batches: pd.DataFrame) -> list[tuple[int, str]]:
    """(year, code): from that year on, provinces from that code on may have zones that were not seen."""
    found = []
    for batch in batches.loc[batches["complete"] == 0, "batch"]:
        listed = zones[zones["batch"] == batch]
        found.append((int(listed["year"].max()), str(listed["region_code"].max())))
    return found


def _checks(tidy: pd.DataFrame, batches: pd.DataFrame) -> list[dict[str, Any] | None]:
    """National stock of complete years against the announced batches."""
    stock = reconcile.total(tidy, "cbec_zones_stock_end_of_year", least=31)
    years = batches["approval_date"].str[:4].astype(int)
    announced = stock.copy()
    for period in announced.index:
        announced[period] = float(batches.loc[years <= int(period), "zones_official"].sum())
    return [reconcile.compare("zones-stock", stock, announced)]
