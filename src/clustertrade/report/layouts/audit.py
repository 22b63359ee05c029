"""T22: the arithmetic of the reference paper, recomputed from the figures that it prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

SOURCE = "S30"


def audit(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a claim: what is printed, what the paper's own figures give, PASS, FAIL or INFO, and why."""
    claims = inputs.json("audit")
    rows, cells = [], {}
    for claim in claims:
        rows.append(Row(claim["id"], claim["id"]))
        for key in ("statement", "printed", "recomputed", "detail"):
            if claim[key]:
                cells[claim["id"], key] = Cell(claim[key], kind="text")
        cells[claim["id"], "status"] = Cell(both(f"status.{claim['status']}"), kind="text")
    columns = [Column("statement", both("claim"), width=4.6), Column("printed", both("printed"), width=3.2),
               Column("recomputed", both("recomputed"), width=3.4),
               Column("status", both("layout.status"), align="center"),
               Column("detail", both("layout.detail"), width=6.4)]
    tally = Counter(claim["status"] for claim in claims)
    counted = labels.enumerated({lang: f"{both(f'status.{s}')[lang]} {tally[s]}" for lang in ("en", "zh")}
                                for s in ("PASS", "FAIL", "INFO") if tally[s])
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("layout.number-sign"),
                    notes=[both("layout.audit-rule"), both("layout.audit-count", n=len(claims), counted=counted)],
                    source_ids=[SOURCE])
