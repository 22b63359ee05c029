"""T21: Moran's I by period, and the direct and indirect effects of spatial Durbin models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs


def spatial(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a period with Moran's I of each variable; then a row an x with its effects, a column a kind."""
    results = [r for ref in spec["from"] for r in inputs.results(ref)]
    tests = [r for r in results if r["name"] == "moran"]
    models = [r for r in results if r["name"] == "spatial-durbin"]
    return (_moran if tests else _effects)(inputs, table_id, spec, tests or models)


def _moran(inputs: Inputs, table_id: str, spec: Mapping[str, Any], results: list[dict[str, Any]]) -> Table:
    rows: dict[str, Row] = {}
    cells: dict[tuple[str, str], Cell] = {}
    columns = []
    for r in results:
        name = r["options"]["y"]
        columns.append(Column(name, labels.symbol(inputs.study, name)))
        for p in r["details"]["periods"]:
            rows.setdefault(p["period"], Row(p["period"], p["period"]))
            if p["I"] is not None:
                cells[p["period"], name] = Cell(p["I"], below={"p": p["pvalue"]}, pvalue=p["pvalue"])
        whole = r["statistics"][0]
        cells["all", name] = Cell(whole["value"], below={"p": whole["pvalue"]}, pvalue=whole["pvalue"])
        cells["expected", name] = Cell(r["details"]["expected"])
    listed = [*rows.values(), Row("all", both("spatial.all-periods"), rule=True),
              Row("expected", both("spatial.expected"))]
    said = [*notes.of_tests(inputs, spec["from"], results, symbols=True),
            both("spatial.weights", pairs=results[0]["details"]["pairs"]), both("spatial.p-below")]
    return assemble(inputs, table_id, rows=listed, columns=columns, cells=cells, stub=both("spatial.period"),
                    notes=said, source_ids=notes.sources_of(inputs, spec["from"]))


def _effects(inputs: Inputs, table_id: str, spec: Mapping[str, Any], results: list[dict[str, Any]]) -> Table:
    kinds = ("slope", "lag", "direct", "indirect", "total")
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    for number, r in enumerate(results, 1):
        params = {p["name"]: p for p in r["params"]}
        panel = f"({number}) {labels.symbol(inputs.study, r['options']['y'])}"
        for effect in r["details"]["effects"]:
            key = f"{number} {effect['variable']}"
            rows.append(Row(key, labels.symbol(inputs.study, effect["variable"]), panel=panel))
            for kind, name in (("slope", effect["variable"]), ("lag", f"W.{effect['variable']}")):
                p = params[name]
                cells[key, kind] = Cell(p["value"], below={"se": p["se"], "p": p["pvalue"]}, pvalue=p["pvalue"])
            for kind in kinds[2:]:
                cells[key, kind] = Cell(effect[kind], below={"se": effect[f"{kind}_se"], "p": effect[f"{kind}_pvalue"]},
                                        pvalue=effect[f"{kind}_pvalue"])
        rho = params["rho"]
        extra = {"rho": Cell(rho["value"], below={"se": rho["se"], "p": rho["pvalue"]}, pvalue=rho["pvalue"]),
                 **{t["model"]: Cell(t["pvalue"], kind="p") for t in r["details"]["tests"]},
                 "nobs": Cell(r["nobs"], kind="integer")}
        for name, cell in extra.items():
            key = f"{number} {name}"
            rows.append(Row(key, both(f"spatial.{name.replace(' ', '-')}"), panel=panel, rule=name == "rho"))
            cells[key, "slope"] = cell
            cells |= {(key, kind): BLANK for kind in kinds[1:]}
    columns = [Column(k, both(f"spatial.column-{k}")) for k in kinds]
    used = notes.variables_of(results)
    said = [*notes.symbols_of(inputs, used),
            *(n for s in dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
              for n in notes.sample(inputs, s, used)),
            both("spatial.weights", pairs=results[0]["details"]["pairs"]), both("spatial.said"),
            both("mechanisms.effects", effects=both(f"mechanisms.effects-{results[0]['options']['effects']}")),
            *notes.proxies(inputs, used, symbols=True), *notes.cautions(results)]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))
