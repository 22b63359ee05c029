"""How far the figures behind the study reach: regions, years, gaps, flags, what was put aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clustertrade.data import codebook, vintages
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import measured

HEADINGS = {"source": "source", "regions": "layout.regions-column", "years": "period", "cells": "layout.figures",
            "missing": "missing", "flagged": "flagged", "rejected": "layout.rejected-in-source"}


def quality(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a published variable that the samples of the study are built from."""
    report = inputs.json(spec["from"][0] if spec.get("from") else "clean/quality")
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    rejected = {s["source_id"]: s["quarantined"] for s in report["sources"]}
    drawn = list(used(inputs, report["coverage"]))
    for entry in drawn:
        key = f"{entry['source_id']}:{entry['variable']} {entry['level']}"
        rows.append(Row(key, _name(entry["variable"])))
        put: dict[str, Cell] = {
            "source": Cell(", ".join(behind(inputs, entry["source_id"])), kind="text"),
            "regions": Cell(entry["regions"], kind="integer"), "years": Cell(_span(entry), kind="text"),
            "cells": Cell(entry["cells"], kind="integer"), "missing": Cell(entry["absent_cells"], kind="integer"),
            "flagged": Cell(entry["flagged"], kind="integer"),
            "rejected": Cell(rejected.get(entry["source_id"], 0), kind="integer"),
        }
        cells |= {(key, column): cell for column, cell in put.items()}
    columns = [Column(k, both(word), width=2.0 if k == "source" else None,
                      align="left" if k in ("source", "years") else "right") for k, word in HEADINGS.items()]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"),
                    notes=list(_said(report, {entry["variable"] for entry in drawn})),
                    source_ids=list(dict.fromkeys(i for e in drawn for i in behind(inputs, e["source_id"]))))


def used(inputs: Inputs, coverage: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of the coverage that the samples of the study draw on, each once, in the order of their use."""
    rows: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for entry in coverage:
        if entry["freq"] == "A":
            rows.setdefault((entry["source_id"], entry["variable"], entry["level"]), []).append(entry)
    seen: set[tuple[str, str, str]] = set()
    for tidy, level, shape in _parts(inputs):
        bare = tidy.partition(":")[2] or tidy
        rule = vintages.priorities().get(bare)
        names = dict.fromkeys([bare, *(v for _, v in rule.sources)] if rule else [bare])
        derived = [h for h in inputs.plan.holders(tidy) if h not in inputs.plan.sources]
        for key in ((source, n, level) for source in derived or sources.chosen(inputs.plan, tidy, level, shape)
                    for n in names):
            if key in rows and key not in seen:
                seen.add(key)
                yield from rows[key]


def _parts(inputs: Inputs) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every tidy variable behind the samples, with its level and the sample."""
    study = inputs.study
    for shape in study.section("samples").values():
        for name in shape["variables"]:
            variable = study.section("variables")[name]
            for part in (variable["from"], *variable.get("times", []), *variable.get("over", [])):
                measure = study.section("measures").get(part)
                level = measure.get("level", "province") if measure else sources.LEVELS[shape["entity"]]
                for tidy in measured(measure) if measure else [part]:
                    yield tidy, level, shape


def behind(inputs: Inputs, source: str) -> list[str]:
    """The source itself; the lists of zones for the stock that is counted from them."""
    return [source] if source in inputs.plan.sources else [s.id for s in inputs.plan.bundles.get("zones", [])]


def _name(variable: str) -> Text:
    return {lang: codebook.label(variable, lang) for lang in ("en", "zh")}


def _span(entry: Mapping[str, Any]) -> str:
    first, last = entry["first"], entry["last"]
    return first if first == last else f"{first}–{last}"


def _said(report: Mapping[str, Any], names: set[str]) -> Iterator[Text]:
    totals = report["totals"]
    yield both("layout.quality-totals", sources=len(report["sources"]), cells=f"{totals['tidy']:,}",
               missing=f"{totals['missing']:,}", quarantined=totals["quarantined"])
    yield both("layout.quality-columns")
    breaks = [both("layout.stands-for", short=_name(b["variable"]), title={"en": b["en"], "zh": b["zh"] or b["en"]})
              for b in report["breaks"] if b["variable"] in names and b["en"]]
    if breaks:
        yield both("layout.quality-breaks", breaks=labels.joined(breaks, "; "))
