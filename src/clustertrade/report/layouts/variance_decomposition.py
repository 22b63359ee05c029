"""T16: shares of the shocks of a panel VAR in the forecast error variance of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import dynamics, labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

STEPS = (1, 2, 5, 10)


def variance_decomposition(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a response and number of steps ahead, a column a shock; bands below where there are some."""
    var = dynamics.system(inputs, spec["from"])
    names, found = var["details"]["variables"], var["details"]["fevd"]
    last = max(row["horizon"] for row in found)
    steps = sorted({h for h in STEPS if h <= last} | {last})
    columns = [Column(v, both("layout.impulse", name=labels.symbol(inputs.study, v))) for v in names]
    rows, cells = [], {}
    for response in names:
        for h in steps:
            key = f"{response} {h}"
            rows.append(Row(key, both("layout.step", name=labels.symbol(inputs.study, response), h=h)))
            for row in found:
                if (row["response"], row["horizon"]) == (response, h):
                    below = {"ci": (row["low"], row["high"])} if row["low"] is not None else None
                    cells[key, row["impulse"]] = Cell(row["share"], below=below)
    bands = dynamics.bands(var)
    level = f"{100 * (1 - var['options']['level']):g} %"
    said = [*dynamics.said(inputs, spec["from"], var), dynamics.ordered(inputs, var), *bands,
            *notes.proxies(inputs, notes.variables_of([var])), *notes.cautions([var])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("layout.steps-ahead"),
                    notes=said, source_ids=notes.sources_of(inputs, spec["from"]),
                    below_note=both("layout.interval-below", level=level) if bands else None)
