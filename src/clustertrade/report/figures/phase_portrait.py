"""The plane of two populations: nullclines and field of the estimated symbiosis model, and the path of the data."""

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

ROOM = 1.25                                                # the plane reaches so far beyond the data


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """First population across, second up; arrows show the direction of change, their colour is light on purpose."""
    name = spec["from"][0].partition("/")[2]
    result = inputs.json(f"measures/{name}")
    names = [e["population"] for e in result["details"]["equations"]][:2]
    r, own, other = np.array([[c["value"] for c in e["coefficients"]] for e in result["details"]["equations"][:2]]).T
    path = _path(inputs, name, names)
    most = ROOM * path.max(0)
    x, y = np.meshgrid(np.linspace(most[0] / 40, most[0], 17), np.linspace(most[1] / 40, most[1], 13))
    dx, dy = x * (r[0] + own[0] * x + other[0] * y), y * (r[1] + own[1] * y + other[1] * x)
    size = np.hypot(dx / most[0], dy / most[1]) + 1e-300
    fig = figure(width=0.75 * WIDTH, height=0.62 * WIDTH)
    ax = fig.subplots()
    ax.quiver(x, y, dx / most[0] / size, dy / most[1] / size, color="#bbbbbb", angles="uv", scale=32, width=0.0022)
    grid = np.linspace(0, most[0], 200)
    for i, (value, label) in enumerate(((-(r[0] + own[0] * grid) / other[0], names[0]),
                                        (-(r[1] + other[1] * grid) / own[1], names[1]))):
        word = in_language(both("coordination.nullcline", system=_named(inputs, name, label)), lang)
        ax.plot(grid, value, color=PALETTE[i + 1], linestyle=("-", "--")[i], label=word)
    ax.plot(path[:, 0], path[:, 1], color="black", marker="o", markersize=3,
            label=in_language(both("coordination.path"), lang))
    ax.annotate("", xy=path[-1], xytext=path[-2], arrowprops={"arrowstyle": "->", "color": "black"})
    inner = next(e for e in result["details"]["equilibria"] if len(e["alive"]) == len(e["levels"]))
    if inner["feasible"]:
        ax.plot(*[[v] for v in list(inner["levels"].values())[:2]], marker="*", markersize=9, color=PALETTE[5],
                linestyle="none", label=in_language(both("coordination.symbiosis.equilibrium"), lang))
    ax.set_xlim(0, most[0])
    ax.set_ylim(0, most[1])
    ax.set_xlabel(in_language(labels.subsystem(inputs.study, name, names[0]), lang))
    ax.set_ylabel(in_language(labels.subsystem(inputs.study, name, names[1]), lang))
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


def _named(inputs: Inputs, measure: str, population: str) -> dict[str, str]:
    text = labels.subsystem(inputs.study, measure, population)
    return {lang: in_language(text, lang) for lang in ("en", "zh")}


def _path(inputs: Inputs, measure: str, names: list[str]) -> np.ndarray:
    """Means over the regions by year of what the model was estimated from."""
    data, _ = frame(inputs, inputs.study.section("measures")[measure]["of"])
    return data.groupby("time")[names].mean().to_numpy()


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is drawn, and what the subsystems are made of."""
    base = inputs.study.section("measures")[spec["from"][0].partition("/")[2]]["of"]
    return [both("coordination.phase-said"), *systems_said(inputs, base)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the measure."""
    return sources_behind(inputs, spec["from"][0].partition("/")[2])
