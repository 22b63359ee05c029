"""Groups of a fixed-effects regression: their own regressions, tests of the difference, known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError
from clustertrade.panel import Panel
from clustertrade.regression import models
from clustertrade.regression.groups import groups_of
from clustertrade.regression.rows import rows_of

KEYS = {"entity": "i", "time": "t", "y": "y", "x": ["x", "z"]}


def panel(seed, n=20, t=8, east=0.0):
    """The slope on x is 1, and 1 + east in the east; z has a slope of 0.5 everywhere."""
    rng = np.random.default_rng([20260101, seed])
    x, z, e = rng.standard_normal((3, n, t))
    where = np.array([k % 2 for k in range(n)])
    y = rng.standard_normal((n, 1)) + x * (1 + east * where)[:, None] + 0.5 * z + e
    return pd.DataFrame({"i": np.repeat([f"u{k:02d}" for k in range(n)], t), "t": np.tile(range(2001, 2001 + t), n),
                         "y": y.ravel(), "x": x.ravel(), "z": z.ravel(),
                         "region": np.repeat(np.where(where == 1, "east", "west"), t)})


def by_test(r):
    return {row["test"]: row for row in r.details["differences"]}


@pytest.mark.parametrize("effects", ["entity", "twoway"])
def test_groups_are_regressions_of_their_own_and_f_is_that_of_the_interaction(effects):
    data = panel(1, east=0.5)
    r = ct.estimate("fe", data, group="region", effects=effects, cov="clustered", bootstrap=19, **KEYS)
    for row in r.details["groups"]:
        own = ct.estimate("fe", data[data["region"] == row["group"]], effects=effects, cov="clustered", bootstrap=0,
                          **KEYS)
        assert_allclose([p["value"] for p in row["params"]], [own["x"].value, own["z"].value], rtol=1e-9)
        assert_allclose([p["se"] for p in row["params"]], [own["x"].se, own["z"].se], rtol=1e-9)
    whole = ct.estimate("fe", data, effects=effects, cov="clustered", bootstrap=0, **KEYS)
    assert_allclose(r["x"].value, whole["x"].value, rtol=1e-12)
    west = data.assign(w=data["x"].where(data["region"] == "west", 0.0))
    inter = ct.estimate("fe", west, entity="i", time="t", y="y", x=["x", "z", "w"], effects=effects, cov="clustered",
                        bootstrap=0)["w"]
    found = by_test(r)["interaction"]
    assert_allclose([found["F"], found["pvalue"]], [inter.stat**2, inter.pvalue], rtol=1e-8)
    assert found["df"] == [1, 19] and by_test(r)["chow"]["df"] == [2, 19]


def test_permutations_are_regressions_in_the_drawn_groups():
    """All 20 ways of three entities among six: the share that is as far apart, and the estimate's own place."""
    from itertools import combinations

    data = panel(2, n=6, t=6, east=1.0)
    names = sorted(data["i"].unique())

    def slope(some):
        return ct.estimate("fe", data[data["i"].isin(some)], effects="twoway", bootstrap=0, **KEYS)["x"].value

    gap = [abs(slope(some) - slope([n for n in names if n not in some])) for some in combinations(names, 3)]
    r = ct.estimate("fe", data, group="region", effects="twoway", bootstrap=1999, seed=1, **KEYS)
    row = by_test(r)["permutation"]
    true = abs(slope([n for n in names if int(n[1:]) % 2]) - slope([n for n in names if not int(n[1:]) % 2]))
    assert_allclose(row["difference"], true, rtol=1e-8)
    assert abs(row["pvalue"] - np.mean(np.array(gap) >= true * (1 - 1e-9))) < 0.03


def test_size_and_power_of_the_permutation():
    null = [by_test(ct.estimate("fe", panel(s + 10), group="region", bootstrap=99, **KEYS))["permutation"]["pvalue"]
            for s in range(100)]
    found = [by_test(ct.estimate("fe", panel(s + 10, east=0.8), group="region", bootstrap=99,
                                  **KEYS))["permutation"]["pvalue"] for s in range(20)]
    assert np.mean(np.array(null) <= 0.05) <= 0.13 and np.mean(np.array(found) <= 0.05) >= 0.8


def test_a_column_of_many_values_splits_at_the_median_of_entities_and_years_at_theirs():
    data = panel(3).assign(size=lambda d: d["x"] + d["i"].str[1:].astype(int), year=lambda d: d["t"])
    by_size = ct.estimate("fe", data, group="size", bootstrap=0, **KEYS).details
    assert [g["group"] for g in by_size["groups"]] == ["low", "high"] and by_size["group_constant_in"] == "entity"
    assert [g["entities"] for g in by_size["groups"]] == [10, 10]
    by_year = ct.estimate("fe", data, group="year", bootstrap=49, **KEYS)
    assert [g["rows"] for g in by_year.details["groups"]] == [80, 80]
    assert by_year.details["group_constant_in"] == "time"
    assert by_test(by_year)["permutation"]["pvalue"] is not None
    p = Panel.from_frame(data, entity="i", time="t", columns=["y", "x", "z", "size"])
    rows = rows_of(p["y"], p[["x", "z"]])
    code = groups_of("fe", rows, p["size"]).code
    high = [e for e in range(20) if code[rows.entity == e].any()]
    assert high == list(range(10, 20))
    assert models.within("fe", rows, "entity").n == 160


def test_names_do_not_matter_and_one_group_is_none():
    data = panel(4)
    turned = data.assign(i="v" + (99 - data["i"].str[1:].astype(int)).astype(str))
    a, b = (by_test(ct.estimate("twoway", d, group="region", bootstrap=49, **KEYS))["permutation"]
            for d in (data, turned))
    assert a["pvalue"] == b["pvalue"]
    with pytest.raises(InfeasibleError, match="one group of all rows"):
        ct.estimate("fe", data[data["region"] == "east"].assign(one=1.0), group="one", **KEYS)
