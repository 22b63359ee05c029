"""gretl panel: pooled, fixed, two-way, random and between models; robust is Arellano's, which is our clustered."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "26_gretl"
PREFIX = "Panel regression (gretl): "
HOW: dict[str, tuple[str, dict[str, Any]]] = {
    "pooled": ("pooled", {}), "pooled-robust": ("pooled", {"cov": "clustered"}), "fe": ("fe", {}),
    "fe-robust": ("fe", {"cov": "clustered"}), "fe-twoway": ("twoway", {}), "re": ("re", {}),
    "re-nerlove": ("re", {"re_method": "nerlove"}), "re-robust": ("re", {"cov": "clustered"}), "between": ("be", {}),
    "pcse": ("pooled", {"cov": "pcse"})}
PCSE = "Beck-Katz PCSE (pooled, gretl)"
METHODS = {PCSE, *(PREFIX + name for name in HOW if name != "pcse")}
NOT_OFFERED = {
    PREFIX + "wls": "weights by estimated unit variances have no name in the contract"}


def to_case(raw: dict[str, Any]) -> Case:
    """Coefficients, standard errors, variance components, and the Hausman test that gretl prints with re."""
    given, want = raw["input"], raw["expected"]
    key = "pcse" if raw["method"] == PCSE else raw["method"].removeprefix(PREFIX)
    name, options = HOW[key]
    entity, time = given["index"]
    data = frame(given["file"])
    if given["transform"] == "log":
        data = data.assign(**{c: np.log(data[c]) for c in (given["y"], *given["x"])})
    call = {"entity": entity, "time": time, "y": given["y"], "x": given["x"]}
    if name != "be":
        options = {**options, "convention": "gretl", "bootstrap": 0}

    def run() -> tuple[Any, Any]:
        method = {"re_method": options["re_method"]} if "re_method" in options else {}
        test = ct.test("hausman", data, **call, convention="gretl", **method) if "hausman" in want else None
        return ct.estimate(name, data, **call, **options), test

    checks = []
    for i, term in enumerate(want["names"]):
        if key == "fe-twoway" and term == "const":         # gretl's is the level of the first period
            checks.append(Check(term, lambda r: r[0]["const"].value + r[0].details["periods"][0]["effect"],
                                want["coef"][i]))
            continue
        checks += [Check(term, lambda r, n=term: r[0][n].value, want["coef"][i]),
                   Check(f"{term} se", lambda r, n=term: r[0][n].se, want["se"][i])]
    if key == "fe-twoway":
        checks += [Check(f"period {t + 2}", partial(_since_first, t=t + 1), value)
                   for t, value in enumerate(want["coef"][len(want["names"]):])]
    if "s2e" in want:
        checks += [Check("s2e", lambda r: r[0].details["sigma_e"] ** 2, want["s2e"]),
                   Check("s2v", lambda r: r[0].details["sigma_u"] ** 2, want["s2v"])]
    if "hausman" in want:
        checks += [Check("hausman", lambda r: r[1]["chi2"].value, want["hausman"][0]),
                   Check("hausman df", lambda r: r[1]["chi2"].df, want["hausman"][1]),
                   Check("hausman p", lambda r: r[1]["chi2"].pvalue, want["hausman"][2], "pvalue")]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _since_first(results: tuple[Any, Any], *, t: int) -> float:
    periods = results[0].details["periods"]
    return periods[t]["effect"] - periods[0]["effect"]
