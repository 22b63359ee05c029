"""Cleaning: real sources against known facts, single faults, published layouts."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from clustertrade.data import clean, schemas
from clustertrade.data.clean import clean_source
from clustertrade.errors import DataError

from .folders import FIXTURES, FOLDERS, cleaned, copy, describe, edit, folder


def value(source: str, region: str, period: str, variable: str) -> float:
    t = cleaned(source).tidy
    rows = t[(t["region_en"] == region) & (t["period"] == period) & (t["variable"] == variable)]
    (found,) = rows["value"]
    return found


def test_values_in_base_units():
    assert value("S01", "Beijing", "1998", "exports_goods_by_origin") == 649_107e4
    assert value("S04", "Beijing", "1998", "va_industry") == 661.5e8
    assert value("S44", "Guangdong", "2019", "employment_manufacturing_urban_units") > 8e6
    assert value("S60", "China", "2019", "exchange_rate_official_cny_per_usd") == pytest.approx(6.908, abs=5e-4)
    assert value("S64", "Ningxia", "", "area_reported") == 66_400
    assert value("S40", "China", "2010", "VA_MAN") > 1e13
    assert value("S06", "China", "2024", "exports_goods_by_location_rmb") == 25_454.53724e9
    assert value("S06", "China", "2024-12", "exports_goods_by_location_rmb_ytd") == 25_454.53724e9
    assert value("S45", "Zhejiang", "2016", "taobao_villages") == 506


@pytest.mark.parametrize(("source", "variable", "regions", "first", "last", "absent"), [
    ("S01", "exports_goods_by_origin", 30, "1998", "2019", 0),
    ("S02", "employment_urban_units", 31, "2008", "2024", 0),
    ("S03", "trade_total_by_location_rmb", 31, "2016", "2024", 0),
    ("S04", "va_industry", 31, "1990", "2024", 0),
    ("S05", "ecommerce_sales", 31, "2013", "2023", 0),
    ("S07", "hightech_newproduct_exports", 30, "2016", "2023", 5),
    ("S08", "gross_fixed_capital_formation", 31, "1990", "2022", 6),
    ("S44", "employment_manufacturing_urban_units", 31, "2016", "2024", 0),
])
def test_coverage_is_the_known_one(source, variable, regions, first, last, absent):
    (row,) = [c for c in cleaned(source).quality["coverage"] if c["variable"] == variable and c["level"] == "province"]
    assert (row["regions"], row["first"], row["last"], row["absent_cells"]) == (regions, first, last, absent)
    assert row["cells"] + row["absent_cells"] == regions * row["periods"]


def test_absent_years_and_regions_are_listed():
    rows = {c["variable"]: c for c in cleaned("S07").quality["coverage"] if c["level"] == "province"}
    assert rows["hightech_manufacturing_revenue"]["absent_years"] == [2017]
    assert rows["hightech_newproduct_exports"]["absent_regions"] == ["Tibet"]


def test_nothing_is_dropped_in_silence():
    for path in FOLDERS:
        c = cleaned(path.name.split("-")[0])
        kinds = {r["layout"]["kind"] for r in json.loads((path / "datapackage.json").read_text("utf-8"))["resources"]}
        if kinds <= {"long", "wide", "figures"} and not any(c.tidy["variable"].str.endswith("_ytd")):
            supplied = c.quality["cells"]
            assert supplied == len(c.tidy) + len(c.quarantine) + c.quality["records"], path.name
    c = cleaned("S06")
    assert c.quality["cells"] == (c.tidy["freq"] == "M").sum() + len(c.check)
    assert (c.tidy["freq"] == "M").sum() + len(c.quality["missing"]) == 6_519 * 9


def test_two_known_slips_are_quarantined():
    q = cleaned("S04").quarantine
    assert list(q["value"]) == ["0.79", "625.5"] and set(q["rule"]) == {"magnitude-jump"}
    assert sum(len(cleaned(p.name.split("-")[0]).quarantine) for p in FOLDERS) == 2


def test_flags_are_kept():
    assert cleaned("S03").quality["flags"]["suspect_sum_2006_exceeds_national_total"] == 31
    assert cleaned("S05").quality["flags"]["definition_break_constant_prices_until_2020"] == 341


def test_lists_become_counts():
    t = cleaned("S45").tidy
    counties = t[(t["level"] == "county") & (t["period"] == "2016")]
    assert len(counties) == 221 and counties["value"].sum() == 1311
    first = t[(t["level"] == "province") & (t["period"] == "2014") & (t["variable"] == "taobao_villages")]
    assert first["value"].sum() == 212
    zones = cleaned("S09").tables["zones"]
    assert len(zones) == 59 and zones["revoked"].sum() == 1
    assert len(cleaned("S65").tables["neighbours"]) == 68


def test_same_input_same_output():
    first, again = clean_source(folder("S03")), clean_source(folder("S03"))
    pd.testing.assert_frame_equal(first.tidy, again.tidy)
    assert json.dumps(first.quality) == json.dumps(again.quality)
    assert str(folder("S03").parent) not in json.dumps(first.quality)


def test_cleaning_imports_no_econometrics():
    code = ("import sys; from pathlib import Path; from clustertrade.data.clean import clean_source; "
            f"clean_source(Path({str(folder('S64'))!r})); "
            "print([m for m in ('statsmodels', 'linearmodels', 'arch', 'matplotlib', 'scipy') if m in sys.modules])")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_edited_figure_flows_with_a_warning(tmp_path):
    target = copy(folder("S64"), tmp_path)
    edit(target, "areas.csv", lambda raw: raw.replace(b"16411", b"16500"))
    c = clean_source(target)
    assert c.tidy["value"].iloc[0] == 16_500
    assert [w["warning"] for w in c.quality["warnings"]] == ["sha256_changed"] and c.quarantine.empty


def test_an_added_year_flows(tmp_path):
    target = copy(folder("S60"), tmp_path)
    edit(target, "china.csv", lambda raw: raw + b'2025,gdp_deflator_inflation,-0.5,% per year\n')
    assert (clean_source(target).tidy["year"] == 2025).sum() == 1


def test_conflicting_duplicates_are_both_quarantined(tmp_path):
    target = copy(folder("S60"), tmp_path)
    line = next(x for x in (target / "china.csv").read_bytes().splitlines() if b"gdp_deflator" in x)
    year, name, _, unit = line.split(b",")
    edit(target, "china.csv", lambda raw: raw + b",".join([year, name, b"99.5", unit]) + b"\n")
    c = clean_source(target)
    assert list(c.quarantine["rule"]) == ["conflicting-duplicate"] * 2 and set(c.quarantine["value"]) >= {"99.5"}
    assert not ((c.tidy["variable"] == "gdp_deflator_inflation") & (c.tidy["year"] == int(year))).any()


@pytest.mark.parametrize(("old", "new", "rule"), [
    (b",km2", b",", "ragged"), (b"110000,", b"440000,", "region-mismatch"),
])
def test_other_faults(old, new, rule, tmp_path):
    target = copy(folder("S64"), tmp_path)
    if rule == "ragged":
        edit(target, "areas.csv", lambda raw: raw.replace(b"120000,", b"120000,x,", 1))
        rule = "ragged-row"
    else:
        edit(target, "areas.csv", lambda raw: raw.replace(old, new, 1))
    q = clean_source(target).quarantine
    assert list(q["rule"]) == [rule] and len(clean_source(target).tidy) == 30


def test_slipped_unit_of_one_figure(tmp_path):
    target = copy(folder("S44"), tmp_path)

    def slip(raw: bytes) -> bytes:
        lines = raw.decode().splitlines(keepends=True)
        i = next(k for k, x in enumerate(lines) if "Guangdong,2020,employment_manufacturing_urban_units" in x)
        cells = lines[i].split(",")
        cells[5] = str(float(cells[5]) * 1e4)
        lines[i] = ",".join(cells)
        return "".join(lines).encode()

    edit(target, "provinces.csv", slip)
    q = clean_source(target).quarantine
    assert list(q["rule"]) == ["magnitude-jump"] and "Guangdong" in q["remedy"].iloc[0]


def test_accepted_figures_stay(tmp_path):
    target = copy(folder("S04"), tmp_path)
    describe(target, lambda s: s["resources"][0].update(accepted=[
        {"variable": "energy_consumption_total", "region_code": "640000", "period": "2020"}]))
    c = clean_source(target)
    assert list(c.quarantine["value"]) == ["625.5"] and "unusual_magnitude" in c.quality["flags"]


def test_missing_file_and_description(tmp_path):
    target = copy(folder("S64"), tmp_path)
    (target / "areas.csv").unlink()
    with pytest.raises(DataError, match=r"areas\.csv: cannot be read.*Remedy"):
        clean_source(target)
    (target / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="not valid JSON"):
        clean_source(target)
    (target / "datapackage.json").unlink()
    with pytest.raises(DataError, match="each folder of data/raw needs one"):
        clean_source(target)


def test_schema_refuses_what_is_not_tidy():
    good = cleaned("S64").tidy
    with pytest.raises(DataError, match="break their schema"):
        schemas.validate(pd.concat([good, good.head(1)], ignore_index=True), "S64")
    with pytest.raises(DataError, match="value"):
        schemas.validate(good.assign(value=float("inf")), "S64")
    assert list(good.columns) == clean.COLUMNS


def test_download_of_the_statistical_office():
    """GB18030, full-width digits, dashes, a name with spaces, and figures that are none."""
    c = clean_source(FIXTURES / "X1-simulated-nbs-download")
    t = c.tidy.set_index(["region_code", "period"])["value"]
    assert t["110000", "2021"] == 36_000e8 and t["150000", "2023"] == 20_000e8 and t["450000", "2022"] == 25_500e8
    assert [(m["row"], m["period"]) for m in c.quality["missing"]] == [(6, "2021"), (7, "2022")]
    assert list(zip(c.quarantine["row"], c.quarantine["value"], c.quarantine["rule"], strict=True)) == [
        (8, "39,500.5", "thousands-separator"), (9, "约43000", "text-in-number"), (11, "台灣", "unknown-region"),
        (12, "=B5*2", "formula")]


def test_workbook_of_one_province():
    c = clean_source(FIXTURES / "X3-simulated-province-workbook")
    assert set(c.tidy["region_code"]) == {"150000"} and len(c.tidy) == 5
    assert list(c.quarantine["rule"]) == ["unknown-variable"] and len(c.quality["missing"]) == 1


def test_table_of_customs_as_printed():
    c = clean_source(FIXTURES / "X2-simulated-customs-table")
    t = c.tidy.set_index(["region_code", "variable"])["value"]
    assert t["000000", "exports_goods_by_location_rmb"] == 600_500e4
    assert t["540000", "trade_total_by_location_rmb"] == 0  # a dash is no trade
    assert ("540000", "exports_goods_by_location_ytd_growth") not in t.index  # and no rate of growth
    assert set(c.tidy["level"]) == {"national", "province", "city", "zone"} and set(c.tidy["period"]) == {"2024-03"}
    assert sorted(c.quarantine["rule"]) == ["duplicate-row", "text-in-number"]
    assert all(n["cells"] > 0 and "," in n["published"] for n in c.quality["notes"])
    status = {r["check"]: r["status"] for r in c.quality["reconciliation"]}
    assert status == {"exports-imports-total:rmb": "PASS", "exports-imports-total:rmb_ytd": "FAIL"}


@pytest.mark.parametrize(("name", "path", "change"), [
    ("X1-simulated-nbs-download", "gdp.csv", lambda raw: raw[: len(raw) // 2]),
    ("X1-simulated-nbs-download", "gdp.csv", lambda raw: raw.replace("2023年,2022年".encode("gb18030"), b"x,x")),
    ("X2-simulated-customs-table", "2024-03.csv", lambda raw: raw[: len(raw) // 2]),
    ("X2-simulated-customs-table", "2024-03.csv", lambda raw: raw.replace("收发货人所在地,".encode(), b"x,")),
    ("X2-simulated-customs-table", "2024-03.csv", lambda raw: b""),
])
def test_broken_printed_tables_are_refused(name, path, change, tmp_path):
    target = copy(FIXTURES / name, tmp_path)
    edit(target, path, change)
    with pytest.raises(DataError, match=rf"(?s){path}.*Remedy: "):
        clean_source(target)
