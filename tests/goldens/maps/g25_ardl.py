"""The R package ARDL: estimates, error correction form, long run, bounds test.

Its bounds and p-values are simulated, as ours are: tests/cointegration holds the two together.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "25_panelreg"
METHODS = {"ARDL", "ARDL bounds test"}
NOT_OFFERED: dict[str, str] = {}


def ours(name: str) -> str:
    """``d(L(x, 1))`` as ``L1.d.x``."""
    change = "d." if name.startswith("d(") else ""
    inner = name[2:-1] if change else name
    lagged = re.fullmatch(r"L\((\w+), (\d+)\)", inner)
    if inner == "(Intercept)":
        return "const"
    return f"L{lagged[2]}.{change}{lagged[1]}" if lagged else change + inner


def row(part: str, name: str, key: str):
    """A number of a row of ``details``."""
    return lambda result: next(r[key] for r in result.details[part] if r["name"] == name)


def to_case(raw: dict[str, Any]) -> Case:
    """Orders of each x by ``x_lags``."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    y, *x = re.findall(r"\w+", given["formula"])
    data = frame(given["file"])[[y, *x]].dropna()
    p, *q = options["order"]
    call = {"y": y, "x": x, "y_lags": p, "lags": 1, "x_lags": [f"{name}:{v}" for name, v in zip(x, q, strict=True)]}
    if raw["method"] == "ARDL bounds test":
        run = partial(ct.test, "ardl-bounds", data, case=options["case"], **call)
        checks = [Check("F", statistic("F"), want["F"]["statistic"]),
                  Check("chi2", lambda r: r.details["chi2"], want["Wald"]["statistic"]),
                  Check("nobs", lambda r: r.nobs, want["nobs"])]
        if want["t"]:
            checks.append(Check("t", statistic("t"), want["t"]["statistic"]))
        for name, line in want["recm"].items():
            known = "trend" if name.startswith("trend(") else "ect" if name == "ect" else ours(name)
            checks += [Check(f"{name} {key}", row("ecm", known, mine), line[key])
                       for key, mine in (("coef", "value"), ("se", "se"))]
        return Case(raw["id"], raw["call"], run, tuple(checks))
    run = partial(ct.estimate, "ardl", data, **call)
    checks = []
    for theirs, line in want["coef"].items():
        name = ours(theirs)
        checks += [Check(f"{name} coef", lambda r, name=name: r[name].value, line["coef"]),
                   Check(f"{name} se", lambda r, name=name: r[name].se, line["se"]),
                   Check(f"{name} p", lambda r, name=name: r[name].pvalue, line["p"], "pvalue")]
    checks += [Check(f"uecm {name} {key}", row("ecm", ours(name), mine), line[key])
               for name, line in want["uecm"].items() for key, mine in (("coef", "value"), ("se", "se"))]
    for line in want["multipliers"]:
        checks += [Check(f"long run {line['Term']} {key}", row("long_run", ours(line["Term"]), mine), line[key])
                   for key, mine in (("Estimate", "value"), ("Std. Error", "se"))]
    checks.append(Check("nobs", lambda r: r.nobs, want["nobs"]))
    checks += [Check(key, lambda r, key=key: r.fit[key], want[key]) for key in ("sigma", "r2", "loglik")]
    # R counts the residual variance among the parameters of AIC
    checks.append(Check("aic", lambda r: r.fit["aic"] + 2, want["aic"]))
    return Case(raw["id"], raw["call"], run, tuple(checks))
