"""T5: unit roots, a row a variable, a column a test, and what the tests together say of the order of integration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.battery import parts_of
from clustertrade.report.decisions import (
    ALLOWS_DEPENDENCE,
    PRESUMES_INDEPENDENCE,
    STATIONARITY,
    chosen,
    rejects,
)
from clustertrade.study.inputs import Inputs

Result = Mapping[str, Any]
CONCLUSION = "conclusion"


def tests_by_variable(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Panels by deterministic terms, rows by variable, a column a test: statistic, p-value below, stars.

    A battery of unit root tests is shown by its tests, those that ``columns`` names or all.
    """
    results = list(parts_of((r for ref in spec["from"] for r in inputs.results(ref)), spec.get("columns", ())))
    rows: dict[str, Row] = {}
    columns: dict[str, Column] = {}
    cells: dict[tuple[str, str], Cell] = {}
    groups: dict[str, dict[str, list[Result]]] = {}
    variants = {variant(r) for r in results}
    for r in results:
        y, which = r["options"]["y"], variant(r)
        groups.setdefault(which, {}).setdefault(y, []).append(r)
        columns.setdefault(r["name"], Column(r["name"], labels.short(r["name"]), spanner=_presumption(r["name"])))
        statistic = chosen(r)
        if statistic["value"] is not None:
            p = statistic["pvalue"]
            cells[f"{which} {y}", r["name"]] = Cell(statistic["value"], below=None if p is None else {"p": p}, pvalue=p)
    for which, by_variable in groups.items():
        terms = labels.trend(next(iter(by_variable.values()))[0]["options"])
        panel = both("note.deterministic", terms=terms) if len(variants) > 1 and terms else None
        for y, found in by_variable.items():
            key = f"{which} {y}"
            rows[key] = Row(key, labels.variable(inputs.study, y), panel=panel)
            difference = by_variable.get(f"d.{y}")
            if difference:
                cells[key, CONCLUSION] = Cell(conclusion(found, difference), kind="text")
    concluded = any(column == CONCLUSION for _, column in cells)
    if concluded:
        columns[CONCLUSION] = Column(CONCLUSION, both("conclusion"), width=3.0)
        for key in rows:                                   # a difference belongs to the conclusion of its level
            cells.setdefault((key, CONCLUSION), Cell("", kind="text"))
    said = notes.of_tests(inputs, spec["from"], results)
    if concluded:
        said.append(both("layout.integration-rule"))
    if any(r["name"] in PRESUMES_INDEPENDENCE for r in results):
        said.append(both("layout.independence-presumed"))
    return assemble(inputs, table_id, rows=list(rows.values()), columns=list(columns.values()), cells=cells,
                    stub=both("variable"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))


def variant(result: Result) -> str:
    """What distinguishes the panels of the table: the deterministic terms."""
    return str(result["options"].get("trend", ""))


def conclusion(levels: Sequence[Result], differences: Sequence[Result]) -> Text:
    """The order of integration on which all tests agree, else how many say what.

    I(0): every test finds the level stationary. I(1): none does, and every test finds the difference stationary.
    Anything else is a disagreement and is counted, not resolved.
    """
    level, difference = [_stationary(r) for r in levels], [_stationary(r) for r in differences]
    if None in level or None in difference:
        return both("undecided")
    if all(level):
        return "I(0)"
    if not any(level) and all(difference):
        return "I(1)"
    if len(level) == 1:
        return both("undecided")
    return both("layout.tests-disagree", level=sum(map(bool, level)), difference=sum(map(bool, difference)),
                of=len(level))


def _stationary(result: Result) -> bool | None:
    rejected = rejects(result)
    return None if rejected is None else rejected != (result["name"] in STATIONARITY)


def _presumption(name: str) -> Text | None:
    if name in PRESUMES_INDEPENDENCE:
        return both("presumes-independence")
    return both("allows-dependence") if name in ALLOWS_DEPENDENCE else None
