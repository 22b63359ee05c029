"""The panel error-correction model: both steps, the tests in every direction, size and power."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import clustertrade as ct
from clustertrade.causality.granger_vecm import granger_vecm
from clustertrade.errors import InfeasibleError, UsageError
from clustertrade.panel import Panel
from tests.simulation.rates import within


def draw(seed, n, t, toward_x=0.0, toward_y=0.3, past=0.0, factor=0.0):
    """y and x with the relation y = x, changes with autoregressive coefficient 0.3, correlated shocks."""
    rng = np.random.default_rng(seed)
    e = rng.standard_normal((2, n, t + 50)) + factor * rng.standard_normal((2, 1, t + 50))
    e[1] += 0.3 * e[0]
    y, x, dy, dx = np.zeros((n, t + 50)), np.zeros((n, t + 50)), np.zeros(n), np.zeros(n)
    for s in range(1, t + 50):
        gap = y[:, s - 1] - x[:, s - 1]
        dy, dx = -toward_x * gap + 0.3 * dy + past * dx + e[0, :, s], toward_y * gap + 0.3 * dx + e[1, :, s]
        y[:, s], x[:, s] = y[:, s - 1] + dy, x[:, s - 1] + dx
    return pd.DataFrame({"i": np.repeat([f"u{k:02d}" for k in range(n)], t), "t": np.tile(range(t), n),
                         "y": y[:, 50:].ravel(), "x": x[:, 50:].ravel()})


@pytest.fixture(scope="module")
def data():
    frame = draw(3, 15, 30, 0.2, 0.1, 0.2)
    frame["z"] = np.random.default_rng(4).standard_normal((15, 30)).cumsum(1).ravel()
    short = (frame["i"] == "u03") & (frame["t"] < 6) | (frame["i"] == "u07") & (frame["t"] > 22)
    return frame[~short].reset_index(drop=True)


def second_step(frame, slopes, lags):
    """Changes, the error before and lagged changes; ``slopes`` are those of the relation, by name."""
    out = frame.copy()
    out["ec"] = out["y"] - sum(v * out[c] for c, v in slopes.items())
    names = ["y", *slopes]
    by = out.groupby("i", sort=False)
    for c in names:
        out[f"d.{c}"] = by[c].diff()
    out["ec1"] = by["ec"].shift(1)
    columns = ["ec1"]
    for k in range(1, lags + 1):
        for c in names:
            out[f"L{k}.d.{c}"] = out.groupby("i", sort=False)[f"d.{c}"].shift(k)
            columns.append(f"L{k}.d.{c}")
    return out, columns, names


def test_the_first_step_is_that_of_the_estimator(data):
    given = {"entity": "i", "time": "t", "y": "y", "x": ["x", "z"]}
    for method, options in (("fmols", {}), ("dols", {"lags": 1})):
        for pooling in ("pooled", "weighted", "group"):
            ours = ct.estimate("vecm", data, **given, lags=1, method=method, pooling=pooling)
            theirs = ct.estimate(method, data, **given, **options, pooling=pooling, cov="robust")
            for row, name in zip(ours.details["beta"][1:], ("x", "z"), strict=True):
                assert -row["value"] == pytest.approx(theirs[name].value, rel=1e-9)
                assert row["se"] == pytest.approx(theirs[name].se, rel=1e-9)
    ours = ct.estimate("vecm", data, **given, lags=1, method="pmg")
    theirs = ct.estimate("pmg", data, **given, y_lags=2, lags=2)
    for row, name in zip(ours.details["beta"][1:], ("x", "z"), strict=True):
        assert (-row["value"], row["se"]) == pytest.approx((theirs[name].value, theirs[name].se), rel=1e-6)


@pytest.mark.parametrize("lags", [1, 2])
def test_within_entities_it_is_linearmodels(data, lags):
    from linearmodels.panel import PanelOLS

    ours = ct.estimate("vecm", data, entity="i", time="t", y="y", x=["x", "z"], lags=lags, variant="ols")
    slopes = {row["variable"]: -row["value"] for row in ours.details["beta"][1:]}
    frame, columns, names = second_step(data, slopes, lags)
    frame = frame.dropna().set_index(["i", "t"])
    for name, told in zip(names, ours.details["equations"], strict=True):
        fit = PanelOLS(frame[f"d.{name}"], frame[columns], entity_effects=True).fit(cov_type="unadjusted")
        df = len(frame) - frame.index.get_level_values(0).nunique() - len(columns)
        scale = np.sqrt(fit.resid_ss / df / fit.s2)
        assert [c["name"] for c in told["coefficients"]] == columns
        assert [c["value"] for c in told["coefficients"]] == pytest.approx(fit.params.to_numpy(), rel=1e-7, abs=1e-10)
        assert [c["se"] for c in told["coefficients"]] == pytest.approx(fit.std_errors.to_numpy() * scale, rel=1e-7)


def test_gmm_is_two_stage_least_squares_of_deviations(data):
    """Deviations from later means, lags of the error and of the changes as instruments, an entity at a time."""
    ours = ct.estimate("vecm", data, entity="i", time="t", y="y", x=["x", "z"], lags=1)
    slopes = {row["variable"]: -row["value"] for row in ours.details["beta"][1:]}
    frame, columns, names = second_step(data, slopes, 1)
    changes = [f"d.{n}" for n in names]
    left, right, instruments = [], [], []
    for _, unit in frame.groupby("i"):
        unit = unit.reset_index(drop=True)
        whole = unit[[*changes, *columns]].notna().all(axis=1).to_numpy()
        at = np.flatnonzero(whole)
        for place, s in enumerate(at[:-1]):
            later = at[place + 1:]
            c = np.sqrt(len(later) / (len(later) + 1))
            left.append(c * (unit.loc[s, changes] - unit.loc[later, changes].mean()))
            right.append(c * (unit.loc[s, columns] - unit.loc[later, columns].mean()))
            row = []
            for source in ("ec", *changes):
                for back in range(1, 5):
                    value = unit[source].get(s - back, 0.0) if s >= back else 0.0
                    row.append(0.0 if np.isnan(value) else value)
            instruments.append(row)
    y, x, z = (np.array(v, dtype=float) for v in (left, right, instruments))
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    beta = np.linalg.solve(fitted.T @ x, fitted.T @ y)
    for j, told in enumerate(ours.details["equations"]):
        assert [c["value"] for c in told["coefficients"]] == pytest.approx(beta[:, j], rel=1e-6, abs=1e-9)
        error = y[:, j] - x @ beta[:, j]
        bread = np.linalg.inv(fitted.T @ fitted)
        robust = bread @ (fitted * error[:, None]**2).T @ fitted @ bread
        assert [c["se"] for c in told["coefficients"]] == pytest.approx(np.sqrt(np.diag(robust)), rel=1e-6)
    at = [0, 2, 3]                                          # the error, L1.d.x and L1.d.z in the equation of y
    error = y[:, 0] - x @ beta[:, 0]
    robust = bread @ (fitted * error[:, None]**2).T @ fitted @ bread
    joint = beta[at, 0] @ np.linalg.solve(robust[np.ix_(at, at)], beta[at, 0])
    test = ct.test("granger-vecm", data, entity="i", time="t", y="y", x=["x", "z"])
    assert test["joint"].value == pytest.approx(joint, rel=1e-6)
    assert test["joint"].pvalue == pytest.approx(chi2.sf(joint, 3), abs=1e-9)
    assert test["long"].value == pytest.approx((beta[0, 0] / np.sqrt(robust[0, 0])) ** 2, rel=1e-6)


def test_every_direction_is_told(data):
    test = ct.test("granger-vecm", data, entity="i", time="t", y="y", x=["x", "z"], lags=2)
    rows = {(r["equation"], r["excluded"]): r for r in test.details["granger"]}
    assert len(rows) == 9 and {e for e, _ in rows} == {"y", "x", "z"}
    assert rows["y", "all"]["short"]["statistic"] == test["short"].value and rows["y", "x"]["short"]["df"] == 2
    assert [c["cause"] for c in test.details["causes"]] == ["x", "z"]
    estimate = ct.estimate("vecm", data, entity="i", time="t", y="y", x=["x", "z"], lags=2)
    assert estimate.details["granger"] == test.details["granger"]
    assert estimate["ec1"].value < 0 and estimate.details["half_life"] > 0
    pairs = ct.test("granger-vecm", data, entity="i", time="t", y="y", x=["x"], pairwise=True)
    assert [s.name for s in pairs] == ["x -> y", "y -> x"]


def test_a_criterion_chooses_and_trends_run(data):
    ours = ct.test("granger-vecm", data, entity="i", time="t", y="y", x="x", lags="bic", max_lags=3)
    assert ours.lags == int(min(ours.details["criterion"], key=ours.details["criterion"].get))
    assert list(ours.details["criterion"]) == ["1", "2", "3"]
    chosen = ct.estimate("vecm", data, entity="i", time="t", y="y", x="x", lags="bic", max_lags=3, method="pmg")
    assert list(chosen.details["criterion"]) == ["0", "1", "2", "3"]
    for trend in ("n", "ct"):
        assert ct.test("granger-vecm", data, entity="i", time="t", y="y", x="x", trend=trend)["long"].pvalue < 0.5


def test_what_panels_do_not_have(data):
    def run(**options):
        return ct.test("granger-vecm", data, entity="i", time="t", y="y", x="x", **options)

    for options, word in (({"rank": 2}, "one relation"), ({"case": 3}, "takes --trend"),
                          ({"bootstrap": 99}, "one time")):
        with pytest.raises(UsageError, match=word):
            run(**options)
    with pytest.raises(InfeasibleError, match="periods"):
        ct.test("granger-vecm", data[data["t"].between(6, 10)], entity="i", time="t", y="y", x="x", lags=3)
    assert any("within entities" in w for w in run(variant="ols").warnings)
    assert any("long run of each entity" in w for w in run(pooling="group").warnings)
    assert not any("long run of each entity" in w for w in run(pooling="group", method="pmg").warnings)
    assert any("no short-run test" in w for w in run(lags=0).warnings) and run(lags=0)["short"].value is None


def rates(r, n, t, options=None, **causes):
    count = dict.fromkeys(("joint", "short", "long"), 0)
    for i in range(r):
        panel = Panel.from_frame(draw([20260101, n, t, i], n, t, **causes), entity="i", time="t")
        for s in granger_vecm(panel["y"], panel["x"], **(options or {})):
            count[s.name] += s.pvalue < 0.05
    return count


def test_size_and_power():
    assert all(within(c, 150, 0.03, 0.09) for c in rates(150, 10, 22).values())
    assert rates(50, 10, 50, toward_x=0.2, toward_y=0.1)["long"] > 42
    assert rates(50, 10, 22, past=0.3)["short"] > 42


def test_what_all_share_is_found_and_taken_out():
    frame = draw(5, 20, 30, factor=1.5)
    given = {"entity": "i", "time": "t", "y": "y", "x": "x"}
    assert any("correlated across entities" in w for w in ct.test("granger-vecm", frame, **given).warnings)
    assert not any("correlated across entities" in w for w in ct.test("granger-vecm", frame, **given,
                                                                      demean=True).warnings)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "t", "options", "causes", "quoted"), [
    (10, 22, {}, {}, {"joint": 0.068, "short": 0.040, "long": 0.064}),
    (10, 50, {}, {}, {"joint": 0.052, "short": 0.062, "long": 0.058}),
    (25, 22, {}, {}, {"joint": 0.036, "short": 0.040, "long": 0.056}),
    (25, 50, {}, {}, {"joint": 0.066, "short": 0.064, "long": 0.076}),
    (25, 22, {}, {"factor": 1.0}, {"long": 0.456}), (25, 22, {"demean": True}, {"factor": 1.0}, {"long": 0.047}),
    (25, 22, {"variant": "ols"}, {}, {"long": 0.845}), (10, 22, {"pooling": "group"}, {}, {"long": 0.125}),
    (10, 22, {}, {"toward_x": 0.1, "toward_y": 0.2}, {"long": 0.428}),
    (25, 22, {}, {"toward_x": 0.1, "toward_y": 0.2}, {"long": 0.584})])
def test_the_rates_that_are_quoted(n, t, options, causes, quoted):
    found = rates(300, n, t, options, **causes)
    assert all(within(found[name], 300, rate - 0.02, rate + 0.02) for name, rate in quoted.items())
