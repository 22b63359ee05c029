"""Coordination by region and year as a heat map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.render.figure import SEQUENTIAL, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report.coordination import frame, region_names, sources_behind, systems_said
from clustertrade.report.figures.tiles import dark
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.42                                                 # cm


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A row a region, the best coordinated in the last year on top; D is printed in its cell."""
    from matplotlib.colors import Normalize

    name = spec["from"][0].partition("/")[2]
    data, _ = frame(inputs, name)
    table = data.pivot(index="entity", columns="time", values="D")
    table = table.sort_values(table.columns[-1], ascending=False, kind="stable")
    named = region_names(inputs, name)
    fig = figure(height=2.2 + ROW * len(table))
    ax = fig.subplots()
    norm = Normalize(0, 1)
    image = ax.imshow(table.to_numpy(), cmap=SEQUENTIAL, norm=norm, aspect="auto")
    for i, row in enumerate(table.to_numpy()):
        for j, value in enumerate(row):
            if value == value:
                ink = "white" if dark(tuple(map(float, image.cmap(norm(value))))) else "black"
                ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=6.5, color=ink)
    ax.set_xticks(range(table.shape[1]), [str(t) for t in table.columns])
    ax.set_yticks(range(len(table)), [in_language(named[e], lang) for e in table.index], fontsize=7)
    ax.tick_params(length=0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    bar = fig.colorbar(image, ax=ax, orientation="horizontal", fraction=0.03, pad=0.01, aspect=round(2.5 * WIDTH))
    bar.set_label(in_language(both("coordination-degree"), lang))
    bar.outline.set_linewidth(0.5)                         # type: ignore[operator]
    return fig


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, and what the subsystems are made of."""
    return [both("coordination.heat-said"), *systems_said(inputs, spec["from"][0].partition("/")[2])]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the measure."""
    return sources_behind(inputs, spec["from"][0].partition("/")[2])
