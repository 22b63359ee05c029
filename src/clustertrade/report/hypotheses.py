"""What the entries of a study say about its hypotheses: sentences by rule from p-values and signs, none by hand.

An entry supports a hypothesis if all of its tests do, does not if none does, and is mixed otherwise. A cointegration
test supports by rejecting at 5 % (Johansen: by a rank between none and full; a test whose null is cointegration: by
not rejecting), a causality test by rejecting at 5 %
after Holm over the entry, a coefficient by its sign and a p-value below 5 %, a comparison of groups by rejecting
equality. Measures describe and support nothing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clustertrade.catalog import index
from clustertrade.render.number import number
from clustertrade.render.number import pvalue as printed_p
from clustertrade.render.words import Text, both
from clustertrade.report import labels
from clustertrade.report.decisions import COINTEGRATED, LEVEL, chosen, holm, rejects
from clustertrade.report.layouts.causality import direction
from clustertrade.study.inputs import Inputs

Result = Mapping[str, Any]
SUPPORTED, MIXED, NOT, DESCRIBED = "supported", "mixed", "not-supported", "not-tested"


@dataclass(frozen=True)
class Finding:
    """What one entry says: sentences, and whether it supports the hypothesis."""

    ref: str
    sentences: tuple[Text, ...]
    verdict: str


def findings(inputs: Inputs, hypothesis: Mapping[str, Any]) -> list[Finding]:
    """A finding an entry, in the order of the study file."""
    return [_finding(inputs, ref, hypothesis.get("sign", "+/-")) for ref in hypothesis["entries"]]


def verdict(found: Iterable[Finding]) -> str:
    """The words' key of the verdict over all entries that test anything."""
    return _together([f.verdict for f in found if f.verdict != DESCRIBED])


def _together(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return DESCRIBED
    return verdicts[0] if len(set(verdicts)) == 1 else MIXED


def _all_or_none(held: Sequence[bool]) -> str:
    return SUPPORTED if held and all(held) else MIXED if any(held) else NOT


def _finding(inputs: Inputs, ref: str, sign: str) -> Finding:
    entry = inputs.json(ref)
    if ref.startswith("measures/"):
        return Finding(ref, tuple(_described(inputs, ref, entry)), DESCRIBED)
    results = entry["results"]
    if ref.startswith("estimates/"):
        return _estimates(inputs, ref, results, sign)
    if all(index()[r["name"]]["family"] == "causality" for r in results):
        return _causality(inputs, ref, results)
    return _tests(inputs, ref, results)


def _tests(inputs: Inputs, ref: str, results: Sequence[Result]) -> Finding:
    sentences, held = [], []
    by_test: dict[tuple[str, str], list[Result]] = {}
    for r in results:
        about = labels.pair(inputs.study, r["options"]) if labels.regressors(r["options"]) else \
            labels.symbol(inputs.study, r["options"]["y"])
        by_test.setdefault((r["name"], str(about)), []).append(r)
    for (name, about), group in by_test.items():
        if name == "johansen":
            ranks = [(r["details"].get("rank") or {}).get("trace") for r in group]
            full = 1 + len(labels.regressors(group[0]["options"]))
            held += [rank is not None and 0 < rank < full for rank in ranks]
            listed = labels.enumerated(str(rank) for rank in ranks if rank is not None)
            sentences.append(both("finding.rank", test=labels.short(name), about=about, rank=listed, full=full))
            continue
        outcomes = [bool(rejects(r)) for r in group]
        held += [rejected != (name in COINTEGRATED) for rejected in outcomes]
        p = [s["pvalue"] for r in group for s in [chosen(r)] if s["pvalue"] is not None]
        smallest = both("finding.smallest-p", p=_p(min(p))) if p else ""
        sentences.append(both("finding.test", test=labels.short(name), statistic=chosen(group[0])["name"], about=about,
                              null=both(f"procedure.{name}.null"), k=sum(outcomes), n=len(outcomes),
                              smallest=smallest))
    return Finding(ref, tuple(sentences), _all_or_none(held))


def _causality(inputs: Inputs, ref: str, results: Sequence[Result]) -> Finding:
    p = [chosen(r)["pvalue"] for r in results]
    adjusted = iter(holm([v for v in p if v is not None]))
    sentences, held = [], []
    for r, own in zip(results, p, strict=True):
        if own is None:
            continue
        after = next(adjusted)
        held.append(after < LEVEL)
        sentences.append(both("finding.predicts" if held[-1] else "finding.no-prediction",
                              direction=direction(inputs, r), test=labels.short(r["name"]), p=_p(own), holm=_p(after),
                              order=labels.enumerated([str(r["options"].get("order"))])))
    return Finding(ref, tuple(sentences), _all_or_none(held))


def _estimates(inputs: Inputs, ref: str, results: Sequence[Result], sign: str) -> Finding:
    """The first regressor of each column, by pair of variables; a comparison of groups where there is one."""
    compared = [r["details"]["difference"] for r in results if r["details"].get("difference")]
    sentences, held = [], []
    pairs: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for r in results:
        x = labels.regressors(r["options"])[0]
        rows = [*(r["details"].get("long_run") or []), *r["params"]]
        param = next((p for p in rows if p["name"] == x and p["value"] is not None), None)
        if param is not None:
            pairs.setdefault((r["options"]["y"], x), []).append(param)
    for (y, x), params in pairs.items():
        clear = [(q := _pvalue(p)) is not None and q < LEVEL for p in params]
        held += [c and (sign == "+/-" or (p["value"] > 0) == (sign == "+"))
                 for c, p in zip(clear, params, strict=True)]
        names = {"x": labels.symbol(inputs.study, x), "y": labels.symbol(inputs.study, y)}
        if len(params) == 1:
            sentences.append(both("finding.one-coefficient", **names, value=_signed(params[0]["value"]),
                                  p=_p(_pvalue(params[0]))))
            continue
        positive = sum(c and p["value"] > 0 for c, p in zip(clear, params, strict=True))
        negative = sum(c and p["value"] < 0 for c, p in zip(clear, params, strict=True))
        low, high = min(p["value"] for p in params), max(p["value"] for p in params)
        sentences.append(both("finding.coefficient", **names, n=len(params), positive=positive, negative=negative,
                              spread=f"{_signed(low)} … {_signed(high)}"))
    for difference in compared:
        sentences.append(both("finding.difference", groups=labels.enumerated(map(labels.group, difference["groups"])),
                              p=_p(difference["pvalue"])))
    if compared:                                           # the hypothesis is about the difference then
        held = [d["pvalue"] is not None and d["pvalue"] < LEVEL for d in compared]
    return Finding(ref, tuple(sentences), _all_or_none(held))


def _pvalue(param: Mapping[str, Any]) -> float | None:
    """From the wild bootstrap where it was drawn: clusters are few."""
    wild = param.get("pvalue_wild")
    return param["pvalue"] if wild is None else wild


def _described(inputs: Inputs, ref: str, result: Mapping[str, Any]) -> list[Text]:
    """First and last value of a measure of the whole; the number of rows of any other."""
    *keys, value = result["columns"]
    rows = [row for row in result["rows"] if row[value] is not None]
    name = ref.partition("/")[2]
    label: Text = labels.title(result["name"])
    for v, spec in inputs.study.section("variables").items():
        if spec.get("from") == name and not spec.get("transform"):
            label = labels.variable(inputs.study, v)
    if len(keys) != 1 or len(rows) < 2:
        return [both("finding.rows", label=label, n=len(rows))]
    first, last = rows[0], rows[-1]
    return [both("finding.course", label=label, first=first[keys[0]], last=last[keys[0]], start=number(first[value]),
                 end=number(last[value]))]


def _signed(value: float) -> str:
    return number(value).replace("-", "−")


def _p(p: float | None) -> str:
    if p is None:
        return "–"
    printed = printed_p(p)
    return printed.replace("<", "< ") if printed.startswith("<") else f"= {printed}"
