"""PyPI Westerlund, which follows Stata's xtwest, and with its option the paper."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, disagreements, entities, frame, pvalue, statistic

GROUP = "27_westerlund"
METHODS = {"Westerlund ECM panel cointegration"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """Statistics, Z, p, and the entities' alpha, standard error, lags and leads."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    x = given["x"] if isinstance(given["x"], list) else [given["x"]]
    entity, time = given["index"]
    data = frame(given["file"])[[entity, time, given["y"], *x]].dropna()
    if given["transform"] == "log":
        data = data.assign(**{column: np.log(data[column]) for column in (given["y"], *x)})
    chosen = {}
    for key in ("lags", "leads"):
        if isinstance(options[key], list):
            chosen |= {key: "aic", f"max_{key}": options[key][1]}
        else:
            chosen[key] = options[key]
    paper = options["westerlund"]
    run = partial(ct.test, "westerlund", data, entity=entity, time=time, y=given["y"], x=x,
                  trend="ct" if options["trend"] else "c" if options["constant"] else "n",
                  bandwidth=options["lrwindow"], **({"dfcor": False} if paper else {"convention": "stata"}), **chosen)
    checks = [Check(name, statistic(name), value) for name, value in want["statistic"].items()]
    checks += [Check(f"Z {name}", lambda r, name=name: r.details["Z"][name], value)
               for name, value in want["z"].items()]
    checks += [Check(f"p {name}", pvalue(name), value, "pvalue") for name, value in want["p_value"].items()]
    checks.append(Check("alpha", disagreements(entities("alpha"), want["unit_alpha"]), 0.0))
    t = [a / s for a, s in zip(want["unit_alpha"], want["unit_se"], strict=True)]
    checks.append(Check("t", disagreements(entities("t"), t), 0.0))
    for key in ("lags", "leads"):
        checks.append(Check(key, disagreements(entities(key), want[f"unit_{key}"]), 0.0))
    return Case(raw["id"], raw["call"], run, tuple(checks))
