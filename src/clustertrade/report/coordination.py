"""What tables and figures about coordination share: rows of a measure as a frame, regions' names, sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clustertrade.render.words import LANGUAGES, Text, both
from clustertrade.report import labels, notes, sources
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import measured

if TYPE_CHECKING:
    import pandas as pd


def frame(inputs: Inputs, measure: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of a measure with the columns ``entity`` (None for one system) and ``time``, and the whole result."""
    import pandas as pd

    result = inputs.json(f"measures/{measure}")
    data = pd.DataFrame(result["rows"], columns=result["columns"])
    options = result["options"]
    names = {options.get("time"): "time", options.get("unit"): "entity"}
    return data.rename(columns={k: v for k, v in names.items() if k}), result


def region_names(inputs: Inputs, measure: str) -> dict[str, Text]:
    """Code of a region to its name in both languages."""
    sample = inputs.plan.sample_of(measure)
    assert sample is not None, f"measures/{measure} is not of a sample"
    every = inputs.sample(sample).drop_duplicates("entity")
    return {row["entity"]: {lang: row[f"region_{lang}"] for lang in LANGUAGES} for _, row in every.iterrows()}


def variables_behind(inputs: Inputs, measure: str) -> list[str]:
    """The variables of the sample that a measure reads, itself or through the measure that it is made of."""
    spec = inputs.study.section("measures")[measure]
    return variables_behind(inputs, spec["of"]) if "of" in spec else measured(spec)


def sources_behind(inputs: Inputs, measure: str) -> list[str]:
    """The ids of the sources behind a measure."""
    spec = inputs.study.section("measures")[measure]
    if sample := inputs.plan.sample_of(measure):
        return sources.behind(inputs.plan, sample, variables_behind(inputs, measure))
    if "of" in spec:
        return sources_behind(inputs, spec["of"])
    where = spec.get("where", {})
    years = {"from": where.get("from", "0"), "to": where.get("to", "9999")}
    found: dict[str, None] = {}
    for tidy in measured(spec):
        found |= dict.fromkeys(sources.chosen(inputs.plan, tidy, spec.get("level", "province"), years))
    return list(found)


def systems_said(inputs: Inputs, measure: str) -> list[Text]:
    """The sample, and what each subsystem is made of."""
    sample = inputs.plan.sample_of(measure)
    assert sample is not None, f"measures/{measure} is not of a sample"
    variables = variables_behind(inputs, measure)
    spec = inputs.study.section("measures")[measure]
    listed = []
    for text in spec.get("subsystem", []):
        name, _, parts = text.partition("=")
        made = labels.enumerated(labels.symbol(inputs.study, p.partition(":")[0]) for p in parts.split(","))
        listed.append(both("layout.stands-for", short=labels.subsystem(inputs.study, measure, name), title=made))
    made_of = [labels.joined(listed, "; ")] if listed else []
    return [*made_of, *notes.symbols_of(inputs, variables), *notes.sample(inputs, sample, variables)]
