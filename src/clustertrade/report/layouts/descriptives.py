"""T2: where each variable lies, and how much of its variation is between and how much within entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = {"nobs": "observations", "n": "layout.n", "t": "layout.t-mean", "mean": "mean", "overall": "overall",
            "between": "between", "within": "within", "minimum": "minimum", "p25": "p25", "median": "median",
            "p75": "p75", "maximum": "maximum"}
DEVIATIONS = ("overall", "between", "within")


def descriptives(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a variable, a panel a sample: counts, mean, standard deviations, quantiles."""
    samples = [ref.partition("/")[2] for ref in spec.get("from", [])] or [spec["sample"]]
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    said: list[Text] = []
    found: dict[str, None] = {}
    for sample in samples:
        shape = inputs.study.section("samples")[sample]
        frame = inputs.sample(sample)
        names = [n for n in shape["variables"] if n in spec.get("variables", shape["variables"])]
        first, *more = notes.sample(inputs, sample, names)
        for name in names:
            key = f"{sample} {name}"
            rows.append(Row(key, labels.variable(inputs.study, name), panel=first if len(samples) > 1 else None))
            for column, value in moments(frame, name).items():
                if value is not None:
                    kind = "integer" if column in ("nobs", "n") else "number"
                    cells[key, column] = Cell(value, kind=kind, digits=1 if column == "t" else None)
        said += [*more, *(n for n in notes.proxies(inputs, names))] if len(samples) > 1 else \
            [first, *more, *notes.proxies(inputs, names)]
        found.update(dict.fromkeys(sources.behind(inputs.plan, sample, names)))
    filled = {column for _, column in cells}
    columns = [Column(key, both(word), spanner=both("sd") if key in DEVIATIONS else None)
               for key, word in HEADINGS.items() if key in filled]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"),
                    notes=[*said, both("layout.deviations")], source_ids=sorted(found, key=notes.source_order))


def moments(frame: pd.DataFrame, name: str) -> dict[str, float | int | None]:
    """Counts, mean, deviations and quantiles of a variable of a sample.

    Overall and within deviations divide by N - 1 (within: of x_it - mean_i), between by n - 1 of the entities' means,
    as Stata's ``xtsum`` does; a single entity has neither between nor within.
    """
    part = frame[["entity", name]].dropna()
    x, by = part[name], part.groupby("entity")[name]
    n = int(by.ngroups)
    panel = n > 1 and len(part) > n
    within = float(((x - by.transform("mean")) ** 2).sum() / (len(x) - 1)) ** 0.5 if panel else None
    return {"nobs": len(x), "n": n, "t": len(x) / n, "mean": float(x.mean()), "overall": _number(x.std()),
            "between": float(by.mean().std()) if panel else None, "within": within, "minimum": float(x.min()),
            **{key: float(x.quantile(q)) for key, q in (("p25", 0.25), ("median", 0.5), ("p75", 0.75))},
            "maximum": float(x.max())}


def _number(value: float) -> float | None:
    return float(value) if value == value else None
