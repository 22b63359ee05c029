"""National figures as published, by definition and source: points of different scope, unconnected on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.errors import UsageError
from clustertrade.render.figure import MARKERS, PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report.published import Point, published
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Amounts on a logarithmic axis above, shares and rates below; a mark a definition, its sources in the legend."""
    points = published(inputs)
    panels = [(both("layout.trillion-yuan"), [p for p in points if p.unit == "trillion yuan"], True),
              (both("chart.per-cent"), [p for p in points if p.unit == "%"], False)]
    panels = [panel for panel in panels if panel[1]]
    if not panels:
        raise UsageError("no source of the study has national figures of cross-border e-commerce")
    fig = figure(height=7.6 * len(panels))
    axes = fig.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (unit, mine, logarithmic) in zip(axes, panels, strict=True):
        for i, group in enumerate(_by_definition(mine).values()):
            ids = ", ".join(dict.fromkeys(p.source for p in group))
            # a filled and a hollow round of marks, so that twice as many stay apart without colour
            hollow = i >= len(MARKERS)
            colour = PALETTE[i % 7]
            ax.plot([p.year for p in group], [p.value for p in group], linestyle="none", color=colour,
                    marker=MARKERS[i % len(MARKERS)], markersize=5.5, markerfacecolor="none" if hollow else colour,
                    label=f"{in_language(group[0].name, lang)} [{ids}]")
        if logarithmic:
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(lambda v, _: f"{v:g}")
            ax.yaxis.set_minor_formatter(lambda v, _: "")
        ax.set_ylabel(in_language(unit, lang))
        ax.locator_params(axis="x", integer=True)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7, handletextpad=0.3, borderaxespad=0)
    return fig


def _by_definition(points: list[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.variable, []).append(point)
    return found


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """That the points belong to different definitions."""
    return [both("layout.points-never-chained"), both("chart.unconnected")]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources of the points."""
    return list(dict.fromkeys(p.source for p in published(inputs)))
