"""From tidy rows to measures and samples: columns chosen, transformed, laid on the grid of entities and periods."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clustertrade.data import regions, vintages
from clustertrade.errors import DataError, UsageError, first_of
from clustertrade.study.load import LISTED, NAMED, measured
from clustertrade.study.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

LEVELS = {"province": "province", "country": "country", "none": "national"}
KEYS = ["region_code", "period"]


def tidy_variable(plan: Plan, variable: str, level: str) -> pd.DataFrame:
    """``region_code, period, value`` of one tidy variable at a level, flagged cells of ``drop_flags`` left out.

    Raises
    ------
    DataError
        The variable has no rows at this level, or several sources without a rule that orders them.
    """
    import pandas as pd

    parts = [pd.read_parquet(plan.tidy(holder)) for holder in plan.holders(variable)]
    tidy = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    source, colon, name = variable.partition(":")
    if colon:
        tidy = tidy[(tidy["variable"] == name) & (tidy["source_id"] == source)]
    else:
        name = variable
        if len(parts) > 1 or name not in set(tidy["variable"]):
            tidy, _ = vintages.choose(tidy)
        tidy = tidy[tidy["variable"] == name]
    tidy = tidy[tidy["level"] == level]
    for pattern in plan.study.section("data").get("drop_flags", ["suspect*"]):
        tidy = tidy[[not fnmatch.fnmatch(flag, pattern) for flag in tidy["flag"].fillna("")]]
    if tidy.empty:
        raise DataError(f"{plan.study.path}: {variable} has no rows at the level {level} (flagged cells left out)")
    if (again := tidy.duplicated(KEYS)).any():
        row = tidy[again].iloc[0]
        raise DataError(f"{variable}: {row['region_en']} {row['period']} stands in the data more than once "
                        f"({first_of(sorted(tidy['source_id'].unique()))}); name the source, as in S02:{name}")
    return tidy[[*KEYS, "value"]].reset_index(drop=True)


def measure(plan: Plan, name: str) -> dict[str, Any]:
    """The result of a measure of the study.

    Raises
    ------
    DataError, UsageError, InfeasibleError
        As the measure says, with the entry's name before it.
    """
    from clustertrade.registry import load

    spec = plan.study.section("measures")[name]
    if "sample" in spec or "of" in spec:
        return _derived(plan, spec)
    level = spec.get("level", "province")
    region = spec.get("region") or spec.get("unit") or "region"
    columns = measured(spec)
    wide = _wide(plan, {c: tidy_variable(plan, c, level) for c in columns}, level)
    where = spec.get("where", {})
    wide = wide[_kept(wide["region_code"], where, level) & _years(wide["period"], where)]
    wide = _complete(wide, columns, name, plan)
    if wide["period"].str.fullmatch(r"\d{4}").all():
        wide["period"] = wide["period"].astype("int64")    # a year is a number in the results
    frame = wide.rename(columns={"region_code": region, "period": spec.get("time", "year")})
    options = {k: v for k, v in spec.items() if k not in ("measure", "where", "level", "names")}
    options |= {k: v.partition(":")[2] or v for k, v in options.items() if k in NAMED}
    options |= {k: [c.partition(":")[2] or c for c in v] for k, v in options.items() if k in LISTED}
    frame = frame.rename(columns={c: c.partition(":")[2] or c for c in columns})
    return load(spec["measure"], "measure")(frame, **options).to_dict()


def _derived(plan: Plan, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A measure of a sample's variables, by entity and time; or of the rows of another measure."""
    import pandas as pd

    from clustertrade.registry import load

    where = spec.get("where", {})
    options = {k: v for k, v in spec.items() if k not in ("measure", "where", "level", "sample", "of", "names")}
    if "of" in spec:
        result = json.loads(Path(plan.result(f"measures/{spec['of']}")).read_text(encoding="utf-8"))
        frame = pd.DataFrame(result["rows"], columns=result["columns"])
    else:
        level = LEVELS[plan.study.section("samples")[spec["sample"]]["entity"]]
        frame = pd.read_parquet(plan.sample(spec["sample"]))
        frame = frame[_kept(frame["entity"], where, level) & _years(frame["time"].astype(str), where)]
        own = {"time": spec.get("time", "time"), "entity": spec.get("unit") or spec.get("region") or "entity"}
        frame = frame[["entity", "time", *measured(spec)]].rename(columns=own)
    return load(spec["measure"], "measure")(frame, **options).to_dict()


def _wide(plan: Plan, parts: Mapping[str, pd.DataFrame], level: str) -> pd.DataFrame:
    """One row a region and period; what has no period (an area) stands in every period."""

    timed = {c: p for c, p in parts.items() if p["period"].fillna("").ne("").any()}
    if not timed:
        raise DataError(f"{first_of(parts)}: none has a period")
    wide: pd.DataFrame | None = None
    for column, part in timed.items():
        own = part.rename(columns={"value": column})
        wide = own if wide is None else wide.merge(own, on=KEYS, how="outer")
    assert wide is not None
    for column, part in parts.items():
        if column not in timed:
            own = part.drop(columns="period").rename(columns={"value": column})
            wide = wide.merge(own, on="region_code", how="left")
    return wide.sort_values(KEYS, ignore_index=True)


def _kept(codes: pd.Series, where: Mapping[str, Any], level: str) -> pd.Series:
    keep = codes.notna()
    if "only" in where:
        keep &= codes.isin(region_codes(where["only"], level))
    return keep & ~codes.isin(region_codes(where.get("exclude", []), level))


def _years(periods: pd.Series, where: Mapping[str, Any]) -> pd.Series:
    first, last = str(where.get("from", "")), str(where.get("to", "9999"))
    return (periods.str[: len(first)] >= first) & (periods.str[: len(last)] <= last)


def _complete(wide: pd.DataFrame, columns: Sequence[str], name: str, plan: Plan) -> pd.DataFrame:
    """Rows with every column; a share over an incomplete set of regions would be another measure in another year."""
    full = wide[wide[list(columns)].notna().all(axis=1)]
    n = full.groupby("period")["region_code"].size()
    if full.empty or n.nunique() > 1:
        short = [f"{p} ({k} of {n.max()} regions)" for p, k in n.items() if k < n.max()]
        raise DataError(f"{plan.study.path}: measures/{name}: the set of regions with {first_of(columns)} changes over "
                        f"time: {first_of(short) or 'no row is complete'}; restrict it under where")
    return full


def region_codes(names: Sequence[str], level: str) -> set[str]:
    """Codes of regions given by code or by any of their names."""
    found = set()
    for name in names:
        region = regions.find(str(name), country=level == "country")
        if region is None and level != "country":
            raise UsageError(f"no region is called {name}{regions.suggest(str(name))}")
        found.add(region.code if region else str(name))    # country codes of a source need not stand in the codebook
    return found


def sample(plan: Plan, name: str) -> pd.DataFrame:
    """A sample: ``entity, time, region_en, region_zh, group3, group4`` and the variables, on the full grid.

    A missing cell stays missing; the grid holds every entity and period that the study asks for.
    """
    import pandas as pd

    spec = plan.study.section("samples")[name]
    level = LEVELS[spec["entity"]]
    parts = {v: variable(plan, v, level) for v in spec["variables"]}
    wanted = spec.get("entities", "all")
    every = pd.concat([p["region_code"] for p in parts.values()]).drop_duplicates().sort_values()
    if level == "national":
        codes = [regions.NATION]
    elif isinstance(wanted, list):
        codes = sorted(region_codes(wanted, level))
    else:
        known = {r.code for r in regions.provinces()} if level == "province" else set(every)
        codes = sorted(known - region_codes(wanted["exclude"] if isinstance(wanted, dict) else [], level))
    if absent := [c for c in codes if c not in set(every)]:
        raise DataError(f"{plan.study.path}: samples/{name}: no data for {first_of(absent)}")
    periods = _periods(spec)
    grid = pd.MultiIndex.from_product([codes, periods], names=["entity", "time"])
    frame = pd.DataFrame(index=grid)
    for v, part in parts.items():
        frame[v] = part.set_index([part["region_code"].rename("entity"), part["period"].rename("time")])["value"]
    frame = frame.reset_index()
    frame = _transformed(plan, spec, frame)
    names = _names(codes, level)
    labels = pd.DataFrame([{"entity": c, **names[c]} for c in codes])
    frame = frame.merge(labels, on="entity", how="left", validate="many_to_one")
    frame["time"] = frame["time"].astype("int64") if spec.get("freq", "A") == "A" else frame["time"]
    empty = [v for v in spec["variables"] if frame[v].isna().all()]
    if empty:
        raise DataError(f"{plan.study.path}: samples/{name}: {first_of(empty)} has no value in this sample")
    return frame[["entity", "time", "region_en", "region_zh", "group3", "group4", *spec["variables"]]]


def _periods(spec: Mapping[str, Any]) -> list[str]:
    import pandas as pd

    if spec.get("freq", "A") == "A":
        return [str(y) for y in range(int(spec["from"]), int(spec["to"]) + 1)]
    return pd.period_range(str(spec["from"]), str(spec["to"]), freq="M").strftime("%Y-%m").tolist()


def _names(codes: Sequence[str], level: str) -> dict[str, dict[str, str]]:
    groups3, groups4 = regions.groups("group3"), regions.groups("group4")
    found = {}
    for code in codes:
        region = regions.find(code, country=level == "country")
        found[code] = {"region_en": region.name_en if region else code, "region_zh": region.name_zh if region else code,
                       "group3": groups3.get(code, ""), "group4": groups4.get(code, "")}
    return found


def variable(plan: Plan, name: str, level: str) -> pd.DataFrame:
    """``region_code, period, value`` of a variable of the study, before its transform."""
    spec = plan.study.section("variables")[name]
    value = _part(plan, spec["from"], level, spec.get("column"))
    for operation, others in (("times", spec.get("times", [])), ("over", spec.get("over", []))):
        for other in others:
            right = _part(plan, other, level, None).rename(columns={"value": "other"})
            value = value.merge(right, on=KEYS, how="inner")
            if operation == "over" and (value["other"] == 0).any():
                row = value[value["other"] == 0].iloc[0]
                raise DataError(f"variables/{name}: {other} is zero for {row['region_code']} in {row['period']}")
            factor = value.pop("other")
            value["value"] = value["value"] * factor if operation == "times" else value["value"] / factor
    return value


def _part(plan: Plan, name: str, level: str, column: str | None) -> pd.DataFrame:
    import pandas as pd

    spec = plan.study.section("measures").get(name)
    if spec is None:
        return tidy_variable(plan, name, level)
    result = json.loads(Path(plan.result(f"measures/{name}")).read_text(encoding="utf-8"))
    frame = pd.DataFrame(result["rows"], columns=result["columns"])
    region = spec.get("region") or spec.get("unit") or "region"
    keys = {region: "region_code", spec.get("time", "year"): "period", column or result["columns"][-1]: "value"}
    frame = frame.rename(columns=keys)
    if "region_code" not in frame:                         # one value a period: a measure of the whole country
        frame["region_code"] = regions.NATION
    frame["period"] = frame["period"].astype(str)
    return frame[[*KEYS, "value"]]


def _transformed(plan: Plan, spec: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    for name in spec["variables"]:
        transform = plan.study.section("variables")[name].get("transform")
        column = frame[name]
        if transform in ("log", "log1p"):
            bad = frame[column <= (0 if transform == "log" else -1)]
            if len(bad):
                row = bad.iloc[0]
                hint = "; log1p takes zeros" if transform == "log" and row[name] == 0 else ""
                raise DataError(f"variables/{name}: {transform} of {row[name]:g} for {row['entity']} in {row['time']} "
                                f"({len(bad)} such cells){hint}")
            frame[name] = np.log(column) if transform == "log" else np.log1p(column)
        elif transform in ("d", "d2"):
            for _ in range(1 if transform == "d" else 2):
                frame[name] = frame.groupby("entity")[name].diff()
        elif transform == "positive":
            frame[name] = column.gt(0).astype(float).where(column.notna())
        elif transform == "demean":
            frame[name] = column - frame.groupby("time")[name].transform("mean")
        elif transform and (lag := re.fullmatch(r"lag\((\d+)\)", transform)):
            frame[name] = frame.groupby("entity")[name].shift(int(lag[1]))
    return frame
