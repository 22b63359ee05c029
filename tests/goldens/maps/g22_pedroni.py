"""Pedroni's seven statistics before standardisation: pco (group rho and PP) and a coding of table 1 in R."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "22_panel_coint"
METHODS = {"Pedroni (group rho, group PP)", "Pedroni 7 statistics (unstandardized)"}
NOT_OFFERED = {
    "Breitung two-step panel rank test": "no name in the contract",
    "Panel Saikkonen-Luetkepohl rank test": "no name in the contract",
    "CAIN panel rank test": "no name in the contract",
}
NAMES = {"panel_v_raw": "panel-v-w", "panel_rho_raw": "panel-rho-w", "panel_pp_raw": "panel-PP-w",
         "panel_adf_raw": "panel-ADF-w", "group_rho_raw": "group-rho", "group_pp_raw": "group-PP",
         "group_adf_raw": "group-ADF"}
TREND = {1: "n", 2: "c", 3: "ct", "none": "n", "intercept": "c", "trend": "ct"}


def to_case(raw: dict[str, Any]) -> Case:
    """The panel statistics of the table weigh entities by 1 / L11^2: the ones with -w here."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    x = given["x"] if isinstance(given["x"], list) else [given["x"]]
    entity, time = given["index"]
    data = frame(given["file"])[[entity, time, given["y"], *x]]
    if given["transform"] == "log":
        data = data.assign(**{column: np.log(data[column]) for column in (given["y"], *x)})
    run = partial(ct.test, "pedroni", data, entity=entity, time=time, y=given["y"], x=x, dfcor=False,
                  trend=TREND[options.get("det", options.get("type.stat"))], lags=options.get("adf_lags", 1),
                  kernel="bartlett", bandwidth=options.get("bw", options.get("kk")))
    checks = [Check(name, lambda r, name=name: r.details["raw"][name], want[key])
              for key, name in NAMES.items() if key in want]
    if "unit" in want:
        checks += [Check(f"L11 squared {i}", lambda r, i=i: list(r.details["conditional_variances"].values())[i], value)
                   for i, value in enumerate(want["unit"]["L11sq"])]
    return Case(raw["id"], raw["call"], run, tuple(checks))
