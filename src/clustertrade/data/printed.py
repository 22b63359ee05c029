"""Tables as printed: the download of the statistical office, the monthly table of customs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from clustertrade.data import regions
from clustertrade.data.datapackage import Resource
from clustertrade.data.digits import plain
from clustertrade.data.layouts import Entry
from clustertrade.data.quarantine import refuse
from clustertrade.data.read import Table

_INDICATOR = re.compile(r"(?P<name>.+?)[(（](?P<unit>[^()（）]+)[)）]$")


def nbs_years(resource: Resource, table: Table) -> Iterator[Entry]:
    """Download of the statistical office: lines of words, a header of years, regions or indicators, then notes.

    Raises
    ------
    DataError
        No header line with years.
    """
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


def customs_table(resource: Resource, table: Table) -> Iterator[Entry]:
    """Monthly table of customs: title with year and month, unit, two header lines, locations, then notes.

    A location that is no province is a city or zone of the province printed above it.

    Raises
    ------
    DataError
        No title or no header line.
    """
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


READERS: dict[str, Callable[[Resource, Table], Iterator[Entry]]] = {
    "nbs-years": nbs_years, "customs-table": customs_table,
}
