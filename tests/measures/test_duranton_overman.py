from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from clustertrade.measures.duranton_overman import bandwidth, density, global_band, pair_distances, pair_weights

CALL = {"industry": "industry", "longitude": "x", "latitude": "y"}


def plants(seed=20260101, scale=3.0):
    rng = np.random.default_rng(seed)
    spread = pd.DataFrame(rng.uniform(0, 100, (150, 2)), columns=["x", "y"]).assign(industry="spread")
    near = pd.DataFrame(rng.normal(50, scale, (20, 2)), columns=["x", "y"]).assign(industry="near")
    return pd.concat([spread, near], ignore_index=True).assign(jobs=rng.integers(1, 100, 170))


def test_the_density_is_the_formula():
    """Against the sum over pairs as the paper prints it, and one over all distances."""
    place = np.random.default_rng(1).uniform(0, 10, (12, 2))
    gaps, weight = pair_distances(place, "plane"), pair_weights(np.arange(1.0, 13))
    h = bandwidth(gaps)
    grid = np.linspace(0, 30, 400)
    for w in (np.ones(66), weight):
        want, k = np.zeros(400), 0
        for i in range(12):
            for j in range(i + 1, 12):
                d = np.hypot(*(place[i] - place[j]))
                for sign in (-1, 1):
                    want += w[k] * np.exp(-0.5 * ((grid + sign * d) / h) ** 2) / np.sqrt(2 * np.pi)
                k += 1
        ours = density(gaps, w, grid, h)
        assert ours == pytest.approx(want / (w.sum() * h), abs=1e-12)
        assert np.trapezoid(ours, grid) == pytest.approx(1, abs=1e-3)


def test_shared_out_distances_give_the_same(monkeypatch):
    gaps = pair_distances(np.random.default_rng(1).uniform(0, 10, (60, 2)), "plane")
    grid, h = np.linspace(0, 12, 50), bandwidth(gaps)
    shared = density(gaps, np.ones(gaps.size), grid, h)
    monkeypatch.setitem(density.__globals__, "EXACT", 10_000)
    exact = density(gaps, np.ones(gaps.size), grid, h)
    assert shared == pytest.approx(exact, abs=2e-3 * exact.max()) and np.abs(shared - exact).max() > 0


def test_great_circles():
    """Beijing to Shanghai is 1,068 km; a quarter of the equator a quarter of the circumference."""
    beijing, shanghai = (116.4074, 39.9042), (121.4737, 31.2304)
    assert pair_distances(np.array([beijing, shanghai]), "sphere")[0] == pytest.approx(1068, abs=2)
    assert pair_distances(np.array([(0.0, 0), (90, 0)]), "sphere")[0] == pytest.approx(np.pi / 2 * 6371.0088)


def test_the_global_band_holds_its_share_of_curves():
    drawn = np.random.default_rng(1).normal(size=(1000, 5)).cumsum(1)
    top = global_band(drawn, 0.05)
    outside = (drawn > top).any(1).mean()
    assert 0.03 < outside <= 0.05
    assert (top > np.quantile(drawn, 0.95, axis=0)).all()


def test_a_cluster_is_found():
    result = ct.measure("duranton-overman", plants(), **CALL, bootstrap=199)
    assert result.columns == ("industry", "distance", "low", "high", "global_low", "global_high", "value")
    near, spread = result.details["industries"]
    assert near["industry"] == "near" and near["localised"] and min(near["at"]) == 0 and max(near["at"]) < 30
    assert not spread["localised"] and near["localisation"] > 0.1 and near["plants"] == 20
    frame = result.to_frame()
    assert len(frame) == 200 and (frame["global_high"] >= frame["high"] - 1e-12).mean() > 0.9
    again = ct.measure("duranton-overman", plants(), **CALL, bootstrap=199).to_frame()
    assert again.equals(frame)
    weighted = ct.measure("duranton-overman", plants(), **CALL, bootstrap=199, value="jobs", variant="weighted")
    assert weighted.details["industries"][0]["localised"]
    same = ct.measure("duranton-overman", plants().assign(jobs=7), **CALL, bootstrap=19, value="jobs",
                      variant="weighted").to_frame()["value"]
    assert same.to_numpy() == pytest.approx(frame["value"].to_numpy())


def test_size():
    """Industries that are drawn from all sites are called localised in about 5 %."""
    rng = np.random.default_rng(20260101)
    called = []
    for _ in range(60):
        data = pd.DataFrame(rng.normal(0, 1, (80, 2)), columns=["x", "y"])
        data["industry"] = rng.permutation(["a"] * 15 + [f"b{i % 8}" for i in range(65)])
        facts = ct.measure("duranton-overman", data, **CALL, bootstrap=99, points=20).details["industries"]
        called.append(next(f["localised"] for f in facts if f["industry"] == "a"))
    assert np.mean(called) < 0.2


def test_moving_and_turning_the_map_changes_nothing():
    data = plants()
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    moved = data.assign(**dict(zip("xy", (data[["x", "y"]].to_numpy() @ turn + 1000).T, strict=True)))
    options = {**CALL, "bootstrap": 19, "reach": 50}
    a, b = (ct.measure("duranton-overman", d, **options).to_frame()["value"] for d in (data, moved))
    assert a.to_numpy() == pytest.approx(b.to_numpy(), abs=1e-3 * a.max())
    wide = data.assign(x=10 * data["x"], y=10 * data["y"])
    c = ct.measure("duranton-overman", wide, **CALL, bootstrap=19, reach=500).to_frame()["value"]
    assert 10 * c.to_numpy() == pytest.approx(a.to_numpy(), abs=1e-3 * a.max())


def test_faults():
    data = plants()
    for change, options, error, message in (
            ({}, {"variant": "weighted"}, UsageError, "needs --value"),
            ({"y": 95.0}, {"distance": "sphere"}, DataError, "takes degrees; out of range: rows 1, 2"),
            ({"industry": "one"}, {}, InfeasibleError, "none but those of one"),
            ({"industry": range(170)}, {}, InfeasibleError, "at least 10 plants; the largest has 1"),
            ({"x": 1.0, "y": 1.0}, {}, InfeasibleError, "stand in one place")):
        with pytest.raises(error, match=message):
            ct.measure("duranton-overman", data.assign(**change), **CALL, **options, bootstrap=9)
    few = data.assign(industry=data["industry"].where(data.index > 3, "rare"))
    assert "fewer than 10 plants, not tested: rare" in ct.measure("duranton-overman", few, **CALL, bootstrap=9).warnings
