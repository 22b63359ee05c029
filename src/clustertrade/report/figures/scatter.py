"""y against x within entities: what the means of entities and periods leave of both, and the line through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustertrade.render.figure import MARKERS, PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes, sources
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

GROUPS = ("east", "central", "west")


class Slope(NamedTuple):
    """Least squares of the residuals of y on those of x, with the interval of clustered errors."""

    value: float
    low: float
    high: float
    n: int
    entities: int


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A point an entity and period, its group by colour and shape; the line with its slope."""
    study, (y, x) = inputs.study, spec["variables"][:2]
    frame = inputs.sample(spec["sample"])[["entity", "time", "group3", y, x]].dropna(subset=[y, x])
    ry, rx = (within(frame, name) for name in (y, x))
    slope = fitted(ry, rx, frame["entity"].to_numpy())
    fig = figure(height=10.5)
    ax = fig.subplots()
    groups = [g for g in GROUPS if (frame["group3"] == g).any()]
    for group, colour, marker in zip(groups or [""], PALETTE[1:4], MARKERS[:3], strict=False):
        mine = (frame["group3"] == group).to_numpy() if groups else np.ones(len(frame), dtype=bool)
        ax.scatter(rx[mine], ry[mine], s=11, c=colour, marker=marker, alpha=0.65, linewidths=0,
                   label=in_language(labels.group(group), lang) if group else None)
    ends = np.array([rx.min(), rx.max()])
    ax.plot(ends, slope.value * ends, color=PALETTE[0], linewidth=1.6)
    ax.axhline(0, color="#808080", linewidth=0.5)
    ax.axvline(0, color="#808080", linewidth=0.5)
    ax.text(0.015, 0.985, in_language(_line(slope), lang), transform=ax.transAxes, va="top", fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5})
    ax.set_xlabel(in_language(labels.variable(study, x), lang))
    ax.set_ylabel(in_language(labels.variable(study, y), lang))
    if groups:
        ax.legend(loc="lower right", frameon=True, framealpha=0.8, edgecolor="none", borderpad=0.2)
    return fig


def within(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Residuals (n,) of a variable after the means of entities and periods, unequal numbers included."""
    import pandas as pd

    dummies = np.hstack([pd.get_dummies(frame["entity"], dtype=float).to_numpy(),
                         pd.get_dummies(frame["time"], drop_first=True, dtype=float).to_numpy()])
    values = frame[name].to_numpy(dtype=float)
    return values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]


def fitted(y: NDArray[np.float64], x: NDArray[np.float64], entity: NDArray[Any], level: float = 0.05) -> Slope:
    """The slope of y (n,) on x (n,), both without means, and its interval.

    Errors are clustered by entity with the factor G/(G-1) (n-1)/(n-k), k the slope and a constant; t(G-1).
    """
    from scipy.special import stdtrit

    sxx = float(x @ x)
    b = float(x @ y) / sxx
    scores = x * (y - b * x)
    _, member = np.unique(entity, return_inverse=True)
    g, n, k = int(member.max()) + 1, len(y), 2
    meat = float((np.bincount(member, weights=scores) ** 2).sum())
    se = np.sqrt(meat * g / (g - 1) * (n - 1) / (n - k)) / sxx
    reach = float(stdtrit(g - 1, 1 - level / 2) * se)
    return Slope(b, b - reach, b + reach, n, g)


def _line(slope: Slope) -> Text:
    value, low, high = (f"{number:.3f}".replace("-", "−") for number in slope[:3])
    return both("chart.slope", value=value, low=low, high=high)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the axes are, the slope with its interval, the sample."""
    y, x = spec["variables"][:2]
    frame = inputs.sample(spec["sample"])[["entity", "time", y, x]].dropna()
    slope = fitted(within(frame, y), within(frame, x), frame["entity"].to_numpy())
    return [both("chart.within"), _line(slope), both("chart.slope-errors", g=slope.entities),
            *notes.sample(inputs, spec["sample"], [y, x]), *notes.proxies(inputs, [y, x])]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind both variables."""
    return sources.behind(inputs.plan, spec["sample"], spec["variables"][:2])
