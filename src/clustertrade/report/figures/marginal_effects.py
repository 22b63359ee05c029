"""The effect of x along its moderator, with its interval."""

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
    """A panel an estimate: the effect over the range of the moderator."""
    results = found(inputs, spec)
    fig = figure(height=1.5 + 4.6 * len(results))
    axes = fig.subplots(len(results), 1, squeeze=False)[:, 0]
    for ax, r in zip(axes, results, strict=True):
        rows = r["details"]["marginal"]
        at = [row["moderator"] for row in rows]
        ax.fill_between(at, [row["low"] for row in rows], [row["high"] for row in rows], color=PALETTE[1], alpha=0.2,
                        linewidth=0)
        ax.plot(at, [row["effect"] for row in rows], color=PALETTE[1])
        ax.axhline(0, color="black", linewidth=0.7)
        x, m = (labels.symbol(inputs.study, v) for v in (labels.regressors(r["options"])[0], r["options"]["moderator"]))
        y = labels.symbol(inputs.study, r["options"]["y"])
        ax.set_title(in_language(both("marginal.effect", x=x, y=y), lang))
        ax.set_xlabel(m)
    return fig


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The moderations of the entries."""
    return [r for ref in spec["from"] for r in inputs.results(ref) if r["name"] == "moderation"]


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """Intervals, errors, the test for a U where x is its own moderator, the sample."""
    results = found(inputs, spec)
    used = list(dict.fromkeys([*notes.variables_of(results), *(r["options"]["moderator"] for r in results)]))
    samples = dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
    level = f"{100 * (1 - results[0]['options']['level']):g} %"
    shown = [both("marginal.said", level=level, cov=labels.covariance(results[0]))]
    for r in results:
        u = r["details"].get("u_test")
        if u:
            shape = both(f"marginal.{u['shape'].replace(' ', '-')}")
            shown.append(both("marginal.u-test", x=labels.symbol(inputs.study, r["options"]["moderator"]), shape=shape,
                              extreme=f"{u['extreme']:.3f}", p=f"{u['pvalue']:.3f}"))
    return [*shown, *notes.symbols_of(inputs, used),
            *(n for s in samples for n in notes.sample(inputs, s, used)), *notes.proxies(inputs, used, symbols=True)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
