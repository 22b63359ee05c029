"""gretl coint2: statistics, the p-values that it prints (asymptotic) and the ones that it stores (sample size)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, pvalue, statistic

GROUP = "26_gretl"
METHODS = {"Johansen with p-values"}
NOT_OFFERED: dict[str, str] = {}
CASE = {"nc": 1, "rc": 2, "uc": 3, "crt": 4, "ct": 5}


def to_case(raw: dict[str, Any]) -> Case:
    """The order counts lags in levels; printed p-values have four digits."""
    options, want, columns = raw["options"], raw["expected"], raw["input"]["columns"]
    data = frame(raw["input"]["file"])[columns].dropna()
    if raw["input"]["transform"] == "log":
        data = np.log(data)
    run = partial(ct.test, "johansen", data, y=columns[0], x=columns[1:], case=CASE[options["case"]],
                  lags=options["order"] - 1, convention="gretl")
    checks = []
    for i, r in enumerate(want["rank"]):
        trace, largest = f"trace r<={r}", f"max-eig r<={r}"
        checks += [Check(trace, statistic(trace), want["trace"][i]),
                   Check(largest, statistic(largest), want["lmax"][i]),
                   Check(f"{trace} p", pvalue(trace), want["trace_p_asymptotic_4digits"][i], "pvalue"),
                   Check(f"{largest} p", pvalue(largest), want["lmax_p"][i]),
                   Check(f"{trace} p for the sample size",
                         lambda result, i=i: result.details["small_sample"]["trace_pvalues"][i],
                         want["trace_p_df_corrected"][i])]
    return Case(raw["id"], raw["call"], run, tuple(checks))
