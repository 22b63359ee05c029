"""The panel: labels, steps of time, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError
from clustertrade.panel import Panel
from clustertrade.timeindex import steps


@pytest.mark.parametrize(("labels", "freq", "expected"), [
    (["2001", "2003"], None, [2001, 2003]),
    (["2001-01", "2000-12"], None, [24012, 24011]),
    (["2001Q1", "2000Q4"], None, [8004, 8003]),
    (["2001-01-31", "2001-02-28", "2001-03-31"], None, [24012, 24013, 24014]),
    (["2001-01-01", "2002-01-01", "2003-01-01"], None, [2001, 2002, 2003]),
    (["2001-01-01", "2001-01-02"], None, [730486, 730487]),
    (["2001-01-01", "2001-04-01", "2002-01-01"], "Q", [8004, 8005, 8008]),
])
def test_steps_of_time(labels, freq, expected):
    assert steps(labels, freq)[0].tolist() == expected


@pytest.mark.parametrize(("labels", "freq", "word"), [
    (["2001", "soon"], None, "soon"), (["2001-13"], None, "month 13"), (["2001-02-30"], None, "2001-02-30"),
    (["2001-01-01", "2001-04-01", "2002-01-01"], None, "ambiguous"),
    (["2001-01-01", "2001-01-05"], "M", "several dates"),
    (["2001-01"], "Q", "step by month")])
def test_times_that_are_refused(labels, freq, word):
    with pytest.raises(DataError, match=word):
        steps(labels, freq)


def test_labels_come_back_as_given_and_holes_get_their_own():
    frame = pd.DataFrame({"i": ["a"] * 3, "t": ["2001Q1", "2001Q2", "2001Q4"], "y": [1.0, 2.0, 3.0]})
    assert Panel.from_frame(frame, entity="i", time="t").times == ("2001Q1", "2001Q2", "2001Q3", "2001Q4")


def test_a_multiindex_and_timestamps_are_the_same_panel():
    dates = pd.to_datetime(["2001-12-31", "2002-12-31"] * 2)
    frame = pd.DataFrame({"i": list("aabb"), "t": dates, "y": [1.0, 2, 3, 5]})
    one = Panel.from_frame(frame, entity="i", time="t")
    two = Panel.from_frame(frame.set_index(["i", "t"]))
    assert np.array_equal(one.values, two.values) and one.entities == two.entities and one.freq == "A"


def test_whole_numbers_sort_by_size():
    frame = pd.DataFrame({"i": [10, 9, 10, 9], "t": [1, 1, 2, 2], "y": [1.0, 2, 3, 4]})
    assert Panel.from_frame(frame, entity="i", time="t").entities == ("9", "10")


def test_lags_and_differences_go_by_the_calendar():
    frame = pd.DataFrame({"i": ["a"] * 3, "t": [2001, 2002, 2004], "y": [1.0, 2.0, 4.0]})
    panel = Panel.from_frame(frame, entity="i", time="t")["y"]
    assert np.array_equal(panel.diff().series, [[np.nan, 1.0, np.nan, np.nan]], equal_nan=True)
    assert panel.lag(2).variables == ("L2.y",)


def two(**columns):
    base = {"i": ["a"] * 6 + ["b"] * 6, "t": [*range(6)] * 2, "y": [1.0, 3, 2, 5, 4, 6, 2, 1, 3, 2, 5, 4]}
    return pd.DataFrame({**base, **columns})


def test_balance_is_required_trimmed_or_allowed():
    frame = two().iloc[:-1]
    run = lambda how: ct.test("cd", frame, entity="i", time="t", y="y", balanced=how)  # noqa: E731
    with pytest.raises(InfeasibleError, match=r"1 of 2 lack some: b.*--balanced trim keeps the 5"):
        run("require")
    assert run("trim").n_periods == 5 and "5 of 6" in run("trim").warnings[0]
    assert run("allow").n_periods == 6


@pytest.mark.parametrize("x", [[0.0, 6, 4, 10, 8, 12, 4, 2, 6, 4, 10, 8], [2.0 * v for v in range(12)]])
def test_collinear_columns_are_named(x):
    frame = two(x=x, z=[2 * v + 1 for v in x])
    with pytest.raises(InfeasibleError, match="exact linear function"):
        ct.test("cd", frame, entity="i", time="t", y="y", x=["x", "z"])
