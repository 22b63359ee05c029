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
                  case=CASE[options["ecdet"]], rank=options["r"], convention="urca")
    rows = [*zip(want["beta"]["rows"], want["beta"]["values"], strict=True)]
    cells = [(row, f"ect{k + 1}") for k in range(options["r"]) for row in rows]
    checks = [Check(f"beta {name} {ect}", lambda r, i=i: r.details["beta"][i]["value"], row[ect])
              for i, ((name, row), ect) in enumerate(cells)]
    for i, column in enumerate(given["columns"]):
        for term, row in want["by_eq"][f"Response {column}.d"].items():
            called = _name(term)
            for key, theirs, kind in (("value", "coef", None), ("se", "se", None), ("pvalue", "p", "pvalue")):
                of = lambda r, i=i, name=called, key=key: next(  # noqa: E731
                    c[key] for c in r.details["equations"][i]["coefficients"] if c["name"] == name)
                checks.append(Check(f"{column} {term} {key}", of, row[theirs], *([kind] if kind else [])))
    return Case(raw["id"], raw["call"], run, tuple(checks))


def _name(term: str) -> str:
    if term.startswith("ect") or term == "constant":
        return "const" if term == "constant" else f"ec{term[3:]}"
    column, _, lag = term.rpartition(".dl")
    return f"L{lag}.d.{column}"
