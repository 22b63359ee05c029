"""Layouts of tables: where region, period, variable, value and unit stand.

A layout turns a :class:`~clustertrade.data.read.Table` into entries, one a figure, all strings as published.
``long`` has a column for each of them, ``wide`` a column a variable, ``nbs-years`` is the download of the statistical
office (a column a year), ``customs-table`` the monthly table of customs as printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from clustertrade.data import read, regions
from clustertrade.data.datapackage import Resource
from clustertrade.data.digits import plain
from clustertrade.data.quarantine import Quarantine, refuse


class Entry(NamedTuple):
    """One figure as published.  ``region`` holds every spelling in the row, with the column that each stands in."""

    row: int
    region: tuple[tuple[str, str], ...]
    place: str
    level: str
    year: str
    month: str
    variable: str
    column: str
    value: str
    unit: str | None
    flag: str


def open_table(resource: Resource, rejected: Quarantine) -> tuple[read.Table, dict[str, int]]:
    """The file of a resource, checked against its description.

    Rows that have too many or too few cells, or a formula outside a column of figures, go to the quarantine.

    Returns
    -------
    (table, position)
        Position of each column.

    Raises
    ------
    DataError
        Column missing; fewer rows than declared, last row or last line cut: the file is truncated.
    """
    table = read.file(resource.path, resource.name, resource.spec["encoding"])
    position = {name: i for i, name in enumerate(table.header)}
    absent = [name for name in resource.fields if name not in position]
    if absent:
        raise refuse(resource.name, table.lines[0] - 1, absent[0], ", ".join(table.header)[:100],
                     f"column {absent[0]!r} is missing", "put the column back under the name in datapackage.json")
    _refuse_truncated(resource, table)
    figures = {i for name, i in position.items() if resource.fields.get(name, {}).get("type") == "number"}
    width, rows, lines = len(table.header), [], []
    for line, row in zip(table.lines, table.rows, strict=True):
        if len(row) != width:
            rejected.add(resource.name, line, "", ",".join(row), "ragged-row", f"{len(row)} cells, the header {width}")
            continue
        if table.formulas:
            bad = [i for i, cell in enumerate(row) if cell.startswith("=") and i not in figures]
            if bad:
                rejected.add(resource.name, line, table.header[bad[0]], row[bad[0]], "formula")
                continue
        rows.append(row)
        lines.append(line)
    table.rows, table.lines = rows, lines
    return table, position


def _refuse_truncated(resource: Resource, table: read.Table) -> None:
    declared, last = resource.spec["rows"], table.lines[-1]
    remedy = ("put the published file back; if rows were taken out on purpose, run "
              f"python -m clustertrade.data.datapackage --update data/raw/{resource.folder.name}")
    if len(table.rows[-1]) < len(table.header):
        raise refuse(resource.name, last, table.header[len(table.rows[-1])], table.rows[-1][-1],
                     f"the last row is cut after {len(table.rows[-1])} of {len(table.header)} cells", remedy)
    if len(table.rows) < declared:
        raise refuse(resource.name, last, "", "", f"{len(table.rows)} rows, {declared} are declared: the file is "
                     "truncated", remedy)
    if not table.complete and resource.path.stat().st_size < resource.spec["bytes"]:
        raise refuse(resource.name, last, table.header[-1], table.rows[-1][-1],
                     "the last line has no end and the file is shorter than declared: its last cell may be cut", remedy)


def entries(resource: Resource, rejected: Quarantine) -> Iterator[Entry]:
    """Entries of a resource in the order of the file; the layouts of lists (zones, villages, pairs) have none."""
    kind = resource.layout["kind"]
    if kind == "long":
        return _long(resource, rejected)
    if kind == "wide":
        return _wide(resource, rejected)
    if kind == "nbs-years":
        return _nbs_years(resource)
    if kind == "customs-table":
        return _customs_table(resource)
    return iter(())


def _long(resource: Resource, rejected: Quarantine) -> Iterator[Entry]:
    layout = resource.layout
    table, at = open_table(resource, rejected)
    region_columns = [(c, at[c]) for c in layout.get("region", [])]
    fixed = (("", layout["region_value"]),) if "region_value" in layout else ()
    names = [layout["variable"]] if isinstance(layout.get("variable"), str) else layout.get("variable", [])
    variable_at = [at[c] for c in names]
    year, value = at.get(layout.get("year", "")), at[layout["value"]]
    unit, flag = at.get(layout.get("unit", "")), at.get(layout.get("flag", ""))
    level = layout.get("level", "")
    for line, row in zip(table.lines, table.rows, strict=True):
        yield Entry(
            line,
            fixed or tuple((c, row[i]) for c, i in region_columns),
            "", level, row[year] if year is not None else "", "",
            "_".join([row[i] for i in variable_at]) if variable_at else layout["variable_value"],
            layout["value"], row[value],
            row[unit] if unit is not None else None,
            row[flag] if flag is not None else "",
        )


def _wide(resource: Resource, rejected: Quarantine) -> Iterator[Entry]:
    layout = resource.layout
    table, at = open_table(resource, rejected)
    region_columns = [(c, at[c]) for c in layout["region"]]
    measures = [(c, at[c], layout.get("units", {}).get(c)) for c in layout["measures"]]
    year, month, place = (at.get(layout.get(k, "")) for k in ("year", "month", "place"))
    level, unit = at.get(layout.get("level", "")), at.get(layout.get("unit", ""))
    for line, row in zip(table.lines, table.rows, strict=True):
        region = tuple((c, row[i]) for c, i in region_columns)
        named = row[place] if place is not None else ""
        kind = row[level] if level is not None else ""
        when = row[year] if year is not None else "", row[month] if month is not None else ""
        row_unit = row[unit] if unit is not None else None
        for column, i, own in measures:
            yield Entry(line, region, named, kind, *when, column, column, row[i], own or row_unit, "")


_INDICATOR = re.compile(r"(?P<name>.+?)[(（](?P<unit>[^()（）]+)[)）]$")


def _nbs_years(resource: Resource) -> Iterator[Entry]:
    """Lines of words, then a header of years, rows of regions or of indicators, then notes."""
    table = read.grid(resource.path.read_bytes(), resource.name, resource.spec["encoding"])
    words: dict[str, str] = {}
    header: list[str] = []
    for line, row in zip(table.lines, table.rows, strict=True):
        cells = [plain(c) for c in row]
        if not header:
            if len(cells) > 1 and all(re.fullmatch(r"(19|20)\d{2}年?", c) for c in cells[1:] if c) and any(cells[1:]):
                header = cells
            elif match := re.match(r"(.+?)\s*[:：]\s*(.+)", cells[0]):
                words[match[1]] = match[2]
            continue
        if re.match(r"(数据来源|注|说明)", cells[0]) or not any(cells):
            continue
        by_indicator = header[0].startswith("指标")
        spelled = cells[0] if by_indicator else words.get("指标", "")
        found = _INDICATOR.match(spelled)
        name, unit = (found["name"], found["unit"]) if found else (spelled, None)
        region = words.get("地区", "") if by_indicator else row[0]
        for i in range(1, len(header)):
            if header[i]:
                yield Entry(line, (("地区", region),), "", "", header[i].rstrip("年"), "", name.strip(), header[i],
                            row[i] if i < len(row) else "", unit, "")
    if not header:
        raise refuse(resource.name, 1, "", ",".join(table.rows[0])[:80], "no header line with years was found",
                     "the layout nbs-years expects a line like 地区,2023年,2022年")


_ZONE = re.compile(r"(开发区|新区|园区?|园|示范区|试验区|合作区)$")


def _customs_table(resource: Resource) -> Iterator[Entry]:
    """Title with year and month, a line with the unit, two header lines, locations, notes."""
    table = read.grid(resource.path.read_bytes(), resource.name, resource.spec["encoding"])
    top = [[plain(c) for c in row] for row in table.rows]
    joined = ["".join(row) for row in top]
    title = next((re.search(r"(\d{4})年\s*(?:1-)?(\d{1,2})月", t) for t in joined if "年" in t), None)
    unit = next((m[1] for t in joined if (m := re.search(r"单位\s*[:：]\s*([^\s,]+)", t))), None)
    first = next((i for i, t in enumerate(joined) if t.startswith("收发货人所在地")), None)
    if title is None or first is None:
        raise refuse(resource.name, 1, "", joined[0][:80], "no title with year and month, or no header line",
                     "the layout customs-table expects the table as customs prints it")
    upper, lower = top[first], top[first + 1]
    group, columns = "", {}
    for i in range(1, len(upper)):
        group = upper[i] or group
        columns[i] = group + "|" + re.sub(r"[(（].*", "", lower[i] if i < len(lower) else "")
    province = ""
    for line, row, cells in list(zip(table.lines, table.rows, top, strict=True))[first + 2:]:
        name = cells[0]
        if not name or re.match(r"(注|数据来源|\*)", name):
            continue
        region = regions.find(name)
        level = region.level if region else "zone" if _ZONE.search(name) else "city"
        province = name if region else province
        for i, column in columns.items():
            if column in resource.layout["measures"] and i < len(row):
                own = resource.layout.get("units", {}).get(column)
                spelled = (("收发货人所在地", province),)
                yield Entry(line, spelled, name, level, title[1], title[2], column, column, row[i], own or unit, "")
