"""Which sources stand behind a variable, and what they are called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from clustertrade.data import vintages
from clustertrade.render.words import Text
from clustertrade.study.load import measured, split_prefix
from clustertrade.study.plan import Plan

LEVELS = {"province": "province", "country": "country", "none": "national"}


def behind(plan: Plan, sample: str, names: Iterable[str]) -> list[str]:
    """The ids of the sources that variables of a sample are built from, in the order of their parts, each once.

    Where several sources give a series, the one that the rule of priorities takes within the periods of the sample.
    """
    study = plan.study
    spec = study.section("samples")[sample]
    found: dict[str, None] = {}
    for name in names:
        variable = study.section("variables")[split_prefix(name)[1]]
        for part in (variable["from"], *variable.get("times", []), *variable.get("over", [])):
            measure = study.section("measures").get(part)
            level = measure.get("level", "province") if measure else LEVELS[spec["entity"]]
            for tidy in measured(measure) if measure else [part]:
                found.update(dict.fromkeys(chosen(plan, tidy, level, spec)))
    return list(found)


def chosen(plan: Plan, variable: str, level: str, sample: Mapping[str, Any]) -> list[str]:
    """The ids of the sources that give a tidy variable at a level within the periods of a sample."""
    return list(_chosen(plan, variable, level, str(sample["from"]), str(sample["to"])))


@lru_cache(maxsize=1024)
def _chosen(plan: Plan, variable: str, level: str, first: str, last: str) -> tuple[str, ...]:
    holders = plan.holders(variable)
    if len(holders) == 1:
        if holders[0] in plan.sources:
            return tuple(holders)
        return tuple(source.id for source in plan.bundles["zones"])  # the stock of zones is counted from their lists
    import pandas as pd

    columns = ["source_id", "variable", "level", "region_code", "region_en", "freq", "period", "value"]
    tidy = pd.concat([pd.read_parquet(plan.tidy(h), columns=columns) for h in holders], ignore_index=True)
    taken, _ = vintages.choose(tidy[tidy["level"] == level])
    years = taken["period"].str[:4]
    within = (taken["variable"] == variable) & (years >= first) & (years <= last)
    return tuple(sorted(taken.loc[within, "source_id"].unique()))


def titled(plan: Plan, ids: Iterable[str]) -> list[Text]:
    """``[S01] title`` of each source."""
    return [f"[{i}] {plan.sources[i].title}" for i in ids]


def described(plan: Plan, source: str) -> list[dict[str, Any]]:
    """What the description of a source says about its publications: id, title, publisher, address, year, licence."""
    package = json.loads((plan.sources[source].folder / "datapackage.json").read_text(encoding="utf-8"))
    return list(package["sources"])
