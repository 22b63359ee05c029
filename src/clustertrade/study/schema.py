"""The JSON Schemas of the study file and of ``config.yaml``, generated from the vocabulary of options.

``python -m clustertrade.study.schema`` writes them to ``workflow/schemas``; a test holds the files to this module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clustertrade.catalog import index
from clustertrade.options import COVARIANCES, ESTIMATORS, FIGURES, LAYOUTS, OPTIONS, TRANSFORMS, Option

NAME = r"^[a-z0-9][a-z0-9_-]*$"
TABLE_ID = r"^t\d{2}[a-z]?-[a-z0-9-]+$"
FIGURE_ID = r"^f\d{2}[a-z]?-[a-z0-9-]+$"
REFERENCE = r"^(tests|estimates|specifications|measures|samples|clean)/[A-Za-z0-9_.-]+$|^audit$"
TEXT = {"oneOf": [{"type": "string"},
                  {"type": "object", "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
                   "required": ["en", "zh"], "additionalProperties": False}]}


def _option(option: Option) -> dict[str, Any]:
    numbers = {"int": "integer", "float": "number"}
    shape: dict[str, Any]
    if option.kind in numbers:
        number: dict[str, Any] = {"type": numbers[option.kind]}
        number |= {} if option.minimum is None else {"minimum": option.minimum}
        number |= {} if option.maximum is None else {"maximum": option.maximum}
        shape = {"oneOf": [number, {"enum": list(option.choices)}]} if option.choices else number
    else:
        shapes: dict[str, dict[str, Any]] = {
            "choice": {"enum": list(option.choices)}, "flag": {"type": "boolean"}, "text": {"type": "string"},
            "column": {"type": "string"}, "file": {"type": "string"}}
        shape = shapes.get(option.kind, {"type": "array", "items": {"type": "string"}})
    return {**shape, "description": option.help}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or [], "additionalProperties": False}


def _named(pattern: str, shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "patternProperties": {pattern: shape}, "additionalProperties": False}


def _names(kind: str) -> dict[str, Any]:
    return {"enum": [row["name"] for row in index().values() if row["kind"] == kind]}


def study_schema() -> dict[str, Any]:
    """The schema of ``config/studies/<study>.yaml``."""
    text, words = TEXT, {"type": "array", "items": {"type": "string"}}
    options = _object({name: _option(o) for name, o in OPTIONS.items()})
    year = {"type": ["integer", "string"]}
    where = _object({"only": words, "exclude": words, "from": year, "to": year})
    refs = {"type": "array", "items": {"type": "string", "pattern": REFERENCE}}
    measure = _object({"measure": _names("measure"), "where": where, "level": {"type": "string"},
                       "sample": {"type": "string"}, "of": {"type": "string"}, "names": _named(r"^\w+$", text),
                       **{k: _option(o) for k, o in OPTIONS.items()}}, ["measure"])
    transform = {"oneOf": [{"enum": [*TRANSFORMS]}, {"type": "string", "pattern": r"^lag\(\d+\)$"}]}
    variable = _object({"from": {"type": "string"}, "times": words, "over": words, "transform": transform,
                        "label": text, "symbol": {"type": "string"}, "unit": text, "definition": text,
                        "proxy_for": text, "column": {"type": "string"},
                        "contains_trade": {"type": "boolean"}}, ["from", "label"])
    sample = _object({"entity": {"enum": ["province", "country", "none"]}, "time": {"type": "string"},
                      "freq": {"enum": ["A", "M"]}, "from": year, "to": year,
                      "entities": {"oneOf": [{"const": "all"}, words, _object({"exclude": words}, ["exclude"])]},
                      "variables": words, "note": text}, ["entity", "from", "to", "variables"])
    common = {"sample": {"type": "string"}, "options": options, "title": text}
    test = _object({**common, "procedures": {"type": "array", "items": _names("test"), "minItems": 1},
                    "variables": words, "y": {"type": "string"}, "x": words, "both_directions": {"type": "boolean"},
                    "pairs": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
                    "variants": {"type": "array", "items": options, "minItems": 1},
                    "options_for": _named(NAME, options),
                    "power": _object({"procedures": {"type": "array", "items": _names("test"), "minItems": 1},
                                      "rho": {"type": "array", "items": {"type": "number"}, "minItems": 1},
                                      "replications": {"type": "integer", "minimum": 10}, "options": options},
                                     ["procedures"])}, ["sample", "procedures"])
    column = _object({"estimator": _names("estimate"), "y": {"type": "string"}, "x": words, "options": options,
                      "label": text, "sample": {"type": "string"}, "only": words, "exclude": words,
                      "from": year, "to": year,
                      "interact": _object({"by": {"enum": ["group3", "group4"]}, "with": words}, ["by", "with"]),
                      "check": {"type": "array", "items": _names("test")}}, ["estimator", "x"])
    estimate = _object({**common, "y": {"type": "string"}, "columns": {"type": "array", "items": column,
                                                                       "minItems": 1}}, ["sample", "columns"])
    blocks = {"type": "array", "items": {"oneOf": [{"type": "string"}, words]}}
    some = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    curve = _object({"y": some, "x": some, "always": words, "controls": blocks, "sign": {"enum": ["+", "-"]},
                     "samples": {"type": "array", "minItems": 1, "items": {"oneOf": [
                         {"type": "string"}, _object({"sample": {"type": "string"}, "label": text, "only": words,
                                                      "exclude": words, "from": year, "to": year}, ["sample"])]}},
                     "estimators": {"type": "array", "minItems": 1, "items": {"enum": list(ESTIMATORS)}},
                     "cov": {"type": "array", "minItems": 1, "items": {"enum": list(COVARIANCES)}},
                     "bootstrap": {"type": "integer", "minimum": 0}, "title": text},
                    ["y", "x", "samples", "estimators", "cov"])
    style = _object({"paren": {"enum": ["se", "t", "p"]}, "digits": {"type": "integer", "minimum": 0, "maximum": 8},
                     "stars": {"type": "array", "items": {"type": "number"}}})
    table = {"type": "object", "properties": {
        "layout": {"enum": sorted(LAYOUTS)}, "from": refs, "orders": refs, "title": text,
        "notes": {"type": "array", "items": text},
        "sample": {"type": "string"}, "variables": words, "columns": words, "style": style},
        "required": ["layout", "title"]}
    figure = {"type": "object", "properties": {
        "kind": {"enum": sorted(FIGURES)}, "from": refs, "title": text, "notes": {"type": "array", "items": text},
        "sample": {"type": "string"}, "variables": words}, "required": ["kind", "title"]}
    head = _object({"name": {"type": "string", "pattern": NAME}, "title": text, "seed": {"type": "integer"},
                    "languages": {"type": "array", "items": {"enum": ["en", "zh"]}}, "style": style,
                    "abstract": text, "limits": {"type": "array", "items": text}}, ["name", "title", "seed"])
    hypothesis = _object({"text": text, "entries": refs, "sign": {"enum": ["+", "-", "+/-"]}, "answer": text},
                         ["text", "entries"])
    data = _object({"sources": words, "drop_flags": words, "audit": {"type": "boolean"}})
    schema = _object({"study": head, "data": data,
                      "measures": _named(NAME, measure), "variables": _named(NAME, variable),
                      "samples": _named(NAME, sample), "tests": _named(NAME, test), "estimates": _named(NAME, estimate),
                      "specifications": _named(NAME, curve),
                      "hypotheses": _named(r"^H\d+$", hypothesis), "tables": _named(TABLE_ID, table),
                      "figures": _named(FIGURE_ID, figure), "report": words}, ["study", "variables", "samples"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A study of clustertrade", **schema}


def config_schema() -> dict[str, Any]:
    """The schema of ``config/config.yaml``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Configuration of clustertrade",
            **_object({"studies": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                       "study": {"type": "string"}}, ["studies"])}


def write(folder: Path) -> None:
    """Write both schemas into a folder."""
    for name, schema in (("study", study_schema()), ("config", config_schema())):
        text = json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path("workflow/schemas"))
