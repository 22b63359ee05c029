"""urca::cajorls: relations, coefficients, errors and p of every equation."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame

GROUP = "11_ts_coint"
METHODS = {"VECM (Johansen ML then OLS, r=1)"}
NOT_OFFERED: dict[str, str] = {}
CASE = {"none": 3, "const": 2, "trend": 4}


def to_case(raw: dict[str, Any]) -> Case:
    """ect1 is ec1, LRM.dl1 is L1.d.LRM; the series keep their order."""
    given, want, options = raw["input"], raw["expected"], raw["options"]
    data = frame(given["file"])[given["columns"]].dropna().reset_index(drop=True)
    run = partial(ct.estimate, "vecm", data, y=given["columns"][0], x=given["columns"][1:], lags=options["K"] - 1,
                  case=CASE[options["ecdet"]], rank=options["r"])
    checks = [Check(f"beta {name}", lambda r, i=i: r.details["beta"][i]["value"], row["ect1"])
              for i, (name, row) in enumerate(zip(want["beta"]["rows"], want["beta"]["values"], strict=True))]
    for i, column in enumerate(given["columns"]):
        for term, row in want["by_eq"][f"Response {column}.d"].items():
            called = _name(term)
            for key, theirs, kind in (("value", "coef", None), ("se", "se", None), ("pvalue", "p", "pvalue")):
                of = lambda r, i=i, name=called, key=key: next(  # noqa: E731
                    c[key] for c in r.details["equations"][i]["coefficients"] if c["name"] == name)
                checks.append(Check(f"{column} {term} {key}", of, row[theirs], *([kind] if kind else [])))
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _name(term: str) -> str:
    if term in ("ect1", "constant"):
        return {"ect1": "ec1", "constant": "const"}[term]
    column, _, lag = term.rpartition(".dl")
    return f"L{lag}.d.{column}"
