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
    """A constant in the levels, none in the regression of the residuals."""
    want, columns = raw["expected"], raw["input"]["columns"]
    data = frame(raw["input"]["file"])[columns].dropna()
    run = partial(ct.test, "engle-granger", data, y=columns[0], x=columns[1:], trend=raw["options"]["trend"],
                  lags=raw["options"]["lags"], convention="urca")
    checks = [Check("t", statistic("t"), want["teststat"]), Check("nobs", lambda r: r.nobs, want["nobs"])]
    checks += [Check(name, lambda r, name=name: r.details["coefficients"][name], value)
               for name, value in zip(["const", *columns[1:]], want["step1"], strict=True)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
