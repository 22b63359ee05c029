"""pvars::pcoint.JO: Johansen trace statistics of every entity, and Choi's combinations of their p-values.

``lags`` there are those of the VAR in levels; LR-bar of Larsson, Lyhagen and Loethgren (2001) has no name here.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, disagreements, frame, pvalue, statistic

GROUP = "22_panel_coint"
METHODS = {"Panel Johansen (Larsson et al. LR-bar, Choi combinations)"}
NOT_OFFERED: dict[str, str] = {}


def choi(r: int, key: str):
    """Choi's Pm or Z of the trace tests of r."""
    return lambda result: result.details["choi"][r][key]


def unit(part: str, r: int):
    """A column of the entities' rows."""
    return lambda result: [row[part][r] for row in result.details["entities"]]


def to_case(raw: dict[str, Any]) -> Case:
    """Every number of the trace tests."""
    given, want = raw["input"], raw["expected"]
    entity, time = given["index"]
    data = frame(given["file"])[[entity, time, *given["columns"]]]
    if given["transform"] == "log":
        data = data.assign(**{column: np.log(data[column]) for column in given["columns"]})
    y, *x = given["columns"]
    run = partial(ct.test, "fisher-johansen", data, entity=entity, time=time, y=y, x=x,
                  case=int(raw["options"]["type"][-1]), lags=raw["options"]["lags"] - 1)
    panel = dict(zip(want["panel_stat"]["rows"], want["panel_stat"]["values"], strict=True))
    p = dict(zip(want["panel_p"]["rows"], want["panel_p"]["values"], strict=True))
    checks = []
    for r, column in enumerate(want["panel_stat"]["cols"]):
        checks += [Check(f"P {r}", statistic(f"trace r<={r}"), panel["Choi_P"][column]),
                   Check(f"p of P {r}", pvalue(f"trace r<={r}"), p["Choi_P"][column], "pvalue")]
        checks += [Check(f"{key} {r}", choi(r, key), panel[f"Choi_{key}"][column]) for key in ("Pm", "Z")]
        checks += [Check(f"p of {key} {r}", choi(r, f"{key}_pvalue"), p[f"Choi_{key}"][column], "pvalue")
                   for key in ("Pm", "Z")]
        units, unit_p = ([v[column] for v in want[key]["values"]] for key in ("unit_stat", "unit_p"))
        checks += [Check(f"units {r}", disagreements(unit("trace", r), units), 0.0),
                   Check(f"p of units {r}", disagreements(unit("pvalues_trace", r), unit_p, "pvalue"), 0.0)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
