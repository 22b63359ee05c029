"""T4: is what happens in one entity independent of the others?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.decisions import rejects
from clustertrade.study.inputs import Inputs

DETAILS = {"mean_rho": "mean-correlation", "mean_abs_rho": "mean-absolute-correlation"}


def dependence(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a variable; each test's statistics with stars and p-values, then the mean correlations and the size."""
    results = [r for ref in spec["from"] for r in inputs.results(ref)]
    rows: dict[str, Row] = {}
    columns: dict[str, Column] = {}
    cells: dict[tuple[str, str], Cell] = {}
    for r in results:
        y = r["options"]["y"]
        rows.setdefault(y, Row(y, labels.variable(inputs.study, y)))
        for s in r["statistics"]:
            key = f"{r['name']} {s['name']}"
            columns.setdefault(key, Column(key, labels.statistic(r["name"], s["name"]), digits=2))
            columns.setdefault(f"{key} p", Column(f"{key} p", both("p-value")))
            if s["value"] is not None:
                cells[y, key] = Cell(s["value"], pvalue=s["pvalue"])
            if s["pvalue"] is not None:
                cells[y, f"{key} p"] = Cell(s["pvalue"], kind="p")
        for detail, word in DETAILS.items():
            if r["details"].get(detail) is not None:
                columns.setdefault(detail, Column(detail, both(word)))
                cells[y, detail] = Cell(r["details"][detail])
        for key, word in (("n_entities", "layout.n"), ("n_periods", "layout.t")):
            columns.setdefault(key, Column(key, both(word)))
            cells[y, key] = Cell(r[key], kind="integer")
    said = notes.of_tests(inputs, spec["from"], results)
    if any(rejects(r) for r in results):
        said.append(both("layout.dependence-consequence"))
    return assemble(inputs, table_id, rows=list(rows.values()), columns=list(columns.values()), cells=cells,
                    stub=both("variable"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))
