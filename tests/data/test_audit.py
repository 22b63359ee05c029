"""The audit of the reference paper against numbers recomputed independently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clustertrade.data import audit
from clustertrade.errors import DataError

from .folders import copy, edit, folder

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens_measures" / "seed_audit_arithmetic.json").read_text("utf-8"))
NUMBERS = audit.numbers(audit.read(folder("S30")))
ROWS = {r["id"]: r for r in audit.audit(folder("S30"))}


@pytest.mark.parametrize("key", GOLDEN["outputs"])
def test_numbers_agree(key):
    assert NUMBERS[key] == pytest.approx(GOLDEN["outputs"][key], abs=GOLDEN["tolerance"])


@pytest.mark.parametrize("key", GOLDEN["status"])
def test_verdicts_agree(key):
    name = "B03" if key == "B2B_plus_B2C" else key
    assert ROWS[name]["status"] == GOLDEN["status"][key].split(" ")[0]


def test_all_claims_are_there():
    assert [k for k in ROWS if k.startswith("A")] == [f"A{i:02d}" for i in range(1, 19)]
    verdicts = {k: r["status"] for k, r in ROWS.items()}
    assert [k for k, v in verdicts.items() if v == "FAIL"] == ["A01", "A02", "A03", "A06", "A07", "A08", "A09", "A17"]
    assert [k for k, v in verdicts.items() if v == "PASS"] == ["A14", "A16", "B01", "B02", "B03", "B04"]
    for row in ROWS.values():
        assert all(row[k][lang] for k in ("statement", "detail") for lang in ("en", "zh"))
        assert row["statement"]["en"].isascii() and row["detail"]["en"].isascii() and row["printed"].isascii()
        assert "{" not in row["detail"]["en"] + row["detail"]["zh"] and row["figures"]
    assert ROWS["A06"]["recomputed"] == "83.15 %, 16.80 %" and ROWS["A09"]["recomputed"] == "33.00, 22.35"


@pytest.mark.parametrize(("old", "new", "claim", "status"), [
    ("S022,2.1,CBEC export share printed,跨境出口占比,China,2015,85.4", None, "A06", "FAIL"),
    ("1999,1999,year", "1999,1991,year", "A01", "PASS"),
    ("2015,85.4,percent", "2015,83.1,percent", "A06", "FAIL"),
    ("2016,88.7,percent", "2016,88.9,percent", "B03", "FAIL"),
    ("2010),37,count,100亿元", "2010),370,count,100亿元", "B04", "FAIL"),
    ("3rd edition,29,count", "3rd edition,92,count", "A14", "FAIL"),
])
def test_verdicts_follow_the_figures(old, new, claim, status, tmp_path):
    """No verdict is written down: it changes with the figure in the raw file."""
    target = copy(folder("S30"), tmp_path)
    assert old in (target / "seed-figures.csv").read_text("utf-8")
    if new:
        edit(target, "seed-figures.csv", lambda raw: raw.replace(old.encode(), new.encode()))
    assert {r["id"]: r["status"] for r in audit.audit(target)}[claim] == status


def test_both_shares_right_passes(tmp_path):
    target = copy(folder("S30"), tmp_path)
    edit(target, "seed-figures.csv", lambda raw: raw.replace(b"2015,85.4,percent", b"2015,83.1,percent")
         .replace(b"2015,14.6,percent", b"2015,16.8,percent"))
    # 4.49 of 5.4 is 83.148: the first decimal is 1, and 0.9072 of 5.4 is 16.8
    assert {r["id"]: r["status"] for r in audit.audit(target)}["A06"] == "PASS"


def test_a_broken_figure_is_named(tmp_path):
    target = copy(folder("S30"), tmp_path)
    edit(target, "seed-figures.csv", lambda raw: raw.replace(b"2015,4.49,trillion CNY", b"2015,about 4.5,trillion CNY"))
    with pytest.raises(DataError, match=r"seed-figures\.csv, row \d+, column value.*about 4\.5.*Remedy"):
        audit.audit(target)
    with pytest.raises(DataError, match="holds no file of printed figures"):
        audit.audit(folder("S64"))
