"""Single national figures as published, each under its own definition: never a series, never chained."""

from __future__ import annotations

from dataclasses import dataclass

from clustertrade.data import codebook
from clustertrade.render.words import LANGUAGES, Text, both
from clustertrade.study.inputs import Inputs

PREFIX = "cbec_"
TRILLION = 1e12
PUBLISHED_UNITS: dict[str, Text] = {"trillion yuan": both("layout.trillion-yuan"), "%": "%"}


@dataclass(frozen=True)
class Point:
    """One figure: under which definition, for which year, how much, in which unit, in whose text."""

    variable: str
    name: Text
    definition: Text
    year: int
    value: float | None
    unit: str
    digits: int
    published: str
    published_unit: str
    source: str


def published(inputs: Inputs, prefix: str = PREFIX) -> list[Point]:
    """All national figures whose variable begins with the prefix, by definition, year and source.

    Amounts in yuan are given in trillions.
    """
    coverage = inputs.json("clean/quality")["coverage"]
    ids = dict.fromkeys(c["source_id"] for c in coverage
                        if c["variable"].startswith(prefix) and c["level"] == "national")
    points = []
    for source in ids:
        tidy = inputs.tidy(source)
        mine = tidy[tidy["variable"].str.startswith(prefix) & (tidy["level"] == "national") & tidy["year"].notna()]
        for row in mine.itertuples():
            scale = TRILLION if row.unit == "yuan" else 1.0
            unit = "trillion yuan" if row.unit == "yuan" else row.unit
            name = row.variable
            points.append(Point(name, named(name), definition(name), int(row.year), row.value / scale, unit,
                                2 if row.unit == "yuan" else 1, row.published, row.published_unit, source))
    return sorted(points, key=lambda p: (p.variable, p.year, p.source))


def named(variable: str) -> Text:
    """The name of a published variable, as the codebook has it."""
    return {lang: codebook.label(variable, lang) for lang in LANGUAGES}


def definition(variable: str) -> Text:
    """The definition of a published variable; its name where the codebook has none."""
    entry = codebook.variables().get(variable, {})
    return {"en": entry.get("definition") or codebook.label(variable, "en"),
            "zh": entry.get("definition_zh") or codebook.label(variable, "zh")}
