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


def hhi(data, **options):
    return ct.measure("hhi", data, **options)


def one(values, variant="standard"):
    return hhi(pd.DataFrame({"v": values}), value="v", variant=variant).rows[0]["value"]


def test_printed_and_computed_elsewhere():
    toy, reat = golden("regional_mathmodels"), golden("reat_agglomeration_printed")
    assert one(toy["inputs"]["HHI_x"]) == pytest.approx(toy["outputs"]["HHI"])
    assert one(toy["inputs"]["HHI_x"], "normalised") == pytest.approx(toy["outputs"]["HHI_norm"])
    assert one(reat["inputs"]["herf"]) == pytest.approx(reat["outputs"]["herf"])
    assert one(reat["inputs"]["herf"], "normalised") == pytest.approx(reat["outputs"]["herf_norm"])
    assert one(reat["inputs"]["herf"], "equivalent") == pytest.approx(reat["outputs"]["herf_equivalent"], abs=5e-3)
    econgeo = golden("econgeo_indices")                              # there the specialisation of regions
    for matrix, want in (("mat5", "herf_mat5"), ("m4_seed31", "herfindahl")):
        ours = hhi(long(econgeo["inputs"][matrix]), region="industry", industry="region", value="jobs")
        assert ours.columns == ("region", "value")
        assert ours.to_frame()["value"].tolist() == pytest.approx(econgeo["outputs"][want])


def test_groups_are_apart_and_sorted():
    data = pd.concat([long([[3, 1], [1, 1]]).assign(year=2020), long([[1, 0], [1, 5]]).assign(year=2019)])
    ours = hhi(data, region="region", industry="industry", time="year", value="jobs")
    assert [tuple(r.values()) for r in ours.rows] == [
        ("i00", 2019, 0.5), ("i00", 2020, 0.625), ("i01", 2019, 1.0), ("i01", 2020, 0.5)]
    whole = hhi(data.groupby(["industry", "year"], as_index=False)["jobs"].sum(), industry="industry", time="year",
                value="jobs")
    assert [tuple(r.values()) for r in whole.rows] == [(2019, (4 + 25) / 49), (2020, (16 + 4) / 36)]


def test_absent_pairs_are_zeros_and_count_as_regions():
    full = long([[3, 0], [1, 1], [0, 2]])
    for variant in ("standard", "normalised"):
        a, b = (hhi(d, region="region", industry="industry", value="jobs", variant=variant).to_frame()["value"]
                for d in (full, full[full["jobs"] > 0]))
        assert a.tolist() == b.tolist()


def test_undefined_values():
    result = hhi(long([[0, 3], [0, 1]]), region="region", industry="industry", value="jobs")
    assert [r["value"] for r in result.to_dict()["rows"]] == [None, 0.625]
    assert result.warnings == ("no value for 1 groups, all amounts are zero: i00",)
    single = hhi(pd.DataFrame({"r": ["A"], "v": [2.0]}), region="r", value="v", variant="normalised")
    assert single.to_dict()["rows"] == [{"value": None}] and "one region" in single.warnings[0]
    with pytest.raises(UsageError, match="one of standard, normalised, equivalent"):
        one([1, 2], "other")


@given(AMOUNTS, st.floats(1e-3, 1e6), st.integers(2, 4))
@settings(max_examples=50, deadline=None)
def test_invariances(values, factor, parts):
    """Units and order change nothing; a region of nothing nothing; equal parts of regions divide the index."""
    v = np.array(values, dtype=float)
    first = one(v)
    assert 1 / len(v) - 1e-12 <= first <= 1 + 1e-12
    assert one(v * factor) == pytest.approx(first) and one(v[::-1]) == pytest.approx(first)
    assert one([*v, 0.0]) == pytest.approx(first)
    assert one(np.repeat(v / parts, parts)) == pytest.approx(first / parts)
    assert one(v, "equivalent") == pytest.approx(1 / first)
    assert -1e-12 <= one(v, "normalised") <= 1 + 1e-12
    assert one(np.full(len(v), 3.0), "normalised") == pytest.approx(0, abs=1e-12)
