"""Data envelopment analysis and the Malmquist index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.batch import simplex
from clustertrade.batch.envelopment import RETURNS, radial, slack_based
from clustertrade.errors import DataError, InfeasibleError, UsageError
from tests.measures.goldens import golden

CALL = {"unit": "dmu", "input": ["x1", "x2"], "output": ["y1"]}


@pytest.fixture(scope="module")
def seven():
    d = golden("dea_7dmu_malmquist")["inputs"]
    return pd.DataFrame(d["x"], columns=["x1", "x2"]).assign(y1=[v[0] for v in d["y"]],
                                                             dmu=[f"DMU{i}" for i in range(1, 8)])


def sample(n, m=3, s=2, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.gamma(3, size=(n, m))
    return x, x.prod(1)[:, None] ** 0.3 * np.exp(-rng.exponential(0.3, (n, 1))) * rng.uniform(0.5, 1.5, (n, s))


def efficiency(data, **options):
    return ct.measure("dea", data, **{**CALL, **options}).to_frame()["efficiency"].to_numpy()


def test_seven_units_as_printed(seven):
    out = golden("dea_7dmu_malmquist")["outputs"]
    assert efficiency(seven) == pytest.approx(out["crs"], abs=6e-8)
    assert efficiency(seven, returns="vrs") == pytest.approx(out["vrs"], abs=6e-8)
    assert efficiency(seven, variant="super") == pytest.approx(out["super_crs"], abs=6e-8)
    assert efficiency(seven, variant="sbm") == pytest.approx(out["sbm_crs"], abs=6e-8)
    result = ct.measure("dea", seven, **CALL)
    assert result.columns == ("dmu", "efficiency")
    assert result.details["units"][1]["peers"] == pytest.approx(out["lambda_crs_DMU2"])
    result = ct.measure("dea", seven, **CALL, returns="vrs")
    for row in result.details["units"]:
        if row["dmu"] in out["vrs_slack_x2"]:
            assert row["slacks"]["x2"] == pytest.approx(out["vrs_slack_x2"][row["dmu"]], abs=5e-6)
    assert [r["scale"] for r in result.details["units"]] == pytest.approx(np.array(out["crs"]) / out["vrs"], abs=2e-7)


def by_highs(x, y, i, returns, orientation, own=False):
    from scipy.optimize import linprog

    n, (m, s) = len(x), (x.shape[1], y.shape[1])
    first = np.concatenate([-x[i], np.zeros(s)]) if orientation == "input" else np.concatenate([np.zeros(m), y[i]])
    a = np.column_stack([first, np.vstack([x.T, -y.T])])
    b = np.concatenate([np.zeros(m), -y[i]]) if orientation == "input" else np.concatenate([x[i], np.zeros(s)])
    total = np.concatenate([[0.0], np.ones(n)])[None]
    more = {}
    if returns == "vrs":
        more = {"A_eq": total, "b_eq": [1.0]}
    elif returns != "crs":
        sign = 1 if returns == "drs" else -1
        a, b = np.vstack([a, sign * total]), np.append(b, sign)
    bounds = [(0, None)] + [(0, 0 if own and k == i else None) for k in range(n)]
    found = linprog([1.0 if orientation == "input" else -1.0, *np.zeros(n)], A_ub=a, b_ub=b, bounds=bounds, **more)
    if found.status != 0:
        return np.nan
    return found.fun if orientation == "input" else -1 / found.fun


@pytest.mark.parametrize("returns", RETURNS)
@pytest.mark.parametrize("orientation", ["input", "output"])
def test_programs_as_another_solver_has_them(returns, orientation):
    """Also for data of few different values, where many vertices coincide, and with zeros."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(1, 4, (25, 3)).astype(float), rng.integers(0, 3, (25, 2)) + np.array([1.0, 0.0])
    for x, y in (sample(25), coarse):
        for own in (None, np.arange(25)):
            ours = radial(x, y, x, y, returns, orientation, own).score
            theirs = [by_highs(x, y, i, returns, orientation, own is not None) for i in range(25)]
            assert ours == pytest.approx(theirs, abs=1e-9, nan_ok=True)


def test_slack_based_measure_by_another_solver():
    from scipy.optimize import linprog

    x, y = sample(20)
    ours = slack_based(x, y, x, y, "crs", None).score
    for i in range(20):                                              # t, lambda, s-, s+
        n, m, s = 20, 3, 2
        cost = np.concatenate([[1.0], np.zeros(n), -1 / (m * x[i]), np.zeros(s)])
        rows = np.vstack([np.hstack([-x[i][:, None], x.T, np.eye(m), np.zeros((m, s))]),
                          np.hstack([-y[i][:, None], y.T, np.zeros((s, m)), -np.eye(s)]),
                          np.concatenate([[1.0], np.zeros(n + m), 1 / (s * y[i])])])
        assert ours[i] == pytest.approx(linprog(cost, A_eq=rows, b_eq=[*np.zeros(m + s), 1]).fun, abs=1e-9)
    for orientation in ("input", "output"):
        one_side = slack_based(x, y, x, y, "crs", orientation).score
        proportional = radial(x, y, x, y, "crs", orientation).score
        assert (one_side >= ours - 1e-9).all() and (one_side <= proportional + 1e-9).all()


def test_what_the_simplex_cannot_do_goes_to_highs(monkeypatch):
    x, y = sample(15)
    want = radial(x, y, x, y, "vrs", "input").score
    monkeypatch.setattr(simplex, "NUDGE", 0.3)                       # far too much: vertices of another program
    asked = []
    highs = simplex._by_highs
    monkeypatch.setattr(simplex, "_by_highs", lambda *a: asked.append(1) or highs(*a))
    assert radial(x, y, x, y, "vrs", "input").score[: 15] == pytest.approx(want, abs=1e-7)
    assert asked


def test_500_units_take_no_call_each(monkeypatch):
    x, y = sample(500)
    monkeypatch.setattr(simplex, "_by_highs", None)
    score = radial(x, y, x, y, "vrs", "input").score
    assert ((score > 0) & (score <= 1 + 1e-9)).all()
    assert [score[i] for i in (0, 77, 499)] == pytest.approx([by_highs(x, y, i, "vrs", "input") for i in (0, 77, 499)])


def test_periods_have_their_own_frontiers(seven):
    both = pd.concat([seven.assign(year=1), seven.assign(year=2, y1=seven["y1"] * [1, 2, 1, 1, 1, 3, 1])])
    ours = ct.measure("dea", both, **CALL, time="year").to_frame()
    assert ours[ours["year"] == 1]["efficiency"].to_numpy() == pytest.approx(efficiency(seven))
    assert ours[ours["year"] == 2]["efficiency"].to_numpy() == pytest.approx(
        efficiency(both[both["year"] == 2]))


def test_what_others_cannot_reach_is_null(seven):
    result = ct.measure("dea", seven, **CALL, returns="vrs", variant="super")
    assert [r["dmu"] for r in result.to_dict()["rows"] if r["efficiency"] is None] == ["DMU4"]
    assert any("do not reach them: DMU4" in w for w in result.warnings)
    assert np.nanmax([r["efficiency"] for r in result.rows]) > 1


def test_bootstrap(seven):
    x, y = sample(40, 2, 1)
    data = pd.DataFrame(x, columns=["x1", "x2"]).assign(y1=y, dmu=range(40))
    for orientation in ("input", "output"):
        result = ct.measure("dea", data, **CALL, bootstrap=100, orientation=orientation)
        assert result.columns == ("dmu", "corrected", "low", "high", "efficiency")
        frame = result.to_frame()
        assert (frame["corrected"] < frame["efficiency"]).all() and (frame["low"] < frame["high"]).all()
        assert (frame["high"] <= frame["efficiency"] + 1e-9).all()
        again = ct.measure("dea", data, **CALL, bootstrap=100, orientation=orientation).to_frame()
        assert again.equals(frame)
    with pytest.raises(UsageError, match="is for --variant radial"):
        ct.measure("dea", data, **CALL, bootstrap=10, variant="sbm")
    with pytest.raises(InfeasibleError, match="all units are efficient"):
        ct.measure("dea", seven.iloc[[0, 6]], **CALL, bootstrap=10)


@pytest.mark.slow
def test_coverage_of_the_bootstrap_interval():
    """Two inputs, one output, constant returns, true efficiency known: the corrected score is nearer to it."""
    rng = np.random.default_rng(20260101)
    inside, nearer = [], []
    for _ in range(30):
        truth = np.exp(-np.abs(rng.normal(0, 0.3, 40)))
        x = rng.uniform(1, 10, (40, 1))
        mix = rng.uniform(0.3, 0.7, (40, 1))
        data = pd.DataFrame({"dmu": range(40), "x1": x[:, 0] * 2 * mix[:, 0], "x2": x[:, 0] * 2 * (1 - mix[:, 0]),
                             "y1": 2 * x[:, 0] * np.sqrt(mix[:, 0] * (1 - mix[:, 0])) * truth})
        frame = ct.measure("dea", data, **CALL, bootstrap=200).to_frame()
        inside.append(((frame["low"] <= truth) & (truth <= frame["high"])).mean())
        nearer.append(np.abs(frame["corrected"] - truth).mean() < np.abs(frame["efficiency"] - truth).mean())
    assert np.mean(nearer) > 0.65
    assert 0.6 < np.mean(inside) <= 1                               # short of its level, as the documentation says


def test_faults(seven):
    for change, options, error, message in (
            ({"x1": 0.0, "x2": 0.0}, {}, DataError, "no input at all: DMU1"),
            ({"y1": 0.0}, {}, DataError, "no output at all"),
            ({"x1": 0.0}, {"variant": "sbm"}, DataError, "must be above zero: DMU1"),
            ({"x1": -1.0}, {}, DataError, "x1 is negative"),
            ({}, {"output": ["x1"]}, UsageError, "column x1 is given twice"),
            ({}, {"input": []}, UsageError, "needs --input"),
            ({}, {"unit": None}, UsageError, "needs --unit")):
        with pytest.raises(error, match=message):
            ct.measure("dea", seven.assign(**change), **{**CALL, **options})
    with pytest.raises(InfeasibleError, match="compares units"):
        ct.measure("dea", seven[:1], **CALL)
    assert any("7 units for 2 inputs and 1 outputs" in w for w in ct.measure("dea", seven, **CALL).warnings)


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99), st.integers(1, 99)), min_size=3, max_size=12),
       st.floats(1e-3, 1e4), st.sampled_from(RETURNS), st.sampled_from(["radial", "sbm"]))
@settings(max_examples=40, deadline=None)
def test_invariances(rows, factor, returns, variant):
    """Units of measurement and order change nothing; a copy of a unit neither; efficiency lies in (0, 1]."""
    data = pd.DataFrame(rows, columns=["x1", "x2", "y1"]).assign(dmu=range(len(rows)))
    options = {"returns": returns, "variant": variant}
    first = efficiency(data, **options)
    assert (first > 0).all() and (first <= 1 + 1e-9).all() and first.max() == pytest.approx(1)
    assert efficiency(data.assign(x2=data["x2"] * factor), **options) == pytest.approx(first, abs=1e-8)
    assert efficiency(data[::-1], **options)[::-1] == pytest.approx(first, abs=1e-8)
    copies = pd.concat([data, data.assign(dmu=-1 - data["dmu"])])
    assert efficiency(copies, **options)[: len(data)] == pytest.approx(first, abs=1e-8)
    if returns == "crs" and variant == "radial":
        assert efficiency(data, orientation="output") == pytest.approx(first, abs=1e-8)


@pytest.fixture(scope="module")
def panel():
    d = golden("dea_7dmu_malmquist")["inputs"]["panel"]
    return pd.DataFrame([{"dmu": f"d{i}", "year": 2001 + t, "x": d["x1"][t][i], "y": d["y1"][t][i]}
                         for t in range(3) for i in range(5)])


PANEL = {"unit": "dmu", "time": "year", "input": ["x"], "output": ["y"]}


def test_malmquist_as_printed(panel):
    out = golden("dea_7dmu_malmquist")["outputs"]
    result = ct.measure("malmquist", panel, **PANEL)
    assert result.columns == ("dmu", "year", "EC", "TC", "PEC", "SEC", "value")
    frame = result.to_frame()
    for t, year in enumerate((2002, 2003)):
        part = frame[frame["year"] == year]
        assert part["value"].tolist() == pytest.approx(out["malmquist_mi"][t], abs=6e-4)
        assert part["EC"].tolist() == pytest.approx(out["malmquist_ec"][t], abs=6e-3)
        assert part["TC"].tolist() == pytest.approx([out["malmquist_tc"][t]] * 5, abs=6e-4)
    # one input, one output: the index is the growth of their ratio
    ratio = panel.assign(r=panel["y"] / panel["x"]).pivot(index="dmu", columns="year", values="r")
    assert frame.pivot(index="dmu", columns="year", values="value").to_numpy() == pytest.approx(
        (ratio / ratio.shift(axis=1)).to_numpy()[:, 1:])
    whole = {r["dmu"]: r["value"] for r in result.details["cumulative"]}
    assert whole == pytest.approx((ratio[2003] / ratio[2001]).to_dict())


@given(st.integers(0, 10_000), st.sampled_from(["input", "output"]))
@settings(max_examples=20, deadline=None)
def test_parts_multiply_to_the_index(seed, orientation):
    parts = []
    for t in range(3):
        x, y = sample(12, 2, 1, seed + t)
        parts.append(pd.DataFrame(x, columns=["x1", "x2"]).assign(y1=y * 1.1**t, dmu=range(12), year=t))
    data = pd.concat(parts)
    call = {**CALL, "time": "year", "orientation": orientation}
    fgnz, other = (ct.measure("malmquist", data, **call, variant=v).to_frame() for v in ("fgnz", "ray-desli"))
    assert (fgnz["EC"] * fgnz["TC"]).to_numpy() == pytest.approx(fgnz["value"].to_numpy())
    assert (fgnz["PEC"] * fgnz["SEC"]).to_numpy() == pytest.approx(fgnz["EC"].to_numpy())
    there = other["TC"].notna().to_numpy()
    product = (other["PEC"] * other["TC"] * other["SEC"]).to_numpy()
    assert product[there] == pytest.approx(other["value"].to_numpy()[there])
    assert other["value"].to_numpy() == pytest.approx(fgnz["value"].to_numpy())
    swapped = {**call, "orientation": "input" if orientation == "output" else "output"}
    assert ct.measure("malmquist", data, **swapped).to_frame()["value"].to_numpy() == pytest.approx(
        fgnz["value"].to_numpy())


def test_malmquist_of_frontiers_with_variable_returns(panel):
    result = ct.measure("malmquist", panel, **PANEL, returns="vrs").to_frame().dropna()
    assert len(result) and result["SEC"].to_numpy() == pytest.approx(1)
    assert (result["EC"] * result["TC"]).to_numpy() == pytest.approx(result["value"].to_numpy())
    crs = ct.measure("malmquist", panel, **PANEL).to_frame().loc[result.index]
    assert result["EC"].to_numpy() == pytest.approx(crs["PEC"].to_numpy())
    with pytest.raises(UsageError, match="is for fgnz"):
        ct.measure("malmquist", panel, **PANEL, returns="vrs", variant="ray-desli")


def test_malmquist_of_unbalanced_panels_and_faults(panel):
    fewer = panel[~((panel["dmu"] == "d2") & (panel["year"] == 2003))]
    result = ct.measure("malmquist", fewer, **PANEL)
    assert len(result.rows) == 9 and "the set of units changes over time (4 to 5 in a period)" in result.warnings[0]
    assert len(result.details["cumulative"]) == 4
    with pytest.raises(InfeasibleError, match="compares periods, and there is one, 2001"):
        ct.measure("malmquist", panel[panel["year"] == 2001], **PANEL)
    with pytest.raises(UsageError, match="needs --time"):
        ct.measure("malmquist", panel, **{**PANEL, "time": None})
