"""plm: pgmm.  A formula's lags of exogenous variables are columns here; lags of y are ``y_lags``.

A variable whose lags plm takes as instruments is endogenous together with its own lags among the regressors; the
latter bring no instruments of their own.  Serial-correlation tests of the system are not compared: plm's differ from
those of gretl's dpanel, with which ours agree, and its source calls its handling of that model a quick fix.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "25_panelreg"
METHODS = {"Arellano-Bond (difference GMM)", "Blundell-Bond (system GMM)"}
NOT_OFFERED: dict[str, str] = {}
TERM = re.compile(r"(?:lag\()?log\((\w+)\)(?:, *(\d+)(?::(\d+))?\))?")


def terms(text: str) -> list[tuple[str, int, int]]:
    """Variable, first and last lag of each term."""
    found = []
    for part in text.split("+"):
        match = TERM.fullmatch(part.strip())
        assert match, part
        first = int(match[2] or 0)
        found.append((match[1], first, int(match[3] or first)))
    return found


@cache
def lags_as_columns(file: str, entity: str, time: str, formula: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The data with a column a regressor, and the call of ours."""
    left, right = formula.split("~")
    regressors, instruments = (terms(part) for part in right.split("|"))
    y = TERM.fullmatch(left.strip())[1]
    data = frame(file)[[entity, time]].copy()
    source = np.log(frame(file)[sorted({v for v, _, _ in regressors})])
    keys = data[[entity, time]].apply(tuple, axis=1)
    by_lag = {v: dict(zip(keys, source[v], strict=True)) for v in source}
    data["y"] = source[y]
    columns, endog, own = [], [], []
    limits = {v: f"{a}:{b}" for v, a, b in instruments}
    call: dict[str, Any] = {"y_lags": 0, "gmm_lags": limits[y]}
    for v, first, last in regressors:
        if v == y:
            call["y_lags"] = last
            continue
        for k in range(first, last + 1):
            name = f"{v}{k}"
            data[name] = [by_lag[v].get((i, t - k), np.nan) for i, t in keys]
            columns.append(name)
            if v in limits:
                endog.append(name)
                own.append(f"{name}={limits[v] if k == 0 else 'none'}")
    call["gmm_lags"] = ",".join([call["gmm_lags"], *own])
    return data, {"y": "y", "x": columns, **({"endog": endog} if endog else {}), **call}


def to_case(raw: dict[str, Any]) -> Case:
    """Coefficients, both covariances, Sargan and Hansen statistics, instruments; of differences serial correlation."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    entity, time = given["index"]
    data, call = lags_as_columns(given["file"], entity, time, given["formula"])
    system = options["transformation"] == "ld"
    call = {**call, "entity": entity, "time": time, "convention": "plm", "collapse": options["collapse"],
            "steps": 1 if options["model"] == "onestep" else 2,
            **({"effects": "time"} if options["effect"] == "twoways" else {})}
    name = "gmm-system" if system else "gmm-diff"

    def run() -> tuple[Any, Any]:
        return tuple(ct.estimate(name, data, **call, cov=cov) for cov in ("unadjusted", "robust"))

    checks = [Check("instruments", lambda r: r[0].fit["n_instruments"], want["n_instruments"]),
              Check("rows", lambda r: r[0].details["rows"] + (r[0].nobs if system else 0), want["nobs"]),
              Check("hansen", partial(_detail, key="hansen"), want["sargan"]["statistic"]),
              Check("hansen df", partial(_detail, key="hansen", what="df"), want["sargan"]["parameter"]["df"]),
              Check("hansen p", partial(_detail, key="hansen", what="pvalue"), want["sargan"]["p_value"], "pvalue"),
              Check("sargan", partial(_detail, key="sargan"), want["sargan_onestep"]["statistic"]),
              Check("wald", partial(_detail, key="wald", which=1), want["wald_coef"]["statistic"])]
    if options["effect"] == "twoways" and not system:
        checks.append(Check("wald time", partial(_detail, key="wald_time", which=1), want["wald_time"]["statistic"]))
    names = [*(f"L{k}.y" for k in range(1, call["y_lags"] + 1)), *call["x"]]
    for which, key in enumerate(("coef", "robust")):
        for ours, row in zip(names, list(want[key].values())[:len(names)], strict=True):
            checks += [Check(f"{ours} {key}", lambda r, n=ours, w=which: r[w][n].value, row["coef"]),
                       Check(f"{ours} {key} se", lambda r, n=ours, w=which: r[w][n].se, row["se"]),
                       Check(f"{ours} {key} p", lambda r, n=ours, w=which: r[w][n].pvalue, row["p"], "pvalue")]
    if not system:
        for which, suffix in enumerate(("", "_robust")):
            for order in (1, 2):
                test = want[f"ar{order}{suffix}"]
                checks.append(Check(f"ar{order}{suffix}", partial(_detail, key=f"ar{order}", which=which),
                                    test["statistic"] if test else None))
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _detail(results: tuple[Any, ...], *, key: str, what: str = "statistic", which: int = 0) -> float | None:
    return results[which].details[key][what]
