"""gretl adf (series and panels) and levinlin."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, panel_frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"Panel ADF (IPS, Choi)", "Levin-Lin-Chu", "ADF with MacKinnon p", "ADF, lag by test-down"}
NOT_OFFERED: dict[str, str] = {}
CHOI = {"inv_chi2": "P", "inv_normal": "Z", "logit": "L*"}
CRITERIA = {"AIC": "aic", "BIC": "bic", "tstat": "t"}


def to_case(raw: dict[str, Any]) -> Case:
    """Statistics and p-values under gretl's convention."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    trend = {"nc": "n"}.get(options["det"], options["det"])
    if raw["method"].startswith("ADF"):
        return _series(raw, trend)
    entity, time = given["index"]
    run = partial(ct.test, data=panel_frame(given), entity=entity, time=time, y=given["column"], trend=trend,
                  lags=options["lags"], convention="gretl")
    if raw["method"] == "Levin-Lin-Chu":
        return Case(raw["id"], raw["call"], partial(run, "llc"), (
            Check("t*", statistic("t*"), want["z"]), Check("t* p", pvalue("t*"), want["p_value"], "pvalue"),
            Check("S_N", lambda r: r.details["S_N"], f"{want['S_N']:.6g}"),
            Check("bandwidth", lambda r: r.details["entities"][0]["bandwidth"], want["text_bandwidth"])))
    # without lags gretl prints t-bar in the place of W-t-bar; without deterministic terms neither has a law
    average = "W-t-bar" if options["lags"] else "t-bar"

    def both() -> tuple[Any, Any]:
        return run("fisher-adf"), run("ips") if trend != "n" else None

    checks = [check for theirs, ours in CHOI.items() for check in (
        Check(ours, lambda r, ours=ours: r[0][ours].value, want["choi"][theirs]),
        Check(f"{ours} p", lambda r, ours=ours: r[0][ours].pvalue, want["choi_p"][theirs], "pvalue"))]
    if trend != "n":
        checks.append(Check(average, lambda r: r[1][average].value, f"{want['ips_W_tbar_6digits']:.6g}"))
    return Case(raw["id"], raw["call"], both, tuple(checks))


def _series(raw: dict[str, Any], trend: str) -> Case:
    given, want, options = raw["input"], raw["expected"], raw["options"]
    data = frame(given["file"])[given["columns"]].dropna()[[given["column"]]]
    if given["transform"] == "log":
        data = np.log(data)
    lags = {"lags": options["lags"]} if "lags" in options else {"lags": CRITERIA[options["test_down"]],
                                                                "max_lags": options["maxlag"]}
    run = partial(ct.test, "adf", data, y=given["column"], trend=trend, convention="gretl", **lags)
    return Case(raw["id"], raw["call"], run, (Check("t", statistic("t"), want["test"]),
                                             Check("t p", pvalue("t"), want["pvalue"], "pvalue")))
