"""A coefficient as every column of some tables estimates it, sorted, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from clustertrade.errors import UsageError
from clustertrade.render.figure import MARKERS, PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Point(NamedTuple):
    """A coefficient with its interval, and the column it stands in."""

    entry: str
    column: int
    result: dict[str, Any]
    value: float
    low: float
    high: float


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A line a column, the largest on top; entries by colour and shape."""
    points = found(inputs, spec)
    entries = list(dict.fromkeys(p.entry for p in points))
    fig = figure(height=2.2 + 0.62 * len(points))
    ax = fig.subplots()
    for entry, colour, marker in zip(entries, PALETTE[1:], MARKERS, strict=False):
        mine = [(i, p) for i, p in enumerate(points) if p.entry == entry]
        ax.hlines([i for i, _ in mine], [p.low for _, p in mine], [p.high for _, p in mine], color=colour)
        ax.plot([p.value for _, p in mine], [i for i, _ in mine], linestyle="none", marker=marker, color=colour,
                markersize=5, label=in_language(_entry(inputs, entry), lang))
    ax.axvline(0, color="black", linewidth=0.7)
    ax.set_yticks(range(len(points)), [in_language(_row(inputs, p), lang) for p in points])
    ax.set_ylim(len(points) - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    name = both("chart.coefficient-of", variable=labels.variable(inputs.study, spec["variables"][0]))
    fig.supxlabel(in_language(name, lang), fontsize=9)     # under the whole figure: the axes leave it too little room
    if len(entries) > 1:
        fig.legend(loc="outside upper left")
    return fig


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[Point]:
    """The coefficients of the variable in all columns, the largest first.

    Raises
    ------
    UsageError
        No column has the variable.
    """
    name = spec["variables"][0]
    points = [Point(ref, i, r, p["value"], *p["ci"]) for ref in spec["from"]
              for i, r in enumerate(inputs.results(ref), 1) for p in r["params"]
              if p["name"] == name and p["value"] is not None and p["ci"]]
    if not points:
        raise UsageError(f"{', '.join(spec['from'])}: no column estimates a coefficient of {name}")
    return sorted(points, key=lambda p: (-p.value, p.entry, p.column))


def _entry(inputs: Inputs, ref: str) -> Text:
    """The table that shows the entry, by its number; the entry's name where none does."""
    for table, spec in inputs.study.section("tables").items():
        if ref in spec.get("from", []):
            return both("page.table-number", number=number(table))
    return ref


def number(item: str) -> str:
    """``T8`` of ``t08-baseline``.

    >>> number("t08-baseline"), number("f05b-coefficients"), number("t15-granger")
    ('T8', 'F5b', 'T15')
    """
    head = item.partition("-")[0]
    digits = "".join(c for c in head if c.isdigit())
    return head[0].upper() + str(int(digits)) + head[1 + len(digits):]


def _row(inputs: Inputs, point: Point) -> Text:
    """Column, estimator, its label or how many other regressors, and the kind of errors."""
    result = point.result
    others = sum(p["name"] not in ("const", "trend") for p in result["params"]) - 1
    label = (result["details"].get("column") or {}).get("label")
    key = {0: "chart.no-controls", 1: "chart.one-control"}.get(others, "chart.controls")
    more: Text = label if label else both(key, n=others)
    return labels.joined([f"({point.column}) ", labels.short(result["name"]), ", ", more, ", ",
                          labels.covariance(result)], "")


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """Which level the intervals have, and the samples."""
    refs = dict.fromkeys(p.entry for p in found(inputs, spec))
    level = {f"{100 * (1 - (p.result['options'].get('level') or 0.05)):g} %" for p in found(inputs, spec)}
    samples = dict.fromkeys(inputs.json(ref)["sample"] for ref in refs)
    results = [p.result for p in found(inputs, spec)]
    return [both("chart.intervals", level=", ".join(sorted(level))), *notes.methods(results),
            *(text for s in samples for text in notes.sample(inputs, s, notes.variables_of(results)[:2])),
            *notes.proxies(inputs, spec["variables"])]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
