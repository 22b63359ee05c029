"""A battery of unit root tests as the results of its tests, so that layouts and notes need not know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Result = Mapping[str, Any]
NAME = "unit-root-battery"


def parts_of(results: Iterable[Result], wanted: Sequence[str] = ()) -> Iterator[Result]:
    """The results, a battery replaced by those of its tests that have a value, as if each had been run alone.

    wanted are the procedures that a table shows, all where there are none; the variables stand in the order of the
    battery, a variable before its differences, and warnings of the battery itself stay with its first test.
    """
    for r in results:
        if r["name"] != NAME:
            if not wanted or r["name"] in wanted:
                yield r
            continue
        own = list(r["warnings"])
        for row in r["details"]["results"]:
            if row["value"] is None or (wanted and row["procedure"] not in wanted):
                continue
            statistic = {"name": row["statistic"], "value": row["value"], "pvalue": row["pvalue"], "df": None,
                         "critical": {}}
            yield {**r, "name": row["procedure"], "statistics": [statistic], "lags": row["lags"],
                   "n_periods": row["n_periods"], "warnings": [*own, *row["warnings"]], "details": {},
                   "options": {**row["options"], "y": row["variable"], "x": [], "entity": r["options"]["entity"],
                               "time": r["options"]["time"]}}
            own = []
