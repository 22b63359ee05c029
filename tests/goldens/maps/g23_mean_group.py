"""plm: mean group, demeaned mean group, common correlated effects, and the regressions of single entities."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, disagreements
from tests.goldens.maps.g25_panelreg import formula_frame

GROUP = "23_longrun"
METHODS = {"Mean Group", "Demeaned Mean Group", "CCE Mean Group", "CCE Pooled", "Unit-by-unit OLS"}
NOT_OFFERED = {"Swamy random coefficients": "no name in the contract", "IM-OLS": "no name in the contract"}
TERMS = {"(Intercept)": "const"}


def to_case(raw: dict[str, Any]) -> Case:
    """plm's r2 of pmg counts one coefficient too many and is not compared; that of pcce is our adj_r2.

    On produc pcce, which projects by generalised inverses, loses six digits: its slopes of entities disagree with those
    of plm's own pmg (the CCE Mean Group cases), with which ours are compared.
    """
    data, y, x = formula_frame(raw["input"]["file"], tuple(raw["input"]["index"]), raw["input"]["formula"])
    entity, time = raw["input"]["index"]
    options, want = raw["options"], raw["expected"]
    name = {"CCE Mean Group": "cce-mg", "CCE Pooled": "cce-pooled"}.get(raw["method"], "mg")
    how: dict[str, Any] = {"trend": "ct" if options.get("trend") else "c"}
    if name == "mg":
        how["demean"] = options["model"] == "dmg"
    run = partial(ct.estimate, name, data, entity=entity, time=time, y=y, x=list(x), convention="plm", **how)
    if raw["method"] == "Unit-by-unit OLS":
        return Case(raw["id"], raw["call"], run, tuple(_of_units(want)))
    checks = []
    rough = raw["call"] == "plm::pcce" and raw["input"]["file"] == "produc.csv"
    kind = "iterated" if rough else "algebraic"
    for term, value in want["coef"].items():
        checks += [Check(term, partial(_term, term=term, key="value"), value, kind),
                   Check(f"{term} se", partial(_term, term=term, key="se"), want["se"][term], kind)]
    checks.append(Check("ssr", lambda r: float((r.resids**2).sum()), want["ssr"]))
    if raw["call"] == "plm::pcce":
        checks.append(Check("adj_r2", lambda r: r.fit["adj_r2"], want["r2"]))
    units = {} if rough else dict(zip(want["unit_coef"]["rows"], want["unit_coef"]["values"], strict=True))
    checks += [Check(f"{term} of entities", disagreements(partial(_column, term=term, key="coefficients"), values), 0)
               for term, values in units.items()]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _term(result: Any, *, term: str, key: str) -> float:
    if term.endswith(".bar"):
        return next(row[key] for row in result.details["averages"] if row["name"] == term)
    return getattr(result[TERMS.get(term, term)], key)


def _column(result: Any, *, term: str, key: str) -> list[float]:
    return [row[key][TERMS.get(term, term)] for row in result.details["entities"]]


def _of_units(want: dict[str, Any]) -> list[Check]:
    checks = []
    for ours, theirs in (("coefficients", "unit_coef"), ("se", "unit_se")):
        for term in want[theirs]["cols"]:
            values = [row[term] for row in want[theirs]["values"]]
            checks.append(Check(f"{term} of entities: {ours}",
                                disagreements(partial(_column, term=term, key=ours), values), 0))
    return checks
