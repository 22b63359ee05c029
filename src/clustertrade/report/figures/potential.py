"""The potential of the order parameter in the Haken model, for both orders of the two quantities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels
from clustertrade.report.coordination import frame, sources_behind, systems_said
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """V(q1) a panel an order; the range of the data is shaded, stationary points are marked."""
    name = spec["from"][0].partition("/")[2]
    result = inputs.json(f"measures/{name}")
    data, _ = frame(inputs, inputs.study.section("measures")[name]["of"])
    fig = figure(height=0.42 * WIDTH)
    for i, (ax, model) in enumerate(zip(fig.subplots(1, 2), result["details"]["models"], strict=True)):
        values = data[model["q1"]].dropna()
        reach = 1.25 * max(float(values.abs().max()), min(model["stationary"] or 0.0, 2 * float(values.abs().max())))
        q = np.linspace(-reach, reach, 301)
        potential = model["potential"]
        ax.axvspan(float(values.min()), float(values.max()), color="#eeeeee", linewidth=0)
        ax.plot(q, potential["square"] * q**2 + (potential["quartic"] or 0.0) * q**4, color=PALETTE[i + 1])
        points = [0.0, *([model["stationary"], -model["stationary"]] if model["stationary"] else [])]
        for p in (p for p in points if abs(p) <= reach):
            ax.plot([p], [potential["square"] * p**2 + (potential["quartic"] or 0.0) * p**4], marker="o", color="black")
        ax.axhline(0, color="black", linewidth=0.6)
        ax.set_xlabel(in_language(labels.subsystem(inputs.study, name, model["q1"]), lang))
        ax.set_ylabel("V")
        held = "condition-met" if model["condition"] else "condition-not-met"
        ax.set_title(in_language(both(f"coordination.{held}"), lang))
    return fig


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, and what the subsystems are made of."""
    base = inputs.study.section("measures")[spec["from"][0].partition("/")[2]]["of"]
    return [both("coordination.potential-said"), *systems_said(inputs, base)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the measure."""
    return sources_behind(inputs, spec["from"][0].partition("/")[2])
