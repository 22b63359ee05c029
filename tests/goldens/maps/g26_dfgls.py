"""gretl adf --gls."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"ADF-GLS", "ADF-GLS, lag by test-down"}
CRITERIA = {"AIC": "aic", "BIC": "bic", "tstat": "t"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """The statistic; gretl's p is from a simulated asymptotic table of its own (differences/26_gretl-dfgls.yaml)."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    data = frame(given["file"])[given["columns"]].dropna()
    if given["transform"] == "log":
        data = np.log(data)
    lags = ({"lags": options["lags"]} if "lags" in options else
            {"lags": CRITERIA[options["test_down"]], "max_lags": options["maxlag"]})
    run = partial(ct.test, "dfgls", data, y=given["column"], trend=options["det"], convention="gretl", **lags)
    check = Check("t", statistic("t"), want["test"])
    if raw.get("more"):
        return Case(raw["id"], raw["call"], run, (check,))
    return Case(raw["id"], raw["call"], run, (check, Check("t p", pvalue("t"), want["pvalue"], "pvalue")))
