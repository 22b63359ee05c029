"""Tables and figures of a panel VAR, and GMM in the regression table."""

from __future__ import annotations

import numpy as np
import pytest

from clustertrade.errors import UsageError
from clustertrade.render import to_text
from clustertrade.render.figure import house_style
from clustertrade.report import dynamics, layouts
from clustertrade.report.figures import responses, variance_shares

FROM = ["estimates/dynamics"]


def test_orders_with_their_criteria_and_the_stability_of_the_chosen_one(inputs):
    table = layouts.build(inputs, "t16b-order")
    var = dynamics.system(inputs, FROM)
    assert [row.key for row in table.rows] == ["1", "2"]
    assert table.cells["2", "MBIC"].value == var["details"]["order"][1]["MBIC"]
    said = to_text(table, "en")
    assert f"order {var['details']['p']} by MBIC" in said.replace("\n", " ")
    assert f"{var['details']['stability']['moduli'][0]:.3f}: the system is stable" in said.replace("\n", " ")
    assert "lnX helps to predict" in said.replace("\n", " ") and "系统稳定" in to_text(table, "zh")


def test_shares_of_the_shocks_add_up_to_one(inputs):
    table = layouts.build(inputs, "t16c-variance")
    for row in table.rows:
        assert np.isclose(sum(table.cells[row.key, c].value for c in ("d.x", "d.y")), 1)
        low, high = table.cells[row.key, "d.x"].below["ci"]
        assert low <= table.cells[row.key, "d.x"].value + 0.2 and low <= high
    assert table.cells["d.x 1", "d.x"].value == pytest.approx(1)


def test_a_panel_a_pair_and_the_projection_where_its_shock_is_the_first(inputs):
    with house_style():
        fig = responses.draw(inputs, {"from": FROM}, "en")
    assert len(fig.axes) == 4
    lines = [len([line for line in ax.lines if len(line.get_xdata()) > 2]) for ax in fig.axes]
    assert lines == [1, 1, 4, 1]                           # the third: y after a shock to x, with three dashed lines
    var = dynamics.system(inputs, FROM)
    local = dynamics.projection(inputs, FROM, var)
    drawn = fig.axes[2].lines[1].get_ydata()
    assert drawn == pytest.approx([r["value"] * var["details"]["omega"][0][0] ** 0.5 for r in local["details"]["irf"]])
    with house_style():
        bars = variance_shares.draw(inputs, {"from": FROM}, "zh")
    heights = [p.get_height() for p in bars.axes[1].patches]
    assert sum(heights) == pytest.approx(len(heights) / 2)


def test_an_entry_without_a_panel_var_is_refused(inputs):
    with pytest.raises(UsageError, match="no column estimates a panel-var"):
        dynamics.system(inputs, ["estimates/base"])


def test_gmm_shows_its_instruments_and_tests(inputs):
    table = layouts.build(inputs, "t09-lags")
    column = table.columns[1].key
    assert table.cells["instruments", column].value == 17 and table.cells["hansen", column].value == 0.558
    assert table.cells["fe entity", column].value == table.cells["fe time", column].value
    assert ("instruments", table.columns[0].key) not in table.cells
    assert "Windmeijer" in str(table.below_note)
    assert next(row.label["en"] for row in table.rows if row.key == "L1.y") == "Simulated lnY (t-1)"
