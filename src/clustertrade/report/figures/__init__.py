"""Results and samples of a study to figures: a module a kind, each with ``draw`` and the notes that go with it."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

from clustertrade.errors import UsageError
from clustertrade.options import FIGURES
from clustertrade.render.figure import house_style, save_figure
from clustertrade.render.words import LANGUAGES, Text
from clustertrade.render.write import suffix
from clustertrade.report.assemble import ordered
from clustertrade.study.inputs import Inputs


def module(kind: str) -> str:
    """The module of a kind; it is imported when a figure asks for it, so that a change in one reaches no other."""
    return f"{__name__}.{kind.replace('-', '_')}"


def build(inputs: Inputs, figure_id: str) -> list[Path]:
    """Draw the figure of that id in both languages and write .pdf, .svg and .png of each.

    Raises
    ------
    UsageError
        The study has no such figure.
    DataError
        A result or sample that the figure needs is not there yet.
    """
    spec, kind = _asked(inputs, figure_id)
    written = []
    for lang in LANGUAGES:
        with house_style():
            drawn = kind.draw(inputs, spec, lang)
        written += save_figure(drawn, inputs.plan.results / "figures" / f"{figure_id}{suffix(lang)}")
    return written


def notes(inputs: Inputs, figure_id: str) -> tuple[Text, ...]:
    """What stands below the figure: the study's own words and those of its kind."""
    spec, kind = _asked(inputs, figure_id)
    return ordered(spec.get("notes", []), kind.said(inputs, spec))


def source_ids(inputs: Inputs, figure_id: str) -> list[str]:
    """The ids of the sources behind the figure."""
    spec, kind = _asked(inputs, figure_id)
    return list(kind.source_ids(inputs, spec))


def _asked(inputs: Inputs, figure_id: str) -> tuple[dict, ModuleType]:
    figures = inputs.study.section("figures")
    if figure_id not in figures:
        raise UsageError(f"{inputs.study.name} has no figure {figure_id}; it has {', '.join(figures) or 'none'}")
    spec = figures[figure_id]
    if spec["kind"] not in FIGURES:
        raise UsageError(f"{figure_id}: no figure is of the kind {spec['kind']}; there are {', '.join(FIGURES)}")
    return spec, importlib.import_module(module(spec["kind"]))
