"""T14: how many thresholds, where, and the slopes in the regimes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

COLUMNS = ("estimate", "F", "p", "0.1", "0.05", "0.01", "rows")
NUMBERS = {1: "single", 2: "double", 3: "triple"}


def thresholds(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A panel an estimate: F, bootstrap p and critical values a threshold, their intervals, the regimes' slopes."""
    results = [r for ref in spec["from"] for r in inputs.results(ref) if r["name"] == "threshold"]
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    for number, r in enumerate(results, 1):
        options, details = r["options"], r["details"]
        panel = labels.joined([f"({number}) ", labels.symbol(inputs.study, options["y"]), both("thresholds.by"),
                               labels.symbol(inputs.study, options["threshold_var"])], "")
        for test in details["tests"]:
            key = f"{number} F {test['thresholds']}"
            rows.append(Row(key, both(f"thresholds.{NUMBERS[test['thresholds']]}"), panel=panel))
            cells[key, "estimate"] = Cell(test["estimate"])
            cells[key, "F"] = Cell(test["F"], pvalue=test["pvalue"], digits=2)
            if test["pvalue"] is not None:
                cells[key, "p"] = Cell(test["pvalue"], kind="p")
                cells |= {(key, a): Cell(v, digits=2) for a, v in test["critical"].items()}
            cells[key, "rows"] = BLANK
        for j, row in enumerate(details["intervals"], 1):
            key = f"{number} threshold {j}"
            rows.append(Row(key, both("thresholds.threshold", j=j), panel=panel, rule=j == 1))
            cells[key, "estimate"] = Cell(row["threshold"], below={"ci": (row["low"], row["high"])})
            cells |= {(key, c): BLANK for c in COLUMNS[1:]}
        sizes = {row["regime"]: row["rows"] for row in details["regimes"]}
        for name in details["switching"]:
            for regime, size in sizes.items():
                found = next(p for p in r["params"] if p["name"] == f"{name}[{regime}]")
                key = f"{number} {found['name']}"
                label = both("thresholds.regime", variable=labels.symbol(inputs.study, name), regime=regime)
                rows.append(Row(key, label, panel=panel, rule=regime == 1))
                cells[key, "estimate"] = Cell(found["value"], below={"se": found["se"]}, pvalue=found["pvalue"])
                cells[key, "p"] = Cell(found["pvalue"], kind="p")
                cells[key, "rows"] = Cell(size, kind="integer")
                cells |= {(key, c): BLANK for c in ("F", "0.1", "0.05", "0.01")}
    columns = [Column(c, both(f"thresholds.column-{c.replace('.', '')}")) for c in COLUMNS]
    used = list(dict.fromkeys([*notes.variables_of(results), *(r["options"]["threshold_var"] for r in results)]))
    said = [*notes.symbols_of(inputs, used),
            *(n for s in dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
              for n in notes.sample(inputs, s, used)),
            *(both("thresholds.said", b=r["options"]["bootstrap"], seed=r["options"]["seed"],
                   trim=f"{100 * r['options']['trim']:g} %", cov=labels.covariance(r)) for r in results[:1]),
            *notes.proxies(inputs, used, symbols=True), *notes.cautions(results)]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))
