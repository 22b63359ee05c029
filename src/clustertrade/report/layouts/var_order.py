"""T16: the lag orders of a panel VAR and what chooses between them; stability and Granger tests in the notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import dynamics, labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

COLUMNS = ("J", "pvalue", "MBIC", "MAIC", "MQIC", "BIC", "AIC", "HQIC", "cd")


def var_order(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row an order on common rows and instruments."""
    var = dynamics.system(inputs, spec["from"])
    table = var["details"]["order"]
    shown = [c for c in COLUMNS if any(row.get(c) is not None for row in table)]
    columns = [Column(c, both("p-value") if c == "pvalue" else "CD" if c == "cd" else c) for c in shown]
    rows = [Row(str(row["order"]), str(row["order"])) for row in table]
    cells = {(str(row["order"]), c): Cell(row[c], kind="p" if c == "pvalue" else "number")
             for row in table for c in shown if row.get(c) is not None}
    said: list[Text] = [*dynamics.said(inputs, spec["from"], var)]
    if "J" in shown:
        said.append(both("layout.no-overlap"))
    said += [*stability(var), *granger(inputs, var), both("note.prediction"),
             *notes.proxies(inputs, notes.variables_of([var])), *notes.cautions([var])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("lag-order"), notes=said,
                    source_ids=notes.sources_of(inputs, spec["from"]))


def stability(var: Mapping[str, Any]) -> list[Text]:
    """The largest modulus of the companion matrix."""
    found = var["details"]["stability"]
    state = both("layout.stable" if found["stable"] else "layout.unstable")
    return [both("layout.modulus", value=f"{found['moduli'][0]:.3f}", state=state)]


def granger(inputs: Inputs, var: Mapping[str, Any]) -> list[Text]:
    """The Wald tests of the lags of each variable in each equation, in words."""
    return [both("layout.granger-wald", x=labels.symbol(inputs.study, row["excluded"]),
                 y=labels.symbol(inputs.study, row["equation"]), df=row["df"], value=f"{row['statistic']:.3f}",
                 p=f"{row['pvalue']:.3f}")
            for row in var["details"]["granger"] if row["excluded"] != "all" and row["statistic"] is not None]
