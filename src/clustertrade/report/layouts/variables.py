"""T1: what every variable is, in which unit, for what it stands, where it comes from, how far it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts


def variables(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a variable, in a panel of the first sample that holds it."""
    study = inputs.study
    samples = [ref.partition("/")[2] for ref in spec.get("from", [])] or [spec["sample"]]
    rows: dict[str, Row] = {}
    cells: dict[tuple[str, str], Cell] = {}
    used: dict[str, None] = {}
    said: list[Text] = []
    for sample in samples:
        shape = study.section("samples")[sample]
        frame = inputs.sample(sample)
        names = [n for n in shape["variables"] if n in spec.get("variables", shape["variables"]) and n not in rows]
        who = labels.regions(shape, frame["entity"].nunique())
        panel = both("layout.panel-of-sample", regions=who, first=shape["from"], last=shape["to"])
        if shape["from"] == shape["to"]:
            panel = both("layout.panel-of-year", regions=who, year=shape["from"])
        for name in names:
            variable = study.section("variables")[name]
            rows[name] = Row(name, labels.variable(study, name), panel=panel)
            ids = sorted(sources.behind(inputs.plan, sample, [name]), key=notes.source_order)
            used.update(dict.fromkeys(ids))
            put: dict[str, Text] = {
                "symbol": labels.symbol(study, name), "definition": texts(variable.get("definition", "")),
                "unit": labels.unit(study, name), "proxy": texts(variable.get("proxy_for", "")),
                "sources": ", ".join(ids)}
            cells |= {(name, key): Cell(text, kind="text") for key, text in put.items() if text and _said(text)}
            cells[name, "n"] = Cell(int(frame[name].notna().sum()), kind="integer")
            cells[name, "of"] = Cell(len(frame), kind="integer")
        said += [text for text in notes.sample(inputs, sample)[1:] if text not in said]
    columns = [Column("symbol", both("symbol"), align="left"), Column("definition", both("definition"), width=5.0),
               Column("unit", both("unit"), width=2.4), Column("proxy", both("proxy-for"), width=3.2),
               Column("n", both("observations")), Column("of", both("layout.of-cells")),
               Column("sources", both("source"), width=1.8)]
    return assemble(inputs, table_id, rows=list(rows.values()), columns=columns, cells=cells, stub=both("variable"),
                    notes=[both("layout.variables-once"), *said], source_ids=sorted(used, key=notes.source_order))


def _said(text: Text) -> bool:
    return bool(text if isinstance(text, str) else text["en"])
