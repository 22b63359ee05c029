"""plm: pooling, within, between, first-difference and random models, their robust covariances, Hausman tests.

plm writes the data's formula in R; a term is a column or its logarithm.  Its ``sss`` covariances count slopes and
constant, as ours do, except in within models, where they count the slopes alone; there its HC0 is compared.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, pvalue, statistic

GROUP = "25_panelreg"
ESTIMATORS = {
    "pooling": ("pooled", {}), "within": ("fe", {}), "within-time": ("fe", {"effects": "time"}),
    "within-twoways": ("twoway", {}), "between": ("be", {}), "between-time": ("be", {"effects": "time"}),
    "fd": ("fd", {}),
    **{f"random-{m}-{plm}": ("re", {"re_method": m, "effects": ours}) for m in ("swar", "amemiya", "walhus", "nerlove")
       for plm, ours in (("individual", "entity"), ("time", "time"), ("twoways", "twoway"))}}
HAUSMAN = {"Hausman": "chisq", "Hausman (auxiliary regression)": "aux", "Hausman (auxiliary regression, robust)": "aux"}
WALD = {"Wald/F joint significance": "unadjusted", "Wald/F joint significance (robust)": "clustered"}
METHODS = {*(f"Panel regression: {m}" for m in ESTIMATORS), *HAUSMAN, *WALD,
           *(f"Robust covariance: {v}" for v in ("vcovHC", "vcovDC", "vcovSCC", "vcovNW", "vcovBK"))}
NOT_OFFERED = {
    "Breusch-Godfrey (panel)": "no name in the contract", "Durbin-Watson (panel)": "no name in the contract",
    "Bhargava-Franzini-Narendranathan / LBI": "no name in the contract",
    "Baltagi-Li serial correlation": "no name in the contract",
    "Bera-Sosa-Escudero-Yoon": "no name in the contract", "Wooldridge unobserved effects": "no name in the contract",
    "FGLS (unrestricted)": "no name in the contract",
}


@cache
def formula_frame(file: str, index: tuple[str, str], formula: str) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """The data with a column a term, and the names of y and x."""
    left, right = formula.split("~")
    terms = [left.strip(), *(t.strip() for t in right.split("+"))]
    data = frame(file)
    columns = {t: np.log(data[m[1]]) if (m := re.fullmatch(r"log\((\w+)\)", t)) else data[t] for t in terms}
    return data[list(index)].assign(**columns), terms[0], tuple(terms[1:])


def to_case(raw: dict[str, Any]) -> Case | None:
    """Dispatch by the kind of method."""
    method = raw["method"]
    if method.startswith("Panel regression: "):
        return _regression(raw, method.removeprefix("Panel regression: "))
    if method.startswith("Robust covariance: "):
        return _covariance(raw)
    return _hausman(raw) if method in HAUSMAN else _wald(raw)


def _run(raw: dict[str, Any], model: str, **options: Any) -> Any:
    name, own = ESTIMATORS[model]
    if "nerlove" in model:                                 # plm weighs the effects of unbalanced panels
        options.setdefault("convention", "plm")
    data, y, x = formula_frame(raw["input"]["file"], tuple(raw["input"]["index"]), raw["input"]["formula"])
    entity, time = raw["input"]["index"]
    if name != "be":
        options.setdefault("bootstrap", 0)
    return partial(ct.estimate, name, data, entity=entity, time=time, y=y, x=list(x), **own, **options)


def _ours(term: str) -> str:
    return "const" if term == "(Intercept)" else term


def _regression(raw: dict[str, Any], model: str) -> Case | None:
    want = raw["expected"]
    if model.endswith("twoways") and model != "within-twoways" and not raw["input"]["balanced"]:
        return None                                        # two-way random effects need balance here
    checks = []
    for term, row in want["coef"].items():
        name = _ours(term)
        checks += [Check(term, lambda r, n=name: r[n].value, row["coef"]),
                   Check(f"{term} se", lambda r, n=name: r[n].se, row["se"]),
                   Check(f"{term} p", lambda r, n=name: r[n].pvalue, row["p"], "pvalue")]
    checks += [Check("r2", lambda r: r.fit["r2"], want["r2"]),
               Check("adj r2", lambda r: r.fit["adj_r2"], want["adj_r2"]),
               Check("nobs", lambda r: r.nobs, want["nobs"])]
    if model != "between-time":
        q = len(want["coef"]) - ("(Intercept)" in want["coef"])
        scale = q if want["wald"]["statistic_name"] == "Chisq" else 1
        checks.append(Check("wald", lambda r: r.fit["f"] * scale, want["wald"]["statistic"]))
    if "sigma2" in want:
        effect = want["sigma2"].get("id", want["sigma2"].get("time"))
        if model.endswith("twoways"):
            checks.append(Check("sigma2 time", lambda r: r.details["sigma_t"] ** 2, want["sigma2"]["time"]))
        checks += [Check("sigma2 errors", lambda r: r.details["sigma_e"] ** 2, want["sigma2"]["idios"]),
                   Check("sigma2 effects", lambda r: r.details["sigma_u"] ** 2, effect)]
        theta = np.array([*want["theta"].values()] if isinstance(want["theta"], dict) else np.atleast_1d(want["theta"]))
        checks.append(Check("mean of distinct theta", lambda r: float(np.mean(_thetas(r))), float(theta.mean())))
    if model in ("within", "within-time"):
        kind, label = ("entities", "entity") if model == "within" else ("periods", "period")
        checks += [Check(f"effect of {who}", partial(_effect, kind=kind, label=label, who=str(who)), value)
                   for who, value in want["fixef"].items()]
    if model == "within-twoways":                          # plm gives entity effects at the first period
        entity, time = raw["input"]["index"]
        data = frame(raw["input"]["file"])
        there = set(data.loc[data[time] == data[time].min(), entity].astype(str))
        checks += [Check(f"effect of {who}", partial(_effect_at_first, who=who), value)
                   for who, value in want["fixef"]["individual"].items() if who in there]
    return Case(raw["id"], raw["call"], _run(raw, model), tuple(checks))


def _thetas(result: Any) -> np.ndarray:
    rows = result.details.get("entities") or result.details.get("periods")
    theta = result.details.get("theta")
    if isinstance(theta, dict):
        return np.array([*theta.values()])
    values = [row["theta"] for row in rows] if rows else [theta]
    return np.unique(np.round(values, 12))


def _effect(result: Any, *, kind: str, label: str, who: str) -> float:
    return result["const"].value + next(r["effect"] for r in result.details[kind] if r[label] == who)


def _effect_at_first(result: Any, *, who: str) -> float:
    return _effect(result, kind="entities", label="entity", who=who) + result.details["periods"][0]["effect"]


def _covariance(raw: dict[str, Any]) -> Case | None:
    options, family = raw["options"], raw["id"].split("/")[0]
    model, kind, within = options["model"], options["type"], options["model"].startswith("within")
    lag = {"bandwidth": "auto" if options.get("maxlag") is None else options["maxlag"]}
    plm = {"convention": "plm"}
    chosen: dict[str, Any] | None = None
    if family == "vcovHC" and options["method"] == "white1":
        chosen = {"cov": "robust", "hc": int(kind[2]), **plm}
    elif family == "vcovHC" and options["method"] == "arellano":
        by = {"cov": "clustered", "cluster": {"group": "entity", "time": "time"}[options["cluster"]]}
        chosen = {"HC0": {**by, **plm}, "sss": None if within else by}.get(kind)
    elif family == "vcovDC":
        both = {"cov": "clustered", "cluster": "both"}
        chosen = {"HC0": {**both, **plm}, "sss": None if within else both}.get(kind)
    elif family == "vcovSCC":
        dk = {"cov": "driscoll-kraay", **lag}
        fixed = options["maxlag"] is not None              # the automatic bandwidths differ
        chosen = {"HC0": {**dk, **plm}, "sss": dk if fixed and not within else None}.get(kind)
    elif family == "vcovNW":
        nw = {"cov": "newey-west", **lag}
        fixed = options["maxlag"] is not None
        chosen = {"HC0": {**nw, **plm}, "HC1": nw if fixed and not within else None}.get(kind)
    elif family == "vcovBK" and options["cluster"] == "time" and not options["diagonal"]:
        chosen = {"cov": "pcse"}
    if chosen is None:                                     # other types; within models counted by slopes alone
        return None
    checks = tuple(Check(f"{term} se", partial(_se, term=term), se) for term, se in raw["expected"]["se"].items())
    return Case(raw["id"], raw["call"], _run(raw, model, **chosen), checks)


def _se(result: Any, *, term: str) -> float:
    return result[_ours(term)].se


def _hausman(raw: dict[str, Any]) -> Case | None:
    options, want = raw["options"], raw["expected"]
    if options.get("effect") == "twoways" and not raw["input"]["balanced"]:
        return None
    data, y, x = formula_frame(raw["input"]["file"], tuple(raw["input"]["index"]), raw["input"]["formula"])
    entity, time = raw["input"]["index"]
    how: dict[str, Any] = {"convention": "plm"}
    name = "hausman"
    if options["method"] == "chisq":
        how |= {"effects": "twoway"} if "effect" in options else {"re_method": options["random.method"]}
    elif "vcov" in options:
        how["cov"] = "clustered"
    else:
        name, how["cov"] = "mundlak", "unadjusted"
    run = partial(ct.test, name, data, entity=entity, time=time, y=y, x=list(x), **how)
    return Case(raw["id"], raw["call"], run, (Check("chi2", statistic("chi2"), want["statistic"]),
                                             Check("chi2 p", pvalue("chi2"), want["p_value"], "pvalue"),
                                             Check("df", lambda r: r["chi2"].df, want["parameter"]["df"])))


def _wald(raw: dict[str, Any]) -> Case | None:
    model, want, cov = raw["options"]["model"], raw["expected"], WALD[raw["method"]]
    chi2 = want["statistic_name"] == "Chisq"
    q = want["parameter"]["df" if chi2 else "df1"]
    checks = [Check("F", lambda r: r.fit["f"], want["statistic"] / (q if chi2 else 1))]
    if not chi2:
        checks.append(Check("F p", lambda r: r.fit["f_pvalue"], want["p_value"], "pvalue"))
    return Case(raw["id"], raw["call"], _run(raw, model, cov=cov, convention="plm"), tuple(checks))
