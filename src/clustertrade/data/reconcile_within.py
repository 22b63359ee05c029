"""Checks of one source against itself: its own totals, its own files, its own parts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from clustertrade.data.codebook import label
from clustertrade.data.reconcile import AT, compare, nation, total

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.data.clean import Cleaned
    from clustertrade.data.datapackage import Package

_ADDITIVE = ("yuan", "USD", "persons", "count", "parcels", "person-years")
_FLOWS = ("exports_goods_by_location", "imports_goods_by_location", "trade_total_by_location")


def within(package: Package, cleaned: Cleaned) -> list[dict[str, Any]]:
    """Checks of a source against itself, as far as it has the figures for them.

    Returns
    -------
    list of dict
        As :func:`clustertrade.data.reconcile.compare`.
    """
    tidy = cleaned.tidy
    return [c for c in [*_provinces_and_nation(tidy), *_customs(tidy), *_sectors(tidy), *_shares(tidy),
                        *_compiled(package, cleaned), *_batches(cleaned)] if c is not None]


def _names(variable: str) -> dict[str, str]:
    return {"name_en": label(variable), "name_zh": label(variable, "zh")}


def _provinces_and_nation(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    of = {level: set(tidy.loc[tidy["level"] == level, "variable"]) for level in ("national", "province")}
    for variable in sorted(of["national"] & of["province"]):
        if tidy.loc[tidy["variable"] == variable, "unit"].iloc[0] in _ADDITIVE:
            for freq in ("A", "M"):
                yield compare(f"provinces-nation:{variable}:{freq}", total(tidy, variable, freq=freq, least=31),
                              nation(tidy, variable, freq=freq), freq=freq, **_names(variable))


def _customs(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    """Flows of a month and of the year to date; printed in 10,000 yuan, three rounded figures differ by 1.5 at most."""
    monthly = tidy[(tidy["freq"] == "M") & tidy["variable"].str.contains("_rmb")]
    pivot = monthly.pivot_table(index=["level", *AT], columns="variable", values="value", sort=True)
    for suffix in ("_rmb", "_rmb_ytd"):
        exports, imports, both = (f"{flow}{suffix}" for flow in _FLOWS)
        if {exports, imports, both} <= set(pivot):
            part = pivot[[exports, imports, both]].dropna()
            yield compare(f"exports-imports-total:{suffix.strip('_')}", part[exports] + part[imports], part[both],
                          freq=suffix.strip("_"))
    for flow in _FLOWS:
        month, so_far = f"{flow}_rmb", f"{flow}_rmb_ytd"
        if {month, so_far} <= set(pivot):
            part = pivot.loc[pivot.index.get_level_values("level").isin(["national", "province"]), [month, so_far]]
            yield _steps(f"month-year-to-date:{flow}", part.dropna().rename(columns={month: "month", so_far: "ytd"}),
                         month)


def _steps(check: str, part: pd.DataFrame, name: str) -> dict[str, Any] | None:
    """Year to date of the month before plus the month, against the year to date."""
    flat = part.reset_index()
    number = flat["period"].str[5:].astype(int)
    following = flat.assign(period=flat["period"].str[:5] + (number + 1).astype(str).str.zfill(2))
    start = following.set_index(["level", *AT])["ytd"].reindex(part.index)
    start[(number == 1).to_numpy()] = 0.0
    return compare(check, (start + part["month"]).dropna(), part["ytd"], **_names(name))


def _sectors(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    for kind in ("VA", "EMP"):
        part = tidy[tidy["variable"].str.startswith(f"{kind}_")]
        whole = part[part["variable"] == f"{kind}_SUM"].set_index(AT)["value"]
        if len(whole):
            sums = part[part["variable"] != f"{kind}_SUM"].groupby(AT)["value"]
            full = sums.sum()[sums.size() >= 9]  # GOV stands under OTH in some countries
            yield compare(f"sectors-total:{kind}", full, whole, **_names(f"{kind}_SUM"))


def _shares(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    import pandas as pd

    for names in (("express_share_east", "express_share_central", "express_share_west"),
                  ("cbec_export_share", "cbec_import_share"), ("cbec_b2b_share", "cbec_b2c_share")):
        parts = [nation(tidy, name) for name in names]
        if all(len(p) for p in parts):
            sums = pd.concat(parts, axis=1, join="inner").sum(axis=1)
            yield compare(f"shares-100:{names[0]}", sums, sums * 0 + 100.0, **_names(names[0]))


def _compiled(package: Package, cleaned: Cleaned) -> Iterable[dict[str, Any] | None]:
    """Files with the role ``check`` against what was computed from the others."""
    if cleaned.check is None or cleaned.check.empty:
        return
    key = ["variable", "level", *AT, "freq"]
    ours = cleaned.tidy.set_index(key)["value"]
    for resource in package.resources:
        if resource.spec["role"] == "check":
            names = resource.spec.get("compares", {})
            given = cleaned.check[cleaned.check["file"] == resource.name]
            given = given.assign(variable=[names.get(v, v) for v in given["variable"]]).set_index(key)["value"]
            yield compare(f"compiled:{resource.spec['path']}", ours, given, file=resource.spec["path"])


def _batches(cleaned: Cleaned) -> Iterable[dict[str, Any] | None]:
    zones, batches = cleaned.tables.get("zones"), cleaned.tables.get("batches")
    if zones is None or batches is None:
        return
    counted = zones.groupby("batch").size().astype(float)
    announced = batches.set_index("batch")["zones_official"].astype(float)
    yield compare("zones-listed", counted, batches.set_index("batch")["zones_listed"].astype(float))
    result = compare("zones-official", counted, announced, n=f"{(announced - counted).clip(lower=0).sum():.0f}")
    if result is not None and batches["complete"].all() and result["status"] == "INFO":
        result["status"] = "FAIL"  # every name is said to be there
    yield result
