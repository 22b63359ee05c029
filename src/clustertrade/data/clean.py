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
    missing: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    records: int = 0


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
    tidy = _unique(_frame(found.rows), found.rejected)
    tidy = magnitude.screen(tidy, package, found.rejected)
    tidy = _with_annual(tidy, package)
    check = _frame(found.checks)
    cleaned = Cleaned(package.id, tidy, found.rejected.frame(), {}, lists.frames(found.tables), check)
    cleaned.quality = quality.of_source(package, cleaned, found.missing, found.notes, found.records)
    from clustertrade.data import schemas

    schemas.validate(tidy, package.folder.name)
    return cleaned


def _collect(resource: Resource, found: Collected) -> None:
    kind, role = resource.layout["kind"], resource.spec["role"]
    if kind in lists.READERS:
        lists.READERS[kind](resource, found)
    elif kind == "figures":
        table, _ = layouts.open_table(resource, found.rejected)
        found.records += len(table.rows)
    else:
        rows = [row for entry in layouts.entries(resource, found.rejected)
                if (row := _typed(entry, resource, found, role)) is not None]
        {"data": found.rows, "check": found.checks}.get(role, []).extend(rows)
        found.records += len(rows) if role == "record" else 0


def _typed(entry: Entry, resource: Resource, found: Collected, role: str) -> tuple | None:
    """One tidy row, or None after a note in the quarantine or the list of missing figures."""
    reject = _reject_with(resource, entry, found)
    if role == "record":
        digits, rule = number_text(entry.value)
        return (digits,) if not rule else reject(entry.column, entry.value, rule)
    place = located(entry.region, entry.place, entry.level, "level" in resource.layout)
    if isinstance(place[0], tuple):
        return reject(*place[0])
    period = dated(entry.year, entry.month, undated="year" not in resource.layout or "undated" in resource.layout)
    if isinstance(period[0], tuple):
        return reject(*period[0])
    declared = resource.variables.get(entry.variable)
    if declared is None:
        return reject(resource.layout.get("variable", entry.column), entry.variable, "unknown-variable",
                      _declared(resource))
    if entry.value in resource.missing or plain(entry.value) in resource.missing:
        found.missing.append({"file": resource.name, "row": entry.row, "column": entry.column, "region": place[1],
                              "period": period[0], "variable": declared["name"]})
        return None
    unit_name = declared["unit"] if entry.unit is None else entry.unit
    unit = units.find(unit_name)
    unit_column = resource.layout.get("unit", entry.column)
    if unit is None:
        return reject(unit_column, unit_name, "unknown-unit", f"; datapackage.json declares {declared['unit']!r}")
    if unit_name.strip() != declared["unit"]:
        return reject(unit_column, unit_name, "unit-changed", repr(declared["unit"]))
    expected = codebook.variables().get(declared["name"], {}).get("unit", unit.base)
    if expected != unit.base:
        return reject(unit_column, unit_name, "wrong-dimension", expected)
    group = resource.fields.get(entry.column, {}).get("groupChar", resource.spec["schema"].get("groupChar", ""))
    text = "0" if entry.value.strip() in resource.zero else entry.value
    digits, rule = number_text(text, group)
    if rule:
        return reject(entry.column, entry.value, rule)
    if digits != entry.value and text == entry.value:
        found.notes.append({"file": resource.name, "row": entry.row, "column": entry.column, "published": entry.value,
                            "read_as": digits})
    return (found.source_id, *place, *period, declared["name"], scaled(digits, unit.factor), unit.base, entry.value,
            unit_name, entry.flag, resource.name, entry.row)


def _reject_with(resource: Resource, entry: Entry, found: Collected):
    def reject(column: object, value: str, rule: str, detail: str = "") -> None:
        name = " + ".join(column) if isinstance(column, list) else str(column)
        found.rejected.add(resource.name, entry.row, name, value, rule, detail)

    return reject


def _declared(resource: Resource) -> str:
    names = list(resource.variables)
    return f" (declared: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"


def _frame(rows: list[tuple]) -> pd.DataFrame:
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
