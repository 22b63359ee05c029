"""T20: what the symbiosis and Haken models say about two systems, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.errors import UsageError
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.coordination import sources_behind, systems_said
from clustertrade.study.inputs import Inputs


def interaction(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A panel a model; columns are its two equations (symbiosis) or its two orders (Haken).

    Raises
    ------
    UsageError
        A measure of ``from`` that is neither.
    """
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    said: list[Text] = [both("coordination.interaction-said")]
    ids: dict[str, None] = {}
    for ref in spec["from"]:
        result, name = inputs.json(ref), ref.partition("/")[2]
        if result["name"] not in ("symbiosis", "haken"):
            raise UsageError(f"{table_id}: the layout interaction is of symbiosis and haken; not {result['name']}")
        fill = _symbiosis if result["name"] == "symbiosis" else _haken
        fill(inputs, name, result, rows, cells)
        said += [t for t in notes.cautions([result]) if t not in said]
        ids |= dict.fromkeys(sources_behind(inputs, name))
    base = inputs.study.section("measures")[spec["from"][0].partition("/")[2]].get("of")
    said[1:1] = systems_said(inputs, base or spec["from"][0].partition("/")[2])
    columns = [Column("1", "(1)"), Column("2", "(2)")]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("coordination.coefficient"),
                    notes=said, source_ids=sorted(ids, key=notes.source_order),
                    below_note=both("coordination.intervals-below"))


def _estimate(value: float, interval: list[float]) -> Cell:
    return Cell(value, below={"ci": (interval[0], interval[1])})


def _symbiosis(inputs: Inputs, name: str, result: Mapping[str, Any], rows: list[Row],
               cells: dict[tuple[str, str], Cell]) -> None:
    panel = labels.title("symbiosis")
    put = _Panel(f"{name} ", panel, rows, cells)
    equations = result["details"]["equations"]
    for at, equation in enumerate(equations[:2], 1):
        put(both("coordination.equation-of"), "equation", at,
            Cell(labels.subsystem(inputs.study, name, equation["population"]), kind="text"))
        for coefficient, word in zip(equation["coefficients"], ("growth", "own", "other"), strict=False):
            put(both(f"coordination.symbiosis.{word}"), word, at, _estimate(coefficient["value"], coefficient["ci"]))
        row = next(r for r in result["rows"] if r["population"] == equation["population"])
        growth, own = (c["ci"] for c in equation["coefficients"][:2])
        if row["K"] is not None and growth[0] > 0 and own[1] < 0:   # else the ratio of the two is any number
            put(both("coordination.symbiosis.K"), "K", at, Cell(row["K"]))
        put(both("coordination.steps"), "steps", at, Cell(result["details"]["steps"][at - 1], kind="integer"))
    mode = result["details"]["modes"][0]
    put(both("coordination.symbiosis.mode"), "mode", 1, Cell(both(f"coordination.mode.{mode['mode']}"), kind="text"))
    sure = mode["mode_certain"]
    put(both("coordination.symbiosis.mode-certain"), "certain", 1,
        Cell(both(f"coordination.mode.{sure}") if sure else both("coordination.mode.undecided"), kind="text"))
    inner = next(e for e in result["details"]["equilibria"] if len(e["alive"]) == len(equations))
    if inner["feasible"]:
        for at, level in enumerate(list(inner["levels"].values())[:2], 1):
            put(both("coordination.symbiosis.equilibrium"), "equilibrium", at, Cell(level))
    state = "none" if not inner["feasible"] else "stable" if inner["stable"] else "unstable"
    put(both("coordination.symbiosis.stability"), "stability", 1,
        Cell(both(f"coordination.equilibrium.{state}"), kind="text"))


def _haken(inputs: Inputs, name: str, result: Mapping[str, Any], rows: list[Row],
           cells: dict[tuple[str, str], Cell]) -> None:
    put = _Panel(f"{name} ", labels.title("haken"), rows, cells)
    for at, model in enumerate(result["details"]["models"], 1):
        for q in ("q1", "q2"):
            put(both(f"coordination.haken.{q}"), q, at,
                Cell(labels.subsystem(inputs.study, name, model[q]), kind="text"))
        for c in model["coefficients"]:
            put(both(f"coordination.haken.{c['symbol']}"), c["symbol"], at, _estimate(c["value"], c["ci"]))
        put(both("coordination.haken.condition"), "condition", at,
            Cell(both("yes" if model["condition"] else "no"), kind="text"))
        put(both("coordination.haken.significant"), "significant", at,
            Cell(both("yes" if model["significant"] else "no"), kind="text"))
        if model["stationary"] is not None:
            put(both("coordination.haken.stationary"), "stationary", at, Cell(model["stationary"]))
            put(both("coordination.haken.minimum"), "minimum", at,
                Cell(both("yes" if model["stationary_is_minimum"] else "no"), kind="text"))
    found = result["details"]["order_parameter"]
    put(both("coordination.haken.order-parameter"), "order-parameter", 1,
        Cell(labels.subsystem(inputs.study, name, found) if found else both("none"), kind="text"))
    put(both("coordination.steps"), "steps", 1, Cell(result["details"]["steps"], kind="integer"))


class _Panel:
    """Puts a cell, and its row where that is new."""

    def __init__(self, prefix: str, panel: Text, rows: list[Row], cells: dict[tuple[str, str], Cell]) -> None:
        self.prefix, self.panel, self.rows, self.cells = prefix, panel, rows, cells

    def __call__(self, label: Text, key: str, column: int, cell: Cell) -> None:
        if all(row.key != self.prefix + key for row in self.rows):
            self.rows.append(Row(self.prefix + key, label, panel=self.panel))
        self.cells[self.prefix + key, str(column)] = cell
