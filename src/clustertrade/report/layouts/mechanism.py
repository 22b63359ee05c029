"""T13: the three regressions of mediation side by side, the indirect effect, and what they do not identify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs


def mechanism(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Three columns an estimate: y on x, the mediator on x, y on both; below, ab with its interval and share."""
    study = inputs.study
    results = [r for ref in spec["from"] for r in inputs.results(ref) if r["name"] == "mediation"]
    columns: list[Column] = []
    names: dict[str, None] = {}
    cells: dict[tuple[str, str], Cell] = {}
    for number, r in enumerate(results, 1):
        mediator = r["options"]["mediator"]
        for step in r["details"]["steps"]:
            column = f"{number} {step['step']}"
            head = labels.symbol(study, step["y"])
            columns.append(Column(column, f"({3 * (number - 1) + step['step']}) {head}",
                                  spanner=both("mechanisms.through", variable=labels.symbol(study, mediator))))
            for p in step["params"]:
                if p["name"] == "const":
                    continue
                names.setdefault(p["name"])
                cells[p["name"], column] = Cell(p["value"], below={"se": p["se"], "p": p["pvalue"]}, pvalue=p["pvalue"])
            cells["nobs", column] = Cell(r["nobs"], kind="integer")
            cells["r2", column] = Cell(step["fit"]["r2"])
        indirect = next(p for p in r["params"] if p["name"] == "indirect")
        last = f"{number} 3"
        p = indirect.get("pvalue_bootstrap", indirect["pvalue"])
        cells["indirect", last] = Cell(indirect["value"], below={"ci": tuple(indirect["ci"])}, pvalue=p)
        cells["sobel", last] = Cell(indirect["stat"], below={"p": indirect["pvalue"]}, pvalue=indirect["pvalue"])
        share = r["details"]["share"]
        if share["value"] is not None:
            cells["share", last] = Cell(share["value"], kind="percent")
        cells["rho", last] = Cell(r["details"]["sensitivity"]["rho"])
    rows = [Row(n, labels.symbol(study, n)) for n in names]
    rows += [Row(k, both(f"mechanisms.{k}"), rule=k == "indirect") for k in ("indirect", "sobel", "share", "rho")
             if any(row == k for row, _ in cells)]
    rows += [Row("r2", both("mechanisms.r2"), rule=True), Row("nobs", both("observations"))]
    used = list(dict.fromkeys([*notes.variables_of(results), *(r["options"]["mediator"] for r in results)]))
    options = results[0]["options"]
    said = [both("mechanisms.consistent"), *notes.symbols_of(inputs, used),
            *(n for s in dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
              for n in notes.sample(inputs, s, used)),
            both("mechanisms.said", b=options["bootstrap"], seed=options["seed"], cov=labels.covariance(results[0])),
            both("mechanisms.effects", effects=both(f"mechanisms.effects-{options['effects']}")),
            *notes.proxies(inputs, used, symbols=True), *notes.cautions([_others(r) for r in results])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))


def _others(result: dict[str, Any]) -> dict[str, Any]:
    """The result without the caution that the first note and the row of the error correlation say."""
    return {**result, "warnings": [w for w in result["warnings"] if "do not identify" not in w]}
