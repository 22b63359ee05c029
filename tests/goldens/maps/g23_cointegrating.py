"""cointReg: fully modified and dynamic least squares of single series, and their means over panels.

Its bandwidth b weighs 1 - j/b, so that ours is b - 1 (quadratic spectral: b).  It multiplies the second-order bias by
all n periods where n - 1 changes are summed; ``_as_cointreg`` puts that factor in.  With a trend it takes the changes
of x as they are, where Hansen (1992) and arch detrend x; those cases are not compared.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

import clustertrade as ct
from tests.goldens.harness import Case, Check, disagreements, frame

GROUP = "23_longrun"
METHODS = {"FMOLS", "DOLS", "Panel FMOLS (group mean)", "Panel DOLS (group mean)"}
NOT_OFFERED = {"DOLS (IC leads/lags)": "it compares orders on other samples with another penalty than the criteria"}
KERNELS = {"ba": "bartlett", "pa": "parzen", "qs": "qs"}


def _data(given: dict[str, Any]) -> tuple[pd.DataFrame, list[str]]:
    x = [given["x"]] if isinstance(given["x"], str) else list(given["x"])
    data = frame(given["file"])[[*given.get("index", []), given["y"], *x]].dropna()
    if given["transform"] == "log":
        data = data.assign(**{c: np.log(data[c]) for c in (given["y"], *x)})
    return data.reset_index(drop=True), x


def _width(kernel: str, bandwidth: int) -> int:
    return bandwidth if kernel == "qs" else bandwidth - 1


def to_case(raw: dict[str, Any]) -> Case | None:
    """A number of periods as bandwidth; the automatic ones are rules of other papers."""
    if raw["method"].startswith("Panel"):
        return _panel(raw)
    options, want = raw["options"], raw["expected"]
    data, x = _data(raw["input"])
    trend = {"const": "c", "trend": "ct"}[options["deter"]]
    names = [*want["theta"]]
    at = [names.index(n) for n in ("const", *x)]
    how: dict[str, Any] = {"trend": trend, "kernel": KERNELS[options["kernel"]]}
    call = partial(ct.estimate, data=data, y=raw["input"]["y"], x=x)
    if raw["method"] == "DOLS":
        run = partial(call, "dols", leads=options["n.lead"], lags=options["n.lag"], **how)
        checks = [Check(n, partial(_value, name=n), want["theta"][n]) for n in names]
        return Case(raw["id"], raw["call"], run, tuple(checks))
    if trend == "ct" or not isinstance(options["bandwidth"], int):
        return None
    run = partial(call, "fmols", bandwidth=_width(how["kernel"], options["bandwidth"]), **how)
    checks = [Check(n, partial(_as_cointreg, name=n), want["theta"][n]) for n in x]
    checks += [Check(f"{names[k]} se", partial(_se, name=names[k]), want["se"][k]) for k in at]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _panel(raw: dict[str, Any]) -> Case | None:
    options, want = raw["options"], raw["expected"]
    if not isinstance(options["bandwidth"], int):
        return None
    data, x = _data(raw["input"])
    entity, time = raw["input"]["index"]
    name = "dols" if "n.lag" in options else "fmols"
    how = {"leads": options["n.lead"], "lags": options["n.lag"]} if name == "dols" else {}
    run = partial(ct.estimate, name, data, entity=entity, time=time, y=raw["input"]["y"], x=x,
                  bandwidth=_width("bartlett", options["bandwidth"]), **how)
    checks = []
    for v, slopes, ratios in zip(x, want["unit_coef"], want["unit_t"], strict=True):
        ours = partial(_slopes, name=v, adjust=name == "fmols")
        checks.append(Check(f"{v} of entities", disagreements(ours, slopes), 0))
        errors = [b / t for b, t in zip(slopes, ratios, strict=True)]
        checks.append(Check(f"{v} se of entities", disagreements(partial(_errors, name=v), errors), 0))
        if name == "dols":
            checks += [Check(v, partial(_value, name=v), want["group_mean"][v]),
                       Check(f"{v} t", lambda r, v=v: r[v].stat, want["group_t"][v])]
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _value(result: Any, *, name: str) -> float:
    return result[name].value


def _se(result: Any, *, name: str) -> float:
    return result[name].se


def _as_cointreg(result: Any, *, name: str) -> float:
    return result[name].value - result.details["correction"][name] / (result.nobs - 1)


def _slopes(result: Any, *, name: str, adjust: bool) -> list[float]:
    return [row["coefficients"][name] - (row["correction"][name] / (row["nobs"] - 1) if adjust else 0.0)
            for row in result.details["entities"]]


def _errors(result: Any, *, name: str) -> list[float]:
    return [row["se"][name] for row in result.details["entities"]]
