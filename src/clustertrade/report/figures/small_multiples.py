"""Two variables over time, a panel a region, the same scales in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.errors import UsageError, first_of
from clustertrade.render.figure import PALETTE, WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes, sources
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MOST = 48
PANEL, TITLE, GAP, SIDE, TOP, BOTTOM = 1.75, 0.55, 0.22, 1.0, 1.15, 0.45   # cm
COLOURS = (PALETTE[1], PALETTE[2])
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)))
MARGIN = 0.08                                              # of the range, above and below the lines


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """Deviations from each region's mean; the second variable is drawn to the scale on the right."""
    names = list(spec["variables"])
    if len(names) > 2:
        raise UsageError(f"small multiples show one or two variables; not {first_of(names)}")
    frame = inputs.sample(spec["sample"]).dropna(subset=names, how="all")
    centred = frame[names] - frame.groupby("entity")[names].transform("mean")
    return multiples(frame, centred, [_legend(inputs, n, i, len(names) > 1, lang) for i, n in enumerate(names)], lang)


def multiples(frame: pd.DataFrame, centred: pd.DataFrame, legends: Sequence[str], lang: str) -> Figure:
    """A panel a region with the one or two columns of ``centred``, whose rows are those of ``frame``.

    Raises
    ------
    UsageError
        More regions than a page has room for.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    names = list(centred.columns)
    entities = frame.drop_duplicates("entity")[["entity", f"region_{lang}"]]
    if len(entities) > MOST:
        raise UsageError(f"small multiples show at most {MOST} regions, not {len(entities)}")
    spans = [_span(centred[n].to_numpy()) for n in names]
    periods = frame["time"].astype(str)
    years = periods.str[:4].astype(int) + (periods.str[5:7].replace("", "1").astype(int) - 1) / 12
    columns = 5 if len(entities) <= 30 else 6
    page = Page(len(entities), columns)
    fig = figure(height=page.height)
    fig.set_layout_engine("none")                          # panels of one size need no search for a layout
    ax = fig.add_axes((0, 0, 1, 1))                        # one axis in cm: a hundred small ones would be slow to draw
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, page.height)
    ax.set_axis_off()
    first, last = float(years.min()) - 0.5, float(years.max()) + 0.5
    years_shown = MaxNLocator(nbins=3 if columns == 5 else 2, integer=True).tick_values(first, last)
    ticks = [t for t in years_shown if first <= t <= last]
    heights = [[t for t in MaxNLocator(nbins=4).tick_values(*s) if s[0] <= t <= s[1]] for s in spans]
    thin: list[Any] = []
    frames: list[Any] = []
    lines: list[list[Any]] = [[] for _ in names]
    for at, (_, row) in enumerate(entities.iterrows()):
        left, low = page.corner(at)
        mine = (frame["entity"] == row["entity"]).to_numpy()
        across = left + (years[mine].to_numpy() - first) / (last - first) * page.width
        for i, (name, span) in enumerate(zip(names, spans, strict=True)):
            lines[i].append(np.column_stack([across, low + _share(centred.loc[mine, name].to_numpy(), span) * PANEL]))
        frames.append([(left, low + PANEL), (left, low), (left + page.width, low)])
        ax.text(left, low + PANEL + 0.14, row[f"region_{lang}"], fontsize=7.5, va="baseline")
        for tick in ticks:
            x = left + (tick - first) / (last - first) * page.width
            thin.append([(x, low), (x, low + PANEL)])
            if at >= len(entities) - columns:
                ax.text(x, low - 0.08, f"{tick:g}", fontsize=6.5, ha="center", va="top")
        for tick in heights[0]:
            y = low + _share(tick, spans[0]) * PANEL
            thin.append([(left, y), (left + page.width, y)])
            if at % columns == 0:
                ax.text(left - 0.08, y, _number(tick), fontsize=6.5, ha="right", va="center",
                        color=COLOURS[0] if len(names) > 1 else "black")
        if len(names) > 1 and (at % columns == columns - 1 or at == len(entities) - 1):
            right = left + page.width
            frames.append([(right, low), (right, low + PANEL)])
            for tick in heights[1]:
                y = low + _share(tick, spans[1]) * PANEL
                frames.append([(right, y), (right + 0.06, y)])
                ax.text(right + 0.12, y, _number(tick), fontsize=6.5, ha="left", va="center", color=COLOURS[1])
    ax.add_collection(LineCollection(thin, colors="#dddddd", linewidths=0.4))
    for i, drawn in enumerate(lines):
        ax.add_collection(LineCollection(drawn, colors=COLOURS[i], linestyles=[DASHES[i]], linewidths=1.1))
    ax.add_collection(LineCollection(frames, colors="black", linewidths=0.6))
    handles = [Line2D([], [], color=COLOURS[i], linestyle=DASHES[i], linewidth=1.4,
                      label=text) for i, text in enumerate(legends)]
    fig.legend(handles=handles, loc="upper center", ncols=1, fontsize=8, borderaxespad=0.2)
    return fig


class Page:
    """Where the panels stand, in cm from the lower left corner of the figure."""

    def __init__(self, n: int, columns: int) -> None:
        self.columns = columns
        self.height = TOP + -(-n // columns) * (PANEL + TITLE) + BOTTOM
        self.width = (WIDTH - 2 * SIDE - (columns - 1) * GAP) / columns

    def corner(self, at: int) -> tuple[float, float]:
        """The lower left corner of a panel; they are counted by rows from the top."""
        row, column = divmod(at, self.columns)
        return SIDE + column * (self.width + GAP), self.height - TOP - (row + 1) * (PANEL + TITLE)


def _share(values: Any, span: tuple[float, float]) -> Any:
    return (values - span[0]) / (span[1] - span[0])


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _span(values: np.ndarray) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = MARGIN * (high - low) or 1.0
    return low - room, high + room


def _legend(inputs: Inputs, name: str, at: int, sided: bool, lang: str) -> str:
    label = labels.variable(inputs.study, name)
    return in_language(both(("chart.left", "chart.right")[at], label=label) if sided else label, lang)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the lines are, and the sample."""
    names = list(spec["variables"])
    return [both("chart.deviations"), *notes.sample(inputs, spec["sample"], names), *notes.proxies(inputs, names)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the variables."""
    return sources.behind(inputs.plan, spec["sample"], spec["variables"])
