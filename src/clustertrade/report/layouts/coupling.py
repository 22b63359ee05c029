"""T19: coupling coordination by region, both definitions of coupling side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both, vocabulary
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.coordination import frame, region_names, sources_behind, systems_said
from clustertrade.study.inputs import Inputs


def coupling(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a region in the last year, best coordinated first: T, then C and D of each measure of ``from``."""
    names = [ref.partition("/")[2] for ref in spec["from"]]
    first, result = frame(inputs, names[0])
    last, start = first["time"].max(), first["time"].min()
    code_names = region_names(inputs, names[0])
    order = first[first["time"] == last].sort_values(["D", "entity"], ascending=[False, True])["entity"]
    rows = [Row(str(e), code_names[e]) for e in order]
    columns = [Column("T", "T")]
    cells: dict[tuple[str, str], Cell] = {}
    for name in names:
        own, about = frame(inputs, name)
        variant = about["options"]["variant"]
        above = both(f"coordination.coupling.{variant}")
        columns += [Column(f"{name} {symbol}", symbol, spanner=above) for symbol in "CD"]
        columns.append(Column(f"{name} change", both("coordination.change-since", year=str(start)), spanner=above))
        before = own[own["time"] == start].set_index("entity")["D"]
        for _, row in own[own["time"] == last].iterrows():
            entity = str(row["entity"])
            cells[entity, "T"] = Cell(float(row["T"]))
            for symbol in "CD":
                if row[symbol] == row[symbol]:
                    cells[entity, f"{name} {symbol}"] = Cell(float(row[symbol]))
            change = row["D"] - before.get(row["entity"], float("nan"))
            if change == change:
                cells[entity, f"{name} change"] = Cell(float(change))
            if name == names[0] and "level" in own.columns:
                cells[entity, "level"] = Cell(_level(row["level"]), kind="text")
                cells[entity, "lagging"] = Cell(labels.subsystem(inputs.study, name, row["lagging"])
                                                if row["lagging"] else both("none"), kind="text")
    if "level" in first.columns:
        columns += [Column("level", both("coordination.level"), align="left"),
                    Column("lagging", both("coordination.lagging"), align="left")]
    said: list[Text] = [both("coordination.coupling-said", year=str(last)), *systems_said(inputs, names[0]),
                        *notes.cautions([result])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("region"), notes=said,
                    source_ids=sorted(sources_behind(inputs, names[0]), key=notes.source_order))


def _level(name: str) -> Text:
    key = f"coordination.levels.{name.replace(' ', '-')}"
    return both(key) if key in vocabulary("en") else name
