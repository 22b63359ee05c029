"""A battery of unit root tests under a table: the same as its tests run one by one."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.registry import load
from clustertrade.report.battery import parts_of
from clustertrade.report.layouts.tests_by_variable import tests_by_variable as by_variable
from clustertrade.study.inputs import Inputs
from tests.report import simulated
from tests.unitroot.panels import panel, walks

PANEL = panel(walks(np.random.default_rng(1), 12, 40))


@pytest.fixture(scope="module")
def battery():
    return load("unit-root-battery")(PANEL, lags=1).to_dict()


def test_the_parts_are_the_tests_run_alone(battery):
    parts = list(parts_of([battery]))
    assert len(parts) == 40 and parts[0]["warnings"] == list(battery["warnings"])
    for part in parts[::7]:
        y = PANEL.diff() if part["options"]["y"] == "d.y" else PANEL
        given = {k: v for k, v in part["options"].items() if k in load(part["name"]).defaults}
        alone = load(part["name"])(y, **given).to_dict()
        first = alone["statistics"][0]
        assert part["statistics"][0]["value"] == first["value"] and part["statistics"][0]["pvalue"] == first["pvalue"]
        assert part["options"] == alone["options"] and part["lags"] == alone["lags"]
        assert part["n_periods"] == alone["n_periods"]


def test_what_a_table_asks_for_is_taken(battery):
    other = {**battery, "name": "adf"}
    assert [r["name"] for r in parts_of([battery, other], ["cips"])] == ["cips"] * 4
    assert [r["name"] for r in parts_of([other])] == ["adf"]


def test_the_table_stands_by_variable_and_test(tmp_path, battery):
    class WithBattery(Inputs):
        def json(self, ref):
            return {"entry": ref, "sample": "all", "results": [battery]}

    inputs = WithBattery(simulated.write(tmp_path / "toy").plan)
    spec = {**simulated.RAW["tables"]["t05-roots"], "columns": ["ips", "cips", "panic"]}
    table = by_variable(inputs, "t05-roots", spec)
    assert [c.key for c in table.columns] == ["ips", "cips", "panic", "conclusion"]
    assert [row.key for row in table.rows] == ["c y", "c d.y", "ct y", "ct d.y"]
    assert table.cells["ct d.y", "cips"].value == next(s["value"] for s in battery["statistics"]
                                                      if s["name"] == "d.cips ct")
    assert table.cells["c y", "conclusion"].value == "I(1)"
    said = " ".join(n if isinstance(n, str) else n["en"] for n in table.notes)
    assert "presume independent entities" in said and "LLC" in said
