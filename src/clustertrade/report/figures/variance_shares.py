"""Shares of the shocks of a panel VAR in the forecast error variance of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import dynamics, labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HATCHES = ("", "//", "..", "xx", "--")                     # told apart in print without colour


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A panel a variable, a bar a number of years ahead, stacked by shock."""
    var = dynamics.system(inputs, spec["from"])
    names, found = var["details"]["variables"], var["details"]["fevd"]
    fig = figure(height=0.42 * WIDTH)
    axes = fig.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for ax, response in zip(axes, names, strict=True):
        steps = sorted({r["horizon"] for r in found})
        below = [0.0] * len(steps)
        for i, impulse in enumerate(names):
            share = [r["share"] for h in steps for r in found
                     if (r["response"], r["impulse"], r["horizon"]) == (response, impulse, h)]
            label = in_language(both("layout.impulse", name=labels.symbol(inputs.study, impulse)), lang)
            ax.bar(steps, share, bottom=below, color=PALETTE[1 + i % 6], hatch=HATCHES[i % len(HATCHES)],
                   edgecolor="white", linewidth=0.3, label=label)
            below = [b + s for b, s in zip(below, share, strict=True)]
        ax.set_title(in_language(both("chart.share-of", name=labels.symbol(inputs.study, response)), lang))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(axis="x", visible=False)
    fig.supxlabel(in_language(both("chart.periods-ahead"), lang), fontsize=9)
    handles, texts = axes[0].get_legend_handles_labels()
    fig.legend(handles, texts, loc="outside upper center", ncols=len(names))
    return fig


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """The model and the order of shocks."""
    var = dynamics.system(inputs, spec["from"])
    return [*dynamics.said(inputs, spec["from"], var), dynamics.ordered(inputs, var),
            *notes.proxies(inputs, notes.variables_of([var]))]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the variables."""
    return notes.sources_of(inputs, spec["from"])
