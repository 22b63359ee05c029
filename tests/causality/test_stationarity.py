from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.regression.integration import unit_root
from tests.causality.test_dumitrescu_hurlin import frame, panels
from tests.causality.test_emirmahmutoglu_kose import walks


@pytest.mark.parametrize("trend", ["c", "ct"])
def test_one_series_is_the_adf_test(trend):
    walk = np.random.default_rng(1).standard_normal(60).cumsum()
    ours = unit_root(walk[None], np.ones((1, 60), dtype=bool), 2, trend)
    theirs = ct.test("adf", pd.DataFrame({"y": walk}), y="y", trend=trend, lags=2).pvalue
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_a_panel_is_choi_z_of_its_entities():
    y = walks(1, 6, 30)[0][0]
    valid = np.ones(y.shape, dtype=bool)
    valid[2, 25:] = False
    data = frame(y, y)[lambda d: ~((d["id"] == "u02") & (d["year"] > 2025))]
    theirs = ct.test("fisher-adf", data, entity="id", time="year", y="y", lags=1)["Z"].pvalue
    assert unit_root(y, valid, 1, "c") == pytest.approx(theirs, abs=1e-12)
    constant = np.vstack([y, np.ones((1, 30))])
    assert unit_root(constant, np.vstack([valid, valid[:1]]), 1, "c") == pytest.approx(theirs, abs=1e-12)


def of(name, y, x, **options):
    return ct.test(name, frame(y, x), entity="id", time="year", y="y", x="x", **options)


PANEL = ("dumitrescu-hurlin", "juodis-karavias-sarafidis")


@pytest.mark.parametrize("name", PANEL)
def test_walks_are_found_out_with_their_order_and_the_ways_out(name):
    y, x = (a[0] for a in walks(1, 10, 40, seed=5))
    found = of(name, y, x)
    assert [r["order"] for r in found.details["integration_orders"]] == [1, 1]
    said = [w for w in found.warnings if "unit roots" in w]
    assert len(said) == 1 and "y I(1)" in said[0] and "x I(1)" in said[0]
    assert "first differences" in said[0] and "emirmahmutoglu-kose" in said[0] and "vecm" in said[0]
    calm, noise = (a[0] for a in panels(1, 10, 40))
    mixed = of(name, calm, x)
    assert [r["order"] for r in mixed.details["integration_orders"]] == [0, 1]
    assert not any("unit roots" in w for w in of(name, calm, noise).warnings)
    twice = of(name, y.cumsum(1), x)
    assert any("y I(2+)" in w for w in twice.warnings)


def test_series_too():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.standard_normal(80).cumsum(), "x": rng.standard_normal(80)})
    found = ct.test("granger", data, y="y", x="x")
    assert [r["order"] for r in found.details["integration_orders"]] == [1, 0]
    assert len(found.warnings) == 1 and "toda-yamamoto" in found.warnings[0] and "granger-vecm" in found.warnings[0]
    assert not ct.test("granger", data.diff().dropna(), y="y", x="x").warnings


def test_lag_augmented_tests_mind_only_orders_above_theirs():
    y, x = (a[0] for a in walks(1, 10, 60))
    assert not of("emirmahmutoglu-kose", y, x, bootstrap=19).warnings
    assert any("y I(2+)" in w and "--integration 2" in w
               for w in of("emirmahmutoglu-kose", y.cumsum(1), x, bootstrap=19).warnings)
    one = pd.DataFrame({"y": y[0].cumsum(), "x": x[0]})
    assert not ct.test("toda-yamamoto", one.diff().dropna(), y="y", x="x").warnings
    assert any("--integration 2" in w for w in ct.test("toda-yamamoto", one, y="y", x="x").warnings)
    assert not ct.test("toda-yamamoto", one, y="y", x="x", integration=2).warnings
    assert any("toda-yamamoto --integration 1" in w
               for w in ct.test("toda-yamamoto", one.diff().dropna(), y="y", x="x", integration=0).warnings)


def test_nothing_is_said_of_very_short_series():
    rng = np.random.default_rng(5)
    data = pd.DataFrame(rng.standard_normal((9, 2)).cumsum(0), columns=["y", "x"])
    assert ct.test("granger", data, y="y", x="x").details["integration_orders"] == []
