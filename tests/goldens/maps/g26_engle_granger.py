"""gretl coint: the statistic; its p-values come from MacKinnon's (1996) tables and ours from a simulation of our own.

With lags gretl's p is asymptotic, without lags that of the sample size: ``--convention gretl`` does the same.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"Engle-Granger with p-value", "Engle-Granger, lag by test-down"}
NOT_OFFERED: dict[str, str] = {}
TREND = {"nc": "n", "c": "c", "ct": "ct"}
CRITERIA = {"AIC": "aic", "BIC": "bic", "tstat": "t"}


def to_case(raw: dict[str, Any]) -> Case:
    """p-values agree within the simulation error of both sides (kind ``simulated``)."""
    options, want, columns = raw["options"], raw["expected"], raw["input"]["columns"]
    data = frame(raw["input"]["file"])[columns].dropna()
    if raw["input"]["transform"] == "log":
        data = np.log(data)
    run = partial(ct.test, "engle-granger", data, y=columns[0], x=columns[1:], trend=TREND[options["det"]],
                  convention="gretl", **(
                      {"lags": options["lags"]} if "lags" in options else
                      {"lags": CRITERIA[options["test_down"]], "max_lags": options["maxlag"]}))
    return Case(raw["id"], raw["call"], run, (Check("t", statistic("t"), want["test"]),
                                             Check("p", pvalue("t"), want["pvalue"], "simulated")))
