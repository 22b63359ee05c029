"""How the coefficient moves with each choice of a specification curve, and the joint test over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clustertrade.render.table import BLANK, Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts
from clustertrade.study.specifications import samples, variables

FIELDS = {"y": "y", "x": "x", "samples": "sample", "estimators": "estimator", "cov": "cov"}
COLUMNS = ("count", "median", "low", "high", "right", "significant")


@dataclass(frozen=True)
class Choice:
    """One thing that a curve may choose."""

    dimension: str
    value: Any
    label: Text

    @property
    def key(self) -> str:
        """A name for a row of a table."""
        return f"{self.dimension} {self.value}"

    def made_by(self, row: Mapping[str, Any]) -> bool:
        """Whether a specification makes the choice."""
        if self.dimension == "all":
            return True
        if self.dimension == "controls":
            return {*self.value} <= {*row["controls"]}
        return bool(row[FIELDS[self.dimension]] == self.value)


def specification_summary(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """A row a choice: specifications, quartiles of the standardised coefficient, shares with the expected sign."""
    ref = spec["from"][0]
    curve = inputs.study.section("specifications")[ref.partition("/")[2]]
    result = inputs.results(ref)[0]
    sign = 1 if result["sign"] == "+" else -1
    rows: list[Row] = []
    cells: dict[tuple[str, str], Cell] = {}
    for choice in choices(inputs, curve):
        mine = [r for r in result["rows"] if choice.made_by(r)]
        if not mine:
            continue
        key = choice.key
        rows.append(Row(key, choice.label, panel=both(f"curve.{choice.dimension}")))
        value = np.array([r["standardised"] for r in mine])
        quartiles = np.quantile(value, [0.25, 0.5, 0.75])
        right = np.array([r["coefficient"] * sign > 0 for r in mine])
        found = np.array([r["pvalue"] < result["level"] for r in mine])
        cells |= {(key, "count"): Cell(len(mine), kind="integer"), (key, "median"): Cell(float(quartiles[1])),
                  (key, "low"): Cell(float(quartiles[0])), (key, "high"): Cell(float(quartiles[2])),
                  (key, "right"): Cell(float(right.mean()), kind="percent"),
                  (key, "significant"): Cell(float((right & found).mean()), kind="percent")}
    for row in result["joint"]:
        key = f"joint {row['statistic']}"
        rows.append(Row(key, both(f"curve.joint-{row['statistic']}"), panel=both("curve.joint")))
        share = row["statistic"] == "share"
        cells[key, "median"] = Cell(row["value"], below={"p": row["pvalue"]}, pvalue=row["pvalue"],
                                    kind="percent" if share else "number")
        cells |= {(key, c): BLANK for c in COLUMNS if c != "median"}
    columns = [Column(c, both(f"curve.column-{c}")) for c in COLUMNS]
    said = [*said_of(inputs, ref), both("curve.common-rows"),
            both("curve.joint-test", k=result["designs"], b=result["draws"], seed=result["seed"])]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("curve.choice"), notes=said,
                    source_ids=source_ids(inputs, ref))


def choices(inputs: Inputs, curve: Mapping[str, Any], *, symbols: bool = False) -> list[Choice]:
    """Everything that a curve chooses from, by dimension; variables by label or symbol."""

    def called(name: str) -> Text:
        return (labels.symbol if symbols else labels.variable)(inputs.study, name)

    made = [Choice("all", None, both("curve.every"))]
    made += [Choice(d, v, called(v)) for d in ("y", "x") for v in curve[d]]
    for block in curve.get("controls", []):
        names = [block] if isinstance(block, str) else list(block)
        made.append(Choice("controls", names, labels.enumerated(called(v) for v in names)))
    for s in samples(curve):
        whole = s["label"] == s["sample"]
        made.append(Choice("samples", s["label"], both("curve.whole") if whole else texts(s["label"])))
    made += [Choice("estimators", e, labels.short(e)) for e in curve["estimators"]]
    return made + [Choice("cov", c, both(f"cov.{c}")) for c in curve["cov"]]


def said_of(inputs: Inputs, ref: str, *, symbols: bool = False) -> list[Text]:
    """What a curve is of: the standardised coefficient, its samples, what the variables stand for."""
    curve = inputs.study.section("specifications")[ref.partition("/")[2]]
    used = variables(curve)
    sampled = dict.fromkeys(s["sample"] for s in samples(curve))
    result = inputs.results(ref)[0]
    return [both("curve.what", k=len(result["rows"]), level=f"{100 * result['level']:g} %"),
            *(note for s in sampled for note in notes.sample(inputs, s, used)),
            *(notes.symbols_of(inputs, used) if symbols else []),
            *notes.proxies(inputs, [*curve["y"], *curve["x"]], symbols=symbols)]


def source_ids(inputs: Inputs, ref: str) -> list[str]:
    """The sources behind a curve."""
    curve = inputs.study.section("specifications")[ref.partition("/")[2]]
    found = {i for s in samples(curve) for i in sources.behind(inputs.plan, s["sample"], variables(curve))}
    return sorted(found, key=notes.source_order)
