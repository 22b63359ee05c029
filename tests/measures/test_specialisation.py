"""Krugman, Hachman, Hoover, Theil and the cluster index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from tests.measures.goldens import golden, long

KEYS = {"region": "region", "industry": "industry", "value": "jobs"}
SWAPPED = {"region": "industry", "industry": "region", "value": "jobs"}
MATRIX = st.integers(2, 4).flatmap(lambda k: st.lists(st.lists(st.integers(1, 999), min_size=k, max_size=k),
                                                      min_size=2, max_size=6))


def values(name, data, **options):
    return ct.measure(name, data, **options).to_frame()["value"].to_numpy()


def test_krugman_as_printed_and_computed_elsewhere():
    reat, econgeo = golden("reat_agglomeration_printed"), golden("econgeo_indices")
    assert values("krugman", long(reat["inputs"]["krugman_spec"]), **KEYS) == pytest.approx([2, 2])
    for kind, keys, first in (("spec2", KEYS, "region"), ("conc2", SWAPPED, "industry")):
        rows = [reat["inputs"][f"krugman_{kind}_{first}"], *reat["inputs"][f"krugman_{kind}_others"]]
        data = long(rows, *(("region", "industry") if first == "region" else ("industry", "region")))
        assert values("krugman", data, **keys)[0] == pytest.approx(reat["outputs"][f"krugman_{kind}"], abs=6e-5)
    for matrix, want, half in (("mat5", "krugman_index_mat5", "spec_coeff_mat5"),
                               ("m4_seed31", "krugman_index", "spec_coeff")):
        data = long(econgeo["inputs"][matrix])
        assert values("krugman", data, **KEYS, variant="whole") == pytest.approx(econgeo["outputs"][want])
        assert values("hoover", data, **SWAPPED) == pytest.approx(econgeo["outputs"][half])


def test_krugman_by_definition():
    rng = np.random.default_rng(1)
    m = rng.integers(0, 60, (6, 5)) * rng.integers(0, 2, (6, 5))
    m[2] = 0
    m[0, 0], m[1, 1], m[3, 1], m[4, 2], m[5, 3] = 5, 3, 1, 7, 2
    data = pd.concat([long(m).assign(year=1), long(m[::-1] + 1).assign(year=2)])
    for variant in ("others", "rest", "whole"):
        ours = ct.measure("krugman", data, **KEYS, time="year", variant=variant)
        table = ours.to_frame().pivot(index="region", columns="year", values="value")
        sparse = ct.measure("krugman", data[(data["jobs"] > 0) | (data["region"] == "r02")], **KEYS, time="year",
                            variant=variant)
        assert sparse.to_frame()["value"].to_numpy() == pytest.approx(ours.to_frame()["value"].to_numpy(), nan_ok=True)
        for year, matrix in ((1, m), (2, m[::-1] + 1)):
            live = [j for j in range(6) if matrix[j].sum()]
            s = {j: matrix[j] / matrix[j].sum() for j in live}
            for j in live:
                other = [k for k in live if k != j]
                reference = {"others": np.mean([s[k] for k in other], axis=0),
                             "rest": matrix[other].sum(0) / matrix[other].sum(),
                             "whole": matrix.sum(0) / matrix.sum()}[variant]
                assert table.loc[f"r{j:02d}", year] == pytest.approx(np.abs(s[j] - reference).sum(), abs=1e-12)
        assert np.isnan(table.loc["r02", 1]) and "the region has nothing: r02 1" in ours.warnings[0]


def test_hachman_and_hoover_as_computed_elsewhere():
    d = golden("econgeo_indices")
    for matrix, want in (("mat5", "hachman_mat5"), ("m4_seed31", "hachman")):
        assert values("hachman", long(d["inputs"][matrix]), **KEYS) == pytest.approx(d["outputs"][want])
    toy = pd.DataFrame({"ind": d["inputs"]["ind"], "pop": d["inputs"]["pop"]})
    for variant, want in (("percent", "hoover_index"), ("gini", "hoover_gini")):
        assert values("hoover", toy, value="ind", total="pop", variant=variant) == pytest.approx(d["outputs"][want])
        three = long(d["inputs"]["m3"])
        three["pop"] = [d["inputs"]["pop"][int(r[1:])] for r in three["region"]]
        result = ct.measure("hoover", three, **KEYS, total="pop", variant=variant)
        theirs = [np.nan if v == "NaN" else v for v in d["outputs"][f"{want}_m3"]]
        assert result.to_frame()["value"].to_numpy() == pytest.approx(theirs, nan_ok=True)
        assert "all amounts are zero: i00" in result.warnings[0]
    assert values("hoover", toy, value="ind", total="pop") == pytest.approx([0.25])
    assert values("hoover", toy, value="ind") == pytest.approx([0.4])                # against equal shares


def test_theil_as_printed():
    d = golden("theil_decomposition")
    data, out = pd.DataFrame({k: d["inputs"][k] for k in "gy"}), d["outputs"]
    result = ct.measure("theil", data, value="y", group="g")
    assert result.columns == ("between", "within", "value")
    assert list(result.rows[0].values()) == pytest.approx([out["Tb"], out["Tw"], out["T"]], abs=1e-7)
    for row in result.details["groups"]:
        assert row["T"] == pytest.approx(out[f"T_{row['g']}"], abs=1e-7)
        assert row["contribution"] == pytest.approx(out[f"contrib_{row['g']}"], abs=1e-7)
    assert ct.measure("theil", data, value="y", region="g").to_frame().equals(result.to_frame())
    nested = ct.measure("theil", pd.DataFrame(d["inputs"]["nested"]), value="y", weights="pop", group="province",
                        region="city")
    assert nested.columns == ("between", "between_city", "within", "value")
    want = out["nested"]
    assert list(nested.rows[0].values()) == pytest.approx([want["Tb_province"], want["Tb_city"], want["Tw"], want["T"]],
                                                          abs=1e-10)
    reat = golden("reat_agglomeration_printed")
    five = pd.DataFrame({"v": reat["inputs"]["theil"]})
    assert values("theil", five, value="v", variant="L") == pytest.approx(
        reat["outputs"]["theil_L_mean_log_deviation"], abs=1e-7)
    assert values("theil", five, value="v") == pytest.approx(0.2502, abs=5e-5)


def test_theil_of_zeros_and_totals():
    data = pd.DataFrame({"r": list("abc"), "v": [0.0, 1, 3], "all": [1.0, 1, 2]})
    assert values("theil", data, region="r", value="v") == pytest.approx([0.25 * np.log(0.75) + 0.75 * np.log(2.25)])
    result = ct.measure("theil", data, region="r", value="v", variant="L")
    assert result.to_dict()["rows"] == [{"value": None}] and "share of zero" in result.warnings[0]
    s, x = np.array([0.25, 0.75]), np.array([0.25, 0.5])
    assert values("theil", data, region="r", value="v", total="all") == pytest.approx([(s * np.log(s / x)).sum()])
    nothing = ct.measure("theil", data.assign(v=0.0), region="r", value="v")
    assert nothing.to_dict()["rows"] == [{"value": None}] and "all amounts are zero" in nothing.warnings[0]
    with pytest.raises(UsageError, match="not both"):
        ct.measure("theil", data, region="r", value="v", total="all", weights="v")


def test_cluster_index_as_printed():
    d = golden("reat_agglomeration_printed")
    n = d["inputs"]["litzenberger"]
    data = pd.DataFrame({"region": ["j", "rest"], "jobs": [n["e_ij"], n["e_i"] - n["e_ij"]],
                         "km2": [n["a_j"], n["a"] - n["a_j"]], "people": [n["p_j"], n["p"] - n["p_j"]],
                         "firms": [n["b_ij"], n["b_i"] - n["b_ij"]]})
    options = {"region": "region", "value": "jobs", "area": "km2", "population": "people", "plants": "firms"}
    assert values("cluster-index", data, **options)[0] == pytest.approx(d["outputs"]["litzenberger"], abs=5e-6)
    two = pd.concat([data.assign(industry="a"), data.assign(industry="b", jobs=[0, 9], firms=[0, 4])])
    result = ct.measure("cluster-index", two, industry="industry", **options)
    assert result.columns == ("region", "industry", "ID", "IS", "PS", "value")
    assert result.rows[0]["value"] == pytest.approx(d["outputs"]["litzenberger"], abs=5e-6)
    assert result.rows[2]["value"] == 0 and result.to_dict()["rows"][2]["PS"] is None
    with pytest.raises(DataError, match="must be zero together; they are not in 1 rows: j"):
        ct.measure("cluster-index", data.assign(firms=[0, 3]), **options)
    with pytest.raises(DataError, match=r"population of a region differs.*j b"):
        ct.measure("cluster-index", two.assign(people=[488, 4133, 480, 4133]), industry="industry", **options)


@given(MATRIX, st.floats(1e-3, 1e6), st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_invariances(matrix, factor, parts):
    """Units and order change nothing; splitting regions in proportion keeps what weighs regions by size."""
    data = long(matrix)
    pieces = pd.concat([data.assign(region=data["region"] + f".{p}", jobs=data["jobs"] / parts) for p in range(parts)])
    for name, options in (("krugman", {}), ("krugman", {"variant": "rest"}), ("krugman", {"variant": "whole"}),
                          ("hachman", {}), ("hoover", {}), ("hoover", {"variant": "gini"}), ("theil", {})):
        first = values(name, data, **KEYS, **options)
        for other in (data.assign(jobs=data["jobs"] * factor), data.iloc[::-1]):
            assert values(name, other, **KEYS, **options) == pytest.approx(first, abs=1e-11)
        if options.get("variant") == "whole" or name in ("hachman", "hoover"):
            split = values(name, pieces, **KEYS, **options)
            again = np.repeat(first, parts) if name in ("hachman", "krugman") else first
            assert split == pytest.approx(again, abs=1e-10)
    total = data.groupby("region")["jobs"].transform("sum")
    one = data.assign(all=total)[data["industry"] == "i00"]
    two = pd.concat([one.assign(region=one["region"] + f".{p}", jobs=one["jobs"] / parts, all=one["all"] / parts)
                     for p in range(parts)])
    for variant in "TL":                                             # against a total, borders do not matter
        first = values("theil", one, region="region", value="jobs", total="all", variant=variant)
        assert first >= -1e-12
        assert values("theil", two, region="region", value="jobs", total="all",
                      variant=variant) == pytest.approx(first, abs=1e-11)
        copies = pd.concat([one, one.assign(region=one["region"] + "'")])
        plain, twice = (values("theil", d, region="region", value="jobs", variant=variant) for d in (one, copies))
        assert twice == pytest.approx(plain, abs=1e-11)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.1, 1e4)), min_size=2, max_size=20))
@settings(max_examples=40, deadline=None)
def test_theil_parts_add_up(rows):
    data = pd.DataFrame(rows, columns=["g", "v"])
    for variant in "TL":
        result = ct.measure("theil", data, value="v", group="g", variant=variant)
        between, within, whole = result.rows[0].values()
        assert between + within == pytest.approx(whole, abs=1e-12) and min(between, within) >= -1e-12
        assert whole == pytest.approx(values("theil", data, value="v", variant=variant)[0], abs=1e-12)
        weighted = sum(r["share"] * r[variant] for r in result.details["groups"])
        assert weighted == pytest.approx(within, abs=1e-12)
