"""gretl: dpanel, whose errors are robust (Windmeijer's in two steps)."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "26_gretl"
METHODS = {"Arellano-Bond (gretl dpanel)", "Blundell-Bond (gretl dpanel)"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """Coefficients, errors, tests."""
    given, want, flags = raw["input"], raw["expected"], raw["options"]["flags"]
    entity, time = given["index"]
    data = frame(given["file"])
    data = data.assign(**{f"l_{c}": np.log(data[c]) for c in given["logs"]}).sort_values([entity, time])
    y, *terms = given["spec"].split()
    columns = []
    for term in terms:
        if match := re.fullmatch(r"(\w+)\(-(\d+)\)", term):
            columns.append(f"{match[1]}_{match[2]}")
            later = data[[entity, time, match[1]]].assign(**{time: data[time] + int(match[2])})
            data = data.merge(later.rename(columns={match[1]: columns[-1]}), on=[entity, time], how="left")
        elif term != "const":
            columns.append(term)
    lags = sum(name.startswith(f"{y}(-") for name in want["names"])
    system, effects = "--system" in flags, "--time-dummies" in flags
    run = partial(ct.estimate, "gmm-system" if system else "gmm-diff", data, entity=entity, time=time, y=y, x=columns,
                  y_lags=lags, steps=2 if "--two-step" in flags else 1, cov="robust", convention="gretl",
                  **({"effects": "time"} if effects else {}))
    checks = [Check("nobs", lambda r: r.nobs, want["nobs"]),
              Check("instruments", lambda r: r.fit["n_instruments"], want["ninst"])]
    for name, coef, se in zip(want["names"], want["coef"], want["se"], strict=True):
        match = re.fullmatch(rf"{y}\(-(\d+)\)", name)
        if re.fullmatch(r"T\d+", name):
            at = int(name[1:]) - lags - 2                   # the first period of the levels is the base
            checks.append(Check(name, lambda r, j=at: r.details["periods"][j]["effect"], coef))
            checks.append(Check(f"{name} se", lambda r, j=at: r.details["periods"][j]["se"], se))
        else:
            ours = f"L{match[1]}.{y}" if match else name
            checks += [Check(name, lambda r, n=ours: r[n].value, coef), Check(f"{name} se", lambda r, n=ours: r[n].se,
                                                                            se)]
    for key, figure in (("ar1", "AR1"), ("ar2", "AR2")):
        checks.append(Check(figure, lambda r, k=key: r.details[k]["statistic"], want[figure]))
    for key in ("sargan", "hansen", "wald"):
        if key in want:
            checks += [Check(key, lambda r, k=key: r.details[k]["statistic"], want[key][0]),
                       Check(f"{key} df", lambda r, k=key: r.details[k]["df"], want[key][1])]
    return Case(raw["id"], raw["call"], run, tuple(checks))

