from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden

SYSTEMS = ["cbec=a1:+,a2:+,a3:-", "cluster=b1:+,b2:+,b3:+"]


def frame():
    d = golden("synergy_constructed")["inputs"]
    a, b = d["subsystem_cbec"], d["subsystem_cluster"]
    return pd.DataFrame({"year": d["years"], "a1": a["e1"], "a2": a["e2"], "a3": a["e3_neg"], "b1": b["e1"],
                         "b2": b["e2"], "b3": b["e3"]})


def run(data, systems=SYSTEMS, **options):
    return ct.measure("synergy", data, subsystem=systems, time="year", **options)


def test_the_constructed_example():
    out = golden("synergy_constructed")["outputs"]
    fixed = run(frame(), limits="widened")
    assert fixed.columns == ("year", "order_cbec", "order_cluster", "synergy")
    assert [r["order_cbec"] for r in fixed.rows] == pytest.approx(out["order_cbec_geometric"], abs=1e-9)
    assert [r["order_cluster"] for r in fixed.rows] == pytest.approx(out["order_cluster_geometric"], abs=1e-9)
    assert [r["synergy"] for r in fixed.rows][1:] == pytest.approx(out["synergy_fixed_base_2012"], abs=1e-9)
    assert fixed.to_dict()["rows"][0]["synergy"] is None and "the base itself: 2012" in fixed.warnings[0]
    rolling = run(frame(), limits="widened", base="previous")
    assert [r["synergy"] for r in rolling.rows][1:] == pytest.approx(out["synergy_step_by_step"], abs=1e-9)
    weighted = ["cbec=a1:+:0.5,a2:+:0.3,a3:-:0.2", "cluster=b1:+:5,b2:+:3,b3:+:2"]
    linear = run(frame(), weighted, limits="widened", variant="linear")
    assert [r["order_cbec"] for r in linear.rows] == pytest.approx(out["order_cbec_linear"], abs=1e-9)
    assert [r["order_cluster"] for r in linear.rows] == pytest.approx(out["order_cluster_linear"], abs=1e-9)


def test_contributions_weigh_the_advances():
    plain = run(frame(), limits="widened")
    u = np.array([[r["order_cbec"], r["order_cluster"]] for r in plain.rows])
    change = u - u[0]
    share = run(frame(), limits="widened", contribution=["cbec=3", "cluster=1"])
    assert [r["synergy"] for r in share.rows][1:] == pytest.approx((change @ [0.75, 0.25])[1:], abs=1e-12)


def test_the_sign_is_negative_where_one_or_both_fall_back():
    data = pd.DataFrame({"year": [1, 2, 3], "a": [5.0, 6.0, 3.0], "b": [5.0, 4.0, 4.5]})
    values = [r["synergy"] for r in run(data, ["s=a:+", "t=b:+"], limits="0:10").rows]
    assert values[1] == pytest.approx(-np.sqrt(0.1 * 0.1)) and values[2] == pytest.approx(-np.sqrt(0.2 * 0.05))


def test_a_subsystem_that_stands_still_gives_zero_and_says_so():
    data = pd.DataFrame({"year": [1, 2, 3], "a": [5.0, 6.0, 7.0], "b": [5.0, 5.0, 6.0]})
    result = run(data, ["s=a:+", "t=b:+"], limits="0:10")
    assert result.rows[1]["synergy"] == 0 and any("stood still" in w and "2" in w for w in result.warnings)


def test_limits_that_are_given_keep_the_past_when_a_year_is_added():
    """With limits of the sample a new year changes the orders of old ones; with given limits it does not."""
    short, whole = frame().iloc[:4], frame()
    moved = [run(d).rows[1]["order_cbec"] for d in (short, whole)]
    assert abs(moved[0] - moved[1]) > 0.01 and any("another period" in w for w in run(whole).warnings)
    limits = "a1=5:40,a2=2:15,a3=6:10,b1=1:1.3,b2=30:70,b3=1:4"
    kept = [run(d, limits=limits).rows for d in (short, whole)]
    assert [r["order_cbec"] for r in kept[0]] == pytest.approx([r["order_cbec"] for r in kept[1]][:4], abs=1e-14)
    assert not any("another period" in w for w in run(whole, limits=limits).warnings)


def test_values_between_two_bounds_are_best():
    data = pd.DataFrame({"year": range(5), "ph": [4.0, 6.5, 7.0, 8.0, 9.0], "b": [1.0, 2, 3, 4, 5]})
    rows = run(data, ["water=ph:6.5..7.5", "b=b:+"]).rows
    assert [r["order_water"] for r in rows] == pytest.approx([0, 1, 1, 0.8, 0.4])


def test_each_unit_has_its_own_base():
    one = frame()
    two = one.assign(**{c: one[c] * 0.97 for c in one.columns if c != "year"})
    data = pd.concat([one.assign(p="x"), two.assign(p="y")])
    both = run(data, unit="p", limits="widened", base="2013")
    assert both.columns[:2] == ("p", "year")
    null = [(r["p"], r["year"]) for r in both.to_dict()["rows"] if r["synergy"] is None]
    assert null == [("x", 2013), ("y", 2013)]


def test_leaving_a_parameter_out_by_hand():
    result = run(frame(), limits="widened")
    without = [run(frame(), [SYSTEMS[0].replace(part, ""), SYSTEMS[1]], limits="widened").rows[-1]["synergy"]
               for part in ("a1:+,", "a2:+,", ",a3:-")]
    without += [run(frame(), [SYSTEMS[0], SYSTEMS[1].replace(part, "")], limits="widened").rows[-1]["synergy"]
                for part in ("b1:+,", "b2:+,", ",b3:+")]
    last = result.details["leave_one_out"][-1]
    assert (last["low"], last["high"]) == pytest.approx((min(without), max(without)), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.01, 1000), min_size=3, max_size=3), st.integers(0, 119))
def test_units_and_the_order_of_rows_change_nothing(scales, shuffle):
    data = frame()
    moved = data.assign(a1=data.a1 * scales[0], a3=data.a3 * scales[1], b2=data.b2 * scales[2])
    moved = moved.iloc[np.random.default_rng(shuffle).permutation(len(moved))]
    again = {r["year"]: r["synergy"] for r in run(moved, limits="widened").rows[:]}
    for row in run(data, limits="widened").rows:
        if row["year"] != 2012:
            assert again[row["year"]] == pytest.approx(row["synergy"], abs=1e-10)


@pytest.mark.parametrize(("options", "error", "says"), [
    ({"systems": SYSTEMS[:1]}, UsageError, "at least two"),
    ({"systems": ["cbec", "b=b1:+"]}, UsageError, "NAME=COL"),
    ({"systems": ["s=a1:x", "b=b1:+"]}, UsageError, "COL:LOW..HIGH"),
    ({"systems": ["s=a1:+:-1", "b=b1:+"]}, UsageError, "above 0"),
    ({"base": "1999"}, UsageError, "2012"),
    ({"limits": "5:1"}, UsageError, "not below"),
    ({"limits": "a1=12:40"}, DataError, "a1 10"),
    ({"contribution": ["cbec=1"]}, UsageError, "none for cluster"),
    ({"systems": ["s=a1:+", "s=b1:+"]}, UsageError, "given twice"),
])
def test_refusals(options, error, says):
    with pytest.raises(error, match=says):
        run(frame(), **options)


def test_a_parameter_that_does_not_vary_is_refused():
    with pytest.raises(InfeasibleError, match="a2 does not vary"):
        run(frame().assign(a2=3.0))
    assert run(frame().assign(a2=3.0), limits="a2=0:4").rows[1]["order_cbec"] >= 0
