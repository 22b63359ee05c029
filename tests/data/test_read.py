"""Bytes to strings, strings to numbers, units and regions."""

from __future__ import annotations

import io

import pytest

from clustertrade.data import read, regions, units
from clustertrade.data.digits import number_text, scaled
from clustertrade.data.locate import dated, located
from clustertrade.errors import DataError

TEXT = "地区,数值\n北京,12\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_are_recognised(encoding):
    table = read.table(TEXT.encode(encoding), "x.csv")
    assert (table.header, table.rows, table.lines) == (["地区", "数值"], [["北京", "12"]], [2])


@pytest.mark.parametrize(("raw", "declared", "words"), [
    (TEXT.encode("gb18030"), "utf-8", "row 1.*GB18030"),
    (TEXT.encode("utf-8"), "gb18030", "not GB18030"),
    (TEXT.encode("utf-16"), "auto", "UTF-16"),
    (TEXT.encode("utf-16-le"), "auto", "UTF-16"),
    ("地区,数\ufffd\n北京,1\n".encode(), "auto", "row 1.*lost"),
    (b"a,b\n\xff\xff\xff,1\n", "auto", "row 2.*not UTF-8"),
    (b"", "auto", "empty"), (b"\n\n", "auto", "empty"), (b"a,b\n", "auto", "no rows"),
    (b'a,b\n"x,1\n', "auto", "truncated"), (b"a,a\n1,2\n", "auto", "twice"),
])
def test_unreadable_files_are_refused(raw, declared, words):
    with pytest.raises(DataError, match=rf"(?s)x\.csv.*{words}") as refused:
        read.table(raw, "x.csv", declared)
    assert "Remedy: " in str(refused.value)


def test_lines_are_counted_as_an_editor_does():
    table = read.table(b'a,b\n\n"two\nlines",1\nx,2\n', "x.csv")
    assert table.lines == [3, 5] and table.rows[0] == ["two\nlines", "1"]


def test_workbook():
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in (["地区", "2023"], ["北京", 12.5], ["天津", "=B2*2"], ["河北", None]):
        book.active.append(row)
    book.save(out)
    table = read.table(out.getvalue(), "x.xlsx")
    assert table.rows == [["北京", "12.5"], ["天津", "=B2*2"], ["河北", ""]] and table.formulas
    with pytest.raises(DataError, match="not a complete xlsx workbook"):
        read.table(out.getvalue()[:-200], "x.xlsx")


@pytest.mark.parametrize(("text", "group", "answer"), [
    ("12.50", "", ("12.50", "")), ("-3.4", "", ("-3.4", "")), ("1.2e-05", "", ("1.2e-05", "")),
    ("１２．５", "", ("12.5", "")), ("\u22123", "", ("-3", "")), (" 7 ", "", ("7", "")),
    ("1,234.5", "", ("", "thousands-separator")), ("1,234.5", ",", ("1234.5", "")), ("1,234", ",", ("1234", "")),
    ("1,23", ",", ("", "text-in-number")), ("1 234", "", ("", "thousands-separator")),
    ("约12", "", ("", "text-in-number")), ("12%", "", ("", "text-in-number")), ("nan", "", ("", "text-in-number")),
    ("-inf", "", ("", "not-finite")), ("=SUM(A1)", "", ("", "formula")), ("@A1", "", ("", "formula")),
    ("+A1*2", "", ("", "formula")), ("", "", ("", "text-in-number")),
])
def test_numbers(text, group, answer):
    assert number_text(text, group) == answer


def test_scaling_rounds_once():
    assert scaled("2110.9", "1e4") == 21_109_000.0 and scaled("0.57", "1e2") == 57.0
    assert scaled("8.7e-05", "1e4") == 0.87 and scaled("675.18", "1e-2") == 6.7518


@pytest.mark.parametrize(("name", "base", "value"), [
    ("万元", "yuan", 2e4), ("亿元", "yuan", 2e8), ("元", "yuan", 2.0), ("万美元", "USD", 2e4), ("亿美元", "USD", 2e8),
    ("人", "persons", 2.0), ("万人", "persons", 2e4), ("10,000 yuan", "yuan", 2e4), ("100 million yuan", "yuan", 2e8),
    ("million USD", "USD", 2e6), ("km2", "km2", 2.0), ("万平方公里", "km2", 2e4), ("%", "%", 2.0),
    ("share (0-1)", "%", 200.0), ("万吨标准煤", "tce", 2e4), ("亿千瓦时", "kWh", 2e8),
])
def test_units(name, base, value):
    assert units.to_base("2", name) == (value, base)


def test_unknown_unit():
    assert units.find("斤") is None
    with pytest.raises(DataError, match=r"units\.csv"):
        units.to_base("2", "斤")


@pytest.mark.parametrize(("text", "code"), [
    ("内蒙古", "150000"), ("内蒙古自治区", "150000"), ("Inner Mongolia", "150000"), ("Nei Mongol", "150000"),
    ("NEIMENGGU", "150000"), ("内 蒙 古", "150000"), ("蒙", "150000"), ("Xizang", "540000"), ("Tibet", "540000"),
    ("西藏自治区", "540000"), ("Shaanxi", "610000"), ("Shanxi", "140000"), ("陕西省", "610000"), ("山西省", "140000"),
    ("Guangxi Zhuang Autonomous Region", "450000"), ("京", "110000"), ("北　京", "110000"), ("110000", "110000"),
    ("总值", "000000"), ("全国", "000000"), ("Xinjiang Uygur", "650000"), ("Beijing Municipality", "110000"),
])
def test_regions(text, code):
    assert regions.find(text).code == code


def test_unknown_regions_get_a_hint():
    assert regions.find("Atlantis") is None and regions.suggest("Atlantis") == ""
    assert "Guangdong" in regions.suggest("Guangdon")
    assert regions.find("DEW", country=True).name_zh == "西德"


def test_spellings_of_a_row_must_agree():
    assert located((("code", "440000"), ("zh", "广东"), ("en", "Guangdong")))[0] == "440000"
    (fault,) = located((("code", "440000"), ("zh", "广西")))
    assert fault[:3] == ("zh", "广西", "region-mismatch") and "Guangxi" in fault[3]
    assert located((("code", "330000"),), "杭州市", "city", True) == ("330000/杭州市", "杭州市", "杭州市", "city")
    assert located((("code", "330000"),), "浙江省", "national", True)[0][2] == "unknown-level"
    assert located((("code", "330000"),), "江苏省", "province", True)[0][2] == "region-mismatch"


@pytest.mark.parametrize(("year", "month", "answer"), [
    ("2016", "", ("2016", 2016, "A")), ("2016年", "", ("2016", 2016, "A")), ("２０１６", "", ("2016", 2016, "A")),
    ("2024", "03", ("2024-03", 2024, "M")), ("24", "", (("year", "24", "year"),)),
    ("1816", "", (("year", "1816", "year"),)), ("2024", "13", (("month", "13", "month"),)),
])
def test_periods(year, month, answer):
    assert dated(year, month) == answer


def test_what_has_no_date():
    assert dated("", undated=True) == ("", None, "") and dated("")[0][2] == "year"
