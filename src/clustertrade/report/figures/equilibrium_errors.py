"""How far every region is from its long run, over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.errors import UsageError
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.report.figures.small_multiples import multiples
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """y less its long run by the coefficients of each region, the same scale in all panels."""
    r = found(inputs, spec)
    y = r["options"]["y"]
    frame = inputs.sample(inputs.json(spec["from"][0])["sample"])
    own = {row["entity"]: row["coefficients"] for row in r["details"]["entities"]}
    frame = frame[frame["region_en"].isin(own)].dropna(subset=[y, *labels.regressors(r["options"])])
    first = frame.groupby("entity")["time"].transform("rank", method="first")
    value = frame[y].to_numpy(dtype=float).copy()
    for name in {n for b in own.values() for n in b}:
        slope = frame["region_en"].map({e: b.get(name, 0.0) for e, b in own.items()}).to_numpy(dtype=float)
        x = {"const": np.ones(len(frame)), "trend": first.to_numpy(dtype=float)}.get(name)
        value -= slope * (frame[name].to_numpy(dtype=float) if x is None else x)
    legend = both("chart.equilibrium-error", variable=labels.variable(inputs.study, y), method=labels.short(r["name"]))
    return multiples(frame, frame[[y]].assign(**{y: value}), [in_language(legend, lang)], lang)


def found(inputs: Inputs, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The first estimate of a long run with the coefficients of every region.

    Raises
    ------
    UsageError
        There is none.
    """
    for r in (r for ref in spec["from"] for r in inputs.results(ref)):
        if r["details"].get("error_correction") and r["details"].get("entities"):
            return r
    raise UsageError(f"{', '.join(spec['from'])}: no estimate has a long run of every region (fmols, dols, ccr)")


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What the lines are, and the sample."""
    r = found(inputs, spec)
    used = notes.variables_of([r])
    return [both("chart.equilibrium-errors"), *notes.methods([r]),
            *notes.sample(inputs, inputs.json(spec["from"][0])["sample"], used), *notes.lag_choice([r]),
            *notes.proxies(inputs, used)]


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entry."""
    return notes.sources_of(inputs, spec["from"])
