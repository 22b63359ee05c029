"""Whether regions become alike: the coefficient of variation over the regions, year by year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.errors import UsageError
from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.number import number, pvalue
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels
from clustertrade.report.coordination import frame, sources_behind
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A panel a measure; the axes begin at zero, so that a fall is seen for what it is.

    Raises
    ------
    UsageError
        A measure that is not the dispersion of convergence.
    """
    names = [ref.partition("/")[2] for ref in spec["from"]]
    columns = 2 if len(names) > 1 else 1
    rows = -(-len(names) // columns)
    fig = figure(height=0.3 * WIDTH * rows)
    axes = np.atleast_1d(fig.subplots(rows, columns)).ravel()
    for i, (ax, name) in enumerate(zip(axes, names, strict=False)):
        data, result = frame(inputs, name)
        if result["name"] != "convergence" or result["options"]["variant"] != "sigma":
            raise UsageError(f"the figure convergence is of convergence with the variant sigma; not {name}")
        ax.plot(data["time"].astype(int), data["value"], color=PALETTE[1], marker="o", markersize=3)
        ax.set_ylim(0, 1.1 * float(data["value"].max()))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_title(in_language(labels.subsystem(inputs.study, name, "value"), lang), fontsize=8.5)
        if i % columns == 0:
            ax.set_ylabel(in_language(both("coordination.variation"), lang))
    for ax in axes[len(names):]:
        ax.set_axis_off()
    return fig


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, and the trend of each."""
    found: list[Text] = [both("coordination.convergence-said")]
    for ref in spec["from"]:
        name = ref.partition("/")[2]
        trend = inputs.json(ref)["details"].get("trend")
        if trend:
            text = labels.subsystem(inputs.study, name, "value")
            p = pvalue(trend["pvalue"])
            found.append(both("coordination.trend", label={lang: in_language(text, lang) for lang in ("en", "zh")},
                              slope=number(trend["slope"]).replace("-", "−"),
                              p=p.replace("<", "< ") if p.startswith("<") else f"= {p}"))
    return found


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the measures."""
    found: dict[str, None] = {}
    for ref in spec["from"]:
        found |= dict.fromkeys(sources_behind(inputs, ref.partition("/")[2]))
    return list(found)
