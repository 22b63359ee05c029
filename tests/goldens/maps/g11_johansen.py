"""urca::ca.jo: statistics, eigenvectors and loadings.

Its critical values are those of Osterwald-Lenum (1992); ours are Doornik's (1998) and are held to those of MacKinnon,
Haug and Michelis (1999) in tests/cointegration.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, frame, statistic

GROUP = "11_ts_coint"
METHODS = {"Johansen"}
NOT_OFFERED: dict[str, str] = {}
CASE = {"none": 3, "const": 2, "trend": 4}


def entry(part: str, row: int, column: int):
    """A cell of ``details.eigenvectors`` or ``details.loadings``."""
    return lambda result: result.details[part][row][f"v{column + 1}"]


def to_case(raw: dict[str, Any]) -> Case:
    """Statistics in urca's order (from r <= p - 1 down to r = 0); vectors normalised on the first variable."""
    options, want, columns = raw["options"], raw["expected"], raw["input"]["columns"]
    data = frame(raw["input"]["file"])[columns].dropna()
    run = partial(ct.test, "johansen", data, y=columns[0], x=columns[1:], case=CASE[options["ecdet"]],
                  lags=options["K"] - 1, convention="urca")
    kind, p = ("max-eig" if options["type"] == "eigen" else "trace"), len(columns)
    names = [f"{kind} r<={r}" for r in reversed(range(p))]
    checks = [Check(n, statistic(n), v) for n, v in zip(names, want["teststat"], strict=True)]
    for part, key in (("eigenvectors", "V"), ("loadings", "W")):
        checks += [Check(f"{part} {i} {j}", entry(part, i, j), float(line[want[key]["cols"][j]]))
                   for i, line in enumerate(want[key]["values"]) for j in range(p)]
    checks += [Check(f"lambda {j}", lambda r, j=j: r.details["eigenvalues"][j], want["lambda"][j]) for j in range(p)]
    return Case(raw["id"], raw["call"], run, tuple(checks))
