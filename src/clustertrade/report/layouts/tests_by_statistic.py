"""T6: cointegration, a row a statistic, a column a pair of variables and its deterministic terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clustertrade.catalog import index
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes
from clustertrade.report.assemble import assemble
from clustertrade.report.battery import parts_of
from clustertrade.report.decisions import LEVEL, STATIONARITY, rejects
from clustertrade.study.inputs import Inputs

NORMAL = 1.644854                                          # a limit that everybody knows needs no row

def tests_by_statistic(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Panels by test; a statistic with its p-value below, and its critical value in a row of its own.

    A statistic without a p-value gets no stars: its critical value stands below it.  ``orders`` names entries of unit
    root tests: a note warns of variables that these call stationary.
    """
    results = [r for ref in spec["from"] for r in inputs.results(ref)]
    rows: dict[str, Row] = {}
    columns: dict[str, Column] = {}
    cells: dict[tuple[str, str], Cell] = {}
    pairs = {_pair(r) for r in results}
    by_trend = varies(results)
    for r in results:
        column = _key(r, by_trend)
        pair, trend = labels.pair(inputs.study, r["options"]), labels.trend(r["options"])
        columns.setdefault(column, Column(column, trend if by_trend and trend else pair,
                                          spanner=pair if by_trend and len(pairs) > 1 else None))
        for s in r["statistics"]:
            key = f"{r['name']} {s['name']}"
            rows.setdefault(key, Row(key, labels.statistic(r["name"], s["name"]), panel=labels.title(r["name"])))
            if s["value"] is not None:
                p = s["pvalue"]
                cells[key, column] = Cell(s["value"], below=None if p is None else {"p": p}, pvalue=p)
            critical = (s.get("critical") or {}).get(f"{LEVEL:g}")
            if critical is not None and (s["pvalue"] is None or abs(abs(critical) - NORMAL) > 1e-3):
                rows.setdefault(f"{key} critical", Row(f"{key} critical", both("critical-value", level=f"{LEVEL:.0%}"),
                                                       panel=labels.title(r["name"]), indent=1))
                cells[f"{key} critical", column] = Cell(critical)
            for word, value in _johansen(r, s["name"]):
                rows.setdefault(f"{key} {word}", Row(f"{key} {word}", both(f"layout.{word}"),
                                                     panel=labels.title(r["name"]), indent=1))
                cells[f"{key} {word}", column] = Cell(value, kind="p" if word == "p-small" else "number")
    for r in results:
        for kind, rank in (r["details"].get("rank") or {}).items() if r["name"] == "johansen" else ():
            key, word = f"johansen rank {kind}", "trace" if kind == "trace" else "max-eigenvalue"
            rows.setdefault(key, Row(key, both("layout.rank-found", by=both(word), level=f"{LEVEL:.0%}"),
                                     panel=labels.title("johansen")))
            cells[key, _key(r, by_trend)] = Cell(rank, kind="integer")
    said = notes.of_tests(inputs, spec["from"], results, titled=True, symbols=True)
    return assemble(inputs, table_id, rows=_grouped(rows), columns=list(columns.values()), cells=cells,
                    stub=both("statistic-name"), notes=[*_stationary(inputs, results, spec.get("orders", [])), *said,
                                                    both("layout.statistics-of-one-null")],
                    source_ids=notes.sources_of(inputs, spec["from"]))


def _stationary(inputs: Inputs, results: Sequence[Mapping[str, Any]], orders: Sequence[str]) -> list[Text]:
    """A warning where most unit root tests call the level of a variable stationary: cointegration presumes I(1)."""
    wanted = dict.fromkeys(v for r in results if index()[r["name"]]["family"] == "cointegration"
                           for v in (r["options"]["y"], *labels.regressors(r["options"])))
    votes: dict[str, list[bool]] = {}
    for r in parts_of(r for ref in orders for r in inputs.results(ref)):
        if r["options"]["y"] in wanted and (said := rejects(r)) is not None:
            votes.setdefault(r["options"]["y"], []).append(said != (r["name"] in STATIONARITY))
    return [both("layout.level-stationary", variable=labels.symbol(inputs.study, v), k=sum(votes[v]), n=len(votes[v]))
            for v in wanted if v in votes and sum(votes[v]) > len(votes[v]) / 2]


def _pair(result: Mapping[str, Any]) -> str:
    return f"{result['options']['y']} {' '.join(labels.regressors(result['options']))}"


def _key(result: Mapping[str, Any], by_trend: bool) -> str:
    """The column of a result."""
    return f"{_pair(result)} {result['options'].get('trend') if by_trend else ''}".strip()


def varies(results: list[dict[str, Any]]) -> bool:
    """Whether any test was run on one pair with different deterministic terms."""
    seen: dict[tuple[str, str], set[str]] = {}
    for r in results:
        seen.setdefault((r["name"], _pair(r)), set()).add(str(r["options"].get("trend")))
    return any(len(trends) > 1 for trends in seen.values())


def _johansen(result: Mapping[str, Any], statistic: str) -> list[tuple[str, float]]:
    """Below a trace statistic: its eigenvalue, and its p-value corrected for the number of periods."""
    kind, _, rank = statistic.partition(" r<=")
    details = result["details"]
    if kind != "trace" or "eigenvalues" not in details:
        return []
    small = (details.get("small_sample") or {}).get("trace_pvalues") or []
    at = int(rank)
    return [(word, values[at]) for word, values in (("eigenvalue", details["eigenvalues"]), ("p-small", small))
            if len(values) > at and values[at] is not None]


def _grouped(rows: Mapping[str, Row]) -> list[Row]:
    """Rows with those of one test together, in the order in which the tests came."""
    order = list(dict.fromkeys(key.split(" ")[0] for key in rows))
    return sorted(rows.values(), key=lambda row: order.index(row.key.split(" ")[0]))
