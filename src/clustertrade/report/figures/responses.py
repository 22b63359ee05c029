"""Responses of the variables of a panel VAR to its shocks, a panel a pair, with bands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import dynamics, labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Shocks in columns, responses in rows; orthogonalised, of one standard deviation."""
    var = dynamics.system(inputs, spec["from"])
    names, m = var["details"]["variables"], len(var["details"]["variables"])
    fig = figure(height=min(0.36 * m, 1.1) * WIDTH)
    axes = fig.subplots(m, m, sharex=True, squeeze=False)
    local = dynamics.projection(inputs, spec["from"], var)
    for j, response in enumerate(names):
        for i, impulse in enumerate(names):
            ax = axes[j, i]
            rows = [r for r in var["details"]["irf"] if (r["impulse"], r["response"]) == (impulse, response)]
            h = [r["horizon"] for r in rows]
            if rows[0]["orthogonalised_low"] is not None:
                ax.fill_between(h, [r["orthogonalised_low"] for r in rows], [r["orthogonalised_high"] for r in rows],
                                color=PALETTE[1], alpha=0.18, linewidth=0)
            ax.plot(h, [r["orthogonalised"] for r in rows], color=PALETTE[1], marker="o", markersize=3,
                    label=in_language(both("chart.var-response"), lang))
            if local is not None and (impulse, response) == (names[0], local["options"]["y"]):
                _projected(ax, local, var, in_language(both("chart.projection"), lang))
                ax.legend(loc="best")
            ax.axhline(0, color="black", linewidth=0.7)
            title = both("chart.response-of", response=labels.symbol(inputs.study, response),
                         impulse=labels.symbol(inputs.study, impulse))
            ax.set_title(in_language(title, lang))
            ax.xaxis.get_major_locator().set_params(integer=True)
    fig.supxlabel(in_language(both("chart.years-after"), lang), fontsize=9)
    return fig


def _projected(ax: Any, local: Mapping[str, Any], var: Mapping[str, Any], label: str) -> None:
    """The projection's response to one unit, times the standard deviation of the shock."""
    size = float(np.sqrt(var["details"]["omega"][0][0]))
    last = max(r["horizon"] for r in var["details"]["irf"])
    rows = [r for r in local["details"]["irf"] if r["horizon"] <= last]
    h, values = [r["horizon"] for r in rows], np.array([r["value"] for r in rows]) * size
    ax.plot(h, values, color=PALETTE[2], linestyle="--", marker="s", markersize=3, label=label)
    if all(r["low"] is not None for r in rows):
        for end in ("low", "high"):
            ax.plot(h, np.array([r[end] for r in rows]) * size, color=PALETTE[2], linestyle=":", linewidth=0.8)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """The model, the order of shocks, bands, and the projection."""
    var = dynamics.system(inputs, spec["from"])
    local = dynamics.projection(inputs, spec["from"], var)
    found = [*dynamics.said(inputs, spec["from"], var), dynamics.ordered(inputs, var), *dynamics.bands(var)]
    if local is not None:
        found += [both("layout.projections", level=f"{100 * (1 - local['options']['level']):g} %"),
                  *notes.cautions([local])]
    return [*found, *notes.proxies(inputs, notes.variables_of([var]))]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the variables."""
    return notes.sources_of(inputs, spec["from"])
