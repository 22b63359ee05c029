"""Effects by time since a treatment, an event study a panel: points with intervals, and bands that hold together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from clustertrade.errors import UsageError
from clustertrade.render.figure import PALETTE, figure
from clustertrade.render.words import Text, both, in_language
from clustertrade.report import labels, notes
from clustertrade.study.inputs import Inputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Point(NamedTuple):
    """An effect at an event time with its interval and its simultaneous band."""

    event: int
    value: float
    interval: tuple[float, float] | None
    band: tuple[float, float] | None


def draw(inputs: Inputs, spec: Mapping[str, Any], lang: str) -> Figure:
    """A panel an estimator, the same scale in all; the start of the treatment is marked."""
    results = found(inputs, spec)
    fig = figure(height=7.5)
    panels = fig.subplots(1, len(results), sharey=True, squeeze=False)[0]
    for ax, (label, points) in zip(panels, results, strict=True):
        for p in points:
            colour = PALETTE[1] if p.event >= 0 else PALETTE[0]
            if p.band:
                ax.vlines(p.event, *p.band, color=colour, linewidth=0.8, alpha=0.5)
            if p.interval:
                ax.vlines(p.event, *p.interval, color=colour, linewidth=2.2)
            ax.plot(p.event, p.value, marker="o" if p.event >= 0 else "s", color=colour, markersize=4)
        ax.axhline(0, color="black", linewidth=0.7)
        ax.axvline(-0.5, color="#808080", linewidth=0.8, linestyle="--")
        ax.set_title(in_language(label, lang))
        ax.xaxis.get_major_locator().set_params(integer=True)
    fig.supxlabel(in_language(both("event.axis"), lang), fontsize=9)
    outcome = labels.variable(inputs.study, _results(inputs, spec)[0]["options"]["y"])
    fig.supylabel(in_language(outcome, lang), fontsize=9)
    return fig


def _results(inputs: Inputs, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [r for ref in spec["from"] for r in inputs.results(ref) if r["name"] == "event-study"]


def found(inputs: Inputs, spec: Mapping[str, Any]) -> list[tuple[Text, list[Point]]]:
    """The event studies of the entries: label, and points by event time; the reference period stands at zero.

    Raises
    ------
    UsageError
        No column of the entries is an event study.
    """
    made: list[tuple[Text, list[Point]]] = []
    for r in _results(inputs, spec):
        bands = {row["name"]: (row["low"], row["high"]) for row in (r["details"].get("bands") or {}).get("rows", [])}
        points = [Point(int(p["name"][6:-1]), p["value"], tuple(p["ci"]) if p["ci"] else None, bands.get(p["name"]))
                  for p in r["params"] if p["name"].startswith("event[")]
        if -1 not in {p.event for p in points}:
            points.append(Point(-1, 0.0, None, None))
        made.append((both(f"event.method.{r['options']['method']}"), sorted(points)))
    if not made:
        raise UsageError(f"{', '.join(spec['from'])}: no column is an event study")
    return made


def said(inputs: Inputs, spec: Mapping[str, Any]) -> list[Text]:
    """What lines and marks mean, the joint tests, the samples."""
    results = _results(inputs, spec)
    tests: list[Text] = [both("event.tests", method=both(f"event.method.{r['options']['method']}"),
                  pretrend=_p(r["details"].get("pretrend")), placebo=_p(r["details"].get("placebo")))
             for r in results]
    tests += [text for r in results if (text := _sensitivity(r)) is not None]
    samples = dict.fromkeys(inputs.json(ref)["sample"] for ref in spec["from"])
    return [both("event.marks"), *tests,
            *(text for s in samples for text in notes.sample(inputs, s, notes.variables_of(results)[:1])),
            *notes.cautions(results)]


def _p(test: Mapping[str, Any] | None) -> str:
    return "–" if test is None else f"{test['pvalue']:.3f}"


def _sensitivity(r: Mapping[str, Any]) -> Text | None:
    """By how much trends may part before the average is no longer told from zero; None where nobody asked."""
    found = r["details"].get("sensitivity")
    if found is None:
        return None
    method = both(f"event.method.{r['options']['method']}")
    limits = [found[bound]["breakdown"] for bound in ("relative_magnitudes", "smoothness")]
    if limits[0] == 0:
        return both("event.sensitivity-zero", method=method)
    m, bend, observed = ("–" if v is None else f"{v:.3g}" for v in (*limits, found["smoothness"]["observed"]))
    return both("event.sensitivity", method=method, m=m, bend=bend, observed=observed)


def source_ids(inputs: Inputs, spec: Mapping[str, Any]) -> list[str]:
    """The sources behind the entries."""
    return notes.sources_of(inputs, spec["from"])
