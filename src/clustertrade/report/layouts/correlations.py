"""T3: correlations below the diagonal, and how far the regressors explain one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clustertrade.errors import InfeasibleError
from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs

TOO_HIGH = 10.0


def correlations(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Lower triangle of Pearson correlations with stars; VIF and its inverse for all variables but the first.

    The first variable of the table is the dependent one, so that it has no variance inflation.
    """
    sample = spec.get("sample") or spec["from"][0].partition("/")[2]
    names = list(spec.get("variables") or inputs.study.section("samples")[sample]["variables"])
    data = inputs.sample(sample)[names].dropna()
    values = data.to_numpy(dtype=float)
    r = np.corrcoef(values, rowvar=False)
    p = pvalues(r, len(values))
    inflation = factors(values[:, 1:], names[1:])
    rows = [Row(name, {lang: f"({i + 1}) {_in(labels.variable(inputs.study, name), lang)}" for lang in ("en", "zh")})
            for i, name in enumerate(names)]
    columns = [Column(name, f"({i + 1})", align="right") for i, name in enumerate(names)]
    columns += [Column("vif", both("vif")), Column("tolerance", both("tolerance"))]
    cells: dict[tuple[str, str], Cell] = {}
    for i, row in enumerate(names):
        for j, column in enumerate(names):
            p_of = None if i == j else float(p[i, j])
            cells[row, column] = BLANK if j > i else Cell(float(r[i, j]), pvalue=p_of)
        if i:
            cells[row, "vif"] = Cell(inflation[i - 1], digits=2)
            cells[row, "tolerance"] = Cell(1 / inflation[i - 1])
    rows.append(Row("mean vif", both("mean-vif"), rule=True))
    cells |= {("mean vif", name): BLANK for name in [*names, "tolerance"]}
    cells["mean vif", "vif"] = Cell(float(np.mean(inflation)), digits=2)
    cells |= {(names[0], "vif"): BLANK, (names[0], "tolerance"): BLANK}
    high = [labels.symbol(inputs.study, n) for n, v in zip(names[1:], inflation, strict=True) if v > TOO_HIGH]
    said = [*notes.sample(inputs, sample, names), both("note.lower-triangle"), both("layout.correlation-p"),
            both("layout.vif-of", variable=labels.symbol(inputs.study, names[0])),
            both("layout.vif-high", variables=labels.enumerated(high), limit=f"{TOO_HIGH:g}") if high
            else both("layout.vif-fine", limit=f"{TOO_HIGH:g}"), *notes.proxies(inputs, names)]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("variable"), notes=said,
                    source_ids=sorted(sources.behind(inputs.plan, sample, names), key=notes.source_order))


def _in(text: Any, lang: str) -> str:
    return text if isinstance(text, str) else text[lang]


def pvalues(r: np.ndarray, n: int) -> np.ndarray:
    """Two-sided p-values (K, K) of correlations r (K, K) of n independent pairs: t with n - 2 degrees of freedom."""
    from scipy.special import stdtr

    with np.errstate(divide="ignore"):
        t = np.abs(r) * np.sqrt((n - 2) / np.maximum(1 - r**2, 0.0))
    return 2 * stdtr(n - 2, -t)


def factors(x: np.ndarray, names: list[str]) -> list[float]:
    """Variance inflation of each column of x (n, K): the diagonal of the inverse of their correlations.

    Raises
    ------
    InfeasibleError
        Where a regressor is a linear combination of the others.
    """
    r = np.atleast_2d(np.corrcoef(x, rowvar=False))
    if np.linalg.matrix_rank(r, tol=1e-10) < len(names):
        raise InfeasibleError(f"variance inflation of {', '.join(names)}: a regressor is a combination of the others")
    return [float(v) for v in np.diagonal(np.linalg.inv(r))]
