"""Do the systems co-evolve?  What synergy and symbiosis say, beside cointegration and causality, by rule.

Measures of coordination describe levels: two systems that both grow score well, whether or not one has to do with the
other.  The tests ask for more.  The sentences say what each finds, and whether the two kinds agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clustertrade.catalog import index
from clustertrade.render.words import Text, both
from clustertrade.report import labels
from clustertrade.report.coordination import frame
from clustertrade.report.decisions import LEVEL, chosen, holm, rejects
from clustertrade.study.inputs import Inputs


def sentences(inputs: Inputs) -> list[Text]:
    """The section's sentences; none where the study measures no synergy."""
    found: list[Text] = []
    together = _synergy(inputs, found)
    if together is None:
        return []
    _models(inputs, found)
    related = _tests(inputs, found)
    if related is not None:
        word = ("agree-yes" if related else "levels-only") if together else ("tests-only" if related else "agree-no")
        found.append(both(f"coevolve.{word}"))
    found.append(both("coevolve.caution"))
    return found


def _of(inputs: Inputs, procedure: str) -> list[str]:
    return [n for n, spec in inputs.study.section("measures").items() if spec["measure"] == procedure]


def _synergy(inputs: Inputs, found: list[Text]) -> bool | None:
    """Whether most regions advance in both systems between the bases and the last year; None without a measure."""
    shares = []
    for name in _of(inputs, "synergy"):
        data, result = frame(inputs, name)
        if "entity" not in data.columns:
            continue
        last = data[data["time"] == data["time"].max()].dropna(subset=["synergy"])
        shares.append(float((last["synergy"] > 0).mean()))
        base = result["options"]["base"]
        word = "synergy-previous" if base == "previous" else "synergy-fixed"
        found.append(both(f"coevolve.{word}", k=int((last["synergy"] > 0).sum()), n=len(last),
                          year=str(data["time"].max()), first=str(data["time"].min()) if base == "first" else base,
                          mean=f"{last['synergy'].mean():z.3f}".replace("-", "−")))
    return shares[0] > 0.5 if shares else None


def _models(inputs: Inputs, found: list[Text]) -> None:
    for name in _of(inputs, "symbiosis"):
        mode = inputs.json(f"measures/{name}")["details"]["modes"][0]
        sure = mode["mode_certain"]
        found.append(both("coevolve.symbiosis-certain" if sure else "coevolve.symbiosis-open",
                          mode=both(f"coordination.mode.{mode['mode']}")))
    for name in _of(inputs, "haken"):
        leader = inputs.json(f"measures/{name}")["details"]["order_parameter"]
        found.append(both("coevolve.haken", leader=labels.subsystem(inputs.study, name, leader)) if leader
                     else both("coevolve.haken-none"))


def _tests(inputs: Inputs, found: list[Text]) -> bool | None:
    """Whether most of the panel cointegration tests, or any direction of causality after Holm, reject."""
    outcomes: dict[str, list[bool]] = {"cointegration": [], "causality": []}
    p: list[float] = []
    for name, spec in inputs.study.section("tests").items():
        if inputs.study.section("samples")[spec["sample"]]["entity"] == "none":
            continue
        for result in inputs.results(f"tests/{name}"):
            family = index()[result["name"]]["family"]
            if family == "cointegration":
                outcomes[family].append(bool(rejects(result)))
            elif family == "causality" and (value := _p(result)) is not None:
                p.append(value)
    outcomes["causality"] = [q < LEVEL for q in holm(p)]
    for family, held in outcomes.items():
        if held:
            found.append(both(f"coevolve.{family}", k=sum(held), n=len(held)))
    if not any(outcomes.values()):
        return None
    most = outcomes["cointegration"]
    return bool(most and sum(most) > len(most) / 2) or any(outcomes["causality"])


def _p(result: Mapping[str, Any]) -> float | None:
    value = chosen(result)["pvalue"]
    return None if value is None else float(value)
