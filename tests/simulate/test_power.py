from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from clustertrade.simulate import draw
from clustertrade.simulate.power import interval, power


def panel(name, n, t, seed=1, **settings):
    return Panel.from_frame(draw(name, n, t, seed, **settings), entity="entity", time="time")


def rate(result, rho, statistic):
    return next(r["rate"] for r in result["rows"] if r["rho"] == rho and r["statistic"] == statistic)


def test_exact_interval():
    for k, n in ((0, 20), (3, 20), (20, 20), (51, 1000)):
        want = binomtest(k, n).proportion_ci(0.95)
        assert interval(k, n) == pytest.approx((want.low, want.high), abs=1e-9)


def test_contract_of_the_result():
    p = panel("granger", 10, 30)
    result = power("dumitrescu-hurlin", p["y"], p["x"], {"order": 1, "level": 0.1}, rhos=[0, 0.4], replications=60,
                   seed=3)
    assert {"kind", "name", "rows", "replications", "seed", "options", "warnings"} == set(result)
    assert (result["kind"], result["name"], result["replications"], result["seed"]) == (
        "power", "dumitrescu-hurlin", 60, 3)
    assert [set(r) for r in result["rows"]] == [{"rho", "statistic", "level", "rate", "low", "high"}] * 4
    assert {r["statistic"] for r in result["rows"]} == {"Z-bar-tilde", "Z-bar"}          # W-bar has no p-value
    assert all(r["level"] == 0.1 and 0 <= r["low"] <= r["rate"] <= r["high"] <= 1 for r in result["rows"])
    assert result["options"]["order"] == 1 and result["options"]["y"] == "y" and result["options"]["level"] == 0.1
    assert "effect of x a period before" in result["warnings"][0]
    json.dumps(result, allow_nan=False)


def test_causality_has_size_and_power():
    p = panel("granger", 20, 50)
    result = power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0, 0.3], replications=150)
    assert rate(result, 0.0, "Z-bar-tilde") < 0.15 and rate(result, 0.3, "Z-bar-tilde") > 0.95
    assert not any("root" in w for w in result["warnings"][1:])


def test_dependence_has_size_and_power():
    p = panel("stationary-ar", 20, 30)
    result = power("cd", p["y"], rhos=[0, 0.2], replications=150)
    assert rate(result, 0.0, "CD") < 0.12 and rate(result, 0.2, "CD") > 0.9
    with_x = power("cd", p["y"], p["x"], rhos=[0], replications=100)
    assert rate(with_x, 0.0, "CD") < 0.13


def test_cointegration_has_size_and_power():
    series = Panel.from_frame(draw("cointegrated", 1, 60, 1).drop(columns="entity"), time="time")
    result = power("johansen", series["y"], series["x"], {"lags": 0, "trend": "c"}, rhos=[1, 0.3], replications=150)
    assert rate(result, 1.0, "trace r<=0") < 0.2 and rate(result, 0.3, "trace r<=0") > 0.9


def test_series_of_unequal_length_stay_so():
    frame = draw("granger", 8, 30, 1)
    early, late = frame["time"] < 6, frame["time"] > 25
    frame = frame[~(early & (frame["entity"] == "e2") | late & (frame["entity"] == "e5"))]
    p = Panel.from_frame(frame, entity="entity", time="time")
    result = power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0], replications=20)
    assert rate(result, 0.0, "Z-bar-tilde") < 0.5
    with pytest.raises(InfeasibleError, match="needs every entity over the same periods"):
        power("dumitrescu-hurlin", p["y"], p["x"], {"balanced": "require"}, replications=20)


def test_a_further_rho_changes_no_rate_and_seeds_do():
    p = panel("granger", 6, 25)
    a = power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0.2], replications=40)
    b = power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0, 0.2], replications=40)
    assert a["rows"] == b["rows"][2:]
    c = power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0.2], replications=40, seed=1)
    assert c["rows"] != a["rows"]
    seen = []
    power("dumitrescu-hurlin", p["y"], p["x"], rhos=[0, 0.2], replications=10, progress=lambda *k: seen.append(k))
    assert seen[0] == (1, 20) and seen[-1] == (20, 20)


def test_wrong_calls():
    p = panel("granger", 6, 25)
    with pytest.raises(UsageError, match="no procedure is called nothing"):
        power("nothing", p["y"])
    with pytest.raises(UsageError, match="power simulates tests of unitroot, cointegration, causality, dependence"):
        power("hausman", p["y"], p["x"])
    with pytest.raises(UsageError, match="at least 10"):
        power("cd", p["y"], replications=5)
    with pytest.raises(UsageError, match=r"--rho 2: cd takes 0 to 1; rho is the correlation"):
        power("cd", p["y"], rhos=[2.0])
    with pytest.raises(UsageError, match="does not take --lags"):
        power("cd", p["y"], None, {"lags": 1})
    with pytest.raises(UsageError, match="--level"):
        power("cd", p["y"], None, {"level": 2})
    with pytest.raises(InfeasibleError, match="at least 12 periods"):
        power("dumitrescu-hurlin", p["y"].select(periods=np.arange(25) < 11), p["x"].select(periods=np.arange(25) < 11),
              {"order": 2})


def test_an_error_correction_model_has_power_in_the_long_run_alone():
    frame = draw("cointegrated", 12, 40, 1)
    p = Panel.from_frame(frame, entity="entity", time="time")
    result = power("granger-vecm", p["y"], p["x"], rhos=[0, 0.3], replications=60)
    assert rate(result, 0.0, "long") < 0.2 and rate(result, 0.3, "long") > 0.8
    assert rate(result, 0.3, "short") < 0.2 and "share of the gap" in result["warnings"][0]
    one = Panel.from_frame(frame[frame["entity"] == frame["entity"].iloc[0]].drop(columns="entity"), time="time")
    series = power("granger-vecm", one["y"], one["x"], {"bootstrap": 49}, rhos=[0, 0.8], replications=40)
    assert rate(series, 0.0, "long") < 0.25 < rate(series, 0.8, "long")


@pytest.mark.parametrize("name", ["emirmahmutoglu-kose", "toda-yamamoto"])
def test_tests_in_levels_get_walks(name):
    frame = draw("independent-walks", 12, 50, 2)
    p = Panel.from_frame(frame, entity="entity", time="time")
    if name == "toda-yamamoto":
        p = Panel.from_frame(frame[frame["entity"] == frame["entity"].iloc[0]].drop(columns="entity"), time="time")
    result = power(name, p["y"], p["x"], rhos=[0, 0.8], replications=60)
    first = result["rows"][0]["statistic"]
    assert "walks without a relation" in result["warnings"][0]
    assert rate(result, 0.0, first) < 0.3 and rate(result, 0.8, first) > 0.9
    stationary = power(name, p["y"], p["x"], {"integration": 0}, rhos=[0], replications=10)
    assert "effect of x a period before" in stationary["warnings"][0]


def test_every_causality_test_has_power():
    from clustertrade.catalog import index

    frame = draw("granger", 6, 30, 3)
    panels = {"panel": Panel.from_frame(frame, entity="entity", time="time"),
              "series": Panel.from_frame(frame[frame["entity"] == "e1"].drop(columns="entity"), time="time")}
    for row in index().values():
        if row["family"] == "causality":
            p = panels["series" if row["scope"] == "series" else "panel"]
            options = {"bootstrap": 19} if row["name"] == "sur-granger" else {}
            assert power(row["name"], p["y"], p["x"], options, rhos=[0], replications=10)["rows"]
