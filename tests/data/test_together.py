"""Sources together: reconciliation, vintages, money, zones, the report on quality."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest

from clustertrade.data import clean, derive, money, quality, reconcile, vintages
from clustertrade.data.codebook import rows
from clustertrade.errors import DataError

from .folders import FOLDERS, RAW, cleaned


@pytest.fixture(scope="module")
def zones():
    return derive.zone_stock([clean.clean_source(folder) for folder in derive.zone_sources(RAW)])


@pytest.fixture(scope="module")
def everything(zones):
    parts = [cleaned(p.name.split("-")[0]) for p in FOLDERS] + [zones]
    return parts, pd.concat([p.tidy for p in parts], ignore_index=True)


@pytest.fixture(scope="module")
def report(everything):
    return quality.summarise([p.quality for p in everything[0]], everything[1])


STATUS = {
    "S01-S60-exports": "PASS", "S03-S06-trade-2024": "PASS", "S03-S06-trade-2024-sum": "PASS",
    "S03-S60-trade-usd": "FAIL", "S03-S60-trade-rmb": "PASS", "S04-S42-industry": "FAIL", "S44-S42-secondary": "PASS",
    "S05-S02-employment": "PASS", "S42-S29-retail": "PASS", "S60-S61-rate": "PASS", "S60-S63-rate": "PASS",
    "S60-S62-deflator": "PASS", "S60-S20-exports": "PASS", "S60-S28-exports": "PASS", "S45-T2-villages": "PASS",
    "S45-T3-villages": "PASS", "S45-T4-villages": "PASS", "S04-S40-industry": "INFO", "S03-S02-gdp": "INFO",
}


def test_sources_agree_where_they_are_known_to(report):
    found = {c["check"]: c for c in report["reconciliation"]}
    assert {k: found[k]["status"] for k in STATUS} == STATUS
    assert (found["S04-S42-industry"]["failing"], found["S04-S42-industry"]["n"]) == (10, 155)
    assert found["S04-S42-industry"]["flagged"] == 10  # every one of them carries its flag
    assert (found["S03-S60-trade-usd"]["failing"], found["S03-S60-trade-usd"]["worst"]) == (1, "2006")
    wrong = found["S03-S60-trade-usd"]
    assert wrong["worst_left"] / wrong["worst_right"] == pytest.approx(1.577, abs=1e-3)
    assert found["compiled:counts-by-province.csv"]["n"] == 186 and found["compiled:annual-2024.csv"]["n"] == 93
    fails = {c["check"] for c in report["reconciliation"] if c["status"] == "FAIL"}
    assert fails == {"S03-S60-trade-usd", "S04-S42-industry", "S04-S42-secondary", "S04-S02-gdp"}


def test_customs_months_add_up(report):
    found = {c["check"]: c for c in report["reconciliation"]}
    months = found["provinces-nation:exports_goods_by_location_rmb:M"]
    assert months["status"] == "PASS" and months["n"] == 19 and months["deviation"] < 1e-7
    assert found["exports-imports-total:rmb"]["status"] == "PASS"
    step = found["month-year-to-date:exports_goods_by_location"]
    assert step["status"] == "INFO" and step["failing"] == 10 and step["note_en"] and step["note_zh"]


def test_every_check_is_made_and_speaks_both_languages(report):
    made = {c["check"].split(":")[0] for c in report["reconciliation"]}
    assert made == {r["check"] for r in rows("checks")}
    assert all(c["en"] and c["zh"] and "{" not in c["en"] + c["zh"] for c in report["reconciliation"])


def test_report_is_plain_json(report, everything):
    text = json.dumps(report, allow_nan=False)
    assert json.loads(text) == report and str(RAW) not in text
    assert report["totals"]["tidy"] == len(everything[1]) and report["totals"]["cells"] == 187_019
    assert report["quarantine"] == {"magnitude-jump": 2} and report["totals"]["missing"] == 699
    assert {f["flag"] for f in report["flags"]} >= {"suspect_vs_NBS_gdp", "lower_bound_16_names_of_batch7_unknown"}
    assert any(b["variable"] == "employment_urban_units" and b["en"] and b["zh"] for b in report["breaks"])
    assert quality.summarise([p.quality for p in reversed(everything[0])], everything[1]) == report


def test_a_deviation_is_found():
    left = pd.Series({("110000", "2020"): 1.0, ("120000", "2020"): 2.0, ("130000", "2020"): 0.0})
    right = pd.Series({("110000", "2020"): 1.0, ("120000", "2020"): 1.6, ("130000", "2020"): 0.0})
    check = reconcile.compare("S04-S42-industry", left, right, flagged=left.index[:1])
    assert (check["status"], check["failing"], check["flagged"], check["worst"]) == ("FAIL", 1, 0, "120000 2020")
    assert check["deviation"] == pytest.approx(0.25)
    assert reconcile.compare("S04-S42-industry", left, right[:0]) is None


def test_zone_stock(zones):
    stock = reconcile.total(zones.tidy, "cbec_zones_stock_end_of_year")
    assert stock["2015":"2021"].tolist() == [1, 13, 13, 35, 59, 105, 105] and stock.index[-1] == "2021"
    t = zones.tidy.set_index(["region_en", "period", "variable"])["value"]
    assert t["Guangdong", "2021", "cbec_zones_stock_end_of_year"] == 13
    assert t["Jiangsu", "2021", "cbec_zones_stock_end_of_year"] == 10
    assert t["Tibet", "2024", "cbec_zones_stock_lower_bound"] == 0
    lower = zones.tidy[zones.tidy["flag"] != ""]
    assert len(lower) == 51 and lower["year"].min() == 2022 and lower["region_code"].min() == "370000"
    assert zones.quality["reconciliation"][0]["status"] == "PASS"


def test_priority_is_visible_and_complete(everything):
    rules = vintages.priorities()
    assert all(r.mode in vintages.MODES and r.reason for r in rules.values())
    known = set(zip(everything[1]["source_id"], everything[1]["variable"], strict=True))
    assert {pair for r in rules.values() for pair in r.sources} <= known


def test_choice_between_vintages(everything):
    tidy = everything[1]
    chosen, differences = vintages.choose(tidy)
    assert not chosen.duplicated(["variable", *vintages.CELL]).any() or set(
        chosen[chosen.duplicated(["variable", *vintages.CELL], keep=False)]["variable"]) <= {
        r.variable for r in vintages.priorities().values() if r.mode == "apart"}
    gdp = chosen[chosen["variable"] == "gdp"]
    assert set(gdp["source_id"]) == {"S02"} and len(gdp) == 589
    trade = chosen[(chosen["variable"] == "trade_total_by_location_rmb") & (chosen["freq"] == "A")]
    assert set(trade[trade["level"] == "province"]["source_id"]) == {"S03"}
    assert set(trade[trade["level"] == "national"]["source_id"]) == {"S06"}
    villages = chosen[(chosen["variable"] == "taobao_villages") & (chosen["level"] == "province")]
    assert set(villages[villages["year"] == 2016]["source_id"]) == {"S45"} and "T6" in set(villages["source_id"])
    pair = differences[(differences["variable"] == "gdp") & (differences["other_source"] == "S04")]
    assert len(pair) == 588 and pair["ratio"].between(0.05, 2).all()
    summary = {(v["variable"], v["other"]): v for v in vintages.compare(tidy)}
    assert summary["value_added_secondary", "S44:va_secondary_nbs_2016_2024"]["beyond_1_percent"] == 0


def test_rivals_without_a_rule_are_refused(everything):
    tidy = everything[1]
    rival = tidy[tidy["variable"] == "va_industry"].assign(source_id="S99")
    with pytest.raises(DataError, match=r"va_industry comes from several sources \(S04, S99\).*priority\.csv"):
        vintages.choose(pd.concat([tidy, rival], ignore_index=True))


def test_prices_and_currency(everything):
    tidy = everything[1]
    rate = money.exchange_rate(tidy)
    assert rate[2019] == pytest.approx(6.908, abs=5e-4) and rate.index.tolist() == list(range(1998, 2025))
    level = money.price_level(money.inflation(tidy), base=2020)
    assert level[2020] == 1 and level[2021] > 1 and level[2024] < level[2023]  # the deflator fell in 2024
    frame = pd.DataFrame({"usd": [100.0, 100.0], "year": [2000, 2020]})
    yuan = money.to_cny(frame["usd"], frame["year"], rate)
    assert yuan.tolist() == [100 * rate[2000], 100 * rate[2020]]
    real = money.deflate(yuan, frame["year"], money.inflation(tidy, "cpi"), base=2020)
    assert real[1] == yuan[1] and real[0] > yuan[0]
    with pytest.raises(DataError, match="no exchange rate for 1990; it covers 1998-2024"):
        money.to_cny(pd.Series([1.0]), pd.Series([1990]), rate)
    with pytest.raises(DataError, match="base year 1980"):
        money.price_level(money.inflation(tidy), base=1980)
    with pytest.raises(DataError, match="2005"):
        money.price_level(money.inflation(tidy).drop(2005), base=2000)
    with pytest.raises(DataError, match="S60"):
        money.exchange_rate(tidy[tidy["source_id"] != "S60"])


def test_chained_level_is_the_product_of_the_published_rates():
    with (next(RAW.glob("S60-*")) / "china.csv").open(encoding="utf-8", newline="") as handle:
        rates = {int(r["year"]): float(r["value"]) for r in csv.DictReader(handle)
                 if r["variable"] == "gdp_deflator_inflation"}
    level = money.price_level(pd.Series(rates), base=2010)
    product = 1.0
    for year in range(2011, 2016):
        product *= 1 + rates[year] / 100
    assert level[2015] == pytest.approx(product, rel=1e-12)
