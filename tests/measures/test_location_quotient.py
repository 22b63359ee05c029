from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, UsageError
from tests.measures.goldens import golden, long

RAW = Path(__file__).parents[2] / "data" / "raw"
KEYS = {"region": "region", "industry": "industry", "value": "jobs"}


def lq(data, **options):
    return ct.measure("location-quotient", data, **options).to_frame()


def test_31_provinces_as_printed():
    """Three sectors; GDP as printed beside them differs from their sum by rounding, and is the total there."""
    d = golden("lq_china_31_provinces_2015")
    wide = pd.DataFrame(d["inputs"])
    data = wide.melt(["region", "GDP"], ["primary", "secondary", "tertiary"], "sector", "amount")
    ours = lq(data, region="region", industry="sector", value="amount", total="GDP")
    table = ours.pivot(index="region", columns="sector", values="value")
    for region, printed in d["outputs"]["LQ_printed_3_digits"].items():
        assert table.loc[region].tolist() == pytest.approx(printed, rel=6e-3)
    for region, full in d["outputs"]["LQ_full"].items():
        assert table.loc[region].tolist() == pytest.approx(full, abs=5.1e-7)


def test_other_programs():
    econgeo = golden("econgeo_indices")
    ours = lq(long(econgeo["inputs"]["mat5"]), **KEYS).pivot(index="region", columns="industry", values="value")
    assert ours.to_numpy() == pytest.approx(np.array(econgeo["outputs"]["location_quotient"]))
    toy = golden("regional_mathmodels")
    data = pd.DataFrame(toy["inputs"]["LQ_table"]).melt(["region", "total"], var_name="industry", value_name="jobs")
    data = data[data["region"] != "National"]
    ours = lq(data, **KEYS, total="total").set_index("region")["value"]
    for region, want in toy["outputs"]["LQ"].items():
        assert ours.loc[region].tolist() == pytest.approx(want, abs=1e-6)
    reat = golden("reat_agglomeration_printed")["inputs"]["locq"]
    data = pd.DataFrame({"region": ["j", "rest"], "jobs": [reat["e_ij"], reat["e_i"] - reat["e_ij"]],
                         "all": [reat["e_j"], reat["e"] - reat["e_j"]]})
    assert lq(data, region="region", value="jobs", total="all")["value"][0] == pytest.approx(0.3847623, abs=5e-7)


def test_manufacturing_employment_of_the_provinces_in_2019():
    """Figures of two raw sources: Guangdong 1.81, Jiangsu 1.53, as their compiler found."""
    def figures(folder, variable):
        data = pd.read_csv(RAW / folder / "provinces.csv")
        return data[(data["year"] == 2019) & (data["variable"] == variable)].set_index("region_name_en")["value"]

    both = pd.DataFrame({"jobs": figures("S44-nbs-province-workbooks", "employment_manufacturing_urban_units"),
                         "all": figures("S02-nbs-gdp-employment", "employment_urban_units")}).reset_index()
    ours = lq(both, region="region_name_en", value="jobs", total="all").set_index("region_name_en")["value"].round(2)
    assert len(ours) == 31
    assert ours[["Guangdong", "Jiangsu", "Zhejiang", "Fujian", "Shandong"]].tolist() == [1.81, 1.53, 1.30, 1.20, 1.14]


def test_shape_of_the_result():
    data = long([[1, 2], [3, 4]]).assign(year=2019)
    result = ct.measure("location-quotient", data, **KEYS, time="year")
    assert result.columns == ("region", "industry", "year", "value")
    row = result.to_dict()["rows"][1]
    assert row == {"region": "r00", "industry": "i01", "year": 2019, "value": pytest.approx((2 / 3) / (6 / 10))}
    assert result.to_dict()["kind"] == "measure" and result.warnings == ()


def test_periods_are_apart():
    both = pd.concat([long([[1, 2], [3, 4]]).assign(year=2019), long([[9, 2], [1, 7]]).assign(year=2020)])
    ours = lq(both, **KEYS, time="year")
    for year, part in both.groupby("year"):
        assert ours[ours["year"] == year]["value"].tolist() == lq(part, **KEYS)["value"].tolist()


def test_a_pair_without_a_row_counts_as_zero():
    full = long([[5, 0, 3], [2, 4, 0]])
    sparse = full[full["jobs"] > 0]
    ours = lq(sparse, **KEYS).merge(lq(full, **KEYS), on=["region", "industry"])
    assert ours["value_x"].tolist() == ours["value_y"].tolist()


def test_undefined_values_are_null_with_a_warning():
    result = ct.measure("location-quotient", long([[1, 2, 0], [0, 0, 0], [3, 4, 0]]), **KEYS)
    values = [row["value"] for row in result.to_dict()["rows"]]
    assert [v is None for v in values] == [False, False, True, True, True, True, False, False, True]
    assert any("region has nothing" in w and "r01 i00" in w for w in result.warnings)
    assert any("industry is zero in all regions: r00 i02, r02 i02" in w for w in result.warnings)


def test_a_row_of_totals_is_seen():
    data = long([[1, 2, 5], [3, 4, 1], [4, 6, 6], [8, 12, 12]])
    warnings = ct.measure("location-quotient", data, **KEYS).warnings
    assert any("r03 is the sum of the other regions" in w for w in warnings)


def test_totals():
    data = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["i", "k"] * 2, "jobs": [1, 2, 3, 4],
                         "all": [10, 10, 20, 21]})
    with pytest.raises(DataError, match=r"total of a region differs.*B k"):
        lq(data, **KEYS, total="all")
    result = ct.measure("location-quotient", data.assign(all=[1, 1, 20, 20]), **KEYS, total="all")
    assert any("jobs exceeds all in 1 rows: A k" in w for w in result.warnings)
    with pytest.raises(UsageError, match="needs --industry, or --total"):
        lq(data, region="region", value="jobs")


def counts():
    return st.integers(2, 5).flatmap(lambda industries: st.lists(
        st.lists(st.integers(1, 10_000), min_size=industries, max_size=industries), min_size=2, max_size=6))


@given(counts(), st.floats(1e-3, 1e6), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_invariances(matrix, factor, random):
    """Units and the order of rows change nothing; quotients average to 1 with the regions' sizes as weights."""
    data = long(matrix)
    first = lq(data, **KEYS)
    scaled = lq(data.assign(jobs=data["jobs"] * factor), **KEYS)
    assert scaled["value"].to_numpy() == pytest.approx(first["value"].to_numpy(), rel=1e-10)
    order = list(range(len(data)))
    random.shuffle(order)
    shuffled = lq(data.iloc[order], **KEYS)["value"].to_numpy()
    assert shuffled == pytest.approx(first["value"].to_numpy()[order], rel=1e-12)
    size = data.groupby("region")["jobs"].transform("sum").to_numpy()
    weighted = (first["value"] * size / data["jobs"].sum()).groupby(first["industry"]).sum()
    assert weighted.to_numpy() == pytest.approx(np.ones(len(weighted)))


@given(counts(), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_regions_split_in_proportion_keep_their_quotients(matrix, parts):
    data = long(matrix)
    pieces = pd.concat([data.assign(region=data["region"] + f".{p}", jobs=data["jobs"] / parts) for p in range(parts)])
    whole = lq(data, **KEYS).set_index(["region", "industry"])["value"]
    split = lq(pieces, **KEYS)
    split["region"] = split["region"].str.partition(".")[0]
    for key, part in split.groupby(["region", "industry"])["value"]:
        assert part.to_numpy() == pytest.approx(np.full(parts, whole[key]), rel=1e-9)


def test_large_tables_are_quick_enough_to_use():
    """1,000 regions, 100 industries, 5 years: half a million rows, no loop over any of them."""
    rng = np.random.default_rng(1)
    grid = np.indices((1000, 100, 5)).reshape(3, -1)
    data = pd.DataFrame({"r": grid[0], "i": grid[1], "y": 2000 + grid[2], "v": rng.exponential(size=grid.shape[1])})
    result = ct.measure("location-quotient", data, region="r", industry="i", time="y", value="v")
    assert len(result.rows) == 500_000 and np.isfinite(result.to_frame()["value"]).all()


@pytest.fixture
def years():
    rng = np.random.default_rng(20260101)
    return pd.concat([long(rng.integers(1, 100, (5, 3))).assign(year=2018 + t) for t in range(4)], ignore_index=True)


def test_dynamic_quotients_by_definition(years):
    def growth(data, year, keys, base):
        amount = data.groupby([*keys, "year"])["jobs"].sum() if keys else data.groupby("year")["jobs"].sum()
        wide = amount.unstack("year") if keys else amount.to_frame().T
        return (wide.pct_change(axis=1, fill_method=None).loc[:, base + 1 : year]).mean(axis=1)

    static = lq(years, **KEYS, time="year").set_index(["region", "industry", "year"])["value"]
    for base, label in ((2018, "first"), (2019, "2019")):
        ratio = lq(years, **KEYS, time="year", variant="ratio", base=label).set_index(["region", "industry", "year"])
        ours = lq(years, **KEYS, time="year", variant="growth", base=label).set_index(["region", "industry", "year"])
        cell, ind, reg, all_ = (growth(years, 2021, k, base) for k in (["region", "industry"], ["industry"],
                                                                       ["region"], []))
        for (r, i), g in cell.items():
            assert ratio["value"][r, i, 2021] == pytest.approx(static[r, i, 2021] / static[r, i, base])
            assert ours["value"][r, i, 2021] == pytest.approx((1 + g) / (1 + ind[i]) / ((1 + reg[r]) / (1 + all_[0]
                                                              if 0 in all_ else 1 + all_.iloc[0])))
    result = ct.measure("location-quotient", years, **KEYS, time="year", variant="growth")
    same = lq(years, **KEYS, time="year", variant="ratio")["value"].to_numpy()
    assert result.to_frame()["value"].to_numpy() == pytest.approx(same, nan_ok=True)     # from one period to the next
    assert np.isnan(same).sum() == 15 and "the base is absent or zero" in result.warnings[0]
    with pytest.raises(UsageError, match="previous, first or one of 2018"):
        lq(years, **KEYS, time="year", variant="ratio", base="1999")
    with pytest.raises(UsageError, match="needs --time"):
        lq(long([[1, 2], [3, 4]]), **KEYS, variant="growth")


def test_dynamic_quotient_with_totals_and_absent_rows(years):
    whole = years.groupby(["region", "year"])["jobs"].transform("sum")
    one = years.assign(all=whole)[years["industry"] == "i01"]
    a = lq(one, region="region", time="year", value="jobs", total="all", variant="growth", base="first")["value"]
    b = lq(years, **KEYS, time="year", variant="growth", base="first")
    assert a.to_numpy() == pytest.approx(b[b["industry"] == "i01"]["value"].to_numpy())
    gone = years.drop(index=years.index[(years["region"] == "r02") & (years["year"] == 2019)])
    ours = lq(gone, **KEYS, time="year", variant="ratio").set_index(["region", "year"])["value"]
    assert ours["r02", 2020].isna().all() and ours["r02", 2021].notna().all()


def test_standardised(years):
    data = years[years["year"] == 2018].drop(columns="year")
    data = data[~((data["region"] == "r01") & (data["industry"] == "i00"))]                   # an absent pair is a zero
    table = lq(data, **KEYS).pivot(index="region", columns="industry", values="value")
    ours = lq(data, **KEYS, variant="standardised").pivot(index="region", columns="industry", values="value")
    zeros = table.fillna(0)
    want = ((zeros - zeros.mean()) / zeros.std()).where(table.notna())
    assert ours.to_numpy() == pytest.approx(want.to_numpy(), nan_ok=True)
    logs = np.log(table)
    ours = lq(data, **KEYS, variant="log-standardised").pivot(index="region", columns="industry", values="value")
    assert ours.to_numpy() == pytest.approx(((logs - logs.mean()) / logs.std()).to_numpy(), nan_ok=True)
    ours = lq(data, **KEYS, variant="symmetric").pivot(index="region", columns="industry", values="value")
    assert ours.to_numpy() == pytest.approx(((table - 1) / (table + 1)).to_numpy(), nan_ok=True)


def test_interval_from_drawn_regions(years):
    ours = ct.measure("location-quotient", years, **KEYS, time="year", bootstrap=200)
    assert ours.columns == ("region", "industry", "year", "low", "high", "value")
    frame = ours.to_frame()
    assert ((frame["low"] < frame["value"]) & (frame["value"] < frame["high"])).all()
    wide = lq(years, **KEYS, time="year", bootstrap=200, level=0.01)
    assert (wide["high"] - wide["low"] > frame["high"] - frame["low"]).all()
    assert lq(years, **KEYS, time="year", bootstrap=200).equals(frame)
    alike = long([[3, 5]] * 12)                                      # regions of one structure: nothing to be unsure of
    frame = lq(alike, **KEYS, bootstrap=50)
    assert frame["low"].to_numpy() == pytest.approx(1) and frame["high"].to_numpy() == pytest.approx(1)
    with pytest.raises(UsageError, match="is for --variant static"):
        lq(alike, **KEYS, bootstrap=50, variant="symmetric")
