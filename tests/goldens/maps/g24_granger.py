"""plm::pgrangertest, lmtest::grangertest, vars::causality, and systems in R written out."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import fdtrc

import clustertrade as ct
from clustertrade.causality.dumitrescu_hurlin import standardised
from tests.goldens.harness import Case, Check, entities, frame, pvalue, statistic

GROUP = "24_granger"
METHODS = {"Dumitrescu-Hurlin", "Granger (bivariate F)", "Granger in VAR (block)", "Toda-Yamamoto",
           "VECM Granger (short-run Wald, EC t)"}
NOT_OFFERED = {
    "VAR by OLS": "a VAR of one series has no name in the contract; panel-var is for panels",
}
STATISTIC = {"Ztilde": "Z-bar-tilde", "Zbar": "Z-bar", "Wbar": "W-bar"}


def to_case(raw: dict[str, Any]) -> Case | None:
    """The effect is y, the cause x.  A cause of all other variables at once is one y only where there are two."""
    if raw["method"] == "Dumitrescu-Hurlin":
        return _panel(raw)
    given, want, options = raw["input"], raw["expected"], raw["options"]
    data = frame(given["file"])[given["columns"]].dropna()
    if given["transform"] == "log":
        data = np.log(data)
    if raw["method"] == "Granger (bivariate F)":
        run = partial(ct.test, "granger", data, y=given["effect"], x=given["cause"], order=options["order"])
        return Case(raw["id"], raw["call"], run, (
            Check("F", statistic("F"), want["F"]), Check("p", pvalue("F"), want["p_value"], "pvalue"),
            *(Check(f"df{i}", lambda r, i=i: r["F"].df[i - 1], float(want[f"df{i}"])) for i in (1, 2))))
    if raw["method"] == "Toda-Yamamoto":
        return _augmented(raw, data)
    if raw["method"].startswith("VECM"):
        return _corrected(raw, data)
    return _block(raw, data)


def _block(raw: dict[str, Any], data: pd.DataFrame) -> Case:
    """The cause beside all others: a row of ``details.blocks``; in two variables also F of the one equation."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    others = [c for c in given["columns"] if c != given["cause"]]
    run = partial(ct.test, "granger", data, y=others[0], x=[given["cause"], *others[1:]], order=options["p"],
                  trend={"const": "c", "both": "ct"}[options["type"]])
    told, instant = want["granger"], want["instant"]
    df1, df2 = told["parameter"]["df1"], told["parameter"]["df2"]     # vars counts the cells of all equations in df2

    def row(r: Any) -> dict[str, Any]:
        return next(b for b in r.details["blocks"] if b["cause"] == given["cause"])

    checks = [Check("F", lambda r: row(r)["F"], told["statistic"]), Check("df1", lambda r: float(row(r)["df1"]), df1),
              Check("df2", lambda r: float(row(r)["df2"]), df2),
              Check("p", lambda r: row(r)["pvalue"], told["p_value"], "pvalue"),
              Check("instantaneous", lambda r: row(r)["instantaneous"]["chi2"], instant["statistic"]),
              Check("instantaneous p", lambda r: row(r)["instantaneous"]["pvalue"], instant["p_value"], "pvalue")]
    if len(others) == 1:
        checks += [Check("F of one equation", statistic("F"), told["statistic"]),
                   Check("p with df2 of vars", lambda r: float(fdtrc(df1, df2, r["F"].value)), told["p_value"],
                         "pvalue")]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _augmented(raw: dict[str, Any], data: pd.DataFrame) -> Case:
    """The cause tested beside the further variables of the system: a row of ``details.causes``."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    causes = [given["cause"], *(c for c in given["columns"] if c not in (given["cause"], given["effect"]))]
    run = partial(ct.test, "toda-yamamoto", data, y=given["effect"], x=causes, order=options["p"],
                  integration=options["dmax"], trend={"const": "c", "both": "ct"}[options["type"]])

    def row(key: str) -> Any:
        return lambda r: r.details["causes"][0][key]

    checks = [Check("chi2", row("chi2"), want["chi2"]), Check("F", row("F"), want["F"]),
              Check("p chi2", row("pvalue_chi2"), want["p_value"], "pvalue"),
              Check("p F", row("pvalue"), want["p_value_F"], "pvalue"), Check("nobs", lambda r: r.nobs, want["nobs"])]
    if len(causes) == 1:
        checks += [Check("F of all", statistic("F"), want["F"]), Check("chi2 of all", statistic("chi2"), want["chi2"])]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _corrected(raw: dict[str, Any], data: pd.DataFrame) -> Case:
    """The equation of every variable in turn, the others its causes; the sign of t is that of the normalisation."""
    columns, want, options = raw["input"]["columns"], raw["expected"], raw["options"]

    def run() -> dict[str, Any]:
        return {c: ct.test("granger-vecm", data, y=c, x=[o for o in columns if o != c], lags=options["K"] - 1,
                           rank=options["r"], case={"none": 3, "const": 2}[options["ecdet"]]) for c in columns}

    checks = []
    for c in columns:
        told = want["equations"][c]
        checks += [
            Check(f"joint {c}", lambda r, c=c: r[c]["joint"].value, told["joint_strong"]["chi2"]),
            Check(f"joint p {c}", lambda r, c=c: r[c]["joint"].pvalue, told["joint_strong"]["p_value"], "pvalue"),
            Check(f"long {c}", lambda r, c=c: r[c]["long"].value, told["ect"]["t"] ** 2),
            Check(f"t {c}", lambda r, c=c: abs(r[c].details["error_correction"][0]["stat"]), abs(told["ect"]["t"])),
            Check(f"p of t {c}", lambda r, c=c: r[c].details["error_correction"][0]["pvalue"], told["ect"]["p"],
                  "pvalue")]
        for j, other in enumerate(o for o in columns if o != c):
            row = told["short_run"][other]
            checks += [Check(f"short {other}->{c}", lambda r, c=c, j=j: r[c].details["causes"][j]["chi2"], row["chi2"]),
                       Check(f"short p {other}->{c}", lambda r, c=c, j=j: r[c].details["causes"][j]["pvalue_chi2"],
                             row["p_value"], "pvalue")]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _panel(raw: dict[str, Any]) -> Case:
    given, want, order = raw["input"], raw["expected"], raw["options"]["order"]
    entity, time = given["index"]
    y, x = given["y"], given["x"]
    data = frame(given["file"])[[entity, time, y, x]].sort_values([entity, time])
    steps = (given["transform"] or "").split(",")
    if "log" in steps:
        data = data.assign(**{c: np.log(data[c]) for c in (y, x)})
    if "diff" in steps:
        data = data.assign(**{c: data.groupby(entity)[c].diff() for c in (y, x)}).dropna()
    name = STATISTIC[raw["options"]["test"]]
    if isinstance(order, list):                                      # orders of entities differ: not an option of ours
        run = partial(_mixed, data, entity, time, y, x, order)
        checks = [Check(name, lambda r: r[0][name], want["statistic"])]
        wald = [Check(f"W {i}", lambda r, i=i: r[1][i], w) for i, w in enumerate(want["unit"]["W"])]
        return Case(raw["id"], raw["call"], run, (*checks, *wald))
    run = partial(ct.test, "dumitrescu-hurlin", data, entity=entity, time=time, y=y, x=x, order=order,
                  convention="plm")
    checks = [Check(name, statistic(name), want["statistic"])]
    if name != "W-bar":
        checks.append(Check(f"{name} p", pvalue(name), want["p_value"], "pvalue"))
    wald = [Check(f"W {i}", lambda r, i=i: entities("W")(r)[i], w) for i, w in enumerate(want["unit"]["W"])]
    return Case(raw["id"], raw["call"], run, (*checks, *wald))


def _mixed(data: pd.DataFrame, entity: str, time: str, y: str, x: str, orders: list[int]) -> tuple[dict, np.ndarray]:
    """W of each entity with its own order, put together by our formula for such panels."""
    runs = {k: ct.test("dumitrescu-hurlin", data, entity=entity, time=time, y=y, x=x, order=k) for k in set(orders)}
    wald = np.array([entities("W")(runs[k])[i] for i, k in enumerate(orders)])
    return standardised(wald, orders, data.groupby(entity).size().iloc[0]), wald
