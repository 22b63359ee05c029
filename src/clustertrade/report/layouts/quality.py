"""What the figures behind the study are worth: coverage, gaps, flags, and whether they agree with one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clustertrade.data import codebook, vintages
from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs
from clustertrade.study.plan import measured

COVERAGE = ("source", "regions", "years", "cells", "missing", "flagged", "rejected")
CHECKS = ("n", "tolerance", "deviation", "failing", "known", "status")


def quality(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a published variable that the study uses, then a row a comparison between figures.

    Of the comparisons, those between sources and those that do not pass are listed; the others are counted.
    """
    report = inputs.json(spec["from"][0] if spec.get("from") else "clean/quality")
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    rejected = {s["source_id"]: s["quarantined"] for s in report["sources"]}
    drawn = list(used(inputs, report["coverage"]))
    for entry in drawn:
        key = f"{entry['source_id']}:{entry['variable']} {entry['level']}"
        rows.append(Row(key, _name(entry["variable"]), panel=both("coverage")))
        put: dict[str, Cell] = {
            "source": Cell(entry["source_id"], kind="text"), "regions": Cell(entry["regions"], kind="integer"),
            "years": Cell(_span(entry), kind="text"), "cells": Cell(entry["cells"], kind="integer"),
            "missing": Cell(entry["absent_cells"], kind="integer"),
            "flagged": Cell(entry["flagged"], kind="integer"),
            "rejected": Cell(rejected.get(entry["source_id"], 0), kind="integer"),
        }
        cells |= {(key, column): cell for column, cell in put.items()} | {(key, column): BLANK for column in CHECKS}
    checks = report["reconciliation"]
    listed = [c for c in checks if "source_id" not in c or c["status"] != "PASS"]
    for i, check in enumerate(listed):
        key = f"check {i}"
        rows.append(Row(key, {"en": check["en"], "zh": check["zh"]}, panel=both("reconciliation")))
        relative = "number" if check["absolute"] else "percent"
        put = {"n": Cell(check["n"], kind="integer"), "tolerance": Cell(check["tolerance"], kind=relative, digits=1),
               "deviation": Cell(check["deviation"], kind=relative, digits=1),
               "failing": Cell(check["failing"], kind="integer"), "known": Cell(check["flagged"], kind="integer"),
               "status": Cell(both(f"status.{check['status']}"), kind="text")}
        cells |= {(key, column): cell for column, cell in put.items()} | {(key, column): BLANK for column in COVERAGE}
    heads = {"source": "source", "regions": "layout.regions-column", "years": "period", "cells": "layout.figures",
             "missing": "missing", "flagged": "flagged", "rejected": "layout.rejected-in-source",
             "n": "layout.compared", "tolerance": "tolerance-allowed", "deviation": "layout.largest-deviation",
             "failing": "layout.beyond", "known": "layout.of-them-flagged", "status": "layout.status"}
    # headings of several words would make columns of few digits wide
    narrow = {"rejected": 1.7, "tolerance": 1.5, "deviation": 1.7, "failing": 1.5, "known": 1.5}
    columns = [Column(k, both(heads[k]), width=narrow.get(k), align="left" if k in ("source", "years") else "right")
               for k in (*COVERAGE, *CHECKS)]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"),
                    notes=list(_said(report, checks, listed, {entry["variable"] for entry in drawn})))


def used(inputs: Inputs, coverage: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of the coverage that the samples of the study draw on, each once, in the order of their use."""
    rows: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for entry in coverage:
        if entry["freq"] == "A":
            rows.setdefault((entry["source_id"], entry["variable"], entry["level"]), []).append(entry)
    seen: set[tuple[str, str, str]] = set()
    study = inputs.study
    for shape in study.section("samples").values():
        for name in shape["variables"]:
            variable = study.section("variables")[name]
            for part in (variable["from"], *variable.get("times", []), *variable.get("over", [])):
                measure = study.section("measures").get(part)
                level = measure.get("level", "province") if measure else sources.LEVELS[shape["entity"]]
                for tidy in measured(measure) if measure else [part]:
                    bare = tidy.partition(":")[2] or tidy
                    rule = vintages.priorities().get(bare)
                    names = dict.fromkeys([bare, *(v for _, v in rule.sources)] if rule else [bare])
                    holders = [h for h in inputs.plan.holders(tidy) if h not in inputs.plan.sources]
                    found = holders or sources.chosen(inputs.plan, tidy, level, shape)
                    for key in ((source, n, level) for source in found for n in names):
                        if key in rows and key not in seen:
                            seen.add(key)
                            yield from rows[key]


def _name(variable: str) -> Text:
    return {lang: codebook.label(variable, lang) for lang in ("en", "zh")}


def _span(entry: Mapping[str, Any]) -> str:
    first, last = entry["first"], entry["last"]
    return first if first == last else f"{first}–{last}"


def _said(report: Mapping[str, Any], checks: list[dict[str, Any]], listed: list[dict[str, Any]],
          names: set[str]) -> Iterator[Text]:
    totals = report["totals"]
    yield both("layout.quality-totals", sources=len(report["sources"]), cells=f"{totals['tidy']:,}",
               missing=f"{totals['missing']:,}", quarantined=totals["quarantined"])
    yield both("layout.quality-columns")
    others = len(checks) - len(listed)
    yield both("layout.quality-checks", n=len(checks), others=others)
    reasons = {c["note_en"]: c["note_zh"] for c in listed if c["note_en"]}
    for en, zh in reasons.items():
        yield {"en": f"INFO: {en}", "zh": f"{both('status.INFO')['zh']}：{zh or en}"}
    breaks = [both("layout.stands-for", short=_name(b["variable"]), title={"en": b["en"], "zh": b["zh"] or b["en"]})
              for b in report["breaks"] if b["variable"] in names and b["en"]]
    if breaks:
        yield both("layout.quality-breaks", breaks=labels.joined(breaks, "; "))
