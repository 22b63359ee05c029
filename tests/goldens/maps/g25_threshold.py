"""The panel threshold, found by a search over all candidates in R."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "25_panelreg"
METHODS = {"Panel threshold (Hansen 1999)"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """R's quantiles of type 1 are our candidates; coefficients stand in the order of its regressors."""
    given, options, want = raw["input"], raw["options"], raw["expected"]
    switching, common = (list(np.atleast_1d(given[k] if given[k] else [])) for k in ("x_regime", "x_common"))
    run = partial(ct.estimate, "threshold", frame(given["file"]), entity=given["index"][0], time=given["index"][1],
                  y=given["y"], x=[*switching, *common], switching=switching, threshold_var=given["threshold"],
                  trim=options["trim"], grid=options.get("grid"), bootstrap=0)
    names = [*(f"{x}[{r}]" for x in switching for r in (1, 2)), *common]
    checks = [Check("gamma", lambda r: r.details["thresholds"][0], want["gamma"]),
              Check("ssr0", lambda r: r.details["tests"][0]["ssr0"], want["ssr0"]),
              Check("ssr1", lambda r: r.details["tests"][0]["ssr1"], want["ssr1"]),
              Check("F1", lambda r: r.details["tests"][0]["F"], want["F1"]),
              Check("sigma2", lambda r: r.details["sigma2"], want["sigma2"]),
              Check("low", lambda r: r.details["intervals"][0]["low"], want["ci95"][0]),
              Check("high", lambda r: r.details["intervals"][0]["high"], want["ci95"][1]),
              Check("rows below", lambda r: r.details["regimes"][0]["rows"], want["n_low"])]
    checks += [Check(n, lambda r, n=n: r[n].value, v) for n, v in zip(names, want["coef"], strict=True)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
