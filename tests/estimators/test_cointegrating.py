"""fmols, dols and ccr: against arch series by series, regressions written out, and the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel

CALL = {"entity": "i", "time": "t", "y": "y", "x": ["x", "z"]}
ARCH_KERNELS = {"bartlett": "bartlett", "parzen": "parzen", "qs": "quadraticspectral"}


def panel(seed=1, n=6, t=60, shortest=None, spread=0.0, rho=0.4, endogenous=0.6, drift=0.1):
    """Slopes 1.5 and -0.5 (spread between entities), an autocorrelated error to which x answers."""
    rng = np.random.default_rng([20260101, seed])
    e = rng.standard_normal((n, t)) * rng.uniform(0.5, 1.5, (n, 1))
    u = e.copy()
    for s in range(1, t):
        u[:, s] += rho * u[:, s - 1]
    x = (drift + rng.standard_normal((n, t)) + endogenous * e).cumsum(1)
    z = (rng.standard_normal((n, t)) - endogenous * e).cumsum(1)
    b = 1.5 + spread * rng.standard_normal((n, 1))
    y = rng.standard_normal((n, 1)) + b * x - 0.5 * z + u
    made = pd.DataFrame({"i": np.repeat(np.arange(n), t), "t": np.tile(np.arange(t), n), "y": y.ravel(),
                         "x": x.ravel(), "z": z.ravel()})
    if shortest:
        made = made[made["t"] >= np.repeat(rng.integers(0, t - shortest, n), t)]
    return made.reset_index(drop=True)


def of_arch(model, data, trend, **fit):
    from arch.unitroot import cointegration

    made = getattr(cointegration, model)(data["y"].to_numpy(), data[["x", "z"]].to_numpy(), trend=trend)
    if model == "DynamicOLS":
        made = getattr(cointegration, model)(data["y"], data[["x", "z"]], trend=trend, lags=fit.pop("lags"),
                                             leads=fit.pop("leads"))
    return made.fit(**fit)


def same_as_arch(ours, theirs, trend, trends_agree):
    """Slopes and terms with their errors; arch counts the trend from another period in ccr and dols: no constant."""
    names = ["x", "z", *(["const"] if trend != "n" else []), *(["trend"] if trend == "ct" else [])]
    at = [k for k, n in enumerate(names) if n != "const" or trend != "ct" or trends_agree]
    for a, b in ((ours.params, theirs.params), (ours.std_errors, theirs.std_errors)):
        assert_allclose(a[names].to_numpy()[at], b.to_numpy()[at], rtol=1e-8)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize("kernel", ARCH_KERNELS)
@pytest.mark.parametrize(("name", "model"), [("fmols", "FullyModifiedOLS"), ("ccr", "CanonicalCointegratingReg")])
def test_series_agree_with_arch(name, model, kernel, trend):
    data = panel(n=1, t=80)
    ours = ct.estimate(name, data, y="y", x=["x", "z"], time="t", trend=trend, kernel=kernel, bandwidth=4)
    theirs = of_arch(model, data, trend, kernel=ARCH_KERNELS[kernel], bandwidth=4)
    same_as_arch(ours, theirs, trend, name == "fmols")
    if name == "fmols" or trend != "ct":
        assert_allclose(ours.resids, theirs.resid, atol=1e-8)


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
@pytest.mark.parametrize(("leads", "lags"), [(0, 0), (1, 2), (3, 0)])
def test_dynamic_least_squares_agree_with_arch(trend, leads, lags):
    data = panel(n=1, t=80)
    ours = ct.estimate("dols", data, y="y", x=["x", "z"], time="t", trend=trend, leads=leads, lags=lags, bandwidth=4)
    theirs = of_arch("DynamicOLS", data, trend, lags=lags, leads=leads, cov_type="unadjusted", bandwidth=4)
    same_as_arch(ours, theirs, trend, False)


@pytest.mark.parametrize(("name", "options"), [("fmols", {"trend": "ct"}), ("fmols", {"kernel": "qs"}), ("ccr", {}),
                                               ("dols", {"lags": 2}), ("dols", {"lags": "bic", "max_lags": 2})])
def test_the_group_mean_is_that_of_the_series(name, options):
    data = panel(shortest=35, spread=0.3)
    r = ct.estimate(name, data, **CALL, **options)
    single = [ct.estimate(name, rows, y="y", x=["x", "z"], time="t", **options) for _, rows in data.groupby("i")]
    values = np.array([s.params for s in single])
    errors = np.array([s.std_errors for s in single])
    assert_allclose(r.params, values.mean(0), rtol=1e-9)
    assert_allclose(r.std_errors, np.sqrt((errors**2).sum(0)) / 6, rtol=1e-8)
    assert_allclose(r.tstats, (values / errors).sum(0) / np.sqrt(6), rtol=1e-8)
    robust = ct.estimate(name, data, **CALL, **options, cov="robust")
    assert_allclose(robust.std_errors, values.std(0, ddof=1) / np.sqrt(6), rtol=1e-8)
    assert_allclose(robust.tstats, robust.params / robust.std_errors)


def test_a_criterion_chooses_leads_and_lags_of_each_entity():
    data = panel(t=70)
    r = ct.estimate("dols", data, **CALL, lags="aic", max_lags=2)
    for row, (_, rows) in zip(r.details["entities"], data.groupby("i"), strict=True):
        d = rows[["x", "z"]].diff()
        table = {}
        for leads in range(3):
            for lags in range(3):
                z = np.column_stack([np.ones(70), rows[["x", "z"]], *(d.shift(j) for j in range(-leads, lags + 1))])
                z, y = z[3:-2], rows["y"].to_numpy()[3:-2]
                e = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
                table[leads, lags] = len(y) * np.log(e @ e / len(y)) + 2 * z.shape[1]
        assert (row["leads"], row["lags"]) == min(table, key=table.__getitem__)
    fixed = ct.estimate("dols", data, **CALL, lags="aic", max_lags=2, leads=1)
    assert {row["leads"] for row in fixed.details["entities"]} == {1}
    other = ct.estimate("dols", data, **CALL, lags=0, leads="aic", max_lags=2)
    assert {row["lags"] for row in other.details["entities"]} == {0}
    with pytest.raises(UsageError, match="one criterion"):
        ct.estimate("dols", data, **CALL, lags="aic", leads="bic")


@pytest.mark.parametrize("trend", ["c", "ct"])
@pytest.mark.parametrize("pooling", ["pooled", "weighted"])
def test_common_slopes_beside_each_entitys_own_leads_and_lags(pooling, trend):
    """One regression of all rows with every nuisance term of every entity, weighted by 1 / omega."""
    data = panel(shortest=40)
    r = ct.estimate("dols", data, **CALL, pooling=pooling, trend=trend, bandwidth=3)
    blocks, slopes, owner, left = [], [], [], []
    for i, (_, rows) in enumerate(data.groupby("i")):
        d = rows[["x", "z"]].diff()
        terms = [np.ones(len(rows)), *([rows["t"]] if trend == "ct" else [])]
        w = np.column_stack([*terms, *(d.shift(j) for j in (-1, 0, 1))])
        ok = np.isfinite(w).all(1)
        blocks.append(w[ok])
        slopes.append(rows[["x", "z"]].to_numpy()[ok])
        left.append(rows["y"].to_numpy()[ok])
        owner += [i] * int(ok.sum())
    owner = np.array(owner)
    z, y = np.concatenate(slopes), np.concatenate(left)
    nuisance = np.zeros((len(y), sum(b.shape[1] for b in blocks)))
    at = 0
    for i, b in enumerate(blocks):
        nuisance[owner == i, at: at + b.shape[1]] = b
        at += b.shape[1]
    q, _ = np.linalg.qr(nuisance)
    z, y = z - q @ (q.T @ z), y - q @ (q.T @ y)
    pooled = np.linalg.solve(z.T @ z, z.T @ y)
    omega = []
    for i in range(6):
        u = (y - z @ pooled)[owner == i]
        omega.append((u @ u + 2 * sum((1 - j / 4) * (u[j:] @ u[:-j]) for j in (1, 2, 3))) / len(u))
    omega = np.array(omega)
    if pooling == "pooled":
        want, bread = pooled, np.linalg.inv(z.T @ z)
        assert_allclose(r.cov, omega.mean() * bread, rtol=1e-7)
        robust = ct.estimate("dols", data, **CALL, pooling=pooling, trend=trend, bandwidth=3, cov="robust")
        assert_allclose(robust.cov, bread @ (z.T @ (z * omega[owner][:, None])) @ bread, rtol=1e-7)
    else:
        v = z / omega[owner][:, None]
        want = np.linalg.solve(v.T @ z, v.T @ y)
        assert_allclose(r.cov, np.linalg.inv(v.T @ z), rtol=1e-7)
    assert_allclose(r.params, want, rtol=1e-8)


@pytest.mark.parametrize("pooling", ["pooled", "weighted"])
def test_pooled_fully_modified_least_squares_written_out(pooling):
    data = panel(shortest=40)
    r = ct.estimate("fmols", data, **CALL, pooling=pooling, bandwidth=3)
    rows = [g[["y", "x", "z"]].to_numpy() for _, g in data.groupby("i")]
    within = [g - g.mean(0) for g in rows]
    xx = sum(g[:, 1:].T @ g[:, 1:] for g in within)
    first = np.linalg.solve(xx, sum(g[:, 1:].T @ g[:, 0] for g in within))
    parts = []
    for g, c in zip(rows, within, strict=True):
        w = np.column_stack([(c[:, 0] - c[:, 1:] @ first)[1:], np.diff(g[:, 1:], axis=0)])
        n = len(w)
        gammas = [(1 - j / 4) * w[j:].T @ w[: n - j] / n for j in range(4)]        # E w_t w_{t-j}'
        one = sum(gammas)
        parts.append((w, one + one.T - gammas[0], one))
    mean = [sum(p[k] for p in parts) / 6 for k in (1, 2)]
    a, c, weights = np.zeros((2, 2)), np.zeros(2), []
    for g, (w, omega, one) in zip(rows, parts, strict=True):
        own = omega[0, 0] - omega[0, 1:] @ np.linalg.solve(omega[1:, 1:], omega[1:, 0])
        o, d = (mean if pooling == "pooled" else (omega, one))
        gain = np.linalg.solve(o[1:, 1:], o[1:, 0])
        plus = g[1:, 0] - w[:, 1:] @ gain
        x = g[1:, 1:] - g[1:, 1:].mean(0)
        weight = 1.0 if pooling == "pooled" else 1 / own
        a += weight * x.T @ x
        c += weight * (x.T @ plus - len(w) * (d[0, 1:] - gain @ d[1:, 1:]))
        weights.append(own)
    assert_allclose(r.params, np.linalg.solve(a, c), rtol=1e-8)
    assert_allclose(r.cov, np.linalg.inv(a) * (np.mean(weights) if pooling == "pooled" else 1), rtol=1e-8)


@pytest.mark.parametrize("name", ["fmols", "dols", "ccr"])
def test_units_of_the_data(name):
    data = panel()
    first = ct.estimate(name, data, **CALL)
    scaled = ct.estimate(name, data.assign(y=data["y"] * 1e5, x=data["x"] * 1e-4), **CALL)
    assert_allclose(scaled["x"].value, first["x"].value * 1e9, rtol=1e-8)
    assert_allclose(scaled.tstats, first.tstats, rtol=1e-7)
    assert_allclose(scaled.details["error_correction"]["value"], first.details["error_correction"]["value"], rtol=1e-8)


def test_the_speed_of_return_is_the_second_step_of_engle_and_granger():
    import statsmodels.api as sm

    data = panel()
    r = ct.estimate("fmols", data, **CALL)
    own = []
    for (_, rows), (_, e) in zip(data.groupby("i"), r.resids.groupby("i"), strict=True):
        d = rows[["y", "x", "z"]].diff()
        z = np.column_stack([np.r_[np.nan, e.to_numpy()[:-1]], np.ones(len(rows)), d[["x", "z"]], d["y"].shift()])
        own.append(sm.OLS(d["y"].to_numpy()[2:], z[2:]).fit().params[0])
    found = r.details["error_correction"]
    assert_allclose(found["value"], np.mean(own), rtol=1e-8)
    assert_allclose(found["se"], np.std(own, ddof=1) / np.sqrt(6), rtol=1e-8)
    assert found["half_life"]["adjustment"] == "returns"
    assert_allclose([row["ec"] for row in r.details["entities"]], own, rtol=1e-8)


def test_short_series_are_refused_with_a_remedy():
    data = panel(t=12)
    with pytest.raises(InfeasibleError, match=r"at least 25 periods.*--lags 0"):
        ct.estimate("dols", data, **CALL, lags=3)


def test_demeaning_takes_out_what_moves_all():
    data = panel()
    moved = data.assign(**{v: data[v] + k * np.sin(data["t"]) for k, v in ((5, "y"), (2, "x"))})
    for name in ("fmols", "dols", "ccr"):
        assert_allclose(ct.estimate(name, moved, **CALL, demean=True).params,
                        ct.estimate(name, data, **CALL, demean=True).params, rtol=1e-7, atol=1e-10)


def test_a_panel_of_one_is_not_a_series_but_says_the_same():
    data = panel(n=1)
    one = Panel.from_frame(data, entity="i", time="t")
    from clustertrade.estimators import fmols

    series = ct.estimate("fmols", data, y="y", x=["x", "z"], time="t", bandwidth=2)
    assert_allclose(fmols(one["y"], one[["x", "z"]], pooling="pooled", bandwidth=2).params,
                    series.params[["x", "z"]], rtol=1e-8)
    group = fmols(one["y"], one[["x", "z"]], bandwidth=2)
    assert_allclose(group.params, series.params, rtol=1e-8)
    assert_allclose(group.std_errors, series.std_errors, rtol=1e-8)
    robust = fmols(one["y"], one[["x", "z"]], bandwidth=2, cov="robust")
    assert robust["x"].se is None and any("no standard error" in w for w in robust.warnings)


METHODS = [("fmols", {}), ("fmols", {"cov": "robust"}), ("fmols", {"pooling": "pooled"}),
           ("fmols", {"pooling": "weighted"}), ("dols", {}), ("dols", {"cov": "robust"}),
           ("dols", {"pooling": "pooled"}), ("dols", {"pooling": "weighted"}), ("ccr", {}), ("ccr", {"cov": "robust"})]


def coverage(name, options, n, t, draws, seed, **process):
    """Intervals of the slope of x that hold 1.5, and the mean error."""
    found = [ct.estimate(name, panel(seed + 1000 * d, n, t, **process), **CALL, **options)["x"] for d in range(draws)]
    return sum(p.ci[0] <= 1.5 <= p.ci[1] for p in found), float(np.mean([p.value for p in found])) - 1.5


@pytest.mark.parametrize(("name", "options"), METHODS)
def test_the_long_run_is_found(name, options):
    """Least squares is biased by 0.02 here."""
    _, bias = coverage(name, options, 10, 60, 12, 5)
    assert abs(bias) < 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "least"), [
    ("fmols", {"cov": "robust"}, 0.80), ("dols", {"cov": "robust"}, 0.90), ("ccr", {"cov": "robust"}, 0.80)])
def test_coverage(name, options, least):
    inside, bias = coverage(name, options, 20, 50, 500, 9, spread=0.3)
    assert inside / 500 > least and abs(bias) < 0.06
