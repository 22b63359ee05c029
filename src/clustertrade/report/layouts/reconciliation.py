"""Whether the figures behind the study agree with one another, source against source, part against whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clustertrade.errors import UsageError
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

HEADINGS = {"n": "layout.compared", "tolerance": "tolerance-allowed", "deviation": "layout.largest-deviation",
            "failing": "layout.beyond", "known": "layout.of-them-flagged", "status": "layout.status"}


def reconciliation(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a comparison; those within a source that pass are counted in the note, unless there are no others.

    Raises
    ------
    UsageError
        Nothing was compared.
    """
    checks = inputs.json(spec["from"][0] if spec.get("from") else "clean/quality")["reconciliation"]
    if not checks:
        raise UsageError(f"{table_id}: the sources of {inputs.study.name} have nothing to be compared with one another")
    listed = [c for c in checks if "source_id" not in c or c["status"] != "PASS"] or checks
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    for i, check in enumerate(listed):
        key, kind = f"check {i}", "number" if check["absolute"] else "percent"
        rows.append(Row(key, {"en": check["en"], "zh": check["zh"]}))
        put = {"n": Cell(check["n"], kind="integer"), "tolerance": Cell(check["tolerance"], kind=kind, digits=1),
               "deviation": Cell(check["deviation"], kind=kind, digits=1),
               "failing": Cell(check["failing"], kind="integer"), "known": Cell(check["flagged"], kind="integer"),
               "status": Cell(both(f"status.{check['status']}"), kind="text")}
        cells |= {(key, column): cell for column, cell in put.items()}
    columns = [Column(k, both(word), align="left" if k == "status" else "right") for k, word in HEADINGS.items()]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("layout.comparison"),
                    notes=list(_said(checks, listed)))


def _said(checks: list[dict[str, Any]], listed: list[dict[str, Any]]) -> Iterator[Text]:
    if len(listed) < len(checks):
        yield both("layout.quality-checks", n=len(checks), others=len(checks) - len(listed))
    yield both("layout.quality-status")
    for en, zh in {c["note_en"]: c["note_zh"] for c in listed if c["note_en"]}.items():
        yield {"en": f"INFO: {en}", "zh": f"{both('status.INFO')['zh']}：{zh or en}"}
