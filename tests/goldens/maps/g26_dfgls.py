"""gretl adf --gls."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"ADF-GLS"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """Two lags; gretl's p is from a simulated asymptotic table of its own (differences/26_gretl-dfgls.yaml)."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    data = frame(given["file"])[given["columns"]].dropna()
    if given["transform"] == "log":
        data = np.log(data)
    run = partial(ct.test, "dfgls", data, y=given["column"], trend=options["det"], lags=options["lags"])
    return Case(raw["id"], raw["call"], run, (Check("t", statistic("t"), want["test"]),
                                              Check("t p", pvalue("t"), want["pvalue"], "pvalue")))
