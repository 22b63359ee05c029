"""PooledMeanGroup: ARDL(1, 1, ..., 1) by maximum likelihood."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

import clustertrade as ct
from tests.goldens.harness import Case, Check, disagreements, frame

GROUP = "23_longrun"
METHODS = {"Pooled Mean Group"}
NOT_OFFERED: dict[str, str] = {}


def to_case(raw: dict[str, Any]) -> Case:
    """The highest of several maxima is what both should report."""
    given, want = raw["input"], raw["expected"]
    entity, time = given["index"]
    columns = [given["y"], *given["x"]]
    data = frame(given["file"])[[entity, time, *columns]]
    if given["transform"] == "log":
        data = data.assign(**{c: np.log(data[c]) for c in columns})
    run = partial(ct.estimate, "pmg", data, entity=entity, time=time, y=given["y"], x=given["x"])
    checks = [Check("loglik", lambda r: r.fit["loglik"], want["logl"], "iterated")]
    for name, row in zip(given["x"], want["LR"]["values"], strict=True):
        checks += [Check(name, partial(_long, name=name, key="value"), row["Coef"], "iterated"),
                   Check(f"{name} se", partial(_long, name=name, key="se"), row["StdErr"], "iterated"),
                   Check(f"{name} p", partial(_long, name=name, key="pvalue"), row["P>|z|"], "pvalue")]
    for j, name in enumerate(("ec", *(f"d.{x}" for x in given["x"]), "const")):
        for ours, at in (("coefficients", 0), ("se", 1)):
            values = [list(unit["values"][j].values())[at] for unit in want["SR_raw"]]
            checks.append(Check(f"{name} of entities: {ours}",
                                disagreements(partial(_short, name=name, key=ours), values, "iterated"), 0))
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _long(result: Any, *, name: str, key: str) -> float:
    return getattr(result[name], key)


def _short(result: Any, *, name: str, key: str) -> list[float]:
    return [row[key][name] for row in result.details["entities"]]
