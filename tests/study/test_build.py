"""Measures and samples from tidy rows: keys, transforms, faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clustertrade.errors import DataError, UsageError
from clustertrade.panel import Panel
from clustertrade.study import build, compute
from clustertrade.study.load import Study
from clustertrade.study.plan import Plan

LABEL = {"en": "x", "zh": "x"}


def plan_of(tmp_path, monkeypatch, tidy, **sections):
    """A plan whose tidy rows are given, without raw data."""
    raw = {"study": {"name": "mini", "title": "mini", "seed": 1}, **sections}
    plan = Plan(Study(raw, tmp_path / "mini.yaml"), processed=tmp_path, results=tmp_path / "results")
    folder = tmp_path / "mini" / "tidy"
    folder.mkdir(parents=True)
    pd.DataFrame(tidy).to_parquet(folder / "X.parquet")
    monkeypatch.setattr(Plan, "holders", lambda self, variable: ["X"])
    return plan


def rows(values, variable="x", flag=""):
    codes = {"110000": "Beijing", "120000": "Tianjin"}
    return [{"source_id": "X", "region_code": c, "region_en": codes[c], "level": "province", "period": str(y),
             "variable": variable, "value": v, "flag": flag} for (c, y), v in values.items()]


VALUES = {("110000", 2001): 1.0, ("110000", 2002): 2.0, ("120000", 2001): 4.0, ("120000", 2002): 8.0}


def sample(entities="all", variables=("x",), **spec):
    return {"s": {"entity": "province", "from": 2001, "to": 2002, "variables": list(variables), "entities": entities,
                  **spec}}


BOTH = ["Beijing", "天津市"]


@pytest.mark.parametrize(("transform", "expected"), [
    (None, [1, 2, 4, 8]), ("log", np.log([1, 2, 4, 8])), ("log1p", np.log([2, 3, 5, 9])),
    ("d", [np.nan, 1, np.nan, 4]), ("lag(1)", [np.nan, 1, np.nan, 4]), ("demean", [-1.5, -3, 1.5, 3]),
    ("positive", [1, 1, 1, 1])])
def test_transforms(tmp_path, monkeypatch, transform, expected):
    spec = {"from": "x", "label": LABEL} | ({"transform": transform} if transform else {})
    plan = plan_of(tmp_path, monkeypatch, rows(VALUES), variables={"x": spec}, samples=sample(BOTH))
    frame = build.sample(plan, "s")
    assert frame["entity"].tolist() == ["110000", "110000", "120000", "120000"]
    assert frame["region_zh"].tolist()[:2] == ["北京", "北京"] and set(frame["group3"]) == {"east"}
    np.testing.assert_allclose(frame["x"], expected)


def test_a_missing_cell_stays_missing(tmp_path, monkeypatch):
    values = {k: v for k, v in VALUES.items() if k != ("120000", 2001)}
    plan = plan_of(tmp_path, monkeypatch, rows(values), variables={"x": {"from": "x", "label": LABEL}},
                   samples=sample(BOTH))
    assert np.isnan(build.sample(plan, "s")["x"]).tolist() == [False, False, True, False]


def test_flagged_cells_do_not_enter(tmp_path, monkeypatch):
    tidy = rows(VALUES) + rows({("110000", 2003): 5.0}, flag="suspect_sum")
    plan = plan_of(tmp_path, monkeypatch, tidy, variables={}, samples={})
    assert build.tidy_variable(plan, "x", "province")["period"].tolist() == ["2001", "2002", "2001", "2002"]


@pytest.mark.parametrize(("values", "words"), [
    ({("110000", 2001): 0.0}, "log of 0 for 110000 in 2001.*log1p"), ({("110000", 2001): -1.0}, "log of -1")])
def test_logs_of_zero_and_less_are_refused(tmp_path, monkeypatch, values, words):
    plan = plan_of(tmp_path, monkeypatch, rows(VALUES | values), variables={"x": {"from": "x", "transform": "log",
                                                                               "label": LABEL}}, samples=sample(BOTH))
    with pytest.raises(DataError, match=words):
        build.sample(plan, "s")


def test_products_and_ratios(tmp_path, monkeypatch):
    tidy = rows(VALUES) + rows({k: v + 1 for k, v in VALUES.items()}, "z")
    plan = plan_of(tmp_path, monkeypatch, tidy, variables={"r": {"from": "x", "times": ["x"], "over": ["z"],
                                                                 "label": LABEL}}, samples=sample(BOTH, ["r"]))
    np.testing.assert_allclose(build.sample(plan, "s")["r"], [1 / 2, 4 / 3, 16 / 5, 64 / 9])


def test_two_figures_for_one_cell_are_refused(tmp_path, monkeypatch):
    plan = plan_of(tmp_path, monkeypatch, rows(VALUES) + rows({("110000", 2001): 7.0}), variables={}, samples={})
    with pytest.raises(DataError, match="Beijing 2001 stands in the data more than once"):
        build.tidy_variable(plan, "x", "province")


def test_an_unknown_region_is_refused(tmp_path, monkeypatch):
    plan = plan_of(tmp_path, monkeypatch, rows(VALUES), variables={"x": {"from": "x", "label": LABEL}},
                   samples=sample(["Beijng"]))
    with pytest.raises(UsageError, match=r"Beijng \(did you mean Beijing"):
        build.sample(plan, "s")


def test_prefixes_go_by_the_calendar():
    frame = pd.DataFrame({"entity": ["1"] * 3, "region_en": "A", "time": [2001, 2002, 2004], "y": [1.0, 3.0, 9.0]})
    two = pd.concat([frame, frame.assign(entity="2", region_en="B")])
    panel = compute.panel_of(two, ["y", "d.y", "l.y", "l2.y"])
    assert isinstance(panel, Panel) and panel.variables == ("y", "d.y", "l.y", "l2.y")
    np.testing.assert_array_equal(panel["d.y"].series[0], [np.nan, 2, np.nan, np.nan])
    np.testing.assert_array_equal(panel["l2.y"].series[0], [np.nan, np.nan, 1, 3])
