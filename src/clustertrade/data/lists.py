"""Lists instead of tables of figures: pilot zones, Taobao villages, pairs of neighbours, figures of one paper.

A list becomes counts in the tidy data (zones approved in a year, villages of a province or county) and, where its
entries matter by themselves, a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clustertrade.data import regions
from clustertrade.data.digits import number_text
from clustertrade.data.layouts import open_table
from clustertrade.data.locate import dated, located

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.data.clean import Collected
    from clustertrade.data.datapackage import Resource


def _rows(resource: Resource, found: Collected, unique: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """(line, row) of a list; a second entry of the same key is quarantined, both if they differ."""
    table, at = open_table(resource, found.rejected)
    first: dict[tuple, tuple[int, dict[str, str]]] = {}
    conflicting: set[tuple] = set()
    for line, cells in zip(table.lines, table.rows, strict=True):
        row = {name: cells[i].strip() for name, i in at.items()}
        key = tuple(row[c] for c in unique)
        if key not in first:
            first[key] = (line, row)
            continue
        rule = "duplicate-row" if first[key][1] == row else "conflicting-duplicate"
        found.rejected.add(resource.name, line, ", ".join(unique), ", ".join(key), rule, str(first[key][0]))
        if rule == "conflicting-duplicate":
            conflicting.add(key)
            found.rejected.add(resource.name, first[key][0], ", ".join(unique), ", ".join(key), rule, str(line))
    return [pair for key, pair in first.items() if key not in conflicting]


def _place(resource: Resource, row: dict[str, str], line: int, found: Collected) -> tuple | None:
    place = located(tuple((c, row[c]) for c in resource.layout["region"]))
    if isinstance(place[0], tuple):
        found.rejected.add(resource.name, line, *place[0])
        return None
    return place


def _fault(resource: Resource, row: dict[str, str], line: int, found: Collected, names: tuple[str, ...],
           booleans: tuple[str, ...] = ()) -> bool:
    """Whether a row of a list breaks a rule: empty name, formula, flag other than 0 and 1, impossible year or date."""
    for column, text in row.items():
        if text.startswith("="):
            found.rejected.add(resource.name, line, column, text, "formula")
        elif column in names and not text:
            found.rejected.add(resource.name, line, column, text, "empty-name")
        elif column in booleans and text not in ("0", "1"):
            found.rejected.add(resource.name, line, column, text, "not-boolean")
        elif column == "batch" and not re.fullmatch(r"[1-9]\d?", text):
            found.rejected.add(resource.name, line, column, text, "text-in-number")
        elif column == "year" and isinstance((when := dated(text))[0], tuple):
            found.rejected.add(resource.name, line, *when[0])
        elif column == "approval_date" and not (
            (d := re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(-\d{2})?", text)) and row.get("year", d[1]) == d[1]
        ):
            found.rejected.add(resource.name, line, column, text, "date")
        else:
            continue
        return True
    return False


def _counted(found: Collected, resource: Resource, place: tuple, year: str, variable: str, n: int, row: int) -> tuple:
    return (found.source_id, *place, *dated(year), variable, float(n), "count", str(n), "count", "", resource.name, row)


def zones(resource: Resource, found: Collected) -> None:
    """Pilot zones: the table ``zones`` and the zones approved in a year by province."""
    counts: Counter[tuple[tuple, str]] = Counter()
    first: dict[tuple[tuple, str], int] = {}
    for line, row in _rows(resource, found, ("zone_zh", "province_code")):
        if _fault(resource, row, line, found, ("zone_zh",), ("county_level", "revoked_2025_04")):
            continue
        place = _place(resource, row, line, found)
        if place is None:
            continue
        key = (place, row["year"])
        counts[key] += 1
        first.setdefault(key, line)
        found.tables.setdefault("zones", []).append({
            "source_id": found.source_id, "batch": int(row["batch"]), "approval_date": row["approval_date"],
            "year": int(row["year"]), "zone_zh": row["zone_zh"], "region_code": place[0], "region_en": place[1],
            "region_zh": place[2], "county_level": int(row["county_level"]), "revoked": int(row["revoked_2025_04"]),
            "file": resource.name, "row": line,
        })
    found.rows += [_counted(found, resource, place, year, "cbec_zones_approved", n, first[place, year])
                   for (place, year), n in counts.items()]


def batches(resource: Resource, found: Collected) -> None:
    """Batches of pilot zones: announced against listed, the table ``batches``."""
    for line, row in _rows(resource, found, ("batch",)):
        if _fault(resource, row, line, found, (), ("complete",)):
            continue
        bad = next((c for c in ("zones_official", "zones_listed") if not re.fullmatch(r"\d{1,3}", row[c])), None)
        if bad or int(row["zones_listed"]) > int(row["zones_official"]):
            column = bad or "zones_listed"
            rule = "formula" if row[column].startswith("=") else "text-in-number"
            found.rejected.add(resource.name, line, column, row[column], rule,
                               "" if bad else "; more zones are listed than were announced")
            continue
        found.tables.setdefault("batches", []).append({
            "source_id": found.source_id, "batch": int(row["batch"]), "approval_date": row["approval_date"],
            "zones_official": int(row["zones_official"]), "zones_listed": int(row["zones_listed"]),
            "complete": int(row["complete"]), "file": resource.name, "row": line,
        })


def villages(resource: Resource, found: Collected) -> None:
    """Taobao villages: counts by province and county; the lists are complete, so an absent province has none."""
    by_province: Counter[tuple[str, str]] = Counter()
    by_county: Counter[tuple[str, tuple]] = Counter()
    first: dict[tuple[str, tuple], int] = {}
    names = ("city_zh", "county_zh", "town_zh", "village_zh")
    for line, row in _rows(resource, found, ("year", "province_code", *names)):
        if _fault(resource, row, line, found, names):
            continue
        place = _place(resource, row, line, found)
        if place is None:
            continue
        county = (f"{place[0]}/{row['city_zh']}/{row['county_zh']}", row["county_zh"], row["county_zh"], "county")
        by_province[row["year"], place[0]] += 1
        by_county[row["year"], county] += 1
        first.setdefault((row["year"], county), line)
    for year in sorted({year for year, _ in by_province}):
        for region in regions.provinces():
            place = (region.code, region.name_en, region.name_zh, "province")
            counties = sum(1 for y, c in by_county if y == year and c[0].startswith(region.code))
            for variable, n in (("taobao_villages", by_province[year, region.code]),
                                ("counties_with_taobao_village", counties)):
                found.rows.append(_counted(found, resource, place, year, variable, n, 0))
    found.rows += [_counted(found, resource, county, year, "taobao_villages", n, first[year, county])
                   for (year, county), n in by_county.items()]


def pairs(resource: Resource, found: Collected) -> None:
    """Pairs of provinces that share a border: the table ``neighbours``, each unordered pair once."""
    seen: dict[frozenset[str], int] = {}
    for line, row in _rows(resource, found, tuple(resource.layout["regions"])):
        if _fault(resource, row, line, found, (resource.layout["flag"],)):
            continue
        columns = resource.layout["regions"]
        met = [(c, row[c], regions.find(row[c])) for c in columns]
        bad = next(((c, text) for c, text, region in met if region is None or region.level != "province"), None)
        if bad:
            found.rejected.add(resource.name, line, *bad, "unknown-region", regions.suggest(bad[1]))
            continue
        codes = [region.code for *_, region in met if region]
        pair = frozenset(codes)
        if len(pair) < 2 or pair in seen:
            found.rejected.add(resource.name, line, ", ".join(columns), ", ".join(codes), "duplicate-row",
                               str(seen.get(pair, line)))
            continue
        seen[pair] = line
        found.tables.setdefault("neighbours", []).append({
            "source_id": found.source_id, "region_code_a": min(codes), "region_code_b": max(codes),
            "flag": row[resource.layout["flag"]], "file": resource.name, "row": line,
        })


def figures(resource: Resource, found: Collected) -> None:
    """Figures of one text, each with an id, a region and a unit of its own: the table ``figures``, strings as printed.

    Only what the description declares counts: the ids with their units, and the regions.
    """
    for line, row in _rows(resource, found, ("id",)):
        declared = resource.variables.get(row["id"])
        fault: tuple[str, str, str, str] | None = None
        if declared is None:
            fault = ("id", row["id"], "unknown-variable", "")
        elif row["unit"] != declared["unit"]:
            fault = ("unit", row["unit"], "unit-changed", repr(declared["unit"]))
        elif row["region"] not in resource.layout["regions"]:
            fault = ("region", row["region"], "unknown-region", " or to the regions in datapackage.json")
        elif declared["number"]:
            rule = number_text(row["value"])[1]
            fault = ("value", row["value"], rule, "") if rule else None
        if fault:
            found.rejected.add(resource.name, line, *fault)
        elif not _fault(resource, {k: v for k, v in row.items() if k != "year"}, line, found, ("id",)):
            found.tables.setdefault("figures", []).append({**row, "file": resource.name, "row": line})


READERS: dict[str, Callable[[Resource, Collected], None]] = {
    "zones": zones, "batches": batches, "villages": villages, "pairs": pairs, "figures": figures,
}


def frames(tables: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """The collected tables as frames."""
    import pandas as pd

    return {name: pd.DataFrame(rows) for name, rows in tables.items()}
