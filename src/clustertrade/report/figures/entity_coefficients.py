"""A long-run coefficient in every region, sorted, with its interval: a panel an estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from clustertrade.errors import UsageError
from clustertrade.render.figure import MARKERS, PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 3                                                   # panels side by side
REACH = 4.0                                                # times the quartile range that the axis shows at most


class Panel(NamedTuple):
    """One estimator: its result, coefficients and standard errors by entity."""

    result: dict[str, Any]
    value: dict[str, float]
    se: dict[str, float]


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Regions by the coefficient of the first estimator, coloured by group; a dashed line at the mean of all."""
    panels = found(inputs, spec)
    order = sorted(panels[0].value, key=lambda e: (-panels[0].value[e], e))
    names, groups = _regions(inputs, spec, lang)
    kinds = [g for g in labels.GROUPS if g in {groups.get(e, "") for e in order}] or [""]
    fig = figure(height=2.4 + 0.36 * len(order))
    axes = np.atleast_1d(fig.subplots(1, len(panels), sharey=True))
    for ax, panel in zip(axes, panels, strict=True):
        width = -ndtri(float(panel.result["options"].get("level") or 0.05) / 2)
        for kind, colour, marker in zip(kinds, PALETTE[1:], MARKERS, strict=False):
            mine = [(i, e) for i, e in enumerate(order) if e in panel.value and groups.get(e, "") in (kind, "")]
            at = [i for i, _ in mine]
            middle = np.array([panel.value[e] for _, e in mine])
            half = width * np.array([panel.se[e] for _, e in mine])
            ax.hlines(at, middle - half, middle + half, color=colour, linewidth=1.1)
            ax.plot(middle, at, linestyle="none", marker=marker, color=colour, markersize=3.5,
                    label=in_language(labels.group(kind), lang) if kind else None)
        ax.set_xlim(*_span(panel, width))
        ax.axvline(0, color="black", linewidth=0.7)
        ax.axvline(float(np.mean([*panel.value.values()])), color="#606060", linewidth=0.8, linestyle=(0, (4, 2)))
        ax.set_title(in_language(_title(panel), lang))
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
    axes[0].set_yticks(range(len(order)), [names.get(e, e) for e in order])
    axes[0].tick_params(axis="y", labelsize=7)
    axes[0].set_ylim(len(order) - 0.4, -0.6)
    name = both("chart.coefficient-of", variable=labels.variable(inputs.study, spec["variables"][0]))
    fig.supxlabel(in_language(name, lang), fontsize=9)
    if kinds != [""]:
        handles, words = axes[0].get_legend_handles_labels()
        fig.legend(handles, words, loc="outside upper left", ncols=len(kinds))
    return fig


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[Panel]:
    """The first three estimates that have a long-run coefficient of the variable for every region.

    Raises
    ------
    UsageError
        None has.
    """
    name = spec["variables"][0]
    panels = []
    for r in (r for ref in spec["from"] for r in inputs.results(ref)):
        rows = [e for e in r["details"].get("entities") or [] if name in e.get("coefficients", {})]
        if rows and not r["options"].get("y_lags"):        # with lags of y these are of the short run
            panels.append(Panel(r, {e["entity"]: e["coefficients"][name] for e in rows},
                                {e["entity"]: e["se"][name] for e in rows}))
    if not panels:
        raise UsageError(f"{', '.join(spec['from'])}: no estimate has a coefficient of {name} for every region")
    return panels[:MOST]


def _title(panel: Panel) -> Text:
    label = (panel.result["details"].get("column") or {}).get("label")
    return label or labels.short(panel.result["name"])


def _regions(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> tuple[dict[str, str], dict[str, str]]:
    frame = inputs.sample(inputs.json(spec["from"][0])["sample"]).drop_duplicates("entity")
    return (dict(zip(frame["region_en"], frame[f"region_{lang}"], strict=True)),
            dict(zip(frame["region_en"], frame["group3"], strict=True)))


def _span(panel: Panel, width: float) -> tuple[float, float]:
    """All coefficients, and intervals as far as they do not dwarf them."""
    value = np.array([*panel.value.values()])
    half = width * np.array([panel.se[e] for e in panel.value])
    low, high = np.quantile(value, [0.25, 0.75])
    reach = REACH * max(high - low, float(np.median(half)))
    left = max(float((value - half).min()), min(float(value.min()), low - reach))
    right = min(float((value + half).max()), max(float(value.max()), high + reach))
    margin = 0.04 * (right - left)
    return min(left, 0.0) - margin, max(right, 0.0) + margin


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the lines are, and the sample."""
    panels = found(inputs, spec)
    level = 100 * (1 - float(panels[0].result["options"].get("level") or 0.05))
    results = [p.result for p in panels]
    used = notes.variables_of(results)
    return [both("chart.entity-intervals", level=f"{level:g} %", first=_title(panels[0])), *notes.methods(results),
            *notes.sample(inputs, inputs.json(spec["from"][0])["sample"], used), *notes.lag_choice(results),
            *notes.proxies(inputs, used)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
