"""T17: indicators of composite indices and subsystems, with their weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.data import codebook
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.coordination import sources_behind
from clustertrade.study.inputs import Inputs


def weights(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A panel an index or subsystem, a row an indicator: direction, limits, entropy and weight where there are any."""
    rows, cells, said = [], {}, []
    ids: dict[str, None] = {}
    for ref in spec["from"]:
        result, name = inputs.json(ref), ref.partition("/")[2]
        indices = result["details"].get("weights")
        for line in indices or result["details"].get("limits") or result["details"]["parameters"]:
            column = line["indicator"] if indices else line["parameter"]
            panel = labels.title(result["name"]) if indices else labels.subsystem(inputs.study, name, line["subsystem"])
            key = f"{name} {column}"
            rows.append(Row(key, _label(inputs, column), panel=panel))
            sign = line.get("direction") or next(i for i in result["options"]["indicator"]
                                                 if i.rpartition(":")[0] == column).rpartition(":")[2]
            better = both(f"coordination.direction.{sign}") if sign in "+-" else sign
            cells[key, "direction"] = Cell(better, kind="text")
            for what in ("low", "high", "entropy", "weight"):
                if what in line:
                    cells[key, what] = Cell(line[what])
        said += notes.cautions([result]) if indices else []
        ids |= dict.fromkeys(sources_behind(inputs, name))
    there = {column for _, column in cells}
    columns = [Column(what, both(f"coordination.weights-column.{what}"), align="left" if what == "direction" else None)
               for what in ("direction", "low", "high", "entropy", "weight") if what in there]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("coordination.indicator"),
                    notes=[both("coordination.weights-said"), *said], source_ids=sorted(ids, key=notes.source_order))


def _label(inputs: Inputs, column: str) -> Text:
    if column in inputs.study.section("variables"):
        return labels.variable(inputs.study, column)
    bare = column.partition(":")[2] or column
    return {lang: codebook.label(bare, lang) for lang in ("en", "zh")}
