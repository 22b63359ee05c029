"""The coefficients of all specifications, sorted, and below each the choices that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.render.figure import PALETTE, figure
from clustertrade.render.words import Text, both, in_language, word
from clustertrade.report.layouts import specification_summary as summary
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GREY = "#8c8c8c"
DIMENSIONS = ("y", "x", "controls", "samples", "estimators", "cov")


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Above: standardised coefficients with their intervals, coloured by sign and significance; below: a mark for
    every choice of every specification.
    """
    ref = spec["from"][0]
    result = inputs.results(ref)[0]
    rows = result["rows"]
    curve = inputs.study.section("specifications")[ref.partition("/")[2]]
    listed = [c for c in summary.choices(inputs, curve, symbols=True) if c.dimension != "all"]
    place = np.arange(len(rows))
    value = np.array([r["standardised"] for r in rows])
    ends = np.array([[r["low"] * r["scale"], r["high"] * r["scale"]] for r in rows])
    clear = np.array([r["pvalue"] < result["level"] for r in rows])
    fig = figure(height=7.5 + 0.42 * len(listed))
    top, below = fig.subplots(2, 1, sharex=True, height_ratios=[5.5, 0.42 * len(listed)])
    groups = ((~clear, GREY, "curve.unclear"), (clear & (value > 0), PALETTE[1], "curve.positive"),
              (clear & (value < 0), PALETTE[2], "curve.negative"))
    for chosen, colour, label in groups:
        if chosen.any():
            top.vlines(place[chosen], ends[chosen, 0], ends[chosen, 1], color=colour, alpha=0.25, linewidth=0.6,
                       rasterized=True)
            top.plot(place[chosen], value[chosen], linestyle="none", marker=".", markersize=2.5, color=colour,
                     label=word(label, lang), rasterized=True)
    top.axhline(0, color="black", linewidth=0.7)
    top.set_ylabel(in_language(both("curve.standardised"), lang))
    top.legend(loc="upper left", markerscale=3)
    heads = []
    for line, choice in enumerate(listed):
        here = place[[choice.made_by(r) for r in rows]]
        below.plot(here, np.full(here.size, line), linestyle="none", marker="|", markersize=3.5, markeredgewidth=0.5,
                   color=PALETTE[DIMENSIONS.index(choice.dimension) % 2], rasterized=True)
        heads.append(in_language(choice.label, lang))
    below.set_yticks(range(len(heads)), heads, fontsize=7)
    below.set_ylim(len(heads) - 0.4, -0.6)
    below.set_xlim(-0.01 * len(rows), 1.01 * len(rows))
    below.set_xlabel(in_language(both("curve.sorted", k=len(rows)), lang))
    below.grid(visible=False)
    return fig


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, and what the joint test says."""
    ref = spec["from"][0]
    result = inputs.results(ref)[0]
    return [*summary.said_of(inputs, ref, symbols=True), both("curve.common-rows"),
            both("curve.shares", right=f"{100 * result['summary']['right_sign']:.0f} %",
                 significant=f"{100 * result['summary']['significant_right']:.0f} %",
                 wrong=f"{100 * result['summary']['significant_wrong']:.0f} %")]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the curve."""
    return summary.source_ids(inputs, spec["from"][0])
