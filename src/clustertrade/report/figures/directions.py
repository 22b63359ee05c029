"""Granger directions of each province on a grid of tiles, with what that many tests find by chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.data import regions
from clustertrade.errors import UsageError
from clustertrade.render.figure import WIDTH, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.report.decisions import LEVEL, holm
from clustertrade.report.figures.tiles import grid
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"both": "#0072B2", "forth": "#56B4E9", "back": "#E69F00", "neither": "#eeeeee"}
MARKS = {"both": "↔", "forth": "→", "back": "←", "neither": "–"}


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """One grid: which variable helps to predict which in each province, by its own test at 5 %."""
    from matplotlib.patches import Patch

    forth, back = pair(inputs, spec)
    found = {code: _kind(p, q) for code, (p, q) in _pvalues(forth, back).items()}
    fig = figure(height=0.86 * WIDTH)
    ax = fig.subplots()
    grid(ax, lang, {code: COLOURS[kind] for code, kind in found.items()},
         {code: MARKS[kind] for code, kind in found.items()},
         {code: "white" for code, kind in found.items() if kind == "both"})
    handles = [Patch(facecolor=COLOURS[kind], edgecolor="#808080", linewidth=0.5,
                     label=f"{MARKS[kind]}  {in_language(text, lang)} ({sum(k == kind for k in found.values())})")
               for kind, text in _legend(inputs, forth).items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=2)
    return fig


def pair(inputs: Inputs, spec: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first two results of the entry that are each other's reverse at the same order.

    Raises
    ------
    UsageError
        There are none with a row a province.
    """
    results = [r for ref in spec["from"] for r in inputs.results(ref) if r["details"].get("entities")]
    for forth in results:
        for back in results:
            asked, other = forth["options"], back["options"]
            if labels.regressors(asked) == [other["y"]] and labels.regressors(other) == [asked["y"]] \
                    and asked.get("order") == other.get("order"):
                return forth, back
    raise UsageError(f"{', '.join(spec['from'])}: no two results are each other's reverse with a row a province")


def _pvalues(forth: dict[str, Any], back: dict[str, Any]) -> dict[str, tuple[float, float]]:
    rows = [{regions.find(str(row["entity"])): row["pvalue"] for row in r["details"]["entities"]}
            for r in (forth, back)]
    return {region.code: (p, rows[1][region]) for region, p in rows[0].items()
            if region is not None and p is not None and rows[1].get(region) is not None}


def _kind(forth: float, back: float) -> str:
    if forth < LEVEL:
        return "both" if back < LEVEL else "forth"
    return "back" if back < LEVEL else "neither"


def _legend(inputs: Inputs, forth: Mapping[str, Any]) -> dict[str, Text]:
    y = labels.symbol(inputs.study, forth["options"]["y"])
    x = labels.symbol(inputs.study, labels.regressors(forth["options"])[0])
    return {"forth": both("helps-to-predict", x=x, y=y), "back": both("helps-to-predict", x=y, y=x),
            "both": both("direction-of.both"), "neither": both("direction-of.neither")}


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """How many rejections chance alone gives, and how many are left after Holm."""
    forth, back = pair(inputs, spec)
    values = list(_pvalues(forth, back).values())
    every = [p for both_ways in values for p in both_ways]
    found, left = sum(p < LEVEL for p in every), sum(p < LEVEL for p in holm(every))
    names = [inputs.json(ref)["sample"] for ref in spec["from"]]
    used = notes.variables_of([forth])
    return [*notes.sample(inputs, names[0], used), *notes.methods([forth]), *notes.lag_choice([forth]),
            both("chart.directions", n=len(values)),
            both("chart.chance", tests=len(every), expected=f"{LEVEL * len(every):.1f}", found=found, left=left),
            both("note.prediction"), *notes.proxies(inputs, used)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind both variables."""
    return notes.sources_of(inputs, spec["from"])
