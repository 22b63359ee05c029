"""Which published variable is there for how many regions in which year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.data import codebook
from clustertrade.render.figure import figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report.layouts.quality import behind, used
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure



def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A row a variable and source, a column a year, darker the more regions have a figure; white: none has."""
    from matplotlib.colors import ListedColormap

    rows = list(used(inputs, inputs.json("clean/quality")["coverage"]))
    counts = [_by_year(row) for row in rows]
    first, last = min(min(c) for c in counts), max(max(c) for c in counts)
    table = np.array([[c.get(y, 0) / max(row["regions"], _full(row)) for y in range(first, last + 1)]
                      for row, c in zip(rows, counts, strict=True)])
    fig = figure(height=2.0 + 0.46 * len(rows))
    ax = fig.subplots()
    blues = ListedColormap([(1 - s * 0.9, 1 - s * 0.55, 1 - s * 0.3) for s in np.linspace(0.1, 1, 64)])
    image = ax.pcolormesh(np.arange(first, last + 2) - 0.5, np.arange(len(rows) + 1) - 0.5,
                          np.ma.masked_equal(table, 0), cmap=blues, vmin=0, vmax=1, edgecolors="white", linewidth=0.6)
    names = [f"{_name(row, lang)} [{_ids(inputs, row['source_id'])}]" for row in rows]
    ax.set_yticks(range(len(rows)), names, fontsize=7)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.locator_params(axis="x", integer=True)
    ax.grid(False)
    ax.tick_params(axis="y", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    bar = fig.colorbar(image, ax=ax, orientation="horizontal", fraction=0.03, pad=0.01, aspect=40,
                       format=lambda v, _: f"{v:.0%}")
    bar.set_label(in_language(both("chart.share-of-regions"), lang))
    bar.outline.set_visible(False)                         # type: ignore[operator]
    bar.ax.grid(False)
    return fig


def _full(row: Mapping[str, Any]) -> int:
    """How many regions there could be."""
    return 31 if row["level"] == "province" else int(row["regions"])


def _by_year(row: Mapping[str, Any]) -> dict[int, int]:
    """Regions with a figure by year; where the report counts none by year, all regions from first to last."""
    if row.get("by_period"):
        return {int(year): int(n) for year, n in row["by_period"].items() if n}
    years = set(range(int(row["first"][:4]), int(row["last"][:4]) + 1)) - set(row["absent_years"])
    return dict.fromkeys(sorted(years), int(row["regions"]))


def _name(row: Mapping[str, Any], lang: str) -> str:
    return codebook.label(row["variable"], lang)


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the colours mean."""
    return [both("chart.coverage")]


def _ids(inputs: Inputs, source: str) -> str:
    ids = behind(inputs, source)
    return ids[0] if len(ids) == 1 else f"{ids[0]}–{ids[-1]}"


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources of the rows."""
    rows = used(inputs, inputs.json("clean/quality")["coverage"])
    return list(dict.fromkeys(s for row in rows for s in behind(inputs, row["source_id"])))
