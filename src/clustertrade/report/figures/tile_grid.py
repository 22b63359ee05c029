"""A variable of each province, or its coordination, in the first and the last year, on a grid of tiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.errors import UsageError
from clustertrade.render.figure import DIVERGING, SEQUENTIAL, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import coordination, labels, notes, sources
from clustertrade.report.figures.tiles import dark, grid
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Two grids with one scale of colour; logarithms are printed as what they are logarithms of."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize, TwoSlopeNorm

    frame, name, label, log = _shown(inputs, spec)
    times = [t for t in sorted(frame["time"].unique()) if frame.loc[frame["time"] == t, name].notna().any()]
    shown = list(dict.fromkeys([times[0], times[-1]]))
    values = frame[frame["time"].isin(shown)][name].dropna()
    low, high = float(values.min()), float(values.max())
    crosses = low < 0 < high                               # then zero is the middle: an average, no change
    norm = TwoSlopeNorm(0.0, min(low, -high / 8), max(high, -low / 8)) if crosses else Normalize(low, high)
    scale = ScalarMappable(norm, cmap=DIVERGING if crosses else SEQUENTIAL)
    fig = figure(height=0.565 * WIDTH if len(shown) > 1 else WIDTH)
    axes = np.atleast_1d(fig.subplots(1, len(shown)))
    for ax, time in zip(axes, shown, strict=True):
        part = frame[frame["time"] == time].set_index("entity")[name].dropna()
        colour = {code: tuple(map(float, scale.to_rgba(value))) for code, value in part.items()}
        printed = {code: _short(float(np.exp(value) if log else value)) for code, value in part.items()}
        inks = {code: "white" if dark(rgba) else "black" for code, rgba in colour.items()}
        grid(ax, lang, colour, printed, inks, narrow=len(shown) > 1)
        ax.set_title(str(time))
    bar = fig.colorbar(scale, ax=list(axes), orientation="horizontal", fraction=0.045, pad=0.02, aspect=45)
    bar.outline.set_linewidth(0.5)                         # type: ignore[operator]
    bar.set_label(in_language(label, lang))
    bar.ax.grid(False)
    return fig


def _measure(spec: Mapping[str, Any]) -> str | None:
    return spec["from"][0].partition("/")[2] if spec.get("from") else None


def _shown(inputs: Inputs, spec: Mapping[str, Any]) -> tuple[pd.DataFrame, str, Text, bool]:
    """Rows with entity and time, the column, its label, and whether it is a logarithm."""
    measure = _measure(spec)
    sample = inputs.plan.sample_of(measure) if measure else spec["sample"]
    if sample is None or inputs.study.section("samples")[sample]["entity"] != "province":
        raise UsageError(f"a tile grid is of provinces; {measure or sample} holds none")
    if measure:
        return coordination.frame(inputs, measure)[0], "D", both("coordination-degree"), False
    name = spec["variables"][0]
    log = labels.transformation(inputs.study, name) == "log"
    return inputs.sample(sample), name, labels.variable(inputs.study, name), log


def _short(value: float) -> str:
    """Two decimals below ten, none above; few enough letters for a tile."""
    if 0 < abs(value) < 0.005:
        return "<0.01" if value > 0 else ">−0.01"
    return f"{value:.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}".replace("-", "−")


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What is printed on the tiles, and the sample."""
    if measure := _measure(spec):
        return [both("chart.tiles"), *coordination.systems_said(inputs, measure)]
    name = spec["variables"][0]
    log = labels.transformation(inputs.study, name) == "log"
    return [both("chart.tiles"), *([both("chart.tiles-log")] if log else []),
            *notes.sample(inputs, spec["sample"], [name]), *notes.proxies(inputs, [name])]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the variable."""
    if measure := _measure(spec):
        return coordination.sources_behind(inputs, measure)
    return sources.behind(inputs.plan, spec["sample"], spec["variables"][:1])
