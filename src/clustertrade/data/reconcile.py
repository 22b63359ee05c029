"""Figures against one another: provinces and nation, month and year to date, parts and total, source and source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

    from clustertrade.data.clean import Cleaned
    from clustertrade.data.datapackage import Package

AT = ["region_code", "period"]
_ADDITIVE = ("yuan", "USD", "persons", "count", "parcels", "person-years")


def compare(check: str, en: str, zh: str, left: pd.Series, right: pd.Series, tolerance: float, *,
            absolute: bool = False, info: str = "", flagged: pd.Index | None = None) -> dict[str, Any] | None:
    """Two series of the same quantity, cell by cell.

    Parameters
    ----------
    check : str
        Identifier of the check.
    en, zh : str
        What is compared, in both languages.
    left, right : Series
        Indexed alike; only cells that both have are compared.
    tolerance : float
        Largest deviation that passes: relative to ``right``, or in its unit when ``absolute``.
    absolute : bool
    info : str
        Why a deviation is no fault; the status is then INFO instead of FAIL.
    flagged : Index, optional
        Cells that carry a flag already.

    Returns
    -------
    dict or None
        ``check, en, zh, n, tolerance, absolute, deviation`` (largest)``, mean_deviation, failing, flagged`` (failing
        cells that carry a flag)``, worst, worst_left, worst_right, status, note``; None when no cell is shared.
    """
    import numpy as np

    both = left.index.intersection(right.index, sort=True)
    if both.empty:
        return None
    a, b = left[both].to_numpy(dtype=float), right[both].to_numpy(dtype=float)
    scale = np.ones_like(b) if absolute else np.where(b == 0, np.where(a == 0, 1.0, np.abs(a)), np.abs(b))
    deviation = np.abs(a - b) / scale
    beyond = deviation > tolerance
    failing = int(beyond.sum())
    at = int(deviation.argmax())
    label = both[at]
    return {
        "check": check, "en": en, "zh": zh, "n": len(both), "tolerance": tolerance, "absolute": absolute,
        "deviation": float(deviation[at]), "mean_deviation": float(deviation.mean()), "failing": failing,
        "flagged": int(both[beyond].isin(flagged).sum()) if flagged is not None else 0,
        "worst": " ".join(map(str, label)) if isinstance(label, tuple) else str(label),
        "worst_left": float(a[at]), "worst_right": float(b[at]),
        "status": "PASS" if not failing else "INFO" if info else "FAIL", "note": info if failing else "",
    }


def series(tidy: pd.DataFrame, variable: str, source: str = "", level: str = "province", freq: str = "A") -> pd.Series:
    """Values of a variable by region and period; of the source where one is named."""
    chosen = (tidy["variable"] == variable) & (tidy["level"] == level) & (tidy["freq"] == freq)
    if source:
        chosen &= tidy["source_id"] == source
    return tidy[chosen].drop_duplicates(AT).set_index(AT)["value"].sort_index()


def total(tidy: pd.DataFrame, variable: str, source: str = "", freq: str = "A", least: int = 30) -> pd.Series:
    """Sum over provinces by period, of the periods in which at least ``least`` provinces have a figure."""
    by_period = series(tidy, variable, source, freq=freq).groupby(level="period")
    return by_period.sum()[by_period.size() >= least]


def nation(tidy: pd.DataFrame, variable: str, source: str = "", freq: str = "A") -> pd.Series:
    """National figures by period."""
    return series(tidy, variable, source, "national", freq).droplevel("region_code")


def within(package: Package, cleaned: Cleaned) -> list[dict[str, Any]]:
    """Checks of a source against itself, as far as it has the figures for them."""
    tidy = cleaned.tidy
    return [c for c in [*_provinces_and_nation(tidy), *_customs(tidy), *_sectors(tidy), *_shares(tidy),
                        *_compiled(package, cleaned), *_batches(cleaned)] if c is not None]


def _provinces_and_nation(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    both = set(tidy.loc[tidy["level"] == "national", "variable"]) & set(tidy.loc[tidy["level"] == "province", "variable"])
    for variable in sorted(both):
        if tidy.loc[tidy["variable"] == variable, "unit"].iloc[0] not in _ADDITIVE:
            continue
        for freq, unit in (("A", "year"), ("M", "month")):
            yield compare(f"provinces-nation:{variable}:{freq}", f"{variable}: 31 provinces against the nation, by {unit}",
                          f"{variable}：31个省份合计与全国（按{'年' if freq == 'A' else '月'}）",
                          total(tidy, variable, freq=freq, least=31), nation(tidy, variable, freq=freq), 1e-4)


def _customs(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    import pandas as pd

    pivot = tidy[tidy["freq"] == "M"].pivot_table(index=["level", *AT], columns="variable", values="value", sort=True)
    for suffix, en, zh in (("_rmb", "month", "当月"), ("_rmb_ytd", "year to date", "累计")):
        names = [f"exports_goods_by_location{suffix}", f"imports_goods_by_location{suffix}",
                 f"trade_total_by_location{suffix}"]
        if set(names) <= set(pivot):
            part = pivot[names].dropna()
            # Printed in 10,000 yuan: three rounded figures differ by at most 1.5 of them.
            yield compare(f"exports-imports-total{suffix}", f"exports plus imports against the total, {en}",
                          f"出口加进口与进出口总额（{zh}）", part[names[0]] + part[names[1]], part[names[2]], 15_000.0,
                          absolute=True)
    for name in ("exports_goods_by_location_rmb", "imports_goods_by_location_rmb", "trade_total_by_location_rmb"):
        if {name, f"{name}_ytd"} <= set(pivot):
            part = pivot.loc[["national", "province"], [name, f"{name}_ytd"]].dropna().reset_index()
            month = part["period"].str[5:].astype(int)
            before = part.assign(period=part["period"].str[:5] + (month + 1).astype(str).str.zfill(2))
            before = before.set_index(["level", *AT])[f"{name}_ytd"]
            now = part.set_index(["level", *AT])
            january = pd.Series(0.0, index=now.index[(month == 1).to_numpy()])
            start = pd.concat([before[before.index.isin(now.index)], january]).reindex(now.index).dropna()
            yield compare(f"month-year-to-date:{name}", f"{name}: month against the step of the year to date, nation "
                          "and provinces", f"{name}：当月值与累计值之差（全国和各省）", start + now[name].reindex(start.index),
                          now[f"{name}_ytd"].reindex(start.index), 0.005,
                          info="customs revises earlier months of the year in its later totals")


def _sectors(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    for kind, en, zh in (("VA", "value added", "增加值"), ("EMP", "employment", "就业")):
        if f"{kind}_SUM" not in set(tidy["variable"]):
            continue
        part = tidy[tidy["variable"].str.startswith(f"{kind}_")]
        whole = part[part["variable"] == f"{kind}_SUM"].set_index(AT)["value"]
        sums = part[part["variable"] != f"{kind}_SUM"].groupby(AT)["value"]
        full = sums.sum()[sums.size() >= 9]  # GOV stands under OTH in some countries
        yield compare(f"sectors-total:{kind}", f"{en}: sectors against SUM", f"{zh}：各行业合计与SUM", full, whole, 1e-3,
                      info="SUM is published, not computed; some countries leave sectors out")


def _shares(tidy: pd.DataFrame) -> Iterable[dict[str, Any] | None]:
    import pandas as pd

    for names, en, zh in (
        (("express_share_east", "express_share_central", "express_share_west"), "regional shares of parcels add to 100",
         "分地区快递业务量占比合计为100"),
        (("cbec_export_share", "cbec_import_share"), "export and import share of CBEC add to 100", "跨境电商进出口占比合计为100"),
        (("cbec_b2b_share", "cbec_b2c_share"), "B2B and B2C share of CBEC add to 100", "跨境电商B2B与B2C占比合计为100"),
    ):
        parts = [nation(tidy, name) for name in names]
        if all(len(p) for p in parts):
            sums = pd.concat(parts, axis=1, join="inner").sum(axis=1)
            yield compare(f"shares-100:{names[0]}", en, zh, sums, sums * 0 + 100.0, 0.11, absolute=True)


def _compiled(package: Package, cleaned: Cleaned) -> Iterable[dict[str, Any] | None]:
    """Files with the role ``check`` against what was computed from the others."""
    if cleaned.check is None or cleaned.check.empty:
        return
    for resource in package.resources:
        if resource.spec["role"] != "check":
            continue
        names = resource.spec.get("compares", {})
        given = cleaned.check[cleaned.check["file"] == resource.name]
        given = given.assign(variable=given["variable"].map(lambda v, names=names: names.get(v, v)))
        key = ["variable", "level", *AT, "freq"]
        yield compare(f"compiled:{resource.spec['path']}", f"{resource.spec['path']} against the figures computed here",
                      f"{resource.spec['path']}与本处计算值", cleaned.tidy.set_index(key)["value"],
                      given.set_index(key)["value"], 1e-9)


def _batches(cleaned: Cleaned) -> Iterable[dict[str, Any] | None]:
    zones, batches = cleaned.tables.get("zones"), cleaned.tables.get("batches")
    if zones is None or batches is None:
        return
    counted = zones.groupby("batch").size().astype(float)
    by_batch = batches.set_index("batch")
    yield compare("zones-listed", "pilot zones in the list against the number said to be listed", "综试区名单条数与所称条数",
                  counted, by_batch["zones_listed"].astype(float), 0.0, absolute=True)
    incomplete = (by_batch["complete"] == 0).any()
    yield compare("zones-official", "pilot zones in the list against the number announced", "综试区名单条数与公布条数", counted,
                  by_batch["zones_official"].astype(float), 0.0, absolute=True,
                  info="16 of the 33 names of batch 7 were not seen" if incomplete else "")


class Rule(NamedTuple):
    """Two series of two sources that should agree; ``sum`` compares the sum of the provinces with the nation."""

    check: str
    en: str
    zh: str
    left: tuple[str, str]
    right: tuple[str, str]
    tolerance: float
    sum: bool = False
    absolute: bool = False
    info: str = ""


def across(tidy: pd.DataFrame) -> list[dict[str, Any]]:
    """Checks of sources against one another, from the tidy rows of all sources together."""
    from clustertrade.data.reconcile_rules import RULES, derived

    found = []
    for rule in RULES:
        (left_source, left), (right_source, right) = rule.left, rule.right
        if rule.sum:
            a, b = total(tidy, left, left_source), nation(tidy, right, right_source)
            flagged = None
        else:
            levels = ("province", "national")
            a, b = (_stacked([series(tidy, v, s, level) for level in levels]) for s, v in
                    ((left_source, left), (right_source, right)))
            marked = tidy[(tidy["variable"] == left) & (tidy["source_id"] == left_source) & (tidy["flag"] != "")]
            flagged = marked.set_index(AT).index
        found.append(compare(rule.check, rule.en, rule.zh, a, b, rule.tolerance, absolute=rule.absolute,
                             info=rule.info, flagged=flagged))
    return [c for c in [*found, *derived(tidy)] if c is not None]


def _stacked(parts: list[pd.Series]) -> pd.Series:
    import pandas as pd

    return pd.concat(parts)
