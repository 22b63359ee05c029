"""plm::pcdtest."""

from __future__ import annotations

from functools import partial
from typing import Any

import clustertrade as ct
from tests.goldens.harness import Case, Check, panel_frame, pvalue, statistic

GROUP = "21_dependence"
METHODS = {"CD tests on a series"}
NOT_OFFERED = {
    "CD tests on model residuals": "residuals of a named model are tested through --residuals-of",
    "Slope homogeneity (Pesaran-Yamagata)": "own-R second opinion; slope-homogeneity is not built yet",
    "Chow / poolability F": "f-effects is not built yet",
}


def to_case(raw: dict[str, Any]) -> Case | None:
    """CD on a series; the LM variants are not built yet."""
    given, want = raw["input"], raw["expected"]
    if raw["options"]["test"] != "cd":
        return None
    entity, time = given["index"]
    data = panel_frame(given)
    if raw["options"].get("diff"):
        data = data.assign(**{given["column"]: data.groupby(entity)[given["column"]].diff()}).dropna()
    run = partial(ct.test, "cd", data, entity=entity, time=time, y=given["column"])
    return Case(raw["id"], raw["call"], run, (Check("CD", statistic("CD"), want["statistic"]),
                                             Check("CD p", pvalue("CD"), want["p_value"], "pvalue")))
