"""T15: what helps to predict what, a row a direction and lag order, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.decisions import LEVEL, asymptotic, chosen, drawn, holm
from clustertrade.study.inputs import Inputs


def causality(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Order, statistics, p (asymptotic, bootstrap, Holm over the rows of a test) and the decision of each direction."""
    results = [r for ref in spec["from"] for r in inputs.results(ref)]
    several = len({r["name"] for r in results}) > 1
    rows: list[Row] = []
    columns: dict[str, Column] = {"order": Column("order", both("lag-order"))}
    cells: dict[tuple[str, str], Cell] = {}
    read: dict[str, float] = {}
    for i, r in enumerate(results):
        key = f"{i} {r['name']}"
        rows.append(Row(key, direction(inputs, r), panel=labels.title(r["name"]) if several else None))
        if isinstance(order := _order(r), int):
            cells[key, "order"] = Cell(order, kind="integer")
        for s in sorted(r["statistics"], key=lambda s: s["name"] != "W-bar"):
            columns.setdefault(s["name"], Column(s["name"], labels.statistic(r["name"], s["name"])))
            if s["value"] is not None:
                cells[key, s["name"]] = Cell(s["value"], pvalue=s["pvalue"])
        main = chosen(r)
        for column, p in (("p", asymptotic(r, main)), ("bootstrap", drawn(r, main))):
            if p is not None:
                cells[key, column] = Cell(p, kind="p")
        if main["pvalue"] is not None:
            read[key] = main["pvalue"]
    tests = {key: str(r["name"]) for key, r in zip((row.key for row in rows), results, strict=True)}
    for name in dict.fromkeys(tests.values()):
        own = {key: p for key, p in read.items() if tests[key] == name}
        for key, adjusted in zip(own, holm(list(own.values())), strict=True):
            cells[key, "holm"] = Cell(adjusted, kind="p")
            cells[key, "decision"] = Cell(both("reject" if adjusted < LEVEL else "not-rejected"), kind="text")
    for key, word in (("p", "p-value"), ("bootstrap", "p-value-bootstrap"), ("holm", "layout.p-holm"),
                      ("decision", "null-hypothesis")):
        if any(column == key for _, column in cells):
            columns[key] = Column(key, both(word))
    statistic = labels.enumerated(dict.fromkeys(str(chosen(r)["name"]) for r in results))
    said = [*notes.of_tests(inputs, spec["from"], results, ordered=True, symbols=True), both("note.prediction"),
            both("layout.holm-each" if several else "layout.holm", k=len(read), statistic=statistic)]
    if any(column == "bootstrap" for _, column in cells):
        said.append(both("layout.by-bootstrap"))
    return assemble(inputs, table_id, rows=rows, columns=list(columns.values()), cells=cells, stub=both("direction"),
                    notes=said, source_ids=notes.sources_of(inputs, spec["from"]))


def direction(inputs: Inputs, result: Mapping[str, Any]) -> Text:
    """``lnEX helps to predict lnLQ`` in words: y is what is predicted, x what may help."""
    options = result["options"]
    x = labels.enumerated(labels.symbol(inputs.study, v) for v in labels.regressors(options))
    return both("helps-to-predict", x=x, y=labels.symbol(inputs.study, options["y"]))


def _order(result: Mapping[str, Any]) -> object:
    """The lag order that was used: the chosen one where a criterion chose the same for all."""
    order, lags = result["options"].get("order"), result.get("lags")
    if isinstance(order, int):
        return order
    used = set(lags) if isinstance(lags, list) else {lags}
    return used.pop() if len(used) == 1 else order
