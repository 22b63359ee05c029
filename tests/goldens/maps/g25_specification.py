"""plm: tests of effects and of serial correlation."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, pvalue, statistic
from tests.goldens.maps.g25_panelreg import formula_frame

GROUP = "25_panelreg"
METHODS = {"F test of effects", "LM tests of effects", "Wooldridge AR test (FE)", "Wooldridge first-difference test"}
NOT_OFFERED: dict[str, str] = {}
KIND = {"individual": "entity", "time": "time", "twoways": "twoway", "within": "entity", "within-time": "time",
        "within-twoways": "twoway"}


def to_case(raw: dict[str, Any]) -> Case:
    """The statistic, its p, and its degrees of freedom."""
    options, want = raw["options"], raw["expected"]
    data, y, x = formula_frame(raw["input"]["file"], tuple(raw["input"]["index"]), raw["input"]["formula"])
    entity, time = raw["input"]["index"]
    if raw["method"] == "LM tests of effects":
        name, which, own = "bp-random", f"LM-{options['type']}", {"effects": KIND[options["effect"]]}
    elif raw["method"] == "F test of effects":
        name, which, own = "f-effects", "F", {"effects": KIND[options["model"]]}
    else:
        variant = {"fd": "differences", "fe": "levels"}[options["h0"]] if options else "within"
        name, which, own = "wooldridge-ar", "F", {"variant": variant}
    run = partial(ct.test, name, data, entity=entity, time=time, y=y, x=list(x), convention="plm", **own)
    checks = [Check(which, statistic(which), want["statistic"]), Check("p", pvalue(which), want["p_value"], "pvalue")]
    if which == "F":
        checks += [Check(f"df {j}", lambda r, j=j: r["F"].df[j - 1], want["parameter"][f"df{j}"]) for j in (1, 2)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
