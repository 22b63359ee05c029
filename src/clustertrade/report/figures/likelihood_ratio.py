"""The likelihood ratio of each threshold over its candidates; under the line lies the interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clustertrade.render.figure import PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A panel a threshold: LR against the candidates, and the critical value at 95 %."""
    drawn = [(i, r, c) for i, r in enumerate(found(inputs, spec), 1) for c in r["details"]["likelihood_ratio"]]
    fig = figure(height=1.5 + 4.2 * len(drawn))
    axes = fig.subplots(len(drawn), 1, squeeze=False)[:, 0]
    for ax, (number, r, curve) in zip(axes, drawn, strict=True):
        ax.plot(curve["values"], curve["ratio"], color=PALETTE[1], linewidth=1.0)
        ax.axhline(curve["critical"], color=PALETTE[2], linewidth=0.8, linestyle="--")
        ax.axvline(curve["threshold"], color="black", linewidth=0.7)
        name = labels.symbol(inputs.study, r["options"]["threshold_var"])
        ax.set_title(in_language(both("thresholds.curve", number=number, variable=name,
                                      threshold=f"{curve['threshold']:.3f}"), lang))
        ax.set_xlabel(name)
        ax.set_ylabel("LR")
    return fig


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The threshold regressions of the entries."""
    return [r for ref in spec["from"] for r in inputs.results(ref) if r["name"] == "threshold"]


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the lines are, and the sample."""
    results = found(inputs, spec)
    used = list(dict.fromkeys([*notes.variables_of(results), *(r["options"]["threshold_var"] for r in results)]))
    samples = dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
    return [both("thresholds.curves"), *notes.symbols_of(inputs, used),
            *(n for s in samples for n in notes.sample(inputs, s, used)), *notes.proxies(inputs, used, symbols=True)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
