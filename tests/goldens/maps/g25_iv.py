"""plm: instrumental variables within entities; its other models with instruments have no name in the contract."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check
from tests.goldens.maps.g25_panelreg import formula_frame

GROUP = "25_panelreg"
METHODS = {"Panel IV / Hausman-Taylor"}
NOT_OFFERED = {"Panel IV / Hausman-Taylor": "between, random effects and Hausman-Taylor with instruments"}


def to_case(raw: dict[str, Any]) -> Case | None:
    """Coefficients, standard errors and the residual sum of squares; year dummies are effects of periods here."""
    if raw["options"].get("model") != "within":
        return None
    left, right = raw["input"]["formula"].split("~")
    regressors, changes = right.split("|")
    terms = [t.strip() for t in regressors.split("+")]
    fixed = {"log(pctmin)", "region", "smsa"}              # within entities these do not vary: plm drops them
    years = [t for t in terms if t.startswith("factor(")]
    endog = re.findall(r"- ([\w()]+)", changes)
    instrument = re.findall(r"\+ ([\w()]+)", changes)
    x = [t for t in terms if t not in {*fixed, *years, *endog}]
    entity, time = raw["input"]["index"]
    formula = f"{left.strip()} ~ {' + '.join([*x, *endog, *instrument])}"
    data, y, _ = formula_frame(raw["input"]["file"], (entity, time), formula)
    run = partial(ct.estimate, "iv-fe", data, entity=entity, time=time, y=y, x=x, endog=endog, instrument=instrument,
                  effects="twoway" if years else "entity")
    checks = [Check("nobs", lambda r: r.nobs, raw["expected"]["nobs"]),
              Check("ssr", lambda r: float((r.resids**2).sum()), raw["expected"]["ssr"])]
    for term, row in raw["expected"]["coef"].items():
        if not term.startswith("factor("):
            checks += [Check(term, lambda r, n=term: r[n].value, row["coef"]),
                       Check(f"{term} se", lambda r, n=term: r[n].se, row["se"]),
                       Check(f"{term} p", lambda r, n=term: r[n].pvalue, row["p"], "pvalue")]
    return Case(raw["id"], raw["call"], run, tuple(checks))
