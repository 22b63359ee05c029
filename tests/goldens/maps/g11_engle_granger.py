"""Engle-Granger by lm and urca::ur.df: the statistic and the regression in levels."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "11_ts_coint"
METHODS = {"Engle-Granger two-step"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """Deterministic terms in the levels, none in the regression of the residuals."""
    want, columns, trend = raw["expected"], raw["input"]["columns"], raw["options"]["trend"]
    first = want["step1"] if isinstance(want["step1"], list) else [want["step1"]]
    terms = ["const"] * (trend != "n") + columns[1:] + ["trend"] * (trend == "ct")
    data = frame(raw["input"]["file"])[columns].dropna()
    run = partial(ct.test, "engle-granger", data, y=columns[0], x=columns[1:], trend=trend,
                  lags=raw["options"]["lags"], convention="urca")
    checks = [Check("t", statistic("t"), want["teststat"]), Check("nobs", lambda r: r.nobs, want["nobs"])]
    checks += [Check(name, lambda r, name=name: r.details["coefficients"][name], value)
               for name, value in zip(terms, first, strict=True)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
