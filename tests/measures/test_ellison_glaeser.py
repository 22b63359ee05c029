"""Ellison-Glaeser and Maurel-Sedillot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from tests.measures.goldens import golden, long

BOTH = ("ellison-glaeser", "maurel-sedillot")
KEYS = {"region": "region", "industry": "industry", "value": "jobs"}


def values(name, data, **options):
    return ct.measure(name, data, **options).to_frame()["value"].to_numpy()


def test_ten_plants_in_three_regions():
    d = golden("eg_reat_farhauer_kroell")
    data = pd.DataFrame({"region": d["inputs"]["plant_region"], "jobs": d["inputs"]["plant_emp"]})
    data["all"] = data["region"].map(d["inputs"]["region_emp"])
    options = {"region": "region", "value": "jobs", "total": "all"}
    row = ct.measure("ellison-glaeser", data, **options).rows[0]
    for ours, theirs in (("value", "gamma"), ("G", "G"), ("H", "H"), ("z", "z_G")):
        assert row[ours] == pytest.approx(d["outputs"][theirs], rel=1e-6)
    assert values("maurel-sedillot", data, **options) == pytest.approx(d["outputs"]["maurel_sedillot_recomputed"])
    plants = data.assign(plant=[f"p{i}" for i in range(10)])
    assert values("ellison-glaeser", plants, unit="plant", **options) == pytest.approx(row["value"])


def test_four_industries_and_their_coagglomeration():
    d = golden("eg_reat_fk2014_four_industries")
    data = pd.DataFrame(d["inputs"]["plants"])
    options = {"region": "region", "industry": "industry", "value": "emp_firm"}
    ours = ct.measure("ellison-glaeser", data, **options, unit="firm").to_frame().set_index("industry")["value"]
    for industry, want in d["outputs"]["gamma_default_region_emp_from_data"].items():
        assert ours[industry] == pytest.approx(want, rel=1e-9)
    result = ct.measure("ellison-glaeser", data, **options, total="emp_region", variant="coagglomeration")
    assert result.columns == ("se", "z", "value")
    assert result.rows[0]["value"] == pytest.approx(d["outputs"]["coagglomeration_EG1997_with_emp_region_recomputed"])


def test_tables_of_regions_and_industries():
    d, toy = golden("eg_ms_pysal_doctest"), golden("regional_mathmodels")
    data = long(d["inputs"]["x"])
    data["h"] = [d["inputs"]["h"][int(i[1:])] for i in data["industry"]]
    for name, short in (("ellison-glaeser", "EG"), ("maurel-sedillot", "MS")):
        result = ct.measure(name, data, **KEYS)
        assert result.to_frame()["value"].tolist() == pytest.approx(d["outputs"][short], abs=1e-6)
        assert "every unit of value counts as one" in result.warnings[0]
        result = ct.measure(name, data, **KEYS, herfindahl="h")
        assert result.to_frame()["value"].tolist() == pytest.approx(d["outputs"][f"{short}_h"], abs=1e-6)
        assert result.to_dict()["rows"][0]["se"] is None and "no standard error" in result.warnings[0]
    plants = pd.DataFrame({k: toy["inputs"][f"EG_{k}"] for k in ("region", "industry", "employment")})
    options = {"region": "region", "industry": "industry", "value": "employment"}
    assert values("ellison-glaeser", plants, **options) == pytest.approx(toy["outputs"]["EG_recomputed"])
    assert values("maurel-sedillot", plants, **options) == pytest.approx(list(toy["outputs"]["MS_recomputed"].values()))


@pytest.fixture(scope="module")
def null():
    """Plants of fixed sizes that choose one of five regions by its size, many times over: each draw is a period."""
    rng = np.random.default_rng(20260101)
    sizes = {"a": np.array([50, 30, 20, 10, 10, 5, 5, 2]), "b": np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1])}
    x = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    draws = 1500
    parts = [pd.DataFrame({"draw": np.repeat(np.arange(draws), len(z)), "industry": i,
                           "region": rng.choice(5, (draws, len(z)), p=x).ravel(), "jobs": np.tile(z, draws),
                           "plant": np.tile([f"{i}{k}" for k in range(len(z))], draws)}) for i, z in sizes.items()]
    empty = pd.DataFrame([{"draw": t, "industry": i, "region": r, "jobs": 0, "plant": f"{i}none{r}"}
                          for t in range(draws) for i in "ab" for r in range(5)])
    data = pd.concat([*parts, empty], ignore_index=True)             # every region is there in every draw
    return data.assign(all=1000 * x[data["region"]])


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("variant", ["agglomeration", "coagglomeration"])
def test_mean_and_standard_error_under_random_location(null, name, variant):
    frame = ct.measure(name, null, **KEYS, time="draw", unit="plant", total="all", variant=variant).to_frame()
    for _, part in frame.groupby("industry" if variant == "agglomeration" else "se"):
        se = part["se"].iloc[0]
        assert part["se"].to_numpy() == pytest.approx(se)
        assert abs(part["value"].mean()) < 4 * se / np.sqrt(len(part))
        assert part["value"].std() == pytest.approx(se, rel=0.08)
    pair = ct.measure(name, null, **KEYS, time="draw", unit="plant", total="all", variant="coagglomeration",
                      pairwise=True).to_frame()
    if variant == "coagglomeration":                                 # of two industries, the pair is the group
        assert pair["value"].to_numpy() == pytest.approx(frame["value"].to_numpy(), abs=1e-12)
        assert pair["se"].to_numpy() == pytest.approx(frame["se"].to_numpy())


def test_coagglomeration_as_the_paper_prints_it():
    """From the pooled group and the indices of its industries; groups and pairs by themselves."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"region": rng.choice(list("ABCD"), 80), "industry": rng.choice(list("ijkl"), 80),
                         "jobs": rng.integers(1, 50, 80), "plant": range(80)})
    data["sector"] = np.where(data["industry"] <= "j", "low", "high")
    own = ct.measure("ellison-glaeser", data, **KEYS, unit="plant").to_frame().set_index("industry")
    x = data.groupby("region")["jobs"].sum() / data["jobs"].sum()
    s2 = (x**2).sum()
    ours = ct.measure("ellison-glaeser", data, **KEYS, unit="plant", variant="coagglomeration", group="sector")
    table = ours.to_frame().set_index("sector")["value"]
    for sector, part in data.groupby("sector"):
        w = part.groupby("industry")["jobs"].sum() / part["jobs"].sum()
        g = ((part.groupby("region")["jobs"].sum() / part["jobs"].sum() - x) ** 2).sum()
        h, gamma = (w**2 * own["H"][w.index]).sum(), own["value"][w.index]
        want = (g / (1 - s2) - h - (gamma * w**2 * (1 - own["H"][w.index])).sum()) / (1 - (w**2).sum())
        assert table[sector] == pytest.approx(want)
    pairs = ct.measure("ellison-glaeser", data, **KEYS, unit="plant", variant="coagglomeration", pairwise=True)
    assert pairs.columns == ("industry", "industry_2", "se", "z", "value")
    frame = pairs.to_frame().set_index(["industry", "industry_2"])["value"]
    assert frame["i", "j"] == pytest.approx(table["low"]) and len(frame) == 6


def test_size_classes_lie_between_equal_plants_and_one_worker_each():
    plants = pd.DataFrame({"region": list("AABBCC") * 2, "industry": ["i"] * 6 + ["k"] * 6,
                           "jobs": [4, 4, 3, 3, 2, 2, 1, 1, 5, 5, 6, 6]})
    classes = plants.groupby(["region", "industry"], as_index=False).agg(jobs=("jobs", "sum"), n=("jobs", "size"))
    for name in BOTH:
        exact, coarse = ct.measure(name, plants, **KEYS), ct.measure(name, classes, **KEYS, plants="n")
        assert coarse.to_frame().to_numpy()[:, 1:].astype(float) == pytest.approx(
            exact.to_frame().to_numpy()[:, 1:].astype(float))        # plants of a region are equal here
        assert "lower bound" in coarse.warnings[0]


def test_faults():
    data = long([[4, 1], [2, 3], [1, 1]])
    for name in BOTH:
        with pytest.raises(UsageError, match="needs --industry, or --total"):
            ct.measure(name, data, region="region", value="jobs")
        with pytest.raises(UsageError, match="give several industries, or --total"):
            ct.measure(name, data[data["industry"] == "i00"], **KEYS)
        with pytest.raises(UsageError, match="are for --variant coagglomeration"):
            ct.measure(name, data, **KEYS, pairwise=True)
        with pytest.raises(DataError, match=r"lies between 0 and 1: r00 i00 \(4\)"):
            ct.measure(name, data.assign(h=data["jobs"]), **KEYS, herfindahl="h")
        with pytest.raises(DataError, match="employment without plants in 1 rows: r01 i00"):
            ct.measure(name, data.assign(n=[1, 1, 0, 1, 1, 1]), **KEYS, plants="n")
        with pytest.raises(DataError, match="an industry stands in two groups: i00"):
            ct.measure(name, data.assign(g=list("ababbb")), **KEYS, variant="coagglomeration", group="g")
        lone = pd.concat([data, pd.DataFrame([{"region": "r00", "industry": "i02", "jobs": 5},
                                              {"region": "r01", "industry": "i03", "jobs": 0}])])
        result = ct.measure(name, lone.assign(p=range(8)), **KEYS, unit="p")
        assert [r["value"] is None for r in result.to_dict()["rows"]] == [False, False, True, True]
        assert "all amounts are zero: i03" in result.warnings[0] and "there is one plant: i02" in result.warnings[1]


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from("ijk"), st.integers(1, 500)), min_size=12,
                max_size=40), st.floats(1e-3, 1e5))
@settings(max_examples=15, deadline=None)
def test_invariances(rows, factor):
    """Units and order of plants change nothing; nor does a region that has nothing."""
    rows = [*rows, *((r, i, 3) for r in "AB" for i in "ijk")]
    data = pd.DataFrame(rows, columns=["region", "industry", "jobs"]).assign(plant=range(len(rows)))
    for name in BOTH:
        for options in ({}, {"variant": "coagglomeration"}, {"variant": "coagglomeration", "pairwise": True}):
            first = values(name, data, **KEYS, unit="plant", **options)
            empty = pd.DataFrame([{"region": "Z", "industry": "i", "jobs": 0, "plant": -1}])
            for other in (data.assign(jobs=data["jobs"] * factor), data.iloc[::-1], pd.concat([data, empty])):
                assert values(name, other, **KEYS, unit="plant", **options) == pytest.approx(first, abs=1e-9)
