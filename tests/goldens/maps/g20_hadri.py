"""plm::purtest(test = "hadri")."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, panel_frame, pvalue, statistic

GROUP = "20_panel_unitroot"
METHODS = {"Hadri LM"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """The variance of each entity (Hcons) or one for all, divided by n or n - k."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    entity, time = given["index"]
    dfcor = {"dfcor": True} if options["dfcor"] else {}                # plm's own is no
    run = partial(ct.test, "hadri", panel_frame(given), entity=entity, time=time, y=given["column"],
                  trend={"intercept": "c", "trend": "ct"}[options["exo"]], homoskedastic=not options["Hcons"],
                  convention="plm", **dfcor)
    return Case(raw["id"], raw["call"], run, (Check("Z", statistic("Z"), want["statistic"]),
                                              Check("Z p", pvalue("Z"), want["p_value"], "pvalue")))
