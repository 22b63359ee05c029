"""T18: order of the subsystems and synergy, by year and by region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.coordination import frame, region_names, sources_behind, systems_said
from clustertrade.study.inputs import Inputs


def synergy(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Means over the regions by year, then each region in the last year; a column a base of comparison.

    ``from`` names one measure for each base (first, previous): orders are those of the first of them.
    """
    names = [ref.partition("/")[2] for ref in spec["from"]]
    data, result = frame(inputs, names[0])
    orders = [c for c in data.columns if c.startswith("order_")]
    columns = [Column(c, labels.subsystem(inputs.study, names[0], c), spanner=both("order-degree")) for c in orders]
    cells: dict[tuple[str, str], Cell] = {}
    rows: list[Row] = []
    last = data["time"].max()
    for time, part in data.groupby("time"):
        rows.append(Row(f"mean {time}", str(time), panel=both("coordination.mean-of-regions")))
        cells |= {(f"mean {time}", c): Cell(float(part[c].mean())) for c in orders}
    code_names = region_names(inputs, names[0])
    final = both("coordination.regions-in", year=str(last))
    for _, row in data[data["time"] == last].iterrows():
        rows.append(Row(str(row["entity"]), code_names[row["entity"]], panel=final))
        cells |= {(str(row["entity"]), c): Cell(float(row[c])) for c in orders}
    for name in names:
        own, about = frame(inputs, name)
        base = about["options"]["base"]
        columns.append(Column(name, _base(base, about), spanner=both("synergy-degree")))
        for time, part in own.groupby("time"):
            if part["synergy"].notna().any():
                cells[f"mean {time}", name] = Cell(float(part["synergy"].mean()))
        for _, row in own[own["time"] == last].dropna(subset=["synergy"]).iterrows():
            cells[str(row["entity"]), name] = Cell(float(row["synergy"]))
    columns.append(Column("advance", both("coordination.both-advance"), spanner=both("synergy-degree"), width=2.4,
                          align="right"))
    for time, part in data.groupby("time"):
        if part["synergy"].notna().any():
            cells[f"mean {time}", "advance"] = Cell(float((part["synergy"].dropna() > 0).mean()), kind="percent")
    _ranges(inputs, result, last, cells)
    columns.append(Column("range", both("coordination.leave-one-out"), spanner=both("synergy-degree"), width=2.8,
                          align="center"))
    said: list[Text] = [both("coordination.synergy-said"), *systems_said(inputs, names[0])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("coordination.year-or-region"),
                    notes=said, source_ids=sorted(sources_behind(inputs, names[0]), key=notes.source_order))


def _base(base: str, result: Mapping[str, Any]) -> Text:
    if base == "previous":
        return both("coordination.base-previous")
    first = min(str(row[result["options"]["time"]]) for row in result["rows"])
    return both("coordination.base-year", year=first if base == "first" else base)


def _ranges(inputs: Inputs, result: Mapping[str, Any], last: Any, cells: dict[tuple[str, str], Cell]) -> None:
    digits = inputs.study.style["digits"]
    for line in result["details"]["leave_one_out"]:
        entity, _, time = line["row"].rpartition(" ")
        if time == str(last):
            low, high = (f"{line[k]:.{digits}f}".replace("-", "−") for k in ("low", "high"))
            cells[entity, "range"] = Cell(f"{low} … {high}", kind="text")
