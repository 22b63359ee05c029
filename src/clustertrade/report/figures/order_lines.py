"""Order of the subsystems and synergy by year: mean over the regions, and the middle half of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.render.figure import MARKERS, PALETTE, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels
from clustertrade.report.coordination import frame, sources_behind, systems_said
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Orders on the left; synergy of each measure of ``from`` on the right."""
    names = [ref.partition("/")[2] for ref in spec["from"]]
    fig = figure(height=0.46 * WIDTH)
    left, right = fig.subplots(1, 2)
    data, _ = frame(inputs, names[0])
    for i, column in enumerate(c for c in data.columns if c.startswith("order_")):
        label = in_language(labels.subsystem(inputs.study, names[0], column), lang)
        _line(left, data, column, label, i + 1)
    left.set_title(in_language(both("order-degree"), lang))
    for i, name in enumerate(names):
        own, result = frame(inputs, name)
        word = "base-previous" if result["options"]["base"] == "previous" else "base-fixed"
        _line(right, own.dropna(subset=["synergy"]), "synergy", in_language(both(f"coordination.{word}"), lang), i)
    right.axhline(0, color="black", linewidth=0.7)
    right.set_title(in_language(both("synergy-degree"), lang))
    for ax in (left, right):
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend(loc="best")
    return fig


def _line(ax: Any, data: Any, column: str, label: str, at: int) -> None:
    by_year = data.groupby("time")[column]
    middle, low, high = by_year.mean(), by_year.quantile(0.25), by_year.quantile(0.75)
    years = middle.index.astype(int)
    ax.fill_between(years, low, high, color=PALETTE[at], alpha=0.15, linewidth=0)
    ax.plot(years, middle, color=PALETTE[at], marker=MARKERS[at], label=label)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What lines and bands are, and what the subsystems are made of."""
    return [both("coordination.lines-said"), *systems_said(inputs, spec["from"][0].partition("/")[2])]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the measures."""
    return sources_behind(inputs, spec["from"][0].partition("/")[2])
