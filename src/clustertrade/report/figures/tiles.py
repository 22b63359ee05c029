"""The 31 provinces as tiles on a grid: where they lie without a boundary on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.data import regions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 0.06
ROWS, COLUMNS = 8, 7
EMPTY = "#ffffff"
LONG = {"Inner Mongolia": "Inner\nMongolia", "Heilongjiang": "Heilong-\njiang"}
# Where two grids share the width of a page, also these have to break.
LONG_IN_NARROW = {"Liaoning": "Liao-\nning", "Shanghai": "Shang-\nhai", "Zhejiang": "Zhe-\njiang",
                  "Shandong": "Shan-\ndong", "Guangdong": "Guang-\ndong", "Chongqing": "Chong-\nqing",
                  "Xinjiang": "Xin-\njiang"}


def grid(ax: Axes, lang: str, colour: Mapping[str, Any], below: Mapping[str, str], ink: Mapping[str, str], *,
         narrow: bool = False) -> None:
    """Draw a tile a province.

    Parameters
    ----------
    ax : Axes
        Emptied of everything else.
    lang : {"en", "zh"}
        Chinese tiles bear the one-letter name.
    colour : code to colour
        A province without one stays white with a dashed edge.
    below : code to text
        What stands under the name.
    ink : code to colour
        Of the letters; black where there is none.
    narrow : bool
        Two grids stand side by side, so that fewer letters fit.
    """
    from matplotlib.patches import Rectangle

    for code, (row, column, letter) in regions.tiles().items():
        x, y, filled = column - 1, row - 1, code in colour
        name = NAMES[code] if lang == "en" else letter
        text = below.get(code, "")
        size = 10.5 if lang == "zh" else 5.6 if len(name) > 9 else 5.9 if narrow else 6.6
        printed = {**LONG, **(LONG_IN_NARROW if narrow else {})}.get(name, name) if lang == "en" else name
        put = [
            ax.add_patch(Rectangle((x + GAP / 2, y + GAP / 2), 1 - GAP, 1 - GAP, facecolor=colour.get(code, EMPTY),
                                   edgecolor="#808080", linewidth=0.5 if filled else 0.8,
                                   linestyle="-" if filled else (0, (2, 2)))),
            ax.text(x + 0.5, y + (0.36 if text else 0.5), printed, ha="center", va="center", fontsize=size,
                    color=ink.get(code, "black"), linespacing=0.95),
            ax.text(x + 0.5, y + 0.75, text, ha="center", va="center", color=ink.get(code, "black"),
                    fontsize=6.5 if len(text) > 1 else 10),
        ]
        for artist in put:                                 # all inside the axes: nothing for the layout to measure
            artist.set_in_layout(False)
    ax.set_xlim(0, COLUMNS)
    ax.set_ylim(ROWS, 0)
    ax.set_aspect("equal")
    ax.set_axis_off()


NAMES = {region.code: region.name_en for region in regions.provinces()}


def dark(rgba: tuple[float, ...]) -> bool:
    """Whether white letters read better than black ones on a colour (relative luminance of WCAG)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18
