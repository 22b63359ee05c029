"""Strings as published -> typed, tidy rows: one row a region, period and variable, in base units.

Nothing is dropped in silence: a figure is in ``tidy``, or missing and listed, or in ``quarantine``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clustertrade.data import codebook, datapackage, layouts, lists, magnitude, quality, units
from clustertrade.data.digits import number_text, plain, scaled
from clustertrade.data.locate import dated, located
from clustertrade.data.quarantine import Quarantine

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.data.datapackage import Package, Resource
    from clustertrade.data.layouts import Entry

COLUMNS = ["source_id", "region_code", "region_en", "region_zh", "level", "period", "year", "freq", "variable", "value",
           "unit", "published", "published_unit", "flag", "file", "row"]
LEVELS = ("province", "national", "city", "zone", "country", "county")


@dataclass
class Cleaned:
    """A source after cleaning.

    Attributes
    ----------
    tidy : DataFrame
        ``source_id, region_code, region_en, region_zh, level, period, year, freq, variable, value, unit, published,
        published_unit, flag, file, row``; ``value`` and ``unit`` in the base unit, ``published`` and
        ``published_unit`` as printed, ``row`` the line in the file (0: computed from the whole file).
    quarantine : DataFrame
        ``file, row, column, value, rule, remedy``.
    quality : dict
        Counts, missing figures, flags, ranges, coverage and reconciliation; plain JSON.
    tables : dict of DataFrame
        What is not a figure of a region and period: ``zones``, ``batches``, ``neighbours``.
    check : DataFrame
        Rows of resources with the role ``check``, same columns as ``tidy``.
    """

    source_id: str
    tidy: pd.DataFrame
    quarantine: pd.DataFrame
    quality: dict[str, Any]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    check: pd.DataFrame | None = None


@dataclass
class Collected:
    """Rows of a source while it is read."""

    source_id: str
    rejected: Quarantine = field(default_factory=Quarantine)
    rows: list[tuple] = field(default_factory=list)
    checks: list[tuple] = field(default_factory=list)
    kept: list[tuple] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def clean_source(folder: Path) -> Cleaned:
    """Clean one folder of ``data/raw``.

    Parameters
    ----------
    folder : Path
        Folder with a ``datapackage.json``.

    Returns
    -------
    Cleaned

    Raises
    ------
    DataError
        A file that cannot be used as a whole: not there, empty, truncated, wrong encoding, or a column missing.
        Single faults go to the quarantine.

    Examples
    --------
    >>> cleaned = clean_source(Path("data/raw/S64-province-areas"))  # doctest: +SKIP
    >>> cleaned.tidy["value"].sum()  # doctest: +SKIP
    9615222.0
    """
    package = datapackage.load(Path(folder))
    found = Collected(package.id)
    for resource in package.resources:
        _collect(resource, found)
    tidy = _unique(frame(found.rows), found.rejected)
    tidy = magnitude.screen(tidy, package, found.rejected)
    tidy = _with_annual(tidy, package)
    check = _unique(frame(found.checks), found.rejected)
    kept = _unique(frame(found.kept), found.rejected)
    cleaned = Cleaned(package.id, tidy, found.rejected.frame(), {}, lists.frames(found.tables), check)
    cleaned.quality = quality.of_source(package, cleaned, found.missing, list(found.notes.values()),
                                        len(kept) + len(found.tables.get("figures", [])))
    from clustertrade.data import schemas

    schemas.validate(tidy, package.folder.name)
    return cleaned


def _collect(resource: Resource, found: Collected) -> None:
    kind, role = resource.layout["kind"], resource.spec["role"]
    if kind in lists.READERS:
        lists.READERS[kind](resource, found)
    else:
        typed = Typing(resource, found)
        rows = [row for entry in layouts.entries(resource, found.rejected) if (row := typed(entry)) is not None]
        {"data": found.rows, "check": found.checks, "record": found.kept}[role].extend(rows)


class Typing:
    """Entries of one resource -> tidy rows; what breaks a rule is noted in the quarantine."""

    def __init__(self, resource: Resource, found: Collected) -> None:
        self.resource, self.found, self.layout = resource, found, resource.layout
        self.undated = "year" not in self.layout or "undated" in self.layout
        self.leveled = "level" in self.layout
        self.groups: dict[str, list[str]] = self.layout.get("groups", {})
        self.missing, self.zero = resource.missing, resource.zero
        self.measured: dict[tuple[str, str | None], tuple] = {}
        self.group, self.whole = {name: resource.group(name) for name in resource.fields}, resource.group("")

    def __call__(self, entry: Entry) -> tuple | None:
        """One tidy row, or None after a note in the quarantine or the list of missing figures."""
        resource, found = self.resource, self.found
        place = located(entry.region, entry.place, entry.level, self.leveled)
        if self.groups and len(place) == 1:
            place = self._group(entry, place)
        period = dated(entry.year, entry.month, self.undated)
        key = (entry.variable, entry.unit)
        measured = self.measured.get(key) or self.measured.setdefault(key, self._measured(entry))
        if len(place) == 1 or len(period) == 1 or len(measured) == 1:
            fault = next(x[0] for x in (place, period, measured) if len(x) == 1)
            found.rejected.add(resource.name, entry.row, *fault)
            return None
        name, factor, base, unit = measured
        text = entry.value
        nothing = bool(self.zero) and text.strip() in self.zero  # a dash: no trade, and no growth rate
        if text in self.missing or (nothing and base == "%") or (not text.isascii() and plain(text) in self.missing):
            found.missing.append({"file": resource.name, "row": entry.row, "column": entry.column, "region": place[1],
                                  "period": period[0], "variable": name})
            return None
        digits, rule = ("0", "") if nothing else number_text(text, self.group.get(entry.column, self.whole))
        if rule:
            found.rejected.add(resource.name, entry.row, entry.column, text, rule)
            return None
        if digits != text and not nothing:
            note = {"file": resource.name, "column": entry.column, "cells": 0, "first_row": entry.row,
                    "published": text, "read_as": digits}
            found.notes.setdefault((resource.name, entry.column), note)["cells"] += 1
        return (found.source_id, *place, *period, name, scaled(digits, factor), base, text, unit, entry.flag,
                resource.name, entry.row)

    def _group(self, entry: Entry, fault: tuple) -> tuple:
        """Several regions published as one figure, which the description names: its code and all its spellings."""
        names = self.groups.get(entry.region[0][1])
        if names is None:
            return fault
        strange = next(((column, text) for column, text in entry.region[1:] if text not in names), None)
        return ((*strange, "unknown-region", ""),) if strange else (entry.region[0][1], names[-1], names[0], "group")

    def _measured(self, entry: Entry) -> tuple:
        """(variable, factor, base unit, unit as published), or a one-tuple with the fault."""
        declared = self.resource.variables.get(entry.variable)
        if declared is None:
            columns = self.layout.get("variable", entry.column)
            names = list(self.resource.variables)
            known = f" (declared: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
            column = columns if isinstance(columns, str) else " + ".join(columns)
            return ((column, entry.variable, "unknown-variable", known),)
        name = declared["unit"] if entry.unit is None else entry.unit
        column, unit = self.layout.get("unit", entry.column), units.find(name)
        if unit is None:
            return ((column, name, "unknown-unit", f"; datapackage.json declares {declared['unit']!r}"),)
        if name.strip() != declared["unit"]:
            return ((column, name, "unit-changed", repr(declared["unit"])),)
        expected = codebook.variables().get(declared["name"], {}).get("unit", unit.base)
        if expected != unit.base:
            return ((column, name, "wrong-dimension", expected),)
        return declared["name"], unit.factor, unit.base, name


def frame(rows: list[tuple]) -> pd.DataFrame:
    """Rows in the order of :data:`COLUMNS` as a typed table."""
    import pandas as pd

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    kinds = {"year": "Int64", "value": "float64", "row": "int64"}
    return pd.DataFrame({name: pd.array(list(cells), dtype=kinds.get(name, "str"))
                         for name, cells in zip(COLUMNS, columns, strict=True)})


KEY = ["level", "region_code", "freq", "period", "variable"]


def _unique(tidy: pd.DataFrame, rejected: Quarantine) -> pd.DataFrame:
    """One row a key: of identical ones the first is kept, of conflicting ones none."""
    repeated = tidy.duplicated(KEY, keep=False)
    if not repeated.any():
        return tidy
    out = []
    for _, group in tidy[repeated].groupby(KEY, sort=False):
        same = group["value"].nunique() == 1
        for position, (index, row) in enumerate(group.iterrows()):
            if same and position == 0:
                continue
            other = group.iloc[0 if position else 1]
            rejected.add(row["file"], int(row["row"]), "region, period, variable", row["published"],
                         "duplicate-row" if same else "conflicting-duplicate",
                         f"{other['row']} of {other['file']}" if same else f"{other['row']} ({other['published']})")
            out.append(index)
    return tidy.drop(index=out).reset_index(drop=True)


def _with_annual(tidy: pd.DataFrame, package: Package) -> pd.DataFrame:
    """Years from the year to date of December, where a layout names the pairs of variables."""
    import pandas as pd

    pairs = {k: v for r in package.resources for k, v in r.layout.get("annual", {}).items()}
    if not pairs:
        return tidy
    december = tidy[tidy["variable"].isin(list(pairs)) & tidy["period"].str.endswith("-12")].copy()
    december["variable"] = december["variable"].map(pairs)
    december["period"], december["freq"] = december["period"].str[:4], "A"
    return pd.concat([tidy, december], ignore_index=True)
