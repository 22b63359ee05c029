"""The way back to the long run after a unit deviation from it: a panel an estimator, groups of regions beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clustertrade.errors import UsageError
from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.number import number
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import adjustment, labels, notes
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST, MOST = 8, 30                                       # periods shown
DASHES = ((0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (2, 1)))


class Panel(NamedTuple):
    """One estimator: its result, speed with interval, half-life, and the mean speeds of the groups."""

    result: dict[str, Any]
    ec: float
    interval: tuple[float, float] | None
    half_life: Mapping[str, Any]
    groups: dict[str, float]


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Line and band: the estimate; dashed lines: mean speeds of groups of regions; cross: the half-life."""
    panels = found(inputs, spec)
    lives = [p.half_life["value"] for p in panels if p.half_life["value"] is not None]
    periods = min(MOST, max(FEWEST, math.ceil(2.5 * max(lives, default=4.0))))
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    fig = figure(height=max(0.32 * WIDTH * rows, 0.45 * WIDTH))
    axes = np.atleast_1d(fig.subplots(rows, columns, sharex=True, sharey=True)).ravel()
    kinds = [g for g in labels.GROUPS if any(g in p.groups for p in panels)]
    h = np.arange(periods + 1)
    for ax, panel in zip(axes, panels, strict=False):
        if panel.interval is not None:
            ax.fill_between(h, *adjustment.band(panel.interval, periods), color=PALETTE[0], alpha=0.13, linewidth=0)
        for kind, colour, dash in zip(kinds, PALETTE[1:], DASHES, strict=False):
            if kind in panel.groups:
                ax.plot(h, adjustment.path(panel.groups[kind], periods), color=colour, linestyle=dash, linewidth=1.2,
                        label=in_language(labels.group(kind), lang))
        ax.plot(h, adjustment.path(panel.ec, periods), color=PALETTE[0], label=in_language(both("chart.all"), lang))
        ax.axhline(0, color="black", linewidth=0.7)
        life = panel.half_life["value"]
        if life is not None:
            ax.plot([0, life, life], [0.5, 0.5, 0], color="#606060", linewidth=0.8, linestyle=(0, (4, 2)))
            ax.plot([life], [0.5], marker="x", color=PALETTE[0], markersize=5)
        ax.set_title(in_language(_titled(panel), lang), fontsize=8.5)
        ax.xaxis.get_major_locator().set_params(integer=True)
    low = min(float(adjustment.path(p.ec, periods).min()) for p in panels)
    axes[0].set_ylim(min(0.0, max(low, -1.0)) - 0.04,
                     1.08 if all(p.half_life["value"] is not None for p in panels) else 1.5)
    axes[0].set_xlim(0, periods)
    for ax in axes[len(panels):]:
        ax.set_axis_off()
    fig.supxlabel(in_language(both("chart.years-after"), lang), fontsize=9)
    fig.supylabel(in_language(both("chart.left-of-deviation"), lang), fontsize=9)
    if kinds:
        by_name = {name: handle for ax in axes for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
        fig.legend([*by_name.values()], [*by_name], loc="outside upper left", ncols=len(by_name))
    return fig


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[Panel]:
    """The estimates that have a speed of adjustment.

    Raises
    ------
    UsageError
        None has.
    """
    frame = inputs.sample(inputs.json(spec["from"][0])["sample"]).drop_duplicates("entity")
    group_of = dict(zip(frame["region_en"], frame["group3"], strict=True)) if "group3" in frame else {}
    panels = []
    for r in (r for ref in spec["from"] for r in inputs.results(ref)):
        ec, life = adjustment.speed(r)
        if ec is None or ec["value"] is None or life is None:
            continue
        own: dict[str, list[float]] = {}
        for entity, value in adjustment.own_speeds(r).items():
            if kind := group_of.get(entity):
                own.setdefault(str(kind), []).append(value)
        panels.append(Panel(r, ec["value"], tuple(ec["ci"]) if ec.get("ci") else None, life,
                            {g: float(np.mean(v)) for g, v in own.items()} if len(own) > 1 else {}))
    if not panels:
        raise UsageError(f"{', '.join(spec['from'])}: no estimate has a speed of adjustment (fmols, dols, ccr, pmg, "
                         "mg, dfe, or cce-mg with lags of y)")
    return panels


def _called(panel: Panel) -> Text:
    label = (panel.result["details"].get("column") or {}).get("label")
    return texts(label) if label else labels.short(panel.result["name"])


def _titled(panel: Panel) -> Text:
    """The estimator and its half-life with the interval, or what its deviations do instead."""
    life = panel.half_life
    if life["value"] is None:
        text: Text = both(f"layout.{life['adjustment'].replace(' ', '-')}")
    elif life["ci"] is None:
        text = both("chart.half-life", value=number(life["value"], 1))
    else:
        low, high = life["ci"]
        text = both("chart.half-life-interval", value=number(life["value"], 1), low=number(low, 1),
                    high="∞" if high is None else number(high, 1))
    return both("chart.of-method", method=_called(panel), text=text)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, how many regions do not return by their own speed, and the sample."""
    panels = found(inputs, spec)
    level = 100 * (1 - float(panels[0].result["options"].get("level") or 0.05))
    results = [p.result for p in panels]
    used = notes.variables_of(results)
    away = []
    for p in panels:
        own = [*adjustment.own_speeds(p.result).values()]
        if k := sum(not -1 < v < 0 for v in own):
            away.append(both("chart.not-back", method=_called(p), k=k, n=len(own)))
    return [both("chart.adjustment-said", level=f"{level:g} %"),
            *([both("chart.group-speeds")] if any(p.groups for p in panels) else []),
            *([both("chart.by-own-speeds", list=labels.joined(away, "; "))] if away else []),
            *notes.methods(results),
            *notes.sample(inputs, inputs.json(spec["from"][0])["sample"], used), *notes.proxies(inputs, used),
            *notes.cautions(results)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
