from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden


def weights(data, indicator, **options):
    return ct.measure("entropy-weights", data, indicator=indicator, **options)


def by_hand(x, signs, eps=0.0):
    """Weights and scores of a matrix in loops, as the formulas are printed."""
    n, m = len(x), len(x[0])
    scaled = np.empty((n, m))
    for j in range(m):
        column = [row[j] for row in x]
        for i in range(n):
            share = (column[i] - min(column)) / (max(column) - min(column))
            scaled[i, j] = eps + (1 - 2 * eps) * (share if signs[j] == "+" else 1 - share)
    e = [-sum(p * np.log(p) for p in scaled[:, j] / scaled[:, j].sum() if p > 0) / np.log(n) for j in range(m)]
    w = [(1 - v) / sum(1 - u for u in e) for v in e]
    return e, w, scaled @ w


def test_printed_examples():
    toy = golden("weights_small_examples")
    data = pd.DataFrame(toy["inputs"]["X"], columns=["a", "b"]).assign(city=list("ABCD"))
    options = {"indicator": ["a:+", "b:-"], "zero_rule": "widened"}
    ours = weights(data, **options)
    assert ours.columns == ("indicator", "entropy", "weight")
    assert [r["weight"] for r in ours.rows] == pytest.approx(toy["outputs"]["entropy_w"], abs=5e-8)
    scores = weights(data, **options, unit="city", variant="scores")
    assert scores.columns == ("city", "value")
    assert [100 * r["value"] for r in scores.rows] == pytest.approx(toy["outputs"]["entropy_score"], abs=5e-6)


def test_water_quality_with_indicators_scaled_before():
    """Two of four indicators have a best value inside their range: the source scales them, we take them as they are."""
    d = golden("entropy_water_quality")
    x = np.array(d["inputs"]["X"])
    middle = 1 - np.abs(x[:, 1] - 7) / np.abs(x[:, 1] - 7).max()
    low, high = 10 - x[:, 3].min(), x[:, 3].max() - 20
    interval = np.where(x[:, 3] < 10, 1 - (10 - x[:, 3]) / max(low, high),
                        np.where(x[:, 3] > 20, 1 - (x[:, 3] - 20) / max(low, high), 1.0))
    eps = d["inputs"]["epsilon"]
    span = (x - x.min(0)) / (x.max(0) - x.min(0))
    data = pd.DataFrame({"o2": eps + (1 - 2 * eps) * span[:, 0], "ph": middle,
                         "germ": eps + (1 - 2 * eps) * (1 - span[:, 2]), "nutrient": interval, "river": range(1, 21)})
    options = {"indicator": [f"{c}:+" for c in ("o2", "ph", "germ", "nutrient")], "scale": "none",
               "zero_rule": "widened"}
    assert [r["weight"] for r in weights(data, **options).rows] == pytest.approx(d["outputs"]["weights"], abs=1e-6)
    scores = weights(data, **options, unit="river", variant="scores").to_frame()["value"] * 100
    assert scores.tolist() == pytest.approx(d["outputs"]["score_100"], abs=1e-4)
    assert int(scores.idxmax()) + 1 == d["outputs"]["best_rank_id"]


@pytest.fixture
def panel():
    rng = np.random.default_rng(20260101)
    return pd.DataFrame([{"city": c, "year": t, "a": rng.gamma(2), "b": rng.gamma(1), "c": rng.normal()}
                         for c, t in product("ABCDE", (2019, 2020, 2021))])


INDICATORS = ["a:+", "b:-", "c:+"]


def test_a_panel_is_pooled(panel):
    """n = units times periods in the logarithm, one minimum and maximum: entropy stays below 1."""
    e, w, score = by_hand(panel[["a", "b", "c"]].to_numpy().tolist(), "+-+")
    ours = weights(panel, INDICATORS, unit="city", time="year")
    assert [r["entropy"] for r in ours.rows] == pytest.approx(e)
    assert [r["weight"] for r in ours.rows] == pytest.approx(w)
    scores = weights(panel, INDICATORS, unit="city", time="year", variant="scores")
    assert scores.columns == ("city", "year", "value")
    assert [r["value"] for r in scores.rows] == pytest.approx(list(score))
    assert [r["weight"] for r in scores.details["weights"]] == pytest.approx(w)
    assert all(0 < r["entropy"] < 1 for r in ours.rows) and all(0 <= r["value"] <= 1 for r in scores.rows)


def test_by_time_is_each_period_alone(panel):
    ours = weights(panel, INDICATORS, unit="city", time="year", variant="weights-by-time").to_frame()
    scores = weights(panel, INDICATORS, unit="city", time="year", variant="scores-by-time").to_frame()
    assert list(ours.columns) == ["year", "indicator", "entropy", "weight"]
    for year, part in panel.groupby("year"):
        _, w, score = by_hand(part[["a", "b", "c"]].to_numpy().tolist(), "+-+")
        assert ours[ours["year"] == year]["weight"].tolist() == pytest.approx(w)
        assert scores[scores["year"] == year]["value"].tolist() == pytest.approx(list(score))


def test_zero_rules(panel):
    found = {}
    for rule, eps in (("zero", 0.0), ("widened", 0.002), ("shifted", 0.01), ("edged", 0.0001), ("epsilon", 0.0)):
        found[rule] = [r["weight"] for r in weights(panel, INDICATORS, zero_rule=rule).rows]
        want = by_hand(panel[["a", "b", "c"]].to_numpy().tolist(), "+-+", eps)[1]
        assert found[rule] == pytest.approx(want, abs=1e-8)
    assert len({tuple(np.round(w, 4)) for w in found.values()}) == 4  # epsilon and zero agree to the eighth digit


def test_an_indicator_that_does_not_vary(panel):
    result = weights(panel.assign(c=4.0), INDICATORS)
    assert result.rows[2] == {"indicator": "c", "entropy": 1.0, "weight": 0.0}
    assert result.warnings == ("c does not vary: its weight is 0",)
    yearly = weights(panel.assign(c=panel["c"].where(panel["year"] != 2020, 1.0)), INDICATORS, time="year",
                     variant="weights-by-time")
    assert yearly.warnings == ("c does not vary in 2020: its weight is 0",)
    with pytest.raises(InfeasibleError, match="no indicator varies"):
        weights(panel.assign(a=1, b=2, c=3), INDICATORS)
    with pytest.raises(InfeasibleError, match="at least 2; there is 1"):
        weights(panel[:1], INDICATORS)


def test_wrong_calls(panel):
    for options, message in (({"indicator": []}, "needs --indicator"), ({"indicator": ["a"]}, r"--indicator a: COL:\+"),
                             ({"indicator": ["a:+", "a:-"]}, "a is given twice"),
                             ({"indicator": ["q:+"]}, "no column q"),
                             ({"indicator": INDICATORS, "variant": "scores"}, "needs --unit"),
                             ({"indicator": INDICATORS, "variant": "weights-by-time"}, "needs --time"),
                             ({"indicator": INDICATORS, "scale": "none"}, "direction"),
                             ({"indicator": INDICATORS, "zero_rule": "nothing"}, "--zero-rule nothing: one of"),
                             ({"indicator": INDICATORS, "scale": "mean"}, "one of minmax, none")):
        with pytest.raises(UsageError, match=message):
            weights(panel, **options)
    with pytest.raises(DataError, match=r"\(city\) is not unique: A, B"):
        weights(panel, INDICATORS, unit="city", variant="scores")
    with pytest.raises(DataError, match="column c is negative"):
        weights(panel, ["a:+", "c:+"], scale="none")
    with pytest.raises(DataError, match=r"lie in \[0, 1\]"):
        weights(panel, ["a:+", "b:+"], scale="none", zero_rule="shifted")


@given(st.lists(st.tuples(*[st.integers(-1000, 1000)] * 3), min_size=3, max_size=15), st.floats(0.01, 1e4),
       st.floats(-100, 100))
@settings(max_examples=40, deadline=None)
def test_invariances(rows, factor, shift):
    """Units and zero points of indicators change nothing, nor does the order of rows; weights sum to 1."""
    x = np.array(rows, dtype=float)
    if (np.ptp(x, axis=0) == 0).any():
        return
    data = pd.DataFrame(x, columns=list("abc"))
    first = [r["weight"] for r in weights(data, INDICATORS).rows]
    assert sum(first) == pytest.approx(1) and min(first) >= 0
    for other in (data.assign(a=data["a"] * factor + shift), data[::-1]):
        assert [r["weight"] for r in weights(other, INDICATORS).rows] == pytest.approx(first, abs=1e-8)
    turned = weights(data.assign(b=-data["b"]), ["a:+", "b:+", "c:+"])
    assert [r["weight"] for r in turned.rows] == pytest.approx(first, abs=1e-10)
