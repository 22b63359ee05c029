"""plm::pcdtest on series and on residuals; the delta test in own R."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, panel_frame, pvalue, statistic

GROUP = "21_dependence"
METHODS = {"CD tests on a series", "CD tests on model residuals", "Slope homogeneity (Pesaran-Yamagata)"}
NOT_OFFERED = {
    "Chow / poolability F": "equal slopes are tested by slope-homogeneity; an F test of them is not offered",
    "CD tests on model residuals, model random": "residuals of random effects are not what --x makes; a user tests the "
                                                 "residual column of an estimate, as the cases of pooled and fixed "
                                                 "effects do here",
    "swamy_hat of Slope homogeneity": "the statistic for fixed N; delta is of the one with pooled residuals",
}
TESTS = {"cd": ("cd", "CD"), "lm": ("bp-lm", "LM"), "sclm": ("scaled-lm", "LM-scaled"), "bcsclm": ("bc-lm", "LM-bc"),
         "rho": ("cd", "mean_rho"), "absrho": ("cd", "mean_abs_rho")}


def to_case(raw: dict[str, Any]) -> Case | None:
    """A test on a series, on residuals, or the delta test."""
    if raw["method"].startswith("Slope"):
        return _delta(raw)
    if raw["method"].endswith("series"):
        return _on_series(raw)
    return None if raw["options"]["model"] == "random" else _on_residuals(raw)


def _checks(raw: dict[str, Any]) -> tuple[Check, ...]:
    procedure, name = TESTS[raw["options"]["test"]]
    want = raw["expected"]
    if name.startswith("mean"):
        return (Check(name, lambda result: result.details[name], want["statistic"]),)
    checks = [Check(name, statistic(name), want["statistic"]),
              Check(f"{name} p", pvalue(name), want["p_value"], "pvalue")]
    if procedure == "bp-lm":
        checks.append(Check("df", lambda result: result[name].df, want["parameter"]["df"]))
    return tuple(checks)


def _on_series(raw: dict[str, Any]) -> Case:
    given = raw["input"]
    entity, time = given["index"]
    data = panel_frame(given)
    if raw["options"].get("diff"):
        data = data.assign(**{given["column"]: data.groupby(entity)[given["column"]].diff()}).dropna()
    run = partial(ct.test, TESTS[raw["options"]["test"]][0], data, entity=entity, time=time, y=given["column"],
                  convention="plm")
    return Case(raw["id"], raw["call"], run, _checks(raw))


def _on_residuals(raw: dict[str, Any]) -> Case:
    """Residuals that --x makes, where it makes those of the model; otherwise the residuals as a variable."""
    given, model, test = raw["input"], raw["options"]["model"], raw["options"]["test"]
    entity, time = given["index"]
    data, x = _formula(given)
    procedure = TESTS[test][0]
    options: dict[str, Any] = {"convention": "plm"}
    if model == "pvcm" or (model, test) == ("within", "bcsclm"):
        options |= {"y": "y", "x": x}
    else:
        data = data.assign(resid=_pooled_residuals(data, x, model, entity, time))
        options |= {"y": "resid"}
    run = partial(ct.test, procedure, data, entity=entity, time=time, **options)
    return Case(raw["id"], raw["call"], run, _checks(raw))


def _formula(given: dict[str, Any]) -> tuple[pd.DataFrame, list[str]]:
    """The columns of a formula such as ``log(gsp) ~ log(pcap) + unemp``: y, then x1, x2, and so on."""
    source = frame(given["file"])
    left, right = given["formula"].split("~")
    terms = [left, *right.split("+")]
    data = source[given["index"]].copy()
    for name, term in zip(["y", *(f"x{k}" for k in range(1, len(terms)))], terms, strict=True):
        logged = re.fullmatch(r"\s*log\((\w+)\)\s*", term)
        data[name] = np.log(source[logged[1]]) if logged else source[term.strip()]
    return data, [f"x{k}" for k in range(1, len(terms))]


def _pooled_residuals(data: pd.DataFrame, x: list[str], model: str, entity: str, time: str) -> np.ndarray:
    """Least squares on x with the dummies of the model."""
    keys = {"pooling": [], "within": [entity], "within-time": [time], "within-twoways": [entity, time]}[model]
    dummies = [pd.get_dummies(data[key], drop_first=True).to_numpy(dtype=float) for key in keys]
    design = np.column_stack([np.ones(len(data)), data[x], *dummies])
    return data["y"] - design @ np.linalg.lstsq(design, data["y"], rcond=None)[0]


def _delta(raw: dict[str, Any]) -> Case:
    given, want = raw["input"], raw["expected"]
    entity, time = given["index"]
    data = frame(given["file"])[[entity, time, given["y"], *given["x"]]]
    if given["transform"] == "log":
        data = data.assign(**{v: np.log(data[v]) for v in [given["y"], *given["x"]]})
    run = partial(ct.test, "slope-homogeneity", data, entity=entity, time=time, y=given["y"], x=given["x"])
    slopes = [Check(f"beta {v}", lambda result, v=v: result.details["beta"][v], value)
              for v, value in want["beta_wfe"].items()]
    return Case(raw["id"], raw["call"], run, (
        Check("S", lambda result: result.details["swamy"], want["swamy_tilde"]),
        Check("delta", statistic("delta"), want["delta"]), Check("delta p", pvalue("delta"), want["p_delta"], "pvalue"),
        Check("delta-adj", statistic("delta-adj"), want["delta_adj"]),
        Check("delta-adj p", pvalue("delta-adj"), want["p_delta_adj"], "pvalue"), *slopes))
