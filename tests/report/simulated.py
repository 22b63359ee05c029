"""A simulated study: random walks under the names of provinces, and results made by hand. No number here is a datum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clustertrade.data import regions
from clustertrade.study import build, compute
from clustertrade.study.inputs import Inputs
from clustertrade.study.load import Study
from clustertrade.study.plan import Plan
from clustertrade.study.specifications import specifications

NEIGHBOURS = "data/raw/S65-province-boundaries/neighbours.csv"
YEARS = [str(year) for year in range(2001, 2011)]
TITLE = {"en": "Simulated data", "zh": "模拟数据"}


def text(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh": zh}


def variable(source: str, symbol: str, **more: Any) -> dict[str, Any]:
    return {"from": source, "symbol": symbol, "transform": "log", "unit": text("log", "对数"),
            "label": text(f"Simulated {symbol}", f"模拟 {symbol}"),
            "definition": text("a random walk", "随机游走"), **more}


SYSTEMS = {"sample": "all", "unit": "province", "time": "year", "subsystem": ["one=y:+", "two=x:+"],
           "names": {"one": text("first system", "第一系统"), "two": text("second system", "第二系统")}}
ORDERS = {"of": "order", "unit": "province", "time": "year", "indicator": ["order_one", "order_two"]}

RAW: dict[str, Any] = {
    "study": {"name": "toy", "title": TITLE, "seed": 7, "abstract": text("Nothing but noise.", "全为噪声。"),
              "limits": [text("Nothing is meant.", "不含任何含义。")]},
    "variables": {"y": variable("S91:output", "lnY", proxy_for=text("output", "产出")),
                  "x": variable("S91:input", "lnX", proxy_for=text("input", "投入")),
                  "z": variable("S91:other", "lnZ")},
    "samples": {"all": {"entity": "province", "from": 2001, "to": 2010, "variables": ["y", "x", "z"]},
                "one": {"entity": "none", "from": 2001, "to": 2010, "variables": ["y", "x"]},
                "year": {"entity": "province", "from": 2010, "to": 2010, "variables": ["y", "x", "z"]}},
    "measures": {"share": {"measure": "hhi", "region": "province", "time": "year", "value": "S91:output"},
                 "order": {"measure": "synergy", **SYSTEMS, "limits": "widened"},
                 "order_rolling": {"measure": "synergy", **SYSTEMS, "limits": "widened", "base": "previous"},
                 "even": {"measure": "coupling", **SYSTEMS, "limits": "widened", "levels": "ten"},
                 "even_modified": {"measure": "coupling", **SYSTEMS, "limits": "widened", "variant": "wang2021"},
                 "sigma": {"measure": "convergence", "of": "order", "region": "province", "time": "year",
                           "value": "order_one", "names": {"value": text("first order", "第一有序度")}},
                 "symbiosis": {"measure": "symbiosis", **ORDERS, "bootstrap": 49},
                 "haken": {"measure": "haken", **ORDERS, "effects": "entity"}},
    "tests": {"dependence": {"sample": "all", "procedures": ["cd"], "variables": ["y", "x"]},
              "roots": {"sample": "all", "procedures": ["llc", "cips"], "variables": ["y", "d.y", "x", "d.x"],
                        "variants": [{"trend": "c"}, {"trend": "ct"}]},
              "relation": {"sample": "all", "procedures": ["pedroni", "kao"], "y": "y", "x": ["x"],
                           "variants": [{"trend": "c"}, {"trend": "ct"}]},
              "rank": {"sample": "one", "procedures": ["engle-granger", "johansen"], "pairs": [["y", "x"]]},
              "moran": {"sample": "all", "procedures": ["moran"], "variables": ["y"],
                        "options": {"neighbours": NEIGHBOURS}},
              "granger": {"sample": "all", "procedures": ["dumitrescu-hurlin"],
                          "pairs": [["d.y", "d.x"], ["d.x", "d.y"]]}},
    "estimates": {"base": {"sample": "all", "y": "y", "columns": [
        {"estimator": "pooled", "x": ["x"]}, {"estimator": "re", "x": ["x", "z"], "check": ["mundlak"]},
        {"estimator": "twoway", "x": ["x", "z"]},
        {"estimator": "twoway", "x": ["x"], "interact": {"by": "group3", "with": ["x"]}}]},
        "timing": {"sample": "all", "y": "y", "columns": [
            {"estimator": "did", "x": [], "options": {"treat": "x"}},
            {"estimator": "event-study", "x": [], "options": {"treat": "x", "method": "imputation"}}]},
        "moderation": {"sample": "all", "y": "y", "columns": [
            {"estimator": "moderation", "x": ["x"], "options": {"moderator": "z", "bootstrap": 0}},
            {"estimator": "moderation", "x": ["x"], "options": {"moderator": "x", "bootstrap": 0}}]},
        "mechanism": {"sample": "all", "y": "y", "columns": [
            {"estimator": "mediation", "x": ["x"], "options": {"mediator": "z", "bootstrap": 19}}]},
        "threshold": {"sample": "all", "y": "y", "columns": [
            {"estimator": "threshold", "x": ["x"], "options": {"threshold_var": "x", "regimes": 3, "bootstrap": 19}}]},
        "spatial": {"sample": "all", "y": "y", "columns": [
            {"estimator": "spatial-durbin", "x": ["x"], "exclude": ["Hainan"],
             "options": {"neighbours": NEIGHBOURS}}]},
        "lags": {"sample": "all", "y": "y", "columns": [
            {"estimator": "fe", "x": ["x"]},
            {"estimator": "gmm-diff", "x": ["x"], "options": {"collapse": True, "cov": "robust", "effects": "time"}}]},
        "dynamics": {"sample": "all", "columns": [
            {"estimator": "panel-var", "y": "d.x", "x": ["d.y"], "options": {"order": "bic", "bootstrap": 19}},
            {"estimator": "local-projection", "y": "d.y", "x": ["d.x"], "options": {"horizon": 3}}]}},
    "specifications": {"choices": {
        "y": ["y"], "x": ["x"], "controls": ["z"], "samples": ["all", {"sample": "all", "label": text("East", "东部"),
                                                                       "only": ["east"]}],
        "estimators": ["pooled", "fe"], "cov": ["clustered", "robust"], "bootstrap": 19}},
    "hypotheses": {"H1": {"text": text("x raises y.", "x 提高 y。"), "sign": "+",
                          "entries": ["tests/relation", "tests/rank", "estimates/base"]},
                   "H2": {"text": text("x helps to predict y.", "x 有助于预测 y。"), "sign": "+/-",
                          "entries": ["tests/granger", "measures/share"]}},
    "tables": {
        "t01-variables": {"layout": "variables", "from": ["samples/all", "samples/one"], "title": TITLE},
        "t02-descriptives": {"layout": "descriptives", "from": ["samples/all", "samples/one"], "title": TITLE},
        "t03-correlations": {"layout": "correlations", "sample": "all", "variables": ["y", "x", "z"], "title": TITLE,
                             "notes": ["stars"]},
        "t04-dependence": {"layout": "dependence", "from": ["tests/dependence"], "title": TITLE},
        "t05-roots": {"layout": "tests-by-variable", "from": ["tests/roots"], "title": TITLE,
                      "notes": ["nulls", text("Said last.", "最后的话。")]},
        "t06-relation": {"layout": "tests-by-statistic", "from": ["tests/relation"], "title": TITLE,
                         "notes": [text("Said first.", "最先的话。"), "nulls"]},
        "t06b-rank": {"layout": "tests-by-statistic", "from": ["tests/rank"], "title": TITLE},
        "t07-long": {"layout": "long-run", "from": ["estimates/long"], "title": TITLE},
        "t08-base": {"layout": "regressions", "from": ["estimates/base"], "title": TITLE},
        "t08t-base": {"layout": "regressions", "from": ["estimates/base"], "title": TITLE, "style": {"paren": "t"}},
        "t13-mechanism": {"layout": "mechanism", "from": ["estimates/mechanism"], "title": TITLE},
        "t13b-moderation": {"layout": "regressions", "from": ["estimates/moderation"], "title": TITLE},
        "t14-thresholds": {"layout": "thresholds", "from": ["estimates/threshold"], "title": TITLE},
        "t21-moran": {"layout": "spatial", "from": ["tests/moran"], "title": TITLE},
        "t21c-effects": {"layout": "spatial", "from": ["estimates/spatial"], "title": TITLE},
        "t09-lags": {"layout": "regressions", "from": ["estimates/lags"], "title": TITLE},
        "t10-choices": {"layout": "specification-summary", "from": ["specifications/choices"], "title": TITLE},
        "t11-timing": {"layout": "regressions", "from": ["estimates/timing"], "title": TITLE},
        "t15-granger": {"layout": "causality", "from": ["tests/granger"], "title": TITLE},
        "t16b-order": {"layout": "var-order", "from": ["estimates/dynamics"], "title": TITLE},
        "t16c-variance": {"layout": "variance-decomposition", "from": ["estimates/dynamics"], "title": TITLE},
        "t16-share": {"layout": "points", "from": ["measures/share"], "title": TITLE},
        "t17-weights": {"layout": "weights", "from": ["measures/order"], "title": TITLE},
        "t18-order": {"layout": "synergy", "from": ["measures/order", "measures/order_rolling"], "title": TITLE},
        "t19-even": {"layout": "coupling", "from": ["measures/even", "measures/even_modified"], "title": TITLE},
        "t20i-models": {"layout": "interaction", "from": ["measures/symbiosis", "measures/haken"], "title": TITLE},
        "t17-year": {"layout": "cross-section", "sample": "year", "variables": ["y", "x", "z"], "title": TITLE},
        "t20-points": {"layout": "points", "from": ["clean/quality"], "title": TITLE},
        "t21-quality": {"layout": "quality", "from": ["clean/quality"], "title": TITLE},
        "t21b-reconciliation": {"layout": "reconciliation", "from": ["clean/quality"], "title": TITLE},
        "t22-audit": {"layout": "audit", "from": ["audit"], "title": TITLE}},
    "figures": {
        "f01-coverage": {"kind": "coverage", "from": ["clean/quality"], "title": TITLE},
        "f02-over-time": {"kind": "small-multiples", "sample": "all", "variables": ["y", "x"], "title": TITLE},
        "f03-grid": {"kind": "tile-grid", "sample": "all", "variables": ["x"], "title": TITLE},
        "f04-scatter": {"kind": "scatter", "sample": "all", "variables": ["y", "x"], "title": TITLE},
        "f05-coefficients": {"kind": "coefficients", "from": ["estimates/base"], "variables": ["x"], "title": TITLE},
        "f09-ratio": {"kind": "likelihood-ratio", "from": ["estimates/threshold"], "title": TITLE},
        "f10-effects": {"kind": "marginal-effects", "from": ["estimates/moderation"], "title": TITLE},
        "f05b-choices": {"kind": "specification-curve", "from": ["specifications/choices"], "title": TITLE},
        "f05d-errors": {"kind": "equilibrium-errors", "from": ["estimates/long"], "title": TITLE},
        "f05e-paths": {"kind": "adjustment-paths", "from": ["estimates/long"], "title": TITLE},
        "f05b-long": {"kind": "entity-coefficients", "from": ["estimates/long"], "variables": ["x"], "title": TITLE},
        "f05c-timing": {"kind": "event-study", "from": ["estimates/timing"], "title": TITLE},
        "f06-directions": {"kind": "directions", "from": ["tests/granger"], "title": TITLE},
        "f07-points": {"kind": "points-by-definition", "from": ["clean/quality"], "title": TITLE},
        "f08-order": {"kind": "order-lines", "from": ["measures/order", "measures/order_rolling"], "title": TITLE},
        "f09-even": {"kind": "heat-map", "from": ["measures/even"], "title": TITLE},
        "f10-phase": {"kind": "phase-portrait", "from": ["measures/symbiosis"], "title": TITLE},
        "f19b-map": {"kind": "tile-grid", "from": ["measures/even"], "title": TITLE},
        "f22-sigma": {"kind": "convergence", "from": ["measures/sigma"], "title": TITLE},
        "f11-potential": {"kind": "potential", "from": ["measures/haken"], "title": TITLE},
        "f12-responses": {"kind": "responses", "from": ["estimates/dynamics"], "title": TITLE},
        "f13-variance": {"kind": "variance-shares", "from": ["estimates/dynamics"], "title": TITLE}},
}
RAW["estimates"]["long"] = {"sample": "all", "y": "y", "columns": [
    {"estimator": "fmols", "x": ["x"]}, {"estimator": "pmg", "x": ["x"]}, {"estimator": "cce-mg", "x": ["x"]}]}
RAW["report"] = [*RAW["tables"], *RAW["figures"]]

PACKAGE = {"name": "s91", "id": "S91", "title": "Simulated figures", "kind": "dataset", "licence": "CC0", "notes": [],
           "sources": [{"id": "S91", "role": "primary", "title": "Simulated figures", "publisher": "nobody",
                        "address": "https://example.org/simulated", "year": "2001", "how_seen": "drawn",
                        "licence": "CC0", "notes": ""}],
           "resources": [{"path": "figures.csv", "layout": {"kind": "long"},
                          "variables": [{"name": n} for n in ("output", "input", "other")]}]}
PRESS = {**PACKAGE, "name": "s30", "id": "S30", "title": "Simulated paper", "kind": "press",
         "sources": [{**PACKAGE["sources"][0], "id": "S30", "title": "Simulated paper"}],
         "resources": [{"path": "figures.csv", "layout": {"kind": "long"},
                        "variables": [{"name": "cbec_transaction_value"}]}]}


def walks(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([20260101, seed])
    codes, groups = [r.code for r in regions.provinces()], (regions.groups("group3"), regions.groups("group4"))
    rows = []
    for region in regions.provinces():
        common = rng.standard_normal(len(YEARS)).cumsum()
        for t, year in enumerate(YEARS):
            x = common[t] + 0.1 * codes.index(region.code)
            rows.append({"entity": region.code, "time": year, "region_en": region.name_en, "region_zh": region.name_zh,
                         "group3": groups[0][region.code], "group4": groups[1][region.code],
                         "y": 0.5 * x + rng.standard_normal(), "x": x, "z": rng.standard_normal()})
    frame = pd.DataFrame(rows)
    frame.loc[3, "z"] = np.nan                             # a missing cell, as data have them
    return frame


def statistic(name: str, value: float | None, p: float | None, **critical: float) -> dict[str, Any]:
    return {"name": name, "value": value, "pvalue": p, "df": None, "critical": {k[1:].replace("_", "."): v
                                                                             for k, v in critical.items()}}


def test(name: str, y: str, statistics: list[dict[str, Any]], x: list[str] | None = None, *, n: int = 31,
         t: int = 10, details: dict[str, Any] | None = None, warnings: tuple[str, ...] = (),
         **options: Any) -> dict[str, Any]:
    return {"kind": "test", "name": name, "title": name, "null": "", "alternative": "", "statistics": statistics,
            "nobs": n * t, "n_entities": n, "n_periods": t, "lags": 1,
            "options": {"y": y, "x": x or [], "entity": "region_en", "time": "time", **options},
            "details": details or {}, "warnings": list(warnings), "reference": {"text": "Nobody (2001).", "doi": None}}


def parameter(name: str, value: float, se: float, p: float, wild: float | None = None) -> dict[str, Any]:
    made = {"name": name, "value": value, "se": se, "stat": value / se, "pvalue": p,
            "ci": [value - 2 * se, value + 2 * se]}
    return made if wild is None else {**made, "pvalue_wild": wild}


def estimate(name: str, params: list[dict[str, Any]], details: dict[str, Any] | None = None,
             cov: str = "clustered", **options: Any) -> dict[str, Any]:
    return {"kind": "estimate", "name": name, "title": name, "params": params,
            "fit": {"r2": 0.25, "r2_within": 0.125, "f": 3.5}, "cov": cov, "nobs": 310, "n_entities": 31,
            "n_periods": 10, "options": {"y": "y", "x": ["x"], "entity": "region_en", "time": "time", **options},
            "details": details or {}, "warnings": [], "reference": {"text": "Nobody (2001).", "doi": None}}


def results() -> dict[str, Any]:
    """The entries of the study by reference; the numbers are chosen to be told apart, not to mean anything."""
    roots = []
    for trend in ("c", "ct"):
        for i, y in enumerate(("y", "d.y", "x", "d.x")):
            p = 0.001 if y.startswith("d.") else 0.4
            roots.append(test("llc", y, [statistic("t*", -1.5 - i, p)], trend=trend, lags="aic", max_lags=2,
                              warnings=("something that nobody foresaw",)))
            roots.append(test("cips", y, [statistic("CIPS", -1.25 - i, p if y != "x" else 0.02),
                                           statistic("CIPS*", -1.0, p)],
                              trend=trend, lags=1))
    relation = [test("pedroni", "y", [statistic("group-ADF", -2.5, 0.006), statistic("panel-v", 1.5, 0.07),
                                      statistic("panel-v-w", 1.25, 0.11)], ["x"], trend=trend) for trend in ("c", "ct")]
    relation.append(test("kao", "y", [statistic("ADF", -1.0, 0.16)], ["x"], trend="c"))
    rank = [test("engle-granger", "y", [statistic("t", -3.5, 0.04, _0_05=-3.4)], ["x"], n=1, trend="c"),
            test("johansen", "y", [statistic("trace r<=0", 12.5, 0.2, _0_05=15.4), statistic("trace r<=1", 1.5, None)],
                 ["x"], n=1, trend="c", case=3, lags=1)]
    rng = np.random.default_rng(20260101)
    who = [{"entity": r.name_en, "nobs": 8, "W": float(w), "pvalue": float(p)} for r, w, p in zip(
        regions.provinces(), rng.chisquare(1, 31), rng.uniform(size=31) ** 2, strict=True)]
    granger = [test("dumitrescu-hurlin", y, [statistic("Z-bar-tilde", z, p), statistic("Z-bar", z + 1, p / 2),
                                             statistic("W-bar", 1 + z, None)], [x], order=1, bootstrap=99, seed=7,
                    details={"pvalues_normal": {"Z-bar-tilde": p + 0.01, "Z-bar": p / 2}, "entities": who})
               for y, x, z, p in (("d.y", "d.x", 2.5, 0.012), ("d.x", "d.y", 0.5, 0.6))]
    base = [
        estimate("pooled", [parameter("const", 1.5, 0.5, 0.003), parameter("x", 0.125, 0.1, 0.21, 0.25)]),
        estimate("re", [parameter("const", 1.0, 0.5, 0.05), parameter("x", 0.25, 0.1, 0.013, 0.02),
                        parameter("z", -0.5, 0.25, 0.05)], x=["x", "z"],
                 details={"checks": [test("mundlak", "y", [statistic("chi2", 4.5, 0.03)], ["x", "z"])]}),
        estimate("twoway", [parameter("x", 0.375, 0.1, 0.0004), parameter("z", -0.25, 0.25, 0.3)], x=["x", "z"],
                 cov="driscoll-kraay", effects="twoway"),
        estimate("twoway", [parameter("x", 0.5, 0.2, 0.02), parameter("central:x", -0.125, 0.1, 0.2),
                            parameter("west:x", -0.25, 0.1, 0.02)], effects="twoway", x=["x", "central:x", "west:x"],
                 details={"difference": {"name": "F", "value": 3.25, "df": [2, 30], "pvalue": 0.053,
                                         "groups": ["east", "central", "west"]},
                          "column": {"label": text("All", "全样本")}})]
    lags = [
        estimate("fe", [parameter("x", 0.375, 0.1, 0.0004)], effects="entity"),
        {**estimate("gmm-diff", [parameter("L1.y", 0.5, 0.125, 0.0001), parameter("x", 0.625, 0.25, 0.012)],
                    {"hansen": {"statistic": 3.0, "df": 4, "pvalue": 0.558},
                     "ar1": {"statistic": -2.5, "pvalue": 0.012}, "ar2": {"statistic": 0.5, "pvalue": 0.617}},
                    cov="robust", effects="time", steps=2),
         "fit": {"n_instruments": 17, "n_groups": 31}}]
    pairs = [{"treated": "2005", "control": c, "kind": k, "weight": w, "estimate": 0.5} for c, k, w in (
        (None, "treated against never treated", 0.75), ("2003", "later against earlier", 0.25))]
    timing = [estimate("did", [parameter("x", 0.5, 0.25, 0.05)], {"decomposition": pairs}, x=[], treat="x"),
              estimate("event-study", [parameter("att", 0.375, 0.125, 0.005), parameter("event[0]", 0.25, 0.125, 0.05),
                                       parameter("event[-2]", 0.0625, 0.125, 0.6)],
                       {"pretrend": {"F": 0.25, "df": [1, 29], "pvalue": 0.625},
                        "placebo": {"draws": 99, "pvalue": 0.03},
                        "bands": {"critical": 2.5, "draws": 99, "rows": [{"name": "event[0]", "low": -0.0625,
                                                                          "high": 0.5625}]}},
                       x=[], treat="x", method="imputation")]
    entries = {"estimates/timing": ("all", timing)}
    entries |= {"tests/dependence": ("all", [test("cd", y, [statistic("CD", 5.0, 1e-7)], details={
        "mean_rho": 0.5, "mean_abs_rho": 0.625}) for y in ("y", "x")]), "tests/roots": ("all", roots),
        "tests/relation": ("all", relation), "tests/rank": ("one", rank), "tests/granger": ("all", granger),
        "estimates/base": ("all", base), "estimates/lags": ("all", lags),
        "estimates/dynamics": ("all", dynamics())}
    entries["estimates/long"] = ("all", long_run(rng))
    return {ref: {"entry": ref, "sample": sample, "results": found} for ref, (sample, found) in entries.items()}


def dynamics() -> list[dict[str, Any]]:
    """A panel VAR of the walks' differences, and the local projection of its first shock."""
    from clustertrade.estimators import local_projection, panel_var
    from clustertrade.study.compute import panel_of

    panel = panel_of(walks(1), ["d.x", "d.y"])
    var = panel_var(panel["d.x"], panel["d.y"], order="bic", max_lags=2, horizon=4, bootstrap=19, demean=True)
    return [var.to_dict(),
            local_projection(panel["d.y"], panel["d.x"], horizon=3).to_dict()]


def long_run(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Three estimates of the long run, as their procedures report it."""
    own = [{"entity": r.name_en, "coefficients": {"x": float(b)}, "se": {"x": 0.25}}
           for r, b in zip(regions.provinces(), rng.standard_normal(31), strict=True)]
    cd = {"CD": 2.5, "pvalue": 0.0124, "mean_abs_rho": 0.25, "pairs": 465}
    back, away = ({"adjustment": "returns", "value": 2.5, "ci": [1.0, None]},
                  {"adjustment": "does not return", "value": None, "ci": None})
    hausman = [{"compared": "mg-pmg", "chi2": 1.5, "df": 1, "pvalue": 0.22, "definite": True},
               {"compared": "mg-dfe", "chi2": None, "df": 1, "pvalue": None, "definite": False}]
    return [
        estimate("fmols", [parameter("const", 1.0, 0.5, 0.05), parameter("x", 0.625, 0.1, 1e-9)], cov="robust",
                 details={"entities": own, "residual_cd": cd,
                          "error_correction": {**parameter("ec", -0.25, 0.05, 1e-6), "half_life": back}}),
        estimate("pmg", [parameter("x", 0.75, 0.1, 1e-9), parameter("ec", 0.125, 0.1, 0.2)], cov="unadjusted", lags=1,
                 details={"residual_cd": cd, "half_life": away, "hausman": hausman, "entities": [
                     {"entity": e["entity"], "coefficients": {"ec": -0.5}, "se": {"ec": 0.1}} for e in own]}),
        estimate("cce-mg", [parameter("L1.y", 0.5, 0.1, 1e-6), parameter("x", 0.25, 0.1, 0.01)], cov="mean-group",
                 y_lags=1, lags=0, details={"entities": own, "residual_cd": cd, "half_life": back, "mean_lags": 2,
                                            "long_run": [parameter("x", 0.875, 0.2, 1e-5),
                                                         parameter("ec", -0.5, 0.1, 1e-6)]})]


def quality() -> dict[str, Any]:
    coverage = [{"variable": v, "level": level, "freq": "A", "source_id": source, "regions": n, "first": "2001",
                 "last": "2010", "periods": 10, "cells": 10 * n - (v == "other"), "absent_cells": int(v == "other"),
                 "absent": {}, "absent_years": [], "flagged": 0, "absent_regions": [],
                 "by_period": dict.fromkeys(YEARS, n - (v == "other"))}
                for v, level, source, n in (("output", "province", "S91", 31), ("input", "province", "S91", 31),
                                            ("other", "province", "S91", 31), ("output", "national", "S91", 1),
                                            ("cbec_transaction_value", "national", "S30", 1))]
    checks = [{"check": "a-b", "en": "one against another", "zh": "一与另一", "n": 10, "tolerance": 0.01,
               "absolute": False, "deviation": d, "mean_deviation": d / 2, "failing": int(d > 0.01), "flagged": 0,
               "worst": "", "worst_left": 1.0, "worst_right": 1.0, "status": status, "note_en": note, "note_zh": note}
              for d, status, note in ((0.001, "PASS", ""), (0.5, "FAIL", ""), (0.2, "INFO", "known"))]
    return {"sources": [{"source_id": "S91", "title": "Simulated figures", "kind": "dataset", "cells": 930,
                         "tidy": 929, "records": 0, "missing": 1, "quarantined": 2, "flagged": 0}],
            "totals": {"cells": 930, "tidy": 929, "records": 0, "missing": 1, "quarantined": 2}, "coverage": coverage,
            "flags": [], "breaks": [], "reconciliation": [*checks, {**checks[0], "source_id": "S91"}],
            "quarantine": {"text": 2}, "warnings": [], "vintages": [], "missing": []}


def audit() -> list[dict[str, Any]]:
    return [{"id": f"A0{i}", "statement": text(f"Claim {i}", f"论断 {i}"), "printed": "1.0", "recomputed": "1.1",
             "status": status, "detail": text("simulated", "模拟"), "figures": []}
            for i, status in enumerate(("PASS", "FAIL", "INFO"), 1)]


def write(folder: Path) -> Inputs:
    """The whole study in a folder; the paths of its plan are inside it."""
    raw = folder / "raw"
    for package in (PACKAGE, PRESS):
        (raw / package["name"]).mkdir(parents=True)
        (raw / package["name"] / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
        (raw / package["name"] / "figures.csv").write_text("simulated\n", encoding="utf-8")
    study = Study(RAW, folder / "toy.yaml")
    (folder / "toy.yaml").write_text(json.dumps(RAW), encoding="utf-8")
    plan = Plan(study, raw, folder / "processed", folder / "results")
    (plan.processed / "tidy").mkdir(parents=True)
    frame = walks(1)
    frame.to_parquet(plan.sample("all"), index=False)
    frame[frame["time"] == "2010"].to_parquet(plan.sample("year"), index=False)
    one = frame[frame["entity"] == "110000"].assign(entity="000000", region_en="China", region_zh="全国")
    one.drop(columns="z").to_parquet(plan.sample("one"), index=False)
    tidy = [{"source_id": "S30", "region_code": "000000", "region_en": "China", "region_zh": "全国",
             "level": "national", "period": year, "year": int(year), "freq": "A",
             "variable": "cbec_transaction_value", "value": 1e12 * i, "unit": "yuan", "published": f"{i}.0",
             "published_unit": "trillion yuan", "flag": ""} for i, year in enumerate(YEARS[:3], 1)]
    pd.DataFrame(tidy).to_parquet(plan.tidy("S30"), index=False)
    share = {"kind": "measure", "name": "hhi", "title": "hhi", "columns": ["year", "value"],
             "rows": [{"year": year, "value": 0.1} for year in YEARS], "options": {}, "details": {}, "warnings": [],
             "reference": {"text": "Nobody (2001).", "doi": None}}
    curve = specifications(study, "choices", {"all": frame}, lambda text: None)
    computed = {f"estimates/{n}": compute.estimates(study, n, {"all": frame}, print)[0]
                for n in ("mechanism", "moderation", "threshold", "spatial")}
    computed["tests/moran"] = compute.tests(study, "moran", {"all": frame}, print)
    for ref, made in {**results(), **computed, "specifications/choices": curve,
                      "measures/share": share, "clean/quality": quality(), "audit": audit()}.items():
        path = Path(plan.result(ref))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(made), encoding="utf-8")
    for name, spec in RAW["measures"].items():
        if "sample" in spec or "of" in spec:               # these are computed, from noise
            path = Path(plan.result(f"measures/{name}"))
            path.write_text(json.dumps(build.measure(plan, name)), encoding="utf-8")
    return Inputs(plan)
