"""Sizes outside of their bands are the same in the published table, in ``show`` and in the notes under tables."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from clustertrade import sizes
from clustertrade.cli import main
from clustertrade.report import notes
from clustertrade.sizes import BANDS, Size, nearest


def published() -> pd.DataFrame:
    return pd.read_csv("docs/validation/size-power.csv", keep_default_na=False)


def test_the_packaged_rows_are_those_that_the_published_table_marks():
    table = published()
    marked = table[table.outside == 1]
    with sizes.PATH.open(encoding="utf-8", newline="") as lines:
        packaged = list(csv.DictReader(lines))
    columns = ["test", "statistic", "trend", "N", "T", "errors", "version"]
    assert [[r[c] for c in columns] for r in packaged] == marked[columns].astype(str).to_numpy().tolist()


def test_a_row_is_marked_where_its_interval_misses_the_band():
    size = published().query("kind == 'size'")
    without_factor = size.statistic.isin(["MQc", "MQf"]) & (size.errors == "independent")
    judged = size[((size.version == "bootstrap") | (size["T"] >= 50)) & ~without_factor]
    low, high = (judged.version.map({k: v[i] for k, v in BANDS.items()}) for i in (0, 1))
    assert ((judged.high < low) | (judged.low > high)).astype(int).tolist() == judged.outside.tolist()
    assert size.drop(judged.index).outside.sum() == 0


def test_the_nearest_design_and_of_its_errors_the_worst():
    cells = [Size("ips", s, "ct", n, t, errors, "asymptotic", rate) for s, n, t, errors, rate in
             [("Z", 25, 50, "independent", 0.13), ("Z", 25, 50, "factor", 0.2), ("W", 25, 50, "factor", 0.01),
              ("Z", 10, 22, "factor", 0.4)]]
    assert {(s.statistic, s.rate) for s in nearest(cells, 31, 60)} == {("Z", 0.2), ("W", 0.01)}
    assert nearest([], 31, 60) == []


def test_show_quotes_them(capsys):
    row = published().query("outside == 1").iloc[0]
    assert main(["show", row.test]) == 0
    assert f"{row.rate:.3f}  {row.statistic}, trend {row.trend}, N={row.N}, T={row['T']}" in capsys.readouterr().out


@pytest.mark.parametrize(("bootstrap", "said"), [(0, True), (99, False)])
def test_notes_quote_them_for_the_statistic_and_version_of_the_table(monkeypatch, bootstrap, said):
    only = (Size("ips", "Z-t-bar", "ct", 25, 50, "independent", "asymptotic", 0.199),)
    monkeypatch.setattr(notes, "outside", lambda test: only if test == "ips" else ())
    result = {"name": "ips", "options": {"trend": "ct", "bootstrap": bootstrap}, "statistics": [{"name": "Z-t-bar"}],
              "n_entities": 31, "n_periods": 22}
    found = notes.sizes([result, {**result, "name": "llc"}])
    assert len(found) == said
    if said:
        assert "rejects 0.20 of true nulls at 5 %" in found[0]["en"] and "N=25" in found[0]["zh"]
