"""How one variable goes with others in one year: correlation, rank correlation, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.errors import UsageError
from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.report.layouts.correlations import pvalues
from clustertrade.study.inputs import Inputs


def cross_section(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """The first variable of the table against each other one: Pearson and Spearman with p-values, N.

    Raises
    ------
    UsageError
        The sample has more than one period, where such a correlation would mix entities and periods.
    """
    sample = spec.get("sample") or spec["from"][0].partition("/")[2]
    names = list(spec.get("variables") or inputs.study.section("samples")[sample]["variables"])
    frame = inputs.sample(sample)
    if frame["time"].nunique() != 1:
        raise UsageError(f"{table_id}: the layout cross-section is for one period; {sample} has "
                         f"{frame['time'].nunique()}")
    rows, cells = [], {}
    for name in names[1:]:
        rows.append(Row(name, labels.variable(inputs.study, name)))
        pair = frame[[names[0], name]].dropna()
        for key, data in (("pearson", pair), ("spearman", pair.rank())):
            r = np.corrcoef(data.to_numpy(dtype=float), rowvar=False)
            p = float(pvalues(r, len(pair))[0, 1])
            cells[name, key] = Cell(float(r[0, 1]), below={"p": p}, pvalue=p)
        cells[name, "nobs"] = Cell(len(pair), kind="integer")
    columns = [Column("pearson", both("layout.pearson")), Column("spearman", both("layout.spearman")),
               Column("nobs", both("observations"))]
    said = [both("layout.correlation-with", variable=labels.variable(inputs.study, names[0])),
            *notes.sample(inputs, sample, names), both("layout.correlation-p"), *notes.proxies(inputs, names)]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"), notes=said,
                    source_ids=sorted(sources.behind(inputs.plan, sample, names), key=notes.source_order))
