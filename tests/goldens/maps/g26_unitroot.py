"""gretl adf (series and panels) and levinlin."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, panel_frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"Panel ADF (IPS, Choi)", "Levin-Lin-Chu", "ADF with MacKinnon p", "ADF, lag by test-down", "KPSS (gretl)"}
NOT_OFFERED = {
    "KPSS (gretl), p": "linear between critical values of three levels; ours is exact",
    "Panel ADF (IPS, Choi), Z of unbalanced panels with trend": "gretl takes the moments of the case without trend",
}
CHOI = {"inv_chi2": "P", "inv_normal": "Z", "logit": "L*"}
CRITERIA = {"AIC": "aic", "BIC": "bic", "tstat": "t"}


def to_case(raw: dict[str, Any]) -> Case | None:
    """Statistics and p-values under gretl's convention."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    trend = {"nc": "n"}.get(options["det"], options["det"])
    if raw["method"].startswith(("ADF", "KPSS")):
        return _series(raw, trend)
    entity, time = given["index"]
    run = partial(ct.test, data=panel_frame(given), entity=entity, time=time, y=given["column"], trend=trend,
                  convention="gretl", **_lags(options))
    if raw["method"] == "Levin-Lin-Chu":
        return Case(raw["id"], raw["call"], partial(run, "llc"), (
            Check("t*", statistic("t*"), want["z"]), Check("t* p", pvalue("t*"), want["p_value"], "pvalue"),
            Check("S_N", lambda r: r.details["S_N"], f"{want['S_N']:.6g}"),
            Check("bandwidth", lambda r: r.details["entities"][0]["bandwidth"], want["text_bandwidth"])))
    # without lags gretl prints t-bar in the place of W-t-bar, in unbalanced panels Z-t-bar; without deterministic terms
    # none of them has a law
    balanced = given.get("balanced", True)
    average = ("t-bar" if balanced else "Z-t-bar") if options.get("lags", 1) == 0 else "W-t-bar"
    told = want["ips_W_tbar_6digits"]
    has_average = trend != "n" and told is not None and not (average == "Z-t-bar" and trend == "ct")
    if raw.get("more"):                                    # the p of entities are another law's: see fisher-adf
        return None if not has_average else Case(raw["id"], raw["call"], partial(run, "ips"), (
            Check(average, statistic(average), f"{told:.6g}"),))

    def both() -> tuple[Any, Any]:
        return run("fisher-adf"), run("ips") if has_average else None

    checks = [check for theirs, ours in CHOI.items() for check in (
        Check(ours, lambda r, ours=ours: r[0][ours].value, want["choi"][theirs]),
        Check(f"{ours} p", lambda r, ours=ours: r[0][ours].pvalue, want["choi_p"][theirs], "pvalue"))]
    if has_average:
        checks.append(Check(average, lambda r: r[1][average].value, f"{told:.6g}"))
    return Case(raw["id"], raw["call"], both, tuple(checks))


def _series(raw: dict[str, Any], trend: str) -> Case:
    given, want, options = raw["input"], raw["expected"], raw["options"]
    data = frame(given["file"])[given["columns"]].dropna()[[given["column"]]]
    if given["transform"] == "log":
        data = np.log(data)
    if raw["method"].startswith("KPSS"):
        width = {"bandwidth": options["m"]} if options["m"] >= 0 else {}                          # 4 (T/100)^(1/4)
        run = partial(ct.test, "kpss", data, y=given["column"], trend=trend, convention="gretl", **width)
        return Case(raw["id"], raw["call"], run, (Check("eta", statistic("eta"), want["test"]),))
    run = partial(ct.test, "adf", data, y=given["column"], trend=trend, convention="gretl", **_lags(options))
    kind = "pvalue" if not raw.get("more") else "mackinnon" if options.get("lags") else "simulated"
    return Case(raw["id"], raw["call"], run, (Check("t", statistic("t"), want["test"]),
                                             Check("t p", pvalue("t"), want["pvalue"], kind)))


def _lags(options: dict[str, Any]) -> dict[str, Any]:
    if "lags" in options:
        return {"lags": options["lags"]}
    return {"lags": CRITERIA[options["test_down"]], "max_lags": options["maxlag"]}
