"""Kao's unadjusted statistics and the parts of the others, coded in R."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "22_panel_coint"
METHODS = {"Kao DF_rho, DF_t (unadjusted) and pooled ADF t"}
NOT_OFFERED: dict[str, str] = {}
RAW = {"rho": "rho", "t_rho": "t_rho", "adf_coef": "adf_coef", "adf_t": "t_adf", "adf_nobs": "adf_nobs"}


def to_case(raw: dict[str, Any]) -> Case:
    """The adjusted statistics have no reference; bandwidth does not enter what is compared."""
    given, want = raw["input"], raw["expected"]
    entity, time = given["index"]
    columns = [given["y"], *given["x"]]
    data = frame(given["file"])[[entity, time, *columns]]
    if given["transform"] == "log":
        data = data.assign(**{column: np.log(data[column]) for column in columns})
    run = partial(ct.test, "kao", data, entity=entity, time=time, y=given["y"], x=given["x"],
                  lags=raw["options"]["adf_lags"])
    checks = [Check("UMDF", statistic("UMDF"), want["DF_rho"]), Check("UDF", statistic("UDF"), want["DF_t"]),
              *(Check(key, lambda r, ours=ours: r.details["raw"][ours], want[key]) for key, ours in RAW.items()),
              *(Check(name, lambda r, name=name: r.details["coefficients"][name], value)
                for name, value in want["beta_lsdv"].items())]
    return Case(raw["id"], raw["call"], run, tuple(checks))
