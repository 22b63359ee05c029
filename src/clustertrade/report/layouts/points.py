"""T16, T21: single figures as published, by definition; or the rows of a measure, a column a measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.render.table import Cell, Column, Row, Table
from clustertrade.render.words import Text, both
from clustertrade.report import labels, notes, sources
from clustertrade.report.assemble import assemble
from clustertrade.report.published import PUBLISHED_UNITS, published
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts


def points(inputs: Inputs, table_id: str, spec: Mapping[str, Any]) -> Table:
    """Published figures where the table reads ``clean/quality``, else measures."""
    refs = spec.get("from", [])
    if all(ref.startswith("measures/") for ref in refs):
        return _measures(inputs, table_id, refs)
    rows, cells, used, definitions = [], {}, [], {}
    for i, point in enumerate(published(inputs)):
        key = f"{i} {point.variable}"
        rows.append(Row(key, f"{point.year}", panel=point.name))
        if point.value is not None:
            cells[key, "value"] = Cell(point.value, digits=point.digits)
        cells[key, "unit"] = Cell(PUBLISHED_UNITS.get(point.unit, point.unit), kind="text")
        cells[key, "published"] = Cell(f"{point.published} {point.published_unit}", kind="text")
        cells[key, "source"] = Cell(point.source, kind="text")
        used.append(point.source)
        definitions[point.variable] = both("layout.stands-for", short=point.name, title=point.definition)
    columns = [Column("value", both("value")), Column("unit", both("unit"), align="left"),
               Column("published", both("layout.as-published"), align="left"),
               Column("source", both("source"), align="left")]
    return assemble(inputs, table_id, rows=rows, columns=columns, cells=cells, stub=both("year"),
                    notes=[both("layout.points-never-chained"), *definitions.values()],
                    source_ids=sorted(dict.fromkeys(used), key=notes.source_order))


def _measures(inputs: Inputs, table_id: str, refs: list[str]) -> Table:
    """Rows by what identifies them (the year, the region), a column a measure."""
    study = inputs.study
    names = [ref.partition("/")[2] for ref in refs]
    rows: dict[str, Row] = {}
    columns, cells, said = [], {}, []
    found: dict[str, None] = {}
    for ref, name in zip(refs, names, strict=True):
        result = inputs.json(ref)
        *keys, value = result["columns"]
        columns.append(Column(name, _label(inputs, name, result["name"])))
        for line in result["rows"]:
            key = " ".join(str(line[k]) for k in keys)
            rows.setdefault(key, Row(key, key))
            if line[value] is not None:
                cells[key, name] = Cell(line[value])
        shape = study.section("measures")[name].get("where", {})
        said += _described(inputs, name, result["name"])
        said += notes.cautions([result])
        sample = {"from": shape.get("from", "0"), "to": shape.get("to", "9999")}
        level = study.section("measures")[name].get("level", "province")
        for tidy in sources.measured(study.section("measures")[name]):
            found.update(dict.fromkeys(sources.chosen(inputs.plan, tidy, level, sample)))
    proxies = [v for v, holder in study.section("variables").items() if holder.get("from") in names]
    return assemble(inputs, table_id, rows=list(rows.values()), columns=columns, cells=cells, stub=both("year"),
                    notes=[*said, *notes.proxies(inputs, proxies)],
                    source_ids=sorted(found, key=notes.source_order))


def _described(inputs: Inputs, measure: str, procedure: str) -> list[Text]:
    """What the measure is, in the study's words where a variable is made from it."""
    label = _label(inputs, measure, procedure)
    for variable in inputs.study.section("variables").values():
        if variable.get("from") == measure and "definition" in variable:
            return [both("layout.stands-for", short=label, title=texts(variable["definition"]))]
    return [both("layout.stands-for", short=label, title=labels.title(procedure))] if label != labels.title(
        procedure) else []


def _label(inputs: Inputs, measure: str, procedure: str) -> Text:
    """The label of the variable that is this measure, untransformed; else the measure's own name."""
    for name, variable in inputs.study.section("variables").items():
        if variable.get("from") == measure and not variable.get("transform"):
            return labels.variable(inputs.study, name)
    return labels.title(procedure)


