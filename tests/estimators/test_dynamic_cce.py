"""Dynamic common correlated effects, CS-ARDL, CS-DL, half-panel jackknife, and amg: written out, and the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError

CALL = {"entity": "i", "time": "t", "y": "y", "x": ["x", "z"]}


def panel(seed=1, n=8, t=40, spread=0.1, shortest=None, loading=1.0, persistence=0.5):
    """Own long run about 1.0 for x and 0.5 for z; a factor that moves y and x with loadings of each entity."""
    rng = np.random.default_rng([20260101, seed])
    f = np.zeros(t + 30)
    for s in range(1, t + 30):
        f[s] = 0.8 * f[s - 1] + rng.standard_normal()
    gy, gx = loading * rng.uniform(0.5, 1.5, (2, n, 1))
    x = gx * f + rng.standard_normal((n, t + 30)).cumsum(1) * 0.3 + rng.standard_normal((n, t + 30))
    z = rng.standard_normal((n, t + 30)) + 0.5 * f
    b = 1.0 + spread * rng.standard_normal(n)
    lam = persistence + spread * rng.uniform(-1, 1, n)
    y, e = np.zeros((n, t + 30)), rng.standard_normal((n, t + 30))
    for s in range(1, t + 30):
        y[:, s] = lam * y[:, s - 1] + (1 - lam) * (b * x[:, s] + 0.5 * z[:, s]) + gy[:, 0] * f[s] + e[:, s]
    made = pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n),
                         **{k: v[:, 30:].ravel() for k, v in (("y", y), ("x", x), ("z", z))}})
    if shortest:
        made = made[made["t"] >= np.repeat(rng.integers(0, t - shortest, n), t)]
    return made.reset_index(drop=True)


def frames(data, p, q, r, direct=False):
    """The regression of each entity as a data frame: y, own regressors, averages."""
    bars = data.groupby("t")[["y", "x", "z"]].mean()
    for _, rows in data.groupby("i"):
        d = rows.set_index("t")[["y", "x", "z"]]
        parts = {"y": d["y"], "const": 1.0}
        if direct:
            parts |= {"x": d["x"], "z": d["z"]}
            parts |= {f"L{j}.d.{v}" if j else f"d.{v}": d[v].diff().shift(j) for j in range(q) for v in ("x", "z")}
            parts |= {"y.bar": bars["y"]}
            parts |= {f"L{j}.{v}.bar" if j else f"{v}.bar": bars[v].shift(j) for j in range(r + 1) for v in ("x", "z")}
        else:
            parts |= {f"L{j}.y": d["y"].shift(j) for j in range(1, p + 1)}
            parts |= {f"L{j}.{v}" if j else v: d[v].shift(j) for j in range(q + 1) for v in ("x", "z")}
            parts |= {f"L{j}.{v}.bar" if j else f"{v}.bar": bars[v].shift(j) for j in range(r + 1)
                      for v in ("y", "x", "z")}
        yield pd.DataFrame(parts).dropna()


def least_squares(table):
    z = table.drop(columns="y")
    return pd.Series(np.linalg.lstsq(z.to_numpy(), table["y"].to_numpy(), rcond=None)[0], index=z.columns)


@pytest.mark.parametrize("shortest", [None, 34])
@pytest.mark.parametrize(("p", "q", "r", "variant"), [(1, 0, 3, "cs-ardl"), (1, 1, None, "cs-ardl"),
                                                      (2, 1, 1, "cs-ardl"), (0, 2, 2, "cs-dl")])
def test_regressions_written_out(p, q, r, variant, shortest):
    data = panel(shortest=shortest)
    result = ct.estimate("cce-mg", data, **CALL, y_lags=p, lags=q, mean_lags=r, variant=variant)
    r = 3 if r is None else r                              # floor(40^(1/3))
    assert result.details["mean_lags"] == r
    beta = pd.DataFrame([least_squares(t) for t in frames(data, p, q, r, variant == "cs-dl")])
    assert_allclose(result.params, beta[list(result.params.index)].mean(), rtol=1e-7, atol=1e-9)
    assert_allclose(result.std_errors, beta[list(result.params.index)].std() / np.sqrt(8), rtol=1e-7)
    assert result.nobs == sum(len(t) for t in frames(data, p, q, r, variant == "cs-dl"))
    if p:
        rest = 1 - sum(beta[f"L{j}.y"] for j in range(1, p + 1))
        for row, v in zip(result.details["long_run"], ("x", "z"), strict=False):
            own = sum(beta[f"L{j}.{v}" if j else v] for j in range(q + 1)) / rest
            assert_allclose([row["value"], row["se"]], [own.mean(), own.std() / np.sqrt(8)], rtol=1e-6)
        assert_allclose(result.details["long_run"][2]["value"], -rest.mean(), rtol=1e-7)


def test_half_panel_jackknife_written_out():
    data = panel(t=61)
    result = ct.estimate("cce-mg", data, **CALL, y_lags=1, mean_lags=1, jackknife=True)
    own = []
    for table in frames(data, 1, 0, 1):
        assert len(table) == 60
        own.append(2 * least_squares(table) - (least_squares(table.iloc[:30]) + least_squares(table.iloc[30:])) / 2)
    own = pd.DataFrame(own)[list(result.params.index)]
    assert_allclose(result.params, own.mean(), rtol=1e-7)
    assert_allclose(result.std_errors, own.std() / np.sqrt(8), rtol=1e-7)


def test_refusals():
    with pytest.raises(UsageError, match="no lags of y"):
        ct.estimate("cce-mg", panel(), **CALL, variant="cs-dl", y_lags=1)
    with pytest.raises(InfeasibleError, match="at least"):
        ct.estimate("cce-mg", panel(t=12), **CALL, y_lags=1, mean_lags=3)


@pytest.mark.parametrize("shortest", [None, 30])
@pytest.mark.parametrize(("trend", "impose"), [("c", False), ("ct", False), ("c", True)])
def test_augmented_mean_group_written_out(trend, impose, shortest):
    import statsmodels.api as sm

    data = panel(shortest=shortest)
    r = ct.estimate("amg", data, **CALL, trend=trend, impose=impose)
    d = data.groupby("i")[["y", "x", "z"]].diff()
    levels = pd.get_dummies(data["t"], drop_first=True).astype(float)       # D_t, the first period the base
    moves = levels.groupby(data["i"]).diff()
    ok = d.notna().all(axis=1)
    first = sm.OLS(d["y"][ok], pd.concat([d[["x", "z"]], moves], axis=1)[ok]).fit()
    assert_allclose([r.details["differences"][v] for v in ("x", "z")], first.params[["x", "z"]], rtol=1e-8)
    process = pd.Series(0.0, index=sorted(data["t"].unique()))
    process.loc[levels.columns] = first.params[levels.columns].to_numpy()
    assert_allclose([row["common"] for row in r.details["periods"]], process, atol=1e-8)
    beta = []
    for _, rows in data.groupby("i"):
        mu = process[rows["t"]].to_numpy()
        z = sm.add_constant(rows[["x", "z"]])
        z = z.assign(trend=rows["t"] - rows["t"].min() + 1) if trend == "ct" else z
        beta.append(sm.OLS(rows["y"] - mu, z).fit().params if impose else
                    sm.OLS(rows["y"], z.assign(common=mu)).fit().params)
    beta = pd.DataFrame(beta)
    own = list(r.params.index)
    assert_allclose(r.params, beta[own].mean(), rtol=1e-7)
    assert_allclose(r.std_errors, beta[own].std() / np.sqrt(8), rtol=1e-7)
    assert (r.details["common"] is None) == impose
    if not impose:
        assert_allclose(r.details["common"]["value"], beta["common"].mean(), rtol=1e-7)


def long_run_of(name, data, **options):
    r = ct.estimate(name, data, **CALL, **options)
    if "long_run" in r.details:
        row = next(p for p in r.details["long_run"] if p["name"] == "x")
        return row["value"], row["ci"]
    return r["x"].value, r["x"].ci


METHODS = [("cce-mg", {"y_lags": 1}), ("cce-mg", {"lags": 3, "variant": "cs-dl"})]


@pytest.mark.parametrize(("name", "options"), METHODS)
def test_the_long_run_is_found(name, options):
    """Without averages the factor moves the long run of x by more than one."""
    found = [long_run_of(name, panel(s, 15, 80), **options)[0] for s in range(8)]
    assert abs(np.mean(found) - 1) < 0.15
    assert np.mean([ct.estimate("mg", panel(s, 15, 80), **CALL)["x"].value for s in range(4)]) > 1.3


def static(seed, n, t):
    rng = np.random.default_rng([20260101, 77, seed])
    f = rng.standard_normal(t).cumsum()
    x = rng.standard_normal((n, t)).cumsum(1)
    y = rng.standard_normal((n, 1)) + (1 + 0.3 * rng.standard_normal((n, 1))) * x + rng.uniform(0, 2, (n, 1)) * f
    return pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "x": x.ravel(),
                         "y": (y + rng.standard_normal((n, t))).ravel()})


def covered(n, t, draws):
    found = [ct.estimate("amg", static(s, n, t), entity="i", time="t", y="y", x="x")["x"] for s in range(draws)]
    return sum(p.ci[0] <= 1 <= p.ci[1] for p in found), float(np.mean([p.value for p in found])) - 1


def test_augmented_mean_group_covers_the_mean_slope():
    from scipy.stats import binomtest

    inside, bias = covered(12, 30, 100)
    low, high = binomtest(inside, 100).proportion_ci(0.999)
    assert low <= 0.95 <= high and abs(bias) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), METHODS)
def test_coverage_of_the_dynamic_estimators(name, options):
    found = [long_run_of(name, panel(s, 20, 80), **options)[1] for s in range(300)]
    assert np.mean([low <= 1 <= high for low, high in found]) > (0.84 if "variant" in options else 0.72)
