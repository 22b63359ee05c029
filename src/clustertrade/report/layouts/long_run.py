"""T7: long-run coefficients beside each other, the speed of return with its half-life, Hausman and CD tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.adjustment import speed
from clustertrade.report.assemble import assemble, style
from clustertrade.report.layouts.regressions import standard_errors
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts

Result = Mapping[str, Any]


def long_run(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A column an estimate; the long run of each x, error correction and half-life, tests, sizes."""
    results = [r for ref in spec["from"] for r in inputs.results(ref)]
    columns = [_column(i, r) for i, r in enumerate(results)]
    rows: dict[str, Row] = {}
    cells: dict[tuple[str, str], Cell] = {}
    for column, r in zip(columns, results, strict=True):
        for name in labels.regressors(r["options"]):
            found = next((p for p in [*(r["details"].get("long_run") or []), *r["params"]] if p["name"] == name), None)
            _estimate(name, labels.variable(inputs.study, name), column.key, found, rows, cells)
    for column, r in zip(columns, results, strict=True):
        ec, life = speed(r)
        _estimate("ec", both("error-correction"), column.key, ec, rows, cells, rule=True)
        rows.setdefault("half-life", Row("half-life", both("layout.half-life")))
        if life is not None:
            cells["half-life", column.key] = (Cell(life["value"], digits=1) if life["value"] is not None else
                                              Cell(both(f"layout.{life['adjustment'].replace(' ', '-')}"), kind="text"))
        for test in r["details"].get("hausman") or []:
            key = f"hausman {test['compared']}"
            rows.setdefault(key, Row(key, both("layout.hausman-of", pair=test["compared"].upper().replace("-", "–"))))
            if test["pvalue"] is not None:
                cells[key, column.key] = Cell(test["pvalue"], kind="p")
    for column, r in zip(columns, results, strict=True):
        cd = r["details"].get("residual_cd") or {}
        rows.setdefault("cd", Row("cd", both("layout.residual-cd"), rule=True))
        rows.setdefault("cd p", Row("cd p", both("p-value"), indent=1))
        if cd.get("CD") is not None:
            cells["cd", column.key] = Cell(cd["CD"], digits=2)
            cells["cd p", column.key] = Cell(cd["pvalue"], kind="p")
        for key, name in (("nobs", "observations"), ("n_entities", "entities"), ("n_periods", "periods")):
            rows.setdefault(key, Row(key, both(name), rule=key == "nobs"))
            cells[key, column.key] = Cell(r[key], kind="integer")
    for key in rows:
        for column in columns:
            cells.setdefault((key, column.key), BLANK)
    used = notes.variables_of(results)
    samples = dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
    said = [both("layout.dependent", variables=labels.variable(inputs.study, results[0]["options"]["y"])),
            *(text for s in samples for text in notes.sample(inputs, s, used)), *notes.methods(results),
            *_speeds_said(results), *notes.deterministic(results), *_lags_said(results),
            *notes.proxies(inputs, used), *notes.cautions(results)]
    return assemble(inputs, table_id, rows=list(rows.values()), columns=columns, cells=cells, stub=both("variable"),
                    notes=said, source_ids=notes.sources_of(inputs, spec["from"]),
                    below_note=standard_errors(results, style(inputs, spec).paren))


def _column(i: int, r: Result) -> Column:
    return Column(f"m{i + 1}", f"({i + 1})", spanner=(_called(r),))


def _estimate(key: str, label: Text, column: str, found: Result | None, rows: dict[str, Row],
              cells: dict[tuple[str, str], Cell], *, rule: bool = False) -> None:
    rows.setdefault(key, Row(key, label, rule=rule))
    if found is not None and found["value"] is not None:
        below = {"se": found["se"], "t": found["stat"], "p": found["pvalue"],
                 "ci": tuple(found["ci"]) if found["ci"] else None}
        cells[key, column] = Cell(found["value"], below={k: v for k, v in below.items() if v is not None} or None,
                                  pvalue=found["pvalue"])


def _speeds_said(results: Sequence[Result]) -> list[Text]:
    """Where the speeds come from, and what the tests compare."""
    second = dict.fromkeys(r["name"] for r in results if r["details"].get("error_correction"))
    said: list[Text] = []
    if second:
        said.append(both("layout.second-step", methods=labels.enumerated(labels.short(n) for n in second)))
    if any(speed(r)[1] is not None for r in results):
        said.append(both("layout.half-life-of"))
    if any(r["details"].get("hausman") for r in results):
        said.append(both("layout.hausman-said"))
    said.append(both("layout.residual-cd-said"))
    return said


def _lags_said(results: Sequence[Result]) -> list[Text]:
    """Lags by column heading: two columns of one estimator may have other lags."""
    said = notes.lag_choice([r for r in results if not r["details"].get("long_run") and r["options"].get("lags") != 0])
    for r in results:
        if r["details"].get("long_run"):
            options = r["options"]
            said.append(both("layout.average-lags", method=_called(r), p=options["y_lags"], q=options["lags"],
                             r=r["details"]["mean_lags"]))
    return said


def _called(r: Result) -> Text:
    label = (r["details"].get("column") or {}).get("label")
    return texts(label) if label else labels.short(r["name"])
