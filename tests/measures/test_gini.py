from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import UsageError
from tests.measures.goldens import golden, long

AMOUNTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=12).filter(any)
VARIANTS = ("lorenz", "locational", "squared")
KEYS = {"region": "region", "industry": "industry", "value": "jobs"}


def gini(data, **options):
    return ct.measure("gini", data, **options)


def one(values, variant="lorenz"):
    return gini(pd.DataFrame({"v": values}), value="v", variant=variant).rows[0]["value"]


def by_definition(s, x, variant):
    """The three coefficients of one industry from their definitions, in loops."""
    if variant == "squared":
        return sum((a - b) ** 2 for a, b in zip(s, x, strict=True))
    used = [(a / b, a, b) for a, b in zip(s, x, strict=True) if b > 0]
    if variant == "lorenz":                                          # mean absolute difference of the quotients
        r = [u[0] for u in used]
        return sum(abs(p - q) for p in r for q in r) / (2 * len(r) ** 2 * np.mean(r))
    curve = np.cumsum([[0, 0], *[(b, a) for _, a, b in sorted(used)]], axis=0)
    return 0.5 - np.trapezoid(curve[:, 1], curve[:, 0])


def test_printed_and_computed_elsewhere():
    econgeo, reat = golden("econgeo_indices"), golden("reat_agglomeration_printed")
    ours = gini(long(econgeo["inputs"]["mat5"]), **KEYS, variant="locational").to_frame()["value"]
    assert ours.tolist() == pytest.approx(econgeo["outputs"]["locational_gini"])
    for name, whole in (("gini_conc", "E_j"), ("gini_spec", "E_i")):
        data = pd.DataFrame(reat["inputs"][name]).assign(unit=list("abcde"))
        ours = gini(data, region="unit", value="E_ij", total=whole)
        assert ours.rows[0]["value"] == pytest.approx(reat["outputs"][name], abs=5e-8)
    assert one([20, 50, 20, 10]) == pytest.approx(reat["outputs"]["gini_sales"])
    assert one([20, 50, 20, 10], "normalised") == pytest.approx(reat["outputs"]["gini_sales_norm"])
    assert one([0, 0, 7.0], "normalised") == pytest.approx(1)
    assert one(econgeo["inputs"]["ind"]) == pytest.approx(econgeo["outputs"]["gini_ind"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_definitions(variant):
    rng = np.random.default_rng(1)
    matrix = rng.integers(0, 50, (7, 4)) * rng.integers(0, 2, (7, 4))
    matrix[3] = 0                                                    # a region of nothing
    matrix[0] += 1
    data = pd.concat([long(matrix).assign(year=1), long(matrix[::-1] + 1).assign(year=2)])
    ours = gini(data, **KEYS, time="year", variant=variant).to_frame().set_index(["year", "industry"])["value"]
    sparse = gini(data[(data["jobs"] > 0) | (data["region"] == "r03")], **KEYS, time="year", variant=variant)
    assert sparse.to_frame()["value"].tolist() == pytest.approx(ours.sort_index(level=["industry", "year"]).tolist())
    for year, m in ((1, matrix), (2, matrix[::-1] + 1)):
        for i in range(4):
            want = by_definition(m[:, i] / m[:, i].sum(), m.sum(1) / m.sum(), variant)
            assert ours[year, f"i{i:02d}"] == pytest.approx(want, abs=1e-12)


def test_a_total_replaces_the_sum_over_industries():
    data = long([[3, 1], [1, 1], [2, 5]])
    totals = data.assign(all=data.groupby("region")["jobs"].transform("sum"))
    one_industry = totals[totals["industry"] == "i01"]
    for variant in VARIANTS:
        full = gini(data, **KEYS, variant=variant).rows[1]["value"]
        assert gini(totals, **KEYS, total="all", variant=variant).rows[1]["value"] == pytest.approx(full)
        alone = gini(one_industry, region="region", value="jobs", total="all", variant=variant)
        assert alone.columns == ("value",) and alone.rows[0]["value"] == pytest.approx(full)


def test_undefined_and_single():
    result = gini(long([[0, 3], [0, 1]]), **KEYS)
    assert result.to_dict()["rows"][0]["value"] is None and "all amounts are zero: i00" in result.warnings[0]
    assert one([5.0]) == pytest.approx(0) and one([0, 0, 7.0]) == pytest.approx(2 / 3)
    with pytest.raises(UsageError, match="--industry or --total needs --region"):
        gini(long([[1, 2]]), industry="industry", value="jobs")


@given(AMOUNTS, st.floats(1e-3, 1e6), st.integers(2, 4), st.sampled_from(VARIANTS))
@settings(max_examples=60, deadline=None)
def test_invariances(values, factor, parts, variant):
    """Units and order change nothing; equal regions are zero; copies of all regions keep both Lorenz coefficients."""
    v = np.array(values, dtype=float)
    first = one(v, variant)
    assert one(v * factor, variant) == pytest.approx(first, abs=1e-12)
    assert one(v[::-1], variant) == pytest.approx(first, abs=1e-12)
    assert one(np.full(len(v), 2.0), variant) == pytest.approx(0, abs=1e-12)
    if variant != "squared":
        assert one(np.tile(v, parts), variant) == pytest.approx(first, abs=1e-12)
    if variant == "locational":                                      # half of the other where regions count alike
        assert first == pytest.approx(one(v) / 2, abs=1e-12)
    if variant == "squared":                                         # Herfindahl less its least value
        assert first == pytest.approx(((v / v.sum()) ** 2).sum() - 1 / len(v), abs=1e-12)


@given(st.lists(st.lists(st.integers(1, 999), min_size=3, max_size=3), min_size=2, max_size=6), st.integers(2, 4))
@settings(max_examples=30, deadline=None)
def test_splitting_regions_in_proportion_keeps_the_area(matrix, parts):
    """Locational weighs regions by size, so that their borders do not matter where the structure is the same."""
    data = long(matrix)
    pieces = pd.concat([data.assign(region=data["region"] + f".{p}", jobs=data["jobs"] / parts) for p in range(parts)])
    a, b = (gini(d, **KEYS, variant="locational").to_frame()["value"].to_numpy() for d in (data, pieces))
    assert a == pytest.approx(b, abs=1e-12)
