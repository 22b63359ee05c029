from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import clustertrade as ct
from clustertrade.errors import InfeasibleError, UsageError


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(20260101)
    x, z, y = rng.standard_normal((3, 60))
    for t in range(2, 60):
        x[t] += 0.5 * x[t - 1]
        y[t] += 0.4 * y[t - 1] - 0.2 * y[t - 2] + 0.5 * x[t - 1] + 0.3 * z[t - 2]
    return pd.DataFrame({"y": 10 + y, "x": x, "z": z})


def regression(data, order, causes, trend="c", **fit):
    """statsmodels OLS of y on lags, and the names of its columns."""
    z = pd.concat({f"{v}{k}": data[v].shift(k) for v in ("y", *causes) for k in range(1, order + 1)}, axis=1)
    if trend != "n":
        z = z.assign(const=1.0)
    if trend == "ct":
        z = z.assign(line=np.arange(1.0, len(z) + 1))
    z = z.dropna()
    return sm.OLS(data["y"].loc[z.index], z).fit(**fit)


def wald(fit, names):
    return float(np.squeeze(fit.wald_test(np.eye(len(fit.params))[[list(fit.params.index).index(n) for n in names]],
                                          use_f=False, scalar=True).statistic))


@pytest.mark.parametrize("trend", ["n", "c", "ct"])
def test_several_causes_together_and_each_beside_the_others(data, trend):
    ours = ct.test("granger", data, y="y", x=["x", "z"], order=2, trend=trend)
    fit = regression(data, 2, ["x", "z"], trend)
    joint = fit.f_test(np.eye(len(fit.params))[[list(fit.params.index).index(n) for n in ("x1", "x2", "z1", "z2")]])
    assert ours["F"].value == pytest.approx(float(joint.fvalue), rel=1e-9)
    assert ours["F"].pvalue == pytest.approx(float(joint.pvalue), abs=1e-12)
    assert ours["F"].df == (4, int(fit.df_resid)) and ours["chi2"].value == pytest.approx(4 * ours["F"].value)
    for row in ours.details["causes"]:
        one = wald(fit, [f"{row['cause']}1", f"{row['cause']}2"])
        assert row["chi2"] == pytest.approx(one, rel=1e-9) and row["F"] == pytest.approx(one / 2, rel=1e-9)
    told = {p["name"]: p for p in ours.details["unrestricted"]["params"]}
    for name, other in (("L1.y", "y1"), ("L2.x", "x2"), ("L1.z", "z1"), ("const", "const"), ("trend", "line")):
        if other in fit.params.index:
            assert told[name]["value"] == pytest.approx(fit.params[other], rel=1e-8)
            assert told[name]["se"] == pytest.approx(fit.bse[other], rel=1e-8)
            assert told[name]["pvalue"] == pytest.approx(fit.pvalues[other], abs=1e-9)
    assert ours.details["unrestricted"]["ssr"] == pytest.approx(fit.ssr, rel=1e-9)
    assert ours.details["restricted"]["ssr"] == pytest.approx(
        ours.details["unrestricted"]["ssr"] * (1 + ours["chi2"].value / ours["F"].df[1]), rel=1e-9)


@pytest.mark.parametrize("hc", [0, 1, 2, 3])
def test_robust_covariances(data, hc):
    ours = ct.test("granger", data, y="y", x="x", order=2, cov="robust", hc=hc)
    fit = regression(data, 2, ["x"], cov_type=f"HC{hc}")
    assert ours["chi2"].value == pytest.approx(wald(fit, ["x1", "x2"]), rel=1e-8)


@pytest.mark.parametrize("criterion", ["aic", "bic", "hqic"])
def test_order_by_criterion_on_the_common_sample(data, criterion):
    ours = ct.test("granger", data, y="y", x="x", order=criterion, max_lags=4)
    n = len(data) - 4
    penalty = {"aic": 2, "bic": np.log(n), "hqic": 2 * np.log(np.log(n))}[criterion]
    want = {}
    for k in range(1, 5):
        fit = regression(data.iloc[4 - k:], k, ["x"])
        want[str(k)] = n * np.log(fit.ssr / n) + penalty * (2 * k + 1)
    assert ours.details["criterion"] == pytest.approx(want)
    best = int(min(want, key=lambda k: want[k]))
    assert ours.lags == best and ours.nobs == len(data) - best
    fixed = ct.test("granger", data, y="y", x="x", order=best)
    assert fixed["F"].value == ours["F"].value
    default = ct.test("granger", data, y="y", x="x", order=criterion)
    assert default.options["max_lags"] == 3                          # floor(4 (60/100)^(2/9))


def test_direction(data):
    assert ct.test("granger", data, y="y", x="x").pvalue < 0.01 < ct.test("granger", data, y="x", x="y").pvalue


def test_too_few_periods_names_the_limit(data):
    with pytest.raises(InfeasibleError, match=r"at least 10 periods.*With --order 2 all suffice"):
        ct.test("granger", data.iloc[:9], y="y", x="x", order=3, trend="n")
    assert ct.test("granger", data.iloc[:10], y="y", x="x", order=3, trend="n").nobs == 7


def test_an_identity_is_refused():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(40)
    frame = pd.DataFrame({"y": np.r_[0.3, 2 * x[:-1]], "x": x})
    with pytest.raises(InfeasibleError, match="fits exactly"):
        ct.test("granger", frame, y="y", x="x")


def test_panels_are_sent_to_the_panel_tests(data):
    frame = pd.concat([data.assign(i="a", t=range(60)), data.assign(i="b", t=range(60))])
    with pytest.raises(UsageError, match="dumitrescu-hurlin"):
        ct.test("granger", frame, y="y", x="x", entity="i", time="t")


@pytest.mark.parametrize("causes", [["x"], ["x", "z"]])
@pytest.mark.parametrize("frequency", [0.3, 2.0, np.pi])
def test_frequencies(data, causes, frequency):
    """The two restrictions of Breitung and Candelon for each cause, by statsmodels; one at pi."""
    ours = ct.test("granger", data, y="y", x=causes, order=4, frequency=frequency)
    fit = regression(data, 4, causes)
    names = list(fit.params.index)
    rows = []
    for cause in causes:
        for wave in (np.cos, np.sin) if frequency < np.pi else (np.cos,):
            row = np.zeros(len(names))
            for k in range(1, 5):
                row[names.index(f"{cause}{k}")] = wave(k * frequency)
            rows.append(row)
    assert ours["F"].value == pytest.approx(float(fit.f_test(np.array(rows)).fvalue), rel=1e-8)
    assert ours["F"].df == (len(rows), int(fit.df_resid))
    assert len(ours.details["frequencies"]) == 33
    assert ours.details["frequencies"][-1]["chi2"] == pytest.approx(
        ct.test("granger", data, y="y", x=causes, order=4, frequency=np.pi)["chi2"].value, rel=1e-8)


def test_a_frequency_finds_the_cycle_that_the_cause_brings():
    """y follows x_(t-1) - x_(t-3), whose transfer is zero at pi and at 0 and largest at pi / 2."""
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 300))
    y[3:] += 0.3 * (x[2:-1] - x[:-3])
    frame = pd.DataFrame({"y": y, "x": x})
    p = {w: ct.test("granger", frame, y="y", x="x", order=4, frequency=w).pvalue for w in (0, np.pi / 2, np.pi)}
    assert p[np.pi / 2] < 1e-6 and p[0] > 0.05 and p[np.pi] > 0.05
