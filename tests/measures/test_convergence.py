from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustertrade as ct
from clustertrade.errors import DataError, InfeasibleError, UsageError
from clustertrade.measures.phillips_sul import log_t

CALL = {"region": "r", "time": "t", "value": "y"}


def frame(y):
    n, t = y.shape
    return pd.DataFrame({"r": np.repeat([f"r{i:02d}" for i in range(n)], t), "t": np.tile(np.arange(2000, 2000 + t), n),
                         "y": y.ravel()})


@pytest.fixture
def incomes():
    rng = np.random.default_rng(20260101)
    log = rng.normal(9, 0.6, 15)
    path = [log]
    for _ in range(11):
        path.append(path[-1] - 0.05 * (path[-1] - 10) + rng.normal(0, 0.02, 15))
    return frame(np.exp(np.array(path).T))


def test_sigma(incomes):
    result = ct.measure("convergence", incomes, **CALL)
    assert result.columns == ("t", "sd_log", "value")
    by = incomes.groupby("t")["y"]
    assert result.to_frame()["value"].to_numpy() == pytest.approx((by.std() / by.mean()).to_numpy())
    logs = np.log(incomes.set_index(["r", "t"])["y"]).unstack("t").std()
    assert result.to_frame()["sd_log"].to_numpy() == pytest.approx(logs.to_numpy())
    from statsmodels.api import OLS, add_constant

    fit = OLS(result.to_frame()["value"], add_constant(np.arange(12.0))).fit()
    trend = result.details["trend"]
    assert [trend["slope"], trend["se"], trend["pvalue"]] == pytest.approx(
        [fit.params.iloc[1], fit.bse.iloc[1], fit.pvalues.iloc[1]])


def test_beta_as_statsmodels(incomes):
    import statsmodels.formula.api as smf

    data = incomes.sort_values(["r", "t"]).assign(log=lambda d: np.log(d["y"]))
    data["g"] = data.groupby("r")["log"].diff().shift(-1)
    data = data.dropna()
    who = data["r"].astype("category").cat.codes
    first, last = (np.log(incomes[incomes["t"] == t].set_index("r")["y"]) for t in (2000, 2011))
    span = pd.DataFrame({"g": (last - first) / 11, "log": first})
    clustered = {"cov_type": "cluster", "cov_kwds": {"groups": who}}
    fits = {"pooled": smf.ols("g ~ log", data).fit(**clustered), "time effects": smf.ols("g ~ log + C(t)", data).fit(
        **clustered), "long run": smf.ols("g ~ log", span).fit(cov_type="HC1")}
    result = ct.measure("convergence", incomes, **CALL, variant="beta")
    assert [r["specification"] for r in result.rows] == list(fits)
    for row in result.rows:
        fit = fits[row["specification"]]
        assert row["value"] == pytest.approx(fit.params["log"]) and row["se"] == pytest.approx(fit.bse["log"])
    pooled, _, long = result.rows
    assert pooled["r2"] == pytest.approx(fits["pooled"].rsquared)
    assert pooled["speed"] == pytest.approx(-np.log1p(pooled["value"]))
    assert long["speed"] == pytest.approx(-np.log1p(11 * long["value"]) / 11)
    assert pooled["half_life"] == pytest.approx(np.log(2) / pooled["speed"])
    assert 0.03 < pooled["speed"] < 0.08 and pooled["low"] < pooled["value"] < pooled["high"] < 0


def test_no_speed_where_regions_diverge(incomes):
    wide = incomes.pivot(index="r", columns="t", values="y")
    back = frame(wide.to_numpy()[:, ::-1])
    result = ct.measure("convergence", back, **CALL, variant="beta")
    assert all(r["speed"] is None and r["value"] > 0 for r in result.to_dict()["rows"])
    assert "do not converge" in result.warnings[0]


def test_log_t_of_a_known_law():
    """Dispersion that falls as t^(-2 a) / log(t)^2 has b = 2 a; the coefficient is that of least squares."""
    t = np.arange(1, 101.0)
    for a in (-0.2, 0.0, 0.5):
        gap = t ** (-a) / np.log(t + 1e-9).clip(0.5)
        y = 10 * np.stack([1 + 0.01 * gap, 1 - 0.01 * gap])
        assert log_t(y, 0.3)[0] == pytest.approx(2 * a, abs=1e-6)
    rng = np.random.default_rng(1)
    y = np.exp(rng.normal(0, 0.3, (20, 60)))                         # noise around one level: nothing comes closer
    b, se, ratio = log_t(y, 0.3)
    h = y / y.mean(0)
    gap, when = ((h - 1) ** 2).mean(0), np.arange(19, 61.0)
    left = np.log(gap[0] / gap[18:]) - 2 * np.log(np.log(when))
    assert b == pytest.approx(np.polyfit(np.log(when), left, 1)[0]) and ratio == pytest.approx(b / se)
    assert ratio < -1.65


def two_groups(seed=20260101, n=10, t=60):
    rng = np.random.default_rng(seed)
    level = np.repeat([6.0, 3.0], n)[:, None]
    decay = rng.uniform(-1, 1, (2 * n, 1)) * np.arange(1, t + 1) ** -0.8
    return level + decay + rng.normal(0, 0.002, (2 * n, t)) * np.arange(1, t + 1) ** -0.5


def test_two_clubs_are_found():
    data = frame(two_groups())
    result = ct.measure("convergence", data.sample(frac=1, random_state=1), **CALL, variant="club")
    assert result.columns == ("r", "h", "value")
    assert result.to_frame()["value"].tolist() == [1] * 10 + [2] * 10
    assert result.details["overall"]["t"] < -1.65 and len(result.details["clubs"]) == 2
    assert all(c["t"] > -1.65 for c in result.details["clubs"]) and result.details["alone"] == []
    lone = np.vstack([two_groups(), np.linspace(8, 40, 60)])         # one that runs away from all
    result = ct.measure("convergence", frame(lone), **CALL, variant="club")
    assert result.details["alone"] == ["r20"] and result.rows[20]["value"] == 0
    one = ct.measure("convergence", frame(two_groups()[:10]), **CALL, variant="club")
    assert one.to_frame()["value"].tolist() == [1] * 10


@pytest.mark.slow
def test_size_of_the_log_t_test():
    """Convergence at a rate where b = 0 is rejected too often, as far as is quoted; less at T = 100 than at T = 30."""
    rng = np.random.default_rng(20260101)
    rate = {}
    for t in (30, 100):
        when = np.arange(1, t + 1)
        rejected = 0
        for _ in range(200):
            y = 5 + rng.normal(0, 1, (40, 1)) / np.log(when + 1) + rng.normal(0, 0.3, (40, t)) / np.log(when + 1)
            rejected += log_t(y, 0.3)[2] < -1.65
        rate[t] = rejected / 200
    assert abs(rate[30] - 0.29) < 0.11 and abs(rate[100] - 0.12) < 0.08, rate


def test_faults(incomes):
    for variant, data, error, message in (
            ("beta", incomes.drop(index=5), DataError, r"every region in every period: r00 2005 \(1 lacking\)"),
            ("sigma", incomes.assign(y=incomes["y"].where(incomes.index != 3, 0.0)), DataError, "is zero in 1 rows"),
            ("sigma", incomes[incomes["r"] == "r00"], InfeasibleError, "there is one"),
            ("club", incomes[incomes["t"] < 2008], InfeasibleError, "at least 10 periods"),
            ("club", incomes.assign(y=-incomes["y"]), DataError, "must be above zero in every period")):
        with pytest.raises(error, match=message):
            ct.measure("convergence", data, **CALL, variant=variant)
    with pytest.raises(UsageError, match="not both"):
        ct.measure("convergence", incomes, **CALL, unit="r")
    units = ct.measure("convergence", incomes, unit="r", time="t", value="y").to_frame()
    assert units.equals(ct.measure("convergence", incomes, **CALL).to_frame())
    assert "12 periods" in ct.measure("convergence", incomes, **CALL, variant="club").warnings[0]


@given(st.integers(0, 1000), st.floats(0.01, 1e4))
@settings(max_examples=15, deadline=None)
def test_invariances(seed, factor):
    """Units and the order of rows change nothing, but for beta's constant; two halves of a region are two regions."""
    rng = np.random.default_rng(seed)
    data = frame(np.exp(rng.normal(2, 0.4, (6, 12)).cumsum(1) / 5 + 2))
    for variant in ("sigma", "beta", "club"):
        first = ct.measure("convergence", data, **CALL, variant=variant).to_frame()["value"].to_numpy()
        for other in (data.assign(y=data["y"] * factor), data[::-1]):
            again = ct.measure("convergence", other, **CALL, variant=variant).to_frame()["value"].to_numpy()
            assert again == pytest.approx(first, abs=1e-8)
