from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden

VARIANTS = ("deng", "absolute", "relative", "slope", "b-type")


def grades(data, names, **options):
    return ct.measure("grey-relation", data, value="x0", indicator=names, **options).to_frame()["value"].tolist()


def test_printed_examples():
    d = golden("grey_relational")
    toy = pd.DataFrame(np.array(d["inputs"]["toy_cmp"]), columns=["a", "b", "c"]).assign(x0=d["inputs"]["toy_ref"])
    ours = grades(toy, ["a", "b", "c"], scale="none")
    assert ours == pytest.approx(d["outputs"]["toy"], abs=5e-8)
    table = pd.DataFrame(d["inputs"]["nb_data_first_col_is_reference"], columns=["x0", "a", "b"])
    result = ct.measure("grey-relation", table, value="x0", indicator=["a:+", "b:+"], scale="mean")
    assert result.columns == ("indicator", "rank", "value")
    assert [r["value"] for r in result.rows] == pytest.approx(d["outputs"]["nb"], abs=1e-8)
    assert [r["rank"] for r in result.rows] == [1, 2]
    assert np.mean(result.details["coefficients"][0]["values"]) == pytest.approx(d["outputs"]["nb"][0], abs=1e-8)


@pytest.fixture
def data():
    rng = np.random.default_rng(20260101)
    x = np.exp(rng.normal(0.05, 0.1, (8, 4)).cumsum(0)) * [3, 50, 7, 0.2]
    return pd.DataFrame(x, columns=["x0", "a", "b", "c"]).assign(year=range(2010, 2018))


def test_deng_in_loops(data):
    names = ["a", "b", "c"]
    for scale, f in (("minmax", lambda s: (s - s.min()) / (s.max() - s.min())), ("initial", lambda s: s / s.iloc[0]),
                     ("mean", lambda s: s / s.mean()), ("none", lambda s: s)):
        x = data.drop(columns="year").apply(f)
        gaps = {c: [abs(p - q) for p, q in zip(x["x0"], x[c], strict=True)] for c in names}
        low, high = min(map(min, gaps.values())), max(map(max, gaps.values()))
        for rho in (0.2, 0.5):
            want = [np.mean([(low + rho * high) / (g + rho * high) for g in gaps[c]]) for c in names]
            assert grades(data, names, scale=scale, rho=rho) == pytest.approx(want)
    turned = data.assign(a=-data["a"])
    assert grades(turned, ["a:-", "b", "c"], scale="minmax") == pytest.approx(grades(data, names, scale="minmax"))


def test_shapes_in_loops(data):
    x0, xi = data["x0"].tolist(), data["a"].tolist()

    def area(v):
        w = [p - v[0] for p in v]
        return sum(w[1:-1]) + w[-1] / 2

    def absolute(p, q):
        base = 1 + abs(area(p)) + abs(area(q))
        return base / (base + abs(area(q) - area(p)))

    assert grades(data, ["a"], variant="absolute") == pytest.approx([absolute(x0, xi)])
    relative = absolute([v / x0[0] for v in x0], [v / xi[0] for v in xi])
    assert grades(data, ["a"], variant="relative") == pytest.approx([relative])
    slopes = [[(b - a) / np.mean(v) for a, b in pairwise(v)] for v in (x0, xi)]
    want = np.mean([(1 + abs(p)) / (1 + abs(p) + abs(p - q)) for p, q in zip(*slopes, strict=True)])
    assert grades(data, ["a"], variant="slope") == pytest.approx([want])
    d = [q / xi[0] - p / x0[0] for p, q in zip(x0, xi, strict=True)]
    first = [b - a for a, b in pairwise(d)]
    second = [b - a for a, b in pairwise(first)]
    want = 1 / (1 + sum(map(abs, d)) / 8 + sum(map(abs, first)) / 7 + sum(map(abs, second)) / 6)
    assert grades(data, ["a"], variant="b-type") == pytest.approx([want])


def test_units_order_and_sensitivity(data):
    both = pd.concat([data.assign(city="A"), data.assign(city="B", a=data["c"], c=data["a"])])
    result = ct.measure("grey-relation", both, value="x0", indicator=["a", "b", "c"], unit="city", time="year")
    assert result.columns == ("city", "indicator", "rank", "value")
    values = [r["value"] for r in result.rows]
    assert values[:3] == pytest.approx(grades(data, ["a", "b", "c"]))
    assert values[5:2:-1] == pytest.approx(values[:3])
    shuffled = data.sample(frac=1, random_state=1)
    for variant in VARIANTS:
        assert grades(shuffled, ["a", "b"], variant=variant, time="year") == pytest.approx(
            grades(data, ["a", "b"], variant=variant))
    rows = {(r["scale"], r["rho"]): r for r in result.details["sensitivity"] if r["city"] == "A"}
    assert rows["mean", 0.5]["spearman"] == pytest.approx(1) and len(rows) == 12
    assert rows["minmax", 0.9]["a"] == pytest.approx(grades(data, ["a", "b", "c"], scale="minmax", rho=0.9)[0])


def test_faults(data):
    for options, error, message in (
            ({"indicator": []}, UsageError, "needs --value"), ({"indicator": ["a", "a"]}, UsageError, "given twice"),
            ({"indicator": ["x0"]}, UsageError, "cannot be compared with itself"),
            ({"indicator": ["a:-"]}, UsageError, "by --scale minmax only"),
            ({"indicator": ["a"], "rho": 0}, UsageError, "--rho 0")):
        with pytest.raises(error, match=message):
            ct.measure("grey-relation", data, value="x0", **options)
    with pytest.raises(InfeasibleError, match="b does not vary"):
        grades(data.assign(b=1.0), ["a", "b"], scale="minmax")
    with pytest.raises(DataError, match="first value of a series, which is zero for b"):
        grades(data.assign(b=data["year"] - 2010), ["a", "b"], scale="initial")
    with pytest.raises(InfeasibleError, match="needs 3 periods; there are 2"):
        grades(data[:2], ["a", "b"], variant="absolute")


@given(st.lists(st.tuples(*[st.floats(0.5, 100)] * 3), min_size=4, max_size=10), st.floats(0.01, 1e3))
@settings(max_examples=30, deadline=None)
def test_invariances(rows, factor):
    """Scaled, units do not matter; the reference is its own closest series; grades lie in (0, 1]."""
    data = pd.DataFrame(rows, columns=["x0", "a", "b"]).assign(same=lambda d: d["x0"])
    for variant in VARIANTS:
        options = {"scale": "mean"} if variant in ("deng", "b-type") else {}
        first = grades(data, ["a", "b", "same"], variant=variant, **options)
        assert min(first) > 0 and max(first) <= 1 + 1e-12 and first[2] == pytest.approx(1)
        if variant != "absolute":
            other = grades(data.assign(a=data["a"] * factor), ["a", "b", "same"], variant=variant, **options)
            assert other == pytest.approx(first, abs=1e-9)
