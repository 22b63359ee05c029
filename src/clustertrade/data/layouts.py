"""Layouts of tables: where region, period, variable, value and unit stand.

A layout turns a :class:`~clustertrade.data.read.Table` into entries, one a figure, all strings as published.
``long`` has a column for each of them, ``wide`` a column a variable; tables as printed are in :mod:`printed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from clustertrade.data import read
from clustertrade.data.datapackage import Resource
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


PRINTED = ("nbs-years", "customs-table")  # tables as printed, with lines of words around them


def open_table(
    resource: Resource, rejected: Quarantine, described: bool = True
) -> tuple[read.Table, dict[str, int]]:
    """The file of a resource, checked against its description.

    Rows that have too many or too few cells, or a formula outside a column of figures, go to the quarantine.
    Without ``described`` the counts of the description are not compared.

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
    if described:
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
    if table.header and len(table.rows[-1]) < len(table.header):
        raise refuse(resource.name, last, table.header[len(table.rows[-1])], table.rows[-1][-1],
                     f"the last row is cut after {len(table.rows[-1])} of {len(table.header)} cells", remedy)
    if len(table.rows) < declared:
        raise refuse(resource.name, last, "", "", f"{len(table.rows)} rows, {declared} are declared: the file is "
                     "truncated", remedy)
    if not table.complete and resource.path.stat().st_size < resource.spec["bytes"]:
        raise refuse(resource.name, last, table.header[-1] if table.header else "", table.rows[-1][-1],
                     "the last line has no end and the file is shorter than declared: its last cell may be cut", remedy)


def entries(resource: Resource, rejected: Quarantine, described: bool = True) -> Iterator[Entry]:
    """Entries of a resource in the order of the file; the layouts of lists (zones, villages, pairs) have none.

    Raises
    ------
    DataError
        The file cannot be used as a whole; without ``described``, a file that is shorter than declared can.
    """
    kind = resource.layout["kind"]
    if kind in ("long", "wide"):
        table, at = open_table(resource, rejected, described)
        return (_long if kind == "long" else _wide)(resource.layout, table, at)
    if kind in PRINTED:
        from clustertrade.data import printed

        lines = read.grid(resource.path.read_bytes(), resource.name, resource.spec["encoding"])
        if described:
            _refuse_truncated(resource, lines)
        return printed.READERS[kind](resource, lines)
    return iter(())


def _long(layout: dict[str, Any], table: read.Table, at: dict[str, int]) -> Iterator[Entry]:
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


def _wide(layout: dict[str, Any], table: read.Table, at: dict[str, int]) -> Iterator[Entry]:
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
